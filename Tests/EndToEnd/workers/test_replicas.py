"""Two processes of Hearth on one database: what only one of them may do at a time."""

import concurrent.futures
import threading

import psycopg
import pytest

from stack import wait_until

MAILBOXES = 4
CALLERS = 3  # at each replica, for each mailbox


@pytest.fixture
def stack(two_replicas):
    return two_replicas


def test_a_token_is_renewed_once_however_many_want_it(stack):
    """Callers at both replicas, and one of their workers, want the same token at once. Where the former refresh token is forgotten
    as soon as it was used, a second refresh would end the grant."""
    partner = stack.tenant()
    stack.control("PATCH", "behaviours", rotation="strict")
    addresses = {partner.connect(f"m{n}@corp-replicas{n}.example"): f"m{n}@corp-replicas{n}.example" for n in range(MAILBOXES)}
    for id in addresses:
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    # Long enough that all of them come while it is under way.
    stack.fault(match={"operation": "token"}, latencyMilliseconds=700, takesEffect=True)
    versions = "SELECT mailbox_id, version FROM grants WHERE tenant_id = %s ORDER BY 1"
    for _ in range(3):
        before = dict(stack.rows(versions, partner.tenant))
        stack.control("DELETE", "requests")
        with psycopg.connect(stack.database_url) as connection:
            connection.execute("UPDATE grants SET due_at = now(), access_expires_at = now() WHERE tenant_id = %s", (partner.tenant,))
        callers = [(base, id) for base in (stack.base, stack.second) for id in addresses] * CALLERS
        together = threading.Barrier(len(callers))

        def recheck(caller):
            base, id = caller
            together.wait()
            headers = {"authorization": f"Bearer {partner.key}"}
            return stack.http.post(f"{base}/api/v1/campaigns/{id}/recheck", headers=headers)

        with concurrent.futures.ThreadPoolExecutor(len(callers)) as pool:
            answers = list(pool.map(recheck, callers))
        assert [answer.json()["code"] for answer in answers] == ["CONNECTION_WORKS"] * len(callers)
        idle = "SELECT 1 FROM grants WHERE tenant_id = %s AND (due_at <= now() + interval '1 hour' OR lease_until IS NOT NULL)"
        wait_until(lambda: stack.rows(idle, partner.tenant) == [], 60, "the workers having looked")
        requests = stack.control("GET", "requests?operation=token")["requests"]
        renewed = sorted(request["account"] for request in requests)
        assert renewed == sorted(addresses.values()), "one refresh for each mailbox"
        looks = len(stack.control("GET", "requests?operation=messages")["requests"])
        assert looks == len(callers) + MAILBOXES, "a read for each caller, and one by whichever worker it was"
        assert dict(stack.rows(versions, partner.tenant)) == {id: version + 1 for id, version in before.items()}
    assert stack.rows("SELECT state, problem, interrupted FROM grants WHERE tenant_id = %s", partner.tenant) == [("live", None, False)] * MAILBOXES
