"""A real Chromium, where there is one; without it these tests are skipped, and say so."""

import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

import rbacgraph
from rbacgraph.report.page.html import page_pieces
from tests.browser.browser import Browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # root may not start it otherwise; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1300,900",
)


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """A driver of Debian's Chromium, or whatever is called so; nothing is downloaded."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        missing = "chromedriver" if browser else "Chromium"
        pytest.skip(f"no {missing} here (on Debian: apt install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def opened(chromium, tmp_path_factory):
    """Write a page and open it."""

    def write(result):
        path = tmp_path_factory.mktemp("page") / "report.html"
        path.write_text("".join(page_pieces(result)), encoding="utf-8")
        return Browser(chromium, path.as_uri())

    return write


@pytest.fixture(scope="module")
def shop_page(opened, root):
    return opened(rbacgraph.load(root / "fixtures" / "clusters" / "shop").survey().result)


@pytest.fixture
def shop(shop_page):
    yield shop_page.open("#tab=secrets")
    assert shop_page.errors == []
