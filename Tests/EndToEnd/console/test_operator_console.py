"""The operator's part of the console: it has its own token, and is separate from the tenants'."""

import re

import httpx
import pytest

from browser import Browser
from stack import Receiver, Stack, wait_until

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    stack = Stack(tmp_path_factory.mktemp("operator"))
    stack.environment["HEARTH_OPERATOR_TOKEN"] = TOKEN
    stack.start_hearth()
    yield stack
    stack.close()


def client(stack):
    return httpx.Client(timeout=30, trust_env=False, base_url=stack.base, headers={"origin": stack.base})


@pytest.fixture
def operator(stack):
    http = client(stack)
    assert http.post("/console/operator/sign-in", data={"token": TOKEN}).status_code == 303
    page = http.get("/console/operator").text
    http.token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    yield http
    http.close()


def send(operator, path, **fields):
    return operator.post(path, data={"form_token": operator.token, **fields})


def test_nobody_else_gets_in(stack):
    partner = stack.tenant("Acme")
    paths = ["/console/operator", f"/console/operator/tenants/{partner.tenant}"]
    tenant = client(stack)
    assert tenant.post("/console/sign-in", data={"key": partner.key}).status_code == 303
    for somebody in [client(stack), tenant]:
        for path in paths:
            assert somebody.get(path).headers["location"] == "/console/operator/sign-in"
        answer = somebody.post(paths[1] + "/suspend", data={"form_token": "x"})
        assert answer.headers["location"] == "/console/operator/sign-in"
    for guess in ["", "x", TOKEN[:-1], TOKEN.upper()]:
        answer = client(stack).post("/console/operator/sign-in", data={"token": guess})
        assert answer.status_code == 401 and "set-cookie" not in answer.headers
    # Neither session is accepted as the other, even under the other's cookie name.
    cookie = tenant.cookies["hearth-console"]
    swapped = client(stack)
    swapped.cookies.set("hearth-operator", cookie, domain="127.0.0.1")
    assert swapped.get("/console/operator").status_code == 303
    assert partner.call("GET", "/campaigns").status_code == 200


def test_a_session_of_the_operator_is_nobodys_account(stack, operator):
    swapped = client(stack)
    swapped.cookies.set("hearth-console", operator.cookies["hearth-operator"], domain="127.0.0.1")
    assert swapped.get("/console/campaigns").status_code == 303
    assert operator.get("/console/campaigns").status_code == 303


def test_forms_need_the_sessions_token_and_our_origin(stack, operator):
    partner = stack.tenant("Forged")
    path = f"/console/operator/tenants/{partner.tenant}/suspend"
    assert operator.post(path, data={"form_token": ""}).status_code == 403
    assert operator.post(path, data={"form_token": operator.token}, headers={"origin": "https://evil.example"}).status_code == 403
    assert partner.call("GET", "/campaigns").status_code == 200


def test_a_new_token_ends_the_sessions_of_the_old_one(stack, operator):
    for token, status in [(TOKEN[::-1], 303), (TOKEN, 200)]:
        stack.stop("hearth")
        stack.environment["HEARTH_OPERATOR_TOKEN"] = token
        stack.start_hearth()
        assert operator.get("/console/operator").status_code == status


def test_suspend_resume_allow_and_deny(stack, operator):
    partner = stack.tenant("Moved")
    path = f"/console/operator/tenants/{partner.tenant}"
    assert send(operator, path + "/suspend").status_code == 303
    wait_until(lambda: partner.call("GET", "/campaigns").status_code == 403, 5, "the suspension")
    assert "Resume this tenant" in operator.get(path).text
    assert send(operator, path + "/resume").status_code == 303
    wait_until(lambda: partner.call("GET", "/campaigns").status_code == 200, 5, "the resumption")
    assert send(operator, path + "/deny/ms-graph").status_code == 303
    link = lambda: partner.call("POST", "/campaigns/ms-graph", json={"email": "a@outlook.com"}).status_code
    wait_until(lambda: link() == 403, 5, "the denial")
    assert send(operator, path + "/allow/ms-graph").status_code == 303
    wait_until(lambda: link() == 200, 5, "the allowance")
    for unknown in [path + "/allow/nothing", "/console/operator/tenants/1/suspend", "/console/operator/tenants/x/resume"]:
        assert send(operator, unknown).status_code == 404, unknown


def test_without_a_token_there_is_no_such_place(tmp_path):
    stack = Stack(tmp_path)
    try:
        stack.start_hearth()
        assert stack.http.get(stack.base + "/console/operator/sign-in").status_code == 404
        stack.environment["HEARTH_OPERATOR_TOKEN"] = "short"
        refused = stack.cli("tenant", "list", check=False)
        assert refused.returncode != 0 and "HEARTH_OPERATOR_TOKEN must have at least 32" in refused.stderr
    finally:
        stack.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_in_a_browser(stack, width):
    partner = stack.tenant(f"Waiting {width}")
    silent = Receiver(lambda delivery: 500)
    partner.webhook(silent.url)
    partner.connect(f"waits{width}@outlook.com")
    page = Browser(f"operator-{width}", width=width)
    try:
        page.open(stack.base + "/console/operator").until_text("Operator").check("1-sign-in")
        page.fill("token", TOKEN).press("Sign in").until_text("Events not yet delivered").check("2-tenants")
        page.press(f"Waiting {width}").until_text("Allowed features")
        page.until_text("Faults").check("3-tenant")
        assert "1" in page.find("#delivery ~ dl").text and "Failing webhook endpoints" in page.text
        page.press("Deny ms-graph").until_text("Allow ms-graph")
        page.press("Suspend this tenant").press("Suspend now").until_text("Resume this tenant").check("4-suspended")
        page.press("Resume this tenant").until_text("Suspend this tenant")
        page.press("Sign out", within="header").until_text("Use the token")
    finally:
        page.close()
        silent.close()
