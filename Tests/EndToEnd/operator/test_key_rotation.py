"""Encryption keys: rings refused at the start; rotation with a running service, SIGKILL and concurrent refreshes."""

import base64
import json
import os
import random
import signal
import subprocess
import threading
import time

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from key_rings import KEYS, announcements_end, ring
from stack import BINARIES, Stack, change, wait_until

FILLING = 12_000


def place(tenant, key):
    return f"{tenant}/idempotency_keys.answer/{key}".encode()


def seal(name, tenant, key, text):
    """An independent implementation of sealing, so that the program's is not tested against itself."""
    nonce = os.urandom(12)
    return bytes([1, len(name)]) + name.encode() + nonce + AESGCM(KEYS[name]).encrypt(nonce, text.encode(), place(tenant, key))


def opened(sealed, tenant, key):
    name = sealed[2 : 2 + sealed[1]].decode()
    rest = sealed[2 + sealed[1] :]
    return name, AESGCM(KEYS[name]).decrypt(rest[:12], rest[12:], place(tenant, key)).decode()


@pytest.fixture
def stack(tmp_path):
    stack = Stack(tmp_path)
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("one")
    yield stack
    stack.close()


def time_passes(stack):
    """Lets the announcements of ended processes expire, so that only the newest key is in use for sealing."""
    change(stack, "UPDATE encryption_keys SET sealing_until = now()")


def fill(stack, tenant):
    """Adds enough sealed values that a rotation takes a while."""
    with psycopg.connect(stack.database_url) as connection, connection.cursor() as cursor:
        with cursor.copy(
            """COPY idempotency_keys (tenant_id, key, fingerprint, status_code, answer, created_at, expires_at) FROM STDIN"""
        ) as copy:
            for n in range(FILLING):
                key = f"filling/{n}"
                copy.write_row((tenant, key, bytes(32), 200, seal("one", tenant, key, f"answer {n}"), "2026-01-01", "2036-01-01"))


def filling(stack):
    """Opens every added value; returns their number by the key that sealed them."""
    counts = {"one": 0, "two": 0}
    rows = stack.rows("SELECT tenant_id, key, answer FROM idempotency_keys WHERE key LIKE 'filling/%%'")
    assert len(rows) == FILLING
    for tenant, key, sealed in rows:
        name, text = opened(bytes(sealed), tenant, key)
        assert text == "answer " + key.split("/")[1]
        counts[name] += 1
    return counts


def refused_start(stack):
    process = stack.start_hearth(ready=False)
    assert process.wait(20) == 1
    last = (stack.folder / "hearth.log").read_text().strip().splitlines()[-1]
    return json.loads(last)["error"]


def test_a_key_is_needed_until_rotation_has_replaced_it(stack):
    stack.start_hearth()
    partner = stack.tenant()
    campaign = partner.connect("rotated@outlook.com")
    stack.stop("hearth")

    # With only the new key, the start and operator commands that seal are refused, naming the missing key.
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two")
    assert "lacks the key 'one'" in refused_start(stack)
    assert "lacks the key 'one'" in stack.cli("webhook", "add", "--tenant", partner.tenant, "--url", "http://127.0.0.1:1/", check=False).stderr
    status = stack.cli("keys", "status", check=False)
    assert status.returncode == 1
    missing = {key["key_id"]: key for key in json.loads(status.stdout)["keys"]}["one"]
    assert (missing["in_ring"], missing["removable"]) == (False, False) and missing["values"] >= 3
    doctor = {f["name"]: f for f in json.loads(stack.cli("doctor", check=False).stdout)["findings"]}
    assert doctor["sealed values"]["verdict"] == "failure" and "'one'" in doctor["sealed values"]["words"]

    # Another key under the same id does not help.
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = "one:" + base64.b64encode(KEYS["two"]).decode()
    assert "a different key under the id 'one'" in refused_start(stack)

    # With both, the service runs during the rotation.
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two", "one")
    stack.start_hearth()
    early = stack.cli("keys", "rotate", "--no-wait", check=False)
    assert early.returncode == 1 and json.loads(early.stdout)["still_sealing"] == ["one"], "a process sealed with it until just now"
    announcements_end(stack)
    done = stack.cli("keys", "rotate")
    assert (done["retired"], done["still_sealing"], done["problems"]) == (["one"], [], [])
    keys = {key["key_id"]: key for key in stack.cli("keys", "status")["keys"]}
    assert keys["one"]["removable"] and keys["one"]["values"] == 0
    assert keys["two"]["seals"] and keys["two"]["values"] >= 3 and not keys["two"]["removable"]

    # Without the old key everything can still be opened, including the token for the connection check.
    stack.stop("hearth")
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two")
    stack.start_hearth()
    assert partner.call("PATCH", f"/campaigns/{campaign}/start-warmup").status_code == 200


def test_killed_again_and_again_it_loses_nothing(stack):
    partner = stack.tenant()
    fill(stack, partner.tenant)
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two", "one")
    generator, seen = random.Random(4), []
    for _ in range(40):
        rotation = subprocess.Popen(
            [BINARIES / "hearth", "keys", "rotate", "--no-wait"], env=stack.environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        time.sleep(generator.uniform(0.05, 0.4))
        rotation.send_signal(signal.SIGKILL)
        rotation.wait()
        seen.append(filling(stack)["two"])
        if seen[-1] == FILLING:
            break
    assert seen == sorted(seen), "resealed values stay resealed"
    assert any(0 < count < FILLING for count in seen), f"no kill fell into the middle: {seen}"
    time_passes(stack)
    stack.cli("keys", "rotate")
    assert filling(stack) == {"one": 0, "two": FILLING}
    print(f"\n{len(seen)} kills; sealed anew after each: {seen}")


def test_progress_and_time_left_are_shown(stack):
    partner = stack.tenant()
    fill(stack, partner.tenant)
    time_passes(stack)
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("two", "one")
    done = stack.cli("keys", "rotate", check=False)
    # The audit's sealed values: the key of its chain, and entries not chained yet.
    resealed = json.loads(done.stdout)["resealed"]
    assert FILLING < resealed <= FILLING + 10
    assert f"of {resealed} values" in done.stderr and "left" in done.stderr


def test_racing_with_refreshes_it_loses_no_token(stack):
    """Microsoft invalidates a refresh token once it is used: overwriting the new one would end the grant."""
    stack.control("PATCH", "behaviours", rotation="strict")
    stack.environment["HEARTH_ENCRYPTION_KEYS"] = ring("one", "two")
    stack.start_hearth()
    partner = stack.tenant()
    ids = [partner.connect(f"race{n}@corp-race{n}.example") for n in range(12)]
    stopping, refused = threading.Event(), []

    def keep_refreshing(some):
        """Starts campaigns whose access tokens have expired, which refreshes them first."""
        with psycopg.connect(stack.database_url, autocommit=True) as connection:
            while not stopping.is_set():
                for id in some:
                    connection.execute(
                        """UPDATE grants g SET access_expires_at = now() FROM campaigns c
                           WHERE c.campaign_id = %s AND g.mailbox_id = c.mailbox_id""", (id,))
                    answers = [partner.call("PATCH", f"/campaigns/{id}/{verb}-warmup") for verb in ("start", "pause")]
                    refused.extend(answer.text for answer in answers if answer.status_code != 200)

    threads = [threading.Thread(target=keep_refreshing, args=(ids[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    resealed = 0
    for names in [("two", "one"), ("one", "two")] * 8:
        environment = {**stack.environment, "HEARTH_ENCRYPTION_KEYS": ring(*names)}
        done = subprocess.run(
            [BINARIES / "hearth", "keys", "rotate", "--no-wait", "--json"], env=environment, capture_output=True, text=True)
        outcome = json.loads(done.stdout)
        assert outcome["problems"] == []
        resealed += outcome["resealed"]
    stopping.set()
    for thread in threads:
        thread.join()
    assert refused == []
    before = stack.rows("SELECT sum(version) FROM grants")[0][0]
    # Every stored refresh token is still accepted by Microsoft: each grant is refreshed once more.
    change(stack, "UPDATE grants SET due_at = now(), access_expires_at = now()")
    wait_until(lambda: stack.rows("SELECT 1 FROM grants WHERE due_at <= now() + interval '1 hour'") == [], 30, "a last refresh")
    grants = stack.rows("SELECT state, problem, interrupted FROM grants")
    assert grants == [("live", None, False)] * 12
    assert stack.rows("SELECT sum(version) FROM grants")[0][0] >= before + 12
    assert before > 100 and resealed > 100, (before, resealed)
    print(f"\n{before} refreshes, {resealed} values sealed anew meanwhile")
