"""Organisations with a person and a mailbox shared with that person."""

import itertools

import contract

numbers = itertools.count()
PATH = "/shared-mailboxes"


class Office:
    """An organisation with a person and a mailbox shared with that person."""

    def __init__(self, stack, permissions=("FullAccess",)):
        self.stack, self.domain = stack, f"office{next(numbers)}.example"
        self.person, self.shared = f"ana@{self.domain}", f"sales@{self.domain}"
        stack.control("POST", "accounts", address=self.person)
        stack.control("POST", "shared-mailboxes", address=self.shared, delegates={self.person: list(permissions)})

    def permit(self, *permissions):
        self.stack.control("PUT", f"accounts/{self.shared}/delegates/{self.person}", permissions=list(permissions))


def invite(partner, address, level="read_send", **body):
    answer = partner.call("POST", "/invitations", json={"email": address, "permission_level": level, **body})
    contract.check(answer)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def delegate(partner, address, level="read_send", **body):
    """Connects a mailbox with the permissions for shared ones; returns its id."""
    made = invite(partner, address, level, **{"shared_mailboxes": True, **body})
    location = partner.stack.http.post(made["url"]).headers["location"]
    assert "Your mailbox is connected" in partner.follow(location).text
    return partner.call("GET", f"/invitations/{made['id']}").json()["data"]["mailbox_id"]


def add(partner, address, mailbox, status=201):
    answer = partner.call("POST", PATH, json={"address": address, "mailbox_id": mailbox})
    contract.check(answer)
    assert answer.status_code == status, answer.text
    return answer.json()["data"] if status == 201 else answer.json()["code"]
