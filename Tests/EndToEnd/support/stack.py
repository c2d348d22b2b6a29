"""Real processes for the end-to-end tests: a separate database, the Microsoft simulator, Hearth, a webhook receiver."""

import base64
import http.server
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time
import urllib.parse
import uuid

import httpx
import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[3]
BINARIES = pathlib.Path(os.environ.get("HEARTH_BINARIES", ROOT / ".build" / "debug"))
CLIENT_ID = "5d1f3a50-0000-4000-8000-0000000e2e00"
CLIENT_SECRET = "end~to+end/secret="


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# Deadlines are generous for an idle machine; a busy one may be this many times slower.
PATIENCE = 4


def wait_until(condition, seconds, what, patience=PATIENCE):
    """Polls until the condition holds; the deadline only ends a failing test. With a patience of 1 the seconds are exact."""
    deadline = time.monotonic() + patience * seconds
    while time.monotonic() < deadline:
        try:
            value = condition()
        except (httpx.TransportError, ConnectionError):
            value = None
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not observed within {patience * seconds} s: {what}")


def come_from_anywhere(request):
    """As behind a proxy: each request from another address, so that intended failures are not throttled."""
    request.headers.setdefault("X-Forwarded-For", f"198.18.{random.randrange(256)}.{random.randrange(256)}")


class Receiver:
    """A partner's webhook endpoint. `behave` decides each response: a status, optionally with headers and a body; 0 sends
    no response and closes the connection."""

    def __init__(self, behave=lambda delivery: 200):
        self.behave = behave
        self.deliveries = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                delivery = {"headers": headers, "body": body, "event": json.loads(body), "at": time.monotonic()}
                answer = receiver.behave(delivery)
                status, extra, text = ((*answer, b"")[:3] if isinstance(answer, tuple) else (answer, {}, b""))
                delivery["status"] = status
                with receiver.lock:
                    receiver.deliveries.append(delivery)
                if status == 0:
                    self.close_connection = True
                    return
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                """Ignored: killed senders reset their connections on purpose."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def accepted(self):
        with self.lock:
            return [d for d in self.deliveries if 200 <= d["status"] < 300]

    def events(self, type=None):
        return [d["event"] for d in self.accepted() if type in (None, d["event"]["type"])]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Stack:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        cluster = os.environ.get("HEARTH_TEST_DATABASE_URL")
        if not cluster:
            raise RuntimeError("HEARTH_TEST_DATABASE_URL names no cluster; run scripts/test e2e, which starts one")
        self.cluster = cluster
        self.database = "e2e_" + uuid.uuid4().hex
        parts = urllib.parse.urlsplit(cluster)
        self.database_url = urllib.parse.urlunsplit(parts._replace(path="/" + self.database))
        with psycopg.connect(cluster, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.database}")
        self.port, self.operations_port, self.simulator_port = free_port(), free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.microsoft = f"http://127.0.0.1:{self.simulator_port}"
        self.environment = {
            **os.environ,
            "HEARTH_DEVELOPMENT": "true",
            "HEARTH_SHARE_DIR": str(ROOT),
            "HEARTH_DATABASE_URL": self.database_url,
            "HEARTH_PORT": str(self.port),
            "HEARTH_TRUSTED_PROXIES": "127.0.0.1/32",
            "HEARTH_PUBLIC_URL": self.base,
            "HEARTH_OPERATIONS_LISTEN": f"127.0.0.1:{self.operations_port}",
            "HEARTH_ENCRYPTION_KEYS": "test:" + base64.b64encode(bytes(range(32))).decode(),
            "HEARTH_MICROSOFT_CLIENT_ID": CLIENT_ID,
            "HEARTH_MICROSOFT_CLIENT_SECRET": CLIENT_SECRET,
            "HEARTH_MICROSOFT_AUTHORITY": self.microsoft,
            "HEARTH_GRAPH_URL": self.microsoft + "/v1.0",
        }
        self.processes = {}
        self.http = httpx.Client(timeout=60, trust_env=False, event_hooks={"request": [come_from_anywhere]})
        self.start_simulator()
        self.cli("migrate")

    # Processes

    def start(self, name, *command, environment=None):
        log = open(self.folder / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(
            [str(part) for part in command], env=environment or self.environment, stdout=log, stderr=log
        )
        return self.processes[name]

    def start_simulator(self):
        self.start(
            "simulator", BINARIES / "microsoft-simulator", "serve", "--host", "127.0.0.1", "--port", self.simulator_port,
            "--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET,
            "--redirect-uri", self.base + "/oauth/microsoft/callback",
            "--redirect-uri", self.base + "/oauth/microsoft/admin-callback",
        )
        wait_until(lambda: self.http.get(self.microsoft + "/simulator").status_code == 200, 20, "the simulator")

    def start_hearth(self, kill_at=None, ready=True):
        environment = {**self.environment, **({"HEARTH_KILL_AT": kill_at} if kill_at else {})}
        process = self.start("hearth", BINARIES / "hearth", "serve", environment=environment)
        if ready:
            wait_until(lambda: self.http.get(self.base + "/readyz").status_code == 200, 20, "Hearth being ready")
        return process

    def start_second_hearth(self):
        """Another replica on the same database, at `self.second`."""
        port = free_port()
        environment = {**self.environment, "HEARTH_PORT": str(port), "HEARTH_OPERATIONS_LISTEN": "127.0.0.1:0"}
        process = self.start("second", BINARIES / "hearth", "serve", environment=environment)
        self.second = f"http://127.0.0.1:{port}"
        wait_until(lambda: self.http.get(self.second + "/readyz").status_code == 200, 20, "the second replica")
        return process

    def stop(self, name, how=signal.SIGTERM):
        process = self.processes.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(how)
            process.wait(40)

    def close(self):
        for name in list(self.processes):
            self.stop(name, signal.SIGKILL)
        self.http.close()
        with psycopg.connect(self.cluster, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    # The operator

    def cli(self, *arguments, check=True):
        done = subprocess.run(
            [str(BINARIES / "hearth"), *map(str, arguments), "--json"], env=self.environment, capture_output=True, text=True
        )
        if check:
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)
        return done

    def tenant(self, name="Acme", allow=True, per_minute=60000, per_second=1000, return_urls=()):
        options = (["--allow", "ms-graph"] if allow else []) + [part for url in return_urls for part in ("--return-url", url)]
        tenant = self.cli("tenant", "create", "--name", name, *options)["tenant_id"]
        limits = ["--requests-per-minute", per_minute, "--requests-per-second", per_second]
        self.cli("tenant", "limits", tenant, *limits)
        return Partner(self, tenant, self.cli("key", "create", "--tenant", tenant)["key"])

    def rows(self, sql, *parameters):
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(sql, parameters).fetchall()

    # Microsoft's side

    def control(self, method, path, **body):
        answer = self.http.request(method, f"{self.microsoft}/simulator/{path}", json=body or None)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def fault(self, **fault):
        return self.control("POST", "faults", **fault)


def change(stack, sql, *parameters):
    """Makes a change for which there is no command; returns the number of rows."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        return connection.execute(sql, parameters).rowcount


class Partner:
    def __init__(self, stack, tenant, key):
        self.stack, self.tenant, self.key = stack, tenant, key

    def with_key(self, key):
        """The same tenant through another of its keys."""
        return Partner(self.stack, self.tenant, key)

    def call(self, method, path, **arguments):
        headers = {"authorization": f"Bearer {self.key}", **arguments.pop("headers", {})}
        return self.stack.http.request(method, self.stack.base + "/api/v1" + path, headers=headers, **arguments)

    def webhook(self, url, events=None):
        return self.stack.cli("webhook", "add", "--tenant", self.tenant, "--url", url, *(["--events", events] if events else []))

    def link(self, email, **body):
        answer = self.call("POST", "/campaigns/ms-graph", json={"email": email, **body})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def consent(self, id):
        return self.call("GET", f"/consents/{id}").json()["data"]

    def campaigns(self):
        return self.call("GET", "/campaigns").json()["data"]

    def authorize(self, url, decision="accept", account=None):
        """Signs in and decides at Microsoft as the owner; returns the redirect to our callback."""
        url += f"&simulator_decision={decision}" + (f"&simulator_account={urllib.parse.quote(account)}" if account else "")
        answer = self.stack.http.get(url)
        assert answer.status_code in (302, 303), (answer.status_code, answer.text)
        return answer.headers["location"]

    def follow(self, url, decision="accept", account=None):
        """Follows the link to the end as the owner; returns the final page."""
        return self.stack.http.get(self.authorize(url, decision, account), follow_redirects=True)

    def connect(self, email, **body):
        link = self.link(email, **body)
        page = self.follow(link["url"])
        assert "Your mailbox is connected" in page.text, page.text
        return self.consent(link["consent_id"])["campaign_id"]
