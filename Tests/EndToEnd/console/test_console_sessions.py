"""Console sessions: stored and ended by the server, and useless to somebody who copies the database."""

import re
import subprocess

import pytest

from openid_provider import Provider
from openid_visitor import client, members_of, sign_in
from stack import Stack, change, wait_until

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("sessions"))
    stack.environment["HEARTH_OPERATOR_TOKEN"] = TOKEN
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture
def partner(stack):
    return stack.tenant("Sessions")


def token(http, page="/console/account"):
    return re.search(r'name="form_token" value="([^"]+)"', http.get(page).text)[1]


def signed_in(stack, partner, address=None):
    http = client(stack, address)
    assert http.post("/console/sign-in", data={"key": partner.key}).status_code == 303
    return http


def copy_of(stack, http):
    """A client with copies of the cookies."""
    other = client(stack)
    for name, value in http.cookies.items():
        other.cookies.set(name, value, domain="127.0.0.1")
    return other


def is_in(http, page="/console/campaigns"):
    return {200: True, 303: False}[http.get(page).status_code]


def count(stack, partner):
    return stack.rows("SELECT count(*) FROM console_sessions WHERE tenant_id = %s", partner.tenant)[0][0]


def test_signing_out_ends_the_session_and_not_only_the_cookie(stack, partner):
    http, other = signed_in(stack, partner), signed_in(stack, partner)
    copy = copy_of(stack, http)
    assert is_in(http) and is_in(copy) and count(stack, partner) == 2
    assert http.post("/console/sign-out", data={"form_token": token(http)}).status_code == 303
    assert not is_in(copy) and is_in(other) and count(stack, partner) == 1


def test_signing_out_everywhere_ends_the_sessions_of_the_key_alone(stack, partner):
    first, second = signed_in(stack, partner, "203.0.113.5"), signed_in(stack, partner, "203.0.113.6")
    key = partner.call("POST", "/keys", json={"name": "other", "scopes": ["campaigns:read"]}).json()["data"]["key"]
    other, stranger = signed_in(stack, partner.with_key(key)), signed_in(stack, stack.tenant("Stranger"))
    page = first.get("/console/account").text
    assert "203.0.113.5" in page and "203.0.113.6" in page and page.count("(this session)") == 1
    refused = first.post("/console/sign-out-everywhere", data={"form_token": "x"})
    assert refused.status_code == 403 and is_in(second)
    assert first.post("/console/sign-out-everywhere", data={"form_token": token(first)}).status_code == 303
    assert not is_in(first) and not is_in(second) and is_in(other) and is_in(stranger)


def test_a_member_signs_out_everywhere(stack, tmp_path):
    provider = Provider()
    try:
        partner = members_of(stack, provider, tmp_path)
        ada = [sign_in(stack, provider, partner, email="ada@corp.example")[0] for _ in range(2)]
        max, _ = sign_in(stack, provider, partner, email="max@corp.example")
        assert ada[0].post("/console/sign-out-everywhere", data={"form_token": token(ada[0])}).status_code == 303
        assert [is_in(http) for http in [*ada, max]] == [False, False, True]
        # Removing a member ends their sessions.
        stack.cli("member", "remove", "--tenant", partner.tenant, "--email", "max@corp.example")
        assert not is_in(max) and count(stack, partner) == 0
    finally:
        provider.close()


def test_what_ends_a_session_besides(stack, partner):
    http = signed_in(stack, partner)
    made = partner.call("POST", "/keys", json={"name": "short", "scopes": ["campaigns:read"]}).json()["data"]
    short = signed_in(stack, partner.with_key(made["key"]))
    change(stack, "UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE key_id = %s", made["id"])
    assert not is_in(short) and is_in(http)
    revoked = partner.call("POST", "/keys", json={"name": "gone", "scopes": ["campaigns:read"]}).json()["data"]
    gone = signed_in(stack, partner.with_key(revoked["key"]))
    assert is_in(gone)
    partner.call("DELETE", f"/keys/{revoked['id']}")
    assert not is_in(gone), "at once: nothing is kept in memory"
    change(stack, "UPDATE console_sessions SET ends_at = now() - interval '1 second' WHERE tenant_id = %s", partner.tenant)
    assert not is_in(http)


def test_neither_the_cookie_nor_the_database_has_what_the_other_needs(stack, partner):
    http = signed_in(stack, partner)
    (digest,) = stack.rows("SELECT digest FROM console_sessions WHERE tenant_id = %s", partner.tenant)[0]
    assert len(digest) == 32
    # The session exists, but with another secret.
    change(stack, "UPDATE console_sessions SET digest = sha256('x') WHERE tenant_id = %s", partner.tenant)
    assert not is_in(http)
    change(stack, "UPDATE console_sessions SET digest = %s WHERE tenant_id = %s", digest, partner.tenant)
    assert is_in(http)


def test_use_is_noted_once_a_minute(stack, partner):
    http = signed_in(stack, partner)
    def seen():
        return stack.rows("SELECT seen_at FROM console_sessions WHERE tenant_id = %s", partner.tenant)[0][0]
    first = seen()
    assert is_in(http) and seen() == first
    change(stack, "UPDATE console_sessions SET seen_at = seen_at - interval '1 minute' WHERE tenant_id = %s", partner.tenant)
    before = seen()
    assert is_in(http) and seen() > before


def test_a_key_has_a_bounded_number_of_sessions(stack, partner):
    oldest = signed_in(stack, partner)
    change(stack, "UPDATE console_sessions SET created_at = created_at - interval '1 hour' WHERE tenant_id = %s", partner.tenant)
    newest = [signed_in(stack, partner) for _ in range(50)]
    assert count(stack, partner) == 50 and not is_in(oldest) and is_in(newest[0]) and is_in(newest[-1])


def test_the_operators_sessions(stack):
    def operator():
        http = client(stack)
        assert http.post("/console/operator/sign-in", data={"token": TOKEN}).status_code == 303
        return http
    first, second, third = operator(), operator(), operator()
    page = "/console/operator"
    copy = copy_of(stack, first)
    change(stack, "UPDATE operator_sessions SET seen_at = seen_at - interval '1 minute'")
    long_ago = "SELECT count(*) FROM operator_sessions WHERE seen_at < now() - interval '50 seconds'"
    assert is_in(first, page) and stack.rows(long_ago) == [(2,)], "a use is recorded for the session that is used"
    assert first.post(page + "/sign-out", data={"form_token": token(first, page)}).status_code == 303
    assert not is_in(copy, page) and is_in(second, page)
    assert second.post(page + "/sign-out-everywhere", data={"form_token": token(second, page)}).status_code == 303
    assert not is_in(third, page) and stack.rows("SELECT count(*) FROM operator_sessions") == [(0,)]


def test_a_backup_has_no_session(stack, partner, tmp_path):
    signed_in(stack, partner)
    file = tmp_path / "sessions.dump"
    stack.cli("backup", file)
    listed = subprocess.run(["pg_restore", "--list", file], capture_output=True, text=True, check=True).stdout
    assert "TABLE DATA public api_keys" in listed and "TABLE public console_sessions" in listed
    assert "TABLE DATA public console_sessions" not in listed and "TABLE DATA public operator_sessions" not in listed
    proof = stack.cli("restore", "--check", file)
    assert proof["problems"] == []


def test_sessions_that_have_ended_are_removed(stack, partner):
    http = signed_in(stack, partner)
    client(stack).post("/console/operator/sign-in", data={"token": TOKEN})
    kept = signed_in(stack, stack.tenant("Kept"))
    change(stack, "UPDATE console_sessions SET ends_at = now() - interval '1 second' WHERE tenant_id = %s", partner.tenant)
    change(stack, "UPDATE operator_sessions SET ends_at = now() - interval '1 second'")
    change(stack, "CREATE TABLE IF NOT EXISTS webhook_attempts_2001_01 (LIKE webhook_attempts)")
    stack.stop("hearth")
    stack.start_hearth()
    wait_until(lambda: stack.rows("SELECT to_regclass('webhook_attempts_2001_01')") == [(None,)], 30, "a look of the worker")
    assert count(stack, partner) == 0 and stack.rows("SELECT count(*) FROM operator_sessions") == [(0,)]
    assert not is_in(http) and is_in(kept)
