"""Events are sent again: a single one, or all since a time."""

import datetime
import threading

import pytest

from stack import Receiver, change, wait_until
from webhooks import add, deliveries, endpoint

pytestmark = pytest.mark.usefixtures("judged")


def history(stack, partner, count):
    """Creates `count` events of 30 campaigns, one per second until now, alternating between two types and two owners."""
    change(stack, """
        INSERT INTO events (tenant_id, position, created_at, type, action, ordering_key, campaign_id, owner_key, sequence,
            account, data)
        SELECT p.tenant, n, clock_timestamp() - (p.count - n) * interval '1 second',
            CASE n %% 2 WHEN 0 THEN 'campaign.started' ELSE 'campaign.paused' END, 'x', 'campaign:' || n %% 30, n %% 30,
            CASE n %% 3 WHEN 0 THEN 'ann@partner.example' END, n / 30 + 1, json_build_object('campaign_id', n %% 30), '{}'
        FROM (SELECT %s::bigint AS tenant, %s::integer AS count) p, generate_series(1, p.count) n""", partner.tenant, count)
    change(stack, "UPDATE tenant_feeds SET position = %s WHERE tenant_id = %s", count, partner.tenant)


def job_at(partner, answer):
    assert (answer.status_code, answer.json()["code"]) == (202, "JOB_ACCEPTED"), answer.text
    location = answer.headers["location"].removeprefix("/api/v1")
    return lambda: partner.call("GET", location).json()["data"]


def since(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)).isoformat()


def test_an_event_is_replayed_to_all_that_receive_it_or_to_one(stack, receiver):
    partner = stack.tenant()
    others = {name: Receiver() for name in ["started", "ann", "bob"]}
    made = {
        "main": add(partner, receiver.url)["id"],
        "started": add(partner, others["started"].url, events=["campaign.started"])["id"],
        "ann": add(partner, others["ann"].url, owner_email="ann@partner.example")["id"],
        "bob": add(partner, others["bob"].url, owner_email="bob@partner.example")["id"],
    }
    partner.connect("again@outlook.com", owner_email="ann@partner.example")
    first = wait_until(lambda: receiver.accepted(), 10, "the event")[0]
    wait_until(lambda: others["ann"].accepted(), 10, "the event for its owner")
    path = f"/webhooks/events/{first['headers']['webhook-id']}/replay"

    def replay(**body):
        answer = partner.call("POST", path, json=body)
        return answer.status_code, answer.json()

    status, body = replay()
    assert (status, body["code"]) == (202, "EVENT_REPLAYED")
    assert sorted(each["endpoint_id"] for each in body["data"]["deliveries"]) == sorted([made["main"], made["ann"]])
    wait_until(lambda: len(receiver.accepted()) == 2 and len(others["ann"].accepted()) == 2, 10, "the replay")
    again = receiver.accepted()[1]
    assert (again["headers"]["webhook-id"], again["body"], again["headers"]["hearth-replay"]) == (first["headers"]["webhook-id"], first["body"], "true")
    listed = wait_until(lambda: [each for each in deliveries(partner, event_id=first["headers"]["webhook-id"], status="delivered") if each["is_replay"]], 10, "its deliveries")
    assert {each["id"] for each in listed} <= {each["id"] for each in body["data"]["deliveries"]}

    assert replay(endpoint_id=made["started"])[0] == 202
    wait_until(lambda: others["started"].accepted(), 10, "what it does not subscribe to, on request")
    assert (replay(endpoint_id=made["bob"])[0], replay(endpoint_id=made["bob"])[1]["code"]) == (409, "EVENT_NOT_FOR_ENDPOINT")
    assert set(replay(endpoint_id="x")[1]["errors"]) == {"endpoint_id"}
    for name in ["main", "ann"]:
        partner.call("PATCH", f"/webhooks/endpoints/{made[name]}", json={"status": "disabled"})
    assert (replay()[0], replay()[1]["code"]) == (409, "NO_WEBHOOK_ENDPOINT")
    count = len(receiver.deliveries)
    assert replay(endpoint_id=made["main"])[0] == 202
    assert endpoint(partner, made["main"])["backlog"] == 1 and len(receiver.deliveries) == count, "it waits"
    partner.call("PATCH", f"/webhooks/endpoints/{made['main']}", json={"status": "enabled"})
    wait_until(lambda: len(receiver.deliveries) == count + 1, 10, "what waited")
    key = {"Idempotency-Key": "replay-once"}
    twice = [partner.call("POST", path, json={"endpoint_id": made["main"]}, headers=key).content for _ in range(2)]
    assert twice[0] == twice[1]
    wait_until(lambda: len(receiver.deliveries) == count + 2 and endpoint(partner, made["main"])["backlog"] == 0, 10, "one more")
    assert not others["bob"].deliveries
    for other in others.values():
        other.close()


def test_all_events_since_a_time_are_replayed_by_a_job_while_new_ones_go_ahead(stack, receiver):
    partner, holding = stack.tenant(), threading.Event()
    made = add(partner, receiver.url, events=["campaign.started", "campaign.pending"], owner_email="ann@partner.example")
    history(stack, partner, 6_000)
    wanted = [n for n in range(1, 6_001) if n % 6 == 0]
    receiver.behave = lambda delivery: (holding.wait(60) if "hearth-replay" in delivery["headers"] else 0, 200)[1]
    job = job_at(partner, partner.call("POST", f"/webhooks/endpoints/{made['id']}/replay", json={"since": since(86_400)}))
    assert job()["kind"] == "event_replay"
    waiting = wait_until(lambda: (job()["succeeded"] >= 400) and job(), 20, "a full window")
    assert (waiting["status"], waiting["total"], waiting["finished_at"]) == ("running", len(wanted), None)
    assert endpoint(partner, made["id"])["backlog"] <= 600, "the rest is not queued yet"
    holding.set()
    partner.connect("meanwhile@outlook.com", owner_email="ann@partner.example")
    wait_until(lambda: [d for d in receiver.accepted() if "hearth-replay" not in d["headers"]], 20, "what happens now")
    finished = wait_until(lambda: job()["status"] == "completed" and job(), 60, "the job's end")
    assert (finished["total"], finished["succeeded"], finished["failed"], finished["problems"]) == (len(wanted), len(wanted), 0, [])
    wait_until(lambda: endpoint(partner, made["id"])["backlog"] == 0, 60, "the last of it")
    replayed = [d for d in receiver.accepted() if "hearth-replay" in d["headers"]]
    assert sorted(int(d["headers"]["webhook-id"].split("_")[2]) for d in replayed) == wanted, "each once"
    by_campaign = {}
    for d in replayed:
        by_campaign.setdefault(d["event"]["account"]["campaign_id"], []).append(d["event"]["sequence"])
    assert len(by_campaign) == 5 and all(each == sorted(each) for each in by_campaign.values()), "in order"


def test_a_replay_since_a_time_takes_that_time_and_ends_when_its_endpoint_does(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url, events=["*"])
    history(stack, partner, 1_000)
    path = f"/webhooks/endpoints/{made['id']}/replay"
    for body, words in [({}, "required"), ({"since": "yesterday"}, "RFC 3339"), ({"since": since(-60)}, "future"), ({"since": 7}, "RFC 3339")]:
        refused = partner.call("POST", path, json=body)
        assert refused.status_code == 400 and words in refused.json()["errors"]["since"][0]
    recent = job_at(partner, partner.call("POST", path, data={"since": since(100.5)}))
    done = wait_until(lambda: recent()["status"] == "completed" and recent(), 20, "the end")
    assert 95 <= done["total"] == done["succeeded"] <= 102
    wait_until(lambda: len(receiver.accepted()) == done["total"], 20, "their arrival")
    assert min(int(d["headers"]["webhook-id"].split("_")[2]) for d in receiver.accepted()) == 1_001 - done["total"]

    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "disabled"})
    endless = job_at(partner, partner.call("POST", path, json={"since": since(5_000)}))
    wait_until(lambda: endless()["succeeded"] >= 400, 20, "a full window")
    assert partner.call("DELETE", f"/webhooks/endpoints/{made['id']}").status_code == 200
    ended = wait_until(lambda: endless()["status"] == "completed" and endless(), 20, "its end")
    assert [problem["code"] for problem in ended["problems"]] == ["WEBHOOK_ENDPOINT_NOT_FOUND"] and ended["succeeded"] < ended["total"]
