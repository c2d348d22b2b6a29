"""Mailboxes and invitations in a real browser: wide and narrow, by keyboard, and without scripts."""

import itertools
import json
import threading

import psycopg
import pytest
from selenium.webdriver.common.keys import Keys

from console_pages import WIDTHS, consent_at_microsoft, sign_in
from offices import Office, add, delegate

numbers = itertools.count()


@pytest.fixture
def partner(stack):
    yield stack.tenant("Grünwald & Partner")
    stack.control("DELETE", "faults")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_invitation_to_the_end_of_the_mailbox(stack, partner, browser, width):
    address = f"invited{next(numbers)}@corp-browser.example"
    page = sign_in(browser(f"mailboxes-{width}", width=width), stack, partner)
    page.press("Mailboxes", within="nav").until_text("No mailbox is connected yet").check("1-no-mailboxes")
    page.press("Invitations", within="nav").until_text("Nobody was invited yet").check("2-no-invitations")
    page.press("Invite an owner").until_text("This service sends no e-mail").check("3-invite")
    page.fill("email", "nobody@localhost").press("Invite").until_text("Some fields are not valid").check("4-wrong", refused=400)
    assert page.find("#email").get_attribute("aria-invalid") == "true"
    page.fill("email", address).choose("permission_level", "warmup").fill("first_name", "Ann").press("Invite")
    page.until_text("shown only once").check("5-link")
    link = page.find("#url").get_attribute("value")
    assert link.startswith(stack.base + "/invitations/")

    page.open(link).until_text("asks you to connect your mailbox").check("6-invitation")
    page.press("Continue to Microsoft", within="body")
    consent_at_microsoft(page, address)
    page.until_text("Your mailbox is connected").check("7-connected")

    page.open(stack.base + "/console/invitations").until_text("Completed").check("8-invitations")
    page.press(address).until_text("The owner has consented").check("9-invitation-completed")
    page.press("Open the mailbox").until_text("Just connected").check("10-mailbox")
    page.press("Recheck now").until_text("The mailbox was checked").until_text("Healthy").check("11-rechecked")
    page.choose("permission_level", "read_send").press("Make a reconnect link").until_text("shown only once").check("12-reconnect")
    page.press(address).until_text("Make a reconnect link")
    page.press("Delete this mailbox").until_text("not possible while a campaign uses it").check("13-in-use")
    page.press(f"The campaign of {address}").until_text("Delete this campaign")
    page.press("Open the mailbox").until_text("Make a reconnect link")
    page.press("Disconnect this mailbox").until_text("Microsoft has no call").check("14-disconnect")
    page.press("Disconnect now").until_text("What is left at Microsoft").check("15-disconnected")
    assert "Disconnected" in page.find(".badges").text
    page.press("Account", within="nav").until_text("Health of the mailboxes").check("16-account")
    page.press("Disconnected").until_text(address).check("17-filtered")
    page.choose("health", "error").press("Filter").until_text("No mailbox matches").press("Show all").until_text(address)

    (campaign,) = partner.campaigns()
    assert partner.call("DELETE", f"/campaigns/{campaign['id']}").status_code == 200
    page.press(address).until_text("No campaign uses this mailbox").check("18-unused")
    page.press("Delete this mailbox").press("Delete for good").until_text("destroyed within 30 days").check("19-deleted")
    assert partner.call("GET", "/mailboxes").json()["data"] == [] and "No mailbox is connected yet" in page.text


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_wrong_is_seen_and_followed(stack, partner, browser, width):
    office = Office(stack)
    id = delegate(partner, office.person, "warmup")
    add(partner, office.shared, id)
    page = sign_in(browser(f"health-{width}", width=width), stack, partner)
    page.open(stack.base + f"/console/mailboxes/{id}").until_text(office.shared).check("1-delegate")
    stack.fault(match={"operation": "messages"}, status=503, times=9)
    page.press("Recheck now").until_text("The connection cannot be checked now").check("2-refused", refused=503)
    stack.control("DELETE", "faults")
    page.open(stack.base + f"/console/mailboxes/{id}").until_text("Recheck now")
    assert partner.call("POST", f"/mailboxes/{id}/disconnect").status_code == 200
    # The open page shows a change made elsewhere.
    page.until_text("What is left at Microsoft").check("3-followed")
    page.open(stack.base + "/console/mailboxes").until_text(office.person).check("4-mailboxes")
    page.press("Shared mailboxes").until_text(office.shared).check("5-shared")
    assert "The mailbox was disconnected." in page.text
    page.press(office.person).until_text("What is left at Microsoft")
    page.open(stack.base + "/console/mailboxes/1").until_text("MAILBOX_NOT_FOUND").check("6-unknown", refused=404)
    page.open(stack.base + "/console/invitations/1").until_text("INVITATION_NOT_FOUND").check("7-unknown-invitation", refused=404)


def test_by_keyboard_alone(stack, partner, browser):
    address = f"tabbed{next(numbers)}@corp-browser.example"
    page = browser("mailboxes-keyboard", width=360)
    page.open(stack.base + "/console/sign-in?next=/console/invitations").until_text("Sign in").type(partner.key, Keys.ENTER)
    page.until_text("Nobody was invited yet")
    page.tab_to(lambda each: each.text == "Invite an owner", "the invitation's form")
    page.type(Keys.ENTER).until_text("This service sends no e-mail")
    page.tab_to(lambda each: each.get_attribute("name") == "email", "the address")
    page.type(address, Keys.ENTER).until_text("shown only once")
    link = page.find("#url").get_attribute("value")
    page.open(link)
    page.tab_to(lambda each: each.tag_name == "button", "the owner's button")
    page.check("owners-button")
    partner.follow(stack.http.post(link).headers["location"])
    page.open(stack.base + "/console/mailboxes").until_text(address)
    page.tab_to(lambda each: each.text == address, "the mailbox")
    page.type(Keys.ENTER).until_text("Recheck now")
    page.tab_to(lambda each: each.text == "Recheck now", "the recheck")
    page.check("focus")
    page.type(Keys.ENTER).until_text("The mailbox was checked")
    page.tab_to(lambda each: each.text == "Disconnect this mailbox", "the disconnection")
    page.type(Keys.ENTER).tab_to(lambda each: each.text == "Disconnect now", "its button")
    page.type(Keys.SPACE).until_text("What is left at Microsoft")
    page.tab_to(lambda each: each.text == "Delete this mailbox", "the deletion")
    page.type(Keys.ENTER).tab_to(lambda each: each.text == "Delete for good", "its button")
    page.type(Keys.SPACE).until_text("destroyed within 30 days")


def test_without_script(stack, partner, browser):
    address = f"plain{next(numbers)}@corp-browser.example"
    page = browser("mailboxes-no-script")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.open(stack.base + "/console/sign-in?next=/console/invitations/new").fill("key", partner.key).press("Sign in").until_text("Invite an owner")
    page.fill("email", address).press("Invite").until_text("shown only once")
    partner.follow(stack.http.post(page.find("#url").get_attribute("value")).headers["location"])
    page.press("Mailboxes", within="nav").until_text(address).press(address).until_text("Just connected")
    page.press("Recheck now").until_text("The mailbox was checked")
    page.press("Disconnect this mailbox").press("Disconnect now").until_text("What is left at Microsoft")


def test_a_page_is_not_refreshed_while_its_form_is_being_sent(stack, partner, browser):
    """The form may delete what the page shows, and the refresh would be answered 404."""
    campaign = partner.connect(f"leaving{next(numbers)}@corp-browser.example")
    assert partner.call("DELETE", f"/campaigns/{campaign}").status_code == 200
    # Of its own right, so that it can be deleted: the campaign's end has disconnected it.
    (mailbox,) = partner.call("GET", "/mailboxes").json()["data"]
    page = sign_in(browser("leaving"), stack, partner).open(f"{stack.base}/console/mailboxes/{mailbox['id']}")

    def refreshes():
        lines = (stack.folder / "hearth.log").read_text().splitlines()
        found = [json.loads(line) for line in lines if '"/console/mailboxes/{id}"' in line]
        return sum(each["http.method"] == "GET" for each in found)

    shown = refreshes()
    page.until(lambda: refreshes() > shown, "the page being refreshed")
    with psycopg.connect(stack.database_url) as connection:
        connection.execute("SELECT 1 FROM mailboxes WHERE tenant_id = %s AND mailbox_id = %s FOR UPDATE", (partner.tenant, mailbox["id"]))
        before = refreshes()
        # Longer than two refreshes, and shorter than the time after which the service gives a lock up.
        threading.Timer(4.5, connection.rollback).start()
        page.press("Delete this mailbox").press("Delete for good").until_text("destroyed within 30 days")
        assert refreshes() == before
    page.check("deleted")
