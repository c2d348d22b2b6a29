"""Steps on pages of the console and the simulator, in a real browser."""

WIDTHS = [1280, 360]


def sign_in(browser, stack, partner):
    browser.open(stack.base + "/console").until_text("Sign in")
    browser.fill("key", partner.key).press("Sign in").until_text("Campaigns")
    return browser


def consent_at_microsoft(browser, address):
    """Goes through the simulator's pages: the sign-in, then the permissions."""
    browser.until_text("Microsoft simulator")
    if browser.all("#account"):
        browser.fill("simulator_account", address).press("Next")
    browser.until_text("Permissions requested").press("Accept")
