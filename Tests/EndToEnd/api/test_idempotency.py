"""Idempotency-Key: one effect and one response, despite repetition, concurrency and crashes."""

import concurrent.futures
import signal
import threading
import time
import uuid

import httpx
import pytest


def keyed(key=None):
    return {"Idempotency-Key": key or str(uuid.uuid4())}


def consents(stack, partner):
    return stack.rows("SELECT count(*) FROM consents WHERE tenant_id = %s", partner.tenant)[0][0]


def test_the_same_call_again_gives_the_first_answer(stack):
    partner = stack.tenant()
    headers = keyed()
    first = partner.call("POST", "/campaigns/ms-graph", json={"email": "ann@contoso.example", "tags": ["a"]}, headers=headers)
    assert "Idempotency-Replayed" not in first.headers
    # The same body in another order and with other white space.
    again = partner.call(
        "POST", "/campaigns/ms-graph",
        content=b'{ "tags" : ["a"], "email":"ann@contoso.example"}', headers={**headers, "Content-Type": "application/json"},
    )
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert consents(stack, partner) == 1


def test_a_new_multipart_boundary_is_the_same_body(stack):
    partner = stack.tenant()
    headers = keyed()
    form = [("email", (None, "ann@contoso.example")), ("email_per_day", (None, "22"))]
    answers = [partner.call("POST", "/campaigns/ms-graph", files=form, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["Idempotency-Replayed"] == "true"


def test_another_body_or_path_under_the_same_key_is_refused(stack):
    partner = stack.tenant()
    headers = keyed()
    partner.call("POST", "/campaigns/ms-graph", json={"email": "ann@contoso.example"}, headers=headers)
    for method, path, body in [
        ("POST", "/campaigns/ms-graph", {"email": "bob@contoso.example"}),
        ("POST", "/keys", {"name": "x"}),
    ]:
        refused = partner.call(method, path, json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert consents(stack, partner) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "t\tab", "ünïcode".encode()])
def test_a_key_that_is_none_is_refused(stack, key):
    partner = stack.tenant()
    refused = partner.call("POST", "/campaigns/ms-graph", json={"email": "ann@contoso.example"}, headers={"Idempotency-Key": key})
    assert (refused.status_code, refused.json()["code"]) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert consents(stack, partner) == 0


def test_keys_belong_to_their_tenant(stack):
    ann, bob = stack.tenant(), stack.tenant()
    headers = keyed()
    first = ann.call("POST", "/campaigns/ms-graph", json={"email": "ann@contoso.example"}, headers=headers)
    other = bob.call("POST", "/campaigns/ms-graph", json={"email": "ann@contoso.example"}, headers=headers)
    assert first.json()["data"]["url"] != other.json()["data"]["url"]
    assert "Idempotency-Replayed" not in other.headers


def test_a_refusal_leaves_the_key_free(stack):
    partner = stack.tenant()
    campaign = partner.connect("ann@contoso.example")
    headers = keyed()
    assert partner.call("PATCH", f"/campaigns/{campaign}/pause-warmup", headers=headers).status_code == 409
    assert partner.call("PATCH", f"/campaigns/{campaign}/start-warmup").status_code == 200
    paused = partner.call("PATCH", f"/campaigns/{campaign}/pause-warmup", headers=headers)
    assert (paused.status_code, paused.json()["data"]["status_code"]) == (200, "paused")
    # The campaign changes; the response under the key stays.
    partner.call("PATCH", f"/campaigns/{campaign}/resume-warmup")
    again = partner.call("PATCH", f"/campaigns/{campaign}/pause-warmup", headers=headers)
    assert again.content == paused.content
    assert partner.call("GET", f"/campaigns/{campaign}").json()["data"]["status_code"] == "active"


def test_a_start_that_asks_microsoft_is_asked_once(stack):
    partner = stack.tenant()
    campaign = partner.connect("ann@contoso.example")
    stack.fault(match={"operation": "messages"}, latencyMilliseconds=1500, times=1)
    headers = keyed()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: partner.call("PATCH", f"/campaigns/{campaign}/start-warmup", headers=headers), range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [409] * 7
    waiting = next(answer for answer in answers if answer.status_code == 409)
    assert waiting.json()["code"] == "IDEMPOTENCY_KEY_IN_USE" and int(waiting.headers["Retry-After"]) <= 60
    started = next(answer for answer in answers if answer.status_code == 200)
    again = partner.call("PATCH", f"/campaigns/{campaign}/start-warmup", headers=headers)
    assert again.content == started.content and again.headers["Idempotency-Replayed"] == "true"


def test_a_fault_of_microsoft_leaves_the_key_free(stack):
    partner = stack.tenant()
    campaign = partner.connect("ann@contoso.example")
    stack.fault(match={"operation": "messages"}, status=503, times=1)
    headers = keyed()
    assert partner.call("PATCH", f"/campaigns/{campaign}/start-warmup", headers=headers).status_code == 503
    assert partner.call("PATCH", f"/campaigns/{campaign}/start-warmup", headers=headers).status_code == 200


def test_answers_are_stored_sealed(stack):
    partner = stack.tenant()
    made = partner.call("POST", "/keys", json={"name": "secret"}, headers=keyed("k-1")).json()["data"]["key"]
    stored = stack.rows("SELECT answer FROM idempotency_keys WHERE tenant_id = %s", partner.tenant)
    assert len(stored) == 1 and made.encode() not in bytes(stored[0][0])
    assert partner.call("POST", "/keys", json={"name": "secret"}, headers=keyed("k-1")).json()["data"]["key"] == made


@pytest.mark.parametrize("passage", [1, 2])
def test_two_hundred_repetitions_and_a_kill_leave_one_effect(stack, passage):
    """All send one call under one key, while the server is killed just after the commit (or the next) and restarted."""
    partner = stack.tenant()
    headers = keyed()
    stack.stop("hearth")
    server = stack.start_hearth(kill_at=f"campaign.created_link:{passage}")
    done = threading.Event()

    def revive():
        server.wait()
        if not done.is_set():
            stack.start_hearth()

    def send(number):
        # Half of them at once, the others while the server is down or just restarted.
        time.sleep((number % 2) * number / 200)
        deadline = time.monotonic() + 60
        with httpx.Client(timeout=30, trust_env=False) as client:
            while time.monotonic() < deadline:
                try:
                    answer = client.post(
                        stack.base + "/api/v1/campaigns/ms-graph", json={"email": "ann@contoso.example"},
                        headers={**headers, "Authorization": f"Bearer {partner.key}"},
                    )
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if answer.status_code in (409, 429, 503):
                    time.sleep(0.05)
                    continue
                return answer
        raise AssertionError("no answer within a minute")

    helper = threading.Thread(target=revive)
    helper.start()
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(send, range(200)))
    if passage == 1:
        assert server.wait(5) == -signal.SIGKILL
    done.set()
    if passage > 1:
        # The effect occurred once, so the second passage was never reached.
        stack.stop("hearth")
    helper.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert consents(stack, partner) == 1
    if passage > 1:
        # The next test gets a server without the switch.
        stack.start_hearth()
