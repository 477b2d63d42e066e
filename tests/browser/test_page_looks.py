"""How the page looks in a real browser: widths, colours, pictures, and on paper."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.keys import Keys

from tests.browser.browser import sized
from tests.browser.surveys import many


def test_boxes_of_the_picture_are_links(shop):
    shop.open("#secret=shop/db-credentials")
    box = shop.find("#detail svg a[href='#principal=user%3Aerin']")
    shop.run("arguments[0].focus()", box)
    shop.press(Keys.ENTER)
    assert shop.shows("#detail h2", "user erin")


def test_dark_and_light(shop):
    background = "return getComputedStyle(document.body).backgroundColor"

    def prefers(scheme):
        feature = {"name": "prefers-color-scheme", "value": scheme}
        shop.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        return shop.run(background)

    def switch(value):
        shop.find(f"#theme option[value='{value}']").click()
        return shop.run(background)

    light, dark = prefers("light"), prefers("dark")
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    assert switch("light") == light
    shop.open()
    assert shop.run(background) == light, "the choice is remembered"
    assert switch("dark") == dark
    assert switch("") == dark
    assert prefers("light") == light


@pytest.mark.parametrize("width", [360, 700, 1300])
def test_nothing_is_wider_than_the_window(shop, width):
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    shop.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        for fragment in (
            "",
            "#tab=secrets",
            "#secret=shop/db-credentials",
            "#principal=user:erin",
            "#tab=limits",
        ):
            shop.open(fragment)
            assert shop.run("return document.documentElement.scrollWidth") <= width
    finally:
        shop.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_picture_puts_together_what_has_the_same_arrows(opened):
    page = opened(many(100)).open("#secret=space-000/db-00000")
    assert page.texts("#detail svg .box .kind") == ["50 ServiceAccounts", "Secret"]
    assert page.texts("#detail svg .arrow text") == ["read-secret"]
    assert len(page.texts("#detail .route")) == 1


def zoom(page):
    return float(page.find("#detail .picture svg").get_attribute("data-zoom"))


def test_a_picture_is_moved_and_enlarged(shop):
    with sized(shop, 900, 700):
        shop.open("#secret=shop/db-credentials")
        frame = shop.find("#detail .picture")
        shop.run("arguments[0].scrollIntoView({ block: 'center' })", frame)
        before = zoom(shop)
        wheel = ScrollOrigin.from_element(frame)
        ActionChains(shop.driver).pause(0.6).scroll_from_origin(wheel, 0, -200).perform()
        assert zoom(shop) > before
        for _ in range(4):
            frame.send_keys("+")
        place = "return [arguments[0].scrollLeft, arguments[0].scrollTop]"
        left, top = shop.run(place, frame)
        ActionChains(shop.driver).move_to_element(frame).click_and_hold().move_by_offset(
            -40, -30
        ).release().perform()
        moved = shop.run(place, frame)
        assert moved[0] == pytest.approx(left + 40, abs=2)
        assert moved[1] == pytest.approx(top + 30, abs=2)
        assert shop.shows("#detail h2", "db-credentials"), "a drag follows no link"
        shop.find("#detail .zoom button[aria-label='Show all of it']").click()
        sides = "return ['Width', 'Height'].map((s) => arguments[0][arguments[1] + s])"
        assert shop.run(sides, frame, "scroll") == shop.run(sides, frame, "client")
        all_of_it = zoom(shop)
        frame.send_keys("+")
        assert zoom(shop) > all_of_it
        frame.send_keys("0")
        assert zoom(shop) == pytest.approx(all_of_it)


def test_the_legend_names_what_is_drawn(shop):
    shop.open("#secret=shop/db-credentials")
    legend = set(shop.texts("#detail .legend li"))
    assert {"user", "group", "ServiceAccount", "Secret", "certain"} <= legend
    families = (
        "return new Set([...document.querySelectorAll('#detail .picture .box')]"
        ".map((box) => box.classList[1])).size"
    )
    drawn = shop.run(families)
    assert drawn == shop.run("return document.querySelectorAll('#detail .legend .box').length")


def printed(page):
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.run("window.dispatchEvent(new Event('beforeprint'))")
    try:
        background = page.run("return getComputedStyle(document.body).backgroundColor")
        return page.run("return document.body.innerText"), background
    finally:
        page.run("window.dispatchEvent(new Event('afterprint'))")
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_all_of_it_is_printed(shop):
    shop.find("#theme option[value=dark]").click()
    names = shop.run("return S.name.concat(PRINCIPALS.map((p) => nameOf(p.node)))")
    text, background = printed(shop)
    shop.find("#theme option[value='']").click()
    assert [name for name in names if name not in text] == []
    for heading in ("What to fix first", "Effectively cluster-admin", "Namespaces", "Input"):
        assert heading in text
    assert "problems in the input" in text
    assert "No path" in text
    assert "Search" not in text
    assert background == "rgb(255, 255, 255)"
    assert shop.texts("#print *") == []


def test_an_open_secret_is_printed_with_all_its_paths(shop):
    shop.open("#secret=shop/db-credentials")
    text, _ = printed(shop)
    routes = shop.run("return D.ways[S.ways[S.name.indexOf('shop/db-credentials')]].routes.length")
    for number in range(1, routes + 1):
        assert f"[{number}]" in text
    assert "Remove the verb" in text, "how to close it"
    assert "Effectively cluster-admin\n" not in text
