"""An unmodified Mailivery client, with only the base URL changed."""

import os
import subprocess

from stack import ROOT


def client(partner, *arguments):
    return subprocess.run(
        [ROOT / "Tests" / "EndToEnd" / "support" / "mailivery_client.sh", *arguments], capture_output=True, text=True, timeout=60,
        env={**os.environ, "MAILIVERY_BASE_URL": partner.stack.base + "/api/v1", "MAILIVERY_API_KEY": partner.key},
    )


def test_the_client_runs_unchanged(stack):
    partner = stack.tenant()
    connected = client(partner, "connect", "stock@outlook.com")
    assert connected.returncode == 0, connected.stderr
    url = connected.stdout.strip()
    assert url.startswith(stack.microsoft + "/common/oauth2/v2.0/authorize?"), url
    partner.follow(url)

    run = client(partner, "run", "stock@outlook.com")
    assert run.returncode == 0, run.stdout + run.stderr
    steps = [line.split(":")[0] for line in run.stdout.splitlines()]
    assert steps == [
        "after consent", "start", "limits", "metrics", "health score", "pause", "resume", "delete", "multipart form",
        "urlencoded form",
    ]


def test_it_notices_a_refusal(stack):
    """Shows that the test above can fail."""
    refused = client(stack.tenant(allow=False), "connect", "stock@outlook.com")
    assert refused.returncode != 0 and "MS_GRAPH_FEATURE_DISABLED" in refused.stderr
