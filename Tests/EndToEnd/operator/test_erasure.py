"""Erasure: except for a receipt, nothing of a mailbox or tenant is left in any table, partition or sealed response."""

import json
import random
import re
import signal
import subprocess
import threading

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stack import BINARIES, change, wait_until

KEY = bytes(range(32))  # from the stack's key ring
MARK = "Zebulon"
ADDRESS = "forget.me@corp-forget.example"


def tables(stack):
    return [name for (name,) in stack.rows("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")]


def plain(tenant, key, sealed):
    rest = sealed[2 + sealed[1] :]
    return AESGCM(KEY).decrypt(rest[:12], rest[12:], f"{tenant}/idempotency_keys.answer/{key}".encode()).decode()


def traces(stack, *needles):
    """Every table that contains one of the needles, including opened sealed responses, but not receipts."""
    pattern = re.compile("|".join(rf"(?<![0-9]){n}(?![0-9])" if isinstance(n, int) else re.escape(n) for n in needles), re.I)
    found = {}
    for table in tables(stack):
        if table == "erasures":
            continue
        texts = [text for (text,) in stack.rows(f"SELECT row_to_json(t)::text FROM {table} t")]
        if table == "idempotency_keys":
            texts += [plain(*row) for row in stack.rows("SELECT tenant_id, key, answer FROM idempotency_keys WHERE answer IS NOT NULL")]
        named = {match for text in texts for match in pattern.findall(text)}
        if named:
            found[table] = named
    return found


def counts(stack, tenant):
    owned = [name for (name,) in stack.rows("SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = 'public'")]
    return {name: stack.rows(f"SELECT count(*) FROM {name} WHERE tenant_id = %s", tenant)[0][0] for name in owned if name in tables(stack) and name != "erasures"}


def month(table):
    return re.sub(r"_\d{4}_\d\d$", "", table)


@pytest.fixture
def partner(stack, receiver):
    """A partner with a mailbox to erase, everything that can name it, and one to keep."""
    partner = stack.tenant()
    partner.webhook(receiver.url, "*")
    link = partner.link(ADDRESS)
    partner.follow(link["url"], decision="decline")
    headers = {"idempotency-key": f"once-{ADDRESS}"}
    answer = partner.call("POST", "/campaigns/ms-graph", headers=headers, json={
        "email": ADDRESS.upper(), "first_name": MARK, "owner_email": ADDRESS, "meta": {"note": MARK}, "tags": [MARK]})
    page = partner.follow(answer.json()["data"]["url"])
    assert "Your mailbox is connected" in page.text
    partner.campaign = partner.consent(answer.json()["data"]["consent_id"])["campaign_id"]
    partner.call("PATCH", f"/campaigns/{partner.campaign}/start-warmup", headers={"idempotency-key": "start"})
    invited = partner.call("POST", "/invitations", json={"email": ADDRESS, "permission_level": "send", "first_name": MARK, "meta": {"note": MARK}})
    partner.invitation = invited.json()["data"]["id"]
    assert stack.http.post(invited.json()["data"]["url"]).status_code == 303
    partner.kept = partner.connect("not." + ADDRESS, first_name="Kept")
    partner.call("PATCH", f"/campaigns/{partner.kept}/start-warmup", headers={"idempotency-key": "kept"})
    partner.mailbox = stack.rows("SELECT mailbox_id FROM campaigns WHERE campaign_id = %s", partner.campaign)[0][0]
    def delivered():
        return stack.rows("SELECT 1 FROM webhook_lanes WHERE due_at IS NOT NULL AND tenant_id = %s", partner.tenant) == []

    wait_until(delivered, 20, "empty lanes")
    stack.cli("event", "replay", receiver.events("campaign.pending")[0]["event_id"])
    wait_until(delivered, 20, "the replay")
    # Rows that other parts write as well.
    change(stack, """INSERT INTO webhook_attempts (tenant_id, endpoint_id, lane_key, number, attempted_at, lease_no, attempt, outcome, duration_ms, answer)
                     SELECT tenant_id, endpoint_id, 'campaign:1', 1, now(), 1, 1, 'refused', 1, 'unknown user ' || %s FROM webhook_endpoints WHERE tenant_id = %s LIMIT 1""", ADDRESS, partner.tenant)
    change(stack, """INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, actor, created_at, updated_at, finished_at)
                     VALUES (%s, 1, 'campaign_actions', 'completed', %s, 'test', now(), now(), now())""",
           partner.tenant, json.dumps({"ids": [partner.campaign, partner.kept], "email": ADDRESS}))
    change(stack, "INSERT INTO job_problems VALUES (%s, 1, %s, 'X', 'no'), (%s, 1, 2, 'X', %s)", partner.tenant, partner.campaign, partner.tenant, f"not {ADDRESS}!")
    partner.consents = [id for (id,) in stack.rows("SELECT consent_id FROM consents WHERE tenant_id = %s AND lower(email) = %s", partner.tenant, ADDRESS)]
    assert len(partner.consents) == 3
    return partner


def test_a_mailbox_is_forgotten_and_its_neighbour_is_not(stack, partner, receiver):
    needles = (partner.mailbox, partner.campaign, partner.invitation, *partner.consents, ADDRESS, MARK)
    before, named = counts(stack, partner.tenant), traces(stack, *needles)
    assert {"mailboxes", "grants", "campaigns", "campaign_history", "consents", "invitations", "idempotency_keys", "jobs", "job_problems", "webhook_lanes", "webhook_deliveries"} <= set(named)
    assert any(t.startswith("events_") for t in named) and any(t.startswith("webhook_attempts_") for t in named)
    kept = partner.call("GET", f"/campaigns/{partner.kept}").json()["data"]

    receipt = stack.cli("erase", "--mailbox", partner.mailbox)
    # The kept mailbox's address ends with the erased one: it must stay.
    left = traces(stack, *(n for n in needles if n != ADDRESS), "@" + ADDRESS, " " + ADDRESS, f'"{ADDRESS}')
    assert left == {}
    after = counts(stack, partner.tenant)
    gone = {}
    for table, count in before.items():
        if count > after[table]:
            gone[month(table)] = gone.get(month(table), 0) + count - after[table]
    # Of audit entries only the digests stay, so that the chain remains valid.
    emptied = stack.rows("SELECT count(*) FROM audit_entries WHERE tenant_id = %s AND erased_at IS NOT NULL", partner.tenant)[0][0]
    assert emptied >= 4 and stack.cli("audit", "verify", "--tenant", partner.tenant)["intact"]
    assert receipt["rows"] == {**gone, "jobs": 1, "audit_entries": emptied}
    assert gone["mailboxes"] == 1 and gone["consents"] == 3 and gone["invitations"] == 1 and gone["campaigns"] == 1
    stored = stack.rows("SELECT subject, subject_id, cause, rows, finished_at IS NOT NULL FROM erasures WHERE tenant_id = %s", partner.tenant)
    assert stored == [("mailbox", partner.mailbox, "operator", receipt["rows"], True)]

    assert partner.call("GET", f"/campaigns/{partner.campaign}").json()["code"] == "CAMPAIGN_NOT_FOUND"
    assert partner.call("GET", f"/campaigns/{partner.kept}").json()["data"] == kept
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"]["used"] == kept["email_per_day"]
    for command in ("pause", "start"):
        assert partner.call("PATCH", f"/campaigns/{partner.kept}/{command}-warmup").status_code == 200
    again = partner.call("PATCH", f"/campaigns/{partner.kept}/start-warmup", headers={"idempotency-key": "kept"})
    assert again.headers["idempotency-replayed"] == "true", "responses about others are kept"
    wait_until(lambda: receiver.events("campaign.resumed"), 20, "deliveries going on")
    assert stack.cli("erase", "--mailbox", partner.mailbox, check=False).returncode == 1
    # It may be connected again, as a new mailbox.
    assert partner.connect(ADDRESS) != partner.campaign


def test_who_signs_in_under_the_address_stays_a_member(stack):
    partner = stack.tenant()
    address = "admin@corp-member.example"
    stack.cli("member", "add", "--tenant", partner.tenant, "--email", address, "--role", "administrator")
    members = stack.cli("member", "list", "--tenant", partner.tenant)["members"]
    assert [member["email"] for member in members] == [address]
    campaign = partner.connect(address)
    mailbox = stack.rows("SELECT mailbox_id FROM campaigns WHERE campaign_id = %s", campaign)[0][0]
    receipt = stack.cli("erase", "--mailbox", mailbox)
    assert receipt["rows"]["mailboxes"] == 1 and "console_members" not in receipt["rows"]
    assert stack.cli("member", "list", "--tenant", partner.tenant)["members"] == members


def test_a_mailbox_in_the_middle_of_everything(stack, partner):
    """Commands, a returning owner and deliveries run during the erasure: nothing is left behind, nothing breaks."""
    link = partner.link(ADDRESS, first_name=MARK)
    stopping, answered, broken = threading.Event(), [], []

    def command():
        while not stopping.is_set():
            for verb in ("pause", "start"):
                answer = partner.call("PATCH", f"/campaigns/{partner.campaign}/{verb}-warmup")
                answered.append(answer.status_code)
                if answer.status_code not in (200, 403, 409, 503):
                    broken.append(answer.text)

    threads = [threading.Thread(target=command) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answered) >= 8, 20, "commands under way")
    done = stack.cli("erase", "--mailbox", partner.mailbox, check=False)
    stopping.set()
    for thread in threads:
        thread.join()
    assert done.returncode == 0, done.stderr
    assert broken == []
    assert traces(stack, partner.mailbox, partner.campaign, *partner.consents, MARK) == {}
    assert "Unknown link" in partner.follow(link["url"]).text


def fill(stack, tenant, count):
    change(stack, """INSERT INTO idempotency_keys (tenant_id, key, fingerprint, lease_until, created_at, expires_at)
                     SELECT %s, 'fill/' || n, decode(repeat('00', 32), 'hex'), now(), now(), now() + interval '1 day' FROM generate_series(1, %s) n""", tenant, count)


def test_a_tenant_is_forgotten_however_often_it_is_interrupted(stack, partner):
    other = stack.tenant("Other")
    other.connect("stays@corp-stays.example")
    kept = counts(stack, other.tenant)
    fill(stack, partner.tenant, 100_000)
    before = counts(stack, partner.tenant)
    stack.stop("hearth")
    left = [before["idempotency_keys"]]
    for _ in range(4):
        erasure = subprocess.Popen([BINARIES / "hearth", "erase", "--tenant", str(partner.tenant)], env=stack.environment, stdout=subprocess.DEVNULL)
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            count = "SELECT count(*) FROM idempotency_keys WHERE tenant_id = %s"
            wait_until(lambda: connection.execute(count, (partner.tenant,)).fetchone()[0] < left[-1], 20, "its progress")
        erasure.send_signal(signal.SIGKILL)
        erasure.wait()
        left.append(counts(stack, partner.tenant)["idempotency_keys"])
    assert left[-1] > 0, f"no kill fell into the middle: {left}"
    receipt = stack.cli("erase", "--tenant", partner.tenant)
    stack.start_hearth()
    assert traces(stack, partner.tenant, MARK, partner.campaign, partner.mailbox) == {}
    assert counts(stack, other.tenant) == kept
    expected = {}
    for table, count in before.items():
        if count:
            expected[month(table)] = expected.get(month(table), 0) + count
    assert receipt["rows"] == expected, "rows erased before a kill are counted, too"
    assert stack.rows("SELECT count(*) FROM erasures WHERE tenant_id = %s AND subject = 'tenant' AND finished_at IS NOT NULL", partner.tenant) == [(1,)]
    assert partner.call("GET", "/campaigns").status_code == 401
    assert stack.cli("erase", "--tenant", partner.tenant, check=False).returncode == 1


def test_a_tenant_under_traffic_is_forgotten(stack, partner):
    stopping, rounds = threading.Event(), []

    def traffic(n):
        while not stopping.is_set():
            partner.call("POST", "/campaigns/ms-graph", json={"email": f"{MARK}{n}@outlook.com"}, headers={"idempotency-key": f"{n}-{random.random()}"})
            partner.call("PATCH", f"/campaigns/{partner.campaign}/pause-warmup")
            partner.call("PATCH", f"/campaigns/{partner.campaign}/start-warmup")
            rounds.append(n)

    threads = [threading.Thread(target=traffic, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(rounds) >= 8, 20, "calls under way")
    done = stack.cli("erase", "--tenant", partner.tenant, check=False)
    stopping.set()
    for thread in threads:
        thread.join()
    assert done.returncode == 0, done.stderr
    assert traces(stack, partner.tenant, MARK) == {}


@pytest.mark.parametrize("insertion", [
    # Rows that need a mailbox, after the erasure has found none; and rows that need only the tenant.
    "INSERT INTO token_uses VALUES (%s, 1, now(), 1)",
    """INSERT INTO audit_entries (tenant_id, entry_id, occurred_at, feed_position, salt, digest, seal)
       VALUES (%s, gen_random_uuid(), now(), 0, decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'), 'x')""",
])
def test_what_is_committed_late_is_erased_too(stack, insertion):
    tenant = stack.tenant().tenant
    change(stack, """INSERT INTO mailboxes (tenant_id, mailbox_id, tid, oid, address, address_key, user_principal_name, account_type, created_at, updated_at)
                     VALUES (%s, 1, gen_random_uuid(), gen_random_uuid(), 'a@b.example', 'a@b.example', 'a@b.example', 'personal', now(), now())""", tenant)
    with psycopg.connect(stack.database_url) as late:
        late.execute(insertion, (tenant,))
        erasure = subprocess.Popen([BINARIES / "hearth", "erase", "--tenant", str(tenant)], env=stack.environment, stdout=subprocess.DEVNULL)
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'DELETE%%'"
        wait_until(lambda: stack.rows(waiting) or erasure.poll() is not None, 60, "its coming to what the late row holds")
        late.commit()
    assert erasure.wait(60) == 0
    assert traces(stack, tenant) == {}


def test_a_deleted_tenant_ends_at_once_and_is_purged_in_time(stack, partner, receiver):
    link = partner.link("late@outlook.com")
    before = stack.rows("SELECT now()")
    answer = stack.cli("tenant", "delete", partner.tenant)
    in_time = "SELECT purge_at BETWEEN %s + interval '29 days' AND now() + interval '30 days 1 minute' FROM tenants WHERE tenant_id = %s"
    assert stack.rows(in_time, before[0][0], partner.tenant) == [(True,)], "by the process's clock, which may be a little ahead"
    wait_until(lambda: partner.call("GET", "/campaigns").status_code == 401, 5, "the end of its keys")
    assert stack.rows("SELECT count(*) FROM grants WHERE tenant_id = %s AND (refresh_token IS NOT NULL OR access_token IS NOT NULL)", partner.tenant) == [(0,)]
    assert "Your mailbox is connected" not in partner.follow(link["url"]).text
    for refused in (("tenant", "resume"), ("tenant", "delete")):
        assert stack.cli(*refused, partner.tenant, check=False).returncode == 1
    assert answer["status"] == "deleted"
    assert counts(stack, partner.tenant)["campaigns"] == 2, "kept until it is due"
    change(stack, "UPDATE tenants SET purge_at = now() + interval '12 hours' WHERE tenant_id = %s", partner.tenant)
    stack.stop("hearth")
    stack.start_hearth()  # the worker checks at its start, and then every six hours
    wait_until(lambda: stack.rows("SELECT 1 FROM tenants WHERE tenant_id = %s", partner.tenant) == [], 30, "the purge")
    assert traces(stack, partner.tenant, MARK) == {}
    assert stack.rows("SELECT cause FROM erasures WHERE tenant_id = %s AND subject = 'tenant'", partner.tenant) == [("retention",)]
