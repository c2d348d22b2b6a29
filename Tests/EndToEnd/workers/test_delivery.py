"""Lanes: a failing endpoint keeps the order, a hanging one does not delay others, a replay keeps its id."""

import collections
import concurrent.futures
import random
import statistics
import threading
import time

import psycopg

from stack import Receiver, Stack, wait_until

EVENTS = "campaign.pending,campaign.started,campaign.paused,campaign.resumed"


# Makes all retries due now, so that tests need not wait.
RETRY_NOW = """
    UPDATE webhook_lanes l SET due_at = clock_timestamp()
    WHERE tenant_id = %s AND due_at > clock_timestamp() AND EXISTS (  -- else the lane is leased: it is being sent
        SELECT FROM webhook_attempts a
        WHERE a.tenant_id = l.tenant_id AND a.endpoint_id = l.endpoint_id AND a.lane_key = l.lane_key
            AND a.number = l.next AND a.lease_no = l.lease_no)
    RETURNING 1"""
FAILURES = [500, 503, 429, 404, 302, 0]


def test_an_endpoint_that_fails_one_time_in_three_receives_every_campaigns_events_in_sequence(stack, receiver):
    """Each attempt fails independently with a probability of one in three, in one of six ways."""
    partner, chance = stack.tenant(), random.Random(3)
    partner.webhook(receiver.url, EVENTS)
    receiver.behave = lambda delivery: chance.choice(FAILURES) if chance.random() < 1 / 3 else 200

    def live(n):
        id = partner.connect(f"third{n}@outlook.com")
        for verb in ["start", "pause", "resume"]:
            assert partner.call("PATCH", f"/campaigns/{id}/{verb}-warmup").status_code == 200
        return id

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(live, range(40)))

    def all_accepted():
        stack.rows(RETRY_NOW, partner.tenant)
        return len(receiver.accepted()) >= 160

    wait_until(all_accepted, 120, "all 160 events accepted")
    attempts = collections.defaultdict(list)
    for delivery in receiver.deliveries:
        attempts[delivery["event"]["account"]["campaign_id"]].append(delivery)
    assert set(attempts) == set(ids)
    for id in ids:
        accepted, sent = [], {}
        for delivery in attempts[id]:
            assert delivery["event"]["sequence"] == len(accepted) + 1, "no event is tried before the previous one is accepted"
            message = (delivery["headers"]["webhook-id"], delivery["body"])
            assert sent.setdefault(len(accepted), message) == message, "a failed delivery is repeated unchanged"
            accepted += [message] if delivery["status"] == 200 else []
        assert len(set(accepted)) == len(accepted) == 4, id

    failures = collections.Counter(d["headers"]["webhook-id"] for d in receiver.deliveries if d["status"] != 200)
    assert 1 / 5 < failures.total() / len(receiver.deliveries) < 1 / 2, "about one in three"
    assert max(failures.values()) > 1 and {d["status"] for d in receiver.deliveries} == {200, *FAILURES}


def backlog(stack, tenant, endpoint, size):
    """Creates `size` lanes of an endpoint, each with one delivery of the tenant's first event."""
    values = {"tenant": tenant, "endpoint": endpoint, "size": size}
    lanes = """FROM events, generate_series(1, %(size)s) n WHERE tenant_id = %(tenant)s AND position = 1"""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(
            f"""INSERT INTO webhook_lanes (tenant_id, endpoint_id, lane_key, last, due_at)
                SELECT tenant_id, %(endpoint)s, 'campaign:' || n, 1, created_at {lanes}""", values)
        connection.execute(
            f"""INSERT INTO webhook_deliveries (tenant_id, endpoint_id, lane_key, number, event_position, event_created_at)
                SELECT tenant_id, %(endpoint)s, 'campaign:' || n, 1, position, created_at {lanes}""", values)


# The number of an endpoint's deliveries that were sent and have no outcome yet. An endpoint that fails often is blocked for a
# while, but not here.
HANGING_NOW = """
    WITH endpoint AS (
        UPDATE webhook_endpoints SET failures = 0, blocked_until = NULL WHERE tenant_id = %s AND endpoint_id = %s
        RETURNING tenant_id, endpoint_id
    )
    SELECT count(*) FROM webhook_lanes l JOIN endpoint USING (tenant_id, endpoint_id) WHERE lease_no > 0 AND NOT EXISTS (
        SELECT FROM webhook_attempts a
        WHERE a.tenant_id = l.tenant_id AND a.endpoint_id = l.endpoint_id AND a.lane_key = l.lane_key
            AND a.lease_no = l.lease_no)"""


def test_an_endpoint_that_hangs_with_10000_events_delays_nobody_elses_by_more_than_a_second(stack, receiver):
    """Measured from the command that causes an event to its arrival, for another tenant and for another endpoint of the
    same tenant, while the hanging endpoint holds its maximum of concurrent deliveries."""
    hanging, slow, quick = threading.Event(), stack.tenant("Slow"), stack.tenant("Quick")
    stuck = Receiver(lambda delivery: (hanging.wait(120), 200)[1])
    endpoint = slow.webhook(stuck.url, "campaign.deleted")["endpoint_id"]
    campaigns = {}
    for partner in [slow, quick]:
        partner.webhook(receiver.url, "campaign.paused")
        campaigns[partner] = partner.connect(f"{partner.tenant}@outlook.com")

    def delay(partner):
        """The time from sending a command without outside calls to the arrival of its event."""
        path, seen = f"/campaigns/{campaigns[partner]}", len(receiver.accepted())
        assert partner.call("PATCH", f"{path}/start-warmup").status_code == 200
        began = time.monotonic()
        assert partner.call("PATCH", f"{path}/pause-warmup").status_code == 200
        wait_until(lambda: len(receiver.accepted()) > seen, 30, "the event")
        (arrived,) = receiver.accepted()[seen:]
        assert arrived["event"]["account"]["campaign_id"] == campaigns[partner]
        return arrived["at"] - began

    undisturbed = statistics.median(delay(partner) for _ in range(8) for partner in [slow, quick])
    backlog(stack, slow.tenant, endpoint, 10_000)
    try:
        for _ in range(8):
            for partner in [slow, quick]:
                wait_until(lambda: stack.rows(HANGING_NOW, slow.tenant, endpoint)[0][0] >= 8, 30, "eight deliveries that hang")
                assert delay(partner) <= undisturbed + 1, partner.tenant
        statuses = stack.rows("SELECT status, count(*) FROM webhook_deliveries WHERE endpoint_id = %s GROUP BY 1", endpoint)
        assert statuses == [("pending", 10_000)] and not stuck.accepted()
    finally:
        hanging.set()
        assert slow.call("DELETE", f"/webhooks/endpoints/{endpoint}").status_code == 200
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


def test_nobody_is_woken_for_disabled_endpoints_and_old_replays(tmp_path):
    stack, receiver = Stack(tmp_path), Receiver()
    try:
        stack.start_hearth()
        partner = stack.tenant()
        disabled = partner.webhook("http://127.0.0.1:9/", EVENTS)["endpoint_id"]
        stack.cli("webhook", "disable", "--tenant", partner.tenant, "--endpoint", disabled)
        receiver.behave = lambda delivery: 503
        failing = partner.webhook(receiver.url, "campaign.deleted")["endpoint_id"]
        ids = [partner.connect(f"gauge{n}@outlook.com") for n in range(3)]
        event = partner.call("GET", "/webhooks/events").json()["data"][0]["event_id"]
        partner.call("DELETE", f"/campaigns/{ids[0]}")
        assert partner.call("POST", f"/webhooks/events/{event}/replay", json={"endpoint_id": failing}).status_code == 202
        with psycopg.connect(stack.database_url) as connection:
            old = "UPDATE webhook_deliveries SET event_created_at = event_created_at - interval '2 days' WHERE endpoint_id = %s AND lane_key LIKE %s"
            connection.execute(old, (disabled, "%"))
            connection.execute(old, (failing, "replay:%"))
            # Prevents a retry before the gauges are read: these events would not be found under their new times.
            connection.execute(
                "UPDATE webhook_lanes SET due_at = now() + interval '1 hour', lease_no = lease_no + 1 WHERE endpoint_id = %s", (failing,))
        waits = stack.rows("SELECT endpoint_id, sum(last - next + 1)::int FROM webhook_lanes WHERE due_at IS NOT NULL GROUP BY 1")
        assert dict(waits) == {disabled: 3, failing: 2}

        def gauge(name):
            lines = stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text.splitlines()
            return next((float(line.split()[1]) for line in lines if line.startswith(f"{name} ")), None)

        wait_until(lambda: gauge("hearth_webhook_backlog") == 2, 60, "the backlog")
        assert 0 < gauge("hearth_webhook_oldest_undelivered_seconds") < 3_600, "of the event that fails now"
    finally:
        stack.close()
        receiver.close()


def test_the_operator_sends_an_event_to_one_endpoint(stack, receiver):
    elsewhere, partner, stranger = Receiver(), stack.tenant(), stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    other = partner.webhook(elsewhere.url, "campaign.deleted")["endpoint_id"]
    foreign = stranger.webhook(receiver.url, EVENTS)["endpoint_id"]
    owners = partner.call("POST", "/webhooks/endpoints", json={"url": elsewhere.url, "owner_email": "owner@partner.example"}).json()["data"]["id"]
    partner.connect("one@outlook.com")
    event = wait_until(lambda: receiver.accepted(), 60, "the event")[0]["headers"]["webhook-id"]
    answer = stack.cli("event", "replay", event, "--endpoint", other)
    assert (answer["endpoints"], len(answer["deliveries"])) == (1, 1)
    (again,) = wait_until(lambda: elsewhere.accepted(), 60, "the replay")
    assert (again["headers"]["webhook-id"], again["headers"]["hearth-replay"]) == (event, "true")
    for endpoint, words in [(foreign, "has no webhook endpoint"), (owners, "another owner's events")]:
        refused = stack.cli("event", "replay", event, "--endpoint", endpoint, check=False)
        assert refused.returncode != 0 and words in refused.stderr, refused.stderr
    assert len(receiver.accepted()) == 1 and len(elsewhere.accepted()) == 1
    assert stack.rows("SELECT count(*) FROM webhook_deliveries WHERE tenant_id = %s AND lane_key LIKE 'replay:%%'", partner.tenant) == [(1,)]
    elsewhere.close()


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
