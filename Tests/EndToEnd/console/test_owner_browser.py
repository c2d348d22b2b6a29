"""Every final page of a mailbox's owner, in a real browser, wide and narrow."""

import itertools

import psycopg
import pytest

from console_pages import WIDTHS

numbers = itertools.count()


@pytest.fixture
def partner(stack):
    yield stack.tenant("Grünwald & Partner")
    stack.control("DELETE", "faults")
    stack.control("DELETE", "token-shape")
    stack.control("POST", "behaviours", adminConsentDelaySeconds=0)


@pytest.fixture
def see(browser, request):
    """Opens a page and checks it, wide and narrow. Pages that reload themselves are prevented from it."""
    page = browser(request.node.name.removeprefix("test_"))

    def look(name, url, words, refused=None):
        page.open(url).until_text(words).driver.execute_script("window.stop()")
        for width in WIDTHS:
            page.resize(width)
            page.check(f"{name}-{width}", refused=refused)
        assert refused or "code=" not in page.path, "nothing of the sign-in is left in the URL"
        return page

    return look


def at_microsoft(url, decision="accept", account=None):
    """The owner's link with the decision made there."""
    return f"{url}&simulator_decision={decision}" + (f"&simulator_account={account}" if account else "")


def change(stack, sql, *parameters):
    with psycopg.connect(stack.database_url) as connection:
        assert connection.execute(sql, parameters).rowcount == 1


def test_outcomes_that_the_owner_decides(stack, partner, see):
    link = partner.link("owner@outlook.com")["url"]
    see("declined", at_microsoft(link, "decline"), "Sign-in was not completed")
    see("administrator", at_microsoft(link, "admin_required"), "Your administrator has to approve this")
    see("mismatch", at_microsoft(link, account="other@outlook.com"), "That was another mailbox")
    stack.control("POST", "token-shape", shapes=["missing_scopes"])
    see("permission", at_microsoft(link), "A permission is missing")
    see("failed", at_microsoft(link, "server_error"), "That did not work", refused=503)
    page = see("connected", at_microsoft(link), "Your mailbox is connected")
    assert "How to withdraw this" in page.text and "owner@outlook.com" in page.text
    see("used", at_microsoft(link), "This link has been used", refused=409)


def test_accounts_that_cannot_be_connected(stack, partner, see):
    n = next(numbers)
    partner.connect(f"held{n}@corp-held.example")
    for address, more in [
        (f"guest{n}@elsewhere.example", {"guest": True, "organization": "host.example"}), (f"none{n}@corp-none.example", {"hasMailbox": False}),
        (f"server{n}@corp-server.example", {"hasMailbox": False, "mail": f"server{n}@corp-server.example"}),
        (f"own{n}@custom-personal.example", {"kind": "personal"}), (f"attacker{n}@evil.example", {"mail": f"held{n}@corp-held.example"}),
    ]:
        stack.control("POST", "accounts", address=address, **more)

    def link(address):
        return partner.link(address)["url"]
    see("guest", at_microsoft(link(f"guest{n}@elsewhere.example")), "This is a guest account")
    see("no-mailbox", at_microsoft(link(f"none{n}@corp-none.example")), "This account has no mailbox")
    see("not-in-cloud", at_microsoft(link(f"server{n}@corp-server.example")), "This mailbox is not in Microsoft's cloud")
    see("held", at_microsoft(link(f"held{n}@corp-held.example"), account=f"attacker{n}@evil.example"), "belongs to another account")
    shared = partner.call("POST", "/invitations", json={
        "email": f"own{n}@custom-personal.example", "permission_level": "read_send", "shared_mailboxes": True}).json()["data"]["url"]
    see("shared-personal", at_microsoft(stack.http.post(shared).headers["location"]), "Shared mailboxes need a work account")


def test_links_that_have_ended_and_links_in_between(stack, partner, see):
    see("unknown", stack.base + "/oauth/microsoft/callback?state=x&code=y", "Unknown link", refused=404)
    revoked = partner.link("revoked@outlook.com")
    partner.call("DELETE", f"/consents/{revoked['consent_id']}")
    see("revoked", at_microsoft(revoked["url"]), "This link is no longer valid", refused=410)
    expired = partner.link("expired@outlook.com")
    change(stack, "UPDATE consents SET expires_at = created_at WHERE tenant_id = %s AND consent_id = %s", partner.tenant, expired["consent_id"])
    see("expired", at_microsoft(expired["url"]), "This link has expired", refused=410)
    between = partner.link("between@outlook.com")
    result = str(partner.follow(between["url"], "decline").url)

    def put(states):
        change(stack, f"UPDATE consents SET {states} WHERE tenant_id = %s AND consent_id = %s", partner.tenant, between["consent_id"])
    put("outcome = NULL, outcome_code = NULL")
    see("unfinished", result, "Not finished yet")
    put("status = 'redeeming', lease_until = now() + interval '1 hour'")
    see("one-moment", result, "One moment")
    # A deletion during the call to Microsoft.
    put("status = 'open', lease_until = NULL, outcome = 'failed', outcome_code = 'CAMPAIGN_DELETED'")
    see("unwanted", result, "No longer needed")
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE consents RENAME TO consents_away")
        try:
            see("unavailable", result, "Please try again in a moment", refused=500)
        finally:
            connection.execute("ALTER TABLE consents_away RENAME TO consents")


def test_administrators_and_who_waits_for_them(stack, partner, see):
    domain = f"approves{next(numbers)}.example"
    stack.control("POST", "organizations", domain=domain, consentPolicy="microsoftManaged")

    def link():
        return partner.call("POST", "/admin-consents", json={"domain": domain}).json()["data"]
    admin, approval = f"admin@{domain}", link()
    see("not-approved", at_microsoft(approval["url"], "cancel", admin), "Nothing was approved")
    see("failed", at_microsoft(approval["url"], "error", admin), "That did not work", refused=503)
    stack.control("POST", "behaviours", adminConsentDelaySeconds=100)
    page = see("approved", at_microsoft(approval["url"], account=admin), "The app is approved")
    assert partner.call("GET", "/mailboxes").json()["data"] == [], "an approval connects nobody"
    see("approval-pending", at_microsoft(partner.link(f"ann@{domain}")["url"]), "Your administrator has approved this")
    revoked = link()
    partner.call("DELETE", f"/admin-consents/{revoked['admin_consent_id']}")
    see("revoked", at_microsoft(revoked["url"], account=admin), "This link is no longer valid", refused=410)
    assert page.find("html").get_attribute("lang") == "en"


def test_invitations(stack, partner, see):
    made = partner.call("POST", "/invitations", json={"email": "asked@outlook.com", "permission_level": "warmup"}).json()["data"]
    page = see("asked", made["url"], "asks you to connect your mailbox")
    assert "asked@outlook.com" in page.text and "Send mail from this mailbox" in page.text
    again = partner.call("POST", f"/invitations/{made['id']}/resend").json()["data"]["url"]
    see("former", made["url"], "This link is no longer valid", refused=410)
    see("connected", at_microsoft(stack.http.post(again).headers["location"]), "Your mailbox is connected")
    see("used", again, "This link has been used", refused=409)
    other = partner.call("POST", "/invitations", json={"email": "late@outlook.com", "permission_level": "send"}).json()["data"]
    change(stack, "UPDATE invitations SET expires_at = created_at WHERE tenant_id = %s AND invitation_id = %s", partner.tenant, other["id"])
    see("expired", other["url"], "This link has expired", refused=410)
    see("unknown", stack.base + "/invitations/x", "Unknown link", refused=404)
