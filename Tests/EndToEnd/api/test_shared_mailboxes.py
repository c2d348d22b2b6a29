"""A shared mailbox is used with a delegate's token: it is verified before it is stored, and lost with its delegate."""

import urllib.parse

import psycopg
import pytest

import contract
from offices import PATH, Office, add, delegate, invite
from stack import wait_until

EVENTS = "shared_mailbox.connected,shared_mailbox.disconnected,shared_mailbox.reconnected,mailbox.disconnected,invitation.completed"


@pytest.fixture
def partner(stack):
    yield stack.tenant()
    stack.control("DELETE", "faults")


def one(partner, id):
    answer = partner.call("GET", f"{PATH}/{id}")
    contract.check(answer)
    return answer.json()["data"]


@pytest.mark.parametrize(
    "level, scopes", [
        ("send", {"Mail.Send", "Mail.Send.Shared"}), ("read_only", {"Mail.Read", "Mail.Read.Shared"}),
        ("read_send", {"Mail.Read", "Mail.Send", "Mail.Read.Shared", "Mail.Send.Shared"}),
        ("warmup", {"Mail.ReadWrite", "Mail.Send", "Mail.ReadWrite.Shared", "Mail.Send.Shared"}),
    ])
def test_the_shared_scopes_are_asked_for_in_the_same_measure(stack, partner, level, scopes):
    office = Office(stack)
    made = invite(partner, office.person, level, shared_mailboxes=True)
    assert "The same in mailboxes that your organisation shares" in stack.http.get(made["url"]).text
    url = stack.http.post(made["url"]).headers["location"]
    asked = set(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["scope"][0].split())
    assert asked - {"openid", "profile", "email", "offline_access", "User.Read"} == scopes
    partner.follow(url)
    id = partner.call("GET", f"/invitations/{made['id']}").json()["data"]["mailbox_id"]
    if level == "send":
        assert add(partner, office.shared, id, 409) == "SHARED_MAILBOX_SCOPE_MISSING"
    else:
        assert add(partner, office.shared, id)["status"] == "connected"


def test_added_listed_with_its_delegate_and_removed(stack, partner, receiver):
    partner.webhook(receiver.url, EVENTS)
    office = Office(stack)
    mailbox = delegate(partner, office.person)
    made = add(partner, office.shared.upper(), mailbox)
    assert made["status"] == "connected" and made["delegate"] == {"mailbox_id": mailbox, "address": office.person}
    assert add(partner, office.shared, mailbox)["id"] == made["id"], "one per address"
    listed = partner.call("GET", f"{PATH}?mailbox_id={mailbox}")
    contract.check(listed)
    assert [each["id"] for each in listed.json()["data"]] == [made["id"]]
    assert partner.call("GET", f"{PATH}?mailbox_id={mailbox + 1}").json()["data"] == []
    wait_until(lambda: receiver.events("shared_mailbox.connected"), 10, "shared_mailbox.connected")
    removed = partner.call("DELETE", f"{PATH}/{made['id']}")
    contract.check(removed)
    assert removed.status_code == 200
    assert partner.call("GET", f"{PATH}/{made['id']}").json()["code"] == "SHARED_MAILBOX_NOT_FOUND"
    assert partner.call("GET", f"/mailboxes/{mailbox}").json()["data"]["permission_level"] == "read_send", "the delegate stays"
    wait_until(lambda: receiver.events("shared_mailbox.disconnected"), 10, "shared_mailbox.disconnected")
    assert len(receiver.events("shared_mailbox.connected")) == 1
    for delivery in receiver.accepted():
        contract.check_webhook(delivery["headers"], delivery["event"])


def test_nothing_is_stored_that_exchange_does_not_open(stack, partner):
    office, elsewhere = Office(stack, permissions=["SendAs"]), Office(stack)
    mailbox = delegate(partner, office.person)
    stack.control("POST", "accounts", address=f"server@{office.domain}", mail=f"server@{office.domain}", hasMailbox=False)
    for address, code in [
        (office.shared, "SHARED_MAILBOX_ACCESS_DENIED"), (elsewhere.shared, "SHARED_MAILBOX_"), (f"no@{office.domain}", "SHARED_MAILBOX_UNKNOWN"),
    ]:
        assert add(partner, address, mailbox, 409).startswith(code)
    stack.fault(match={"operation": "messages"}, status=503, retryAfter=7)
    busy = partner.call("POST", PATH, json={"address": office.shared, "mailbox_id": mailbox})
    contract.check(busy)
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "7")
    stack.control("DELETE", "faults")
    assert stack.rows("SELECT count(*) FROM shared_mailboxes WHERE tenant_id = %s", partner.tenant) == [(0,)]
    assert partner.call("GET", f"/mailboxes/{mailbox}").json()["data"]["health"]["status"] == "healthy", "the delegate is not to blame"
    office.permit("FullAccess")
    assert add(partner, office.shared, mailbox)["status"] == "connected"
    for body, field in [({}, "address"), ({"address": "a@outlook.com", "mailbox_id": 1}, "address"), ({"address": "a@b.example", "mailbox_id": "x"}, "mailbox_id")]:
        answer = partner.call("POST", PATH, json=body)
        contract.check(answer)
        assert answer.status_code == 400 and field in answer.json()["errors"]
    assert add(partner, office.shared, 1, 404) == "MAILBOX_NOT_FOUND"
    assert add(stack.tenant(), office.shared, mailbox, 404) == "MAILBOX_NOT_FOUND"


def test_personal_accounts_are_refused_with_the_reason(stack, partner):
    office = Office(stack)
    refused = partner.call("POST", "/invitations", json={"email": "p@outlook.com", "permission_level": "send", "shared_mailboxes": True})
    assert refused.status_code == 400 and "only organisations share" in str(refused.json()["errors"]["shared_mailboxes"])
    # A personal account whose address does not reveal it.
    stack.control("POST", "accounts", address="own@custom-personal.example", kind="personal")
    made = invite(partner, "own@custom-personal.example", shared_mailboxes=True)
    page = partner.follow(stack.http.post(made["url"]).headers["location"])
    assert "Shared mailboxes need a work account" in page.text
    assert partner.call("GET", f"/invitations/{made['id']}").json()["data"]["outcome_code"] == "SHARED_MAILBOXES_NOT_FOR_PERSONAL_ACCOUNTS"
    mailbox = delegate(partner, "p@outlook.com", shared_mailboxes=False)
    assert add(partner, office.shared, mailbox, 409) == "SHARED_MAILBOX_PERSONAL_ACCOUNT"


@pytest.mark.parametrize("end", ["disconnect", "delete"])
def test_it_falls_with_its_delegate_and_comes_back_when_added_again(stack, partner, receiver, end):
    partner.webhook(receiver.url, EVENTS)
    office = Office(stack)
    mailbox = delegate(partner, office.person)
    made = add(partner, office.shared, mailbox)
    answer = partner.call("POST", f"/mailboxes/{mailbox}/disconnect") if end == "disconnect" else partner.call("DELETE", f"/mailboxes/{mailbox}")
    assert answer.status_code == 200, answer.text
    found = one(partner, made["id"])
    assert (found["status"], found["code"]) == ("disconnected", "CONNECTION_DISCONNECTED") and found["disconnected_at"]
    wait_until(lambda: receiver.events("shared_mailbox.disconnected") and receiver.events("mailbox.disconnected"), 10, "both events")
    assert receiver.events("shared_mailbox.disconnected")[0]["data"]["mailbox_id"] == mailbox
    assert add(partner, office.shared, mailbox, 409 if end == "disconnect" else 404) in ("CONNECTION_DISCONNECTED", "MAILBOX_NOT_FOUND")
    again = delegate(partner, office.person)
    assert again == mailbox and one(partner, made["id"])["status"] == "disconnected", "nothing is reconnected without a request"
    assert add(partner, office.shared, mailbox)["id"] == made["id"]
    assert one(partner, made["id"])["status"] == "connected"


def test_a_fault_of_the_delegate_is_a_fault_of_the_shared_mailbox(stack, partner, receiver):
    partner.webhook(receiver.url, EVENTS)
    office = Office(stack)
    mailbox = delegate(partner, office.person)
    made = add(partner, office.shared, mailbox)
    stack.control("POST", f"accounts/{office.person}/revoke", how="sessions")
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE grants SET access_expires_at = created_at WHERE tenant_id = %s", (partner.tenant,))
    assert partner.call("POST", f"/mailboxes/{mailbox}/recheck").status_code == 200
    found = one(partner, made["id"])
    assert (found["status"], found["code"]) == ("error", "CONNECTION_REVOKED")
    wait_until(lambda: receiver.events("shared_mailbox.disconnected"), 10, "shared_mailbox.disconnected")
    # Its owner consents again without the shared mailboxes: then they are reported as missing.
    assert delegate(partner, office.person, shared_mailboxes=False) == mailbox
    assert one(partner, made["id"])["code"] == "CONNECTION_SCOPE_MISSING"
    delegate(partner, office.person)
    assert one(partner, made["id"])["status"] == "connected"
    # Narrowed by a reconnect, and widened again.
    for shared, status in [(False, "error"), (True, "connected")]:
        link = partner.call("POST", f"/mailboxes/{mailbox}/reconnect", json={"shared_mailboxes": shared})
        partner.follow(link.json()["data"]["url"])
        assert one(partner, made["id"])["status"] == status
    assert told(partner) == [
        ("connected", None), ("disconnected", "CONNECTION_REVOKED"), ("reconnected", None),
        ("disconnected", "CONNECTION_SCOPE_MISSING"), ("reconnected", None)]
    wait_until(lambda: len(receiver.events("shared_mailbox.reconnected")) == 2, 60, "shared_mailbox.reconnected")
    for delivery in receiver.accepted():
        contract.check_webhook(delivery["headers"], delivery["event"])


def told(partner):
    """The events about shared mailboxes, with the reason."""
    feed = partner.call("GET", "/webhooks/events?limit=100").json()["data"]
    return [(event["action"], event["data"]["code"]) for event in feed if event["type"].startswith("shared_mailbox.")]


def test_a_fault_that_heals_by_itself_is_told_once(stack, partner):
    office = Office(stack)
    mailbox = delegate(partner, office.person)
    made = add(partner, office.shared, mailbox)
    stack.fault(match={"operation": "token"}, error="53003")
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE grants SET access_expires_at = created_at WHERE tenant_id = %s", (partner.tenant,))
    assert partner.call("POST", f"/mailboxes/{mailbox}/recheck").json()["data"]["health"]["status"] == "error"
    assert one(partner, made["id"])["status"] == "error"
    stack.control("DELETE", "faults")
    for _ in range(2):
        assert partner.call("POST", f"/mailboxes/{mailbox}/recheck").json()["data"]["health"]["status"] == "healthy"
    assert one(partner, made["id"])["status"] == "connected"
    assert [action for action, _ in told(partner)] == ["connected", "disconnected", "reconnected"]


@pytest.mark.parametrize("level", ["read_only", "read_send", "warmup"])
def test_a_campaign_link_asks_for_them_too(stack, partner, level):
    office = Office(stack)
    link = partner.link(office.person, permission_level=level, shared_mailboxes="true")
    scopes = set(urllib.parse.parse_qs(urllib.parse.urlsplit(link["url"]).query)["scope"][0].split())
    asked = scopes - {"openid", "profile", "email", "offline_access", "User.Read"}
    assert asked == {"Mail.Read" if "read" in level else "Mail.ReadWrite"} | ({"Mail.Send"} if level != "read_only" else set()) | {
        scope + ".Shared" for scope in asked if not scope.endswith(".Shared")}
    assert "Your mailbox is connected" in partner.follow(link["url"]).text
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    assert add(partner, office.shared, mailbox["id"])["status"] == "connected"
    refused = partner.call("POST", "/campaigns/ms-graph", json={"email": "p@outlook.com", "shared_mailboxes": True})
    contract.check(refused)
    assert refused.status_code == 400 and "only organisations share" in str(refused.json()["errors"]["shared_mailboxes"])


def test_the_scope_set_of_clientsuccess_is_obtainable(partner):
    url = partner.link("ann@corp-clientsuccess.example", permission_level="read_send")["url"]
    scopes = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["scope"][0].split()
    assert sorted(scopes) == sorted("openid profile email User.Read offline_access Mail.Read Mail.Send".split())


def test_an_upgrade_adds_the_shared_ones_and_a_reconnect_keeps_them(stack, partner):
    office = Office(stack)
    mailbox = delegate(partner, office.person, "warmup", shared_mailboxes=False)
    assert add(partner, office.shared, mailbox, 409) == "SHARED_MAILBOX_SCOPE_MISSING"
    link = partner.call("POST", f"/mailboxes/{mailbox}/reconnect", json={"shared_mailboxes": True})
    contract.check(link)
    assert "Your mailbox is connected" in partner.follow(link.json()["data"]["url"]).text
    made = add(partner, office.shared, mailbox)
    again = partner.call("POST", f"/mailboxes/{mailbox}/reconnect").json()["data"]["url"]
    assert "Mail.Read.Shared" in urllib.parse.unquote(again) or "Mail.ReadWrite.Shared" in urllib.parse.unquote(again)
    partner.follow(again)
    assert one(partner, made["id"])["status"] == "connected"
    # The token is renewed with the granted scopes.
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE grants SET access_expires_at = created_at WHERE tenant_id = %s AND state = 'live'", (partner.tenant,))
    assert add(partner, office.shared, mailbox)["status"] == "connected"
    # A delegate is in use: the end of its campaign does not end it.
    id = partner.campaigns()[0]["id"]
    assert partner.call("DELETE", f"/campaigns/{id}").status_code == 200
    assert one(partner, made["id"])["status"] == "connected"


def test_an_administrator_approves_the_shared_scopes(stack, partner):
    office = Office(stack)
    stack.control("POST", "organizations", domain=office.domain, consentPolicy="microsoftManaged")
    waiting = invite(partner, office.person, shared_mailboxes=True)
    url = stack.http.post(waiting["url"]).headers["location"]
    assert "administrator has to approve" in partner.follow(url).text
    link = partner.call("POST", "/admin-consents", json={"domain": office.domain, "permission_level": "read_send", "shared_mailboxes": True})
    contract.check(link)
    assert "https://graph.microsoft.com/Mail.Read.Shared" in urllib.parse.unquote(link.json()["data"]["url"])
    partner.follow(link.json()["data"]["url"], account=f"admin@{office.domain}")
    assert "Your mailbox is connected" in partner.follow(url).text
