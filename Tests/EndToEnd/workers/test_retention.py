"""Retention: expired rows are removed, table by table, and nothing else."""

import datetime

import pytest

from stack import change, wait_until


def count(stack, table, condition="true"):
    return stack.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]


def settled(stack):
    """Restarts the worker, which cleans up at its start, and waits for the last step of the cleanup."""
    change(stack, "CREATE TABLE IF NOT EXISTS webhook_attempts_2001_01 (LIKE webhook_attempts)")
    stack.stop("hearth")
    stack.start_hearth()
    wait_until(lambda: stack.rows("SELECT to_regclass('webhook_attempts_2001_01')") == [(None,)], 30, "a look of the worker")


@pytest.fixture(scope="module")
def partner(stack):
    return stack.tenant()


def test_what_is_in_use_stays_however_old(stack, partner):
    id = partner.connect("old@corp-old.example")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    change(stack, "UPDATE consents SET updated_at = updated_at - interval '10 years', created_at = created_at - interval '10 years'")
    change(stack, "UPDATE grants SET refreshed_at = refreshed_at - interval '89 days', created_at = created_at - interval '10 years'")

    def kept():
        tables = ("consents", "grants", "campaigns", "campaign_history", "mailboxes", "api_keys")
        # A warning about an old grant has its own event.
        events = count(stack, "events", "type <> 'mailbox.connection_expiring'")
        return {"events": events, **{table: count(stack, table) for table in tables}}

    before = kept()
    settled(stack)
    assert kept() == before


def test_links_that_ended(stack, partner):
    for n, days in enumerate([89, 91]):
        link = partner.link(f"ended{n}@outlook.com")["consent_id"]
        partner.call("DELETE", f"/consents/{link}")
        change(stack, "UPDATE consents SET updated_at = now() - %s * interval '1 day' WHERE consent_id = %s", days, link)
    open_link = partner.link("open@outlook.com")["consent_id"]
    change(stack, "UPDATE consents SET updated_at = now() - interval '1 year' WHERE consent_id = %s", open_link)
    settled(stack)
    assert [row[0] for row in stack.rows("SELECT email FROM consents WHERE email LIKE '%%@outlook.com' ORDER BY 1")] == ["ended0@outlook.com", "open@outlook.com"]


def test_invitations_and_admin_consents_that_ended(stack, partner):
    for n, days in enumerate([89, 91]):
        body = {"email": f"invited{n}@corp-ended.example", "permission_level": "send"}
        id = partner.call("POST", "/invitations", json=body).json()["data"]["id"]
        assert partner.call("DELETE", f"/invitations/{id}").status_code == 200
        change(stack, "UPDATE invitations SET updated_at = now() - %s * interval '1 day' WHERE invitation_id = %s", days, id)
        id = partner.call("POST", "/admin-consents", json={"email": body["email"]}).json()["data"]["admin_consent_id"]
        change(stack, "UPDATE admin_consents SET expires_at = now() - %s * interval '1 day' WHERE admin_consent_id = %s", days, id)
    for table, path, end in [("invitations", "/invitations", "updated_at"), ("admin_consents", "/admin-consents", "expires_at")]:
        kept = partner.call("POST", path, json={"email": "kept@corp-ended.example", "permission_level": "send"}).json()["data"]
        change(stack, f"UPDATE {table} SET created_at = now() - interval '1 year', updated_at = now() - interval '1 year' WHERE email = %s AND {end} > now() - interval '1 day'", "kept@corp-ended.example")
        assert kept["expires_at"]
    settled(stack)
    for table in ["invitations", "admin_consents"]:
        left = [row[0] for row in stack.rows(f"SELECT email FROM {table} WHERE tenant_id = %s ORDER BY 1", partner.tenant)]
        assert left == ["invited0@corp-ended.example", "kept@corp-ended.example"], table


def test_deleted_campaigns_with_their_history(stack, partner):
    ids = [partner.connect(f"gone{n}@corp-gone.example") for n in range(2)]
    for id, days in zip(ids, [89, 91]):
        assert partner.call("DELETE", f"/campaigns/{id}").status_code == 200
        change(stack, "UPDATE campaigns SET deleted_at = now() - %s * interval '1 day' WHERE campaign_id = %s", days, id)
    settled(stack)
    for table in ("campaigns", "campaign_history", "consents"):
        assert [count(stack, table, f"campaign_id = {id}") > 0 for id in ids] == [True, False], table


def test_grants_that_ended(stack, partner):
    for _ in range(3):
        partner.connect("renewed@corp-renewed.example")
    change(stack, """UPDATE grants SET refreshed_at = now() - interval '91 days' WHERE grant_id = (SELECT min(g.grant_id) FROM grants g
                     JOIN mailboxes m USING (tenant_id, mailbox_id) WHERE m.address LIKE 'renewed@%%')""")
    settled(stack)
    states = stack.rows("SELECT g.state FROM grants g JOIN mailboxes m USING (tenant_id, mailbox_id) WHERE m.address LIKE 'renewed@%%' ORDER BY g.grant_id")
    assert states == [("replaced",), ("live",)]


def test_jobs_and_keys(stack, partner):
    for id, days in enumerate([29, 31], 1):
        change(stack, """INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, actor, created_at, updated_at, finished_at)
                         VALUES (%s, %s, 'campaign_actions', 'completed', '{}', 'test', now(), now(), now() - %s * interval '1 day')""", partner.tenant, id, days)
        change(stack, "INSERT INTO job_problems VALUES (%s, %s, 1, 'X', 'x')", partner.tenant, id)
        key = stack.cli("key", "create", "--tenant", partner.tenant)["key_id"]
        stack.cli("key", "revoke", "--tenant", partner.tenant, "--key", key)
        change(stack, "UPDATE api_keys SET revoked_at = now() - %s * interval '3 days' WHERE key_id = %s", days, key)
    settled(stack)
    assert stack.rows("SELECT job_id FROM jobs") == stack.rows("SELECT job_id FROM job_problems") == [(1,)]
    assert count(stack, "api_keys", "revoked_at IS NOT NULL") == 1 and count(stack, "api_keys") == 2


def backdate(stack, months):
    """Moves all events and attempts into a separate month."""
    then = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=31 * months)
    change(stack, "SELECT ensure_month_partition('events', %s)", then)
    change(stack, "SELECT ensure_month_partition('webhook_attempts', %s)", then)
    change(stack, "UPDATE events SET created_at = %s", then)
    change(stack, "UPDATE webhook_attempts SET attempted_at = %s", then)
    change(stack, "UPDATE webhook_deliveries SET event_created_at = %s", then)
    change(stack, "UPDATE campaign_history SET occurred_at = %s", then)
    return f"{then:%Y_%m}"


def test_months_of_events_are_dropped_and_frozen_lanes_go_on(stack, receiver):
    partner = stack.tenant("Frozen")
    endpoint = partner.webhook(receiver.url)["endpoint_id"]
    id = partner.connect("frozen@corp-frozen.example")
    wait_until(lambda: count(stack, "webhook_deliveries", "status = 'delivered'"), 20, "a delivery")
    stack.stop("hearth")
    change(stack, "UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = 'failing' WHERE endpoint_id = %s", endpoint)
    stack.start_hearth()
    partner.connect("frozen@corp-frozen.example")
    partner.connect("behind@corp-frozen.example")
    name = backdate(stack, 5)
    partner.connect("frozen@corp-frozen.example")  # queued behind the frozen delivery
    assert count(stack, "webhook_deliveries", "status = 'pending'") == 3
    settled(stack)
    assert stack.rows("SELECT to_regclass(%s), to_regclass(%s)", f"events_{name}", f"webhook_attempts_{name}") == [(None, None)]
    # Given up, and removed by the next cleanup; the newest is kept.
    settled(stack)
    assert stack.rows("SELECT status FROM webhook_deliveries") == [("pending",)]
    before = len(receiver.accepted())
    stack.cli("webhook", "enable", "--tenant", partner.tenant, "--endpoint", endpoint)
    wait_until(lambda: len(receiver.accepted()) == before + 1, 20, "the youngest delivery")
    assert receiver.accepted()[-1]["event"]["account"]["campaign_id"] == id
    wait_until(lambda: count(stack, "webhook_lanes", "due_at IS NOT NULL") == 0, 10, "empty lanes")


def test_what_replays_delivered_goes_with_its_lanes(stack, receiver):
    partner = stack.tenant("Again")
    partner.webhook(receiver.url)
    partner.connect("again@corp-again.example")
    event = wait_until(lambda: receiver.events("campaign.pending"), 60, "the event")[0]["event_id"]
    path = f"/webhooks/deliveries?event_id={event}"
    for n in range(4):
        partner.call("POST", f"/webhooks/events/{event}/replay")
    settled_all = lambda: (found := partner.call("GET", path).json()["data"]) and {each["status"] for each in found} == {"delivered"} and len(found) == 5
    wait_until(settled_all, 60, "four replays")
    lanes = [row[0] for row in stack.rows("SELECT lane_key FROM webhook_lanes WHERE tenant_id = %s AND lane_key LIKE 'replay:%%' ORDER BY 1", partner.tenant)]
    # Replays expire by their own age, not by that of the event.
    for lane, days in zip(lanes, [29, 31, 31]):
        change(stack, "UPDATE webhook_deliveries SET delivered_at = now() - %s * interval '1 day' WHERE tenant_id = %s AND lane_key = %s", days, partner.tenant, lane)
    change(stack, "UPDATE webhook_deliveries SET event_created_at = now() - interval '91 days' WHERE tenant_id = %s AND lane_key = %s", partner.tenant, lanes[3])
    change(stack, "UPDATE webhook_deliveries SET delivered_at = now() - interval '40 days' WHERE tenant_id = %s AND lane_key LIKE 'campaign:%%'", partner.tenant)
    settled(stack)
    for table in ["webhook_deliveries", "webhook_lanes"]:
        left = [row[0] for row in stack.rows(f"SELECT lane_key FROM {table} WHERE tenant_id = %s ORDER BY lane_key COLLATE \"C\"", partner.tenant)]
        assert [key for key in left if key.startswith("replay:")] == [lanes[0], lanes[3]], table
        assert any(key.startswith("campaign:") for key in left), table


def test_lanes_that_can_never_be_used_again(stack, receiver):
    partner = stack.tenant("Lanes")
    endpoint = partner.webhook(receiver.url, "*")["endpoint_id"]
    id, gone = partner.connect("lane@corp-lanes.example"), partner.connect("lane2@corp-lanes.example")
    event = partner.call("GET", "/webhooks/events").json()["data"][0]["event_id"]
    assert partner.call("POST", f"/webhooks/events/{event}/replay").status_code == 202
    assert partner.call("DELETE", f"/campaigns/{gone}").status_code == 200
    wait_until(lambda: count(stack, "webhook_deliveries", f"endpoint_id = {endpoint} AND status = 'pending'") == 0, 60, "all delivered")
    change(stack, "UPDATE campaigns SET deleted_at = now() - interval '91 days' WHERE campaign_id = %s", gone)
    kept = count(stack, "webhook_lanes", f"endpoint_id = {endpoint}")
    settled(stack)
    assert count(stack, "webhook_lanes", f"endpoint_id = {endpoint}") == kept, "past deliveries can still be seen"
    change(stack, "DELETE FROM webhook_deliveries WHERE endpoint_id = %s", endpoint)
    change(stack, "DELETE FROM webhook_attempts WHERE endpoint_id = %s", endpoint)
    settled(stack)
    lanes = {row[0] for row in stack.rows("SELECT lane_key FROM webhook_lanes WHERE endpoint_id = %s", endpoint)}
    assert f"campaign:{id}" in lanes, "an existing campaign keeps its sequence"
    assert f"campaign:{gone}" not in lanes and not any(lane.startswith("replay:") for lane in lanes)
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    wait_until(lambda: count(stack, "webhook_deliveries", f"lane_key = 'campaign:{id}' AND status = 'delivered'"), 60, "the next delivery")
    assert partner.call("DELETE", f"/webhooks/endpoints/{endpoint}").status_code == 200


def test_a_month_whose_detaching_was_interrupted(stack):
    change(stack, "SELECT ensure_month_partition('events', '2020-05-01')")
    change(stack, "ALTER TABLE events DETACH PARTITION events_2020_05")  # killed before the drop
    change(stack, "SELECT ensure_month_partition('events', '2020-06-01')")
    settled(stack)
    assert stack.rows("SELECT to_regclass('events_2020_05'), to_regclass('events_2020_06')") == [(None, None)]


def test_deleted_mailboxes_are_purged_before_their_time(stack, partner):
    for n, hours in enumerate([12, 48]):
        id = partner.connect(f"purged{n}@corp-purged.example")
        partner.call("DELETE", f"/campaigns/{id}")
        change(stack, """UPDATE grants SET state = 'replaced', access_token = NULL, refresh_token = NULL, due_at = NULL
                         WHERE mailbox_id = (SELECT mailbox_id FROM campaigns WHERE campaign_id = %s)""", id)
        change(stack, """UPDATE mailboxes SET grant_id = NULL, disconnected_at = now(), deleted_at = now(), purge_at = now() + %s * interval '1 hour'
                         WHERE mailbox_id = (SELECT mailbox_id FROM campaigns WHERE campaign_id = %s)""", hours, id)
    settled(stack)
    assert stack.rows("SELECT address FROM mailboxes WHERE deleted_at IS NOT NULL") == [("purged1@corp-purged.example",)]
    assert stack.rows("SELECT subject, cause FROM erasures") == [("mailbox", "retention")]


def test_a_setting_per_table(stack, partner, monkeypatch):
    monkeypatch.setitem(stack.environment, "HEARTH_RETENTION_CONSENTS_DAYS", "1000")
    link = partner.link("longer@outlook.com")["consent_id"]
    partner.call("DELETE", f"/consents/{link}")
    change(stack, "UPDATE consents SET updated_at = now() - interval '900 days' WHERE consent_id = %s", link)
    settled(stack)
    assert count(stack, "consents", f"consent_id = {link}") == 1
    monkeypatch.setitem(stack.environment, "HEARTH_RETENTION_EVENTS_DAYS", "3")
    stack.stop("hearth")
    assert stack.start_hearth(ready=False).wait(20) == 1
    assert "HEARTH_RETENTION_EVENTS_DAYS must be a number between 4 and 3650" in (stack.folder / "hearth.log").read_text()
