"""Mail from a partner's call through Graph into another mailbox, and back as an event."""

import signal

import pytest

from stack import change, wait_until

EVENTS = "message.sent,message.failed,message.unknown,message.received"


@pytest.fixture
def pair(stack, receiver):
    """A partner with two connected mailboxes of two organisations: the sender's and the recipient's ids."""
    partner = stack.tenant()
    partner.webhook(receiver.url, EVENTS)
    ids = {}
    for address in ("ann@contoso-mail.example", "bea@fabrikam-mail.example"):
        partner.connect(address)
    for mailbox in partner.call("GET", "/mailboxes").json()["data"]:
        ids[mailbox["address"]] = mailbox["id"]
    return partner, ids["ann@contoso-mail.example"], ids["bea@fabrikam-mail.example"]


def test_one_real_message(stack, receiver, pair):
    partner, sender, recipient = pair
    watch = partner.call("POST", f"/mailboxes/{recipient}/watch", json={"content": "metadata"})
    assert watch.status_code == 200, watch.text
    wait_until(lambda: partner.call("GET", f"/mailboxes/{recipient}/watch").json()["data"]["swept_at"], 20, "the first sweep")
    state = partner.call("GET", f"/mailboxes/{recipient}/watch").json()["data"]
    assert state["subscription"]["active"] is True, state
    queued = partner.call(
        "POST", f"/mailboxes/{sender}/messages",
        json={"to": [{"address": "bea@fabrikam-mail.example", "name": "Bea"}], "subject": "Tuesday", "text": "At ten?\n\nAnn"},
    )
    assert queued.status_code == 202, queued.text
    id = queued.json()["data"]["id"]
    wait_until(lambda: partner.call("GET", f"/messages/{id}").json()["data"]["status"] == "sent", 30, "the copy in Sent Items")
    wait_until(lambda: len(receiver.events()) == 2, 30, "both events")
    sent, received = receiver.events("message.sent"), receiver.events("message.received")
    assert [event["data"]["message_id"] for event in sent] == [id]
    assert sent[0]["data"]["mailbox_address"] == "ann@contoso-mail.example"
    arrival = received[0]["data"]
    assert (arrival["mailbox_id"], arrival["folder"], arrival["subject"]) == (recipient, "inbox", "Tuesday")
    assert arrival["from"]["address"] == "ann@contoso-mail.example"
    assert arrival["internet_message_id"] == sent[0]["data"]["internet_message_id"]
    assert arrival["missed_by_subscription"] is False
    listed = partner.call("GET", f"/mailboxes/{recipient}/messages?direction=in").json()["data"]
    assert [message["subject"] for message in listed] == ["Tuesday"]
    assert partner.call("GET", f"/mailboxes/{sender}/messages").json()["data"][0]["status"] == "sent"


@pytest.mark.parametrize("point", ["message.submitting", "message.handed_over"])
@pytest.mark.parametrize("survives", [True, False])
def test_a_process_that_is_killed_while_it_submits_sends_once(stack, point, survives):
    partner = stack.tenant()
    sender, recipient = f"k{point[8]}{survives}@contoso-kill.example", f"r{point[8]}{survives}@fabrikam-kill.example"
    for address in (sender, recipient):
        partner.connect(address)
    mailbox = next(each["id"] for each in partner.call("GET", "/mailboxes").json()["data"] if each["address"] == sender)
    stack.control("PATCH", "behaviours", immutableIDSurvivesSending=survives)
    stack.stop("hearth")
    process = stack.start_hearth(kill_at=f"{point}:1")
    queued = partner.call("POST", f"/mailboxes/{mailbox}/messages", json={"to": [recipient], "subject": point, "text": "x"})
    id = queued.json()["data"]["id"]
    assert process.wait(30) == -signal.SIGKILL
    stack.start_hearth()
    # Instead of waiting until the lease of the dead process has run out.
    change(stack, "UPDATE submission_lanes SET lease_until = now() WHERE tenant_id = %s", partner.tenant)

    def is_sent():
        """Makes the message due, instead of waiting for its pauses."""
        change(
            stack, "UPDATE messages SET due_at = now(), submitted_at = submitted_at - interval '2 minutes' WHERE tenant_id = %s AND due_at > now()",
            partner.tenant,
        )
        change(stack, "UPDATE submission_lanes SET due_at = now() WHERE tenant_id = %s AND due_at > now()", partner.tenant)
        return partner.call("GET", f"/messages/{id}").json()["data"]["status"] == "sent"

    wait_until(is_sent, 30, "the message being sent")
    copies = [each for each in stack.control("GET", f"accounts/{recipient}/messages")["messages"] if each["subject"] == point]
    assert len(copies) == 1
    left = [each for each in stack.control("GET", f"accounts/{sender}/messages")["messages"] if each["isDraft"]]
    assert left == []
