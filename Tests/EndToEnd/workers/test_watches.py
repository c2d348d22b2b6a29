"""The life of a mailbox's subscription at Microsoft, over real notifications."""

import pytest

from stack import change, wait_until


@pytest.fixture
def watched(stack, request):
    """A partner with one watched mailbox, whose subscription works."""
    partner = stack.tenant()
    address = f"w{abs(hash(request.node.name)) % 10**9}@corp-watched.example"
    partner.connect(address)
    mailbox = partner.call("GET", "/mailboxes").json()["data"][0]["id"]
    assert partner.call("POST", f"/mailboxes/{mailbox}/watch", json={"content": "metadata"}).status_code == 200
    wait_until(lambda: watch(partner, mailbox)["swept_at"], 20, "the first sweep")
    return partner, mailbox, address


def watch(partner, mailbox):
    return partner.call("GET", f"/mailboxes/{mailbox}/watch").json()["data"]


def subscriptions(stack, address):
    """The subscriptions that Microsoft has, by id."""
    return {each["id"]: each for each in stack.control("GET", f"subscriptions?account={address}")["subscriptions"]}


def arrive(stack, address, subject):
    stack.control("POST", f"accounts/{address}/messages", **{"from": "zoe@elsewhere.example", "subject": subject, "body": "x"})


def subjects(partner, mailbox):
    return {each["subject"] for each in partner.call("GET", f"/mailboxes/{mailbox}/messages?direction=in").json()["data"]}


def make_due(stack, partner, column="subscribe_at"):
    change(stack, f"UPDATE mailbox_watches SET {column} = now(), due_at = now() WHERE tenant_id = %s", partner.tenant)


def its_mail_is_announced(stack, partner, mailbox, address, subject):
    """A notification leads to the message, long before a sweep would."""
    arrive(stack, address, subject)
    wait_until(lambda: subject in subjects(partner, mailbox), 20, "the message")


def test_it_is_renewed_before_it_ends(stack, watched):
    partner, mailbox, address = watched
    (before,) = subscriptions(stack, address).items()
    stack.control("POST", "clock", advanceSeconds=120)
    change(stack, "UPDATE mailbox_watches SET subscribed_until = subscribed_until - interval '1 hour' WHERE tenant_id = %s", partner.tenant)
    was = watch(partner, mailbox)["subscription"]["until"]
    make_due(stack, partner)
    wait_until(lambda: watch(partner, mailbox)["subscription"]["until"] > was, 20, "the renewal")
    assert list(subscriptions(stack, address)) == [before[0]], "renewed, not made anew"
    its_mail_is_announced(stack, partner, mailbox, address, "After the renewal")


def test_one_that_microsoft_has_removed_is_made_anew(stack, watched):
    partner, mailbox, address = watched
    (old,) = subscriptions(stack, address)
    stack.control("POST", f"subscriptions/{old}/lifecycle", event="subscriptionRemoved")
    wait_until(lambda: old not in subscriptions(stack, address) and subscriptions(stack, address), 20, "another subscription")
    its_mail_is_announced(stack, partner, mailbox, address, "After the removal")


def test_one_that_is_gone_when_it_is_renewed_is_made_anew(stack, watched):
    partner, mailbox, address = watched
    change(stack, "UPDATE mailbox_watches SET subscription_id = 'gone' WHERE tenant_id = %s", partner.tenant)
    (old,) = subscriptions(stack, address)
    make_due(stack, partner)
    # The one whose id was lost is in the way of the new one, and is ended.
    wait_until(lambda: old not in subscriptions(stack, address) and subscriptions(stack, address), 20, "another subscription")
    its_mail_is_announced(stack, partner, mailbox, address, "After the loss")


@pytest.mark.parametrize("event", ["missed", "reauthorizationRequired"])
def test_lifecycle_events_are_answered(stack, watched, event):
    partner, mailbox, address = watched
    (id,) = subscriptions(stack, address)
    stack.control("POST", f"subscriptions/{id}/silence", silent=True)
    arrive(stack, address, "Silent")
    swept = watch(partner, mailbox)["swept_at"]
    stack.control("POST", f"subscriptions/{id}/lifecycle", event=event)
    wait_until(lambda: watch(partner, mailbox)["swept_at"] > swept, 20, "the sweep")
    wait_until(lambda: "Silent" in subjects(partner, mailbox), 20, "the message")
    assert list(subscriptions(stack, address)) == [id]


def test_what_the_notifications_lose_is_found(stack, watched):
    partner, mailbox, address = watched
    stack.control("POST", f"accounts/{address}/notifications", loss=1)
    for number in range(5):
        arrive(stack, address, f"Lost {number}")
    assert not any(subject.startswith("Lost") for subject in subjects(partner, mailbox))
    answer = partner.call("POST", f"/mailboxes/{mailbox}/sync").json()["data"]
    assert (answer["found"], answer["complete"]) == (5, True)
    # Found within three minutes, so nothing was missed yet.
    assert answer["watch"]["subscription"]["missed"] == 0


def test_an_ended_watch_leaves_no_subscription(stack, watched):
    partner, mailbox, address = watched
    assert subscriptions(stack, address)
    assert partner.call("DELETE", f"/mailboxes/{mailbox}/watch").json()["code"] == "WATCH_ENDED"
    assert subscriptions(stack, address) == {}
    assert partner.call("GET", f"/mailboxes/{mailbox}/watch").json()["code"] == "WATCH_NOT_FOUND"
