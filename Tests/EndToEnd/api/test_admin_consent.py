"""Admin consent: it connects nothing; owners who waited for it are notified and can continue."""

import itertools
import urllib.parse

import psycopg
import pytest

import contract
from stack import wait_until

numbers = itertools.count()
EVENTS = "consent.admin_approved,consent.declined,consent.admin_required,consent.completed,admin_consent.granted,admin_consent.declined"


@pytest.fixture
def partner(stack):
    yield stack.tenant()
    stack.control("POST", "behaviours", adminConsentDelaySeconds=0)


@pytest.fixture
def domain(stack):
    """An organisation whose users may not consent to scopes that read mail."""
    domain = f"approved{next(numbers)}.example"
    stack.control("POST", "organizations", domain=domain, consentPolicy="microsoftManaged")
    return domain


def admin_link(partner, **body):
    answer = partner.call("POST", "/admin-consents", json=body)
    contract.check(answer)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def admin_consent(partner, id):
    answer = partner.call("GET", f"/admin-consents/{id}")
    contract.check(answer)
    return answer.json()["data"]


def nothing_is_connected(stack, partner):
    for table in ["grants", "mailboxes", "campaigns"]:
        assert stack.rows(f"SELECT count(*) FROM {table} WHERE tenant_id = %s", partner.tenant) == [(0,)], table


def test_an_approval_lets_owners_in_and_connects_nobody(stack, partner, domain, receiver):
    partner.webhook(receiver.url, EVENTS)
    waiting = partner.link(f"ann@{domain}")
    other = partner.link(f"bob@elsewhere-{domain}")
    partner.follow(other["url"], "cancel")
    # The managed policy refuses the owner; the redirect looks like a cancellation.
    assert "administrator has to approve" in partner.follow(waiting["url"]).text
    nothing_is_connected(stack, partner)

    link = admin_link(partner, email=f"ann@{domain}")
    url = urllib.parse.urlsplit(link["url"])
    query = urllib.parse.parse_qs(url.query)
    assert url.path == f"/{domain}/v2.0/adminconsent"
    assert query["redirect_uri"] == [stack.base + "/oauth/microsoft/admin-callback"]
    assert query["scope"] == ["openid profile email offline_access https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.ReadWrite https://graph.microsoft.com/Mail.Send"]
    assert admin_consent(partner, link["admin_consent_id"])["status"] == "open"

    page = partner.follow(link["url"], account=f"admin@{domain}")
    assert "The app is approved" in page.text and "yours included" in page.text and "code=" not in str(page.url)
    nothing_is_connected(stack, partner)
    found = admin_consent(partner, link["admin_consent_id"])
    assert (found["status"], found["domain"], found["email"]) == ("granted", domain, f"ann@{domain}")
    assert found["microsoft_tenant_id"] and found["granted_at"]

    wait_until(lambda: receiver.events("consent.admin_approved") and receiver.events("admin_consent.granted"), 10, "events")
    told = [event["data"]["consent_id"] for event in receiver.events("consent.admin_approved")]
    assert told == [waiting["consent_id"]], "only owners who wait in that organisation are notified"
    for delivery in receiver.accepted():
        contract.check_webhook(delivery["headers"], delivery["event"])
    assert "Your mailbox is connected" in partner.follow(waiting["url"]).text
    assert [campaign["email"] for campaign in partner.campaigns()] == [f"ann@{domain}"]


def test_an_approval_of_one_application_says_nothing_of_another(stack, partner, domain, receiver):
    """After a tenant has set its own application, links of both applications exist for a while."""
    partner.webhook(receiver.url, EVENTS)
    links = [partner.link(f"{name}@{domain}") for name in ["ann", "bob"]]
    for link in links:
        partner.follow(link["url"])
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            """INSERT INTO microsoft_apps (tenant_id, app_id, client_id, secret, created_at, retired_at)
               VALUES (%s, 7, 'another', '', now(), now())""", (partner.tenant,))
        connection.execute("UPDATE consents SET app_id = 7 WHERE tenant_id = %s AND consent_id = %s", (partner.tenant, links[0]["consent_id"]))
    partner.follow(admin_link(partner, domain=domain)["url"], account=f"admin@{domain}")
    announced = "SELECT consent_id FROM consents WHERE tenant_id = %s AND 'admin_approved' = ANY(announced)"
    assert stack.rows(announced, partner.tenant) == [(links[1]["consent_id"],)]


def test_the_callback_is_bound_by_its_state_and_apart_from_the_owners(stack, partner, domain):
    owner = partner.link(f"ann@{domain}", permission_level="send")
    link = admin_link(partner, domain=domain)
    states = {name: urllib.parse.parse_qs(urllib.parse.urlsplit(each["url"]).query)["state"][0] for name, each in [("owner", owner), ("admin", link)]}
    callback = stack.base + "/oauth/microsoft/admin-callback"
    for query in [
        {}, {"admin_consent": "True"}, {"state": "AAAA", "admin_consent": "True"}, {"state": states["owner"], "admin_consent": "True"},
        {"state": states["admin"][:-4] + "AAAA", "admin_consent": "True"}, {"state": states["admin"]},
    ]:
        assert stack.http.get(callback, params=query).status_code == 404, query
    assert admin_consent(partner, link["admin_consent_id"])["status"] == "open"
    # The reverse: an owner's callback does not accept an administrator's state, and redeems no code for it.
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(partner.authorize(owner["url"])).query)["code"][0]
    owners = stack.base + "/oauth/microsoft/callback"
    assert stack.http.get(owners, params={"state": states["admin"], "code": code}).status_code == 404
    # A code that is smuggled into an approval is not redeemed.
    answer = stack.http.get(callback, params={"state": states["admin"], "admin_consent": "True", "tenant": "x'", "code": code}, follow_redirects=True)
    assert "The app is approved" in answer.text
    nothing_is_connected(stack, partner)
    assert stack.control("GET", "requests")["codes"].get(code, {"attempts": 0})["attempts"] == 0
    assert admin_consent(partner, link["admin_consent_id"])["microsoft_tenant_id"] is None
    # A forged refusal does not undo the approval.
    stack.http.get(callback, params={"state": states["admin"], "error": "access_denied"})
    assert admin_consent(partner, link["admin_consent_id"])["status"] == "granted"


def test_refusals_are_recorded_and_told_once(stack, partner, domain, receiver):
    partner.webhook(receiver.url, EVENTS)
    link = admin_link(partner, domain=domain)
    for _ in range(2):
        assert "Nothing was approved" in partner.follow(link["url"], "cancel", account=f"admin@{domain}").text
    found = admin_consent(partner, link["admin_consent_id"])
    assert (found["status"], found["outcome_code"]) == ("declined", "DECLINED")
    page = partner.follow(link["url"], "error", account=f"admin@{domain}")
    assert page.status_code == 503 and "did not work" in page.text
    assert admin_consent(partner, link["admin_consent_id"])["outcome_code"] == "TEMPORARY_FAULT"
    assert "The app is approved" in partner.follow(link["url"], account=f"admin@{domain}").text
    wait_until(lambda: receiver.events("admin_consent.granted"), 10, "admin_consent.granted")
    assert len(receiver.events("admin_consent.declined")) == 1
    assert partner.call("DELETE", f"/admin-consents/{link['admin_consent_id']}").json()["code"] == "ADMIN_CONSENT_ENDED"


def test_microsoft_applies_an_approval_late(stack, partner, domain, receiver):
    partner.webhook(receiver.url, EVENTS)
    stack.control("POST", "behaviours", adminConsentDelaySeconds=100)
    partner.follow(admin_link(partner, domain=domain)["url"], account=f"admin@{domain}")
    waiting = partner.link(f"ann@{domain}")
    for decision in ["accept", "admin_required"]:
        page = partner.follow(waiting["url"], decision)
        assert "Your administrator has approved this" in page.text
        seconds, url = page.headers["refresh"].split("; url=", 1)
        assert int(seconds) <= 60 and url == waiting["url"], "the page retries by itself"
        found = partner.consent(waiting["consent_id"])
        assert (found["status"], found["outcome_code"]) == ("admin_required", "ADMIN_APPROVAL_PENDING")
    # An owner who declines is not retried.
    assert "was not completed" in partner.follow(waiting["url"], "decline").text
    # Another organisation is not affected.
    stack.control("POST", "organizations", domain="other-" + domain, consentPolicy="microsoftManaged")
    assert "Your administrator has approved" not in partner.follow(partner.link(f"ann@other-{domain}")["url"]).text
    stack.control("POST", "clock", advanceSeconds=101)
    assert "Your mailbox is connected" in partner.follow(waiting["url"]).text
    wait_until(lambda: receiver.events("consent.completed"), 10, "consent.completed")
    assert not receiver.events("consent.admin_required"), "nobody needs to act on a delay"


def test_a_delay_is_told_from_a_refusal(stack, partner, domain):
    link = admin_link(partner, domain=domain, permission_level="warmup")
    partner.follow(link["url"], account=f"admin@{domain}")
    waiting = partner.link(f"ann@{domain}")
    # The approval is visible when the owner consents, but not yet when the code is redeemed.
    stack.fault(match={"operation": "token"}, error="65001", times=1)
    assert "Your administrator has approved this" in partner.follow(waiting["url"]).text
    found = partner.consent(waiting["consent_id"])
    assert (found["status"], found["outcome_code"]) == ("admin_required", "ADMIN_APPROVAL_PENDING")
    # A refusal this long after the approval is not a delay: the approval has been withdrawn.
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE admin_consents SET granted_at = granted_at - interval '16 minutes' WHERE tenant_id = %s", (partner.tenant,))
    assert "administrator has to approve" in partner.follow(waiting["url"], "admin_required").text
    assert partner.consent(waiting["consent_id"])["outcome_code"] == "ADMIN_APPROVAL_REQUIRED"
    assert "Your mailbox is connected" in partner.follow(waiting["url"]).text


def test_requests_that_are_refused(stack, partner, domain):
    for body, field in [
        ({}, "domain"), ({"domain": "outlook.com"}, "domain"), ({"email": "ann@hotmail.co.uk"}, "email"), ({"domain": "no domain"}, "domain"),
        ({"email": "x"}, "email"), ({"domain": "a.example", "permission_level": "all"}, "permission_level"), ({"domain": "a.example", "expires_in": 1}, "expires_in"),
    ]:
        answer = partner.call("POST", "/admin-consents", json=body)
        contract.check(answer)
        assert answer.status_code == 400 and field in answer.json()["errors"], answer.text
    assert stack.tenant(allow=False).call("POST", "/admin-consents", json={"domain": "a.example"}).status_code == 403
    link = admin_link(partner, domain=domain)
    stranger = stack.tenant()
    for method in ["GET", "DELETE"]:
        for id in [link["admin_consent_id"], 1, "x", 0]:
            answer = stranger.call(method, f"/admin-consents/{id}")
            contract.check(answer)
            assert answer.json()["code"] == "ADMIN_CONSENT_NOT_FOUND"
    for _ in range(2):
        answer = partner.call("DELETE", f"/admin-consents/{link['admin_consent_id']}")
        contract.check(answer)
        assert answer.json()["data"]["status"] == "revoked"
    assert "no longer valid" in partner.follow(link["url"], account=f"admin@{domain}").text
    listed = partner.call("GET", "/admin-consents")
    contract.check(listed)
    assert [(each["id"], each["status"]) for each in listed.json()["data"]] == [(link["admin_consent_id"], "revoked")]
    again = [partner.call("POST", "/admin-consents", json={"domain": domain}, headers={"idempotency-key": "k"}) for _ in range(2)]
    assert again[0].content == again[1].content and again[1].headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("level", ["send", "warmup"])
def test_mailboxes_that_graph_does_not_reach(stack, partner, level):
    id = next(numbers)
    stack.control("POST", "accounts", address=f"none{id}@corp-nomailbox.example", hasMailbox=False)
    stack.control("POST", "accounts", address=f"server{id}@corp-onprem.example", mail=f"server{id}@corp-onprem.example", hasMailbox=False)
    for address, code, words in [
        (f"none{id}@corp-nomailbox.example", "MAILBOX_NOT_FOUND", "no mailbox"),
        (f"server{id}@corp-onprem.example", "MAILBOX_NOT_IN_CLOUD", "not in Microsoft&#39;s cloud"),
    ]:
        if (level, code) == ("send", "MAILBOX_NOT_IN_CLOUD"):
            continue  # With Mail.Send alone it cannot be detected before the first message.
        link = partner.link(address, permission_level=level)
        assert words in partner.follow(link["url"]).text
        assert partner.consent(link["consent_id"])["outcome_code"] == code
    nothing_is_connected(stack, partner)
