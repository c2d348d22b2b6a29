"""Backup, its verification, and the quarantine of a restored database."""

import hashlib
import json
import os
import pathlib
import stat
import subprocess
import threading
import time
import urllib.parse

import psycopg
import pytest

from stack import Stack, free_port, wait_until


@pytest.fixture
def stack(tmp_path):
    stack = Stack(tmp_path)
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture
def partner(stack, receiver):
    """A partner with past deliveries and some that are still due."""
    partner = stack.tenant()
    partner.webhook(receiver.url)
    for n in range(3):
        id = partner.connect(f"kept{n}@corp-kept{n}.example")
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    wait_until(lambda: len(receiver.events("campaign.pending")) == 3, 10, "the first deliveries")
    return partner


def change(stack, sql, *parameters):
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        return connection.execute(sql, parameters).rowcount


def check(stack, file):
    done = stack.cli("restore", "--check", file, check=False)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def side_databases(stack):
    return stack.rows("SELECT datname FROM pg_database WHERE datname LIKE 'hearth_check_%%'")


def everything_due(stack):
    change(stack, "UPDATE grants SET due_at = now(), access_expires_at = now()")
    change(stack, "UPDATE webhook_lanes SET due_at = now() WHERE due_at IS NOT NULL")


def exchange(stack, file):
    """Replaces the database by one restored from the backup."""
    with psycopg.connect(stack.cluster, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {stack.database} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {stack.database}")
    return stack.cli("restore", file)


def operations(stack, path):
    return stack.http.get(f"http://127.0.0.1:{stack.operations_port}/{path}")


def test_a_backup_is_proven(stack, partner, tmp_path):
    file = tmp_path / "first.dump"
    made = stack.cli("backup", file)
    assert made["rows"] > 30 and made["bytes"] == file.stat().st_size
    assert stat.S_IMODE(os.stat(file).st_mode) == stat.S_IMODE(os.stat(f"{file}.json").st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.glob("first*")) == ["first.dump", "first.dump.json"]
    code, proof = check(stack, file)
    assert (code, proof["problems"], proof["quarantined"]) == (0, [], True)
    # The seeds of three consents, three pairs of tokens, one webhook secret, and the responses of idempotent calls.
    assert proof["sealed_values_opened"] >= 10 and proof["rows"] == made["rows"] and proof["tables"] == made["tables"]
    assert side_databases(stack) == []
    again = stack.cli("backup", file, check=False)
    assert again.returncode == 1 and "never overwritten" in again.stderr


def test_a_backup_under_load_is_of_one_moment(stack, partner, tmp_path):
    stopping = threading.Event()

    def write():
        for n in range(100_000):
            if stopping.is_set():
                return
            partner.link(f"load{n}@outlook.com")

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        for n in range(3):
            made = stack.cli("backup", tmp_path / f"{n}.dump")
    finally:
        stopping.set()
        for writer in writers:
            writer.join()
    assert stack.rows("SELECT count(*) FROM consents")[0][0] > made["rows"] / 20, "nothing was written in the meantime"
    for n in range(3):
        assert check(stack, tmp_path / f"{n}.dump")[1]["problems"] == []


def test_what_is_wrong_with_a_backup_is_said(stack, partner, tmp_path):
    file = tmp_path / "wrong.dump"
    change(
        stack,
        """UPDATE grants SET refresh_token = (SELECT refresh_token FROM grants ORDER BY grant_id LIMIT 1)
           WHERE grant_id = (SELECT max(grant_id) FROM grants)""")
    stack.cli("backup", file)
    manifest = json.loads((tmp_path / "wrong.dump.json").read_text())
    manifest["tables"]["campaigns"] += 1
    (tmp_path / "wrong.dump.json").write_text(json.dumps(manifest))
    code, proof = check(stack, file)
    assert code == 1
    grant = stack.rows("SELECT max(grant_id) FROM grants")[0][0]
    assert proof["problems"] == [
        "campaigns has 3 rows, not 4",
        f"grants.refresh_token of tenant {partner.tenant}, row {grant}, was altered, or moved from another row, purpose or tenant."]

    own = stack.environment["HEARTH_ENCRYPTION_KEYS"]
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = own.replace("test:", "other:")
    code, proof = check(stack, file)
    assert code == 1 and any("lacks the key 'test'" in problem for problem in proof["problems"])
    assert proof["sealed_values_opened"] == 0
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = own

    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    code, words = check(stack, file)
    assert code == 1 and "its SHA-256 differs" in words
    assert "no file" in check(stack, tmp_path / "none.dump")[1]
    full = stack.cli("restore", file, check=False)
    assert full.returncode == 1
    assert side_databases(stack) == []


def altered(stack, file, *statements):
    """A second, complete backup of the first one as altered by an attacker who has the dump and all rights."""
    copy = stack.database + "_altered"
    parts = urllib.parse.urlsplit(stack.database_url)
    url = urllib.parse.urlunsplit(parts._replace(path="/" + copy))
    with psycopg.connect(stack.cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy} TEMPLATE template0")
    try:
        subprocess.run(["pg_restore", "--no-owner", "--dbname", url, file], check=True)
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            for statement in statements:
                assert connection.execute(statement).rowcount == 1, statement
            manifest = json.loads(pathlib.Path(f"{file}.json").read_text())
            for table in manifest["tables"]:
                manifest["tables"][table] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        other = file.with_suffix(".altered")
        other.unlink(missing_ok=True)
        subprocess.run(["pg_dump", "--format=custom", "--exclude-table-data=public.installation", "--file", other, url], check=True)
    finally:
        with psycopg.connect(stack.cluster, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")
    content = other.read_bytes()
    manifest.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
    pathlib.Path(f"{other}.json").write_text(json.dumps(manifest))
    return other


def test_every_tenants_audit_is_proven_and_one_altered_row_is_refused(stack, partner, tmp_path):
    other = stack.tenant("Other")
    wait_until(lambda: not stack.rows("SELECT 1 FROM audit_entries WHERE position IS NULL"), 60, "the chaining")
    file = tmp_path / "audited.dump"
    stack.cli("backup", file)
    code, proof = check(stack, file)
    assert (code, proof["problems"]) == (0, [])
    ((entries, tenants),) = stack.rows("SELECT count(*), count(DISTINCT tenant_id) FROM audit_entries WHERE action <> 'backup'")
    assert proof["audit_entries_verified"] >= entries and tenants == proof["audit_chains_verified"] == 2
    assert check(stack, altered(stack, file))[0] == 0, "an unaltered backup still passes"
    at = f"WHERE tenant_id = {other.tenant} AND position = 2"
    for problem, statement in [
        ("the content of entry 2 was altered", f"UPDATE audit_entries SET actor = 'nobody' {at}"),
        ("entries 2 to 2 are missing", f"DELETE FROM audit_entries {at}"),
        ("the chain itself is missing", f"DELETE FROM audit_chains WHERE tenant_id = {other.tenant}"),
    ]:
        code, proof = check(stack, altered(stack, file, statement))
        assert (code, proof["problems"]) == (1, [f"audit of tenant {other.tenant}: {problem}"])
    assert side_databases(stack) == []


def test_a_database_with_tables_is_not_restored_into(stack, tmp_path):
    stack.cli("backup", tmp_path / "x.dump")
    refused = stack.cli("restore", tmp_path / "x.dump", check=False)
    assert refused.returncode == 1 and "has tables already" in refused.stderr


def nothing_goes_out(stack, receiver, seconds=3):
    stack.control("DELETE", "requests")
    before = len(receiver.deliveries)
    everything_due(stack)
    time.sleep(seconds)  # Nothing can be waited for here; the workers would poll every second.
    assert stack.control("GET", "requests")["requests"] == [], "Microsoft was asked"
    assert len(receiver.deliveries) == before, "something was delivered"


def test_a_restored_database_is_in_quarantine_until_it_is_released(stack, partner, receiver, tmp_path):
    receiver.behave = lambda _: 500
    link = partner.link("waiting@outlook.com")
    last = partner.connect("late@corp-late.example")
    wait_until(lambda: any(d["status"] == 500 for d in receiver.deliveries), 10, "a delivery that fails")
    stack.stop("hearth")
    file = tmp_path / "restored.dump"
    stack.cli("backup", file)
    stack.start_hearth()
    lost = partner.link("lost@outlook.com")["consent_id"]  # after the backup
    stack.stop("hearth")

    restored = exchange(stack, file)
    assert (restored["quarantined"], restored["problems"]) == (True, [])
    receiver.behave = lambda _: 200
    stack.start_hearth()
    assert stack.http.get(stack.base + "/readyz").json() == {"status": "quarantined"}
    assert "resume-after-restore" in operations(stack, "readyz").json()["checks"]["quarantine"]
    assert wait_until(lambda: "hearth_quarantined 1" in operations(stack, "metrics").text, 5, "the gauge")
    findings = {f["name"]: f for f in stack.cli("doctor")["findings"]}
    assert findings["quarantine"]["verdict"] == "warning"
    nothing_goes_out(stack, receiver)

    # Reads are answered; writes and returning owners are refused.
    assert len(partner.campaigns()) == 4
    assert partner.call("PATCH", f"/campaigns/{last}/get-metrics").status_code == 200
    for method, path in [
        ("POST", "/campaigns/ms-graph"), ("PATCH", f"/campaigns/{last}/start-warmup"), ("DELETE", f"/campaigns/{last}"),
        ("GET", "/campaigns/connections/recheck"), ("GET", "/embed/form/secure"),
    ]:
        answer = partner.call(method, path, **({} if method == "GET" else {"json": {"email": "new@outlook.com"}}))
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "QUARANTINED", "60")
    location = partner.authorize(link["url"])
    stack.control("DELETE", "requests")
    page = stack.http.get(location)
    assert page.status_code == 503 and "Your link stays valid" in page.text
    assert stack.control("GET", "requests")["requests"] == []

    # Changes by owners and in the console are refused; signing in is allowed.
    browser = {"origin": stack.base, "sec-fetch-site": "same-origin"}
    assert stack.http.get(stack.base + "/oauth/microsoft/admin-callback?state=x").status_code == 503
    for path in ("/invitations/x", "/console/keys", "/console/campaigns/1/start", f"/embed/form/{partner.tenant}"):
        assert stack.http.post(stack.base + path, headers=browser, data={}).status_code == 503, path
    assert stack.http.post(stack.base + "/console/sign-in", headers=browser, data={"key": partner.key}).status_code == 303
    assert stack.http.get(stack.base + "/invitations/x").status_code == 404

    # Once released, everything continues without a restart, and no number is issued twice.
    resumed = stack.cli("resume-after-restore")
    assert resumed["tenants"] == 1 and resumed["deliveries"] >= 1 and resumed["live_grants"] == 4
    wait_until(lambda: receiver.events("campaign.pending")[3:], 20, "the delivery that was due")
    wait_until(lambda: stack.rows("SELECT 1 FROM grants WHERE due_at <= now() + interval '1 hour'") == [], 20, "the grants being maintained")
    # The one that was never started is not checked.
    assert stack.rows("SELECT state, interrupted FROM grants ORDER BY interrupted") == [("live", False)] * 3 + [("live", True)]
    wait_until(lambda: stack.http.get(stack.base + "/readyz").json() == {"status": "ready"}, 5, "being ready")
    assert "Your mailbox is connected" in partner.follow(link["url"]).text
    assert partner.link("after@outlook.com")["consent_id"] > lost + 1_000_000
    positions = [row[0] for row in stack.rows("SELECT position FROM events ORDER BY position")]
    assert positions[-1] > 1_000_000
    refused = stack.cli("resume-after-restore", check=False)
    assert refused.returncode == 1 and "not in quarantine" in refused.stderr
    # Actions on the whole database are in every tenant's audit.
    actions = stack.rows("SELECT action FROM audit_entries WHERE actor LIKE 'operator:%%' ORDER BY occurred_at")
    assert [action for (action,) in actions][-2:] == ["backup", "resume-after-restore"]


def test_a_database_exchanged_under_a_running_service_is_noticed(stack, partner, receiver, tmp_path):
    file = tmp_path / "exchanged.dump"
    receiver.behave = lambda _: 500
    partner.connect("exchanged@corp-exchanged.example")
    wait_until(lambda: any(d["status"] == 500 for d in receiver.deliveries), 10, "a delivery that fails")
    stack.cli("backup", file)
    exchange(stack, file)
    wait_until(lambda: stack.http.get(stack.base + "/readyz").json() == {"status": "quarantined"}, 20, "the quarantine")
    nothing_goes_out(stack, receiver)


def test_a_copy_made_by_another_tool_is_in_quarantine_too(stack, partner, receiver, tmp_path):
    stack.stop("hearth")
    dump = tmp_path / "plain.sql"
    parts = urllib.parse.urlsplit(stack.database_url)
    subprocess.run(["pg_dump", "--file", dump, stack.database_url], check=True)
    copy = stack.database + "_copy"
    with psycopg.connect(stack.cluster, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {copy}")
    stack.database_url = stack.environment["HEARTH_DATABASE_URL"] = urllib.parse.urlunsplit(parts._replace(path="/" + copy))
    try:
        subprocess.run(["psql", "-q", "-f", dump, stack.database_url], check=True, stdout=subprocess.DEVNULL)
        assert len(stack.rows("SELECT 1 FROM installation")) == 1
        stack.start_hearth()
        assert stack.http.get(stack.base + "/readyz").json() == {"status": "quarantined"}
        nothing_goes_out(stack, receiver)
        stack.stop("hearth")
    finally:
        with psycopg.connect(stack.cluster, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")


def test_a_missing_tool_is_named(stack, tmp_path):
    stack.environment["PATH"] = str(tmp_path)
    refused = stack.cli("backup", tmp_path / "never.dump", check=False)
    assert refused.returncode == 1 and "pg_dump is not in PATH" in refused.stderr and "postgresql-client" in refused.stderr
    assert list(tmp_path.glob("never*")) == []


def test_the_database_away(stack, tmp_path):
    stack.environment["HEARTH_MIGRATION_DATABASE_URL"] = f"postgresql://nobody:hidden@127.0.0.1:{free_port()}/none"
    refused = stack.cli("backup", tmp_path / "never.dump", check=False)
    assert refused.returncode == 1 and "hidden" not in refused.stderr
    assert list(tmp_path.glob("never*")) == []
