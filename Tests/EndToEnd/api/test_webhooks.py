"""A tenant's webhook endpoints: managed by API, with real deliveries to real receivers."""

import httpx
import pytest

import contract
from stack import Receiver, wait_until
from webhooks import add, endpoint, told, try_it, verifies

pytestmark = pytest.mark.usefixtures("judged")


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
    assert "169.254" not in refused.text and "10.0.0.1" not in refused.text, "the input is not repeated"
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
