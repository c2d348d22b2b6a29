"""The audit under load: two replicas chain while entries are committed and processes die; there is still one chain."""

import collections
import itertools
import json
import random
import secrets
import signal
import threading

import httpx
import psycopg
import pytest

from stack import BINARIES, Stack, come_from_anywhere, free_port, wait_until

KILLS, ENTRIES, WRITERS = 6, 100, 4  # ENTRIES entries between two kills


class Replicas:
    """Two equal processes on one database."""

    def __init__(self, folder):
        self.stack = Stack(folder)
        self.ports = {"hearth": self.stack.port, "second": free_port()}
        self.operations = {"hearth": self.stack.operations_port, "second": free_port()}

    def start(self, name, ready=True):
        environment = {
            **self.stack.environment, "HEARTH_PORT": str(self.ports[name]),
            "HEARTH_OPERATIONS_LISTEN": f"127.0.0.1:{self.operations[name]}",
        }
        self.stack.start(name, BINARIES / "hearth", "serve", environment=environment)
        if ready:
            wait_until(lambda: self.stack.http.get(self.base(name) + "/readyz").status_code == 200, 60, f"{name} being ready")

    def base(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def kill(self, name):
        self.stack.stop(name, signal.SIGKILL)

    def log(self):
        return "".join((self.stack.folder / f"{name}.log").read_text() for name in self.ports)


@pytest.fixture
def replicas(tmp_path):
    replicas = Replicas(tmp_path)
    try:
        for name in replicas.ports:
            replicas.start(name)
        yield replicas
    finally:
        replicas.stack.close()


def verify(stack, tenant):
    done = stack.cli("audit", "verify", "--tenant", tenant, check=False)
    return json.loads(done.stdout)["tenants"][0]


def unchained(stack, tenant):
    return stack.rows("SELECT count(*) FROM audit_entries WHERE tenant_id = %s AND position IS NULL", tenant)[0][0]


def count(stack, tenant):
    return stack.rows("SELECT count(*) FROM audit_entries WHERE tenant_id = %s", tenant)[0][0]


class Writer(threading.Thread):
    """Starts and pauses one campaign, each time with an event and an entry, and creates links, which have no event."""

    def __init__(self, replicas, partner, campaign, stopping):
        super().__init__(daemon=True)
        self.replicas, self.partner, self.campaign, self.stopping = replicas, partner, campaign, stopping
        self.http = httpx.Client(timeout=60, trust_env=False, event_hooks={"request": [come_from_anywhere]})
        self.answered, self.failure = [], None

    def call(self, method, path, **arguments):
        """Repeats a call until either process responds. Calls without a response may have taken effect."""
        while not self.stopping.is_set():
            request = secrets.token_hex(8)
            url = f"{self.replicas.base(random.choice(list(self.replicas.ports)))}/api/v1{path}"
            headers = {"authorization": f"Bearer {self.partner.key}", "x-request-id": request}
            try:
                answer = self.http.request(method, url, headers=headers, **arguments)
            except httpx.TransportError:
                continue
            if answer.status_code < 300:
                self.answered.append(request)
                return
            if answer.status_code < 500:
                raise RuntimeError(answer.text)

    def run(self):
        try:
            for n in itertools.count():
                if self.stopping.is_set():
                    return
                self.call("PATCH", f"/campaigns/{self.campaign}/{('pause', 'resume')[n % 2]}-warmup")
                self.call("POST", "/campaigns/ms-graph", json={"email": f"link{self.campaign}-{n}@outlook.com"})
        except Exception as error:  # shown by the test
            self.failure = error


def test_the_chain_stays_one_and_in_the_order_of_the_feed(replicas):
    stack = replicas.stack
    partner = stack.tenant()
    campaigns = [partner.connect(f"load{n}@outlook.com") for n in range(WRITERS)]
    for campaign in campaigns:
        assert partner.call("PATCH", f"/campaigns/{campaign}/start-warmup").status_code == 200
    stopping = threading.Event()
    writers = [Writer(replicas, partner, campaign, stopping) for campaign in campaigns]
    for writer in writers:
        writer.start()
    try:
        for n in range(KILLS):
            before = count(stack, partner.tenant)
            wait_until(lambda: any(w.failure for w in writers) or count(stack, partner.tenant) >= before + ENTRIES, 120, "entries between two kills")
            name = list(replicas.ports)[n % 2]
            replicas.kill(name)
            replicas.start(name)
    finally:
        stopping.set()
        for writer in writers:
            writer.join()
    assert [writer.failure for writer in writers] == [None] * WRITERS
    wait_until(lambda: unchained(stack, partner.tenant) == 0, 120, "the chaining")

    rows = stack.rows("SELECT position, feed_position, request_id FROM audit_entries WHERE tenant_id = %s ORDER BY position", partner.tenant)
    assert [position for position, _, _ in rows] == list(range(1, len(rows) + 1)) and len(rows) > KILLS * ENTRIES
    finding = verify(stack, partner.tenant)
    assert finding["intact"] and finding["verified"] == len(rows)
    # Nothing is lost or duplicated: neither calls with a response nor changes without one.
    entries = collections.Counter(request for _, _, request in rows if request)
    assert set(entries.values()) == {1}
    assert {request for writer in writers for request in writer.answered} <= set(entries)
    # A consent's completion has two events; a command has one.
    moves = dict(stack.rows("SELECT request_id, event_position FROM campaign_history WHERE tenant_id = %s AND command <> 'consent'", partner.tenant))
    assert set(moves) <= set(entries) and len(moves) > ENTRIES
    # Each entry is at its own event's position, and the chain follows the feed.
    told = [(feed, moves[request]) for _, feed, request in rows if request in moves]
    assert [each for each in told if each[0] != each[1]] == []
    assert told == sorted(told)
    # One takes over from the other without failing.
    assert '"chain_audit"' not in replicas.log() and "run hearth audit verify" not in replicas.log()


@pytest.mark.parametrize("death", ["process", "connection"])
def test_a_death_in_the_middle_of_chaining(replicas, death):
    stack = replicas.stack
    tenant = stack.cli("tenant", "create", "--name", "Middle")["tenant_id"]
    wait_until(lambda: unchained(stack, tenant) == 0, 60, "the first entry")
    for name in replicas.ports:
        replicas.kill(name)
    for _ in range(5):
        stack.cli("key", "list", "--tenant", tenant)
    third = "SELECT entry_id FROM audit_entries WHERE tenant_id = %s AND position IS NULL ORDER BY feed_position, occurred_at, entry_id OFFSET 2 LIMIT 1"
    held_up = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name LIKE 'hearth%%'"
    with psycopg.connect(stack.database_url) as holding:
        holding.execute("SELECT 1 FROM audit_entries WHERE tenant_id = %s AND entry_id = %s FOR UPDATE", (tenant, stack.rows(third, tenant)[0][0]))
        for name in replicas.ports:
            replicas.start(name)
        # One of the two is chaining, and is between the second and the third.
        wait_until(lambda: len(stack.rows(held_up)) == 1, 60, "the chaining being held up")
        if death == "process":
            for name in replicas.ports:
                replicas.kill(name)
        stack.rows("SELECT pg_terminate_backend(pid) FROM (" + held_up + ") s")
        wait_until(lambda: death == "connection" or stack.rows(held_up) == [], 60, "the end of it")
        assert unchained(stack, tenant) == 5
        finding = verify(stack, tenant)
        assert (finding["intact"], finding["verified"], finding["unchained"]) == (True, 1, 5)
    if death == "process":
        for name in replicas.ports:
            replicas.start(name)
    wait_until(lambda: unchained(stack, tenant) == 0, 60, "the chaining")
    finding = verify(stack, tenant)
    assert (finding["intact"], finding["verified"]) == (True, 6)
