"""Signing in to the console through a tenant's own OpenID provider: roles and refusals; it never connects a mailbox."""

import re
import urllib.parse

import httpx
import pytest

from browser import Browser
from openid_provider import CLIENT, Provider
from openid_visitor import begin, client, members_of, refused, sign_in
from stack import wait_until


@pytest.fixture
def provider():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def partner(stack, provider, tmp_path):
    return members_of(stack, provider, tmp_path)


def test_roles(stack, provider, partner):
    id = partner.connect("roles@outlook.com")
    ada, page = sign_in(stack, provider, partner, email="ada@CORP.example")
    assert page.status_code == 200 and page.headers["refresh"] == "0; url=/console"
    cookies = page.headers.get_list("set-cookie")
    assert any("hearth-console=" in each and "SameSite=Strict" in each and "HttpOnly" in each for each in cookies)
    assert ada.get("/console", follow_redirects=True).url.path == "/console/campaigns"
    for path in ["/console/keys", "/console/webhooks", f"/console/campaigns/{id}", "/console/account"]:
        assert ada.get(path).status_code == 200, path
    token = re.search(r'name="form_token" value="([^"]+)"', ada.get("/console/campaigns").text)[1]
    assert ada.post(f"/console/campaigns/{id}/start", data={"form_token": token}).status_code == 303
    assert "member " in ada.get(f"/console/campaigns/{id}").text, "the history names the member"
    mailbox = re.search(r"/console/mailboxes/\d+", ada.get(f"/console/campaigns/{id}").text)[0]
    assert ada.post(mailbox + "/recheck", data={"form_token": token}).status_code == 303
    audit = stack.rows("SELECT actor FROM audit_entries WHERE tenant_id = %s AND action = 'console.recheck-mailbox'", partner.tenant)
    assert [row[0].split(":")[0] for row in audit] == ["member"]

    manager, _ = sign_in(stack, provider, partner, email="max@corp.example")
    for path in ["/console/campaigns", mailbox, "/console/mailboxes", "/console/invitations", "/console/invitations/new"]:
        assert manager.get(path).status_code == 200, path
    for path in ["/console/keys", "/console/webhooks", "/console/deliveries"]:
        assert manager.get(path).status_code == 403, path
    asked = provider.asked[0]
    assert asked["scope"] == "openid profile email" and asked["code_challenge_method"] == "S256"
    listed = stack.cli("member", "list", "--tenant", partner.tenant)["members"]
    assert [(each["email"], each["role"], each["has_signed_in"]) for each in listed] == [
        ("Ada@corp.example", "administrator", True), ("max@corp.example", "manager", True)]
    assert [each["subject"] for each in listed] == ["s-ada@CORP.example", "s-max@corp.example"]
    # A changed role and a removed member take effect at once.
    stack.cli("member", "add", "--tenant", partner.tenant, "--email", "max@corp.example", "--role", "administrator")
    assert manager.get("/console/keys").status_code == 200
    stack.cli("member", "remove", "--tenant", partner.tenant, "--email", "max@corp.example")
    assert manager.get("/console/campaigns").status_code == 303
    stack.cli("sign-in", "remove", "--tenant", partner.tenant)
    assert ada.get("/console/campaigns").status_code == 303


def test_this_sign_in_connects_no_mailbox(stack, provider, partner):
    sign_in(stack, provider, partner, email="ada@corp.example")
    for table in ["mailboxes", "grants", "consents", "campaigns"]:
        assert stack.rows(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", partner.tenant) == [(0,)], table


@pytest.mark.parametrize(
    "bend",
    [
        *({"signature": how} for how in ("none", "hs256", "stranger", "unknown key", "no key id")),
        *({"claims": claims} for claims in (
            {"iss": "http://127.0.0.1:1"}, {"aud": "other"}, {"aud": [CLIENT[0], "other"]}, {"azp": "other"}, {"nonce": "x"},
            {"nonce": None}, {"exp": 1}, {"nbf": 9999999999}, {"sub": None}, {"sub": ""})),
    ],
    ids=str,
)
def test_tokens_that_do_not_hold(stack, provider, partner, bend):
    provider.person = {"sub": "s", "email": "ada@corp.example", "email_verified": True}
    http, back = begin(stack, partner)
    provider.bend = bend
    refused(http.get(back), 502)


def test_who_is_not_let_in(stack, provider, partner):
    for person in [{"email": "eve@corp.example"}, {"email": "x"}]:
        _, page = sign_in(stack, provider, partner, **person)
        refused(page, 403)
        assert "you are not a member of this account" in page.text
    # Once the member is bound to a subject, another subject with the same address is refused.
    assert sign_in(stack, provider, partner, email="ada@corp.example")[1].status_code == 200
    refused(sign_in(stack, provider, partner, email="ada@corp.example", sub="somebody else")[1], 403)
    # The bound subject stays a member, whatever its address.
    assert sign_in(stack, provider, partner, email="ada@corp.example", sub="s-ada@corp.example")[1].status_code == 200
    # It no longer needs an address.
    provider.person = {"sub": "s-ada@corp.example", "preferred_username": "ada.new@corp.example"}
    http, back = begin(stack, partner)
    assert http.get(back).status_code == 200
    provider.bend = {"decline": True}
    http, back = begin(stack, partner)
    refused(http.get(back), 403)


def test_answers_of_other_browsers_tenants_and_times(stack, provider, partner):
    provider.person = {"sub": "s", "email": "ada@corp.example", "email_verified": True}
    _, back = begin(stack, partner)
    refused(client(stack).get(back), 400)
    http, back = begin(stack, partner)
    forged = urllib.parse.urlsplit(back)._replace(query="code=x&state=forged").geturl()
    refused(http.get(forged), 400)
    http, back = begin(stack, partner)
    assert http.get(back).status_code == 200
    refused(http.get(back), 400)
    for account in [stack.tenant("Without").tenant, 1, 0, -1, "x", ""]:
        assert client(stack).get(f"/console/sign-in/organisation?account={account}").status_code == 404, account
    guesser = httpx.Client(timeout=30, trust_env=False, base_url=stack.base, headers={"x-forwarded-for": "198.51.100.7"})
    statuses = [guesser.get("/console/openid/callback?code=x&state=x").status_code for _ in range(22)]
    assert set(statuses[:20]) == {400} and statuses[-1] == 429
    stack.cli("tenant", "suspend", partner.tenant)
    wait_until(lambda: http.get("/console/campaigns").status_code == 303, 5, "the session's end")


@pytest.mark.parametrize("width", [1280, 360])
def test_in_a_browser(stack, provider, partner, width):
    provider.person = {"sub": f"b{width}", "email": "max@corp.example", "email_verified": True}
    page = Browser(f"openid-{width}", width=width)
    try:
        page.open(stack.base + "/console/sign-in").fill("account", str(partner.tenant)).press("Continue")
        page.until_text("no mailbox is connected").check("1-provider")
        page.press("Continue to 127.0.0.1").until_text("No mailbox is connected yet").check("2-campaigns")
        assert "API keys" not in page.text and page.path == "/console/campaigns"
    finally:
        page.close()
