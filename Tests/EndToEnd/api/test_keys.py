"""API keys: scopes, expiry, revocation on every replica, failed attempts; rate limits and their headers."""

import concurrent.futures
import re
import time

import psycopg
import pytest

from stack import wait_until


def test_a_key_may_do_what_its_scopes_say(stack):
    owner = stack.tenant()
    reader = owner.with_key(stack.cli("key", "create", "--tenant", owner.tenant, "--scopes", "campaigns:read")["key"])
    assert reader.call("GET", "/campaigns").status_code == 200
    refused = reader.call("POST", "/campaigns/ms-graph", json={"email": "ann@contoso.example"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "SCOPE_MISSING"
    assert refused.json()["required_scope"] == "campaigns:write"
    for method, path, scope in [
        ("GET", "/webhooks/events", "webhooks"),
        ("GET", "/keys", "keys"),
        ("POST", "/keys", "keys"),
    ]:
        assert reader.call(method, path).json()["required_scope"] == scope
    assert owner.call("GET", "/keys").status_code == 200


def test_a_key_makes_no_key_that_may_do_more_or_lives_longer(stack):
    owner = stack.tenant()
    options = ["--scopes", "keys,campaigns:read", "--expires-in", "3600"]
    maker = owner.with_key(stack.cli("key", "create", "--tenant", owner.tenant, *options)["key"])
    more = maker.call("POST", "/keys", json={"name": "more", "scopes": ["webhooks"]})
    assert (more.status_code, more.json()["code"]) == (403, "SCOPE_MISSING")
    made = maker.call("POST", "/keys", json={"name": "reader", "scopes": "campaigns:read"})
    assert made.status_code == 201
    listed = owner.call("GET", "/keys").json()["data"]
    by_id = {key["id"]: key for key in listed}
    assert by_id[made.json()["data"]["id"]]["expires_at"] is not None, "it must not outlive its maker"
    assert all("key" not in key for key in listed), "a secret is shown once"
    assert owner.with_key(made.json()["data"]["key"]).call("GET", "/campaigns").status_code == 200


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["all"]}, "scopes"),
        ({"name": "x", "expires_in": 5}, "expires_in"),
        ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "expires_at": "soon"}, "expires_at"),
        ({"name": "x", "expires_in": 60, "expires_at": "2099-01-01T00:00:00Z"}, "expires_at"),
    ],
)
def test_a_malformed_wish_for_a_key_is_refused_by_field(stack, body, field):
    owner = stack.tenant()
    refused = owner.call("POST", "/keys", json=body)
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == [field]
    assert len(owner.call("GET", "/keys").json()["data"]) == 1


def test_a_revoked_key_is_refused_within_two_seconds(stack):
    owner = stack.tenant()
    made = owner.call("POST", "/keys", json={"name": "short"}).json()["data"]
    assert owner.with_key(made["key"]).call("GET", "/campaigns").status_code == 200
    assert owner.call("DELETE", f"/keys/{made['id']}").json()["data"]["status"] == "revoked"
    wait_until(lambda: owner.with_key(made["key"]).call("GET", "/campaigns").status_code == 401, 2, "its refusal", patience=1)
    assert owner.call("DELETE", f"/keys/{made['id']}").status_code == 200, "repeating it changes nothing"


def test_an_expired_key_is_refused(stack):
    owner = stack.tenant()
    key = owner.with_key(stack.cli("key", "create", "--tenant", owner.tenant, "--expires-in", "1")["key"])
    wait_until(lambda: key.call("GET", "/campaigns").status_code == 401, 5, "its end")
    assert [key["status"] for key in owner.call("GET", "/keys").json()["data"]] == ["active", "expired"]


def test_another_tenants_key_is_unknown(stack):
    ann, bob = stack.tenant(), stack.tenant()
    theirs = ann.call("GET", "/keys").json()["data"][0]["id"]
    foreign = bob.call("DELETE", f"/keys/{theirs}")
    unknown = bob.call("DELETE", "/keys/123456789")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "KEY_NOT_FOUND")
    assert {**foreign.json(), "request_id": ""} == {**unknown.json(), "request_id": ""}
    assert ann.call("GET", "/campaigns").status_code == 200


def test_limits_are_announced_and_enforced(stack):
    key = stack.tenant(per_minute=12, per_second=5)
    answers = [key.call("GET", "/campaigns/1") for _ in range(8)]
    assert [answer.status_code for answer in answers].count(403) == 5, "a burst of five"
    refused = answers[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Policy"] == '"minute";q=12;w=60, "burst";q=5;w=1'
    assert re.fullmatch(r'"minute";r=\d+;t=\d+, "burst";r=0;t=1', refused.headers["RateLimit"])
    statuses = []
    while statuses[-1:] != [429] or len(statuses) < 12:
        time.sleep(0.25)
        answer = key.call("GET", "/campaigns")
        statuses.append(answer.status_code)
    assert statuses.count(200) == 7, "twelve in the minute"
    assert int(answer.headers["Retry-After"]) > 40


def test_failed_attempts_are_throttled_and_valid_keys_are_not(stack):
    key = stack.tenant()
    guesser = key.with_key("hearth_1_1_" + "x" * 43)
    address = {"X-Forwarded-For": "203.0.113.7, 192.0.2.1"}  # the first is the client's own
    statuses = [guesser.call("GET", "/campaigns", headers=address).status_code for _ in range(25)]
    assert statuses == [401] * 20 + [429] * 5
    assert key.call("GET", "/campaigns", headers=address).status_code == 200
    neighbour = {"X-Forwarded-For": "203.0.113.7, 192.0.2.2"}
    assert guesser.call("GET", "/campaigns", headers=neighbour).status_code == 401


def test_a_key_whose_end_lies_in_no_year_that_can_be_shown(stack):
    """An offset can reach the year 10000, which a list could not show."""
    owner = stack.tenant()
    refused = owner.call("POST", "/keys", json={"name": "x", "expires_at": "9999-12-31T23:59:59-12:00"})
    assert (refused.status_code, list(refused.json().get("errors", {}))) == (400, ["expires_at"])
    last = owner.call("POST", "/keys", json={"name": "x", "expires_at": "9999-12-31T23:59:59Z"})
    assert last.status_code == 201
    assert owner.call("GET", "/keys").status_code == 200


def test_an_account_has_a_hundred_keys_that_work(stack):
    owner = stack.tenant()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: owner.call("POST", "/keys", json={"name": f"k{n}"}), range(104)))
    assert sorted(answer.status_code for answer in answers) == [201] * 99 + [409] * 5
    refused = owner.call("POST", "/keys", json={"name": "more"})
    assert (refused.json()["code"], refused.json()["limit"]) == ("KEY_LIMIT_REACHED", 100)
    # A revoked or expired key makes room for another, but is still listed.
    made = [answer.json()["data"]["id"] for answer in answers if answer.status_code == 201]
    assert owner.call("DELETE", f"/keys/{made[0]}").status_code == 200
    assert owner.call("POST", "/keys", json={"name": "instead"}).status_code == 201
    assert owner.call("POST", "/keys", json={"name": "more"}).status_code == 409
    with psycopg.connect(stack.database_url) as connection:
        # Revoked by the hundred, as by a client that keeps creating keys.
        connection.execute(
            """INSERT INTO api_keys (tenant_id, key_id, name, digest, scopes, created_at, revoked_at)
               SELECT %s, 2 ^ 40 + n, 'old', sha256('x'), '{keys}', now(), now() - interval '1 day' FROM generate_series(1, 500) n""",
            (owner.tenant,),
        )
    listed = owner.call("GET", "/keys").json()["data"]
    assert [key["status"] for key in listed].count("active") == 100
    assert [key["status"] for key in listed].count("revoked") == 100
