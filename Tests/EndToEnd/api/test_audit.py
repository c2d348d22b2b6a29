"""The audit: its entries, and that no SQL can alter it undetected."""

import json

import psycopg
import pytest

from contract import check
from stack import wait_until


def sql(stack, *statements):
    """Runs statements as an attacker with full database rights but no key, whom the trigger does not stop."""
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement


def verify(stack, tenant, *arguments):
    done = stack.cli("audit", "verify", "--tenant", tenant, *arguments, check=False)
    (finding,) = json.loads(done.stdout)["tenants"]
    assert (done.returncode == 0) == finding["intact"]
    return finding


def chained(stack, tenant):
    """Waits until the worker has chained all entries; returns their number."""
    wait_until(
        lambda: not stack.rows("SELECT 1 FROM audit_entries WHERE tenant_id = %s AND position IS NULL", tenant), 15, "the chaining"
    )
    return stack.rows("SELECT count(*) FROM audit_entries WHERE tenant_id = %s", tenant)[0][0]


def audit(partner, query=""):
    answer = partner.call("GET", "/audit" + query)
    check(answer)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_who_did_what_from_where(stack):
    partner = stack.tenant()
    id = partner.connect("audited@corp-audited.example")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup", headers={"x-request-id": "req-7", "x-forwarded-for": "198.51.100.7"})
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    partner.call("POST", f"/mailboxes/{mailbox['id']}/disconnect")
    key = partner.call("POST", "/keys", json={"name": "n", "scopes": ["webhooks"]}, headers={"idempotency-key": "k"}).json()["data"]
    partner.call("POST", "/keys", json={"name": "n", "scopes": ["webhooks"]}, headers={"idempotency-key": "k"})
    partner.call("PATCH", f"/campaigns/{id}/pause-warmup", headers={"authorization": "Bearer nothing"})
    chained(stack, partner.tenant)
    entries = list(reversed(audit(partner)["data"]))
    assert [entry["position"] for entry in entries] == list(range(1, len(entries) + 1))
    me = "api_key:" + partner.key.split("_")[2]
    told = [(entry["actor"].split(":")[0] if ":" in entry["actor"] else entry["actor"], entry["action"], entry["outcome"]) for entry in entries]
    assert told == [
        ("operator", "tenant.create", None),
        ("operator", "tenant.limits", None),
        ("operator", "key.create", None),
        ("api_key", "POST /campaigns/ms-graph", "200"),
        ("owner", "consent.completed", "pending"),
        ("api_key", "PATCH /campaigns/{id}/start-warmup", "200"),
        ("api_key", "POST /mailboxes/{id}/disconnect", "200"),
        ("api_key", "POST /keys", "201"),
        ("api_key", "POST /keys", "replayed"),
    ]
    start = entries[5]
    assert (start["actor"], start["subject"], start["source"], start["request_id"]) == (me, f"campaign:{id}", "198.51.100.7", "req-7")
    assert entries[6]["subject"] == f"mailbox:{mailbox['id']}" and entries[7]["subject"] == f"key:{key['id']}"
    assert entries[0]["source"] and entries[4]["source"].startswith("198.18.")
    everything = str(stack.rows("SELECT * FROM audit_entries WHERE tenant_id = %s", partner.tenant))
    assert "audited@" not in everything and key["key"] not in everything


def test_what_microsoft_and_time_do_is_there_too(stack):
    partner = stack.tenant()
    partner.webhook("https://partner.example/hook")
    id = partner.connect("lost@corp-lost.example")
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    declined = partner.link("declined@corp-lost.example")
    partner.follow(declined["url"], decision="decline")
    stack.control("POST", "accounts/lost@corp-lost.example/revoke", how="consent")
    sql(stack, f"UPDATE grants SET access_expires_at = now() WHERE tenant_id = {partner.tenant}")
    partner.call("POST", f"/mailboxes/{mailbox['id']}/recheck")
    sql(stack, f"UPDATE consents SET expires_at = now() WHERE consent_id = {declined['consent_id']}")
    wait_until(lambda: partner.consent(declined["consent_id"])["status"] == "expired", 5, "expiry")
    wait_until(lambda: stack.rows("SELECT 1 FROM audit_entries WHERE tenant_id = %s AND action = 'consent.expired'", partner.tenant), 20, "its entry")
    chained(stack, partner.tenant)
    found = {(entry["actor"], entry["action"], entry["subject"], entry["outcome"]) for entry in audit(partner)["data"]}
    assert ("microsoft", "mailbox.disconnected", f"mailbox:{mailbox['id']}", "CONNECTION_REVOKED") in found
    assert ("owner", "consent.declined", f"consent:{declined['consent_id']}", "DECLINED") in found
    assert ("hearth", "consent.expired", f"consent:{declined['consent_id']}", None) in found
    assert verify(stack, partner.tenant)["intact"]


def test_pages_filters_and_scopes(stack):
    partner = stack.tenant()
    id = partner.connect("filter@corp-filter.example")
    for command in ("start", "pause", "resume"):
        partner.call("PATCH", f"/campaigns/{id}/{command}-warmup")
    count = chained(stack, partner.tenant)
    seen, path = [], "/audit?limit=3"
    while path:
        answer = partner.call("GET", path)
        check(answer)
        seen += [entry["position"] for entry in answer.json()["data"]]
        link = answer.headers.get("link")
        path = link and link.removeprefix("</api/v1").split(">")[0]
    assert seen == list(range(count, 0, -1))
    mine = audit(partner, f"?subject=campaign:{id}&actor=api_key:{partner.key.split('_')[2]}")["data"]
    assert [entry["action"].split("/")[-1] for entry in mine] == ["resume-warmup", "pause-warmup", "start-warmup"]
    assert audit(partner, "?since=2100-01-01T00:00:00Z")["data"] == []
    assert len(audit(partner, "?until=2100-01-01T00:00:00Z")["data"]) == count
    refused = partner.call("GET", "/audit?since=today&cursor=!")
    check(refused)
    assert sorted(refused.json()["errors"]) == ["cursor", "since"]
    weak = partner.with_key(partner.call("POST", "/keys", json={"name": "w", "scopes": ["campaigns:write"]}).json()["data"]["key"])
    assert weak.call("GET", "/audit").json()["code"] == "SCOPE_MISSING"
    assert not {entry["position"] for entry in audit(stack.tenant("Other"))["data"]} - {1, 2, 3}


def test_token_uses_are_counted(stack):
    partner = stack.tenant()
    partner.connect("counted@corp-counted.example")
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    stack.control("DELETE", "requests")
    for _ in range(3):
        partner.call("POST", f"/mailboxes/{mailbox['id']}/recheck")
    answer = partner.call("GET", f"/mailboxes/{mailbox['id']}/token-uses")
    check(answer)
    calls = [call for call in stack.control("GET", "requests")["requests"] if call["operation"] == "messages"]
    assert sum(hour["uses"] for hour in answer.json()["data"]) == len(calls) == 3
    assert stack.tenant("Else").call("GET", f"/mailboxes/{mailbox['id']}/token-uses").status_code == 404


def tenant_with_entries(stack, keys=5):
    partner = stack.tenant()
    for n in range(keys):
        partner.call("POST", "/keys", json={"name": f"k{n}", "scopes": ["webhooks"]})
    return partner, chained(stack, partner.tenant)


FORGED = "entry 4 does not match its link in the chain"
TAKEN = "entry 4 is marked as erased, but its erasure is not authentic"
WRITTEN = "the content of entry 4 was altered"
AT_4 = "WHERE tenant_id = {t} AND position = 4"
COLUMNS = "tenant_id, entry_id, occurred_at, feed_position, actor, action, subject, source, request_id, outcome, salt, digest"
TAMPERING = {
    "who": (WRITTEN, "UPDATE audit_entries SET actor = 'nobody' " + AT_4),
    "what": (WRITTEN, "UPDATE audit_entries SET action = 'GET /nothing' " + AT_4),
    "to what": (WRITTEN, "UPDATE audit_entries SET subject = NULL " + AT_4),
    "from where": (WRITTEN, "UPDATE audit_entries SET source = '203.0.113.1' " + AT_4),
    "by which request": (WRITTEN, "UPDATE audit_entries SET request_id = 'other' " + AT_4),
    "with what outcome": (WRITTEN, "UPDATE audit_entries SET outcome = '409' " + AT_4),
    "a word moved to the next column": (
        WRITTEN,
        "UPDATE audit_entries SET subject = subject || source, source = NULL " + AT_4,
    ),
    "when": (FORGED, "UPDATE audit_entries SET occurred_at = occurred_at - interval '1 microsecond' " + AT_4),
    "after which event": (FORGED, "UPDATE audit_entries SET feed_position = feed_position + 1 " + AT_4),
    "salt": (WRITTEN, "UPDATE audit_entries SET salt = decode(repeat('00', 32), 'hex') " + AT_4),
    "digest": (FORGED, "UPDATE audit_entries SET digest = decode(repeat('00', 32), 'hex') " + AT_4),
    "link": (FORGED, "UPDATE audit_entries SET link = decode(repeat('00', 32), 'hex') " + AT_4),
    "id": (FORGED, "UPDATE audit_entries SET entry_id = gen_random_uuid() " + AT_4),
    "one removed": ("entries 4 to 4 are missing", "DELETE FROM audit_entries " + AT_4),
    "one removed and the gap closed": (
        FORGED,
        "DELETE FROM audit_entries " + AT_4,
        "UPDATE audit_entries SET position = position + 1000 WHERE tenant_id = {t} AND position > 4",
        "UPDATE audit_entries SET position = position - 1001 WHERE tenant_id = {t} AND position > 1000",
    ),
    "two swapped": (
        FORGED,
        "UPDATE audit_entries SET position = 1000 WHERE tenant_id = {t} AND position = 5",
        "UPDATE audit_entries SET position = 5 " + AT_4,
        "UPDATE audit_entries SET position = 4 WHERE tenant_id = {t} AND position = 1000",
    ),
    "the contents of two swapped": (
        FORGED,
        """UPDATE audit_entries a SET actor = b.actor, action = b.action, subject = b.subject, source = b.source,
           request_id = b.request_id, outcome = b.outcome, salt = b.salt, digest = b.digest, occurred_at = b.occurred_at
           FROM audit_entries b WHERE a.tenant_id = {t} AND b.tenant_id = {t} AND (a.position, b.position) IN ((4, 5), (5, 4))""",
    ),
    "the last removed": ("entries 8 to 8 are missing", "DELETE FROM audit_entries WHERE tenant_id = {t} AND position = 8"),
    "the last removed, and the end set back": (
        "the ends of the chain are not authentic",
        "DELETE FROM audit_entries WHERE tenant_id = {t} AND position = 8",
        """UPDATE audit_chains c SET position = 7, link = e.link FROM audit_entries e
           WHERE c.tenant_id = {t} AND e.tenant_id = {t} AND e.position = 7""",
    ),
    "the front removed": ("entries 1 to 3 are missing", "DELETE FROM audit_entries WHERE tenant_id = {t} AND position < 4"),
    "the front removed as if its time were over": (
        "the ends of the chain are not authentic",
        """UPDATE audit_chains c SET cut = 3, cut_link = e.link FROM audit_entries e
           WHERE c.tenant_id = {t} AND e.tenant_id = {t} AND e.position = 3""",
        "DELETE FROM audit_entries WHERE tenant_id = {t} AND position < 4",
    ),
    "a content taken away": (
        TAKEN,
        """UPDATE audit_entries SET actor = NULL, action = NULL, subject = NULL, source = NULL, request_id = NULL,
           outcome = NULL, salt = NULL, erased_at = now(), erasure = decode(repeat('00', 32), 'hex') """ + AT_4,
    ),
    "one put in at the end": (
        "entries 9 to 9 are beyond the end of the chain",
        f"INSERT INTO audit_entries ({COLUMNS}, position, link) SELECT "
        + COLUMNS.replace("entry_id", "gen_random_uuid()") + ", 9, link FROM audit_entries " + AT_4,
    ),
    "one put in unchained": (
        # Not chained yet, or already set aside.
        "an entry of ",
        f"INSERT INTO audit_entries ({COLUMNS}, seal) SELECT "
        + COLUMNS.replace("entry_id", "gen_random_uuid()") + ", '\\x01' FROM audit_entries " + AT_4,
    ),
    "one given to another tenant": (
        "entries 4 to 4 are missing",
        "UPDATE audit_entries SET tenant_id = (SELECT min(tenant_id) FROM tenants), position = 100000 " + AT_4,
        "DELETE FROM audit_entries WHERE position = 100000",
    ),
    "the chain removed": ("the chain itself is missing", "DELETE FROM audit_chains WHERE tenant_id = {t}"),
    "everything removed": (
        "the chain itself is missing",
        "DELETE FROM audit_entries WHERE tenant_id = {t}",
        "DELETE FROM audit_chains WHERE tenant_id = {t}",
    ),
    "all entries removed": ("entries 1 to 8 are missing", "DELETE FROM audit_entries WHERE tenant_id = {t}"),
    "the chain begun anew": (
        "the ends of the chain are not authentic",
        "DELETE FROM audit_entries WHERE tenant_id = {t}",
        "UPDATE audit_chains SET position = 0, link = cut_link WHERE tenant_id = {t}",
    ),
    "the key of another": (
        "the key of the chain cannot be decrypted",
        """UPDATE audit_chains SET key = o.key FROM audit_chains o
           WHERE audit_chains.tenant_id = {t} AND o.tenant_id = (SELECT min(tenant_id) FROM audit_chains)""",
    ),
}


@pytest.fixture(scope="module")
def other_tenant(stack):
    """A tenant whose entries and key are used to forge."""
    return stack.tenant("First")


@pytest.mark.parametrize("kind", TAMPERING)
def test_every_kind_of_tampering_is_found(stack, other_tenant, kind):
    partner, count = tenant_with_entries(stack)
    assert count == 8 and verify(stack, partner.tenant)["verified"] == 8
    expected, *statements = TAMPERING[kind]
    sql(stack, *(statement.format(t=partner.tenant) for statement in statements))
    finding = verify(stack, partner.tenant)
    assert any(expected in problem for problem in finding["problems"]), finding
    # Later entries do not hide it.
    partner.call("POST", "/keys", json={"name": "later", "scopes": ["webhooks"]})
    assert not verify(stack, partner.tenant)["intact"]


def test_an_unchained_entry_that_was_altered_is_never_chained(stack):
    partner, count = tenant_with_entries(stack)
    stack.stop("hearth")
    try:
        stack.cli("key", "list", "--tenant", partner.tenant)
        assert verify(stack, partner.tenant)["unchained"] == 1
        sql(stack, f"UPDATE audit_entries SET actor = 'operator:nobody' WHERE tenant_id = {partner.tenant} AND position IS NULL")
        assert "not chained yet" in verify(stack, partner.tenant)["problems"][0]
    finally:
        stack.start_hearth()
    partner.call("POST", "/keys", json={"name": "later", "scopes": ["webhooks"]})
    wait_until(
        lambda: stack.rows("SELECT 1 FROM audit_entries WHERE tenant_id = %s AND position = %s", partner.tenant, count + 1), 15, "the next"
    )
    finding = verify(stack, partner.tenant)
    assert (finding["verified"], finding["unchained"], finding["set_aside"], finding["intact"]) == (count + 1, 0, 1, False)


def test_what_was_set_back_as_a_whole_is_found_by_a_noted_end(stack):
    partner, _ = tenant_with_entries(stack)
    before = verify(stack, partner.tenant)
    # A full copy, as from a backup, is restored after further entries.
    save = ["CREATE TABLE saved_entries AS SELECT * FROM audit_entries", "CREATE TABLE saved_chains AS SELECT * FROM audit_chains"]
    with psycopg.connect(stack.database_url) as connection:
        for statement in save:
            connection.execute(statement)
    partner.call("POST", "/keys", json={"name": "hidden", "scopes": ["webhooks"]})
    chained(stack, partner.tenant)
    noted = verify(stack, partner.tenant)["anchor"]
    sql(
        stack,
        f"DELETE FROM audit_entries WHERE tenant_id = {partner.tenant}",
        f"DELETE FROM audit_chains WHERE tenant_id = {partner.tenant}",
        f"INSERT INTO audit_entries SELECT * FROM saved_entries WHERE tenant_id = {partner.tenant}",
        f"INSERT INTO audit_chains SELECT * FROM saved_chains WHERE tenant_id = {partner.tenant}",
    )
    assert verify(stack, partner.tenant)["intact"], "the database alone cannot show it"
    finding = verify(stack, partner.tenant, "--anchor", noted)
    assert finding["problems"] == ["the chain does not contain the given anchor"]
    assert verify(stack, partner.tenant, "--anchor", before["anchor"])["intact"]


def test_an_erasure_leaves_the_chain_whole(stack):
    partner = stack.tenant()
    id = partner.connect("erased@corp-erased.example")
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    partner.call("POST", f"/mailboxes/{mailbox['id']}/disconnect")
    count = chained(stack, partner.tenant)
    partner.call("POST", f"/mailboxes/{mailbox['id']}/disconnect")
    receipt = stack.cli("erase", "--mailbox", mailbox["id"])
    assert receipt["rows"]["audit_entries"] == 5, "one of them may not have been chained yet"
    left = chained(stack, partner.tenant)
    finding = verify(stack, partner.tenant)
    assert (finding["intact"], finding["erased"], finding["verified"], left) == (True, 5, left, count + 2)
    entries = audit(partner)["data"]
    assert (entries[0]["action"], entries[0]["subject"]) == ("mailbox.erase", f"erasure:{receipt['erasure_id']}")
    erased = [entry for entry in entries if entry["erased_at"]]
    assert len(erased) == 5 and all(entry["action"] is entry["source"] is entry["subject"] is None for entry in erased)
    # Erased entries are protected like the others.
    sql(stack, f"UPDATE audit_entries SET erased_at = erased_at - interval '1 day' WHERE tenant_id = {partner.tenant} AND erased_at IS NOT NULL")
    assert not verify(stack, partner.tenant)["intact"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'nobody' WHERE tenant_id = {t} AND position = 2",
        "UPDATE audit_entries SET link = digest WHERE tenant_id = {t} AND position = 2",
        "UPDATE audit_entries SET actor = NULL, salt = NULL, erased_at = now(), erasure = digest WHERE tenant_id = {t} AND position = 2",
        "DELETE FROM audit_entries WHERE tenant_id = {t}",
    ],
)
def test_the_database_itself_refuses_what_is_not_added(stack, statement):
    partner, _ = tenant_with_entries(stack, keys=0)
    with psycopg.connect(stack.database_url) as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(statement.format(t=partner.tenant))
