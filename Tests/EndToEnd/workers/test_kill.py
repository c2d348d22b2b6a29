"""SIGKILL at named points and at random, with flows in flight: nothing is lost, nothing is done twice."""

import itertools
import os
import random
import signal
import threading
import time

import httpx
import pytest

from stack import Receiver, Stack, wait_until

KILLS = int(os.environ.get("HEARTH_KILLS", "200"))
FLOWS = 50
POINTS = [
    "consent.claimed", "consent.redeemed", "consent.before_commit", "consent.committed", "campaign.created_link",
    "webhook.claimed", "webhook.sent", "command.before_commit", "command.committed",
]
EVENTS = "campaign.pending,campaign.updated,campaign.deleted,campaign.started,campaign.paused,campaign.resumed,consent.completed,consent.failed"


class Flow(threading.Thread):
    """Connects one owner after another; the partner starts, pauses or deletes each, until stopped."""

    def __init__(self, partner, numbers, stopping, ended):
        super().__init__(daemon=True)
        self.partner, self.numbers, self.stopping, self.ended = partner, numbers, stopping, ended
        self.http = httpx.Client(timeout=40, trust_env=False)
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                self.one_owner(f"owner{next(self.numbers)}@outlook.com")
        except Exception as error:  # shown by the test
            self.failure = error

    def again(self, call):
        """Retries like a client until the response is not a 5xx. Each repetition is the same request."""
        while not self.ended.is_set():
            try:
                answer = call()
                if answer.status_code < 500:
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        raise RuntimeError("the run ended before an answer came")

    def api(self, method, path, **arguments):
        headers = {"authorization": f"Bearer {self.partner.key}"}
        url = self.partner.stack.base + "/api/v1" + path
        return self.again(lambda: self.http.request(method, url, headers=headers, **arguments)).json()

    def one_owner(self, email):
        link = self.api("POST", "/campaigns/ms-graph", json={"email": email})["data"]
        while True:
            location = self.http.get(link["url"] + "&simulator_decision=accept").headers["location"]
            self.again(lambda: self.http.get(location))
            consent = self.api("GET", f"/consents/{link['consent_id']}")["data"]
            if consent["status"] == "completed":
                break
            # Killed in between: once the claim's lease has expired, the same link works with a new code.
            if self.ended.wait(0.5):
                raise RuntimeError(f"{email} never completed: {consent}")
        id = consent["campaign_id"]
        for verb in random.choice([["start"], ["start", "pause"], ["start", "pause", "resume"], []]):
            self.api("PATCH", f"/campaigns/{id}/{verb}-warmup")
        if random.random() < 0.3:
            self.api("DELETE", f"/campaigns/{id}")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("kill"))
    yield stack
    stack.close()


def test_nothing_is_lost_and_nothing_doubled(stack):
    receiver = Receiver()
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    stopping, ended, numbers = threading.Event(), threading.Event(), itertools.count()
    flows = [Flow(partner, numbers, stopping, ended) for _ in range(FLOWS)]
    for flow in flows:
        flow.start()

    generator = random.Random(20261121)
    kills, by_point = 0, dict.fromkeys(POINTS, 0)
    for round in itertools.count():
        if kills >= KILLS:
            break
        point = POINTS[round % (len(POINTS) + 2)] if round % (len(POINTS) + 2) < len(POINTS) else None
        process = stack.start_hearth(f"{point}:{generator.randint(1, 5)}" if point else None, ready=False)
        try:
            process.wait(3 if point else generator.uniform(0.3, 1.5))
        except Exception:
            process.send_signal(signal.SIGKILL)
            process.wait()
        else:
            assert process.returncode == -signal.SIGKILL, f"Hearth ended by itself: {process.returncode}"
            by_point[point] += 1
        kills += 1

    stack.start_hearth()
    stopping.set()
    threading.Timer(150, ended.set).start()
    for flow in flows:
        flow.join(160)
        assert flow.failure is None, flow.failure
    wait_until(lambda: stack.rows("SELECT count(*) FROM webhook_lanes WHERE due_at IS NOT NULL") == [(0,)], 90, "empty lanes")
    stack.stop("hearth")
    campaigns = check(stack, receiver)
    print(f"\n{kills} kills, at points {by_point}; {campaigns} campaigns, {len(receiver.deliveries)} deliveries")
    assert min(by_point.values()) > 0 or KILLS < 100, f"a point was never reached: {by_point}"
    receiver.close()


def check(stack, receiver):
    def none(sql, what):
        assert stack.rows(sql) == [], what

    none(
        """SELECT c.campaign_id, v FROM campaigns c CROSS JOIN generate_series(1, c.version) v
           LEFT JOIN campaign_history h ON (h.tenant_id, h.campaign_id, h.version) = (c.tenant_id, c.campaign_id, v)
           LEFT JOIN events e ON e.tenant_id = h.tenant_id AND e.position = h.event_position AND e.campaign_id = c.campaign_id
           WHERE e.position IS NULL OR e.sequence <> v""", "a version without its history and event")
    none(
        """SELECT e.position FROM events e LEFT JOIN campaign_history h
             ON h.tenant_id = e.tenant_id AND h.event_position = e.position
           WHERE e.campaign_id IS NOT NULL AND h.version IS NULL""", "an event without its campaign's transition")
    none("SELECT tenant_id FROM tenant_feeds f WHERE position <> (SELECT count(*) FROM events e WHERE e.tenant_id = f.tenant_id)", "gaps in the feed")
    none("SELECT email FROM campaigns GROUP BY email HAVING count(*) > 1", "an owner with two campaigns")
    none("SELECT consent_id FROM consents WHERE status = 'redeeming'", "a consent left behind")
    none("SELECT consent_id FROM consents s WHERE status = 'completed' AND NOT EXISTS (SELECT FROM campaigns c WHERE c.campaign_id = s.campaign_id)", "a consent without its campaign")
    none("SELECT 1 FROM webhook_deliveries WHERE status <> 'delivered'", "a delivery that is not settled")
    none(
        """SELECT tenant_id FROM tenant_pools p WHERE reserved <>
             (SELECT coalesce(sum(email_per_day), 0) FROM campaigns c WHERE c.tenant_id = p.tenant_id AND status = 'active')""",
        "a pool that does not add up")

    stored = {id for (id,) in stack.rows("SELECT 'evt_' || tenant_id || '_' || position FROM events")}
    bodies, order = {}, {}
    for delivery in receiver.deliveries:
        id, event = delivery["headers"]["webhook-id"], delivery["event"]
        assert bodies.setdefault(id, delivery["body"]) == delivery["body"], f"{id} came with two bodies"
        if event["account"]["campaign_id"] and event["type"].startswith("campaign."):
            sequences = order.setdefault(event["account"]["campaign_id"], [])
            if event["sequence"] not in sequences:
                sequences.append(event["sequence"])
    assert set(bodies) == stored, "the delivered events are the stored events"
    assert all(sequences == sorted(sequences) for sequences in order.values()), "events of a campaign out of order"

    codes = stack.control("GET", "requests")["codes"]
    assert codes and all(use["attempts"] <= 1 for use in codes.values()), "an authorization code was sent twice"
    return stack.rows("SELECT count(*) FROM campaigns")[0][0]
