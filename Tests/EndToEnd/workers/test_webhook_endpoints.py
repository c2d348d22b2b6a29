"""Endpoints that fail, are disabled or are deleted while deliveries wait."""

import threading

import pytest

import contract
from stack import Receiver, change, wait_until
from webhooks import add, deliveries, endpoint, told

pytestmark = pytest.mark.usefixtures("judged")

ALL = "campaign.pending,campaign.started,campaign.paused,campaign.resumed,campaign.deleted"


def test_a_disabled_endpoint_keeps_its_events_and_goes_on_with_the_oldest(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url, events=["campaign.pending", "campaign.started"])
    disabled = partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "disabled"}).json()["data"]
    assert (disabled["status"], disabled["disabled_reason"]) == ("disabled", "requested")
    ids = [partner.connect(f"frozen{n}@outlook.com") for n in range(5)]
    wait_until(lambda: endpoint(partner, made["id"])["backlog"] == 5, 10, "the backlog")
    assert partner.link("warned@outlook.com") and not receiver.deliveries
    enabled = partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "enabled"}).json()["data"]
    assert (enabled["status"], enabled["disabled_reason"]) == ("enabled", None)
    wait_until(lambda: len(receiver.accepted()) == 5, 10, "what had waited")
    assert {event["account"]["campaign_id"] for event in receiver.events()} == set(ids)
    wait_until(lambda: endpoint(partner, made["id"])["backlog"] == 0, 10, "nothing waiting")


def test_deletion_while_a_delivery_is_on_its_way_and_a_backlog_waits(stack):
    answering, partner = threading.Event(), stack.tenant()
    slow = Receiver(lambda delivery: (answering.wait(20), 200)[1])
    made = add(partner, slow.url, events=["*"])
    id = partner.connect("leased@outlook.com")
    wait_until(lambda: stack.rows("SELECT count(*) FROM webhook_lanes WHERE endpoint_id = %s AND lease_no > 0", made["id"])[0][0] > 0, 10, "the lease")
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    assert partner.call("DELETE", f"/webhooks/endpoints/{made['id']}").status_code == 200
    answering.set()
    wait_until(lambda: slow.accepted(), 10, "what was on its way")
    before = len(slow.deliveries)
    assert partner.call("PATCH", f"/campaigns/{id}/pause-warmup").status_code == 200, "its campaign continues"
    assert stack.rows("SELECT secret IS NULL FROM webhook_endpoints WHERE endpoint_id = %s", made["id"]) == [(True,)]
    # As if a minute had passed.
    change(stack, "UPDATE webhook_endpoints SET updated_at = updated_at - interval '2 minutes' WHERE endpoint_id = %s", made["id"])
    wait_until(lambda: stack.rows("SELECT 1 FROM webhook_endpoints WHERE endpoint_id = %s", made["id"]) == [], 45, "its removal")
    assert stack.rows("SELECT 1 FROM webhook_lanes WHERE endpoint_id = %s", made["id"]) == []
    assert stack.rows("SELECT 1 FROM webhook_deliveries WHERE endpoint_id = %s", made["id"]) == []
    assert len(slow.deliveries) == before, "nothing was sent after the deletion"
    slow.close()


def test_410_disables_and_enabling_recovers_and_others_hear_of_it(stack, receiver):
    partner, watching, gone = stack.tenant(), Receiver(), True
    add(partner, watching.url, events=["webhook.endpoint_disabled", "webhook.endpoint_recovered"])
    made = add(partner, receiver.url, events=["*"], owner_email="ann@partner.example")
    other = add(partner, watching.url, events=["*"], owner_email="bob@partner.example")
    receiver.behave = lambda delivery: 410 if gone else 200
    id = partner.connect("gone@outlook.com", owner_email="ann@partner.example")
    wait_until(lambda: endpoint(partner, made["id"])["status"] == "disabled", 10, "its end")
    assert endpoint(partner, made["id"])["disabled_reason"] == "gone"
    wait_until(lambda: watching.events(), 10, "the news of it")
    gone = False
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    enabled = partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "enabled"}).json()["data"]
    assert (enabled["failures_in_a_row"], enabled["disabled_reason"]) == (0, None)
    wait_until(lambda: len(receiver.accepted()) == 3, 10, "what had waited")
    assert {event["type"] for event in receiver.events()} == {"campaign.pending", "consent.completed", "campaign.started"}, "not events about itself"
    wait_until(lambda: len(watching.events()) == 2, 10, "the news of its recovery")
    assert told(partner, made["id"]) == [("disabled", "gone"), ("recovered", None)]
    disabled, recovered = watching.events()
    assert (disabled["data"]["status_code"], disabled["data"]["status"], recovered["data"]["status"]) == (410, "disabled", "enabled")
    for delivery in watching.deliveries:
        contract.check_webhook(delivery["headers"], delivery["event"])
    assert told(partner, other["id"]) == [] and not stack.rows("SELECT 1 FROM webhook_deliveries WHERE endpoint_id = %s", other["id"]), "another owner's"
    watching.close()


def test_ten_failures_are_told_once_and_five_days_of_them_disable(stack, receiver):
    partner, failing = stack.tenant(), True
    made = add(partner, receiver.url)
    receiver.behave = lambda delivery: 500 if failing else 200
    for n in range(11):
        partner.connect(f"ten{n}@outlook.com")
    wait_until(lambda: endpoint(partner, made["id"])["failures_in_a_row"] >= 11, 20, "eleven failures")
    assert told(partner, made["id"]) == [("failing", None)]
    blocked = endpoint(partner, made["id"])
    assert blocked["status"] == "enabled" and blocked["failing_since"] and blocked["backlog"] == 11
    failing = False
    retry_now = """WITH endpoint AS (UPDATE webhook_endpoints SET blocked_until = NULL WHERE endpoint_id = %s RETURNING 1)
        UPDATE webhook_lanes SET due_at = clock_timestamp() WHERE endpoint_id = %s AND due_at > clock_timestamp()"""
    change(stack, retry_now, made["id"], made["id"])
    wait_until(lambda: endpoint(partner, made["id"])["backlog"] == 0, 20, "everything")
    assert told(partner, made["id"]) == [("failing", None), ("recovered", None)]

    failing = True
    partner.connect("five-days@outlook.com")
    wait_until(lambda: endpoint(partner, made["id"])["failures_in_a_row"] == 1, 10, "a failure")
    change(stack, "UPDATE webhook_endpoints SET failing_since = failing_since - interval '5 days' WHERE endpoint_id = %s", made["id"])
    change(stack, retry_now, made["id"], made["id"])
    wait_until(lambda: endpoint(partner, made["id"])["status"] == "disabled", 10, "its end")
    assert told(partner, made["id"])[2:] == [("disabled", "failing")]
    sent = len(receiver.deliveries)
    partner.connect("frozen-too@outlook.com")
    assert (len(receiver.deliveries), endpoint(partner, made["id"])["backlog"]) == (sent, 2)


@pytest.mark.parametrize(
    "status, wanted, lane, whole",
    [
        (503, "1000", 1000, 300),
        (429, "60", 60, 60),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", 86_400, 300),
        (404, "1000", 1000, None),
        (503, "soon", 5.5, None),
    ],
)
def test_retry_after_is_honoured_within_bounds(stack, receiver, status, wanted, lane, whole):
    partner = stack.tenant()
    made = add(partner, receiver.url)
    receiver.behave = lambda delivery: (status, {"Retry-After": wanted})
    partner.connect("later@outlook.com")
    ((due, blocked, at),) = wait_until(lambda: stack.rows(
        """SELECT extract(epoch FROM l.due_at)::float8, extract(epoch FROM e.blocked_until)::float8,
               extract(epoch FROM a.attempted_at)::float8
           FROM webhook_lanes l JOIN webhook_endpoints e USING (endpoint_id) JOIN webhook_attempts a USING (endpoint_id)
           WHERE e.endpoint_id = %s""", made["id"]), 10, "the attempt")
    assert lane - 1 <= due - at <= lane + 2
    assert blocked is None if whole is None else whole - 1 <= blocked - at <= whole + 2


def test_disabling_stops_what_a_worker_has_in_hand(stack):
    answering, partner = threading.Event(), stack.tenant()
    slow = Receiver(lambda delivery: (answering.wait(20), 200)[1])
    made = add(partner, slow.url, events=["campaign.pending", "campaign.paused", "campaign.resumed", "campaign.started"])
    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "disabled"})
    id = partner.connect("in-hand@outlook.com")
    for verb in ["start", "pause", "resume"]:
        assert partner.call("PATCH", f"/campaigns/{id}/{verb}-warmup").status_code == 200
    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "enabled"})
    wait_until(lambda: stack.rows("SELECT 1 FROM webhook_lanes WHERE endpoint_id = %s AND lease_no > 0", made["id"]), 10, "the lease")
    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "disabled"})
    answering.set()
    wait_until(lambda: endpoint(partner, made["id"])["backlog"] == 3, 10, "the first one's settlement")
    wait_until(lambda: stack.rows("SELECT 1 FROM webhook_lanes WHERE endpoint_id = %s AND due_at <= clock_timestamp()", made["id"]), 10, "the lane's release")
    assert len(slow.deliveries) == 1
    stack.cli("webhook", "enable", "--tenant", partner.tenant, "--endpoint", made["id"])
    wait_until(lambda: len(slow.accepted()) == 4, 10, "the rest, in order")
    assert [event["sequence"] for event in slow.events()] == [1, 2, 3, 4]
    slow.close()


def test_enabling_anew_or_another_url_tries_at_once_what_waits(stack, receiver):
    partner, elsewhere = stack.tenant(), Receiver()
    made = add(partner, receiver.url)
    receiver.behave = lambda delivery: (404, {"Retry-After": "5000"}) if len(receiver.deliveries) < 2 else 200
    partner.connect("impatient@outlook.com")

    def waits(count):
        wait_until(lambda: len(receiver.deliveries) == count and endpoint(partner, made["id"])["failures_in_a_row"] == 1, 10, "the refusal")

    waits(1)
    for body in [{}, {"url": receiver.url}, {"description": "the same"}]:
        assert partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json=body).status_code == 200
        assert endpoint(partner, made["id"])["failures_in_a_row"] == 1, "that causes no attempt"
    assert partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "enabled"}).json()["data"]["failures_in_a_row"] == 0
    waits(2)
    (waiting,) = deliveries(partner, status="pending")
    assert [each["attempt"] for each in waiting["attempts"]] == [1, 1]
    moved = partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"url": elsewhere.url}).json()["data"]
    assert (moved["url"], moved["failures_in_a_row"]) == (elsewhere.url, 0)
    wait_until(lambda: elsewhere.accepted(), 10, "its arrival elsewhere")
    assert len(receiver.deliveries) == 2
    elsewhere.close()


def test_metrics_count_endpoints_by_state(stack, receiver):
    partner = stack.tenant()

    def counted(state):
        line = f'hearth_webhook_endpoints{{state="{state}"}} '
        return [float(each.removeprefix(line)) for each in stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text.splitlines() if each.startswith(line)]

    made = add(partner, receiver.url)
    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "disabled"})
    # Includes those of other tests.
    ((disabled,),) = stack.rows("SELECT count(*) FROM webhook_endpoints WHERE status = 'disabled'")
    wait_until(lambda: counted("disabled") == [disabled], 15, "all that are disabled")
    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "enabled"})
    wait_until(lambda: counted("disabled") == [disabled - 1], 15, "one less")
    assert counted("working")


def test_a_lane_whose_head_has_lost_its_event_goes_on_with_what_is_kept(stack, receiver):
    """A month of events was dropped while its replay began: later events must be sent once, and settled."""
    partner = stack.tenant()
    id = add(partner, receiver.url, events=ALL, status="enabled")["id"]
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "disabled"})
    campaign = partner.connect("headless@outlook.com")
    for verb in ["start", "pause"]:
        assert partner.call("PATCH", f"/campaigns/{campaign}/{verb}-warmup").status_code == 200
    change(stack, "DELETE FROM events WHERE tenant_id = %s AND type = 'campaign.pending'", partner.tenant)
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "enabled"})
    found = wait_until(
        lambda: (rows := deliveries(partner)) and not any(row["status"] == "pending" for row in rows) and rows, 60, "all of them settled")
    assert [row["status"] for row in found] == ["delivered", "delivered", "exhausted"]
    assert [event["type"] for event in receiver.events()] == ["campaign.started", "campaign.paused"]
    # Nothing is left when every event of a lane is gone.
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "disabled"})
    assert partner.call("PATCH", f"/campaigns/{campaign}/resume-warmup").status_code == 200
    change(stack, "DELETE FROM events WHERE tenant_id = %s AND type = 'campaign.resumed'", partner.tenant)
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "enabled"})
    wait_until(lambda: endpoint(partner, id)["backlog"] == 0, 60, "an empty lane")
