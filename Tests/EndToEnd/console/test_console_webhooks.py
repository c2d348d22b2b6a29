"""Webhooks in the console: endpoints, deliveries with attempts, replays; in a browser, and protected from other tenants."""

import pytest

from browser import Browser
from console_client import Console
from console_pages import sign_in
from stack import wait_until

EVENTS = "campaign.pending,campaign.started"


@pytest.fixture
def partner(stack):
    return stack.tenant("Grünwald & Partner")


@pytest.mark.parametrize("width", [1280, 360])
def test_add_test_replay_and_delete(stack, partner, receiver, width):
    page = Browser(f"webhooks-{width}", width=width)
    try:
        sign_in(page, stack, partner)
        page.press("Webhooks", within="nav").until_text("There is no endpoint").check("1-none")
        page.fill("url", receiver.url).fill("description", "The handler").press("Add the endpoint")
        page.until_text("it is not shown again").check("2-secret")
        secret = page.find("#secret").get_attribute("value")
        assert secret.startswith("whsec_")
        page.press("I have saved it").until_text("The handler").check("3-endpoint")
        assert secret not in page.driver.page_source
        page.press("Send a test").until_text("The test was accepted.")
        assert receiver.events("webhook.test") and receiver.deliveries[0]["headers"]["webhook-signature"].startswith("v1,")

        id = partner.connect(f"hooks{width}@outlook.com")
        wait_until(lambda: receiver.events("campaign.pending"), 10, "campaign.pending")
        page.press("Deliveries").until_text("Delivered").check("4-deliveries")
        page.find("summary").click()
        page.until_text("status 200").check("5-attempts")
        page.press("Send again").until_text("The event is being sent again.").until_text("sent again")
        wait_until(lambda: len(receiver.events("campaign.pending")) == 2, 10, "the event again")
        first, again = [each for each in receiver.accepted() if each["event"]["type"] == "campaign.pending"]
        assert first["headers"]["webhook-id"] == again["headers"]["webhook-id"] and first["body"] == again["body"]
        assert again["headers"]["hearth-replay"]

        page.press("Webhooks", within="nav").until_text("The handler").press(receiver.url)
        page.until_text("Send events again").press("Send again").until_text("The events are being sent again.")
        wait_until(lambda: len(receiver.events("campaign.pending")) == 3, 10, "the event once more")
        page.until_text("Completed").check("6-replayed")
        page.press("Disable").until_text("Disabled").check("7-disabled")
        assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
        page.press("Enable").until_text("receives events again").until_text("Enabled")

        page.press("Replace the secret").press("Replace the secret now").until_text("it is not shown again")
        assert page.find("#secret").get_attribute("value") != secret
        page.press("I have saved it").until_text("The former secret signs until")
        page.press("Delete this endpoint").press("Delete for good").until_text("The endpoint is deleted.")
        page.until_text("There is no endpoint")
        assert partner.call("GET", "/webhooks/endpoints").json()["data"] == []
    finally:
        page.close()


def test_what_does_not_work_is_shown_while_it_happens(stack, partner, receiver):
    receiver.behave = lambda delivery: 500
    endpoint = partner.webhook(receiver.url, EVENTS)["endpoint_id"]
    page = Browser("failing")
    try:
        sign_in(page, stack, partner).open(stack.base + f"/console/webhooks/{endpoint}").until_text("Enabled")
        partner.connect("failing@outlook.com")
        page.until_text("Failing").until_text("It has been failing since").check("condition")
        page.open(stack.base + f"/console/deliveries?endpoint={endpoint}").until_text("Waiting").find("summary").click()
        page.until_text("answered 500; expected 2xx").check("attempts")
        page.open(stack.base + f"/console/webhooks/{endpoint}").press("Send a test").until_text("The test was not accepted").check("test")
        page.open(stack.base + "/console/webhooks").fill("url", "ftp://nowhere.example").press("Add the endpoint")
        page.until_text("url ").check("refused", refused=400)
    finally:
        page.close()


def test_other_tenants_endpoints_and_events_are_out_of_reach(stack, partner, receiver):
    other = stack.tenant("Other")
    theirs = other.webhook(receiver.url, EVENTS)["endpoint_id"]
    mine = partner.webhook(receiver.url, EVENTS)["endpoint_id"]
    other.connect("theirs@outlook.com")
    partner.connect("mine@outlook.com")
    events = {each.tenant: each.call("GET", "/webhooks/events").json()["data"][0]["event_id"] for each in (partner, other)}
    wait_until(lambda: len(receiver.events("campaign.pending")) == 2, 10, "both events")
    console = Console(stack, partner.key)
    assert console.get(f"/console/webhooks/{theirs}").status_code == 404
    for verb in ["test", "enable", "disable", "rotate", "delete", "replay"]:
        assert console.post(f"/console/webhooks/{theirs}/{verb}", since="3600").status_code == 404, verb
    for event, endpoint in [(events[other.tenant], mine), (events[partner.tenant], theirs), ("evt_1_1", mine), ("x", mine)]:
        assert console.post(f"/console/events/{event}/replay", endpoint_id=str(endpoint)).status_code == 404
    pages = console.get("/console/webhooks").text + console.get(f"/console/deliveries?endpoint={theirs}").text
    assert events[other.tenant] not in pages and f"/console/webhooks/{theirs}" not in pages
    for since in ["", "0", "-1", "x", "99999999999"]:
        assert console.post(f"/console/webhooks/{mine}/replay", since=since).status_code == 400, since
    for verb in ["test", "delete"]:
        assert console.post(f"/console/webhooks/{mine}/{verb}", token="forged").status_code == 403
    narrow = partner.call("POST", "/keys", json={"name": "r", "scopes": ["campaigns:read"]}).json()["data"]["key"]
    reader = Console(stack, narrow)
    assert reader.get("/console/webhooks").status_code == reader.get("/console/deliveries").status_code == 403
    assert len(receiver.events()) == 2, "nothing was sent again"
