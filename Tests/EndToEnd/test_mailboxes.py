"""Mailboxes as a resource: what their partner sees of each, and what can be done with it."""

import psycopg
import pytest

from contract import check
from stack import wait_until

EVENTS = "campaign.pending,campaign.updated,campaign.connection_problem,mailbox.disconnected,mailbox.reconnected"


@pytest.fixture
def partner(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    return partner


def change(stack, sql, *parameters):
    with psycopg.connect(stack.database_url) as connection:
        return connection.execute(sql, parameters).rowcount


def call(partner, method, path, **arguments):
    answer = partner.call(method, path, **arguments)
    check(answer)
    return answer


def mailboxes(partner, query=""):
    return call(partner, "GET", "/mailboxes" + query).json()["data"]


def mailbox(partner, campaign):
    """The mailbox that the campaign uses."""
    (found,) = [each for each in mailboxes(partner) if campaign in [use["id"] for use in each["campaigns"]]]
    return found


def test_what_is_known_of_a_mailbox(stack, partner):
    campaign = partner.connect("whole@corp-whole.example", permission_level="read_send")
    (found,) = mailboxes(partner)
    assert (found["address"], found["account_type"], found["permission_level"]) == (
        "whole@corp-whole.example", "organisation", "read_send",
    )
    assert found["scopes"] == ["mail.read", "mail.send", "user.read"]
    assert found["campaigns"] == [{"id": campaign, "email": "whole@corp-whole.example", "status_code": "pending"}]
    assert found["grant_age_days"] == 0 and found["granted_at"] and found["last_success_at"] is None
    assert found["health"]["status"] == "never_synced" and found["health"]["action"] is None
    tid = stack.rows("SELECT tid::text FROM mailboxes WHERE tenant_id = %s", partner.tenant)[0][0]
    assert found["microsoft_tenant_id"] == tid
    change(stack, "UPDATE grants SET created_at = created_at - interval '12 days 1 hour' WHERE tenant_id = %s", partner.tenant)
    again = call(partner, "GET", f"/mailboxes/{found['id']}").json()["data"]
    assert again["grant_age_days"] == 12


def test_a_personal_mailbox(partner):
    partner.connect("someone@outlook.com")
    (found,) = mailboxes(partner)
    assert found["account_type"] == "personal"
    assert found["microsoft_tenant_id"] == "9188040d-6c67-4c5b-b112-36a304b66dad"


def test_badges_one_by_one_and_the_worst(stack, partner):
    names = ["well", "new", "late", "gone", "broken"]
    ids = {name: partner.connect(f"{name}@corp-badge.example") for name in names}
    for name in ("well", "late", "broken"):
        partner.call("PATCH", f"/campaigns/{ids[name]}/start-warmup")
    health = lambda: call(partner, "GET", "/account/health").json()["data"]
    assert health()["status"] == "never_synced"
    change(
        stack,
        """UPDATE mailboxes SET last_success_at = now() - interval '25 hours 1 minute'
           WHERE tenant_id = %s AND address LIKE 'late@%%'""",
        partner.tenant,
    )
    assert health()["status"] == "never_synced", "its owner consented a moment ago"
    change(stack, "UPDATE grants SET created_at = created_at - interval '26 hours' WHERE tenant_id = %s", partner.tenant)
    assert health() == {"status": "stale", "mailboxes": {"healthy": 2, "never_synced": 2, "stale": 1, "disconnected": 0, "error": 0}}
    partner.call("DELETE", f"/campaigns/{ids['gone']}")
    assert health()["mailboxes"]["disconnected"] == 1 and health()["status"] == "stale"
    stack.control("POST", "accounts/broken@corp-badge.example/revoke", how="consent")
    broken = mailbox(partner, ids["broken"])
    change(
        stack,
        "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s AND mailbox_id = %s",
        partner.tenant, broken["id"],
    )
    assert call(partner, "POST", f"/mailboxes/{broken['id']}/recheck").status_code == 200
    assert health()["status"] == "error"
    for badge, name in zip(["healthy", "never_synced", "stale", "disconnected", "error"], names):
        assert [each["address"].split("@")[0] for each in mailboxes(partner, f"?health={badge}")] == [name], badge
        assert {each["health"]["status"] for each in mailboxes(partner, f"?health={badge}")} == {badge}


def test_a_recheck_finds_what_is_wrong_and_what_is_well_again(stack, partner, receiver):
    campaign = partner.connect("recheck@corp-recheck.example")
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    # A policy blocks it, and after a while no more.
    stack.fault(match={"operation": "token"}, error="53003")
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    answer = call(partner, "POST", f"/mailboxes/{id}/recheck")
    found = answer.json()["data"]
    assert (answer.status_code, found["health"]["status"]) == (200, "error")
    assert found["health"]["code"] == "CONNECTION_POLICY_BLOCKED" and found["health"]["remedy"] == "administrator"
    assert "policy" in found["health"]["text"] and "administrator" in found["health"]["action"] and found["health"]["since"]
    assert found["campaigns"][0]["status_code"] == "paused"
    wait_until(lambda: receiver.events("mailbox.disconnected"), 10, "mailbox.disconnected")
    stack.control("DELETE", "faults")
    found = call(partner, "POST", f"/mailboxes/{id}/recheck").json()["data"]
    assert (found["health"]["status"], found["health"]["code"]) == ("healthy", None)
    wait_until(lambda: receiver.events("mailbox.reconnected"), 10, "mailbox.reconnected")
    # A passing fault is no news.
    stack.fault(match={"operation": "messages"}, status=503, times=9)
    answer = call(partner, "POST", f"/mailboxes/{id}/recheck")
    stack.control("DELETE", "faults")
    assert (answer.status_code, answer.json()["code"]) == (503, "CONNECTION_TEMPORARILY_UNAVAILABLE")
    assert call(partner, "GET", f"/mailboxes/{id}").json()["data"]["health"]["status"] == "healthy"


def test_a_recheck_is_idempotent(stack, partner):
    campaign = partner.connect("once@corp-once.example")
    id = mailbox(partner, campaign)["id"]
    stack.control("DELETE", "requests")
    answers = [call(partner, "POST", f"/mailboxes/{id}/recheck", headers={"idempotency-key": "r1"}) for _ in range(2)]
    assert answers[0].content == answers[1].content and answers[1].headers["idempotency-replayed"] == "true"
    assert len(stack.control("GET", "requests")["requests"]) == 1


def test_pages_and_filters(partner):
    for n in range(5):
        partner.connect(f"page{n}@corp-page.example", permission_level="send" if n % 2 else "warmup")
    seen, path, pages = [], "/mailboxes?limit=2", 0
    while path:
        answer = call(partner, "GET", path)
        seen += [each["address"] for each in answer.json()["data"]]
        pages += 1
        link = answer.headers.get("link")
        assert (link is None) == (answer.json()["next_cursor"] is None)
        path = link and link.removeprefix("</api/v1").split(">")[0]
    assert (pages, seen) == (3, [f"page{n}@corp-page.example" for n in range(5)])
    first = call(partner, "GET", "/mailboxes?permission_level=send&limit=1")
    assert "permission_level=send" in first.headers["link"]
    rest = mailboxes(partner, "?permission_level=send&limit=1&cursor=" + first.json()["next_cursor"])
    assert [each["address"] for each in rest] == ["page3@corp-page.example"]
    assert [each["address"] for each in mailboxes(partner, "?email=PAGE4@corp-page.example")] == ["page4@corp-page.example"]
    assert mailboxes(partner, "?account_type=personal") == []
    tid = mailboxes(partner)[0]["microsoft_tenant_id"]
    assert len(mailboxes(partner, f"?microsoft_tenant_id={tid}&account_type=organisation")) == 5


@pytest.mark.parametrize("query", ["health=fine", "limit=0", "cursor=!", "cursor=bm8", "email=x", "microsoft_tenant_id=x", "account_type=work"])
def test_a_query_that_cannot_be_read(partner, query):
    answer = call(partner, "GET", "/mailboxes?" + query)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.split("=")[0]])


def test_anothers_mailbox_is_not_there(stack, partner):
    id = mailbox(partner, partner.connect("mine@corp-mine.example"))["id"]
    other = stack.tenant("Other")
    assert mailboxes(other) == []
    for method, path in (("GET", f"/mailboxes/{id}"), ("POST", f"/mailboxes/{id}/recheck"), ("GET", "/mailboxes/x")):
        answer = call(other, method, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "MAILBOX_NOT_FOUND")
