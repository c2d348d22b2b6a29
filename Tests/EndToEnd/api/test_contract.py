"""Every response of the service conforms to openapi.yaml, and openapi.yaml is consistent."""

import httpx
import pytest

import contract
from stack import wait_until

EVENTS = (
    "campaign.pending,campaign.updated,campaign.deleted,campaign.started,campaign.paused,campaign.resumed,"
    "consent.completed,consent.declined,consent.mismatched,consent.admin_required,consent.scope_missing,consent.failed"
)


@pytest.fixture
def judged(stack):
    """Checks every response of the service against the document from here on."""

    def look(answer):
        if answer.request.url.port == stack.port:
            answer.read()
            contract.check(answer)

    plain, stack.http = stack.http, httpx.Client(timeout=60, trust_env=False, event_hooks={"response": [look]})
    yield stack
    stack.http.close()
    stack.http = plain


def test_every_answer_of_the_main_flow_is_documented(judged, receiver):
    stack, partner = judged, judged.tenant()
    assert partner.call("POST", "/campaigns/ms-graph", json={"email": "early@outlook.com"}).json()["warnings"] == ["NO_WEBHOOK_ENDPOINT"]
    partner.webhook(receiver.url, EVENTS)
    everything = {
        "first_name": "Ann", "last_name": "Lee", "owner_email": "owner@partner.example", "email_per_day": 22, "response_rate": 30,
        "with_rampup": True, "rampup_speed": "fast", "timezone": "Europe/Berlin", "sending_schedule_presets": "With Weekends - 6am to 10pm",
        "warmup_audience_type": "business", "tags": ["a"], "meta": {"ref": 1}, "permission_level": "warmup", "expires_in": 600,
    }
    id = partner.connect("judged@corp-contract.example", **everything)
    text = partner.connect("judged@hotmail.com", meta="ref=1&x=2", tags="a,b")
    for verb in ["start", "start", "pause", "resume"]:
        assert partner.call("PATCH", f"/campaigns/{id}/{verb}-warmup").status_code == 200
    for path in ["/campaigns", f"/campaigns/{id}", f"/campaigns/{text}", "/account/limits", "/webhooks/events?after=0&limit=1000"]:
        assert partner.call("GET", path).status_code == 200
    assert partner.connect("judged@corp-contract.example") == id, "the active campaign is updated"
    assert partner.call("DELETE", f"/campaigns/{id}").status_code == 200
    link = partner.link("revoked@outlook.com")
    assert partner.call("DELETE", f"/consents/{link['consent_id']}").status_code == 200
    assert stack.http.get(stack.base + "/healthz").json() == {"status": "ok"}
    assert stack.http.get(stack.base + "/readyz").json() == {"status": "ready"}
    assert stack.http.get(stack.base + "/openapi.yaml").text.startswith("openapi: 3.1")

    wait_until(lambda: receiver.events("campaign.deleted"), 20, "campaign.deleted")
    assert {"campaign.pending", "campaign.started", "campaign.paused", "campaign.resumed", "campaign.updated", "consent.completed"} <= {
        event["type"] for event in receiver.events()}
    for delivery in receiver.accepted():
        contract.check_webhook(delivery["headers"], delivery["event"])


def test_every_refusal_is_documented(judged, receiver):
    stack, partner = judged, judged.tenant()
    partner.webhook(receiver.url, EVENTS)
    url = "/campaigns/ms-graph"
    assert partner.call("POST", url, json={"email": "x", "email_per_day": -1}).status_code == 400
    assert partner.call("POST", url, content=b'{"email":1,"email":2}', headers={"content-type": "application/json"}).status_code == 400
    assert partner.call("POST", url, content=b"--", headers={"content-type": "multipart/form-data; boundary=x"}).status_code == 400
    assert partner.call("POST", url, content=b"x" * 300_000, headers={"content-type": "application/json"}).status_code == 413
    assert partner.call("POST", url, content=b"x", headers={"content-type": "text/plain"}).status_code == 415
    assert stack.tenant(allow=False).call("POST", url, json={"email": "a@outlook.com"}).status_code == 403
    for id in ["1", "0", "-1", "x", "99999999999999999999"]:
        for method, path in [("GET", ""), ("DELETE", ""), ("PATCH", "/start-warmup"), ("PATCH", "/pause-warmup"), ("PATCH", "/resume-warmup")]:
            assert partner.call(method, f"/campaigns/{id}{path}").json()["code"] == "CAMPAIGN_NOT_FOUND"
        for method in ["GET", "DELETE"]:
            assert partner.call(method, f"/consents/{id}").json()["code"] == "CONSENT_NOT_FOUND"
    assert partner.call("GET", "/webhooks/events?after=-1&limit=0").json()["errors"].keys() == {"after", "limit"}

    id = partner.connect("refused@outlook.com")
    assert partner.call("PATCH", f"/campaigns/{id}/pause-warmup").json()["code"] == "INVALID_STATE_TRANSITION"
    stack.fault(match={"operation": "messages"}, status=503, retryAfter=3)
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 503
    stack.control("DELETE", "faults")
    (consent,) = stack.rows("SELECT consent_id FROM consents WHERE campaign_id = %s", id)[0]
    assert partner.call("DELETE", f"/consents/{consent}").json()["code"] == "CONSENT_ENDED"

    for decision in ["decline", "cancel", "admin_required", "server_error"]:
        link = partner.link(f"{decision}@corp-contract.example")
        partner.follow(link["url"], decision)
        assert partner.consent(link["consent_id"])["campaign_id"] is None
    link = partner.link("asked@outlook.com")
    partner.follow(link["url"], account="other@outlook.com")
    assert partner.consent(link["consent_id"])["status"] == "mismatched"
    used = partner.link("used@outlook.com")
    callbacks = [partner.authorize(used["url"]), partner.authorize(used["url"])]
    assert [stack.http.get(callback).status_code for callback in callbacks] == [303, 409]
    assert stack.http.get(stack.base + "/oauth/microsoft/callback?state=x&code=y").status_code == 404
    assert stack.http.get(stack.base + "/oauth/microsoft/result/x").status_code == 404
    gone = partner.link("gone@outlook.com")
    partner.call("DELETE", f"/consents/{gone['consent_id']}")
    assert partner.follow(gone["url"]).status_code == 410

    wait_until(lambda: {"consent.declined", "consent.mismatched", "consent.admin_required"} <= {e["type"] for e in receiver.events()}, 20, "the events")
    for delivery in receiver.accepted():
        contract.check_webhook(delivery["headers"], delivery["event"])


@pytest.mark.parametrize("method, path, _", contract.operations(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_operation_is_served_and_no_other_method(stack, method, path, _):
    url = stack.base + path.replace("{", "").replace("}", "")
    answer = stack.http.request(method, url)
    contract.check(answer)
    if path.startswith("/api/v1"):
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    documented = {each.upper() for each, template, _ in contract.operations() if template == path}
    key = stack.tenant().key if path.startswith("/api/v1") else "none"
    for other in {"GET", "PUT", "POST", "DELETE", "PATCH"} - documented:
        answer = stack.http.request(other, url, headers={"authorization": f"Bearer {key}"})
        assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED"), (other, path)
        assert documented == set(answer.headers["allow"].split(", "))


def examples():
    def within(place, name):
        for _, media in place.at("content").items():
            if "example" in media:
                yield name, media.at("schema"), media.value["example"]
            for key, example in media.at("examples").items() if "examples" in media else []:
                yield f"{name}: {key}", media.at("schema"), example.value["value"]

    for method, path, operation in contract.operations():
        if "requestBody" in operation:
            yield from within(operation.at("requestBody"), f"{method} {path}")
        for status, response in operation.at("responses").items():
            if "content" in response:
                yield from within(response, f"{method} {path} {status}")
    for type, item in contract.Place("/webhooks").items():
        yield from within(item.at("post").at("requestBody"), type)


def test_every_example_is_an_instance_of_its_schema():
    found = list(examples())
    assert len(found) > 50
    assert [(name, problems) for name, schema, value in found if (problems := schema.problems(value))] == []


def test_the_document_is_complete():
    identifiers = [operation.value["operationId"] for _, _, operation in contract.operations()]
    identifiers += [item.at("post").value["operationId"] for _, item in contract.Place("/webhooks").items()]
    assert len(identifiers) == len(set(identifiers))
    for method, path, operation in contract.operations():
        assert operation.value.get("summary") and len(operation.value["tags"]) == 1, (method, path)
        statuses = set(operation.value["responses"])
        if path.startswith("/api/v1"):
            assert {"401", "403", "429", "500", "503"} <= statuses and statuses & {"200", "201", "202", "501"}, (method, path)
            assert "security" not in operation, "a key is required everywhere below /api/v1"
        for status, response in operation.at("responses").items():
            needed = {"401": "WWW-Authenticate", "405": "Allow"}.get(status)
            if needed:
                assert needed in response.at("headers"), (method, path, status)
            if path.startswith("/api/v1") and status == "503":
                assert "Retry-After" in response.at("headers"), (method, path)
