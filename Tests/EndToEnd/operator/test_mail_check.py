"""`hearth doctor` and the mail server: a full check without sending a message; and waiting messages."""

import json
import socket
import ssl
import subprocess
import threading

import psycopg
import pytest

from mailserver import MailServer
from stack import BINARIES, Stack, free_port, wait_until


@pytest.fixture
def relay():
    """Creates mail servers, and stops them."""
    made = []

    def make(**arguments):
        made.append(MailServer(**arguments))
        return made[-1]

    yield make
    for each in made:
        assert each.messages == [] and each.attempts == [], "a check sends nothing"
        each.close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    subprocess.run([BINARIES / "microsoft-simulator", "certificate", "--directory", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def secure(certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    return context


@pytest.fixture
def doctor(stack, monkeypatch):
    def look(url, **settings):
        for name, value in {"HEARTH_SMTP_URL": url, "HEARTH_SMTP_FROM": "invite@hearth.example", **settings}.items():
            monkeypatch.setitem(stack.environment, name, str(value))
        answer = json.loads(stack.cli("doctor", check=False).stdout)
        (finding,) = [each for each in answer["findings"] if each["name"] == "mail server"]
        assert "secret" not in finding["words"]
        return finding["verdict"], finding["words"]

    return look


def test_without_a_server(stack):
    answer = json.loads(stack.cli("doctor", check=False).stdout)
    (finding,) = [each for each in answer["findings"] if each["name"] == "mail server"]
    assert (finding["verdict"], finding["words"]) == ("ok", "none is set; partners send the links themselves")


def test_a_server_that_answers(doctor, relay):
    port = relay().port
    assert doctor(f"smtp://127.0.0.1:{port}") == ("ok", f"smtp://127.0.0.1:{port} answers")
    port = relay(user="ann", password="the secret").port
    assert doctor(f"smtp://ann:the%20secret@127.0.0.1:{port}") == ("ok", f"smtp://127.0.0.1:{port} answers, user and password are accepted")


def test_what_is_wrong_is_said(doctor, relay):
    port = free_port()
    assert doctor(f"smtp://127.0.0.1:{port}") == ("failure", f"smtp://127.0.0.1:{port}: the mail server could not be reached")
    verdict, words = doctor(f"smtp://ann:other@127.0.0.1:{relay(user='ann', password='the secret').port}")
    assert verdict == "failure" and "the mail server rejected the user name and password (reply 535)" in words
    verdict, words = doctor(f"smtp://ann:other@127.0.0.1:{relay().port}")
    assert verdict == "failure" and "does not ask for a user name and password" in words


@pytest.mark.parametrize("greeting, words", [(b"HTTP/1.1 400 Bad Request\r\n", "closed the connection"), (b"554 Go away\r\n", "the server is not a mail server, or is not working (reply 554)"), (b"", "closed the connection")])
def test_what_is_no_mail_server(doctor, greeting, words):
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            with server.accept()[0] as connection:
                connection.sendall(greeting)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        verdict, said = doctor(f"smtp://127.0.0.1:{server.getsockname()[1]}")
        thread.join(60)
    assert verdict == "failure" and words in said


def test_tls_as_a_message_would_have_it(stack, doctor, relay, secure, certificates, monkeypatch):
    url = f"smtp://ann:the%20secret@localhost:{relay(tls=secure, user='ann', password='the secret').port}"
    verdict, words = doctor(url)
    assert verdict == "failure" and "certificate is not trusted" in words
    assert doctor(url, HEARTH_SMTP_CA_FILE=certificates / "ca.pem")[0] == "ok"
    verdict, words = doctor(url, HEARTH_SMTP_CA_FILE=certificates / "nothing.pem")
    assert verdict == "failure" and "file of trusted certificates cannot be read" in words
    # Outside development nothing goes out unencrypted.
    monkeypatch.delitem(stack.environment, "HEARTH_SQL_RECORD", raising=False)
    serious = {"HEARTH_DEVELOPMENT": "false", "HEARTH_PUBLIC_URL": "https://hearth.example", "HEARTH_MICROSOFT_AUTHORITY": "https://127.0.0.1:1", "HEARTH_GRAPH_URL": "https://127.0.0.1:1/v1.0"}
    verdict, words = doctor(f"smtp://127.0.0.1:{relay().port}", **serious)
    assert verdict == "failure" and "the mail server does not offer TLS" in words


def test_messages_that_wait_are_seen(tmp_path):
    stack = Stack(tmp_path)
    try:
        stack.environment.update(HEARTH_SMTP_URL=f"smtp://127.0.0.1:{free_port()}", HEARTH_SMTP_FROM="invite@hearth.example")
        stack.start_hearth()
        partner = stack.tenant()
        made = partner.call("POST", "/invitations", json={"email": "waits@outlook.com", "permission_level": "send"}).json()["data"]
        metrics = lambda: stack.http.get(f"http://127.0.0.1:{stack.operations_port}/metrics").text
        wait_until(lambda: 'hearth_invitation_mail_attempts_total{outcome="postponed"} 1' in metrics(), 60, "the attempt")
        finding = lambda: [each for each in json.loads(stack.cli("doctor", check=False).stdout)["findings"] if each["name"] == "invitation mail"][0]
        assert finding()["verdict"] == "ok"
        with psycopg.connect(stack.database_url) as connection:
            connection.execute("UPDATE invitations SET expires_at = expires_at - interval '1 hour' WHERE invitation_id = %s", (made["id"],))
        assert finding()["verdict"] == "warning" and finding()["words"].startswith("1 waiting, the oldest since ")
        age = lambda: [float(line.split()[1]) for line in metrics().splitlines() if line.startswith("hearth_invitation_mail_oldest_waiting_seconds ")]
        wait_until(lambda: age() and 3600 <= age()[0] < 4500 and "\nhearth_invitation_mail_waiting 1\n" in metrics(), 60, "the gauges")
    finally:
        stack.close()
