"""A partner connects, receives events, starts, pauses, resumes and deletes, over real HTTP and on a real database."""

import json

import pytest
import standardwebhooks

from stack import wait_until

ALL = "campaign.pending,campaign.started,campaign.paused,campaign.resumed,campaign.deleted,consent.completed"


def test_main_flow(stack, receiver):
    partner = stack.tenant("Main & Söhne")
    secret = partner.webhook(receiver.url, ALL)["secret"]
    meta = '{"tags":"x, y","n": 1.10 ,"deep":{"b":[1,2],"a":"\\u00e9 \U0001f98a"}}'
    body = '{"email":"Ann@Outlook.com","first_name":" Änn","last_name":"Lee🦊","tags":["a","b,c"],"email_per_day":22,"meta":%s}' % meta
    answer = partner.call("POST", "/campaigns/ms-graph", content=body.encode(), headers={"content-type": "application/json"})
    link = answer.json()["data"]
    assert answer.json()["success"] is True and link["url"].startswith(stack.microsoft + "/common/oauth2/v2.0/authorize?")
    assert partner.campaigns() == [], "no campaign before consent"

    page = partner.follow(link["url"])
    assert page.status_code == 200 and "Your mailbox is connected" in page.text and "Main &amp; S" in page.text
    assert "code=" not in str(page.url) and page.headers["referrer-policy"] == "no-referrer"
    assert stack.http.get(page.url).text == page.text, "reloading repeats the result"

    pending = wait_until(lambda: receiver.events("campaign.pending"), 10, "campaign.pending")[0]
    assert pending["account"]["email"] == "Ann@Outlook.com" and pending["account"]["tags"] == ["a", "b,c", "x", "y"]
    assert pending["account"]["first_name"] == "Änn" and pending["account"]["last_name"] == "Lee🦊"
    id = pending["account"]["campaign_id"]
    raw = partner.call("GET", f"/campaigns/{id}").text
    assert f'"meta":{meta}' in raw, "meta is unchanged byte for byte"
    campaign = json.loads(raw)["data"]
    assert (campaign["status_code"], campaign["imap_type"], campaign["smtp_type"]) == ("pending", "ms-graph", "outlook")
    assert campaign["engine"] == "not_installed" and campaign["email_per_day"] == 22
    raw_webhook = next(d for d in receiver.accepted() if d["event"]["type"] == "campaign.pending")["body"].decode()
    assert f'"meta":{meta}' in raw_webhook

    for verb, status in [("start", "active"), ("start", "active"), ("pause", "paused"), ("pause", "paused"), ("resume", "active")]:
        answer = partner.call("PATCH", f"/campaigns/{id}/{verb}-warmup")
        assert (answer.status_code, answer.json()["data"]["status_code"]) == (200, status)
    assert partner.call("GET", "/account/limits").json()["data"]["email_per_day"]["used"] == 22
    for _ in range(2):
        assert partner.call("DELETE", f"/campaigns/{id}").json()["data"]["status_code"] == "deleted"
    assert partner.call("GET", f"/campaigns/{id}").json()["code"] == "CAMPAIGN_NOT_FOUND"

    wait_until(lambda: receiver.events("campaign.deleted"), 10, "campaign.deleted")
    of_campaign = [e for e in receiver.events() if e["type"].startswith("campaign.")]
    assert [e["type"].split(".")[1] for e in of_campaign] == ["pending", "started", "paused", "resumed", "deleted"]
    assert [e["sequence"] for e in of_campaign] == [1, 2, 3, 4, 5]
    verifier = standardwebhooks.Webhook(secret)
    for delivery in receiver.accepted():
        verifier.verify(delivery["body"].decode(), delivery["headers"])
        assert delivery["headers"]["webhook-id"] == delivery["event"]["event_id"]
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            verifier.verify(delivery["body"].decode() + " ", delivery["headers"])
    assert stack.rows("SELECT count(*) FROM grants WHERE tenant_id = %s AND refresh_token IS NOT NULL", partner.tenant) == [(0,)]


def test_organisation_mailbox_and_feed(stack):
    partner = stack.tenant()
    link = partner.link("boss@corp-feed.example")
    assert partner.call("POST", "/campaigns/ms-graph", json={"email": "x@corp-feed.example"}).json()["warnings"] == ["NO_WEBHOOK_ENDPOINT"]
    partner.follow(link["url"])
    assert partner.campaigns()[0]["smtp_type"] == "office 365"
    feed = partner.call("GET", "/webhooks/events?after=0").json()
    assert [e["position"] for e in feed["data"]] == [1, 2] and feed["next_after"] == 2
    assert partner.call("GET", "/webhooks/events?after=1&limit=1").json()["data"][0]["position"] == 2
    assert partner.call("GET", "/webhooks/events?after=2").json()["data"] == []


@pytest.mark.parametrize("encoding", ["json", "urlencoded", "multipart"])
def test_three_encodings(stack, encoding):
    partner = stack.tenant()
    fields = {"email": "enc@outlook.com", "first_name": "E", "email_per_day": "7", "with_rampup": "true", "tags": "a,b"}
    arguments = {"json": {"json": fields}, "urlencoded": {"data": fields}, "multipart": {"files": {k: (None, v) for k, v in fields.items()}}}
    answer = partner.call("POST", "/campaigns/ms-graph", **arguments[encoding])
    assert answer.status_code == 200, answer.text
    partner.follow(answer.json()["data"]["url"])
    campaign = partner.campaigns()[0]
    assert (campaign["email_per_day"], campaign["with_rampup"], campaign["tags"]) == (7, True, ["a", "b"])


def test_paused_campaign_returns_to_pending_by_a_new_link(stack):
    partner = stack.tenant()
    id = partner.connect("again@outlook.com")
    partner.call("PATCH", f"/campaigns/{id}/start-warmup")
    partner.call("PATCH", f"/campaigns/{id}/pause-warmup")
    assert partner.connect("again@outlook.com") == id
    assert partner.call("GET", f"/campaigns/{id}").json()["data"]["status_code"] == "pending"
    partner.call("DELETE", f"/campaigns/{id}")
    assert partner.connect("again@outlook.com") != id


def test_handler_starts_before_it_answers(stack, receiver):
    partner = stack.tenant()
    partner.webhook(receiver.url, ALL)
    stack.fault(match={"operation": "messages", "account": "slow@outlook.com"}, latencyMilliseconds=4000, skip=1)

    def start_then_answer(delivery):
        if delivery["event"]["type"] == "campaign.pending":
            answer = partner.call("PATCH", f"/campaigns/{delivery['event']['account']['campaign_id']}/start-warmup")
            assert answer.status_code == 200, answer.text
        return 200

    receiver.behave = start_then_answer
    partner.connect("slow@outlook.com")
    wait_until(lambda: receiver.events("campaign.started"), 20, "campaign.started")
    assert [e["type"] for e in receiver.events() if e["type"].startswith("campaign")] == ["campaign.pending", "campaign.started"]
    stack.control("DELETE", "faults")
