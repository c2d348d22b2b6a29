"""Two Hearth processes on one database: work that only one of them may do at a time."""

import concurrent.futures
import signal
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
    """Callers at both replicas, and one of their workers, need the same token at once. If a refresh token becomes invalid
    as soon as it is used, a second refresh would end the grant."""
    partner = stack.tenant()
    stack.control("PATCH", "behaviours", rotation="strict")
    addresses = {partner.connect(f"m{n}@corp-replicas{n}.example"): f"m{n}@corp-replicas{n}.example" for n in range(MAILBOXES)}
    for id in addresses:
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    # Long enough for all of them to arrive while it is in progress.
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
        assert looks == len(callers) + MAILBOXES, "a read for each caller, and one by a worker"
        assert dict(stack.rows(versions, partner.tenant)) == {id: version + 1 for id, version in before.items()}
    assert stack.rows("SELECT state, problem, interrupted FROM grants WHERE tenant_id = %s", partner.tenant) == [("live", None, False)] * MAILBOXES


def test_a_periodic_task_runs_once_in_the_cluster_and_goes_on_when_a_process_is_killed(stack):
    partner = stack.tenant()
    task = "SELECT lease_no, last_success_at, failures FROM periodic_tasks WHERE task = 'apply_retention' AND lease_until IS NULL AND due_at > now() + interval '5 hours'"
    noted = "SELECT outcome FROM audit_entries WHERE tenant_id = %s AND action = 'retention.jobs'"
    # Tasks with a period of some seconds: two processes do not begin them more often than one would.
    begun = "SELECT lease_no, now() FROM periodic_tasks WHERE task = 'expire_consents'"
    wait_until(lambda: stack.rows(begun) and stack.rows(begun)[0][0] >= 3, 60, "both having begun")
    first, since = stack.rows(begun)[0]
    wait_until(lambda: stack.rows(begun)[0][0] >= first + 3, 60, "three more runs")
    last, until = stack.rows(begun)[0]
    assert (until - since).total_seconds() >= 10 * (last - first - 1)
    runs, success, _ = wait_until(lambda: stack.rows(task), 60, "the run at the start")[0]

    def run(number):
        """Makes the task due for both at once, with work to do; returns when it is done."""
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            connection.execute(
                """INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, actor, created_at, updated_at, finished_at)
                   VALUES (%s, %s, 'campaign_actions', 'completed', '{}', 'test', now(), now(), now() - interval '31 days')""",
                (partner.tenant, number))
            connection.execute("UPDATE periodic_tasks SET due_at = now() WHERE task = 'apply_retention'")
        wait_until(lambda: stack.rows(noted, partner.tenant) == [("1 rows",)] * number, 60, "what it removes")
        return wait_until(lambda: stack.rows(task), 60, "the end of the run")[0]

    for number in range(1, 4):
        done, later, failures = run(number)
        assert done == runs + number, "one process has claimed it, once"
        assert later > success and failures == 0
        success = later
    stack.stop("hearth", signal.SIGKILL)
    done, _, failures = run(4)
    assert (done, failures) == (runs + 4, 0)
