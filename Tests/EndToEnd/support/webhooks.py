"""A partner's webhook endpoints through the API, and verification with the specification's library."""

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


def add(partner, url, **body):
    answer = partner.call("POST", "/webhooks/endpoints", json={"url": url, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def endpoint(partner, id):
    return partner.call("GET", f"/webhooks/endpoints/{id}").json()["data"]


def told(partner, id):
    """The feed's events about an endpoint: types without their prefix, with the reason."""
    events = partner.call("GET", "/webhooks/events?limit=1000").json()["data"]
    return [(event["action"].removeprefix("endpoint_"), event["data"]["disabled_reason"])
            for event in events if event["type"].startswith("webhook.") and event["data"]["endpoint_id"] == id]


def try_it(partner, id):
    return partner.call("POST", f"/webhooks/endpoints/{id}/test").json()["data"]


def verifies(secret, delivery):
    """Whether the specification's own library accepts a delivery."""
    try:
        Webhook(secret).verify(delivery["body"], delivery["headers"])
        return True
    except WebhookVerificationError:
        return False


def deliveries(partner, path="/webhooks/deliveries", **query):
    answer = partner.call("GET", path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
