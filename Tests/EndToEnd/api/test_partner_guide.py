"""docs/partner-guide.md: its commands, run as printed in one shell, connect a mailbox and start its campaign."""

import json
import os
import re
import shlex
import subprocess

from stack import ROOT

STEPS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/partner-guide.md").read_text(), re.M | re.S)
PLACEHOLDERS = ["HEARTH=", "KEY=", "HOOK="]


def test_the_guide_leads_to_a_started_campaign(stack, receiver, tmp_path):
    partner = stack.tenant()
    given, *steps = STEPS
    assert [line.split("=")[0] + "=" for line in given.splitlines()] == PLACEHOLDERS
    values = {"HEARTH": stack.base, "KEY": partner.key, "HOOK": receiver.url}
    script = ["set -eu"] + [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    for number, step in enumerate(steps):
        script.append(f"{{ {step}\n}} > out{number}")
        if "LINK=" in step:  # Here the owner does what the guide describes.
            script.append('curl -sSL -o page "$LINK&simulator_decision=accept"')
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr
    output = [(tmp_path / f"out{number}").read_text() for number in range(len(steps))]
    hello, endpoint, link, consent, feed, start, pause = output
    assert json.loads(hello)["success"] is True
    assert json.loads(endpoint)["data"]["secret"].startswith("whsec_")
    assert json.loads(link)["code"] == "CONSENT_URL_CREATED"
    assert "Your mailbox is connected" in (tmp_path / "page").read_text()
    consent = json.loads(consent)
    assert consent["status"] == "completed"
    assert '"campaign.pending"' in feed and "ann.lee@contoso.com" in feed
    started = json.loads(start)
    assert started["status_code"] == "active" and started["id"] == consent["campaign_id"]
    assert pause.split() == ["paused", "active"]
    campaign = partner.call("GET", f"/campaigns/{consent['campaign_id']}").json()["data"]
    assert (campaign["email_per_day"], campaign["tags"], campaign["meta"]) == (20, ["spring"], {"ref": "crm-4711"})
