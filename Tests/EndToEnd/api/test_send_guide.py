"""docs/send-and-listen.md: its commands, run as printed in one shell, send a message and see it arrive."""

import json
import os
import re
import shlex
import subprocess

from stack import ROOT

STEPS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/send-and-listen.md").read_text(), re.M | re.S)
PLACEHOLDERS = ["HEARTH=", "KEY=", "ADDRESS="]


def test_the_guide_sends_a_message_and_sees_it_arrive(stack, tmp_path):
    partner = stack.tenant()
    address = "ann.lee@contoso-guide.example"
    partner.connect(address)
    given, *steps = STEPS
    assert [line.split("=")[0] + "=" for line in given.splitlines()] == PLACEHOLDERS
    values = {"HEARTH": stack.base, "KEY": partner.key, "ADDRESS": address}
    script = ["set -eu"] + [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    script += [f"{{ {step}\n}} > out{number}" for number, step in enumerate(steps)]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tmp_path, capture_output=True, text=True, timeout=90,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )
    assert done.returncode == 0, done.stderr
    watch, queued, sent, arrived, events = [(tmp_path / f"out{number}").read_text() for number in range(len(steps))]
    assert json.loads(watch)["content"] == "metadata"
    assert json.loads(queued)["status"] == "queued"
    assert json.loads(sent)["status"] == "sent" and json.loads(sent)["internet_message_id"]
    arrived = json.loads(arrived)
    assert (arrived["kind"], arrived["folder"], arrived["subject"]) == ("message", "inbox", "A message to myself")
    assert arrived["from"]["address"] == address and arrived["missed_by_subscription"] is False
    types = re.findall(r'"type": "(.*?)"', events)
    assert sorted(types) == ["message.received", "message.sent"]
