"""Jobs that fail for a while, are given up, or are handed over by a process that stops."""

import secrets

import psycopg
import pytest

from contract import check
from stack import wait_until


@pytest.fixture
def partner(stack):
    return stack.tenant()


def execute(stack, statement, *parameters):
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        return connection.execute(statement, parameters)


def unreadable(partner, retries=0):
    """A job whose every slice fails, because its parameters cannot be read."""
    id = secrets.randbelow(2**40) + 2**40
    execute(
        partner.stack,
        """
        INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, retries, due_at, actor, created_at, updated_at)
        VALUES (%s, %s, 'campaign_actions', 'running', '{"action": "nothing"}', %s, now(), 'test', now(), now())
        """,
        partner.tenant, id, retries)
    return id


def row(partner, id, columns):
    return partner.stack.rows(f"SELECT {columns} FROM jobs WHERE tenant_id = %s AND job_id = %s", partner.tenant, id)[0]


def job(partner, id):
    answer = partner.call("GET", f"/jobs/{id}")
    check(answer)
    return answer.json()["data"]


def test_a_slice_that_fails_is_done_again_later(partner):
    campaign = partner.connect(f"{secrets.token_hex(4)}@outlook.com")
    id = unreadable(partner)
    wait_until(lambda: row(partner, id, "retries")[0] == 1, 60, "the first retry")
    # The next comes after a pause that grows each time: 5 s, then 10 s.
    status, position, pause = row(partner, id, "status, position, extract(epoch FROM due_at - updated_at)::int")
    assert (status, position, pause) == ("running", 0, 5)
    execute(partner.stack, "UPDATE jobs SET due_at = now() WHERE job_id = %s", id)
    wait_until(lambda: row(partner, id, "retries")[0] == 2, 60, "the second")
    assert row(partner, id, "extract(epoch FROM due_at - updated_at)::int") == (10,)
    assert job(partner, id)["status"] == "running" and job(partner, id)["succeeded"] == 0
    wanted = '{"action": "update", "changes": {"email_per_day": 31}}'
    execute(partner.stack, "UPDATE jobs SET parameters = %s, units = %s, due_at = now() WHERE job_id = %s", wanted, [campaign], id)
    wait_until(lambda: job(partner, id)["status"] == "completed", 60, "the end")
    assert row(partner, id, "retries, succeeded, failed") == (0, 1, 0)
    assert partner.call("GET", f"/campaigns/{campaign}").json()["data"]["email_per_day"] == 31


def test_a_job_that_always_fails_is_given_up(partner):
    id = unreadable(partner, retries=19)
    found = wait_until(lambda: (data := job(partner, id))["status"] != "running" and data, 60, "the end")
    assert found["status"] == "failed" and found["finished_at"]
    assert row(partner, id, "retries, due_at") == (20, None)
    assert partner.call("DELETE", f"/jobs/{id}").json()["code"] == "JOB_ENDED"


def test_a_process_that_ends_hands_its_job_on(stack, partner):
    campaign = partner.connect(f"{secrets.token_hex(4)}@outlook.com")
    nobodys = list(range(900_000_000_000_001, 900_000_000_010_000))
    with psycopg.connect(stack.database_url) as holding:
        holding.execute("SELECT 1 FROM campaigns WHERE tenant_id = %s AND campaign_id = %s FOR UPDATE", (partner.tenant, campaign))
        body = {"action": "update", "ids": [campaign, *nobodys], "changes": {"first_name": "Ann"}}
        id = partner.call("POST", "/campaigns/actions", json=body).json()["data"]["id"]
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        wait_until(lambda: stack.rows(waiting), 60, "the first slice being held up")
        process = stack.processes["hearth"]
        process.terminate()
        # The first slice cannot end before this; many more would follow.
        wait_until(lambda: refuses(stack), 60, "the end of the service's being there")
    assert process.wait(60) == 0
    stack.processes.pop("hearth")
    status, position, waits = row(partner, id, "status, position, due_at > now()")
    # A lease would block other processes for a minute.
    assert (status, waits) == ("running", False) and 0 < position < 10_000
    stack.start_hearth()
    wait_until(lambda: row(partner, id, "position")[0] > position, 60, "another process going on")
    assert partner.call("DELETE", f"/jobs/{id}").json()["data"]["status"] == "cancelled"
    assert partner.call("GET", f"/campaigns/{campaign}").json()["data"]["first_name"] == "Ann"


def refuses(stack):
    try:
        stack.http.get(stack.base + "/healthz")
    except Exception:
        return True
    return False
