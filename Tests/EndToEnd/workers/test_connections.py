"""The life of a connection: checked daily while in use, refreshed monthly while idle, without needless calls."""

import pytest

from stack import change, wait_until

EVENTS = "campaign.pending,campaign.connection_problem,campaign.resumed,mailbox.disconnected,mailbox.reconnected"


@pytest.fixture
def partner(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    return partner


def age(stack, partner, days):
    """Moves all times of the tenant's grants into the past, as if `days` had passed."""
    change(
        stack,
        f"""UPDATE grants SET due_at = due_at - interval '{days} days', created_at = created_at - interval '{days} days',
            refreshed_at = refreshed_at - interval '{days} days', access_expires_at = access_expires_at - interval '{days} days'
            WHERE tenant_id = %s AND state = 'live'""",
        partner.tenant,
    )


def calls(stack, address):
    return [call for call in stack.control("GET", "requests")["requests"] if call.get("account", "").lower() == address.lower()]


def grant(stack, partner):
    columns = ["state", "problem", "due", "retries", "has_token", "interrupted", "version"]
    rows = stack.rows(
        """SELECT state, problem, due_at IS NOT NULL, retries, refresh_token IS NOT NULL, interrupted, version FROM grants
           WHERE tenant_id = %s ORDER BY grant_id DESC LIMIT 1""",
        partner.tenant,
    )
    return dict(zip(columns, rows[0]))


def settled(stack, partner):
    """Whether the worker has done what was due."""
    return stack.rows("SELECT 1 FROM grants WHERE tenant_id = %s AND due_at <= now() + interval '3 minutes'", partner.tenant) == []


def test_a_mailbox_in_use_is_looked_at_once_a_day(stack, partner):
    id = partner.connect("daily@corp-life.example")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    before = grant(stack, partner)["version"]
    age(stack, partner, 1)
    wait_until(lambda: settled(stack, partner), 10, "the daily look")
    assert grant(stack, partner)["version"] == before + 1, "its access token had run out, so it was renewed for the look"
    hours = stack.rows("SELECT extract(epoch FROM due_at - now()) / 3600 FROM grants WHERE tenant_id = %s", partner.tenant)[0][0]
    assert 22.9 < hours <= 24


@pytest.mark.parametrize("shape", ["missing_refresh_token", "empty_refresh_token", "blank_refresh_token"])
def test_a_refresh_that_brings_no_refresh_token_keeps_the_former(stack, partner, shape):
    id = partner.connect(f"{shape}@corp-life.example")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    before = grant(stack, partner)["version"]
    stack.control("POST", "token-shape", shapes=[shape], times=1)
    for version in (before + 1, before + 2):
        age(stack, partner, 1)
        wait_until(lambda: settled(stack, partner), 10, "the daily look")
        after = grant(stack, partner)
        assert (after["version"], after["state"], after["problem"], after["retries"]) == (version, "live", None, 0)


def test_an_idle_mailbox_is_refreshed_once_a_month(stack, partner):
    id = partner.connect("idle@corp-life.example")
    for command in ("start", "pause"):
        partner.call("PATCH", f"/campaigns/{id}/{command}-warmup")
    before = grant(stack, partner)["version"]
    age(stack, partner, 30)
    wait_until(lambda: settled(stack, partner), 10, "the monthly refresh")
    assert grant(stack, partner)["version"] == before + 1
    days = stack.rows("SELECT extract(epoch FROM due_at - now()) / 86400 FROM grants WHERE tenant_id = %s", partner.tenant)[0][0]
    assert 26.9 < days <= 30


def test_what_nobody_starts_costs_nothing_and_ends_after_a_month(stack, partner, receiver):
    id = partner.connect("never@corp-life.example")
    stack.control("DELETE", "requests")
    age(stack, partner, 29)
    assert settled(stack, partner)
    age(stack, partner, 1)
    wait_until(lambda: grant(stack, partner)["state"] == "dead", 10, "the end of what nobody started")
    assert grant(stack, partner)["has_token"] is False
    assert stack.control("GET", "requests")["requests"] == [], "Microsoft was not called"
    start = partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    assert (start.status_code, start.json()["code"]) == (409, "CONNECTION_EXPIRED")
    assert start.json()["remedy"] == "reconnect"
    wait_until(lambda: receiver.events("mailbox.disconnected"), 10, "mailbox.disconnected")


@pytest.mark.parametrize(
    "how, code, remedy, state",
    [
        ("sessions", "CONNECTION_REVOKED", "reconnect", "dead"),
        ("consent", "CONNECTION_REVOKED", "reconnect", "dead"),
    ],
)
def test_a_permanent_fault_pauses_and_tells_once(stack, partner, receiver, how, code, remedy, state):
    address = f"{how}@corp-life.example"
    id = partner.connect(address)
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    stack.control("POST", f"accounts/{address}/revoke", how=how)
    age(stack, partner, 1)
    wait_until(lambda: receiver.events("mailbox.disconnected"), 10, "mailbox.disconnected")
    wait_until(lambda: receiver.events("campaign.connection_problem"), 10, "campaign.connection_problem")
    campaign = partner.call("GET", f"/campaigns/{id}").json()["data"]
    assert (campaign["status_code"], campaign["connection_problem_code"]) == ("paused", code)
    assert grant(stack, partner)["state"] == state
    event = receiver.events("mailbox.disconnected")[0]
    assert (event["data"]["code"], event["data"]["remedy"], event["data"]["campaign_id"]) == (code, remedy, id)
    reason = stack.rows("SELECT actor, reason FROM campaign_history WHERE tenant_id = %s AND command = 'fault'", partner.tenant)
    assert reason[0][0] == "microsoft" and "owner" in reason[0][1]
    for _ in range(2):
        assert partner.call("PATCH", f"/campaigns/{id}/resume-warmup").json()["code"] == code
    assert len(receiver.events("mailbox.disconnected")) == len(receiver.events("campaign.connection_problem")) == 1
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"]["used"] == 0, "a paused campaign reserves nothing"
    # A new consent restores it.
    assert partner.connect(address) == id
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").json()["data"]["connection_problem"] is False


def test_a_passing_fault_changes_nothing_that_a_partner_sees(stack, partner, receiver):
    id = partner.connect("passing@corp-life.example")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    before = partner.call("GET", f"/campaigns/{id}").json()["data"]
    stack.fault(match={"operation": "token"}, status=503, times=3)
    age(stack, partner, 1)
    wait_until(lambda: grant(stack, partner)["retries"] == 1, 10, "the fault being noted")
    assert partner.call("GET", f"/campaigns/{id}").json()["data"] == before
    stack.control("DELETE", "faults")
    change(stack, "UPDATE grants SET due_at = now() WHERE tenant_id = %s", partner.tenant)
    wait_until(lambda: grant(stack, partner)["retries"] == 0, 10, "the next look")
    assert receiver.events("mailbox.disconnected") == []


def test_the_operators_fault_disconnects_nobody(stack, partner, receiver):
    ids = [partner.connect(f"ops{n}@corp-ops{n}.example") for n in range(6)]
    for id in ids:
        partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    stack.fault(match={"operation": "token"}, error="7000222")
    age(stack, partner, 1)
    metric = "hearth_microsoft_applications_refused"
    url = f"http://127.0.0.1:{stack.operations_port}/metrics"
    wait_until(lambda: f"{metric} 1" in stack.http.get(url).text, 10, "the alarm")
    refused = [call for call in stack.control("GET", "requests")["requests"] if call["operation"] == "token" and call["status"] == 401]
    assert len(refused) <= 6
    campaigns = partner.campaigns()
    assert {campaign["status_code"] for campaign in campaigns} == {"active"}
    assert not any(campaign["connection_problem"] for campaign in campaigns)
    stack.control("DELETE", "faults")
    wait_until(lambda: settled(stack, partner), 90, "recovery after the pause")
    wait_until(lambda: f"{metric} 0" in stack.http.get(url).text, 10, "the end of the alarm")
    assert receiver.events("mailbox.disconnected") == []
