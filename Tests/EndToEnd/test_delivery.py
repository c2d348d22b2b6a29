"""Lanes: an endpoint that fails keeps the order, one that hangs delays nobody else, a replay keeps its id."""

import collections
import threading
import time

from stack import Receiver, wait_until

EVENTS = "campaign.pending,campaign.started,campaign.paused,campaign.resumed"


def test_an_endpoint_that_fails_one_time_in_three_receives_every_campaigns_events_in_sequence(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    seen = {}

    def fail_every_third_event_once(delivery):
        id = delivery["headers"]["webhook-id"]
        if id in seen:
            return 200
        seen[id] = len(seen)
        return 500 if seen[id] % 3 == 0 else 200

    receiver.behave = fail_every_third_event_once
    ids = [partner.connect(f"third{n}@outlook.com") for n in range(6)]
    for id in ids:
        for verb in ["start", "pause", "resume"]:
            assert partner.call("PATCH", f"/campaigns/{id}/{verb}-warmup").status_code == 200
    wait_until(lambda: len({d["headers"]["webhook-id"] for d in receiver.accepted()}) == 24, 100, "all 24 events accepted")
    order = collections.defaultdict(list)
    for event in receiver.events():
        order[event["account"]["campaign_id"]].append(event["sequence"])
    assert {id: [1, 2, 3, 4] for id in ids} == order
    failed = [d for d in receiver.deliveries if d["status"] == 500]
    assert failed and all(
        any(a["headers"]["webhook-id"] == f["headers"]["webhook-id"] for a in receiver.accepted()) for f in failed
    ), "what failed was sent again under the same id"


def test_a_hanging_endpoint_delays_nobody_else(stack, receiver):
    """10,000 events wait for an endpoint that never answers; another tenant's arrive within a second."""
    hanging, slow, quick = threading.Event(), stack.tenant("Slow"), stack.tenant("Quick")
    stuck = Receiver(lambda delivery: (hanging.wait(60), 200)[1])
    endpoint = slow.webhook(stuck.url, EVENTS)["endpoint_id"]
    id = slow.connect("hanging@outlook.com")
    (at,) = stack.rows("SELECT created_at FROM events WHERE tenant_id = %s AND position = 1", slow.tenant)[0]
    import psycopg
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            """INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, last, due_at)
               SELECT %(t)s, %(e)s, 'campaign:' || n, 1, %(at)s FROM generate_series(1, 10000) n""", {"t": slow.tenant, "e": endpoint, "at": at})
        connection.execute(
            """INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
               SELECT %(t)s, %(e)s, 'campaign:' || n, 1, 1, %(at)s FROM generate_series(1, 10000) n""", {"t": slow.tenant, "e": endpoint, "at": at})
    try:
        quick.webhook(receiver.url, EVENTS)
        for n in range(5):
            before = time.monotonic()
            quick.connect(f"quick{n}@outlook.com")
            wait_until(lambda: len(receiver.events("campaign.pending")) == n + 1, 10, "the quick tenant's event")
            assert receiver.accepted()[-1]["at"] - before < 1.5, "connecting and being told took too long"
        assert slow.call("GET", f"/campaigns/{id}").status_code == 200
    finally:
        hanging.set()
        with psycopg.connect(stack.database_url) as connection:
            connection.execute("UPDATE webhook_endpoints SET status = 'disabled' WHERE endpoint_id = %s", (endpoint,))
        stuck.close()


def test_410_disables_and_a_replay_keeps_its_id(stack, receiver):
    partner = stack.tenant()
    endpoint = partner.webhook(receiver.url, EVENTS)["endpoint_id"]
    partner.connect("replay@outlook.com")
    first = wait_until(lambda: receiver.accepted(), 10, "the event")[0]
    stack.cli("event", "replay", first["headers"]["webhook-id"])
    wait_until(lambda: len(receiver.accepted()) == 2, 10, "the replay")
    again = receiver.accepted()[1]
    assert again["headers"]["webhook-id"] == first["headers"]["webhook-id"] and again["body"] == first["body"]
    assert again["headers"]["hearth-replay"] == "true" and "hearth-replay" not in first["headers"]

    receiver.behave = lambda delivery: 410
    stack.cli("event", "replay", first["headers"]["webhook-id"])
    wait_until(lambda: stack.rows("SELECT status FROM webhook_endpoints WHERE endpoint_id = %s", endpoint) == [("disabled",)], 10, "the end")
    (listed,) = stack.cli("webhook", "list", "--tenant", partner.tenant)["endpoints"]
    assert (listed["status"], listed["disabled_reason"]) == ("disabled", "gone")


def test_redirects_are_not_followed(stack, receiver):
    elsewhere, partner = Receiver(), stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    receiver.behave = lambda delivery: (302, {"location": elsewhere.url})
    partner.connect("redirect@outlook.com")
    wait_until(lambda: receiver.deliveries, 10, "the attempt")
    wait_until(lambda: stack.rows("SELECT outcome, status_code FROM webhook_attempts WHERE tenant_id = %s", partner.tenant)[:1] == [("refused", 302)], 10, "the record")
    assert not elsewhere.deliveries
    elsewhere.close()


def test_many_clients_racing_on_one_campaign(stack):
    partner = stack.tenant()
    id = partner.connect("race@outlook.com")
    import httpx
    verbs = ["start", "pause", "resume"] * 20
    answers = []

    def run(verb):
        with httpx.Client(timeout=30, trust_env=False) as client:
            answers.append(client.patch(
                f"{stack.base}/api/v1/campaigns/{id}/{verb}-warmup", headers={"authorization": f"Bearer {partner.key}"}).status_code)

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409, 503}
    history = stack.rows("SELECT version, from_status, to_status FROM campaign_history WHERE campaign_id = %s ORDER BY version", id)
    assert [version for version, _, _ in history] == list(range(1, len(history) + 1))
    assert all(before[2] == after[1] for before, after in zip(history, history[1:])), "a legal chain"
    events = stack.rows("SELECT sequence FROM events WHERE campaign_id = %s ORDER BY position", id)
    assert [sequence for (sequence,) in events] == list(range(1, len(history) + 1)), "events one to one"
    (status,) = stack.rows("SELECT status FROM campaigns WHERE campaign_id = %s", id)[0]
    assert status == history[-1][2]
