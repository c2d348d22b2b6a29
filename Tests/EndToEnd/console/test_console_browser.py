"""The whole flow in a real browser, wide and narrow, with mouse and keyboard, in the four languages for owners."""

import itertools

import pytest
from selenium.webdriver.common.keys import Keys

from console_pages import WIDTHS, consent_at_microsoft, sign_in

numbers = itertools.count()
CONNECTED = {
    "en": ("Your mailbox is connected", "That was another mailbox", "Choose the right account"),
    "de": ("Ihr Postfach ist verbunden", "Das war ein anderes Postfach", "Richtiges Konto wählen"),
    "fr": ("Votre boîte aux lettres est connectée", "C’était une autre boîte aux lettres", "Choisir le bon compte"),
    "es": ("Su buzón está conectado", "Ese era otro buzón", "Elegir la cuenta correcta"),
}


@pytest.fixture
def partner(stack):
    return stack.tenant("Grünwald & Partner")


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_console_to_microsoft_and_back(stack, partner, browser, width):
    address = f"whole{next(numbers)}@corp-browser.example"
    page = browser(f"flow-{width}", width=width)
    page.open(stack.base + "/console").until_text("Sign in").check("1-sign-in")
    sign_in(page, stack, partner).until_text("No mailbox is connected yet").check("2-no-campaigns")

    page.press("Connect a mailbox").until_text("You get a link").check("3-connect")
    page.fill("email", address).fill("first_name", "Ann").fill("tags", "sales, north").choose("with_rampup", "true")
    page.press("Create the link").until_text("shown only once").check("4-link")
    assert page.find("#url").get_attribute("value").startswith(stack.microsoft)

    console = page.driver.current_window_handle
    page.press("Open it in a new tab")
    page.until(lambda: len(page.driver.window_handles) == 2, "the new tab")
    page.driver.switch_to.window([each for each in page.driver.window_handles if each != console][0])
    page.resize(width)
    consent_at_microsoft(page, address)
    page.until_text("Your mailbox is connected").until_text("How to withdraw this").check("5-result")
    assert address in page.text and "Request from Grünwald & Partner" in page.text
    assert page.path.startswith("/oauth/microsoft/result/") and "code=" not in page.path
    page.driver.close()

    page.driver.switch_to.window(console)
    page.until_text("Completed").check("6-link-completed")
    page.press("Open the campaign").until_text("Connected by its owner").check("7-campaign")
    assert "Pending" in page.find(".badges").text and "sales, north" in page.text
    page.press("Start").until_text("The warm-up has started.").check("8-started")
    assert "Active" in page.find(".badges").text and "Started" in page.find(".history").text
    page.press("Pause").until_text("The warm-up is paused.")
    page.press("Resume").until_text("The warm-up has resumed.")
    page.press("Campaigns", within="nav").until_text("Healthy").check("9-campaigns")
    page.press(address).until_text("Delete this campaign")
    page.press("Delete this campaign").press("Delete for good").until_text("Its mailbox is disconnected").check("10-deleted")
    assert partner.campaigns() == []
    page.press("Consents", within="nav").until_text("Completed").check("11-consents")
    page.press("API keys", within="nav").until_text("Create a key").check("12-keys")
    page.press("Account", within="nav").until_text("E-mails a day").check("13-account")
    page.press("Sign out", within="header").until_text("Sign in")
    assert page.open(stack.base + "/console/campaigns").path.startswith("/console/sign-in")


def test_by_keyboard_alone(stack, partner, browser):
    address = f"keys{next(numbers)}@corp-browser.example"
    page = browser("keyboard", width=360)
    page.open(stack.base + "/console/sign-in").until_text("Sign in")
    assert page.driver.switch_to.active_element.get_attribute("name") == "key", "the field is ready for typing"
    page.type(partner.key, Keys.ENTER).until_text("No mailbox is connected yet")
    page.tab_to(lambda each: each.text == "Skip to the content", "the skip link")
    page.type(Keys.ENTER)
    page.tab_to(lambda each: each.text == "Connect a mailbox", "the link to connect")
    page.type(Keys.ENTER).until_text("You get a link")
    page.tab_to(lambda each: each.get_attribute("name") == "email", "the address")
    page.type(address, Keys.ENTER).until_text("shown only once")
    link = page.find("#url").get_attribute("value")
    partner.follow(link)
    page.until_text("Completed")
    page.tab_to(lambda each: each.text == "Open the campaign", "the campaign")
    page.type(Keys.ENTER).until_text("Connected by its owner")
    page.tab_to(lambda each: each.text == "Start", "Start")
    page.check("focus")
    page.type(Keys.ENTER).until_text("The warm-up has started.")
    page.tab_to(lambda each: each.tag_name == "summary", "the deletion")
    page.type(Keys.ENTER)
    page.tab_to(lambda each: each.text == "Delete for good", "its button")
    page.type(Keys.SPACE).until_text("Its mailbox is disconnected")


def test_pages_follow_what_happens_elsewhere_and_disturb_nobody(stack, partner, browser):
    page = sign_in(browser("live"), stack, partner)
    partner.connect("live@outlook.com")
    page.until_text("live@outlook.com")
    id = partner.campaigns()[0]["id"]
    page.press("live@outlook.com").until_text("Connected by its owner")
    start = page.tab_to(lambda each: each.text == "Start", "Start")
    assert start.get_attribute("id") == "start"
    assert partner.call("PATCH", f"/campaigns/{id}/start-warmup").status_code == 200
    page.until_text("Active").until_text("Started")
    assert page.driver.switch_to.active_element.tag_name == "main", "the focus does not jump to the top of the page"
    page.check("followed")
    # An update does not close an open confirmation, and revoking the key ends the session.
    keys = partner.call("GET", "/keys").json()["data"]
    assert partner.call("DELETE", f"/keys/{keys[0]['id']}").status_code == 200
    page.until(lambda: page.path.startswith("/console/sign-in"), "the session's end")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", CONNECTED)
def test_owners_in_four_languages(stack, partner, browser, language, width):
    connected, mismatch, choose = CONNECTED[language]
    address = f"{language}{next(numbers)}@outlook.com"
    other = f"other-{address}"
    link = partner.link(address)["url"]
    page = browser(f"owner-{language}-{width}", languages=language, width=width)
    page.open(f"{link}&simulator_account={other}&simulator_decision=accept").until_text(mismatch).check("mismatch")
    assert page.find("html").get_attribute("lang") == language
    page.press(choose)
    consent_at_microsoft(page, address)
    page.until_text(connected).check("connected")


@pytest.mark.parametrize("language, title, submit, problem", [
    ("en", "Connect your mailbox", "Continue to Microsoft", "Please check this entry."),
    ("de", "Verbinden Sie Ihr Postfach", "Weiter zu Microsoft", "Bitte prüfen Sie diese Angabe."),
    ("fr", "Connectez votre boîte aux lettres", "Continuer vers Microsoft", "Veuillez vérifier cette saisie."),
    ("es", "Conecte su buzón", "Continuar a Microsoft", "Revise este dato, por favor."),
])
def test_an_owner_fills_the_form(stack, partner, browser, language, title, submit, problem):
    """From the partner's URL to Microsoft and back, at 360 px."""
    address = f"form-{language}@outlook.com"
    page = browser(f"form-{language}", languages=language, width=360)
    page.open(partner.call("GET", "/embed/form/secure?tags=form").json()["data"]["url"]).until_text(title).check("empty")
    page.fill("email", "nobody@localhost").press(submit).until_text(problem).check("wrong", refused=400)
    page.fill("email", address).press(submit)
    consent_at_microsoft(page, address)
    page.until_text(CONNECTED[language][0]).check("connected")


@pytest.mark.parametrize("width", WIDTHS)
def test_what_goes_wrong_is_said_at_the_field(stack, partner, browser, width):
    page = sign_in(browser(f"wrong-{width}", width=width), stack, partner)
    page.open(stack.base + "/console/connect").fill("email", "a@b.example").fill("timezone", "Mars/Base")
    page.press("Create the link").until_text("Time zone must be").check("connect", refused=400)
    assert page.find("#timezone").get_attribute("aria-invalid") == "true"
    assert page.find("#email").get_attribute("value") == "a@b.example", "the input is kept"
    page.open(stack.base + "/console/campaigns/1").until_text("CAMPAIGN_NOT_FOUND").check("unknown", refused=403)
    id = partner.connect(f"fault{next(numbers)}@outlook.com")
    page.open(stack.base + f"/console/campaigns/{id}").until_text("Start")
    stack.fault(match={"operation": "messages"}, status=503)
    page.press("Start").until_text("The connection cannot be checked now").check("start-refused", refused=503)
    stack.control("DELETE", "faults")
    page.press("Sign out", within="header").until_text("Sign in")
    page.fill("key", "hearth_1_2_nothing").press("Sign in").until_text("is not known").check("sign-in", refused=401)


def test_everything_works_without_script(stack, partner, browser):
    page = browser("no-script")
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    page.open(stack.base + "/console")
    page.fill("key", partner.key).press("Sign in").until_text("No mailbox is connected yet")
    id = partner.connect("plain@outlook.com")
    page.open(stack.base + f"/console/campaigns/{id}").press("Start").until_text("The warm-up has started.")


def test_keys_are_shown_once(stack, partner, browser):
    page = sign_in(browser("keys", width=360), stack, partner)
    page.open(stack.base + "/console/keys").fill("name", "Reporting")
    for box in page.all("input[type=checkbox]"):
        if box.get_attribute("value") != "campaigns:read":
            box.click()
    page.press("Create the key").until_text("it is not shown again").check("created")
    key = page.find("#new-key").get_attribute("value")
    assert partner.with_key(key).call("GET", "/campaigns").status_code == 200
    assert partner.with_key(key).call("GET", "/keys").status_code == 403
    page.press("I have saved it").until_text("Reporting").check("listed")
    assert key not in page.driver.page_source and key.split("_", 3)[3] not in page.driver.page_source
    page.find("summary[aria-label='Revoke Reporting']").click()
    page.press("Revoke Reporting").until_text("refused everywhere").check("revoked")
