"""Invalid requests of partners: each is refused with a clear error, and nothing is stored."""

import json
import subprocess

import pytest

from stack import BINARIES, free_port, wait_until

URL = "/campaigns/ms-graph"


@pytest.fixture(scope="module")
def partner(stack):
    return stack.tenant()


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    body = answer.json()
    assert body["success"] is False and body["status"] == status and body["message"]
    assert body["request_id"] == answer.headers["x-request-id"]
    return body


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Basic abc", "Bearer hearth_1_2_" + "a" * 43, "Bearer hearth_x_y_z"])
def test_no_or_wrong_key(stack, header):
    answer = stack.http.get(stack.base + "/api/v1/campaigns", headers={"authorization": header} if header else {})
    refused(answer, 401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_revoked_key_suspended_tenant_and_allowlist(stack):
    partner = stack.tenant(allow=False)
    refused(partner.call("POST", URL, json={"email": "a@outlook.com"}), 403, "MS_GRAPH_FEATURE_DISABLED")
    stack.cli("tenant", "suspend", partner.tenant)
    wait_until(lambda: partner.call("GET", "/campaigns").status_code == 403, 5, "the suspension")
    refused(partner.call("GET", "/campaigns"), 403, "TENANT_SUSPENDED")
    stack.cli("tenant", "resume", partner.tenant)
    stack.cli("key", "revoke", "--tenant", partner.tenant, "--key", partner.key.split("_")[2])
    wait_until(lambda: partner.call("GET", "/campaigns").status_code == 401, 5, "the revocation")


@pytest.mark.parametrize(
    "body, fields",
    [
        ({}, ["email"]), ({"email": ""}, ["email"]), ({"email": "no address"}, ["email"]), ({"email": 5}, ["email"]),
        ({"email": "a@b.example", "first_name": "x" * 256}, ["first_name"]),
        ({"email": "a@b.example", "email_per_day": 2001}, ["email_per_day"]),
        ({"email": "a@b.example", "email_per_day": -1, "response_rate": 101}, ["email_per_day", "response_rate"]),
        ({"email": "a@b.example", "email_per_day": "many"}, ["email_per_day"]),
        ({"email": "a@b.example", "email_per_day": 1.5}, ["email_per_day"]),
        ({"email": "a@b.example", "with_rampup": "perhaps"}, ["with_rampup"]),
        ({"email": "a@b.example", "rampup_speed": "warp", "warmup_audience_type": "x", "sending_schedule_presets": "never"},
         ["rampup_speed", "warmup_audience_type", "sending_schedule_presets"]),
        ({"email": "a@b.example", "timezone": "Mars/Olympus"}, ["timezone"]),
        ({"email": "a@b.example", "timezone": "../../etc/passwd"}, ["timezone"]),
        ({"email": "a@b.example", "timezone": "BST"}, ["timezone"]), ({"email": "a@b.example", "timezone": "GMT+5"}, ["timezone"]),
        ({"email": "\u200bann@contoso.example"}, ["email"]), ({"email": "ann\u00a0lee@contoso.example"}, ["email"]),
        ({"email": "a@b.example", "first_name": "\u202eeeL", "last_name": "a\u200bb", "owner_email": "\u2066team@partner.example",
          "tags": ["a", "b\u00adc"]}, ["first_name", "last_name", "owner_email", "tags[1]"]),
        ({"email": "a@b.example", "first_name": "Ann\nLee"}, ["first_name"]),
        ({"email": "a@b.example", "meta": {"tags": ["a\u200b"]}}, ["meta"]),
        ({"email": "a@b.example", "tags": ["t"] * 1 + [str(n) for n in range(101)]}, ["tags"]),
        ({"email": "a@b.example", "tags": {"a": 1}}, ["tags"]),
        ({"email": "a@b.example", "meta": {"a": "x" * 20_000}}, ["meta"]),
        ({"email": "a@b.example", "permission_level": "all"}, ["permission_level"]),
        ({"email": "a@b.example", "expires_in": 1}, ["expires_in"]),
        ({"email": "a@b.example", "return_url": "https://elsewhere.example/"}, ["return_url"]),
        ({"email": "a@b.example\r\nX: y"}, ["email"]),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_every_bad_field_is_named(partner, body, fields):
    answer = refused(partner.call("POST", URL, json=body), 400, "VALIDATION_FAILED")
    assert sorted(answer["errors"]) == sorted(fields)


@pytest.mark.parametrize(
    "content, status, code",
    [
        (b'{"email":"a@b.example","email":"c@d.example"}', 400, "MALFORMED_JSON"),
        (b'{"email":"a@b.example"} x', 400, "MALFORMED_JSON"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "MALFORMED_JSON"),
        (b'{"email":"a\xff@b.example"}', 400, "MALFORMED_JSON"),
        (b'{"email":"a\\u0000@b.example"}', 400, "MALFORMED_JSON"),
        (b"[]", 400, "MALFORMED_JSON"), (b'"text"', 400, "MALFORMED_JSON"), (b"{", 400, "MALFORMED_JSON"),
        (b'{"email":"' + b"x" * 10_000_000 + b'"}', 413, "PAYLOAD_TOO_LARGE"),
    ],
    ids=["duplicate", "trailing", "deep", "utf8", "nul", "array", "string", "cut", "10MB"],
)
def test_malformed_bodies(partner, content, status, code):
    refused(partner.call("POST", URL, content=content, headers={"content-type": "application/json"}), status, code)


def test_unknown_media_type_paths_and_methods(partner):
    refused(partner.call("POST", URL, content=b"<a/>", headers={"content-type": "application/xml"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(partner.call("GET", "/nowhere"), 404, "NOT_FOUND")
    answer = partner.call("PUT", "/campaigns")
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize("id", ["1", "999999999", "0", "-1", "abc", "9223372036854775808", "%00", "1%2F2"])
def test_unknown_ids(partner, id):
    for method, path in [("GET", ""), ("DELETE", ""), ("PATCH", "/start-warmup"), ("PATCH", "/pause-warmup"), ("PATCH", "/resume-warmup")]:
        answer = partner.call(method, f"/campaigns/{id}{path}")
        assert (answer.status_code, answer.json()["code"]) in [(403, "CAMPAIGN_NOT_FOUND"), (404, "NOT_FOUND")], answer.text
    assert partner.call("GET", f"/consents/{id}").status_code == 404


def test_another_tenants_ids_are_as_unknown_as_no_ones(stack, partner):
    other = stack.tenant("Other")
    id = other.connect("mine@outlook.com")
    consent = other.link("mine2@outlook.com")["consent_id"]
    for method, path in [("GET", ""), ("DELETE", ""), ("PATCH", "/start-warmup"), ("PATCH", "/pause-warmup"), ("PATCH", "/resume-warmup")]:
        foreign = partner.call(method, f"/campaigns/{id}{path}", headers={"x-request-id": "same"})
        unknown = partner.call(method, f"/campaigns/999999999{path}", headers={"x-request-id": "same"})
        assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content) and foreign.status_code == 403
    for method in ["GET", "DELETE"]:
        assert partner.call(method, f"/consents/{consent}").json()["code"] == "CONSENT_NOT_FOUND"
    assert partner.campaigns() == [] and partner.call("GET", "/webhooks/events").json()["data"] == []
    assert other.call("GET", f"/campaigns/{id}").json()["data"]["status_code"] == "pending"


def test_impossible_transition(partner):
    id = partner.connect("impossible@outlook.com")
    body = refused(partner.call("PATCH", f"/campaigns/{id}/pause-warmup"), 409, "INVALID_STATE_TRANSITION")
    assert (body["current_status"], body["allowed_actions"]) == ("pending", ["start", "resume", "delete"])
    partner.call("DELETE", f"/campaigns/{id}")


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "https://10.0.0.1/", "ftp://example.com/", "https://user:pw@example.com/", "nonsense", "https://[fd00:ec2::254]/"]
)
def test_forbidden_webhook_urls(stack, partner, url):
    refusal = stack.cli("webhook", "add", "--tenant", partner.tenant, "--url", url, check=False)
    assert refusal.returncode == 1 and "hearth:" in refusal.stderr and not refusal.stdout


def test_a_character_that_nobody_can_see_is_named(partner):
    answer = refused(partner.call("POST", URL, json={"email": "\u200bann@contoso.example"}), 400, "VALIDATION_FAILED")
    assert answer["errors"] == {"email": ["must not contain U+200B ZERO WIDTH SPACE, which cannot be seen"]}
    answer = refused(partner.call("POST", "/keys", json={"name": "a\u202eb"}), 400, "VALIDATION_FAILED")
    assert answer["errors"] == {"name": ["must not contain U+202E RIGHT-TO-LEFT OVERRIDE, which changes the direction of text"]}
    answer = refused(partner.call("POST", "/webhooks/endpoints", json={"url": "https://a.partner.example", "description": "a\u2060"}), 400, "VALIDATION_FAILED")
    assert list(answer["errors"]) == ["description"]
    answer = refused(partner.call("POST", "/admin-consents", json={"domain": "conto\u200bso.example"}), 400, "VALIDATION_FAILED")
    assert "U+200B ZERO WIDTH SPACE" in answer["errors"]["domain"][0]
    answer = refused(partner.call("POST", "/invitations", json={"email": "a@b.example", "permission_level": "send", "last_name": "\u200b"}), 400, "VALIDATION_FAILED")
    assert list(answer["errors"]) == ["last_name"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("tenant", "create", "--name", "Ac\u200bme"), "a name must not contain U+200B ZERO WIDTH SPACE"),
        (("tenant", "create", "--name", "Acme", "--return-url", "https://app.partner.example/?a=b"), "the return URL must not contain a query"),
        (("tenant", "create", "--name", "Acme", "--return-url", "app.partner.example"), "the return URL cannot be used"),
        (("key", "create", "--tenant", "{tenant}", "--name", "a\u202eb"), "a name must not contain U+202E"),
        (("webhook", "add", "--tenant", "{tenant}", "--url", "https://a.partner.example", "--description", "a\u00adb"), "a description must not contain U+00AD SOFT HYPHEN"),
        (("webhook", "add", "--tenant", "{tenant}", "--url", "https://a.partner.example", "--owner", "\u200ba@b.example"), "the owner's address must not contain U+200B"),
        (("member", "add", "--email", "\u200bann@contoso.example", "--tenant", "{tenant}", "--role", "manager"), "the member's address must not contain U+200B"),
    ],
)
def test_the_operator_is_told_too(stack, partner, arguments, words):
    refusal = stack.cli(*(argument.replace("{tenant}", str(partner.tenant)) for argument in arguments), check=False)
    assert refusal.returncode == 1 and words in refusal.stderr, refusal.stderr


@pytest.fixture(scope="module")
def outside_development(stack):
    """A process as in production: behind a TLS proxy, calling only public addresses."""
    port = free_port()
    former = {name: stack.environment[name] for name in ("HEARTH_DEVELOPMENT", "HEARTH_PUBLIC_URL", "HEARTH_MICROSOFT_AUTHORITY", "HEARTH_GRAPH_URL")}
    environment = {name: value for name, value in stack.environment.items() if name not in former and name != "HEARTH_SQL_RECORD"}
    environment |= {"HEARTH_PUBLIC_URL": "https://hearth.example", "HEARTH_PORT": str(port), "HEARTH_OPERATIONS_LISTEN": f"127.0.0.1:{free_port()}"}
    stack.start("outside", BINARIES / "hearth", "serve", "--only", "api", environment=environment)
    wait_until(lambda: stack.http.get(f"http://127.0.0.1:{port}/healthz").status_code == 200, 20, "the second process")
    yield f"http://127.0.0.1:{port}", environment
    stack.stop("outside")


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "hooks.localhost", "%6cocalhost", "localhost.", "hooks.local", "hooks.internal", "router.home.arpa", "hooks.test",
     "intranet", "127.0.0.1", "127.1", "0x7f.1", "2130706433", "127.0.0.1.", "[::1]", "[::ffff:127.0.0.1]", "10.1.2.3", "169.254.169.254"],
)
def test_webhook_hosts_that_nobody_outside_has_are_refused_at_once(stack, partner, outside_development, host):
    base, environment = outside_development
    url = f"https://{host}/hook"
    answer = stack.http.post(
        base + "/api/v1/webhooks/endpoints", json={"url": url}, headers={"authorization": f"Bearer {partner.key}"})
    refused(answer, 400, "VALIDATION_FAILED")
    assert list(answer.json()["errors"]) == ["url"] and host not in answer.text
    for command in (["webhook", "add", "--tenant", partner.tenant, "--url", url],
                    ["sign-in", "set", "--tenant", partner.tenant, "--issuer", url, "--client-id", "x", "--secret-file", "/dev/null"]):
        done = subprocess.run([str(BINARIES / "hearth"), *map(str, command)], env=environment, capture_output=True, text=True)
        assert done.returncode == 1 and ("refused" in done.stderr or "cannot be used" in done.stderr), done.stderr


def test_nothing_was_stored(stack, partner):
    emails = [email for (email,) in stack.rows("SELECT email FROM consents WHERE tenant_id = %s", partner.tenant)]
    assert emails == ["impossible@outlook.com"]
