"""What a person does with a page in a browser, and sees."""

import shlex
import time
from contextlib import contextmanager

from selenium.webdriver.common.by import By

PATIENCE = 30
BAIT = "<img src=x onerror='window.ran=1'></script><script>window.ran=2</script>"


class Browser:
    """What a person does with a page, and sees."""

    def __init__(self, driver, url):
        self.driver = driver
        self.url = url

    def open(self, fragment=""):
        self.driver.get("about:blank")
        self.driver.get_log("browser")
        self.driver.get(f"{self.url}{fragment}")
        assert self.run("return document.documentElement.dataset.ready") == "yes"
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        every = "return [...document.querySelectorAll(arguments[0])]"
        return self.run(f"{every}.map((e) => e.innerText ?? e.textContent)", selector)

    def shows(self, selector, words):
        """Whether some text is there, at once or soon: what the address names comes after it."""
        until = time.monotonic() + PATIENCE
        while words not in "\n".join(self.texts(selector)):
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True

    @property
    def focused(self):
        return self.driver.switch_to.active_element

    def press(self, *keys):
        for key in keys:
            self.focused.send_keys(key)

    @property
    def busy(self):
        """Seconds that the page itself has worked: others may use the machine too."""
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    @property
    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]


@contextmanager
def sized(page, width, height=844):
    """A window of this size."""
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        yield
    finally:
        page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def commands(page):
    """The words of each command of the first path, as a shell reads them."""
    page.find("#detail .route .closing summary").click()
    assert page.shows("#detail .route .closing", "no longer")
    return [shlex.split(line) for line in page.texts("#detail .route .commands > .command code")]
