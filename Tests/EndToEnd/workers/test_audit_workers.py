"""Periodic work of the service is audited, too; the work of a job is attributed to its caller."""

import pytest

from mailserver import MailServer
from stack import Receiver, Stack, change, wait_until


@pytest.fixture(scope="module")
def mail():
    mail = MailServer()
    yield mail
    mail.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory, mail):
    stack = Stack(tmp_path_factory.mktemp("workers"))
    stack.environment.update(HEARTH_SMTP_URL=f"smtp://127.0.0.1:{mail.port}", HEARTH_SMTP_FROM="invite@hearth.example")
    stack.start_hearth()
    yield stack
    stack.close()


@pytest.fixture
def partner(stack):
    return stack.tenant()


def noted(partner, action, subject, outcome=None, actor="hearth"):
    """Waits for the single matching entry; returns its source and request."""
    found = wait_until(
        lambda: partner.stack.rows(
            "SELECT actor, outcome, source, request_id FROM audit_entries WHERE tenant_id = %s AND action = %s AND subject = %s",
            partner.tenant, action, subject),
        60, f"the entry of {action}")
    assert [entry[:2] for entry in found] == [(actor, outcome)]
    return found[0][2:]


def test_messages_of_invitations(partner, mail):
    mail.answer = lambda recipient: "550 No such user" if recipient.startswith("nobody") else None
    for address, action, outcome in [
        ("owner@outlook.com", "invitation.mailed", None), ("nobody@outlook.com", "invitation.failed", "EMAIL_NOT_DELIVERED"),
    ]:
        made = partner.call("POST", "/invitations", json={"email": address, "permission_level": "send"}).json()["data"]
        assert noted(partner, action, f"invitation:{made['id']}", outcome) == (None, None)


def test_campaigns_that_stall_and_links_that_expire(stack, partner):
    id = partner.connect("stalls@outlook.com")
    link = partner.link("expires@outlook.com")["consent_id"]
    invitation = partner.call("POST", "/invitations", json={"email": "late@outlook.com", "permission_level": "send", "send_email": False})
    change(stack, "UPDATE campaigns SET stalls_at = now() WHERE campaign_id = %s", id)
    change(stack, "UPDATE consents SET expires_at = now() - interval '1 hour' WHERE consent_id = %s", link)
    change(stack, "UPDATE invitations SET expires_at = now() - interval '1 hour' WHERE invitation_id = %s", invitation.json()["data"]["id"])
    noted(partner, "campaign.stalled", f"campaign:{id}")
    noted(partner, "consent.expired", f"consent:{link}")
    noted(partner, "invitation.expired", f"invitation:{invitation.json()['data']['id']}")


def test_endpoints_that_fail_recover_and_are_gone(stack, partner):
    receiver = Receiver(lambda delivery: 500)
    try:
        endpoint = partner.webhook(receiver.url)["endpoint_id"]
        change(stack, "UPDATE webhook_endpoints SET failures = 9, failing_since = now() WHERE endpoint_id = %s", endpoint)
        partner.connect("first@outlook.com")
        noted(partner, "webhook.endpoint_failing", f"endpoint:{endpoint}")
        receiver.behave = lambda delivery: 200
        due = "UPDATE webhook_lanes SET due_at = now() WHERE endpoint_id = %s AND due_at IS NOT NULL"
        change(stack, "UPDATE webhook_endpoints SET blocked_until = now() WHERE endpoint_id = %s", endpoint)
        change(stack, due, endpoint)
        noted(partner, "webhook.endpoint_recovered", f"endpoint:{endpoint}")
        receiver.behave = lambda delivery: 410
        partner.connect("second@outlook.com")
        noted(partner, "webhook.endpoint_disabled", f"endpoint:{endpoint}", "gone")
    finally:
        receiver.close()


def test_what_has_had_its_time(stack, partner):
    id = partner.connect("old@outlook.com")
    partner.call("DELETE", f"/campaigns/{id}")
    for n in range(2):
        partner.call("DELETE", f"/consents/{partner.link(f'old{n}@outlook.com')['consent_id']}")
    change(stack, "UPDATE campaigns SET deleted_at = now() - interval '1 year' WHERE campaign_id = %s", id)
    change(stack, "UPDATE consents SET updated_at = now() - interval '1 year' WHERE tenant_id = %s AND status = 'revoked'", partner.tenant)
    stack.stop("hearth")
    stack.start_hearth()  # The work is done at its start.
    noted(partner, "campaign.purge", f"campaign:{id}")
    noted(partner, "retention.consents", f"tenant:{partner.tenant}", "2 rows")


def test_a_job_acts_for_whoever_asked(partner):
    ids = [partner.connect(f"job{n}@outlook.com") for n in range(2)]
    headers = {"x-request-id": "asked-1", "x-forwarded-for": "198.51.100.61"}
    answer = partner.call("POST", "/campaigns/actions", json={"action": "delete", "ids": ids}, headers=headers)
    me = "api_key:" + partner.key.split("_")[2]
    for id in ids:
        assert noted(partner, "campaign.delete", f"campaign:{id}", "deleted", me) == ("198.51.100.61", "asked-1")
    assert noted(partner, "POST /campaigns/actions", f"job:{answer.json()['data']['id']}", "202", me) == ("198.51.100.61", "asked-1")
