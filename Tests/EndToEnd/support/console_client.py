"""The console without a browser: its forms, and the text of its pages."""

import html
import re

import httpx


class Console:
    """A client with cookies that submits the forms of pages like a browser."""

    def __init__(self, stack, key=None):
        self.base = stack.base
        self.http = httpx.Client(timeout=30, trust_env=False, base_url=stack.base)
        self.token = ""
        if key:
            answer = self.post("/console/sign-in", key=key)
            assert answer.status_code == 303, answer.text
            self.token = re.search(r'name="form_token" value="([^"]+)"', self.get("/console/account").text)[1]

    def get(self, path, **arguments):
        return self.http.get(path, **arguments)

    def post(self, path, origin=None, token=None, **fields):
        fields = {"form_token": self.token if token is None else token, **fields}
        headers = {"origin": self.base if origin is None else origin}
        return self.http.post(path, data=fields, headers={k: v for k, v in headers.items() if v})


def words(answer):
    """The text of a page, without tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def audited(stack, partner):
    """The audited actions of the console on mailboxes and invitations."""
    return [row[0] for row in stack.rows(
        """SELECT action FROM audit_entries WHERE tenant_id = %s AND action LIKE 'console.%%' AND subject ~ '^(mailbox|invitation):'
           ORDER BY occurred_at""", partner.tenant)]
