"""A tenant's webhook endpoints: managed by API, with real deliveries to real receivers."""

import httpx
import pytest

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
    assert endpoint(ann, theirs)["status"] == "enabled"


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
    import threading
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
    assert stack.rows("SELECT octet_length(secret) FROM webhook_endpoints WHERE endpoint_id = %s", made["id"]) == [(0,)]
    # As if a minute had passed.
    import psycopg
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("UPDATE webhook_endpoints SET updated_at = updated_at - interval '2 minutes' WHERE endpoint_id = %s", (made["id"],))
    wait_until(lambda: stack.rows("SELECT 1 FROM webhook_endpoints WHERE endpoint_id = %s", made["id"]) == [], 45, "its removal")
    assert stack.rows("SELECT 1 FROM webhook_lanes WHERE endpoint_id = %s", made["id"]) == []
    assert stack.rows("SELECT 1 FROM webhook_deliveries WHERE endpoint_id = %s", made["id"]) == []
    assert len(slow.deliveries) == before, "nothing was sent after the deletion"
    slow.close()
