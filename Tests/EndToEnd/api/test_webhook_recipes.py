"""docs/webhook-recipes.md: each program, run as printed if its runtime is installed, accepts only what Hearth delivers."""

import base64
import hashlib
import hmac
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time

import httpx
import pytest

from stack import ROOT, free_port, wait_until

RECIPES = dict(re.findall(r"^```(\w+)\n(.*?)^```$", (ROOT / "docs/webhook-recipes.md").read_text(), re.M | re.S))
RUN = {
    "python": ("handler.py", [sys.executable, "handler.py"]),
    "javascript": ("handler.js", ["node", "handler.js"]),
    "php": ("handler.php", ["sh", "-c", "exec php -S 127.0.0.1:$PORT handler.php"]),
    "ruby": ("handler.rb", ["ruby", "handler.rb"]),
    "go": ("handler.go", ["go", "run", "handler.go"]),
    "java": ("Handler.java", ["java", "Handler.java"]),
}
RUNTIME = {"python": sys.executable, "javascript": "node"}


def is_there(language):
    if language == "ruby":
        return shutil.which("ruby") and subprocess.run(["ruby", "-e", "require 'webrick'"], capture_output=True).returncode == 0
    return shutil.which(RUNTIME.get(language, language))


def signed(secret, body, id="evt_1_1", timestamp=None):
    timestamp = str(timestamp or int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": "v1," + base64.b64encode(digest).decode()}


@pytest.fixture
def handler(tmp_path):
    """Starts the program of a recipe on a separate port."""
    started = []

    def start(language, secret, port):
        name, command = RUN[language]
        (tmp_path / name).write_text(RECIPES[language])
        environment = {**os.environ, "WEBHOOK_SECRET": secret, "PORT": str(port), "GOCACHE": str(tmp_path / "cache")}
        with open(tmp_path / "log", "wb") as log:
            started.append(subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log, start_new_session=True))

        def listens():
            assert started[-1].poll() is None, (tmp_path / "log").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_until(listens, 120, "the handler to listen")

    yield start
    for process in started:
        os.killpg(process.pid, 9)
        process.wait()


def test_every_recipe_has_a_test():
    assert set(RECIPES) == {*RUN, "sh"}


@pytest.mark.parametrize("language", RUN)
def test_a_recipe_accepts_deliveries_and_refuses_forgeries(stack, handler, language):
    if not is_there(language):
        pytest.skip(f"no {language} on this machine")
    partner, port = stack.tenant(), free_port()
    url = f"http://127.0.0.1:{port}/webhooks"
    endpoint = partner.webhook(url, "campaign.pending")
    handler(language, endpoint["secret"], port)
    partner.connect(f"{language}@outlook.com", first_name="Zoë 🌻", meta={"ref": "a&b=\"c\""})
    settled = "SELECT status FROM webhook_deliveries WHERE tenant_id = %s"
    wait_until(lambda: stack.rows(settled, partner.tenant) == [("delivered",)], 20, "the delivery to be accepted")

    body, secret = b'{"event_id": "evt_1_1", "type": "campaign.pending"}', endpoint["secret"]
    right, other = signed(secret, body), signed("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(), body)

    def answer(headers, body=body):
        return httpx.post(url, content=body, headers=headers, timeout=20, trust_env=False).status_code

    assert answer(right) == 204
    both = f"{other['webhook-signature']} {right['webhook-signature']}"
    assert answer({**right, "webhook-signature": both}) == 204, "during a rotation there are two signatures"
    assert answer(other) == 401, "another secret"
    assert answer(right, body.replace(b"pending", b"deleted")) == 401, "another body"
    assert answer({**right, "webhook-id": "evt_1_2"}) == 401, "another id"
    for off in [-400, 400]:
        assert answer(signed(secret, body, timestamp=int(time.time()) + off)) == 401, "a recording, or a clock that is off"
    for missing in right:
        assert answer({name: value for name, value in right.items() if name != missing}) == 401, f"without {missing}"
    assert answer({**right, "webhook-timestamp": "soon"}) == 401
    assert answer({**right, "webhook-signature": "v1,"}) == 401


def test_the_shell_lines_print_the_signature(tmp_path):
    body, secret = '{"type": "campaign.pending", "name": "Zoë"}'.encode(), "whsec_" + base64.b64encode(bytes(range(32))).decode()
    headers = signed(secret, body)
    (tmp_path / "body").write_bytes(body)
    environment = {
        **os.environ, "WEBHOOK_SECRET": secret, "WEBHOOK_ID": headers["webhook-id"],
        "WEBHOOK_TIMESTAMP": headers["webhook-timestamp"],
    }
    done = subprocess.run(["sh", "-c", RECIPES["sh"]], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == headers["webhook-signature"]
