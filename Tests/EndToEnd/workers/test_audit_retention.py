"""The audit's retention: old entries are cut off when they expire, and nothing else can pass for that."""

import json

import psycopg
import pytest

from stack import Stack, wait_until


def execute(stack, *statements):
    with psycopg.connect(stack.database_url) as connection:
        for statement in statements:
            connection.execute(statement)


class Calendar:
    """Moves the database's clock, which the service uses; a process reads it again when it starts."""

    def __init__(self, stack):
        self.stack = stack
        execute(stack, f"ALTER DATABASE {stack.database} SET search_path = public, pg_catalog")

    def go_on(self, days):
        self.stack.stop("hearth")
        execute(self.stack, f"""
            CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
            AS 'SELECT pg_catalog.clock_timestamp() + interval ''{days} days'''""")
        self.stack.start_hearth()


def verify(stack, tenant, *arguments):
    done = stack.cli("audit", "verify", "--tenant", tenant, *arguments, check=False)
    (finding,) = json.loads(done.stdout)["tenants"]
    assert (done.returncode == 0) == finding["intact"]
    return finding


def chained(stack, tenant):
    """Waits until all entries are chained; returns the last position."""
    open_ones = "SELECT 1 FROM audit_entries WHERE tenant_id = %s AND position IS NULL"
    wait_until(lambda: not stack.rows(open_ones, tenant), 60, "the chaining")
    return stack.rows("SELECT position FROM audit_chains WHERE tenant_id = %s", tenant)[0][0]


def key(partner):
    partner.call("POST", "/keys", json={"name": "k", "scopes": ["webhooks"]})


def uses(stack, tenant, day):
    """The hours of that day in which tokens were used."""
    return stack.rows(
        "SELECT hour FROM token_uses WHERE tenant_id = %s AND hour::date - current_date BETWEEN %s - 1 AND %s + 1", tenant, day, day)


@pytest.fixture(scope="module")
def cut(tmp_path_factory):
    """A tenant whose first month is cut off, with an erased entry after it. All processes are stopped."""
    stack = Stack(tmp_path_factory.mktemp("cut"))
    stack.environment["HEARTH_AUDIT_DAYS"] = "30"
    calendar = Calendar(stack)
    try:
        calendar.go_on(0)
        partner, other = stack.tenant("Cut"), stack.tenant("Whole")
        for address in ("erased@corp-cut.example", "stays@corp-cut.example"):
            # Started, because a pending one would be recorded as stalled at another time.
            partner.call("PATCH", f"/campaigns/{partner.connect(address)}/start-warmup")
        erased, stays = [each["id"] for each in partner.call("GET", "/mailboxes").json()["data"]]
        assert partner.call("POST", f"/mailboxes/{stays}/recheck").status_code == 200
        first = chained(stack, partner.tenant)
        noted = verify(stack, partner.tenant)["anchor"]
        assert uses(stack, partner.tenant, 0)

        calendar.go_on(20)
        assert partner.call("POST", f"/mailboxes/{stays}/recheck").status_code == 200
        assert partner.call("POST", f"/mailboxes/{erased}/disconnect").status_code == 200
        key(partner)
        assert stack.cli("erase", "--mailbox", erased)["rows"]["audit_entries"] == 4
        key(partner)
        key(other)
        chained(stack, other.tenant)
        second = chained(stack, partner.tenant)
        before = verify(stack, partner.tenant)
        assert before["intact"] and (before["cut"], before["verified"], before["erased"]) == (0, second, 4)
        execute(stack, "CREATE TABLE whole_entries AS SELECT * FROM audit_entries", "CREATE TABLE whole_chains AS SELECT * FROM audit_chains")

        calendar.go_on(45)
        wait_until(lambda: verify(stack, partner.tenant)["cut"] == first, 60, "the cut")
        wait_until(lambda: verify(stack, other.tenant)["cut"] == 3, 60, "the other's cut")
        wait_until(lambda: uses(stack, partner.tenant, 20) and not uses(stack, partner.tenant, 0), 60, "the end of the first month's uses")
        key(partner)
        chained(stack, partner.tenant)
        stack.stop("hearth")
        execute(stack, "CREATE TABLE saved_entries AS SELECT * FROM audit_entries", "CREATE TABLE saved_chains AS SELECT * FROM audit_chains")
        stack.partner, stack.other, stack.first, stack.second, stack.noted = partner, other, first, second, noted
        yield stack
    finally:
        stack.close()


def test_the_cut_front_and_what_was_erased_behind_it_are_accepted(cut):
    finding = verify(cut, cut.partner.tenant)
    assert finding["intact"] and finding["problems"] == []
    assert (finding["cut"], finding["erased"]) == (cut.first, 1)
    last = cut.rows("SELECT position FROM audit_chains WHERE tenant_id = %s", cut.partner.tenant)[0][0]
    assert last > cut.second and finding["verified"] == last - cut.first
    assert cut.rows("SELECT min(position) FROM audit_entries WHERE tenant_id = %s", cut.partner.tenant) == [(cut.first + 1,)]
    # A previously noted end, cut off by now, is where the chain begins.
    assert verify(cut, cut.partner.tenant, "--anchor", cut.noted)["intact"]
    assert verify(cut, cut.partner.tenant, "--anchor", f"{cut.first}:{'00' * 32}")["problems"] == ["the chain does not contain the given anchor"]
    assert verify(cut, cut.other.tenant)["intact"]


OF = "WHERE tenant_id = {t}"
AT = OF + " AND position = {first} + "
ENDS = "the ends of the chain are not authentic"
FIRST = "entry {next} does not match its link in the chain"
# What an attacker with full database rights but no key could try, and the words that report it.
TAMPERING = {
    "a checkpoint of no one's": (ENDS, "UPDATE audit_chains SET checkpoint = decode(repeat('00', 32), 'hex') " + OF),
    "the checkpoint of another tenant": (
        ENDS, "UPDATE audit_chains c SET checkpoint = o.checkpoint FROM audit_chains o WHERE c.tenant_id = {t} AND o.tenant_id = {o}"),
    "the checkpoint of the head": (ENDS, "UPDATE audit_chains SET checkpoint = head " + OF),
    "the checkpoint of before the cut": (
        ENDS, "UPDATE audit_chains c SET checkpoint = w.checkpoint FROM whole_chains w WHERE c.tenant_id = {t} AND w.tenant_id = {t}"),
    "a cut that goes further": (
        ENDS,
        "UPDATE audit_chains c SET cut = e.position, cut_link = e.link FROM audit_entries e WHERE c.tenant_id = {t} AND e.tenant_id = {t} AND e.position = {first} + 2",
        "DELETE FROM audit_entries " + OF + " AND position <= {first} + 2"),
    "a cut that is taken back": (
        "entries 1 to {first} are missing",
        "UPDATE audit_chains c SET cut = 0, cut_link = w.cut_link, checkpoint = w.checkpoint FROM whole_chains w WHERE c.tenant_id = {t} AND w.tenant_id = {t}"),
    "a link of the cut that is another's": (FIRST, "UPDATE audit_chains SET cut_link = decode(repeat('00', 32), 'hex') " + OF),
    "an entry that was cut off, put back": (
        "entry {first} is present although it was cut off",
        "INSERT INTO audit_entries SELECT * FROM whole_entries WHERE tenant_id = {t} AND position = {first}"),
    "the first behind the cut removed": ("entries {next} to {next} are missing", "DELETE FROM audit_entries " + AT + "1"),
    "the first behind the cut edited": (
        "the content of entry {next} was altered", "UPDATE audit_entries SET outcome = '500' " + AT + "1"),
    "the first two swapped": (
        FIRST, "UPDATE audit_entries SET position = 100000 " + AT + "1", "UPDATE audit_entries SET position = {first} + 1 " + AT + "2",
        "UPDATE audit_entries SET position = {first} + 2 WHERE tenant_id = {t} AND position = 100000"),
    "the order turned round": (
        FIRST, "UPDATE audit_entries SET position = position + 100000 " + OF,
        "UPDATE audit_entries SET position = 100000 - position + {first} + 1 + (SELECT position FROM audit_chains WHERE tenant_id = {t}) " + OF),
    "the last cut short": ("entries {last} to {last} are missing", "DELETE FROM audit_entries " + OF + " AND position = {last}"),
    "the last cut short, and the head set back": (
        ENDS, "DELETE FROM audit_entries " + OF + " AND position = {last}",
        "UPDATE audit_chains c SET position = e.position, link = e.link FROM audit_entries e WHERE c.tenant_id = {t} AND e.tenant_id = {t} AND e.position = {last} - 1"),
    "everything cut off": (
        ENDS, "UPDATE audit_chains SET cut = position, cut_link = link " + OF, "DELETE FROM audit_entries " + OF),
    "what was erased, filled in again": (
        "entry {erased} is marked as erased, but its erasure is not authentic",
        "UPDATE audit_entries SET actor = 'nobody' " + OF + " AND erased_at IS NOT NULL"),
    "the proof of an erasure replaced": (
        "entry {erased} is marked as erased, but its erasure is not authentic",
        "UPDATE audit_entries SET erasure = digest " + OF + " AND erased_at IS NOT NULL"),
    "the proof of an erasure put to another": (
        "entry {next} is marked as erased, but its erasure is not authentic",
        """UPDATE audit_entries e SET actor = NULL, action = NULL, subject = NULL, source = NULL, request_id = NULL, outcome = NULL,
           salt = NULL, erased_at = d.erased_at, erasure = d.erasure FROM audit_entries d
           WHERE e.tenant_id = {t} AND e.position = {next} AND d.tenant_id = {t} AND d.erased_at IS NOT NULL"""),
    "an erased entry removed": ("entries {erased} to {erased} are missing", "DELETE FROM audit_entries " + OF + " AND erased_at IS NOT NULL"),
}


@pytest.mark.parametrize("kind", TAMPERING)
def test_nothing_passes_for_a_cut_or_an_erasure(cut, kind):
    tenant = cut.partner.tenant
    (last,), = cut.rows("SELECT position FROM audit_chains WHERE tenant_id = %s", tenant)
    (erased,), = cut.rows("SELECT position FROM audit_entries WHERE tenant_id = %s AND erased_at IS NOT NULL", tenant)
    values = {"t": tenant, "o": cut.other.tenant, "first": cut.first, "next": cut.first + 1, "last": last, "erased": erased}
    expected, *statements = TAMPERING[kind]
    with psycopg.connect(cut.database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in statements:
            assert connection.execute(statement.format(**values)).rowcount != 0, statement
    try:
        finding = verify(cut, tenant)
        assert any(expected.format(**values) in problem for problem in finding["problems"]), finding
    finally:
        put_back(cut, tenant)


def test_it_was_the_tampering_alone(cut):
    assert verify(cut, cut.partner.tenant)["intact"]


def put_back(stack, tenant):
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        for table in ("entries", "chains"):
            connection.execute(f"DELETE FROM audit_{table} WHERE tenant_id = %s", (tenant,))
            connection.execute(f"INSERT INTO audit_{table} SELECT * FROM saved_{table} WHERE tenant_id = %s", (tenant,))
