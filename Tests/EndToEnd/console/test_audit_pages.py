"""Every form and every callback from Microsoft or a sign-in leaves its audit entry."""

import itertools
import re
import secrets
import urllib.parse

import httpx
import pytest

from objects import Objects
from openid_provider import CLIENT, Provider
from stack import ROOT, Receiver, Stack

FORMS = (ROOT / "Tests/EndToEnd/support/forms.txt").read_text().split("\n")[:-1]
TOKEN = "0123456789abcdef0123456789abcdef"
SOURCE = "198.51.100.44"
numbers = itertools.count()


class Browser:
    """Keeps cookies, the session's token, and a request id to find the entry by."""

    def __init__(self, stack):
        self.stack = stack
        self.http = httpx.Client(timeout=60, trust_env=False, base_url=stack.base, headers={"origin": stack.base, "x-forwarded-for": SOURCE})
        self.token, self.request = "", None

    def get(self, url):
        self.request = f"page-{next(numbers)}"
        return self.http.get(url, headers={"x-request-id": self.request})

    def send(self, path, **fields):
        self.request = f"page-{next(numbers)}"
        answer = self.http.post(path, data={"form_token": self.token, **fields}, headers={"x-request-id": self.request})
        assert answer.status_code in (200, 303), answer.text
        return answer

    def read_token(self, page):
        self.token = re.search(r'name="form_token" value="([^"]+)"', self.http.get(page).text)[1]
        return self

    def entries(self):
        return self.stack.rows(
            "SELECT tenant_id, actor, action, subject, source FROM audit_entries WHERE request_id = %s", self.request)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("pages"))
    stack.environment["HEARTH_OPERATOR_TOKEN"] = TOKEN
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture(scope="module")
def partner(stack):
    partner = stack.tenant("Pages")
    receiver = Receiver()
    partner.webhook(receiver.url)
    partner.objects = Objects(partner)
    yield partner
    receiver.close()


@pytest.fixture
def browser(stack):
    browser = Browser(stack)
    yield browser
    browser.http.close()


def console(browser, partner):
    browser.send("/console/sign-in", key=partner.key)
    return browser.read_token("/console/account")


def operator(browser):
    browser.send("/console/operator/sign-in", token=TOKEN)
    return browser.read_token("/console/operator")


def tenants_form(path, **fields):
    """A form of the console; `fields` make the `{...}` in it."""
    def send(browser, partner):
        values = {name: value(partner) if callable(value) else value for name, value in fields.items()}
        console(browser, partner).send(path.format(**values), **{k: v for k, v in values.items() if "{" + k + "}" not in path})
    return send


def operators_form(path, **values):
    def send(browser, partner):
        tenant = partner.stack.cli("tenant", "create", "--name", "Operated")["tenant_id"]
        operator(browser).send(path.format(id=tenant, **values))
    return send


def sign_out(browser, partner):
    console(browser, partner).send("/console/sign-out")


def form(browser, partner):
    url = partner.call("GET", "/embed/form/secure").json()["data"]["url"]
    browser.send(url.removeprefix(partner.stack.base), email=partner.objects.address())


def invite(partner, address=None, **body):
    body = {"email": address or partner.objects.address(), "permission_level": "send", **body}
    return partner.call("POST", "/invitations", json=body).json()["data"]["url"].removeprefix(partner.stack.base)


CAMPAIGN, ENDPOINT = lambda p: p.objects.campaign(), lambda p: p.objects.endpoint()
def unused(partner):
    """A mailbox whose campaign is deleted."""
    id = partner.objects.mailbox()
    for use in partner.call("GET", f"/mailboxes/{id}").json()["data"]["campaigns"]:
        partner.call("DELETE", f"/campaigns/{use['id']}")
    return id


MAILBOX, INVITATION = lambda p: p.objects.mailbox(), lambda p: p.objects.invitation()
KEY, CONSENT = lambda p: p.objects.key(), lambda p: p.objects.consent()
# How each form is sent; the actor, action and subject of its entry.
SENT = {
    "POST /console/sign-in": (console, "api_key", "console.sign-in", "key"),
    "POST /console/sign-out": (sign_out, "api_key", "console.sign-out", "key"),
    "POST /console/sign-out-everywhere": (
        tenants_form("/console/sign-out-everywhere"), "api_key", "console.sign-out-everywhere", "key"),
    "POST /console/keys": (tenants_form("/console/keys", name="n", **{"scopes[]": "keys"}), "api_key", "console.create-key", "key"),
    "POST /console/keys/{id}/revoke": (tenants_form("/console/keys/{id}/revoke", id=KEY), "api_key", "console.revoke-key", "key"),
    "POST /console/campaigns/{id}/{command}": (
        tenants_form("/console/campaigns/{id}/start", id=CAMPAIGN), "api_key", "campaign.start", "campaign"),
    "POST /console/connect": (tenants_form("/console/connect", email="a@outlook.com"), "api_key", "console.connect", "consent"),
    "POST /console/consents/{id}/revoke": (
        tenants_form("/console/consents/{id}/revoke", id=CONSENT), "api_key", "console.revoke", "consent"),
    **{
        f"POST /console/mailboxes/{{id}}/{command}": (
            tenants_form(f"/console/mailboxes/{{id}}/{command}", id=which), "api_key", f"console.{command}-mailbox", "mailbox")
        for command, which in [("recheck", MAILBOX), ("reconnect", MAILBOX), ("disconnect", MAILBOX), ("delete", unused)]
    },
    "POST /console/invitations": (
        tenants_form("/console/invitations", email="b@outlook.com", permission_level="send"), "api_key", "console.invite", "invitation"),
    **{
        f"POST /console/invitations/{{id}}/{command}": (
            tenants_form(f"/console/invitations/{{id}}/{command}", id=INVITATION), "api_key", f"console.{command}-invitation", "invitation")
        for command in ("resend", "revoke")
    },
    "POST /console/webhooks": (
        tenants_form("/console/webhooks", url="http://127.0.0.1:1/hook", events="*"), "api_key", "console.add-endpoint", "endpoint"),
    **{
        f"POST /console/webhooks/{{id}}/{command}": (
            tenants_form(f"/console/webhooks/{{id}}/{command}", id=ENDPOINT, **fields), "api_key", action, "endpoint")
        for command, action, fields in [
            ("enable", "console.enabled-endpoint", {}), ("disable", "console.disabled-endpoint", {}),
            ("test", "console.test-endpoint", {}), ("rotate", "console.rotate-endpoint", {}),
            ("replay", "console.replay", {"since": 3600}), ("delete", "console.delete-endpoint", {}),
        ]
    },
    "POST /console/events/{event_id}/replay": (
        tenants_form("/console/events/{event_id}/replay", event_id=lambda p: p.objects.event(), endpoint_id=ENDPOINT),
        "api_key", "console.resend", "endpoint"),
    "POST /console/operator/tenants/{id}/suspend": (
        operators_form("/console/operator/tenants/{id}/suspend"), "operator", "tenant.status", "tenant"),
    "POST /console/operator/tenants/{id}/resume": (
        operators_form("/console/operator/tenants/{id}/resume"), "operator", "tenant.status", "tenant"),
    "POST /console/operator/tenants/{id}/allow/{feature}": (
        operators_form("/console/operator/tenants/{id}/allow/{feature}", feature="ms-graph"), "operator", "tenant.allow", "tenant"),
    "POST /console/operator/tenants/{id}/deny/{feature}": (
        operators_form("/console/operator/tenants/{id}/deny/{feature}", feature="ms-graph"), "operator", "tenant.deny", "tenant"),
    "POST /embed/form/{tenant}": (form, "owner", "form.submit", "consent"),
    "POST /invitations/{token}": (lambda b, p: b.send(invite(p)), "owner", "invitation.opened", "invitation"),
}
# These concern no tenant, so no audit can have them; they are in the log.
NOBODYS = {
    "POST /console/operator/sign-in", "POST /console/operator/sign-out", "POST /console/operator/sign-out-everywhere"}


def one_entry(browser, actor, action, subject):
    (entry,) = browser.entries()
    tenant, found_actor, found_action, found_subject, source = entry
    assert (found_actor.split(":")[0], found_action, found_subject.split(":")[0], source) == (actor, action, subject, SOURCE)
    return tenant


def test_every_form_is_in_one_of_the_lists():
    assert sorted([*SENT, *NOBODYS]) == FORMS, "say here how the form is sent and what is noted, or why nothing is"


@pytest.mark.parametrize("path", SENT)
def test_a_form_is_noted(browser, partner, path):
    send, actor, action, subject = SENT[path]
    send(browser, partner)
    one_entry(browser, actor, action, subject)


def test_pages_that_only_show_are_not_noted(browser, partner):
    console(browser, partner)
    id, endpoint = partner.objects.campaign(), partner.objects.endpoint()
    mailbox, invitation = partner.objects.mailbox(), partner.objects.invitation()
    mailboxes = ["mailboxes", f"mailboxes/{mailbox}", "mailboxes/shared", "invitations", "invitations/new", f"invitations/{invitation}"]
    for page in ["campaigns", f"campaigns/{id}", *mailboxes, "consents", "connect", "webhooks", f"webhooks/{endpoint}", "deliveries", "keys", "audit", "account"]:
        assert browser.get(f"/console/{page}").status_code == 200, page
        assert browser.entries() == [], page
    for url in [invite(partner), "/console/operator/sign-in", "/docs"]:
        assert browser.get(url).status_code == 200 and browser.entries() == [], url


@pytest.mark.parametrize("decision, action, status", [
    ("accept", "consent.completed", "campaign"), ("decline", "consent.declined", "consent"),
    ("block", "consent.failed", "consent"),
])
def test_an_owner_who_comes_back_is_noted(browser, partner, decision, action, status):
    url = partner.link(partner.objects.address())["url"]
    if decision == "block":
        back = f"/oauth/microsoft/callback?error=invalid_client&state={urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)['state'][0]}"
    else:
        back = partner.authorize(url, decision)
    assert browser.get(back).status_code == 303
    assert one_entry(browser, "owner", action, status) == partner.tenant
    # The page that it redirects to changes nothing, nor does repeating it.
    assert browser.get(back).status_code in (200, 303)
    assert browser.entries() == [] or decision != "accept"


@pytest.mark.parametrize("answer, action", [("admin_consent=True&tenant=", "admin-consent.granted"), ("error=access_denied", "admin-consent.declined")])
def test_an_administrator_who_comes_back_is_noted(browser, partner, answer, action):
    made = partner.call("POST", "/admin-consents", json={"email": f"it@corp-{secrets.token_hex(4)}.example"}).json()["data"]
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(made["url"]).query)["state"][0]
    assert browser.get(f"/oauth/microsoft/admin-callback?{answer}&state={state}").status_code == 303
    one_entry(browser, "administrator", action, "admin-consent")


def test_a_members_sign_in_is_noted(browser, partner, tmp_path):
    provider, tenant, stack = Provider(), partner.tenant, partner.stack
    secret = tmp_path / "secret"
    secret.write_text(CLIENT[1])
    try:
        stack.cli("sign-in", "set", "--tenant", tenant, "--issuer", provider.issuer, "--client-id", CLIENT[0], "--secret-file", secret)
        stack.cli("member", "add", "--tenant", tenant, "--email", "ada@corp.example", "--role", "administrator")
        provider.person = {"sub": "ada", "email": "ada@corp.example", "email_verified": True}
        page = browser.get(f"/console/sign-in/organisation?account={tenant}")
        assert browser.entries() == []
        url = re.search(r'id="provider" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
        assert browser.get(httpx.get(url, trust_env=False).headers["location"]).status_code == 200
        one_entry(browser, "member", "console.sign-in", "member")
        browser.read_token("/console/account").send("/console/sign-out")
        one_entry(browser, "member", "console.sign-out", "member")
        # Somebody else is signed in there, but not a member here.
        provider.person = {"sub": "eve", "email": "eve@corp.example", "email_verified": True}
        page = browser.get(f"/console/sign-in/organisation?account={tenant}")
        url = re.search(r'id="provider" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
        assert browser.get(httpx.get(url, trust_env=False).headers["location"]).status_code == 403
        assert browser.entries() == []
    finally:
        provider.close()
