"""Rotation of a webhook endpoint's secret, and test deliveries."""

import datetime
import threading

import pytest

import contract
from stack import Receiver, change, wait_until
from webhooks import add, endpoint, try_it, verifies

pytestmark = pytest.mark.usefixtures("judged")


def test_a_rotation_signs_with_both_secrets_until_its_overlap_ends(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url)
    secrets = [made["secret"]]

    def rotate(**body):
        answer = partner.call("POST", f"/webhooks/endpoints/{made['id']}/rotate-secret", json=body)
        assert (answer.status_code, answer.json()["code"]) == (200, "WEBHOOK_SECRET_ROTATED"), answer.text
        secrets.append(answer.json()["data"]["secret"])
        return answer.json()["data"]

    def who_verifies():
        """Which secrets verify an event and a test sent now, and how many signatures these have."""
        before = len(receiver.deliveries)
        partner.connect(f"rotation{len(secrets)}-{before}@outlook.com")
        wait_until(lambda: len(receiver.deliveries) == before + 1, 10, "the event")
        assert try_it(partner, made["id"])["accepted"]
        seen = {(tuple(verifies(secret, each) for secret in secrets), len(each["headers"]["webhook-signature"].split(" ")))
                for each in receiver.deliveries[before:]}
        assert len(seen) == 1, "both are alike"
        return seen.pop()

    assert who_verifies() == ((True,), 1)
    rotated = rotate()
    a_day = datetime.datetime.fromisoformat(rotated["former_secret_until"]) - datetime.datetime.now(datetime.timezone.utc)
    assert abs(a_day.total_seconds() - 86_400) < 60
    assert who_verifies() == ((True, True), 2)
    rotate(overlap=600)
    assert who_verifies() == ((False, True, True), 2), "the secret before the previous one has ended"
    change(stack, "UPDATE webhook_endpoints SET former_until = clock_timestamp() WHERE endpoint_id = %s", made["id"])
    assert who_verifies() == ((False, False, True), 1)
    assert endpoint(partner, made["id"])["former_secret_until"] is None
    assert rotate(overlap=0)["former_secret_until"] is None
    assert who_verifies() == ((False, False, False, True), 1)
    assert len(set(secrets)) == 4
    forgotten = "SELECT 1 FROM webhook_endpoints WHERE endpoint_id = %s AND former_secret IS NULL"
    rotate(overlap=1)
    assert stack.rows(forgotten, made["id"]) == []
    wait_until(lambda: stack.rows(forgotten, made["id"]), 45, "the former secret being forgotten")


def test_a_malformed_rotation_changes_nothing(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url)
    for overlap in [-1, 604_801, "soon", [1]]:
        refused = partner.call("POST", f"/webhooks/endpoints/{made['id']}/rotate-secret", json={"overlap": overlap})
        assert (refused.status_code, set(refused.json()["errors"])) == (400, {"overlap"})
    assert try_it(partner, made["id"])["accepted"] and verifies(made["secret"], receiver.deliveries[-1])
    key = {"Idempotency-Key": "rotate-once"}
    first, again = (partner.call("POST", f"/webhooks/endpoints/{made['id']}/rotate-secret", headers=key) for _ in range(2))
    assert first.json() == again.json(), "a repeat shows the secret that is in use"
    assert try_it(partner, made["id"])["accepted"] and verifies(again.json()["data"]["secret"], receiver.deliveries[-1])


def test_a_test_delivery_says_what_came_back_and_changes_nothing(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url, events=["campaign.deleted"])
    accepted = try_it(partner, made["id"])
    (delivery,) = receiver.deliveries
    assert (accepted["accepted"], accepted["status_code"], accepted["error"]) == (True, 200, None)
    assert verifies(made["secret"], delivery) and delivery["headers"]["webhook-id"] == accepted["event_id"] == delivery["event"]["event_id"]
    assert delivery["event"]["type"] == "webhook.test"
    contract.check_webhook(delivery["headers"], delivery["event"])

    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "disabled"})
    for behaviour, outcome, status, words in [
        (lambda d: (500, {}, "é".encode() * 2000), "refused", 500, "answered 500; expected 2xx"),
        (lambda d: (302, {"location": "http://127.0.0.1:9/"}), "refused", 302, "redirects are not followed"),
        (lambda d: 410, "gone", 410, "answered 410"),
        (lambda d: 0, "unreachable", None, ""),
    ]:
        receiver.behave = behaviour
        seen = try_it(partner, made["id"])
        assert (seen["accepted"], seen["outcome"], seen["status_code"]) == (False, outcome, status)
        assert seen["error"] and words in seen["error"]
        assert seen["answer"] == ("é" * 512 if status == 500 else "" if status else None), "its first kilobyte"
    receiver.behave = lambda d: 200
    count, key = len(receiver.deliveries), {"Idempotency-Key": "test-once"}
    for _ in range(2):
        assert partner.call("POST", f"/webhooks/endpoints/{made['id']}/test", headers=key).json()["data"]["accepted"]
    assert len(receiver.deliveries) == count + 1, "a repeat sends nothing"
    assert (endpoint(partner, made["id"])["failures_in_a_row"], endpoint(partner, made["id"])["disabled_reason"]) == (0, "requested")
    assert [event["type"] for event in partner.call("GET", "/webhooks/events").json()["data"]] == ["webhook.endpoint_disabled"]


def test_four_test_deliveries_are_under_way_at_most_and_another_tenants_are_not_held_up(stack, receiver):
    partner, other = stack.tenant(), stack.tenant()
    slow, quick = Receiver(), receiver
    arrived, go_on = threading.Semaphore(0), threading.Event()

    def hold(delivery):
        arrived.release()
        go_on.wait(60)
        return 200

    slow.behave = hold
    id, theirs = add(partner, slow.url)["id"], add(other, quick.url)["id"]
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(partner.call("POST", f"/webhooks/endpoints/{id}/test"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert arrived.acquire(timeout=60)
    refused = partner.call("POST", f"/webhooks/endpoints/{id}/test")
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert refused.headers["retry-after"] == "10"
    assert other.call("POST", f"/webhooks/endpoints/{theirs}/test").json()["data"]["accepted"]
    go_on.set()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert partner.call("POST", f"/webhooks/endpoints/{id}/test").status_code == 200
    slow.close()
