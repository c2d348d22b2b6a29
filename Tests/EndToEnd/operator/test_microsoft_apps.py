"""Secrets of Entra applications: rotation without a restart, tenants' own applications, and warnings before expiry."""

import datetime
import json
import os
import subprocess
import uuid

import pytest

from stack import BINARIES, CLIENT_ID, CLIENT_SECRET, Stack, change, wait_until


@pytest.fixture
def stack(tmp_path):
    """A stack whose operator's secret and its expiry come from files, as written by a vault."""
    stack = Stack(tmp_path)
    stack.secret, stack.end = tmp_path / "secret", tmp_path / "end"
    stack.secret.write_text(CLIENT_SECRET + "\n")
    stack.end.write_text("2099-01-01\n")
    del stack.environment["HEARTH_MICROSOFT_CLIENT_SECRET"]
    stack.environment["HEARTH_MICROSOFT_CLIENT_SECRET_FILE"] = str(stack.secret)
    stack.environment["HEARTH_MICROSOFT_SECRET_EXPIRES_FILE"] = str(stack.end)
    stack.start_hearth()
    yield stack
    stack.close()


def started(stack, partner, email):
    id = partner.connect(email)
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    return id


def refresh(stack, partner, id):
    """Runs a command that refreshes first; returns its status."""
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE state = 'live'")
    partner.call("PATCH", f"/campaigns/{id}/pause-warmup")
    return partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code


def app(stack, *arguments, secret=None, check=True):
    done = subprocess.run(
        [str(BINARIES / "hearth"), "microsoft-app", *map(str, arguments), "--json"], env=stack.environment,
        input=secret, capture_output=True, text=True)
    if check:
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    return done


def findings(stack):
    return {f["name"]: f for f in json.loads(stack.cli("doctor", check=False).stdout)["findings"]}


def metric(stack, name):
    text = stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text
    return {line.split()[0]: float(line.split()[1]) for line in text.splitlines() if line.startswith(name)}


def test_the_operators_secret_is_replaced_without_a_restart(stack):
    partner = stack.tenant()
    id = started(stack, partner, "rotating@corp-rotating.example")
    assert refresh(stack, partner, id) == 200
    # The new secret is in the file before Microsoft knows it: the previous one on the second line is used.
    stack.secret.write_text(f"new-secret\n{CLIENT_SECRET}\n")
    assert refresh(stack, partner, id) == 200
    stack.control("POST", "application", clientId=CLIENT_ID, secret="new-secret")
    assert refresh(stack, partner, id) == 200
    # As a vault does it: a symbolic link that points to another file.
    (stack.folder / "newest").write_text("newest-secret\n")
    (stack.folder / "link").symlink_to(stack.folder / "newest")
    os.replace(stack.folder / "link", stack.secret)
    stack.control("POST", "application", clientId=CLIENT_ID, secret="newest-secret")
    assert refresh(stack, partner, id) == 200
    # If the file is empty or missing for a moment, the last secret stays in use.
    (stack.folder / "newest").write_text("")
    assert refresh(stack, partner, id) == 200
    stack.secret.unlink()
    assert refresh(stack, partner, id) == 200
    assert started(stack, partner, "later@corp-rotating.example")
    assert metric(stack, "hearth_microsoft_applications_refused").get("hearth_microsoft_applications_refused", 0) == 0


def test_a_tenants_own_application(stack):
    operators, own = stack.tenant("Operators"), stack.tenant("Own")
    before = started(stack, own, "before@corp-before.example")
    client = str(uuid.uuid4())
    stack.control("POST", "application", clientId=client, secret="own-1", redirectUris=[stack.base + "/oauth/microsoft/callback"])
    made = app(stack, "set", "--tenant", own.tenant, "--client-id", client.upper(), "--secret-expires", "2098-05-01", secret="own-1\n")
    assert made["redirect_uri"] == stack.base + "/oauth/microsoft/callback"
    wait_until(lambda: f"client_id={client}" in own.link("x@corp-own.example")["url"], 5, "links of its own application")
    id = started(stack, own, "mine@corp-own.example")
    assert f"client_id={CLIENT_ID}" in operators.link("y@corp-own.example")["url"]
    assert stack.rows("SELECT count(*) FROM grants WHERE app_id = %s AND state = 'live'", made["app_id"]) == [(1,)]
    # It is sealed and never shown.
    assert b"own-1" not in bytes(stack.rows("SELECT secret FROM microsoft_apps")[0][0])
    assert "own-1" not in json.dumps(app(stack, "list", "--tenant", own.tenant))

    # The form for owners uses it as well.
    form = own.call("GET", "/embed/form/secure").json()["data"]["url"]
    assert f"client_id={client}" in stack.http.post(form, data={"email": "z@corp-own.example"}).headers["location"]

    # Rotated without a restart, with the previous one as a fallback until Microsoft knows the new one.
    app(stack, "rotate-secret", "--tenant", own.tenant, "--app", made["app_id"], secret="own-2")
    assert refresh(stack, own, id) == 200
    stack.control("POST", "application", clientId=client, secret="own-2")
    assert refresh(stack, own, id) == 200
    # Existing connections keep the operator's application.
    assert refresh(stack, own, before) == 200

    # It cannot be removed while in use; later it is removed with its secrets.
    refused = app(stack, "remove", "--tenant", own.tenant, "--app", made["app_id"], check=False)
    assert refused.returncode == 1 and "1 connections" in refused.stderr
    own.call("DELETE", f"/campaigns/{id}")
    change(stack, "UPDATE consents SET status = 'revoked' WHERE status = 'open'")
    assert stack.rows("SELECT count(*) FROM grants WHERE app_id = %s AND state = 'live'", made["app_id"]) == [(0,)]
    app(stack, "remove", "--tenant", own.tenant, "--app", made["app_id"])
    assert f"client_id={CLIENT_ID}" in stack.http.post(form, data={"email": "z@corp-own.example"}).headers["location"]
    assert stack.rows("SELECT secret, former_secret, retired_at IS NOT NULL FROM microsoft_apps") == [(b"", None, True)]
    wait_until(lambda: f"client_id={CLIENT_ID}" in own.link("z@corp-own.example")["url"], 5, "the operator's application again")
    # Set again, it gets its old number.
    assert app(stack, "set", "--tenant", own.tenant, "--client-id", client, secret="own-2")["app_id"] == made["app_id"]


@pytest.mark.parametrize(
    "arguments, secret, words",
    [
        (["set", "--client-id", "not-a-guid"], "x", "GUID"),
        (["set", "--client-id", str(uuid.uuid4())], "", "one line"),
        (["set", "--client-id", str(uuid.uuid4())], "two\nlines", "one line"),
        (["set", "--client-id", str(uuid.uuid4()), "--secret-expires", "soon"], "x", "2027-03-31"),
        (["rotate-secret", "--app", "5"], "x", "has no application 5"),
        (["remove", "--app", "5"], None, "has no application 5"),
    ],
)
def test_what_is_refused(stack, arguments, secret, words):
    tenant = stack.tenant().tenant
    done = app(stack, *arguments, "--tenant", tenant, secret=secret, check=False)
    assert done.returncode != 0 and words in done.stderr
    assert stack.rows("SELECT count(*) FROM microsoft_apps") == [(0,)]


def test_what_will_end_is_warned_of(stack):
    partner = stack.tenant()
    id = started(stack, partner, "idle@corp-idle.example")
    name = 'hearth_microsoft_secret_seconds_left{application="operator"}'
    assert findings(stack)["microsoft secret"]["verdict"] == "ok"
    assert findings(stack)["idle grants"]["verdict"] == findings(stack)["tenant secrets"]["verdict"] == "ok"
    wait_until(lambda: metric(stack, "hearth_encryption_keys") == {"hearth_encryption_keys": 1}, 15, "the gauges")
    assert metric(stack, name)[name] > 70 * 365 * 86400

    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.UTC)
    stack.end.write_text(f"{now + 29.5 * day:%Y-%m-%dT%H:%M:%SZ}")
    found = findings(stack)["microsoft secret"]
    assert found["verdict"] == "warning" and "in 29 days" in found["words"]
    wait_until(lambda: 29 * 86400 < metric(stack, name)[name] < 30 * 86400, 15, "the gauge, without a restart")
    stack.end.write_text(f"{now - day:%Y-%m-%d}")
    assert findings(stack)["microsoft secret"]["verdict"] == "failure"
    wait_until(lambda: metric(stack, name)[name] < 0, 15, "a negative gauge")
    del stack.environment["HEARTH_MICROSOFT_SECRET_EXPIRES_FILE"]
    assert "unknown" in findings(stack)["microsoft secret"]["words"]

    for days in (10, -1, 100):
        app(stack, "set", "--tenant", partner.tenant, "--client-id", uuid.uuid4(), "--secret-expires", f"{now + days * day:%Y-%m-%d}", secret="s")
    found = findings(stack)["tenant secrets"]
    assert found["verdict"] == "warning" and found["words"].startswith("1 have ended, 1 end within 30 days")
    tenants = 'hearth_microsoft_secret_seconds_left{application="tenants"}'
    wait_until(lambda: metric(stack, tenants).get(tenants, 0) < 0, 15, "the tenants' gauge")

    change(stack, "UPDATE grants SET refreshed_at = now() - interval '81 days'")
    assert findings(stack)["idle grants"]["words"].startswith("1 were not refreshed for 80 days")
    idle = "hearth_grants_near_idle_end"
    wait_until(lambda: metric(stack, idle)[idle] == 1, 15, "the idle gauge")


def test_a_setting_that_is_no_date(stack):
    stack.end.write_text("next spring")
    stack.stop("hearth")
    assert stack.start_hearth(ready=False).wait(20) == 1
    assert "HEARTH_MICROSOFT_SECRET_EXPIRES must be a date" in (stack.folder / "hearth.log").read_text()
