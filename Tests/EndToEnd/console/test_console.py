"""The console without a browser: protection of forms, separation of tenants, secrets it never shows."""

import re

import pytest

from console_client import Console
from stack import wait_until

CAMPAIGN_ID = re.compile(r"/console/campaigns/(\d+)")


@pytest.fixture
def partner(stack):
    return stack.tenant("Acme <i>&amp;")


@pytest.fixture
def console(stack, partner):
    return Console(stack, partner.key)


PAGES = [f"/console/{name}" for name in (
    "campaigns", "mailboxes", "mailboxes/shared", "invitations", "invitations/new", "consents", "connect", "webhooks", "deliveries", "keys",
    "audit", "account")]


def test_nothing_without_a_session(stack, partner):
    id = partner.connect("alone@outlook.com")
    stranger = Console(stack)
    for path in [*PAGES, f"/console/campaigns/{id}", "/console/consents/1"]:
        answer = stranger.get(path)
        assert answer.status_code == 303 and answer.headers["location"].startswith("/console/sign-in?next=/console/"), path
        assert "alone@" not in answer.text
    for path in [f"/console/campaigns/{id}/delete", "/console/connect", "/console/keys", "/console/consents/1/revoke"]:
        assert stranger.post(path).headers["location"] == "/console/sign-in"
    assert partner.call("GET", f"/campaigns/{id}").status_code == 200


def test_cookie_is_out_of_reach_and_forms_are_refused_that_are_not_ours(stack, partner, console):
    id = partner.connect("forged@outlook.com")
    signed_in = Console(stack).post("/console/sign-in", key=partner.key)
    cookie = signed_in.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie and "Max-Age=28800" in cookie
    assert partner.key not in cookie and partner.key.split("_", 3)[3] not in cookie
    delete = f"/console/campaigns/{id}/delete"
    other = Console(stack, partner.key)
    for arguments in [{"token": ""}, {"token": "x"}, {"token": other.token}, {"origin": "https://evil.example"},
                      {"origin": "null"}, {"origin": ""}, {"origin": stack.base + ".evil.example"}]:
        answer = console.post(delete, **arguments)
        assert answer.status_code == 403 and "FORM_NOT_OURS" in answer.text, arguments
    # A forged session: altered, truncated, or from another service.
    value = console.http.cookies["hearth-console"]
    for forged in [value[:-2] + ("AA" if value[-2:] != "AA" else "BB"), value[:40], "x", ""]:
        console.http.cookies.set("hearth-console", forged, domain="127.0.0.1")
        assert console.get("/console/campaigns").status_code == 303
    assert partner.call("GET", f"/campaigns/{id}").status_code == 200


def test_every_page_has_a_strict_policy_and_nothing_inline(stack, partner, console):
    id = partner.connect("policy@outlook.com")
    (consent,) = stack.rows("SELECT consent_id FROM consents WHERE campaign_id = %s", id)[0]
    for path in [*PAGES, f"/console/campaigns/{id}", f"/console/consents/{consent}", "/console/sign-in"]:
        page = console.get(path) if path != "/console/sign-in" else Console(stack).get(path)
        assert page.status_code == 200, path
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert "http" not in policy.replace("https:", ""), "no other host"
        assert page.headers["cache-control"] == "no-store" and page.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=", page.text), path
        assert "<i>" not in page.text, "names are escaped"
        for asset in re.findall(r'(?:href|src)="(/console/assets/[^"]+)"', page.text):
            answer = console.get(asset)
            assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
            assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)", answer.content), "no third-party host"


def test_a_page_that_has_not_changed_is_not_sent_again(partner, console):
    partner.connect("same@outlook.com")
    first = console.get("/console/campaigns")
    assert console.get("/console/campaigns", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    partner.connect("more@outlook.com")
    assert console.get("/console/campaigns", headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_other_tenants_are_out_of_reach(stack, partner, console):
    other = stack.tenant("Other")
    theirs = other.connect("theirs@outlook.com")
    (consent,) = stack.rows("SELECT consent_id FROM consents WHERE campaign_id = %s", theirs)[0]
    open_consent = other.link("open@outlook.com")["consent_id"]
    other_key = other.call("GET", "/keys").json()["data"][0]["id"]
    unknown = console.get("/console/campaigns/1")
    for path in [f"/console/campaigns/{theirs}", "/console/campaigns/x", "/console/campaigns/0", "/console/campaigns/99999999999999999999"]:
        answer = console.get(path)
        assert answer.status_code == unknown.status_code == 403 and "theirs" not in answer.text
    for path in [f"/console/consents/{consent}", f"/console/consents/{open_consent}", "/console/consents/x"]:
        assert console.get(path).status_code == 404
    for path in [f"/console/campaigns/{theirs}/start", f"/console/campaigns/{theirs}/delete",
                 f"/console/consents/{open_consent}/revoke", f"/console/keys/{other_key}/revoke"]:
        assert console.post(path).status_code in (403, 404), path
    assert "theirs" not in console.get("/console/campaigns").text + console.get("/console/consents").text
    assert other.call("GET", f"/campaigns/{theirs}").json()["data"]["status_code"] == "pending"
    assert other.consent(open_consent)["status"] == "open" and other.call("GET", "/keys").status_code == 200


def test_a_session_may_what_its_key_may(stack, partner):
    id = partner.connect("scopes@outlook.com")
    def key(*scopes):
        return partner.call("POST", "/keys", json={"name": "less", "scopes": list(scopes)}).json()["data"]
    reader = Console(stack, key("campaigns:read")["key"])
    page = reader.get(f"/console/campaigns/{id}").text
    assert "scopes@outlook.com" in page and "Delete" not in page and "/start" not in page
    for path in [f"/console/campaigns/{id}/start", "/console/connect", "/console/keys"]:
        assert reader.post(path, email="x@outlook.com", name="x").status_code == 403, path
    assert reader.get("/console/keys").status_code == reader.get("/console/connect").status_code == 403
    keeper = key("keys")
    keys = Console(stack, keeper["key"])
    assert keys.get("/console/campaigns").status_code == 403 and keys.get("/console", follow_redirects=True).url.path == "/console/keys"
    made = keys.http.post("/console/keys", headers={"origin": stack.base}, data={
        "form_token": keys.token, "name": "more", "scopes[]": ["keys", "campaigns:write"], "expires_in": ""})
    assert made.status_code == 403 and "campaigns:write" in made.text, "no more than it has"
    # Revoking the key ends its session.
    assert partner.call("DELETE", f"/keys/{keeper['id']}").status_code == 200
    wait_until(lambda: keys.get("/console/keys").status_code == 303, 5, "the session's end")


def test_suspended_tenants_and_guesses(stack, partner, console):
    stack.cli("tenant", "suspend", partner.tenant)
    wait_until(lambda: console.get("/console/campaigns").status_code == 303, 5, "the session's end")
    # The lookup of a key is cached for a second.
    answer = wait_until(lambda: next(
        (each for each in [Console(stack).post("/console/sign-in", key=partner.key)] if each.status_code == 403), None), 5, "the refusal")
    assert "suspended" in answer.text and "set-cookie" not in answer.headers
    stack.cli("tenant", "resume", partner.tenant)
    wait_until(lambda: Console(stack).post("/console/sign-in", key=partner.key).status_code == 303, 5, "the account's return")
    guesser = Console(stack)
    guesser.http.headers["x-forwarded-for"] = "203.0.113.9"
    statuses = [guesser.post("/console/sign-in", key=f"hearth_{partner.tenant}_1_{'x' * 43}").status_code for _ in range(22)]
    assert set(statuses[:20]) == {401} and statuses[-1] == 429
    assert guesser.post("/console/sign-in", key=partner.key).status_code == 303, "a valid key is never refused because of other failures"


def test_nobody_is_sent_elsewhere_after_signing_in(stack, partner):
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/console/../api", "/consolex", "javascript:x", "/console/\r\nx: y"]:
        answer = Console(stack).post("/console/sign-in", key=partner.key, next=next)
        assert answer.headers["location"] == "/console/campaigns", next
    assert Console(stack).post("/console/sign-in", key=partner.key, next="/console/keys").headers["location"] == "/console/keys"
    assert "nothing of mine" not in Console(stack, partner.key).get("/console/campaigns?done=nothing+of+mine").text


def test_what_people_type_is_shown_as_text(stack, partner, console):
    hostile = '"><script>alert(1)</script>\u0301{{tenant}}'
    answer = console.post("/console/connect", email="not an address", first_name=hostile, tags="a,b", timezone="Mars/Base")
    assert answer.status_code == 400 and "<script>alert" not in answer.text and "{{tenant}}" in answer.text
    assert "Mailbox " in answer.text and "Time zone must be" in answer.text and 'aria-invalid="true"' in answer.text
    id = partner.connect("bdi@outlook.com", first_name=hostile, tags=[hostile[:100]])
    for page in [console.get("/console/campaigns"), console.get(f"/console/campaigns/{id}"),
                 console.get("/console/campaigns", params={"email": hostile, "tag": hostile})]:
        assert page.status_code == 200 and "<script>alert" not in page.text


def test_filters_and_pages(stack, partner, console):
    for number in range(4):
        partner.connect(f"f{number}@corp-filter.example", tags=["even" if number % 2 == 0 else "odd"])
    started = CAMPAIGN_ID.findall(console.get("/console/campaigns").text)[0]
    assert partner.call("PATCH", f"/campaigns/{started}/start-warmup").status_code == 200
    def shown(**query):
        return sorted(set(re.findall(r"f\d@corp-filter", console.get("/console/campaigns", params=query).text)))
    assert len(shown()) == 4 and shown(status="active") != shown(status="pending") and len(shown(status="active")) == 1
    assert shown(email="F2@CORP") == ["f2@corp-filter"] and shown(tag="odd") == ["f1@corp-filter", "f3@corp-filter"]
    assert shown(tag="none") == [] and len(shown(status="no such")) == 4
