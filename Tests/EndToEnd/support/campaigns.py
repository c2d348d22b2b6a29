"""A partner's campaigns through the API."""


EVENTS = "campaign.pending,campaign.updated,campaign.deleted,campaign.started"


def ready(stack, receiver=None, email="ann@outlook.com", **body):
    partner = stack.tenant()
    if receiver:
        partner.webhook(receiver.url, EVENTS)
    return partner, partner.connect(email, **body)


def campaign(partner, id):
    answer = partner.call("GET", f"/campaigns/{id}")
    return answer.json()["data"], answer.headers["etag"]


def patch(partner, id, path="", **arguments):
    return partner.call("PATCH", f"/campaigns/{id}{path and '/' + path}", **arguments)
