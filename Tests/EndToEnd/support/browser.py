"""A real browser: Debian's Chromium through its own driver, with axe-core in the page and screenshots."""

import base64
import contextlib
import json
import os
import pathlib
import re
import shutil

import axe_playwright_python
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
OUTPUT = pathlib.Path(os.environ.get("HEARTH_TEST_OUTPUT", pathlib.Path(__file__).parents[3] / ".local" / "output"))
SCREENSHOTS = OUTPUT / "screenshots"


class Browser:
    """One window. `taken` names its screenshots."""

    def __init__(self, taken, languages="en", width=1280, insecure_certificates=False):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-proxy-server", "--hide-scrollbars",
            # The tests run as root in a container, where Chromium's own sandbox cannot be set up.
            "--no-sandbox", "--disable-background-networking", "--force-prefers-reduced-motion",
            f"--accept-lang={languages}", "--window-size=1280,900",
        ]:
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": languages})
        options.accept_insecure_certs = insecure_certificates
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
        self.taken = taken
        self.log = []
        self.resize(width)

    def resize(self, width, height=900):
        """Sets the page's width by emulation, because a headless window cannot be narrower than 500 px."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def close(self):
        self.driver.quit()

    # Navigation

    def open(self, url):
        self.driver.get(url)
        return self

    @property
    def path(self):
        return re.sub(r"^https?://[^/]+", "", self.driver.current_url)

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def find(self, css):
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def all(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def fill(self, name, text):
        field = self.find(f"input[name='{name}']")
        field.clear()
        field.send_keys(text)
        return self

    def choose(self, name, value):
        self.find(f"select[name='{name}'] option[value='{value}']").click()
        return self

    def press(self, words, within="main"):
        """Clicks the button, link or summary with exactly this text."""
        for element in self.all(f"{within} button, {within} a, {within} summary"):
            if element.text.strip() == words:
                element.click()
                return self
        raise AssertionError(f"nothing to press says {words!r}: {self.text}")

    def until(self, condition, what, seconds=60):
        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(lambda _: condition(), what)

    def until_text(self, words, seconds=60):
        # The page may be replaced while it is read.
        def there():
            with contextlib.suppress(Exception):
                return words in self.text
        self.until(there, f"the page saying {words!r}", seconds)
        return self

    # By keyboard

    def type(self, *keys):
        self.driver.switch_to.active_element.send_keys(*keys)
        return self

    def tab_to(self, condition, what, at_most=60):
        """Presses Tab until the condition holds for the focused element."""
        for _ in range(at_most):
            webdriver.ActionChains(self.driver).send_keys(Keys.TAB).perform()
            element = self.driver.switch_to.active_element
            if condition(element):
                return element
        raise AssertionError(f"Tab does not reach {what}")

    # Checks for every page

    def check(self, name, refused=None):
        """Checks that the page is accessible and not wider than the window, and the browser's log empty; takes a screenshot.

        For an error page, `refused` is the status, whose log entry by the browser is allowed."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
        (SCREENSHOTS / f"{self.taken}-{name}.png").write_bytes(base64.b64decode(shot["data"]))
        self.driver.execute_script(AXE)
        found = self.driver.execute_async_script(
            "axe.run(document, {resultTypes: ['violations']}).then(arguments[0], e => arguments[0]({error: String(e)}))")
        assert "error" not in found, found
        wrong = [(each["id"], each["help"], [node["html"][:200] for node in each["nodes"]]) for each in found["violations"]]
        assert wrong == [], f"{name}: {json.dumps(wrong, indent=1)}"
        wide = self.driver.execute_script("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide[0] <= wide[1], f"{name}: the page is {wide[0]} px wide in a window of {wide[1]}"
        self.log += self.driver.get_log("browser")
        if refused:
            note = f"the server responded with a status of {refused}"
            self.log = [each for each in self.log if not (each["source"] == "network" and note in each["message"])]
        assert self.log == [], f"{name}: {self.log}"
        return self
