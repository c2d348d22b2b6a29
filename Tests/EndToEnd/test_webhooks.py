"""A tenant's webhook endpoints: managed by API, with real deliveries to real receivers."""

import base64
import datetime
import threading

import httpx
import psycopg
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

import contract
from stack import Receiver, wait_until

ALL = "campaign.pending,campaign.started,campaign.paused,campaign.resumed,campaign.deleted"


@pytest.fixture(autouse=True)
def judged(stack):
    """Every answer is held against openapi.yaml."""

    def look(answer):
        if answer.request.url.port == stack.port and answer.request.url.path.startswith("/api/v1"):
            answer.read()
            contract.check(answer)

    hooks = stack.http.event_hooks
    stack.http.event_hooks = {**hooks, "response": [look]}
    yield
    stack.http.event_hooks = hooks


def add(partner, url, **body):
    answer = partner.call("POST", "/webhooks/endpoints", json={"url": url, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def endpoint(partner, id):
    return partner.call("GET", f"/webhooks/endpoints/{id}").json()["data"]


def test_an_endpoint_is_made_shown_changed_and_deleted(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url, description="first")
    assert made["secret"].startswith("whsec_")
    assert (made["status"], made["backlog"], made["owner_email"]) == ("enabled", 0, None)
    assert "campaign.pending" in made["events"] and "campaign.started" not in made["events"]
    shown = endpoint(partner, made["id"])
    assert "secret" not in shown
    assert {**shown, "secret": made["secret"]} == made
    assert [each["id"] for each in partner.call("GET", "/webhooks/endpoints").json()["data"]] == [made["id"]]

    changed = partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", data={
        "events": "campaign.started, *, campaign.started", "owner_email": "Team@Partner.example", "description": ""}).json()["data"]
    assert (changed["events"], changed["owner_email"], changed["description"]) == (["campaign.started", "*"], "Team@Partner.example", None)
    assert changed["url"] == made["url"]
    assert partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"owner_email": ""}).json()["data"]["owner_email"] is None
    assert partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={}).json()["data"]["events"] == ["campaign.started", "*"]

    assert partner.call("DELETE", f"/webhooks/endpoints/{made['id']}").status_code == 200
    for method in ["GET", "PATCH", "DELETE"]:
        gone = partner.call(method, f"/webhooks/endpoints/{made['id']}")
        assert (gone.status_code, gone.json()["code"]) == (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
    assert partner.call("GET", "/webhooks/endpoints").json()["data"] == []


@pytest.mark.parametrize(
    "body, fields",
    [
        ({}, {"url"}),
        ({"url": ""}, {"url"}),
        ({"url": "ftp://partner.example/x"}, {"url"}),
        ({"url": "https://user:pass@partner.example/"}, {"url"}),
        ({"url": "https://partner.example/#x"}, {"url"}),
        ({"url": "https://169.254.169.254/latest"}, {"url"}),
        ({"url": "https://[::ffff:169.254.169.254]/"}, {"url"}),
        ({"url": "https://10.0.0.1/"}, {"url"}),
        ({"url": "https://0x7f000001.example:99999/"}, {"url"}),
        ({"url": "http://93.184.216.34/"}, {"url"}),
        ({"url": "https://partner.example/" + "x" * 2048}, {"url"}),
        ({"url": ["https://partner.example"]}, {"url"}),
        ({"url": "https://partner.example", "events": []}, {"events"}),
        ({"url": "https://partner.example", "events": ["campaign.exploded"]}, {"events"}),
        ({"url": "https://partner.example", "events": "webhook.test"}, {"events"}),
        ({"url": "https://partner.example", "owner_email": "nobody"}, {"owner_email"}),
        ({"url": "https://partner.example", "description": "x" * 256}, {"description"}),
        ({"url": "x", "events": [7], "owner_email": 7, "description": 7}, {"url", "events[0]", "owner_email", "description"}),
    ],
)
def test_a_malformed_endpoint_is_refused_by_field(stack, body, fields):
    partner = stack.tenant()
    refused = partner.call("POST", "/webhooks/endpoints", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "VALIDATION_FAILED")
    assert set(refused.json()["errors"]) == fields
    assert "169.254" not in refused.text and "10.0.0.1" not in refused.text, "what was sent is not repeated"
    assert partner.call("GET", "/webhooks/endpoints").json()["data"] == []


def test_a_change_to_something_malformed_changes_nothing(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url)
    for body in [{"url": "https://10.0.0.1/"}, {"status": "deleted"}, {"status": "disabled", "events": ["x"]}]:
        assert partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json=body).status_code == 400
    assert {**endpoint(partner, made["id"]), "secret": made["secret"]} == made


def test_another_tenants_endpoint_is_unknown(stack, receiver):
    ann, bob = stack.tenant(), stack.tenant()
    theirs = add(ann, receiver.url)["id"]
    for id in [theirs, 123456789, 0, -1, "x", "99999999999999999999"]:
        for method in ["GET", "PATCH", "DELETE"]:
            answer = bob.call(method, f"/webhooks/endpoints/{id}", **({"json": {"url": 7}} if method == "PATCH" else {}))
            assert (answer.status_code, answer.json()["code"]) == (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
        for verb, body in [("rotate-secret", {"overlap": "x"}), ("test", {})]:
            answer = bob.call("POST", f"/webhooks/endpoints/{id}/{verb}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "WEBHOOK_ENDPOINT_NOT_FOUND")
    assert endpoint(ann, theirs)["status"] == "enabled" and not receiver.deliveries


def test_twenty_endpoints_and_no_more_even_at_once(stack, receiver):
    import concurrent.futures
    partner = stack.tenant()
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: httpx.post(
            f"{stack.base}/api/v1/webhooks/endpoints", json={"url": receiver.url}, timeout=30, trust_env=False,
            headers={"authorization": f"Bearer {partner.key}"}), range(30)))
    assert sorted(answer.status_code for answer in answers) == [201] * 20 + [409] * 10
    refused = partner.call("POST", "/webhooks/endpoints", json={"url": receiver.url})
    assert (refused.json()["code"], refused.json()["limit"]) == ("WEBHOOK_ENDPOINT_LIMIT_REACHED", 20)
    assert stack.cli("webhook", "add", "--tenant", partner.tenant, "--url", receiver.url, check=False).returncode != 0
    first = partner.call("GET", "/webhooks/endpoints").json()["data"][0]["id"]
    partner.call("DELETE", f"/webhooks/endpoints/{first}")
    assert add(partner, receiver.url)["id"] > first


def test_a_repeated_creation_shows_the_same_secret_and_makes_one(stack, receiver):
    partner = stack.tenant()
    headers = {"Idempotency-Key": "one-endpoint"}
    first, again = (partner.call("POST", "/webhooks/endpoints", json={"url": receiver.url}, headers=headers) for _ in range(2))
    assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
    assert len(partner.call("GET", "/webhooks/endpoints").json()["data"]) == 1


def test_each_endpoint_receives_its_own_events_and_its_own_owners(stack):
    partner = stack.tenant()
    receivers = {name: Receiver() for name in ["everything", "standard", "started", "ann", "bob"]}
    add(partner, receivers["everything"].url, events=["*"])
    add(partner, receivers["standard"].url)
    add(partner, receivers["started"].url, events=["campaign.started"])
    add(partner, receivers["ann"].url, events=["*"], owner_email="Ann@Agency.example")
    add(partner, receivers["bob"].url, events=["*"], owner_email="bob@agency.example")
    ids = {
        "ann": partner.connect("routing-a@outlook.com", owner_email="ann@AGENCY.example"),
        "bob": partner.connect("routing-b@outlook.com", owner_email="bob@agency.example"),
        "none": partner.connect("routing-n@outlook.com"),
    }
    for id in ids.values():
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    wait_until(lambda: len(receivers["everything"].events()) == 9, 20, "all nine events at the one that wants everything")
    wait_until(lambda: stack.rows("SELECT count(*) FROM webhook_deliveries WHERE status = 'pending' AND tenant_id = %s", partner.tenant) == [(0,)], 20, "the rest")

    def seen(name):
        return {(event["type"], event["account"]["campaign_id"]) for event in receivers[name].events()}

    assert seen("standard") == {("campaign.pending", id) for id in ids.values()}
    assert seen("started") == {("campaign.started", id) for id in ids.values()}
    for owner in ["ann", "bob"]:
        assert seen(owner) == {(type, ids[owner]) for type in ["campaign.pending", "campaign.started", "consent.completed"]}
    for each in receivers.values():
        each.close()


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
    assert partner.call("PATCH", f"/campaigns/{id}/pause-warmup").status_code == 200, "its campaign goes on"
    assert stack.rows("SELECT secret IS NULL FROM webhook_endpoints WHERE endpoint_id = %s", made["id"]) == [(True,)]
    # As if a minute had passed.
    execute(stack, "UPDATE webhook_endpoints SET updated_at = updated_at - interval '2 minutes' WHERE endpoint_id = %s", made["id"])
    wait_until(lambda: stack.rows("SELECT 1 FROM webhook_endpoints WHERE endpoint_id = %s", made["id"]) == [], 45, "its removal")
    assert stack.rows("SELECT 1 FROM webhook_lanes WHERE endpoint_id = %s", made["id"]) == []
    assert stack.rows("SELECT 1 FROM webhook_deliveries WHERE endpoint_id = %s", made["id"]) == []
    assert len(slow.deliveries) == before, "nothing was sent after the deletion"
    slow.close()


def verifies(secret, delivery):
    """What the specification's own library says of a delivery."""
    try:
        Webhook(secret).verify(delivery["body"], delivery["headers"])
        return True
    except WebhookVerificationError:
        return False


def execute(stack, sql, *parameters):
    with psycopg.connect(stack.database_url) as connection:
        connection.execute(sql, parameters)


def try_it(partner, id):
    return partner.call("POST", f"/webhooks/endpoints/{id}/test").json()["data"]


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
        """Which secrets verify what is sent now, as an event and as a test, and how many signatures it has."""
        before = len(receiver.deliveries)
        partner.connect(f"rotation{len(secrets)}-{before}@outlook.com")
        wait_until(lambda: len(receiver.deliveries) == before + 1, 10, "the event")
        assert try_it(partner, made["id"])["accepted"]
        seen = {(tuple(verifies(secret, each) for secret in secrets), len(each["headers"]["webhook-signature"].split(" ")))
                for each in receiver.deliveries[before:]}
        assert len(seen) == 1, "both alike"
        return seen.pop()

    assert who_verifies() == ((True,), 1)
    rotated = rotate()
    a_day = datetime.datetime.fromisoformat(rotated["former_secret_until"]) - datetime.datetime.now(datetime.timezone.utc)
    assert abs(a_day.total_seconds() - 86_400) < 60
    assert who_verifies() == ((True, True), 2)
    rotate(overlap=600)
    assert who_verifies() == ((False, True, True), 2), "the one that is two steps old has ended"
    execute(stack, "UPDATE webhook_endpoints SET former_until = clock_timestamp() WHERE endpoint_id = %s", made["id"])
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
        (lambda d: (500, {}, "é".encode() * 2000), "refused", 500, "answered 500; only 2xx accepts"),
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


def told(partner, id):
    """What the feed says of an endpoint: types without their prefix, with the reason."""
    events = partner.call("GET", "/webhooks/events?limit=1000").json()["data"]
    return [(event["action"].removeprefix("endpoint_"), event["data"]["disabled_reason"])
            for event in events if event["type"].startswith("webhook.") and event["data"]["endpoint_id"] == id]


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
    assert {event["type"] for event in receiver.events()} == {"campaign.pending", "consent.completed", "campaign.started"}, "not its own news"
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
    execute(stack, retry_now, made["id"], made["id"])
    wait_until(lambda: endpoint(partner, made["id"])["backlog"] == 0, 20, "everything")
    assert told(partner, made["id"]) == [("failing", None), ("recovered", None)]

    failing = True
    partner.connect("five-days@outlook.com")
    wait_until(lambda: endpoint(partner, made["id"])["failures_in_a_row"] == 1, 10, "a failure")
    execute(stack, "UPDATE webhook_endpoints SET failing_since = failing_since - interval '5 days' WHERE endpoint_id = %s", made["id"])
    execute(stack, retry_now, made["id"], made["id"])
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


def test_the_operator_disables_enables_rotates_and_deletes(stack, receiver):
    partner = stack.tenant()
    made = stack.cli("webhook", "add", "--tenant", partner.tenant, "--url", receiver.url, "--description", "by hand", "--owner", "a@b.example")
    place = ["--tenant", partner.tenant, "--endpoint", made["endpoint_id"]]
    assert endpoint(partner, made["endpoint_id"])["description"] == "by hand"
    assert stack.cli("webhook", "disable", *place)["disabled_reason"] == "requested"
    assert told(partner, made["endpoint_id"]) == [("disabled", "requested")]
    assert stack.cli("webhook", "enable", *place)["status"] == "enabled"
    rotated = stack.cli("webhook", "rotate", *place, "--overlap", 60)
    assert try_it(partner, made["endpoint_id"])["accepted"]
    assert all(verifies(secret, receiver.deliveries[-1]) for secret in [made["secret"], rotated["secret"]])
    stack.cli("webhook", "delete", *place)
    assert partner.call("GET", f"/webhooks/endpoints/{made['endpoint_id']}").status_code == 404
    other = stack.tenant()
    for command in ["enable", "disable", "rotate", "delete"]:
        for wrong in [place, ["--tenant", other.tenant, "--endpoint", made["endpoint_id"]]]:
            assert stack.cli("webhook", command, *wrong, check=False).returncode != 0
    assert stack.cli("webhook", "rotate", *place, "--overlap", 604_801, check=False).returncode != 0


def deliveries(partner, path="/webhooks/deliveries", **query):
    answer = partner.call("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


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
        execute(stack, "UPDATE webhook_lanes SET due_at = clock_timestamp() WHERE endpoint_id = %s", made["id"])
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
    # The last attempt of one campaign's first event at the second endpoint, as if all before had been.
    given_up = stack.rows("SELECT lane_key FROM webhook_lanes WHERE endpoint_id = %s ORDER BY lane_key LIMIT 1", ends[1])[0][0]
    execute(stack, "UPDATE webhook_lanes SET attempt = 10, due_at = clock_timestamp() WHERE endpoint_id = %s AND lane_key = %s", ends[1], given_up)
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
    # A cursor says where to begin, and never whose.
    cursor = base64.urlsafe_b64encode(f"99 {delivery['id']}".encode()).decode().rstrip("=")
    assert deliveries(bob, cursor=cursor) == [] and len(deliveries(ann, cursor=cursor)) == 1
    assert ann.call("GET", f"/webhooks/events/{event}").json()["data"] == ann.call("GET", "/webhooks/events").json()["data"][0]
    assert len(receiver.deliveries) == 1


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


def history(stack, partner, count):
    """So many events of 30 campaigns, one a second until now, of two types and two owners by turns."""
    execute(stack, """
        INSERT INTO events (tenant_id, position, created_at, type, action, ordering_key, campaign_id, owner_key, sequence,
            account, data)
        SELECT p.tenant, n, clock_timestamp() - (p.count - n) * interval '1 second',
            CASE n %% 2 WHEN 0 THEN 'campaign.started' ELSE 'campaign.paused' END, 'x', 'campaign:' || n %% 30, n %% 30,
            CASE n %% 3 WHEN 0 THEN 'ann@partner.example' END, n / 30 + 1, json_build_object('campaign_id', n %% 30), '{}'
        FROM (SELECT %s::bigint AS tenant, %s::integer AS count) p, generate_series(1, p.count) n""", partner.tenant, count)
    execute(stack, "UPDATE tenant_feeds SET position = %s WHERE tenant_id = %s", count, partner.tenant)


def job_at(partner, answer):
    assert (answer.status_code, answer.json()["code"]) == (202, "JOB_ACCEPTED"), answer.text
    location = answer.headers["location"].removeprefix("/api/v1")
    return lambda: partner.call("GET", location).json()["data"]


def since(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=seconds)).isoformat()


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


def test_the_webhook_calls_need_their_scope(stack, receiver):
    partner = stack.tenant()
    made = add(partner, receiver.url)
    other = partner.with_key(stack.cli("key", "create", "--tenant", partner.tenant, "--scopes", "campaigns:read,campaigns:write,keys")["key"])
    for method, template, _ in contract.operations():
        if template.startswith("/api/v1/webhooks"):
            path = template.removeprefix("/api/v1").replace("{id}", str(made["id"])).replace("{event_id}", "evt_1_1")
            refused = other.call(method.upper(), path)
            assert (refused.status_code, refused.json()["code"], refused.json()["required_scope"]) == (403, "SCOPE_MISSING", "webhooks"), path
    assert endpoint(partner, made["id"])["status"] == "enabled"


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
        assert endpoint(partner, made["id"])["failures_in_a_row"] == 1, "nothing is tried for that"
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
    # Those of other tests are there, too.
    ((disabled,),) = stack.rows("SELECT count(*) FROM webhook_endpoints WHERE status = 'disabled'")
    wait_until(lambda: counted("disabled") == [disabled], 15, "all that are disabled")
    partner.call("PATCH", f"/webhooks/endpoints/{made['id']}", json={"status": "enabled"})
    wait_until(lambda: counted("disabled") == [disabled - 1], 15, "one less")
    assert counted("working")


def test_a_lane_whose_head_has_lost_its_event_goes_on_with_what_is_kept(stack, receiver):
    """A month of events was dropped while a replay of it began: what comes after must be sent once, and settled."""
    partner = stack.tenant()
    id = add(partner, receiver.url, events=ALL, status="enabled")["id"]
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "disabled"})
    campaign = partner.connect("headless@outlook.com")
    for verb in ["start", "pause"]:
        assert partner.call("PATCH", f"/campaigns/{campaign}/{verb}-warmup").status_code == 200
    execute(stack, "DELETE FROM events WHERE tenant_id = %s AND type = 'campaign.pending'", partner.tenant)
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "enabled"})
    found = wait_until(
        lambda: (rows := deliveries(partner)) and not any(row["status"] == "pending" for row in rows) and rows, 60, "all of them settled")
    assert [row["status"] for row in found] == ["delivered", "delivered", "exhausted"]
    assert [event["type"] for event in receiver.events()] == ["campaign.started", "campaign.paused"]
    # Nothing is left behind when every event of a lane is gone.
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "disabled"})
    assert partner.call("PATCH", f"/campaigns/{campaign}/resume-warmup").status_code == 200
    execute(stack, "DELETE FROM events WHERE tenant_id = %s AND type = 'campaign.resumed'", partner.tenant)
    partner.call("PATCH", f"/webhooks/endpoints/{id}", json={"status": "enabled"})
    wait_until(lambda: endpoint(partner, id)["backlog"] == 0, 60, "an empty lane")


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
    assert "content-length" not in partner.call("GET", "/webhooks/events?limit=1000").headers, "it is sent as it is read"
