"""One of everything that a tenant can own, for the test that other tenants cannot reach it.

An operation whose path, body or filters name something that is not here fails the walk over openapi.yaml: define here how
it is created.
"""

import re
import secrets
from datetime import datetime, timedelta, timezone

import psycopg
import psycopg.types.json

from stack import Receiver, wait_until


class Objects:
    """Creates objects of one tenant, each with a text that no other tenant may ever see."""

    def __init__(self, partner):
        self.partner = partner
        self.canary = "canary" + secrets.token_hex(8)
        self.receiver = None
        self.endpoints = []

    def address(self):
        return f"{secrets.token_hex(6)}@outlook.com"

    def campaign(self):
        return self.partner.connect(self.address(), **self.words())

    def consent(self):
        return self.partner.link(self.address(), **self.words())["consent_id"]

    def shared_mailbox(self):
        """A shared mailbox that is only stored, without a call to Microsoft."""
        id = secrets.randbelow(2**40) + 2**40
        with psycopg.connect(self.partner.stack.database_url) as connection:
            connection.execute(
                """
                INSERT INTO shared_mailboxes (tenant_id, shared_mailbox_id, mailbox_id, address, address_key, verified_at,
                    created_at, updated_at)
                VALUES (%s, %s, %s, %s, %s, now(), now(), now())
                """,
                (self.partner.tenant, id, self.mailbox(), *[f"{self.canary}{id}@corp-isolation.example"] * 2),
            )
        return id

    def invitation(self):
        body = {"email": self.address(), "permission_level": "send", **self.words()}
        answer = self.partner.call("POST", "/invitations", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    def admin_consent(self):
        answer = self.partner.call("POST", "/admin-consents", json={"email": f"{self.canary}@corp-isolation.example"})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["admin_consent_id"]

    def words(self):
        return {"first_name": self.canary, "tags": [self.canary], "meta": {"secret": self.canary}}

    def external_id(self):
        """An external id as stored by an import."""
        id, external_id = self.campaign(), secrets.token_hex(6)
        with psycopg.connect(self.partner.stack.database_url) as connection:
            connection.execute(
                "UPDATE campaigns SET external_id = %s WHERE tenant_id = %s AND campaign_id = %s",
                (external_id, self.partner.tenant, id),
            )
        return external_id

    def mailbox(self):
        id = self.campaign()
        found = self.partner.call("GET", "/mailboxes?limit=500").json()["data"]
        return next(each["id"] for each in found if id in [use["id"] for use in each["campaigns"]])

    def message(self):
        """A message that waits for most of a year."""
        later = datetime.now(timezone.utc) + timedelta(days=300)
        body = {"to": ["nobody@outlook.com"], "subject": self.canary, "text": "x", "send_at": later.isoformat()}
        answer = self.partner.call("POST", f"/mailboxes/{self.mailbox()}/messages", json=body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]["id"]

    def campaign_address(self):
        id = self.campaign()
        return self.partner.call("GET", f"/campaigns/{id}").json()["data"]["email"]

    def endpoint(self):
        """Returns the same endpoint while it exists, because an account may have only twenty. It accepts all deliveries."""
        self.receiver = self.receiver or Receiver()
        for id in self.endpoints:
            if self.partner.call("GET", f"/webhooks/endpoints/{id}").status_code == 200:
                return id
        body = {"url": self.receiver.url, "description": self.canary}
        answer = self.partner.call("POST", "/webhooks/endpoints", json=body)
        assert answer.status_code == 201, answer.text
        self.endpoints.append(answer.json()["data"]["id"])
        return self.endpoints[-1]

    def event(self):
        self.campaign()
        return f"evt_{self.partner.tenant}_{self.position()}"

    def delivery(self):
        query = f"/webhooks/deliveries?endpoint_id={self.endpoint()}&limit=1"
        self.campaign()
        found = wait_until(lambda: self.partner.call("GET", query).json()["data"], 10, "a delivery")
        return found[0]["id"]

    def key(self):
        answer = self.partner.call("POST", "/keys", json={"name": self.canary})
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    def job(self):
        """A job that never becomes due, so that it stays unchanged until it is cancelled."""
        id = secrets.randbelow(2**40) + 2**40
        with psycopg.connect(self.partner.stack.database_url) as connection:
            connection.execute(
                """
                INSERT INTO jobs (tenant_id, job_id, kind, status, parameters, total, due_at, actor, created_at, updated_at)
                VALUES (%s, %s, 'event_replay', 'running', %s, 7, '2100-01-01', 'test', now(), now())
                """,
                (self.partner.tenant, id, psycopg.types.json.Json({"secret": self.canary})),
            )
        return id

    def position(self):
        """The position of the tenant's newest event."""
        return self.partner.call("GET", "/webhooks/events?limit=1000").json()["next_after"]


# Placeholders of paths, by the path up to them: how to create one, and one that does not exist.
PATHS = {
    "/api/v1/campaigns/email/{email}": (Objects.campaign_address, "nobody@outlook.com"),
    "/api/v1/campaigns/{id}": (Objects.campaign, 900_000_000_000_007),
    "/api/v1/shared-mailboxes/{id}": (Objects.shared_mailbox, 900_000_000_000_007),
    "/api/v1/invitations/{id}": (Objects.invitation, 900_000_000_000_007),
    "/api/v1/admin-consents/{id}": (Objects.admin_consent, 900_000_000_000_007),
    "/api/v1/campaigns/external/{external_id}": (Objects.external_id, "nobodys"),
    "/api/v1/mailboxes/{id}": (Objects.mailbox, 900_000_000_000_007),
    "/api/v1/messages/{id}": (Objects.message, 900_000_000_000_007),
    "/api/v1/webhooks/endpoints/{id}": (Objects.endpoint, 900_000_000_000_007),
    "/api/v1/webhooks/deliveries/{id}": (Objects.delivery, "dlv_900000000000007_1_campaign-900000000000007"),
    "/api/v1/webhooks/events/{event_id}": (Objects.event, "evt_900000000000007_1"),
    "/api/v1/consents/{id}": (Objects.consent, 900_000_000_000_007),
    "/api/v1/keys/{id}": (Objects.key, 900_000_000_000_007),
    "/api/v1/jobs/{id}": (Objects.job, 900_000_000_000_007),
}

# Likewise for members of bodies and for filters, by name: those that can refer to a tenant's objects.
REFERENCES = {
    "email": (Objects.campaign_address, "nobody@outlook.com"),
    "address": (lambda objects: "nobody@corp-isolation.example", "nobody@corp-isolation.example"),
    "mailbox_id": (Objects.mailbox, 900_000_000_000_007),
    "campaign_id": (Objects.campaign, 900_000_000_000_007),
    "ids": (lambda objects: [objects.campaign()], [900_000_000_000_007]),
    "campaigns": (lambda objects: [{"email": objects.campaign_address()}], [{"email": "nobody@outlook.com"}]),
    "tag": (lambda objects: objects.canary, "nobody"),
    "tags": (lambda objects: [objects.canary], ["nobody"]),
    "endpoint_id": (Objects.endpoint, 900_000_000_000_007),
    "event_id": (Objects.event, "evt_900000000000007_1"),
    "microsoft_tenant_id": (
        lambda objects: "9188040d-6c67-4c5b-b112-36a304b66dad", "00000000-0000-4000-8000-000000000007"),
    "after": (Objects.position, 900_000_000_000_007),
    "subject": (lambda objects: f"campaign:{objects.campaign()}", "campaign:900000000000007"),
    "actor": (lambda objects: f"api_key:{objects.key()}", "api_key:900000000000007"),
}

# Members and filters that refer to no object.
PLAIN = {
    "first_name", "last_name", "owner_email", "email_per_day", "response_rate", "with_rampup", "rampup_speed", "timezone",
    "sending_schedule_presets", "warmup_audience_type", "meta", "permission_level", "expires_in", "expires_at", "return_url",
    "name", "scopes", "limit", "domain", "status", "cursor", "sending_windows", "action", "changes", "filter", "days",
    "from", "to", "ref", "account_type", "health", "description", "url", "events", "overlap", "since", "until",
    "language", "send_email", "shared_mailboxes", "has_warning",
    "direction", "cc", "bcc", "reply_to", "text", "html", "importance", "headers", "send_at", "content",
}


def placeholders(operation):
    """(name, path up to it) of each placeholder."""
    return [(match[1], operation.path[: match.end()]) for match in re.finditer(r"\{(\w+)\}", operation.path)]


def references(operation):
    """The filters and the members of the body that refer to objects."""
    _, body = operation.body()
    filters = set(operation.names("query"))
    unknown = (filters | body) - set(REFERENCES) - PLAIN
    assert not unknown, f"{operation}: say in objects.py what {sorted(unknown)} name, or that they name nothing"
    return filters & set(REFERENCES), body & set(REFERENCES)


def arguments(operation, value):
    """The call with `value(table, key)` in place of every reference."""
    path = operation.path.removeprefix("/api/v1")
    for name, prefix in placeholders(operation):
        assert prefix in PATHS, f"{operation}: say in objects.py how to make what {prefix} names"
        path = path.replace("{" + name + "}", str(value(PATHS, prefix)))
    filters, members = references(operation)
    body, _ = operation.body()
    if isinstance(body, dict):
        body.update({name: value(REFERENCES, name) for name in members})
    query = {name: value(REFERENCES, name) for name in sorted(filters)}
    return {"method": operation.method, "path": path, "params": query, **({"json": body} if body is not None else {})}


def foreign(owner):
    return lambda table, key: table[key][0](owner.objects)
