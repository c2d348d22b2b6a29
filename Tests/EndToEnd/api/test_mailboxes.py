"""Mailboxes as a resource: what partners see of them and can do with them."""

import pytest

from contract import check, check_webhook
from stack import change, wait_until

EVENTS = "campaign.pending,campaign.updated,campaign.connection_problem,mailbox.disconnected,mailbox.reconnected"


@pytest.fixture
def partner(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    return partner


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
    # A policy blocks it for a while.
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
    # A transient fault causes no event.
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


def tokens(stack, partner):
    """The number of the tenant's rows that hold a token of any kind."""
    return stack.rows(
        "SELECT count(*) FROM grants WHERE tenant_id = %s AND (access_token IS NOT NULL OR refresh_token IS NOT NULL)", partner.tenant
    )[0][0]


def test_a_disconnect_stops_everything_at_once_and_says_the_truth(stack, partner, receiver):
    campaign = partner.connect("stop@corp-stop.example")
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    open_link = partner.link("stop@corp-stop.example")
    stack.control("DELETE", "requests")
    answer = call(partner, "POST", f"/mailboxes/{id}/disconnect")
    found = answer.json()["data"]
    assert (answer.status_code, answer.json()["code"]) == (200, "MAILBOX_DISCONNECTED")
    assert (found["id"], found["health"]["status"], found["permission_level"], found["scopes"]) == (id, "disconnected", None, [])
    assert found["campaigns"] == [{"id": campaign, "email": "stop@corp-stop.example", "status_code": "paused"}]
    truth = found["consent_withdrawal"]
    assert truth["done_at_microsoft"] is False and truth["url"] == "https://myapps.microsoft.com"
    assert "Microsoft has no call" in truth["text"] and "administrator" in truth["text"]
    assert tokens(stack, partner) == 0
    assert partner.consent(open_link["consent_id"])["status"] == "revoked"
    # The response shows the state afterwards.
    seen = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    assert {**seen, "consent_withdrawal": truth} == found
    whole = partner.call("GET", f"/campaigns/{campaign}").json()["data"]
    assert (whole["status_code"], whole["connection_problem_code"]) == ("paused", "CONNECTION_DISCONNECTED")
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"]["used"] == 0
    for command in ("start", "resume"):
        refused = partner.call("PATCH", f"/campaigns/{campaign}/{command}-warmup")
        assert (refused.status_code, refused.json()["remedy"]) == (409, "reconnect")
    assert call(partner, "POST", f"/mailboxes/{id}/recheck").json()["data"]["health"]["status"] == "disconnected"
    assert stack.control("GET", "requests")["requests"] == [], "Microsoft was not called"
    history = stack.rows("SELECT actor, reason FROM campaign_history WHERE tenant_id = %s AND command = 'fault'", partner.tenant)
    assert history[0][0].startswith("api_key:") and "disconnected" in history[0][1]
    # Repeating it changes nothing.
    again = call(partner, "POST", f"/mailboxes/{id}/disconnect")
    assert again.json()["data"] == found
    wait_until(lambda: receiver.events("campaign.connection_problem"), 10, "campaign.connection_problem")
    wait_until(lambda: receiver.events("mailbox.disconnected"), 10, "mailbox.disconnected")
    feed = [event["type"] for event in partner.call("GET", "/webhooks/events").json()["data"]]
    assert feed.count("mailbox.disconnected") == feed.count("campaign.connection_problem") == 1
    event = receiver.events("mailbox.disconnected")[0]
    assert (event["data"]["code"], event["data"]["mailbox_id"], event["data"]["campaign_id"]) == ("CONNECTION_DISCONNECTED", id, campaign)


def test_a_personal_mailbox_is_withdrawn_elsewhere(partner):
    id = mailbox(partner, partner.connect("leaving@outlook.com"))["id"]
    truth = call(partner, "POST", f"/mailboxes/{id}/disconnect").json()["data"]["consent_withdrawal"]
    assert truth["url"] == "https://account.live.com/consent/Manage"


def test_what_was_broken_is_told_once(stack, partner):
    campaign = partner.connect("twice@corp-twice.example")
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    stack.control("POST", "accounts/twice@corp-twice.example/revoke", how="consent")
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    call(partner, "POST", f"/mailboxes/{id}/recheck")
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    feed = [event["type"] for event in partner.call("GET", "/webhooks/events").json()["data"]]
    assert feed.count("mailbox.disconnected") == feed.count("campaign.connection_problem") == 1
    assert partner.call("GET", f"/campaigns/{campaign}").json()["data"]["connection_problem_code"] == "CONNECTION_DISCONNECTED"
    assert call(partner, "GET", "/account/health").json()["data"]["status"] == "healthy", "as the partner intended"


def test_a_refresh_in_flight_does_not_survive_the_disconnect(stack, partner):
    """Microsoft's response arrives after the disconnect: nothing of it is kept."""
    import threading

    campaign = partner.connect("flight@corp-flight.example")
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    change(stack, "UPDATE grants SET access_expires_at = now() WHERE tenant_id = %s", partner.tenant)
    stack.control("DELETE", "requests")
    stack.fault(match={"operation": "token"}, latencyMilliseconds=1500, times=1)
    recheck = threading.Thread(target=partner.call, args=("POST", f"/mailboxes/{id}/recheck"))
    recheck.start()
    wait_until(
        lambda: stack.rows("SELECT 1 FROM grants WHERE tenant_id = %s AND lease_until IS NOT NULL", partner.tenant), 10, "the refresh"
    )
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    recheck.join()
    stack.control("DELETE", "faults")
    assert [r["operation"] for r in stack.control("GET", "requests")["requests"]] == ["token"], "its response was not used"
    assert tokens(stack, partner) == 0
    assert call(partner, "GET", f"/mailboxes/{id}").json()["data"]["health"]["status"] == "disconnected"


def test_deletion(stack, partner):
    campaign = partner.connect("bye@corp-bye.example")
    id = mailbox(partner, campaign)["id"]
    refused = call(partner, "DELETE", f"/mailboxes/{id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "MAILBOX_IN_USE")
    assert refused.json()["campaigns"] == [{"id": campaign, "email": "bye@corp-bye.example", "status_code": "pending"}]
    assert tokens(stack, partner) == 1, "nothing has changed"
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    assert call(partner, "DELETE", f"/mailboxes/{id}").status_code == 409, "its campaign is there still"
    partner.call("DELETE", f"/campaigns/{campaign}")
    deleted = call(partner, "DELETE", f"/mailboxes/{id}")
    assert (deleted.status_code, deleted.json()["code"]) == (200, "MAILBOX_DELETED")
    assert call(partner, "DELETE", f"/mailboxes/{id}").json()["data"] == deleted.json()["data"]
    assert mailboxes(partner) == []
    for method, path in (("GET", ""), ("POST", "/recheck"), ("POST", "/disconnect")):
        assert call(partner, method, f"/mailboxes/{id}{path}").status_code == 404
    days = stack.rows("SELECT extract(epoch FROM purge_at - deleted_at) / 86400 FROM mailboxes WHERE tenant_id = %s", partner.tenant)
    assert days[0][0] == 30
    # The owner reconnects in time.
    assert mailbox(partner, partner.connect("bye@corp-bye.example"))["id"] == id
    assert stack.rows("SELECT 1 FROM mailboxes WHERE tenant_id = %s AND purge_at IS NOT NULL", partner.tenant) == []


def test_nobody_ends_anothers_mailbox(stack, partner):
    id = mailbox(partner, partner.connect("safe@corp-safe.example"))["id"]
    other = stack.tenant("Stranger")
    for method, path in (("POST", f"/mailboxes/{id}/disconnect"), ("DELETE", f"/mailboxes/{id}")):
        assert (call(other, method, path).json()["code"]) == "MAILBOX_NOT_FOUND"
    assert tokens(stack, partner) == 1


def reconnect(partner, id, **body):
    answer = call(partner, "POST", f"/mailboxes/{id}/reconnect", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def grants(stack, partner):
    return stack.rows("SELECT state, level FROM grants WHERE tenant_id = %s ORDER BY grant_id", partner.tenant)


def test_a_reconnect_keeps_the_ids_and_tells(stack, partner, receiver):
    campaign = partner.connect("again@corp-again.example", permission_level="read_send", meta={"ref": "7"})
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    link = reconnect(partner, id)
    assert "Mail.Read%20Mail.Send&" in link["url"], "what was asked for the last time"
    consent = partner.consent(link["consent_id"])
    assert (consent["kind"], consent["campaign_id"]) == ("reconnect", campaign)
    assert "Your mailbox is connected" in partner.follow(link["url"]).text
    found = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    assert (found["health"]["status"], found["disconnected_at"]) == ("never_synced", None)
    assert found["campaigns"] == [{"id": campaign, "email": "again@corp-again.example", "status_code": "paused"}]
    whole = partner.call("GET", f"/campaigns/{campaign}").json()["data"]
    assert (whole["connection_problem"], whole["meta"]) == (False, {"ref": "7"})
    wait_until(lambda: receiver.events("campaign.updated"), 10, "campaign.updated")
    assert len(receiver.events("campaign.updated")) == 1
    assert partner.call("PATCH", f"/campaigns/{campaign}/resume-warmup").status_code == 200
    assert [state for state, _ in grants(stack, partner)] == ["replaced", "live"] and tokens(stack, partner) == 1


def test_a_reconnect_of_an_active_campaign_leaves_it_active(stack, partner):
    campaign = partner.connect("busy@corp-busy.example")
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    partner.follow(reconnect(partner, id)["url"])
    assert mailbox(partner, campaign)["campaigns"][0]["status_code"] == "active"
    assert len(mailboxes(partner)) == 1


def test_another_mailbox_is_refused_by_its_identity(stack, partner):
    campaign = partner.connect("right@corp-right.example")
    id = mailbox(partner, campaign)["id"]
    before = grants(stack, partner)
    link = reconnect(partner, id)
    page = partner.follow(link["url"], account="wrong@corp-right.example")
    assert "That was another mailbox" in page.text
    assert partner.consent(link["consent_id"])["status"] == "mismatched"
    assert grants(stack, partner) == before
    # The same link works for the right account, whatever its address: as if it had been another when it was connected.
    change(stack, "UPDATE consents SET email = 'former@corp-right.example', email_key = email WHERE tenant_id = %s", partner.tenant)
    assert "Your mailbox is connected" in partner.follow(link["url"], account="right@corp-right.example").text
    assert mailbox(partner, campaign)["id"] == id


@pytest.mark.parametrize("decision", ["decline", "admin_required"])
def test_a_wider_consent_that_is_declined_takes_nothing_away(stack, partner, decision):
    address = f"{decision.replace('_', '-')}@corp-wider.example"
    campaign = partner.connect(address, permission_level="send")
    partner.call("PATCH", f"/campaigns/{campaign}/start-warmup")
    id = mailbox(partner, campaign)["id"]
    before = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    link = reconnect(partner, id, permission_level="warmup")
    assert "Mail.ReadWrite" in link["url"]
    partner.follow(link["url"], decision=decision)
    assert call(partner, "GET", f"/mailboxes/{id}").json()["data"] == before
    assert call(partner, "POST", f"/mailboxes/{id}/recheck").json()["data"]["health"]["status"] == "healthy"
    assert grants(stack, partner) == [("live", "send")]
    # Once accepted, the wider one replaces it.
    partner.follow(link["url"])
    after = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    assert (after["permission_level"], after["campaigns"]) == ("warmup", before["campaigns"])
    assert "mail.readwrite" in after["scopes"]


def test_a_disconnect_ends_the_links_made_before_it(stack, partner):
    campaign = partner.connect("late-link@corp-late.example")
    id = mailbox(partner, campaign)["id"]
    link = reconnect(partner, id)
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    assert "no longer valid" in partner.follow(link["url"]).text
    assert call(partner, "GET", f"/mailboxes/{id}").json()["data"]["health"]["status"] == "disconnected"


def test_what_cannot_be_reconnected(stack, partner):
    campaign = partner.connect("unused@corp-unused.example")
    id = mailbox(partner, campaign)["id"]
    answer = call(partner, "POST", f"/mailboxes/{id}/reconnect", json={"permission_level": "all", "expires_in": 1})
    assert (answer.status_code, sorted(answer.json()["errors"])) == (400, ["expires_in", "permission_level"])
    other = stack.tenant("Nobody")
    assert call(other, "POST", f"/mailboxes/{id}/reconnect").json()["code"] == "MAILBOX_NOT_FOUND"


def invited(partner, address, level="read_send", **body):
    """The id of a mailbox without a campaign, connected by an invitation."""
    made = call(partner, "POST", "/invitations", json={"email": address, "permission_level": level, **body}).json()["data"]
    partner.follow(partner.stack.http.post(made["url"]).headers["location"])
    return call(partner, "GET", f"/invitations/{made['id']}").json()["data"]["mailbox_id"]


def told(partner, *types):
    feed = call(partner, "GET", "/webhooks/events?limit=100").json()["data"]
    return [event for event in feed if event["type"] in types]


def test_a_mailbox_without_a_campaign_is_reconnected_without_one(stack, partner, receiver):
    id = invited(partner, "alone@corp-alone.example", owner_email="team@partner.example", meta={"ref": 7}, tags=["a"])
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    link = reconnect(partner, id)
    assert "Mail.Read%20Mail.Send&" in link["url"], "what was asked for the last time"
    consent = partner.consent(link["consent_id"])
    assert (consent["kind"], consent["mailbox_id"], consent["campaign_id"]) == ("reconnect", id, None)
    # Another account is refused by identity, and nothing of it is kept.
    assert "That was another mailbox" in partner.follow(link["url"], account="other@corp-alone.example").text
    assert partner.consent(link["consent_id"])["status"] == "mismatched" and tokens(stack, partner) == 0
    change(stack, "UPDATE consents SET email = 'former@corp-alone.example', email_key = email WHERE consent_id = %s", link["consent_id"])
    assert "Your mailbox is connected" in partner.follow(link["url"], account="alone@corp-alone.example").text
    found = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    assert (found["health"]["status"], found["campaigns"], found["permission_level"]) == ("never_synced", [], "read_send")
    assert len(mailboxes(partner)) == 1 and partner.campaigns() == []
    lost, back = told(partner, "mailbox.disconnected", "mailbox.reconnected")
    assert (lost["type"], back["type"]) == ("mailbox.disconnected", "mailbox.reconnected")
    for event in (lost, back):
        assert (event["data"]["mailbox_id"], event["data"]["campaign_id"], event["data"]["owner_email"]) == (id, None, "team@partner.example")
        assert (event["account"]["tags"], event["account"]["meta"]) == (["a"], "ref=7")
        assert (event["data"]["meta"], event["data"]["external_id"]) == ({"ref": 7}, None)
    completed = told(partner, "consent.completed")[-1]["data"]
    assert (completed["consent_id"], completed["mailbox_id"], completed["meta"]) == (link["consent_id"], id, {"ref": 7})
    wait_until(lambda: receiver.events("mailbox.reconnected"), 60, "mailbox.reconnected")
    for delivery in receiver.accepted():
        check_webhook(delivery["headers"], delivery["event"])
    # It works, and outlives a campaign.
    assert call(partner, "POST", f"/mailboxes/{id}/recheck").json()["data"]["health"]["status"] == "healthy"
    later = reconnect(partner, id)
    partner.call("DELETE", f"/campaigns/{partner.connect('alone@corp-alone.example')}")
    assert "Your mailbox is connected" in partner.follow(later["url"]).text
    assert tokens(stack, partner) == 1


@pytest.mark.parametrize("decision", ["decline", "admin_required"])
def test_a_wider_consent_that_is_declined_keeps_a_grant_without_a_campaign(stack, partner, decision):
    id = invited(partner, f"keep@corp-{decision.replace('_', '-')}.example", "send")
    before = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    link = reconnect(partner, id, permission_level="read_send", shared_mailboxes=True)
    partner.follow(link["url"], decision=decision)
    assert call(partner, "GET", f"/mailboxes/{id}").json()["data"] == before
    assert grants(stack, partner) == [("live", "send")] and told(partner, "mailbox.reconnected") == []
    partner.follow(link["url"])
    after = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    assert after["permission_level"] == "read_send" and "mail.read.shared" in after["scopes"]
    assert len(told(partner, "mailbox.reconnected")) == 1


def test_a_mailbox_whose_campaign_is_deleted_can_be_reconnected_until_it_is_deleted_itself(stack, partner):
    campaign = partner.connect("left@corp-left.example")
    id = mailbox(partner, campaign)["id"]
    partner.call("DELETE", f"/campaigns/{campaign}")
    assert tokens(stack, partner) == 0
    partner.follow(reconnect(partner, id)["url"])
    found = call(partner, "GET", f"/mailboxes/{id}").json()["data"]
    assert (found["permission_level"], found["campaigns"]) == ("warmup", [])
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    link = reconnect(partner, id)
    call(partner, "DELETE", f"/mailboxes/{id}")
    assert call(partner, "POST", f"/mailboxes/{id}/reconnect").json()["code"] == "MAILBOX_NOT_FOUND"
    assert "no longer valid" in partner.follow(link["url"]).text and tokens(stack, partner) == 0


def test_what_was_lost_is_told_to_be_back_with_a_campaign_too(stack, partner):
    campaign = partner.connect("lost@corp-lost.example")
    id = mailbox(partner, campaign)["id"]
    partner.follow(reconnect(partner, id)["url"])
    assert told(partner, "mailbox.reconnected") == [], "it was not lost"
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    partner.follow(reconnect(partner, id)["url"])
    (back,) = told(partner, "mailbox.reconnected")
    assert back["data"]["campaign_id"] == campaign
    # A new campaign reconnects it, too.
    call(partner, "POST", f"/mailboxes/{id}/disconnect")
    partner.call("DELETE", f"/campaigns/{campaign}")
    anew = partner.connect("lost@corp-lost.example")
    assert [event["data"]["campaign_id"] for event in told(partner, "mailbox.reconnected")] == [campaign, anew]


def test_a_reconnect_link_is_made_once_for_one_key(partner):
    id = mailbox(partner, partner.connect("key@corp-key.example"))["id"]
    links = [call(partner, "POST", f"/mailboxes/{id}/reconnect", headers={"idempotency-key": "k"}) for _ in range(2)]
    assert links[0].content == links[1].content
