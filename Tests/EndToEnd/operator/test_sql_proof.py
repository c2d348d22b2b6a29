"""The SQL proof itself: statements that it must accept, and others that it must refuse."""

import pytest
from pglast import parse_sql

import sql_proof

GOOD = [
    "UPDATE campaigns SET status = $1 WHERE tenant_id = $2 AND campaign_id = $3",
    "UPDATE webhook_lanes l SET due_at = $1 FROM due WHERE l.tenant_id = $2 AND l.lane_key = due.lane_key",
    "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = $2",
    "INSERT INTO events (tenant_id, position) VALUES ($1, $2)",
    "INSERT INTO events (tenant_id, position) SELECT $1, position FROM feed",
    "INSERT INTO campaigns (tenant_id, campaign_id) SELECT s.tenant_id, $1 FROM consents s WHERE s.tenant_id = $2",
    "SELECT 1 FROM campaigns WHERE tenant_id = $1 FOR UPDATE",
    "SELECT 1 FROM consents s JOIN tenants t ON t.tenant_id = s.tenant_id WHERE s.tenant_id = $1 FOR UPDATE OF s",
    "SELECT 1 FROM consents s JOIN campaigns c ON c.tenant_id = s.tenant_id WHERE s.tenant_id = $1 FOR UPDATE",
    "SELECT tenant_id FROM webhook_lanes WHERE due_at < $1",
    "UPDATE campaign_transitions SET command = $1",
]
BAD = [
    "UPDATE campaigns SET status = $1 WHERE campaign_id = $2",
    "UPDATE campaigns SET status = $1 WHERE tenant_id = $2 OR campaign_id = $3",
    "UPDATE campaigns SET tenant_id = $1 WHERE campaign_id = $2",
    "UPDATE webhook_lanes l SET due_at = $1 FROM due d WHERE l.tenant_id = d.tenant_id",
    "UPDATE webhook_lanes l SET due_at = $1 FROM webhook_endpoints e WHERE e.tenant_id = $2",
    "DELETE FROM idempotency_keys WHERE expires_at <= $1",
    "INSERT INTO events (position) VALUES ($1)",
    "INSERT INTO events (tenant_id, position) SELECT tenant_id, 1 FROM consents",
    "WITH gone AS (DELETE FROM grants WHERE grant_id = $1 RETURNING 1) SELECT FROM gone",
    "SELECT 1 FROM campaigns WHERE campaign_id = $1 FOR UPDATE",
    "SELECT 1 FROM webhook_lanes WHERE due_at < $1 FOR UPDATE SKIP LOCKED",
    "SELECT 1 FROM consents s, campaigns c WHERE s.tenant_id = $1 FOR UPDATE",
]


def problems(sql):
    proof = sql_proof.Proof()
    proof(parse_sql(sql))
    return proof.problems


@pytest.mark.parametrize("sql", GOOD)
def test_statements_that_name_their_tenant_are_accepted(sql):
    assert problems(sql) == []


@pytest.mark.parametrize("sql", BAD)
def test_statements_that_do_not_are_found(sql):
    assert len(problems(sql)) == 1


def test_the_tenants_tables_come_from_the_migrations():
    assert {"tenants", "campaigns", "grants", "events", "webhook_lanes", "jobs"} <= sql_proof.TABLES
    assert "campaign_transitions" not in sql_proof.TABLES


def test_interpolations_split_a_literal():
    assert sql_proof.fragments("a = \\(f(x)) AND b =\n  \\(y)") == ["a =", "AND b =", ""]
