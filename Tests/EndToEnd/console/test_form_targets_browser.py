"""Forms that lead to Microsoft, in a real browser, when Microsoft's sign-in redirects to another host, as for personal accounts
and federated domains. Chromium checks every redirect against the `form-action` of the form's page."""

import http.server
import ssl
import subprocess
import threading

import pytest

from browser import Browser
from embed import address
from stack import Stack


class Server:
    """Answers every GET with what `answer` returns for the path: a redirect or the text of a page."""

    def __init__(self, answer, certificate=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                location, text = answer(self.path)
                self.send_response(302 if location else 200)
                if location:
                    self.send_header("location", location)
                self.send_header("content-type", "text/html")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    certificate = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-out", certificate[0], "-keyout", certificate[1]], check=True, capture_output=True)
    elsewhere = Server(lambda path: (None, "<!doctype html><html lang=en><title>x</title><p>Sign in at your organisation"), certificate)
    authority = Server(lambda path: (f"https://localhost:{elsewhere.port}/adfs/ls", ""))
    stack = Stack(folder)
    stack.environment["HEARTH_MICROSOFT_AUTHORITY"] = f"http://127.0.0.1:{authority.port}"
    stack.start_hearth()
    yield stack
    stack.close()
    authority.close()
    elsewhere.close()


@pytest.fixture
def browser():
    browser = Browser("form-targets", insecure_certificates=True)
    yield browser
    browser.close()


def test_the_embed_form(stack, browser):
    browser.open(address(stack.tenant()))
    browser.fill("email", "ann@outlook.com").press("Continue to Microsoft").until_text("Sign in at your organisation")


def test_an_invitation(stack, browser):
    partner = stack.tenant()
    made = partner.call("POST", "/invitations", json={"email": "ann@outlook.com", "permission_level": "send"}).json()["data"]
    browser.open(made["url"]).press("Continue to Microsoft").until_text("Sign in at your organisation")


def test_another_attempt_after_a_refusal(stack, browser):
    partner = stack.tenant()
    link = partner.link("ann@outlook.com")["url"]
    state = link.split("state=")[1].split("&")[0]
    browser.open(f"{stack.base}/oauth/microsoft/callback?state={state}&error=access_denied").until_text("Sign-in was not completed")
    browser.press("Try again").until_text("Sign in at your organisation")
