"""`hearth doctor` reports problems in words that an operator can act on."""

import base64
import json
import os

import pytest

from stack import CLIENT_ID, ROOT, free_port


def doctor(stack):
    done = stack.cli("doctor", check=False)
    answer = json.loads(done.stdout)
    assert (done.returncode == 0) == answer["healthy"], done.stderr
    for finding in answer["findings"]:
        # Signs of an internal value printed as it is.
        assert not any(sign in finding["words"] for sign in ["Optional(", "MicrosoftFault", "HearthCore.", "HearthMicrosoft.", "nil"]), finding
    return {finding["name"]: finding for finding in answer["findings"]}


@pytest.fixture
def honest(stack):
    yield
    stack.control("DELETE", "faults")


def test_a_healthy_installation(stack):
    findings = doctor(stack)
    assert {"database", "host clock", "migrations", "lanes", "sealed values", "microsoft secret", "microsoft application", "tenant secrets", "tenant applications", "idle grants", "key ring", "mail server", "invitation mail", "consents", "audit", "owners' link", "administrators' link", "public URL", "microsoft keys", "microsoft clock"} == set(findings)
    assert {name for name, finding in findings.items() if finding["verdict"] != "ok"} == {"key ring", "microsoft secret"}, findings
    known = "Microsoft asks for a sign-in and knows the application and its redirect URI "
    assert findings["owners' link"]["words"] == f"{known}{stack.base}/oauth/microsoft/callback"
    assert findings["administrators' link"]["words"] == f"{known}{stack.base}/oauth/microsoft/admin-callback"
    assert findings["public URL"]["words"] == f"{stack.base} leads to this service"


@pytest.mark.parametrize(
    "variable, value, words",
    [
        ("HEARTH_MICROSOFT_CLIENT_ID", "7c0ffee0-0000-4000-8000-00000000d0c0", ["AADSTS700016", "HEARTH_MICROSOFT_CLIENT_ID"]),
        ("HEARTH_MICROSOFT_TENANT", "7c0ffee0-0000-4000-8000-00000000d0c0", ["AADSTS90002", "HEARTH_MICROSOFT_TENANT"]),
        ("HEARTH_PUBLIC_URL", "http://127.0.0.1:1", ["AADSTS50011", "register exactly http://127.0.0.1:1/oauth/microsoft/callback"]),
    ],
)
def test_a_link_that_no_owner_could_follow(stack, monkeypatch, variable, value, words):
    monkeypatch.setitem(stack.environment, variable, value)
    finding = doctor(stack)["owners' link"]
    assert finding["verdict"] == "failure" and all(each in finding["words"] for each in words), finding


def test_a_client_id_in_capitals_works(stack, monkeypatch):
    monkeypatch.setitem(stack.environment, "HEARTH_MICROSOFT_CLIENT_ID", f" {CLIENT_ID.upper()} ")
    assert doctor(stack)["owners' link"]["verdict"] == "ok"


def test_a_public_url_that_leads_elsewhere(stack, monkeypatch):
    # The simulator answers there, but has no such page.
    monkeypatch.setitem(stack.environment, "HEARTH_PUBLIC_URL", stack.microsoft)
    finding = doctor(stack)["public URL"]
    assert finding["verdict"] == "failure" and "is not Hearth's" in finding["words"], finding
    monkeypatch.setitem(stack.environment, "HEARTH_PUBLIC_URL", f"http://127.0.0.1:{free_port()}")
    finding = doctor(stack)["public URL"]
    assert finding["verdict"] == "warning" and finding["words"].startswith("could not be checked from here"), finding


def test_microsoft_in_trouble_says_nothing_of_the_link(stack, honest):
    stack.fault(match={"operation": "authorize"}, status=503)
    finding = doctor(stack)["owners' link"]
    assert (finding["verdict"], finding["words"]) == ("warning", "could not be checked: Microsoft answers with status 503")


@pytest.mark.parametrize(
    "fault, words",
    [
        ({"match": {"operation": "discovery"}, "status": 503, "retryAfter": 30}, "an answer with status 503"),
        ({"match": {"operation": "discovery"}, "body": "close"}, "the connection was closed before a complete response arrived"),
        ({"match": {"operation": "keys"}, "body": "garbage"}, "the signing keys could not be fetched: a document that is not a JSON object"),
        ({"match": {"operation": "keys"}, "status": 500}, "the signing keys could not be fetched: an answer with status 500"),
    ],
    ids=["status", "closed", "garbage", "keys"],
)
def test_microsoft_in_trouble(stack, honest, fault, words):
    stack.fault(**fault)
    finding = doctor(stack)["microsoft"]
    assert (finding["verdict"], finding["words"]) == ("failure", f"{stack.microsoft}: {words}")


def test_microsoft_away(stack, monkeypatch):
    away = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setitem(stack.environment, "HEARTH_MICROSOFT_AUTHORITY", away)
    finding = doctor(stack)["microsoft"]
    assert (finding["verdict"], finding["words"]) == ("failure", f"{away}: the connection could not be established")


def test_the_database_away(stack, monkeypatch):
    monkeypatch.setitem(stack.environment, "HEARTH_DATABASE_URL", f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none")
    finding = doctor(stack)["database"]
    assert finding["verdict"] == "failure" and "127.0.0.1" in finding["words"] and "refused" in finding["words"], finding
    assert "secret" not in finding["words"]


def test_a_spare_key_and_migrations_that_were_forgotten(stack, monkeypatch, tmp_path):
    spare = base64.b64encode(os.urandom(32)).decode()
    monkeypatch.setitem(stack.environment, "HEARTH_ENCRYPTION_KEYS", f"new:{spare},{stack.environment['HEARTH_ENCRYPTION_KEYS']}")
    assert doctor(stack)["key ring"]["verdict"] == "ok"
    later = tmp_path / "migrations"
    later.mkdir()
    numbers = []
    for file in sorted((ROOT / "migrations").glob("*.sql")):
        (later / file.name).write_text(file.read_text())
        numbers.append(int(file.name[:4]))
    (later / f"{numbers[-1] + 1:04}_later.sql").write_text("SELECT 1;")
    monkeypatch.setitem(stack.environment, "HEARTH_SHARE_DIR", str(tmp_path))
    finding = doctor(stack)["migrations"]
    assert (finding["verdict"], finding["words"]) == ("failure", "1 pending; run: hearth migrate")
