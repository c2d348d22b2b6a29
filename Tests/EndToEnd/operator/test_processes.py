"""Starting, running separately, running as in production, and stopping the programs."""

import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import httpx
import psycopg
import pytest

from stack import BINARIES, CLIENT_ID, CLIENT_SECRET, ROOT, Stack, wait_until


@pytest.fixture
def apart(tmp_path):
    """A stack whose Hearth has not been started."""
    stack = Stack(tmp_path)
    yield stack
    stack.close()


def test_api_and_workers_run_apart(apart, receiver):
    api = apart.start("hearth", BINARIES / "hearth", "serve", "--only", "api")
    wait_until(lambda: apart.http.get(apart.base + "/readyz").status_code == 200, 20, "the API")
    partner = apart.tenant()
    partner.webhook(receiver.url)
    partner.connect("apart@outlook.com")
    assert not receiver.deliveries and api.poll() is None, "nobody delivers yet"

    workers = {**apart.environment, "HEARTH_OPERATIONS_LISTEN": "127.0.0.1:0", "HEARTH_PORT": "0"}
    process = apart.start("workers", BINARIES / "hearth", "serve", "--only", "workers", environment=workers)
    wait_until(lambda: receiver.events("campaign.pending"), 20, "the workers deliver what the API committed")
    apart.stop("workers")
    assert process.returncode == 0
    metrics = apart.http.get(f"http://127.0.0.1:{apart.operations_port}/metrics")
    assert metrics.status_code == 200 and "apart@outlook.com" not in metrics.text
    labels = set(re.findall(r'[{,](\w+)="', metrics.text))
    assert labels and not labels & {"tenant", "mailbox", "address", "email", "campaign", "endpoint"}, labels


def test_sigterm_finishes_what_was_begun(apart):
    process = apart.start_hearth()
    partner = apart.tenant()
    id = partner.connect("last@outlook.com")
    apart.fault(match={"operation": "messages"}, latencyMilliseconds=2000)
    answers = []
    call = threading.Thread(target=lambda: answers.append(partner.call("PATCH", f"/campaigns/{id}/start-warmup")))
    call.start()
    wait_until(lambda: apart.control("GET", "requests?operation=messages")["requests"][1:], 10, "the check being under way")
    process.send_signal(signal.SIGTERM)
    call.join(30)
    assert process.wait(30) == 0
    assert [answer.status_code for answer in answers] == [200]
    assert apart.rows("SELECT status FROM campaigns WHERE campaign_id = %s", id) == [("active",)]


@pytest.mark.parametrize(
    "variable, value",
    [
        ("HEARTH_DATABASE_URL", ""), ("HEARTH_PORT", "http"), ("HEARTH_PUBLIC_URL", "hearth.example"),
        ("HEARTH_PUBLIC_URL", "http://hearth.example"), ("HEARTH_MICROSOFT_AUTHORITY", "http://login.example"),
        ("HEARTH_ENCRYPTION_KEYS", ""), ("HEARTH_ENCRYPTION_KEYS", "k1:c2hvcnQ="), ("HEARTH_MICROSOFT_CLIENT_ID", ""),
        ("HEARTH_MICROSOFT_CLIENT_SECRET", ""), ("HEARTH_OPERATIONS_LISTEN", "9464"), ("HEARTH_TRUSTED_PROXIES", "everybody"),
        ("HEARTH_TLS_CERTIFICATE", "/somewhere"), ("HEARTH_DEVELOPMENT", "yes"), ("HEARTH_KILL_AT", "consent.claimed:1"),
        ("HEARTH_CONSENT_LIFETIME", "10"), ("HEARTH_DATABASE_POOLER", "session"),
        ("HEARTH_PUBLIC_URL", "https://hearth.example/hearth"), ("HEARTH_PUBLIC_URL", "https://hearth.example?x=1"),
        ("HEARTH_MICROSOFT_CLIENT_ID", "{" + CLIENT_ID + "}"), ("HEARTH_MICROSOFT_CLIENT_ID", "my-application"),
        ("HEARTH_MICROSOFT_TENANT", "contoso"), ("HEARTH_GRAPH_URL", "https://graph.microsoft.com"),
    ],
)
def test_a_malformed_setting_stops_the_start_by_name(variable, value):
    environment = {
        "HEARTH_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "HEARTH_PUBLIC_URL": "https://hearth.example",
        "HEARTH_ENCRYPTION_KEYS": "k1:" + "A" * 43 + "=", "HEARTH_MICROSOFT_CLIENT_ID": CLIENT_ID,
        "HEARTH_MICROSOFT_CLIENT_SECRET": "never-shown", "HEARTH_SHARE_DIR": str(ROOT), variable: value,
    }
    done = subprocess.run([BINARIES / "hearth", "serve"], env=environment, capture_output=True, text=True, timeout=30)
    said = done.stdout + done.stderr
    assert done.returncode != 0 and variable in said, said
    assert "never-shown" not in said and "A" * 43 not in said


def test_migrations_are_applied_once_however_many_run(apart, tmp_path):
    with psycopg.connect(apart.cluster, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {apart.database} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {apart.database}")
    dry = apart.cli("migrate", "--dry-run")
    assert dry["dry_run"] is True and len(dry["pending"]) == len(list((ROOT / "migrations").glob("*.sql")))
    command = [BINARIES / "hearth", "migrate", "--json"]
    runs = [subprocess.Popen(command, env=apart.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [run.communicate(timeout=60) for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], ended
    assert apart.cli("migrate")["applied"] == []

    share = tmp_path / "share"
    shutil.copytree(ROOT / "migrations", share / "migrations")
    changed = sorted((share / "migrations").glob("*.sql"))[0]
    changed.write_text(changed.read_text() + "\n-- changed afterwards\n")
    apart.environment["HEARTH_SHARE_DIR"] = str(share)
    refused = apart.cli("migrate", check=False)
    assert refused.returncode != 0 and changed.name[:4] in refused.stderr, refused.stderr


def test_a_client_that_never_finishes_its_headers_is_cut(stack):
    """The limit is ten seconds; others are served in the meantime."""
    with socket.create_connection(("127.0.0.1", stack.port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        connection.settimeout(25)
        began = time.monotonic()
        assert stack.http.get(stack.base + "/healthz").status_code == 200
        while connection.recv(4096):
            pass
        assert time.monotonic() - began > 5


# As in production: TLS everywhere, no development mode


class SecureStack(Stack):
    def start_simulator(self):
        subprocess.run([BINARIES / "microsoft-simulator", "certificate", "--directory", self.folder], check=True, capture_output=True)
        certificate, key, authority = (self.folder / name for name in ("server.pem", "server.key", "ca.pem"))
        self.base = self.base.replace("http://127.0.0.1", "https://localhost")
        self.microsoft = self.microsoft.replace("http://127.0.0.1", "https://localhost")
        self.environment.pop("HEARTH_SQL_RECORD", None)  # development only
        self.environment |= {
            "HEARTH_DEVELOPMENT": "false", "HEARTH_PUBLIC_URL": self.base, "HEARTH_CA_FILE": str(authority),
            "HEARTH_TLS_CERTIFICATE": str(certificate), "HEARTH_TLS_KEY": str(key),
            "HEARTH_MICROSOFT_AUTHORITY": self.microsoft, "HEARTH_GRAPH_URL": self.microsoft + "/v1.0",
        }
        self.context = ssl.create_default_context(cafile=str(authority))
        self.http = httpx.Client(timeout=60, trust_env=False, verify=self.context)
        self.start(
            "simulator", BINARIES / "microsoft-simulator", "serve", "--host", "127.0.0.1", "--port", self.simulator_port,
            "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET, "--redirect-uri", self.base + "/oauth/microsoft/callback",
            "--tls-certificate", certificate, "--tls-key", key,
        )
        wait_until(lambda: self.http.get(self.microsoft + "/simulator").status_code == 200, 20, "the simulator")


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    stack = SecureStack(tmp_path_factory.mktemp("secure"))
    stack.start_hearth()
    yield stack
    stack.close()


def test_the_main_flow_over_tls(secure):
    partner = secure.tenant()
    id = partner.connect("secure@outlook.com")
    answer = partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    assert (answer.status_code, answer.json()["data"]["status_code"]) == (200, "active")
    assert "max-age" in answer.headers["strict-transport-security"]


def test_tls_below_1_3_is_refused(secure):
    older = ssl.create_default_context(cafile=secure.environment["HEARTH_CA_FILE"])
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)), socket.create_connection(("127.0.0.1", secure.port)) as connection:
        older.wrap_socket(connection, server_hostname="localhost").recv(1)
    with socket.create_connection(("127.0.0.1", secure.port)) as connection:
        assert secure.context.wrap_socket(connection, server_hostname="localhost").version() == "TLSv1.3"


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/hook", "ftp://partner.example/hook", "partner.example/hook", "https://", "https://user:pw@partner.example/",
        "https://127.0.0.1/hook", "https://10.1.2.3/", "https://192.168.0.1/", "https://172.16.0.1/", "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data", "https://0.0.0.0/", "https://224.0.0.1/", "https://[::1]/", "https://[fe80::1]/",
        "https://localhost/", "https://hooks.localhost/", "https://hooks.internal/",
        "https://[fd00::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://2130706433/", "https://0x7f.1/",
    ],
)
def test_a_webhook_url_that_must_not_be_called_is_refused_with_the_reason(secure, url):
    tenant = secure.rows("SELECT min(tenant_id) FROM tenants")[0][0] or secure.tenant().tenant
    done = secure.cli("webhook", "add", "--tenant", tenant, "--url", url, check=False)
    assert done.returncode != 0 and done.stdout == "", done.stdout
    assert len(done.stderr.strip()) > len("hearth: "), "the reason"
    assert secure.rows("SELECT count(*) FROM webhook_endpoints WHERE url = %s", url) == [(0,)]


def test_a_host_that_is_forbidden_later_is_refused_when_it_is_called(secure):
    """As when the operator allows a network and forbids it again. The attempt records the reason, and nothing is sent."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0.5)
        partner = secure.tenant()
        partner.webhook("https://hooks.partner.example/hook")
        with psycopg.connect(secure.database_url) as connection:
            connection.execute(
                "UPDATE webhook_endpoints SET url = %s WHERE tenant_id = %s", (f"https://localhost:{trap.getsockname()[1]}/hook", partner.tenant))
        partner.connect("trap@outlook.com")
        attempts = wait_until(
            lambda: secure.rows("SELECT outcome, error FROM webhook_attempts WHERE tenant_id = %s", partner.tenant), 20, "the attempt")
        assert attempts[0] == ("unreachable", "the address is not allowed: a name for the local machine"), attempts
        with pytest.raises(TimeoutError):
            trap.accept()
