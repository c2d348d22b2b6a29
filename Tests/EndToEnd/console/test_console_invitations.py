"""Invitations in the console: created with e-mail or link, followed, sent again, and revoked."""

import html
import itertools
import re

import psycopg
import pytest

from console_client import Console, audited, words
from invitations import invitation, press
from mailserver import MailServer
from stack import Stack, wait_until

numbers = itertools.count()


@pytest.fixture(scope="module")
def mail():
    server = MailServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def mailing(tmp_path_factory, mail):
    """A Hearth that sends e-mail."""
    stack = Stack(tmp_path_factory.mktemp("mailing"))
    stack.environment.update(HEARTH_SMTP_URL=f"smtp://127.0.0.1:{mail.port}", HEARTH_SMTP_FROM="invite@hearth.example")
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture
def partner(stack):
    return stack.tenant("Acme <i>&amp;")


@pytest.fixture
def console(stack, partner):
    return Console(stack, partner.key)


def link(answer):
    """The link that a page shows."""
    assert answer.status_code == 200 and "shown only once" in answer.text, answer.text
    return html.unescape(re.search(r'id="url" type="text" value="([^"]+)"', answer.text)[1])


def invite(console, email=None, **fields):
    email = email or f"guest{next(numbers)}@corp-console.example"
    answer = console.post("/console/invitations", email=email, **{"permission_level": "read_send", **fields})
    found = console.get("/console/invitations", params={"email": email})
    return answer, int(re.search(r'href="/console/invitations/(\d+)"', found.text)[1])


def test_a_link_that_the_partner_sends(stack, partner, console):
    form = console.get("/console/invitations/new?email=ann%40outlook.com")
    assert "This service sends no e-mail" in words(form) and "HEARTH_SMTP_URL" in form.text
    assert 'value="ann@outlook.com"' in form.text and 'name="send_email"' not in form.text
    made, id = invite(console, "ann@outlook.com", permission_level="warmup", first_name="Ann", last_name="", tags="a, b", language="de",
                      expires_in="86400", shared_mailboxes="false", owner_email="")
    url = link(made)
    assert url.startswith(stack.base + "/invitations/") and "has not continued to Microsoft" in words(made)
    page = f"/console/invitations/{id}"
    shown = console.get(page)
    assert url not in html.unescape(shown.text), "the link is shown once"
    for each in ["Invited", "You send the link yourself", "Warm-up (read, sort and send)", "Name Ann", "Tags a, b", "Links made 1", str(id)]:
        assert each in words(shown), each
    assert invitation(partner, id)["language"] == "de"
    at_microsoft = press(stack, url)
    assert "opened the link and continued to Microsoft" in words(console.get(page))
    partner.follow(at_microsoft, "decline")
    declined = words(console.get(page))
    assert "Declined" in declined and "The link still works." in declined and "The owner declined. (DECLINED)" in declined
    partner.follow(at_microsoft, account="other@outlook.com")
    assert "signed in with a different mailbox. The link still works." in words(console.get(page))
    assert "Your mailbox is connected" in partner.follow(at_microsoft).text
    done, found = console.get(page), invitation(partner, id)
    assert "The owner has consented and the mailbox is connected." in words(done) and "/revoke" not in done.text
    assert f'href="/console/mailboxes/{found["mailbox_id"]}"' in done.text and f'href="/console/campaigns/{found["campaign_id"]}"' in done.text
    assert audited(stack, partner) == ["console.invite"]


def test_a_new_link_ends_the_former_and_a_revoked_one_has_none(stack, partner, console):
    made, id = invite(console)
    page = f"/console/invitations/{id}"
    first = link(made)
    again = console.post(page + "/resend", expires_in="")
    second = link(again)
    assert second != first and stack.http.get(first).status_code == 410 and stack.http.get(second).status_code == 200
    assert "Links made 2" in words(console.get(page))
    refused = console.post(page + "/resend", send_email="true", expires_in="1")
    assert refused.status_code == 400 and "Some fields are not valid" in refused.text and stack.http.get(second).status_code == 200
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE invitations SET expires_at = created_at WHERE tenant_id = %s", (partner.tenant,))
    ended = console.get(page)
    assert "The link has expired." in words(ended) and "/revoke" not in ended.text
    assert "INVITATION_ENDED" in console.post(page + "/revoke").text
    third = link(console.post(page + "/resend", expires_in="86400"))
    assert console.post(page + "/revoke").headers["location"] == page + "?done=invitation-revoked"
    assert stack.http.get(third).status_code == 410
    gone = console.get(page)
    assert "The link was withdrawn." in words(gone) and "/resend" not in gone.text and "/revoke" not in gone.text
    refused = console.post(page + "/resend")
    assert refused.status_code == 409 and "INVITATION_ENDED" in refused.text
    assert audited(stack, partner) == [
        "console.invite", "console.resend-invitation", "console.resend-invitation", "console.revoke-invitation"]


def test_by_e_mail(mailing, mail):
    partner = mailing.tenant("Acme")
    console = Console(mailing, partner.key)
    form = console.get("/console/invitations/new")
    assert 'name="send_email"' in form.text and "sends no e-mail" not in form.text
    made, id = invite(console, "mailed@corp-console.example", send_email="true")
    page = f"/console/invitations/{id}"
    assert made.headers["location"] == page + "?done=invitation-sent" and "/invitations/" + str(partner.tenant) not in made.text
    assert "on its way to the mailbox" in words(console.get(made.headers["location"]))
    wait_until(lambda: "The mail server accepted the message" in console.get(page).text, 60, "the message")
    (message,) = mail.parsed("mailed@corp-console.example")
    url = re.search(r"http://\S+", message.get_body(("plain",)).get_content())[0]
    assert mailing.http.get(url).status_code == 200
    assert console.post(page + "/resend", send_email="true", expires_in="").headers["location"] == page + "?done=invitation-sent"
    wait_until(lambda: len(mail.parsed("mailed@corp-console.example")) == 2, 60, "the second message")
    # The partner may still send the link.
    assert mailing.http.get(link(console.post(page + "/resend", send_email="false"))).status_code == 200
    assert "You send the link yourself" in words(console.get(page))
    mail.answer = lambda recipient: "550 no such mailbox" if recipient.startswith("nobody") else None
    _, id = invite(console, "nobody@corp-console.example", send_email="true")
    wait_until(lambda: "Failed" in words(console.get(f"/console/invitations/{id}")), 60, "the message's refusal")
    failed = words(console.get(f"/console/invitations/{id}"))
    assert "The message could not be delivered. Send a new link" in failed and "still works" not in failed and "was not accepted" in failed


def test_what_was_typed_stays_and_says_what_is_wrong(partner, console):
    hostile = '"><script>alert(1)</script>\u0301{{tenant}}'
    refused = console.post("/console/invitations", email="nobody", permission_level="all", first_name=hostile)
    assert refused.status_code == 400 and refused.text.count('aria-invalid="true"') == 2 and "Mailbox " in refused.text
    assert "<script>alert" not in refused.text and "{{tenant}}" in refused.text
    personal = console.post("/console/invitations", email="p@outlook.com", permission_level="send", shared_mailboxes="true")
    assert personal.status_code == 400 and "only organisations share mailboxes" in personal.text
    assert "Nobody was invited yet" in console.get("/console/invitations").text
    invite(console, "shown@outlook.com", first_name=hostile)
    _, id = invite(console, "shown@outlook.com", first_name=hostile)
    page = console.get(f"/console/invitations/{id}")
    assert "<script>alert" not in page.text and "<i>" not in page.text
    for path in [f"/console/invitations/{id}", "/console/invitations", "/console/invitations/new"]:
        assert "default-src 'none'" in console.get(path).headers["content-security-policy"]


def test_filters_and_pages(stack, partner, console):
    made = {name: invite(console, f"{name}@corp-filter.example") for name in ["waits", "opened", "revoked"]}
    press(stack, link(made["opened"][0]))
    console.post(f"/console/invitations/{made['revoked'][1]}/revoke")

    def shown(**query):
        return sorted(set(re.findall(r">(\w+)@corp-filter", console.get("/console/invitations", params=query).text)))
    assert shown() == sorted(made) == shown(status="no such")
    assert [shown(status=each) for each in ["invited", "opened", "revoked", "expired"]] == [["waits"], ["opened"], ["revoked"], []]
    assert shown(email="AIT") == ["waits"]
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE invitations SET expires_at = created_at WHERE invitation_id = %s", (made["waits"][1],))
        connection.execute(
            """INSERT INTO invitations (tenant_id, invitation_id, status, level, shared, seed, email, email_key, first_name, last_name, language,
                   tags, lifetime, created_at, updated_at, expires_at)
               SELECT tenant_id, n, status, level, shared, seed, 'many' || n || '@b.example', 'many' || n || '@b.example', '', '', language, tags,
                   lifetime, created_at, updated_at, expires_at
               FROM invitations, generate_series(1, 60) n WHERE invitation_id = %s""", (made["revoked"][1],))
    assert shown(status="expired") == ["waits"]
    first = console.get("/console/invitations?email=many&status=revoked")
    older = html.unescape(re.search(r'href="([^"]+)">Next page', first.text)[1])
    numbers = [[int(each) for each in re.findall(r">many(\d+)@", page.text)] for page in (first, console.get(older))]
    assert numbers == [list(range(60, 10, -1)), list(range(10, 0, -1))]


def test_who_may_only_read_and_foreign_hands(stack, partner, console):
    made, id = invite(console, "mine@corp-mine.example")
    page, url = f"/console/invitations/{id}", link(made)
    key = partner.call("POST", "/keys", json={"name": "reader", "scopes": ["campaigns:read"]}).json()["data"]["key"]
    reader, stranger, other = Console(stack, key), Console(stack), Console(stack, stack.tenant("Other").key)
    assert re.findall(r'<form[^>]* action="([^"]+)"', reader.get(page).text) == ["/console/sign-out"]
    assert "/invitations/new" not in reader.get("/console/invitations").text and reader.get("/console/invitations/new").status_code == 403
    for path in ["/console/invitations", page + "/resend", page + "/revoke"]:
        fields = {"email": "x@outlook.com", "permission_level": "send"}
        assert reader.post(path, **fields).status_code == 403
        assert stranger.post(path, **fields).headers["location"] == "/console/sign-in"
        for arguments in [{"token": ""}, {"token": other.token}, {"origin": "https://evil.example"}, {"origin": ""}]:
            assert "FORM_NOT_OURS" in console.post(path, **fields, **arguments).text
    for path in [page + "/resend", page + "/revoke"]:
        answer = other.post(path)
        assert answer.status_code == 404 and "mine@" not in answer.text
    for path in ["/console/invitations", "/console/invitations/new", page]:
        assert stranger.get(path).headers["location"].startswith("/console/sign-in?next=/console/invitations")
    for each in [id, "x", "0", "1", "99999999999999999999"]:
        assert other.get(f"/console/invitations/{each}").status_code == 404
    assert "mine@" not in other.get("/console/invitations").text
    assert stack.http.get(url).status_code == 200 and invitation(partner, id)["links"] == 1
    forbidden = stack.tenant("Without", allow=False)
    refused = Console(stack, forbidden.key).post("/console/invitations", email="x@outlook.com", permission_level="send")
    assert refused.status_code == 403 and forbidden.call("GET", "/invitations").json()["data"] == []
