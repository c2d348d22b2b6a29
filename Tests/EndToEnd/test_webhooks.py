"""A tenant's webhook endpoints: managed by API, with real deliveries to real receivers."""

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
