"""Owners are invited by e-mail or by link; programs that open the link do not use it up."""

import itertools
import re
import ssl
import subprocess
import urllib.parse

import psycopg
import pytest

import contract
from invitations import checked, invitation, press
from mailserver import MailServer
from stack import BINARIES, Stack, wait_until

numbers = itertools.count()
EVENTS = "invitation.opened,invitation.completed,invitation.declined,invitation.failed,invitation.expired,campaign.pending,campaign.updated"
SCOPES = {
    "send": {"Mail.Send"}, "read_only": {"Mail.Read"}, "read_send": {"Mail.Read", "Mail.Send"}, "warmup": {"Mail.ReadWrite", "Mail.Send"},
}


@pytest.fixture(scope="module")
def mail():
    server = MailServer(user="hearth@relay", password="p:a/s+s%")
    yield server
    server.close()


@pytest.fixture(scope="module")
def mailing(tmp_path_factory, mail):
    """A Hearth that sends e-mail."""
    stack = Stack(tmp_path_factory.mktemp("mailing"))
    login = urllib.parse.quote("hearth@relay", safe="") + ":" + urllib.parse.quote("p:a/s+s%", safe="")
    stack.environment.update(HEARTH_SMTP_URL=f"smtp://{login}@127.0.0.1:{mail.port}", HEARTH_SMTP_FROM="invite@hearth.example")
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture
def partner(stack):
    return stack.tenant()


def invite(partner, email, level="read_send", **body):
    return checked(partner.call("POST", "/invitations", json={"email": email, "permission_level": level, **body}), 201)


def accept(partner, url, **how):
    page = partner.follow(press(partner.stack, url), **how)
    assert "Your mailbox is connected" in page.text, page.text


def grant(stack, partner):
    return stack.rows("SELECT level, scopes, state FROM grants WHERE tenant_id = %s ORDER BY grant_id", partner.tenant)


@pytest.mark.parametrize("level", SCOPES)
def test_each_level_asks_for_its_least_and_connects(stack, partner, receiver, level):
    partner.webhook(receiver.url, EVENTS)
    address = f"{level}@corp-invited.example"
    made = invite(partner, address, level, first_name="Ann", tags=["a"], meta={"ref": 1}, owner_email="team@partner.example")
    assert (made["status"], made["email_status"], made["links"]) == ("invited", None, 1)
    url = press(stack, made["url"])
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    assert set(query["scope"][0].split()) == {"openid", "profile", "email", "offline_access", "User.Read"} | SCOPES[level]
    assert query["login_hint"] == [address]
    assert invitation(partner, made["id"])["status"] == "opened"
    assert "Your mailbox is connected" in partner.follow(url).text
    done = invitation(partner, made["id"])
    assert done["status"] == "completed" and done["mailbox_id"] and done["completed_at"] and done["url"] is None
    assert [campaign["email"] for campaign in partner.campaigns()] == ([address] if level == "warmup" else [])
    assert (done["campaign_id"] is None) == (level != "warmup")
    assert [(row[0], row[2]) for row in grant(stack, partner)] == [(level, "live")]
    wait_until(lambda: receiver.events("invitation.completed"), 10, "invitation.completed")
    (event,) = receiver.events("invitation.completed")
    assert event["data"] | {"consent_id": 0} == {
        "invitation_id": made["id"], "status": "completed", "outcome_code": None, "permission_level": level, "consent_id": 0,
        "mailbox_id": done["mailbox_id"], "campaign_id": done["campaign_id"], "owner_email": "team@partner.example", "meta": {"ref": 1},
    }
    assert len(receiver.events("campaign.pending")) == (level == "warmup")
    # The given values are in each event of the invitation, of its link, and of what resulted from it.
    partner.call("POST", f"/mailboxes/{done['mailbox_id']}/disconnect")
    feed = partner.call("GET", "/webhooks/events?limit=100").json()["data"]
    assert {each["type"] for each in feed} >= {"invitation.opened", "invitation.completed", "consent.completed", "mailbox.disconnected"}
    for each in feed:
        account = {key: each["account"][key] for key in ["first_name", "email", "tags", "meta"]}
        assert account == {"first_name": "Ann", "email": address, "tags": ["a"], "meta": "ref=1"}, each
        assert (each["data"]["owner_email"], each["data"]["meta"]) == ("team@partner.example", {"ref": 1}), each
        if each["type"].split(".")[0] in ("invitation", "consent"):
            assert (each["data"]["invitation_id"], each["data"]["consent_id"]) == (made["id"], done["consent_id"]), each
    assert partner.consent(done["consent_id"])["invitation_id"] == made["id"]
    for delivery in receiver.accepted():
        contract.check_webhook(delivery["headers"], delivery["event"])
    used = stack.http.get(made["url"])
    assert used.status_code == 409 and "has been used" in used.text
    assert stack.http.post(made["url"]).status_code == 409


def test_scanners_use_nothing_up(stack, partner):
    made = invite(partner, "scanned@outlook.com", "send")
    for method in ["HEAD", "OPTIONS", "PUT"]:
        assert stack.http.request(method, made["url"]).status_code == 405
    for _ in range(3):
        page = stack.http.get(made["url"])
        assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    contract.check(page)
    assert "Acme asks you to connect your mailbox" in page.text and "scanned@outlook.com" in page.text
    assert "Send mail from this mailbox" in page.text and "Read the mail" not in page.text
    assert 'method="post"' in page.text and stack.microsoft not in page.text, "no link points to Microsoft"
    assert "form-action 'self' https:" in page.headers["content-security-policy"]
    assert invitation(partner, made["id"])["status"] == "invited"
    assert stack.rows("SELECT count(*) FROM consents WHERE tenant_id = %s", partner.tenant) == [(0,)]
    # Nor does a scanner that presses the button, or an owner who presses twice and returns later.
    first, second = press(stack, made["url"]), press(stack, made["url"])
    assert first == second, "one consent per link"
    accept(partner, made["url"])


def test_declined_failed_and_tried_again(stack, partner, receiver):
    partner.webhook(receiver.url, EVENTS)
    made = invite(partner, "again@outlook.com")
    url = press(stack, made["url"])
    for decision, account, status, code in [
        ("decline", None, "declined", "DECLINED"), ("admin_required", None, "failed", "ADMIN_APPROVAL_REQUIRED"),
        ("accept", "other@outlook.com", "failed", "MAILBOX_MISMATCH"), ("server_error", None, "failed", "TEMPORARY_FAULT"),
    ]:
        partner.follow(url, decision, account)
        found = invitation(partner, made["id"])
        assert (found["status"], found["outcome_code"]) == (status, code)
    accept(partner, made["url"])
    wait_until(lambda: receiver.events("invitation.completed"), 10, "invitation.completed")
    told = [(event["data"]["status"], event["data"]["outcome_code"]) for event in receiver.events() if event["type"].startswith("invitation.")]
    assert told == [
        ("opened", None), ("declined", "DECLINED"), ("failed", "ADMIN_APPROVAL_REQUIRED"), ("failed", "MAILBOX_MISMATCH"), ("completed", None)]


def test_resent_revoked_and_expired(stack, partner, receiver):
    partner.webhook(receiver.url, EVENTS)
    made = invite(partner, "resent@outlook.com", "read_only", expires_in=600)
    former = press(stack, made["url"])
    again = checked(partner.call("POST", f"/invitations/{made['id']}/resend"))
    assert again["url"] != made["url"] and (again["links"], again["status"]) == (2, "invited")
    dead = stack.http.get(made["url"])
    assert dead.status_code == 410 and "no longer valid" in dead.text and stack.http.post(made["url"]).status_code == 410
    assert "no longer valid" in partner.follow(former).text, "the consent of the previous link has ended, too"
    assert grant(stack, partner) == []

    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE invitations SET expires_at = created_at WHERE tenant_id = %s", (partner.tenant,))
    assert invitation(partner, made["id"])["status"] == "expired"
    assert stack.http.get(again["url"]).status_code == 410 and stack.http.post(again["url"]).status_code == 410
    wait_until(lambda: receiver.events("invitation.expired"), 30, "invitation.expired")
    refused = partner.call("DELETE", f"/invitations/{made['id']}")
    contract.check(refused)
    assert refused.json()["code"] == "INVITATION_ENDED"

    anew = checked(partner.call("POST", f"/invitations/{made['id']}/resend", json={"expires_in": 900}))
    accept(partner, anew["url"])
    reconnect = checked(partner.call("POST", f"/invitations/{made['id']}/resend"))
    accept(partner, reconnect["url"])
    assert [row[2] for row in grant(stack, partner)] == ["replaced", "live"]

    other = invite(partner, "revoked@outlook.com")
    pressed = press(stack, other["url"])
    for _ in range(2):
        assert checked(partner.call("DELETE", f"/invitations/{other['id']}"))["status"] == "revoked"
    assert stack.http.get(other["url"]).status_code == 410
    assert "no longer valid" in partner.follow(pressed).text
    assert partner.call("POST", f"/invitations/{other['id']}/resend").json()["code"] == "INVITATION_ENDED"
    first = partner.call("GET", "/invitations?limit=1").json()
    assert [each["id"] for each in first["data"]] == [made["id"]]
    assert [each["id"] for each in checked(partner.call("GET", f"/invitations?cursor={first['next_cursor']}"))] == [other["id"]]
    for query in ["status=completed", "email=Resent@OUTLOOK.com"]:
        assert [each["id"] for each in checked(partner.call("GET", f"/invitations?{query}"))] == [made["id"]]


def test_a_level_is_widened_and_never_lost(stack, partner, receiver):
    partner.webhook(receiver.url, EVENTS)
    address = "wider@corp-wider.example"
    accept(partner, invite(partner, address, "send")["url"])
    mailbox = stack.rows("SELECT mailbox_id FROM mailboxes WHERE tenant_id = %s", partner.tenant)
    upgrade = invite(partner, address, "read_only")
    url = press(stack, upgrade["url"])
    scope = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["scope"][0].split()
    assert {"Mail.Read", "Mail.Send"} <= set(scope), "existing scopes are requested together with new ones"
    partner.follow(url, "decline")
    assert [(row[0], row[2]) for row in grant(stack, partner)] == [("send", "live")], "a refusal removes nothing"
    assert "Your mailbox is connected" in partner.follow(url).text
    assert [(row[0], row[2]) for row in grant(stack, partner)] == [("send", "replaced"), ("read_send", "live")]
    assert stack.rows("SELECT mailbox_id FROM mailboxes WHERE tenant_id = %s", partner.tenant) == mailbox
    # A narrower request neither adds nor removes scopes.
    accept(partner, invite(partner, address, "send")["url"])
    assert grant(stack, partner)[-1][0] == "read_send"
    # With a campaign: the campaign gets the new grant, and the mailbox outlives it if it was invited for more.
    warm = invite(partner, address, "warmup")
    accept(partner, warm["url"])
    id = invitation(partner, warm["id"])["campaign_id"]
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    accept(partner, invite(partner, address, "read_only")["url"])
    assert grant(stack, partner)[-1][0] == "warmup"
    wait_until(lambda: receiver.events("campaign.updated"), 10, "campaign.updated")
    assert partner.campaigns()[0]["status_code"] == "active"
    assert partner.call("DELETE", f"/campaigns/{id}").status_code == 200
    assert grant(stack, partner)[-1][2] == "live", "the mailbox was invited for more than the campaign"


def test_two_links_of_one_mailbox_at_once_lose_nothing(stack, partner):
    address = "both@corp-both.example"
    sending, reading = invite(partner, address, "send"), invite(partner, address, "read_only")
    urls = [press(stack, each["url"]) for each in (sending, reading)]
    for url in urls:
        assert "Your mailbox is connected" in partner.follow(url).text
    level, scopes, state = grant(stack, partner)[-1]
    assert (level, state) == ("read_send", "live") and {"mail.send", "mail.read"} <= set(scopes)
    assert stack.rows("SELECT access_token IS NULL FROM grants WHERE tenant_id = %s AND state = 'live'", partner.tenant) == [(True,)]


def test_refused_requests_and_foreign_links(stack, partner):
    for body, field in [
        ({"email": "a@b.example"}, "permission_level"), ({"permission_level": "send"}, "email"), ({"email": "x", "permission_level": "all"}, "permission_level"),
        ({"email": "a@b.example", "permission_level": "send", "language": "xx"}, "language"),
        ({"email": "a@b.example", "permission_level": "send", "send_email": True}, "send_email"),
        ({"email": "a@b.example", "permission_level": "send", "return_url": "https://evil.example"}, "return_url"),
    ]:
        answer = partner.call("POST", "/invitations", json=body)
        contract.check(answer)
        assert answer.status_code == 400 and field in answer.json()["errors"], answer.text
    assert stack.tenant(allow=False).call("POST", "/invitations", json={"email": "a@b.example", "permission_level": "send"}).status_code == 403
    url = invite(partner, "foreign@outlook.com")["url"]
    path = urllib.parse.urlsplit(url).path.rsplit("/", 1)[1]
    consent = urllib.parse.parse_qs(urllib.parse.urlsplit(press(stack, url)).query)["state"][0]
    for token in ["x", path[:-4] + "AAAA", consent]:
        for method in ["GET", "POST"]:
            assert stack.http.request(method, f"{stack.base}/invitations/{token}").status_code == 404, token
    assert stack.http.get(f"{stack.base}/oauth/microsoft/callback?state={path}&code=x").status_code == 404
    body = {"email": "once@outlook.com", "permission_level": "send"}
    again = [partner.call("POST", "/invitations", json=body, headers={"idempotency-key": "k"}).json()["data"]["url"] for _ in range(2)]
    assert again[0] == again[1]


# By e-mail


def link_in(message):
    text = message.get_body(("plain",)).get_content()
    (url,) = set(re.findall(r"http\S+/invitations/\S+", text))
    assert f'href="{url}"' in message.get_body(("html",)).get_content()
    return url


@pytest.mark.parametrize("language, subject", [("en", "asks you to connect"), ("de", "bittet Sie"), ("fr", "vous demande"), ("es", "le pide")])
def test_the_message_arrives_and_its_link_works(mailing, mail, language, subject):
    partner = mailing.tenant("Müller & <b>Söhne</b>")
    address = f"owner-{language}@outlook.com"
    made = invite(partner, address, language=language)
    assert made["url"] is None and made["email_status"] == "queued"
    (message,) = wait_until(lambda: mail.parsed(address), 20, "the message")
    assert subject in message["subject"] and "Müller" in message["subject"] and message["to"] == address
    assert message["from"].addresses[0].addr_spec == "invite@hearth.example" and message["from"].addresses[0].display_name.startswith("Müller")
    assert message["auto-submitted"] == "auto-generated" and message["date"].datetime and message["message-id"].endswith("@hearth.example>")
    assert "\n" not in message["subject"]
    assert "<b>Söhne" not in message.get_body(("html",)).get_content()
    wait_until(lambda: invitation(partner, made["id"])["email_status"] == "sent", 10, "sent")
    accept(partner, link_in(message))
    assert invitation(partner, made["id"])["status"] == "completed"


def test_a_resend_is_another_message_with_another_link(mailing, mail):
    partner = mailing.tenant()
    made = invite(partner, "twice@outlook.com")
    wait_until(lambda: mail.parsed("twice@outlook.com"), 20, "the message")
    assert checked(partner.call("POST", f"/invitations/{made['id']}/resend"))["url"] is None
    first, second = wait_until(lambda: len(found := mail.parsed("twice@outlook.com")) == 2 and found, 20, "the second message")
    assert first["message-id"] != second["message-id"] and mailing.http.get(link_in(first)).status_code == 410
    accept(partner, link_in(second))
    own = invite(partner, "own@outlook.com", send_email=False)
    assert own["url"] and own["email_status"] is None


def test_a_server_that_refuses_for_now_is_asked_again(mailing, mail):
    partner, refusals = mailing.tenant(), ["451 Greylisted", "421 Too busy"]
    mail.answer = lambda recipient: refusals.pop(0) if recipient == "grey@outlook.com" and refusals else None
    made = invite(partner, "grey@outlook.com")
    for attempt in [1, 2]:
        def refused():
            found = mailing.rows("SELECT mail_attempts, mail_error, mail_due_at > now() + interval '50 s' FROM invitations WHERE invitation_id = %s", made["id"])
            return found[0][1] and found[0][0] == attempt and found
        (row,) = wait_until(refused, 20, "a refusal that was written down")
        assert row[2], "it is retried after a while"
        assert invitation(partner, made["id"])["status"] == "invited" and "reply 4" in invitation(partner, made["id"])["email_error"]
        with psycopg.connect(mailing.database_url) as connection:
            connection.execute("UPDATE invitations SET mail_due_at = now() WHERE invitation_id = %s", (made["id"],))
    wait_until(lambda: invitation(partner, made["id"])["email_status"] == "sent", 20, "sent")
    assert len(mail.parsed("grey@outlook.com")) == 1 and invitation(partner, made["id"])["email_error"] is None


def test_a_server_that_refuses_for_good_is_told(mailing, mail, receiver):
    partner = mailing.tenant()
    partner.webhook(receiver.url, EVENTS)
    mail.answer = lambda recipient: "550 No such user" if recipient == "nobody@corp-no.example" else None
    made = invite(partner, "nobody@corp-no.example")
    wait_until(lambda: receiver.events("invitation.failed"), 20, "invitation.failed")
    found = invitation(partner, made["id"])
    assert (found["status"], found["outcome_code"], found["email_status"]) == ("failed", "EMAIL_NOT_DELIVERED", "failed")
    assert "550" in found["email_error"] and mail.attempts.count("nobody@corp-no.example") == 1
    mail.answer = lambda recipient: None
    assert checked(partner.call("POST", f"/invitations/{made['id']}/resend"))["status"] == "invited"
    wait_until(lambda: mail.parsed("nobody@corp-no.example"), 20, "the message")


def test_the_relay_is_spoken_to_in_tls_and_has_to_be_who_it_says(tmp_path):
    subprocess.run([BINARIES / "microsoft-simulator", "certificate", "--directory", tmp_path], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    relay = MailServer(tls=context)
    stack = Stack(tmp_path)
    try:
        stack.environment.update(HEARTH_SMTP_URL=f"smtp://localhost:{relay.port}", HEARTH_SMTP_FROM="invite@hearth.example")
        stack.start_hearth()
        partner = stack.tenant()
        made = invite(partner, "tls@outlook.com")
        wait_until(lambda: invitation(partner, made["id"])["email_error"], 20, "a refusal")
        assert "certificate is not trusted" in invitation(partner, made["id"])["email_error"] and not relay.messages
        stack.stop("hearth")
        stack.environment["HEARTH_SMTP_CA_FILE"] = str(tmp_path / "ca.pem")
        stack.start_hearth()
        checked(partner.call("POST", f"/invitations/{made['id']}/resend"))
        wait_until(lambda: invitation(partner, made["id"])["email_status"] == "sent", 20, "sent")
        assert relay.encrypted == [True] and relay.messages[0][0] == "invite@hearth.example"
    finally:
        stack.close()
        relay.close()


def test_no_message_is_lost_when_the_process_dies(mailing, mail):
    partner = mailing.tenant()
    mail.answer = lambda recipient: "451 Later" if recipient.startswith("kill") else None
    made = [invite(partner, f"kill{each}@outlook.com") for each in range(3)]
    mailing.stop("hearth", how=9)
    mail.answer = lambda recipient: None
    with psycopg.connect(mailing.database_url) as connection:
        connection.execute("UPDATE invitations SET mail_due_at = now() WHERE mail_due_at IS NOT NULL")
    mailing.start_hearth()
    for each in made:
        wait_until(lambda: invitation(partner, each["id"])["email_status"] == "sent", 30, "sent after all")
        assert len(mail.parsed(each["email"])) >= 1
