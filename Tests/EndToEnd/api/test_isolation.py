"""No tenant can read or change anything of another's: every operation of openapi.yaml with another tenant's ids."""

import json

import psycopg
import pytest

from objects import PATHS, Objects, arguments, foreign
from stack import BINARIES, Receiver, Stack, wait_until
from tenant_rows import rows
from walk import partner_operations

OPERATIONS = partner_operations()
OF_AN_OBJECT = [operation for operation in OPERATIONS if operation.names("path")]


@pytest.fixture(scope="module")
def owner(stack):
    """A tenant with one of everything, with all events delivered and nothing in progress."""
    owner = stack.tenant("Owner")
    receiver = Receiver()
    owner.webhook(receiver.url)
    owner.objects = Objects(owner)
    owner.receiver = receiver
    for make, _ in PATHS.values():
        make(owner.objects)
    settled(stack, owner)
    yield owner
    receiver.close()


@pytest.fixture(scope="module")
def stranger(stack):
    return stack.tenant("Stranger")


def unknown(table, key):
    return table[key][1]


def call(partner, arguments):
    return partner.call(arguments.pop("method"), arguments.pop("path"), headers={"x-request-id": "same"}, **arguments)


def said(answer):
    """A response without the parts that differ between calls."""
    headers = {n: v for n, v in answer.headers.items() if n not in ("date", "ratelimit")}
    return answer.status_code, headers, answer.content


def shape(value):
    """The members of a value, without their content."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return type(value).__name__


def settled(stack, *partners):
    """Waits until nothing is left to deliver or chain, and no job or watch is due."""
    tenants = [partner.tenant for partner in partners]
    wait_until(
        lambda: stack.rows("SELECT count(*) FROM webhook_lanes WHERE tenant_id = ANY(%s) AND due_at IS NOT NULL", tenants) == [(0,)]
        and stack.rows("SELECT count(*) FROM jobs WHERE tenant_id = ANY(%s) AND due_at < '2099-01-01'", tenants) == [(0,)]
        and stack.rows("SELECT count(*) FROM mailbox_watches WHERE tenant_id = ANY(%s) AND (due_at <= now() OR lease_until IS NOT NULL)", tenants) == [(0,)]
        and stack.rows("SELECT count(*) FROM audit_entries WHERE tenant_id = ANY(%s) AND position IS NULL", tenants) == [(0,)],
        20, "deliveries, jobs and the audit at rest",
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_another_tenants_ids_are_as_good_as_none(stack, owner, stranger, operation):
    theirs = arguments(operation, foreign(owner))
    nobodys = arguments(operation, unknown)
    settled(stack, owner)
    before, heard = rows(stack, owner.tenant), len(owner.receiver.deliveries)

    answer, reference = call(stranger, theirs), call(stranger, nobodys)
    # The caller's own values are returned: as a list of tags, or in the URL of a form.
    heard_of = answer.text.replace(json.dumps([owner.objects.canary]), "").replace(f"tags={owner.objects.canary}", "")
    assert owner.objects.canary not in heard_of
    if operation.names("path"):
        assert said(answer) == said(reference) and answer.status_code in (403, 404), answer.text
    else:
        assert answer.status_code == reference.status_code, (answer.text, reference.text)
        assert shape(answer.json()) == shape(reference.json()), (answer.text, reference.text)

    settled(stack, owner, stranger)
    assert rows(stack, owner.tenant) == before
    assert len(owner.receiver.deliveries) == heard, "the owner's endpoint received an event"


@pytest.mark.parametrize("operation", OF_AN_OBJECT, ids=str)
def test_the_same_calls_reach_their_object_with_the_owners_key(owner, stranger, operation):
    """Without this, the test above could pass because the call itself is wrong."""
    mine = arguments(operation, foreign(owner))
    refusal = call(stranger, dict(mine)).json()["code"]
    answer = call(owner, mine)
    assert answer.status_code < 500 and answer.json()["code"] != refusal, answer.text


def test_a_foreign_idempotency_key_gives_no_foreign_answer(stack, owner, stranger):
    key = {"idempotency-key": "shared"}
    body = {"email": "same@outlook.com"}
    first = owner.call("POST", "/campaigns/ms-graph", json=body, headers=key)
    second = stranger.call("POST", "/campaigns/ms-graph", json=body, headers=key)
    assert second.status_code == 200 and "idempotency-replayed" not in second.headers
    assert second.json()["data"]["consent_id"] != first.json()["data"]["consent_id"]


def test_a_foreign_id_costs_the_database_no_more_than_an_unknown_one(tmp_path):
    """Equal time follows from equal work: scans and rows per table, as counted by PostgreSQL."""
    stack = Stack(tmp_path)
    try:
        plan_alike(stack)
        stack.start_hearth()
        owner, stranger = stack.tenant("Owner"), stack.tenant("Stranger")
        owner.objects = Objects(owner)
        theirs = [arguments(operation, foreign(owner)) for operation in OF_AN_OBJECT]
        nobodys = [arguments(operation, unknown) for operation in OF_AN_OBJECT]
        stack.stop("hearth")
        assert work(stack, stranger, theirs) == work(stack, stranger, nobodys)
    finally:
        stack.close()


def plan_alike(stack):
    """Makes plans comparable: they depend on statistics and on how often a connection has run a statement, so each
    execution is planned again, without statistics. (The planner's own look at an index counts as a scan.)"""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {stack.database} SET plan_cache_mode = force_custom_plan")
        tables = connection.execute("SELECT relid::regclass::text FROM pg_stat_user_tables").fetchall()
        for (table,) in tables:
            partitioned = connection.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass", (table,)).fetchone()[0]
            if not partitioned:
                connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")


def work(stack, stranger, calls):
    """The work of the database, by table, for a process that serves only these calls; without the tables for key lookups
    and those polled periodically."""
    count = """
        SELECT relname, coalesce(seq_scan, 0) + coalesce(idx_scan, 0), coalesce(idx_tup_fetch, 0),
            n_tup_ins + n_tup_upd + n_tup_del
        FROM pg_stat_user_tables WHERE relname NOT IN ('tenants', 'api_keys', 'tenant_features', 'microsoft_apps', 'installation')
        """
    sessions_ended(stack)
    before = {name: figures for name, *figures in stack.rows(count)}
    stack.start("hearth", BINARIES / "hearth", "serve", "--only", "api")
    wait_until(lambda: stack.http.get(stack.base + "/readyz").status_code == 200, 20, "Hearth being ready")
    for _ in range(20):
        for each in calls:
            assert call(stranger, dict(each)).status_code in (403, 404)
    stack.stop("hearth")
    sessions_ended(stack)
    return {name: [b - a for a, b in zip(before[name], figures)] for name, *figures in stack.rows(count)}


def sessions_ended(stack):
    """Waits until the sessions have ended, when they report their statistics."""
    mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'hearth%%'"
    wait_until(lambda: stack.rows(mine, stack.database) == [(0,)], 10, "the sessions' end")
