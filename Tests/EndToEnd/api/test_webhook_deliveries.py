"""Deliveries and events as a tenant lists them."""

import base64

import pytest

from stack import Receiver, change, wait_until
from webhooks import add, deliveries, endpoint

pytestmark = pytest.mark.usefixtures("judged")


def test_each_delivery_is_listed_with_every_attempt(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url)
    answers = [(500, {}, b"x" * 3000), (302, {"location": "http://127.0.0.1:9/"}), 0, 200]
    receiver.behave = lambda delivery: answers[0]
    partner.connect("attempts@outlook.com")
    event = partner.call("GET", "/webhooks/events").json()["data"][0]
    for n in [1, 2, 3]:
        (pending,) = wait_until(lambda: [each for each in deliveries(partner) if len(each["attempts"]) == n], 10, f"attempt {n}")
        assert (pending["status"], pending["settled_at"]) == ("pending", None) and pending["next_attempt_at"]
        answers.pop(0)
        change(stack, "UPDATE webhook_lanes SET due_at = clock_timestamp() WHERE endpoint_id = %s", made["id"])
    (delivered,) = wait_until(lambda: deliveries(partner, status="delivered"), 10, "the acceptance")
    assert (delivered["endpoint_id"], delivered["event_id"], delivered["event_type"]) == (made["id"], event["event_id"], "campaign.pending")
    assert delivered["next_attempt_at"] is None and delivered["settled_at"] and not delivered["is_replay"]
    assert [(each["attempt"], each["outcome"], each["status_code"]) for each in delivered["attempts"]] == [
        (1, "refused", 500), (2, "refused", 302), (3, "unreachable", None), (4, "accepted", 200)]
    first, second, third, last = delivered["attempts"]
    assert first["answer"] == "x" * 1024 and "500" in first["error"] and "redirects" in second["error"] and third["error"] and last["error"] is None
    assert all(0 <= each["latency_ms"] < 10_000 for each in delivered["attempts"])
    assert partner.call("GET", f"/webhooks/deliveries/{delivered['id']}").json()["data"] == delivered


def test_deliveries_are_filtered_and_paged_without_gaps(stack, receiver):
    partner, second = stack.tenant(), Receiver()
    ends = [add(partner, url, events=["campaign.pending", "campaign.started"])["id"] for url in [receiver.url, second.url]]
    second.behave = lambda delivery: 500
    ids = [partner.connect(f"paged{n}@outlook.com") for n in range(4)]
    for id in ids:
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    wait_until(lambda: len(deliveries(partner, status="delivered")) == 8 and endpoint(partner, ends[1])["failures_in_a_row"] == 4, 20, "all at one, none at the other")
    # The last attempt of one campaign's first event at the second endpoint, as if all earlier ones had been made.
    given_up = stack.rows("SELECT lane_key FROM webhook_lanes WHERE endpoint_id = %s ORDER BY lane_key LIMIT 1", ends[1])[0][0]
    change(stack, "UPDATE webhook_lanes SET attempt = 10, due_at = clock_timestamp() WHERE endpoint_id = %s AND lane_key = %s", ends[1], given_up)
    (exhausted,) = wait_until(lambda: deliveries(partner, status="exhausted"), 10, "what is given up")
    assert (exhausted["endpoint_id"], exhausted["attempts"][-1]["attempt"], exhausted["next_attempt_at"]) == (ends[1], 11, None)
    assert len(deliveries(partner, status="pending")) == 7 and all(each["endpoint_id"] == ends[1] for each in deliveries(partner, status="pending"))
    assert {each["endpoint_id"] for each in deliveries(partner, endpoint_id=ends[0])} == {ends[0]}
    assert {each["endpoint_id"] for each in deliveries(partner, f"/webhooks/endpoints/{ends[1]}/deliveries")} == {ends[1]}
    assert sorted(each["endpoint_id"] for each in deliveries(partner, event_id=exhausted["event_id"])) == sorted(ends)

    everything = [each["id"] for each in deliveries(partner, limit=100)]
    assert len(everything) == len(set(everything)) == 16
    for path, query, wanted in [
        ("/webhooks/deliveries", {}, everything),
        (f"/webhooks/endpoints/{ends[0]}/deliveries", {}, [id for id in everything if id.startswith(f"dlv_{ends[0]}_")]),
        ("/webhooks/deliveries", {"status": "pending"}, [each["id"] for each in deliveries(partner, status="pending")]),
    ]:
        paged, cursor = [], None
        while True:
            page = partner.call("GET", path, params={"limit": 3, **query, **({"cursor": cursor} if cursor else {})}).json()
            paged += [each["id"] for each in page["data"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            assert len(page["data"]) == 3
        assert paged == wanted
    positions = [int(each["event_id"].split("_")[2]) for each in deliveries(partner, limit=100)]
    assert positions == sorted(positions, reverse=True)
    second.close()


@pytest.mark.parametrize(
    "query, field",
    [
        ({"status": "lost"}, "status"),
        ({"event_id": "17"}, "event_id"),
        ({"event_id": "evt_1_2_3"}, "event_id"),
        ({"endpoint_id": "x"}, "endpoint_id"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "MTcgZGx2XzFfMV9jYW1wYWlnbidPUicx"}, "cursor"),
        ({"cursor": "A" * 1025}, "cursor"),
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
    ],
)
def test_hostile_filters_are_refused_by_field(stack, query, field):
    refused = stack.tenant().call("GET", "/webhooks/deliveries", params=query)
    assert (refused.status_code, set(refused.json()["errors"])) == (400, {field}), refused.text


def test_foreign_deliveries_and_events_look_like_unknown_ones(stack, receiver):
    ann, bob = stack.tenant(), stack.tenant()
    theirs = add(ann, receiver.url)["id"]
    own = add(bob, receiver.url)["id"]
    ann.connect("foreign@outlook.com")
    (delivery,) = wait_until(lambda: deliveries(ann, status="delivered"), 10, "a delivery")
    event = delivery["event_id"]
    for id in [delivery["id"], f"dlv_{theirs}_9_campaign-1", "dlv_1_1_campaign-1", "x", "dlv_1_1_'", "dlv_0_1_a", "dlv_1_1_" + "a" * 200]:
        answer = bob.call("GET", f"/webhooks/deliveries/{id}")
        assert (answer.status_code, answer.json()["code"]) == (404, "WEBHOOK_DELIVERY_NOT_FOUND")
    for id in [event, event.replace(str(ann.tenant), str(bob.tenant)), "evt_1_1", "x", "evt_1_99999999999999999999"]:
        for method, path in [("GET", ""), ("POST", "/replay")]:
            answer = bob.call(method, f"/webhooks/events/{id}{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "EVENT_NOT_FOUND")
    for query in [{"endpoint_id": theirs}, {"event_id": event}, {"endpoint_id": 1}, {"event_id": "evt_1_1"}]:
        assert deliveries(bob, **query) == []
    for method, path in [("GET", "deliveries"), ("POST", "replay")]:
        answer = bob.call(method, f"/webhooks/endpoints/{theirs}/{path}", **({"json": {"since": 7}} if method == "POST" else {}))
        assert (answer.status_code, answer.json()["code"]) == (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
    refused = ann.call("POST", f"/webhooks/events/{event}/replay", json={"endpoint_id": own})
    assert (refused.status_code, refused.json()["code"]) == (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
    # A cursor is a position, and never selects a tenant.
    cursor = base64.urlsafe_b64encode(f"99 {delivery['id']}".encode()).decode().rstrip("=")
    assert deliveries(bob, cursor=cursor) == [] and len(deliveries(ann, cursor=cursor)) == 1
    assert ann.call("GET", f"/webhooks/events/{event}").json()["data"] == ann.call("GET", "/webhooks/events").json()["data"][0]
    assert len(receiver.deliveries) == 1


def test_the_feed_is_whole_however_it_is_cut_into_slices(stack):
    partner = stack.tenant()
    campaign = partner.connect("slices@outlook.com")
    for n in range(120):
        assert partner.call("PATCH", f"/campaigns/{campaign}", json={"first_name": f"n{n}"}).status_code == 200
    last = stack.rows("SELECT position FROM tenant_feeds WHERE tenant_id = %s", partner.tenant)[0][0]
    for limit in [1, 49, 50, 51, 100, 1000]:
        after, positions = 0, []
        while True:
            answer = partner.call("GET", f"/webhooks/events?after={after}&limit={limit}")
            found = [event["position"] for event in answer.json()["data"]]
            assert len(found) <= limit and answer.json()["next_after"] == (found or [after])[-1]
            if not found:
                break
            positions, after = positions + found, found[-1]
            assert len(found) == limit or after == last
            if limit == 1 and after == 3:
                break
        assert positions == list(range(1, (3 if limit == 1 else last) + 1))
    assert "content-length" not in partner.call("GET", "/webhooks/events?limit=1000").headers, "it is streamed"
