"""Early warnings: each is reported once to those concerned, in every place they look."""

import json
import subprocess
import uuid

import httpx
import pytest

from contract import check
from stack import BINARIES, CLIENT_ID, CLIENT_SECRET, Stack, change, free_port, wait_until

TOKEN = "0123456789abcdef0123456789abcdef"
EVENTS = "mailbox.connection_expiring,application.secret_expiring,application.secret_expired,application.refused"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """A stack of two processes that work on the same warnings."""
    stack = Stack(tmp_path_factory.mktemp("warnings"))
    stack.environment["HEARTH_OPERATOR_TOKEN"] = TOKEN
    stack.start_hearth()
    other = {**stack.environment, "HEARTH_OPERATIONS_LISTEN": f"127.0.0.1:{free_port()}"}
    stack.start("worker", BINARIES / "hearth", "serve", "--only", "workers", environment=other)
    yield stack
    stack.close()


@pytest.fixture
def partner(stack, receiver):
    partner = stack.tenant("Warned")
    partner.webhook(receiver.url, EVENTS)
    return partner


def call(partner, method, path, status=200, **arguments):
    answer = partner.call(method, path, **arguments)
    check(answer)
    assert answer.status_code == status, answer.text
    return answer.json().get("data")


def warnings(partner):
    return call(partner, "GET", "/account/warnings")


def codes(partner):
    return [each["code"] for each in warnings(partner)["warnings"]]


def own_application(stack, partner, secret, days=None):
    """Sets an application with this secret; at the simulator its secret is `own`."""
    client = str(uuid.uuid4())
    stack.control("POST", "application", clientId=client, secret="own", redirectUris=[stack.base + "/oauth/microsoft/callback"])
    end = [] if days is None else ["--secret-expires", stack.rows("SELECT to_char(now() + %s * interval '1 day', 'YYYY-MM-DD')", days)[0][0]]
    return client, set_secret(stack, secret, "set", "--tenant", partner.tenant, "--client-id", client, *end)["app_id"]


def set_secret(stack, secret, *arguments):
    done = subprocess.run(
        [str(BINARIES / "hearth"), "microsoft-app", *map(str, arguments), "--json"], env=stack.environment, input=secret,
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def findings(stack):
    return {f["name"]: (f["verdict"], f["words"]) for f in json.loads(stack.cli("doctor", check=False).stdout)["findings"]}


def metric(stack, line):
    text = stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text
    return next((float(each.split()[-1]) for each in text.splitlines() if each.startswith(line + " ")), None)


def operator(stack):
    http = httpx.Client(timeout=30, trust_env=False, base_url=stack.base, headers={"origin": stack.base})
    assert http.post("/console/operator/sign-in", data={"token": TOKEN}).status_code == 303
    return http


def console(stack, partner):
    http = httpx.Client(timeout=30, trust_env=False, base_url=stack.base, headers={"origin": stack.base})
    assert http.post("/console/sign-in", data={"key": partner.key}).status_code == 303
    return http.get("/console/account").text


def idle(stack, partner, time="81 days"):
    """A mailbox that was not used for this long."""
    partner.connect("idle@corp-warned.example")
    change(stack, "UPDATE grants SET refreshed_at = now() - %s::interval, access_expires_at = now() WHERE tenant_id = %s", time, partner.tenant)
    (mailbox,) = call(partner, "GET", "/mailboxes")
    return mailbox


def test_a_tenant_sees_its_own_everywhere_and_is_told_once(stack, partner, receiver):
    stranger = stack.tenant("Stranger")
    mailbox = idle(stack, partner)
    partner.connect("used@corp-warned.example")
    client, application = own_application(stack, partner, "own", days=20)
    found = warnings(partner)
    assert found["total"] == 2
    first, second = found["warnings"]
    assert (first["code"], first["mailbox_id"], first["mailbox_address"]) == ("MAILBOX_CONNECTION_EXPIRING", mailbox["id"], "idle@corp-warned.example")
    assert (second["code"], second["application_id"], second["client_id"], second["mailbox_id"]) == ("APPLICATION_SECRET_EXPIRING", application, client, None)
    assert first["ends_at"] < second["ends_at"]
    assert call(partner, "GET", f"/mailboxes/{mailbox['id']}")["warnings"] == [first]
    listed = lambda value: [each["address"] for each in call(partner, "GET", f"/mailboxes?has_warning={value}")]
    assert (listed("true"), listed("false")) == (["idle@corp-warned.example"], ["used@corp-warned.example"])
    assert warnings(stranger) == {"total": 0, "warnings": []}

    wait_until(lambda: len(receiver.events()) >= 2, 60, "both events")
    for warning, code in [(first, "mailbox.connection_expiring"), (second, "application.secret_expiring")]:
        (event,) = receiver.events(code)
        assert {name: event["data"][name] for name in warning} == warning
    feed = call(partner, "GET", "/webhooks/events?after=0&limit=1000")
    assert [each["type"] for each in feed if each["type"] in EVENTS.split(",")].count("mailbox.connection_expiring") == 1
    assert not [each for each in call(stranger, "GET", "/webhooks/events?after=0&limit=1000") if each["type"] in EVENTS.split(",")]

    page = console(stack, partner)
    assert "idle@corp-warned.example" in page and f"Application {client}" in page and "Recheck the mailbox" in page
    assert 'id="warnings"' not in console(stack, stranger)
    name = 'hearth_warnings{code="MAILBOX_CONNECTION_EXPIRING"}'
    wait_until(lambda: metric(stack, name) == 1 and metric(stack, "hearth_grants_near_idle_end") == 1, 60, "the gauges")

    healed = call(partner, "POST", f"/mailboxes/{mailbox['id']}/recheck")
    assert healed["warnings"] == [] and codes(partner) == ["APPLICATION_SECRET_EXPIRING"]


def test_an_erased_mailbox_leaves_no_mark(stack, partner):
    # Just in time: workers leave the mark of a new warning unchanged for a minute.
    mailbox = idle(stack, partner, "80 days 1 second")
    marks = lambda: stack.rows("SELECT code FROM told_warnings WHERE tenant_id = %s", partner.tenant)
    wait_until(lambda: marks() == [("MAILBOX_CONNECTION_EXPIRING",)], 60, "the mark")
    stack.cli("erase", "--mailbox", mailbox["id"])
    assert marks() == []


def test_the_operators_are_nobody_elses(stack, partner):
    found = findings(stack)
    assert found["key ring"][0] == found["microsoft secret"][0] == "warning" and "HEARTH_MICROSOFT_SECRET_EXPIRES" in found["microsoft secret"][1]
    http = operator(stack)
    own_application(stack, partner, "own", days=-1)
    page = http.get("/console/operator").text
    assert "No spare key" in page and "expiry date is unknown" in page
    assert f'href="/console/operator/tenants/{partner.tenant}"' in page and "Entra application secret has expired: 1" in page
    assert "has expired" in http.get(f"/console/operator/tenants/{partner.tenant}").text
    for text in [json.dumps(warnings(partner)), console(stack, partner)]:
        assert "OPERATOR" not in text and "KEY_RING" not in text and "spare" not in text and "HEARTH_" not in text
    assert codes(partner) == ["APPLICATION_SECRET_EXPIRED"]
    http.close()


def test_a_refused_application_is_known_to_doctor_and_its_tenant(stack, partner, receiver):
    client, application = own_application(stack, partner, "own")
    id = wait_until(lambda: f"client_id={client}" in partner.link("x@corp-warned.example")["url"], 60, "its own application") and partner.connect("refused@corp-warned.example")
    (mailbox,) = [each for each in call(partner, "GET", "/mailboxes") if each["campaigns"][0]["id"] == id]
    for _ in range(2):  # The previous secret works, too.
        set_secret(stack, "wrong", "rotate-secret", "--tenant", partner.tenant, "--app", application)
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    assert findings(stack)["tenant applications"] == ("ok", "no refusal is known")
    call(partner, "POST", f"/mailboxes/{mailbox['id']}/recheck", status=503)
    verdict, words = findings(stack)["tenant applications"]
    assert verdict == "warning" and f"application {application} of tenant {partner.tenant} since" in words and "(invalid_client 7000215)" in words
    assert findings(stack)["microsoft application"][0] == "ok"
    (warning,) = warnings(partner)["warnings"]
    assert (warning["code"], warning["client_id"], warning["ends_at"]) == ("APPLICATION_REFUSED", client, None) and "7000215" in warning["text"]
    wait_until(lambda: receiver.events("application.refused"), 60, "the event")
    # Microsoft accepts it after all, such as a new secret that had to propagate.
    stack.control("POST", "application", clientId=client, secret="wrong")
    recheck = lambda: partner.call("POST", f"/mailboxes/{mailbox['id']}/recheck").status_code
    wait_until(lambda: recheck() == 200, 60, "the end of the pause")
    assert codes(partner) == [] and findings(stack)["tenant applications"][0] == "ok"
    assert len(receiver.events("application.refused")) == 1


def test_doctor_asks_microsoft_where_it_may(stack, partner, monkeypatch):
    partner.connect("someone@corp-home.example")
    assert "microsoft sign-in" not in findings(stack)
    monkeypatch.setitem(stack.environment, "HEARTH_MICROSOFT_HOME_TENANT", "corp-home.example")
    assert findings(stack)["microsoft sign-in"] == ("ok", "Microsoft accepts the application's secret")
    monkeypatch.setitem(stack.environment, "HEARTH_MICROSOFT_CLIENT_SECRET", "wrong")
    verdict, words = findings(stack)["microsoft sign-in"]
    assert verdict == "failure" and "corp-home.example: invalid_client 7000215" in words and "HEARTH_MICROSOFT_CLIENT_SECRET" in words
    monkeypatch.setitem(stack.environment, "HEARTH_MICROSOFT_CLIENT_SECRET", f"wrong\n{CLIENT_SECRET}")
    verdict, words = findings(stack)["microsoft sign-in"]
    assert verdict == "warning" and "The former secret still works" in words
    stack.fault(match={"operation": "token"}, status=503, times=1)
    assert findings(stack)["microsoft sign-in"] == ("warning", "could not be checked: status 503")
    monkeypatch.setitem(stack.environment, "HEARTH_MICROSOFT_HOME_TENANT", "common")
    assert "HEARTH_MICROSOFT_HOME_TENANT must be the id (a GUID) or a domain" in stack.cli("doctor", check=False).stderr


def test_the_operators_application_refused(stack, partner):
    mailbox = idle(stack, partner)
    stack.control("POST", "application", clientId=CLIENT_ID, secret="another")
    try:
        call(partner, "POST", f"/mailboxes/{mailbox['id']}/recheck", status=503)
        verdict, words = findings(stack)["microsoft application"]
        assert verdict == "failure" and "invalid_client 7000215" in words and "HEARTH_MICROSOFT_CLIENT_SECRET" in words
        assert codes(partner) == ["MAILBOX_CONNECTION_EXPIRING"]
        assert "Microsoft refuses the application" in operator(stack).get("/console/operator").text
        name = 'hearth_warnings{code="OPERATOR_APPLICATION_REFUSED"}'
        wait_until(lambda: metric(stack, name) == 1, 60, "the gauge")
    finally:
        stack.control("POST", "application", clientId=CLIENT_ID, secret=CLIENT_SECRET)
    wait_until(lambda: partner.call("POST", f"/mailboxes/{mailbox['id']}/recheck").status_code == 200, 60, "the end of the pause")
    assert findings(stack)["microsoft application"] == ("ok", "no refusal is known")


def test_owners_who_met_a_refused_application(stack, partner):
    assert findings(stack)["consents"][0] == "ok"
    link = partner.link("met@corp-met.example")
    stack.fault(match={"operation": "token"}, error="7000222", times=1)
    page = partner.follow(link["url"])
    assert "Your mailbox is connected" not in page.text
    assert findings(stack)["consents"] == ("warning", "1 failed in the last day because Microsoft refused the application, 0 of them a tenant's own; check secret and redirect URI")
    partner.follow(link["url"])
    assert findings(stack)["consents"][0] == "ok"
