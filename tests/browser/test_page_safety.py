"""Hostile names in a real browser: they are text, run nothing, and nothing leaves the page."""

import pytest
from selenium.common.exceptions import JavascriptException

from tests.browser.browser import BAIT, commands
from tests.report.records.survey import hostile_survey


def test_hostile_names_are_text(opened):
    page = opened(hostile_survey(BAIT)).open()
    assert page.shows("#panel-summary", BAIT)
    page.open("#tab=secrets")
    assert page.run("return window.ran") is None
    page.find(".rows .row").click()
    assert page.shows("#detail", BAIT)
    for tab in ("principals", "diagnostics", "limits"):
        page.find(f"#tab-{tab}").click()
    page.find("#tab-principals").click()
    page.find(".rows .row").click()
    assert page.shows("#detail", BAIT)
    assert page.run("return window.ran") is None
    assert page.run("return document.querySelectorAll('img, svg script, iframe').length") == 0
    assert page.run("return document.scripts.length") == 3
    assert page.errors == []


@pytest.mark.parametrize(
    "slip",
    [
        "document.body.innerHTML = arguments[0]",
        "document.body.insertAdjacentHTML('beforeend', arguments[0])",
        "document.body.setAttribute('onclick', arguments[0])",
        "document.body.appendChild(document.createElement('script')).text = arguments[0]",
    ],
)
def test_even_a_slip_of_ours_would_run_nothing(shop_page, slip):
    page = shop_page.open()
    with pytest.raises(JavascriptException, match="Trusted"):
        page.run(slip, BAIT)
    assert page.run("return window.ran") is None


def test_nothing_leaves_the_page(shop_page):
    page = shop_page.open()
    page.run("new Image().src = 'http://127.0.0.1:9/leak'")
    assert (
        page.run("return fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'kept')") == "kept"
    )
    assert any("Content Security Policy" in error for error in page.errors)


def test_a_command_with_a_hostile_name_is_that_of_one_word(opened):
    name = "x'; touch /tmp/owned; $(id) `id` \\\" & | > #"
    page = opened(hostile_survey(name)).open("#tab=secrets")
    page.find(".rows .row").click()
    assert page.shows("#detail h2", "touch")
    *fixes, cut, paths = commands(page)
    ids = ("0123456789", "9876543210")
    assert [fix[3:] for fix in fixes] == [[one, "-o", "yaml", "-f", name] for one in ids]
    clean = page.run("return S.name[0]")
    assert cut == ["rbacgraph", "cut", "--secret", clean, "-o", "yaml", "-f", name]
    assert paths[:6] == ["rbacgraph", "paths", "--secret", clean, "--from", f"user:{name}"]


def test_a_spreadsheet_runs_no_cell(shop):
    cells = shop.run("return ['=1+1', '+a', '-a', '@a', 'a,b', 'a\"b', 'a'].map(csvCell)")
    assert cells == ["'=1+1", "'+a", "'-a", "'@a", '"a,b"', '"a""b"', "a"]
