"""Schemathesis, a third-party property-based tester, on every operation, with two tenants."""

import json
import os
import pathlib
import subprocess
import sys

from stack import ROOT

CONFIGURATION = """
base-url = "{base}"
continue-on-failure = true
max-failures = 100
request-timeout = 20.0
seed = 1
color = false
[auth.wfc]
path = "{peers}"
peers = ["owner", "stranger"]
[generation]
allow-x00 = false
max-examples = {examples}
database = "none"
deterministic = true
[phases.stateful]
max-steps = 6
[phases.stateful.generation]
max-examples = 60
"""


def test_no_operation_answers_what_the_document_does_not_say(stack, tmp_path):
    owner, stranger = (stack.tenant(name, return_urls=["https://app.partner.example"]) for name in ("Owner", "Stranger"))
    campaign = owner.connect("object@outlook.com")
    peers = [{"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {partner.key}"}]}
             for name, partner in (("owner", owner), ("stranger", stranger))]
    (tmp_path / "peers.yaml").write_text(json.dumps({"auth": peers}))
    (tmp_path / "schemathesis.toml").write_text(
        CONFIGURATION.format(base=stack.base, peers=tmp_path / "peers.yaml", examples=20))
    done = subprocess.run(
        [pathlib.Path(sys.executable).parent / "st", "--config-file", tmp_path / "schemathesis.toml", "run",
         ROOT / "openapi.yaml", "--exclude-tag", "Owner's browser",
         "--exclude-checks", "negative_data_rejection,positive_data_acceptance,not_a_server_error,use_after_free", "--report", "junit", "--report-dir", tmp_path],
        cwd=tmp_path, capture_output=True, text=True, timeout=600,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(ROOT / "Tests" / "EndToEnd" / "support"),
             "HEARTH_TEST_CAMPAIGN": str(campaign),
             "HEARTH_TEST_OWN_KEYS": ",".join(partner.key.split("_")[2] for partner in (owner, stranger))},
    )
    assert done.returncode == 0, done.stdout[-30_000:] + done.stderr[-3_000:]
