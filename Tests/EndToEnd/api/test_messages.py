"""Mail from a partner's call through Graph into another mailbox, and back as an event."""

import pytest

from stack import Receiver, wait_until

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
