"""The page in a real browser: search, click, see the path; by keyboard."""

import csv
import io
import time

import yaml
from click.testing import CliRunner
from msgspec.structs import replace
from selenium.webdriver.common.keys import Keys

import rbacgraph
from rbacgraph.cli.app import app
from tests.browser.browser import PATIENCE, commands, sized
from tests.browser.surveys import many
from tests.report.records.survey import shop_survey


def test_every_secret_is_there_and_nothing_was_loaded(shop):
    assert len(shop.texts(".rows .row")) == 12
    assert shop.texts(".rows .row")[0].startswith("shop/feature-flags")
    assert shop.shows("#summary", "12 Secrets, 12 of them reachable.")
    assert shop.run("return performance.getEntriesByType('resource').length") == 0


def test_search_click_and_see_the_path(shop):
    shop.find("#search").send_keys("db-cred alice")
    assert shop.texts(".rows .row .main") == ["shop/db-credentials"]
    assert shop.shows("#shown", "1 of 12 Secrets")
    shop.find(".rows .row").click()
    detail = shop.find("#detail").text
    certain = "8 principals reach it for certain"
    assert f"{certain}, 1 more only under a condition." in detail
    assert "Role shop/db-admin rules[0]: get on secrets named db-credentials" in detail
    boxes = shop.texts("#detail svg .box .name")
    assert "shop/db-credentials" in boxes
    assert "platform-admins" in boxes
    assert "exec" in shop.texts("#detail svg .arrow text")


def test_filters(shop):
    shop.run("arguments[0].value = 'payments'", namespace := shop.find("[aria-label=Namespace]"))
    shop.run("arguments[0].dispatchEvent(new Event('change'))", namespace)
    assert shop.texts(".rows .row .main") == ["payments/ledger-db", "payments/payment-provider"]


def test_the_summary_shows_what_it_counts(shop):
    shop.open()
    facts = ["12 for certain", "0 only under a condition", "0 by nobody"]
    assert shop.texts("#facts a") == facts
    shop.find("#facts a:last-child").click()
    assert shop.shows("#shown", "0 of 12 Secrets")
    assert shop.texts(".rows .row") == []


def test_from_a_path_to_its_principal_and_back_to_one_of_its_secrets(shop):
    shop.open("#secret=shop/db-credentials")
    shop.find("#detail a[href='#principal=user%3Aerin']").click()
    assert shop.shows("#detail", "Gets at 9 Secrets for certain")
    shop.find("#detail .secrets a[href*='db-credentials']").click()
    assert shop.shows("#detail", "From user:erin alone.")
    assert shop.texts("#detail .route strong a") == ["erin"]
    shop.driver.back()
    assert shop.shows("#detail h2", "user erin")


def test_what_is_left_out_is_said(opened):
    page = opened(shop_survey()).open("#secret=shop/ghost")
    assert page.shows("#detail", "rbacgraph looked for paths to the most exposed Secrets only")
    assert page.shows("#detail", "Not in the input")
    page.open("#tab=limits")
    assert page.shows(
        "#panel-limits", "To the 1 least exposed Secret rbacgraph looked for no paths"
    )


def test_the_first_of_many_and_more_on_demand(opened):
    page = opened(many(100)).open("#secret=space-000/db-00000")
    assert len(page.texts("#detail .names li")) == 8
    page.find("#detail .names .more").click()
    assert len(page.texts("#detail .names li")) == 50
    assert page.focused.text == "tenant-008/operator"


def test_the_page_of_a_technique(shop):
    shop.open("#secret=shop/db-credentials")
    shop.find("#detail .technique").click()
    assert shop.shows("#page", "Precondition")
    shop.press(Keys.ESCAPE)
    assert not shop.find("#page").is_displayed()
    assert shop.find("#detail").is_displayed()


def test_by_keyboard_alone(shop):
    shop.find("body").send_keys("/")
    assert shop.focused.get_attribute("id") == "search"
    shop.press("payments", Keys.ARROW_DOWN)
    assert shop.focused.get_attribute("role") == "grid"
    shop.press(Keys.ARROW_DOWN)
    active = shop.focused.get_attribute("aria-activedescendant")
    assert "payments/payment-provider" in shop.find(f"#{active}").text
    shop.press(Keys.ENTER)
    assert shop.shows("#detail h2", "Secret payments/payment-provider")
    assert shop.focused.get_attribute("id") == "detail"
    shop.press(Keys.TAB)
    assert shop.focused.get_attribute("aria-label") == "Close"
    outline = shop.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    shop.press(Keys.ESCAPE)
    assert not shop.find("#detail").is_displayed()
    assert shop.focused.get_attribute("role") == "grid"
    shop.press(Keys.END, Keys.HOME, Keys.ENTER)
    assert shop.shows("#detail h2", "Secret payments/ledger-db")


def test_tabs_by_arrow_keys(shop):
    shop.run("document.getElementById('tab-secrets').focus()")
    shop.press(Keys.ARROW_RIGHT)
    assert shop.texts(".rows .row .badge .long")[0] == "group"
    shop.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert shop.focused.get_attribute("aria-selected") == "true"
    assert shop.shows("#panel-limits", "Checked ")
    shop.press(Keys.ARROW_LEFT)
    assert shop.shows("#panel-diagnostics", "warning")
    assert not shop.find("#panel-list").is_displayed()


def test_sorted_by_a_column(shop):
    shop.find(".head [role=columnheader]:first-child button").click()
    names = shop.texts(".rows .row .main")
    assert names == sorted(names)
    assert shop.find(".head [aria-sort=ascending]").text.startswith("Secret")


def test_five_thousand_secrets_do_not_freeze_it(opened):
    page = opened(many(5000))
    page.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    page.open("#tab=secrets")
    assert page.shows("#shown", "5,000 Secrets")
    assert page.busy < 5
    assert page.run("return document.querySelectorAll('*').length") < 1500
    search = (
        "const box = document.getElementById('search');"
        "box.value = arguments[0]; box.dispatchEvent(new Event('input'));"
        "document.body.offsetHeight"
    )
    before = page.busy
    for text in ("d", "db", "db-049", "db-04999", ""):
        page.run(search, text)
    assert page.busy - before < 1
    page.find(".grid").send_keys(Keys.END)
    active = "return document.querySelector('.rows .row.active .main').textContent"
    assert page.run(active) == "space-049/db-04999"
    assert page.run("return document.querySelectorAll('.rows .row').length") < 80
    page.press(Keys.ENTER)
    assert page.shows("#detail h2", "Secret space-049/db-04999")
    page.open("#principal=serviceaccount:tenant-040/operator")
    assert page.shows("#detail", "Gets at 4,100 Secrets for certain")
    assert page.errors == []


def test_the_summary_is_what_one_reads_first(opened):
    page = opened(shop_survey()).open()
    assert page.run("return document.activeElement === document.body")
    assert page.texts("#tabs [aria-selected=true]") == ["Summary"]
    first, second = page.texts("#risks tbody tr")
    for words in (
        "critical",
        "alice",
        "the whole cluster",
        "narrow",
        "7 ways in, 2 admins",
    ):
        assert words in first
    assert "at most 7 ways in" in second
    assert "1 cause that operators need by design" in page.find("#risks").text
    assert page.shows("#panel-summary", "2 files in k8s/shop/: rbac.yaml, secrets.yaml")
    page.find("#risks summary").click()
    assert page.shows(
        "#risks .command code", "rbacgraph risks --fix 0123456789 -o yaml -f k8s/shop/"
    )
    assert page.errors == []


def test_without_a_ranking_the_summary_says_how_to_get_one(opened):
    page = opened(replace(shop_survey(), risks=None)).open()
    assert page.shows("#panel-summary", "causes of access are not ranked in this page")
    assert page.texts("#panel-summary .command code") == ["rbacgraph risks -f k8s/shop/"]
    assert page.errors == []


def test_a_namespace_of_the_summary_leads_to_its_secrets(shop):
    shop.open()
    rows = shop.texts("#panel-summary a[href*='namespace=']")
    assert "payments" in rows
    shop.find("#panel-summary a[href='#tab=secrets&namespace=payments']").click()
    assert shop.shows("#shown", "2 of 12 Secrets")
    assert shop.texts(".rows .row .main") == ["payments/ledger-db", "payments/payment-provider"]


def test_search_finds_secrets_by_any_principal(shop_page, root):
    """A principal's name finds the Secrets that it, or a group of its own, has a path to."""
    result = rbacgraph.load(root / "fixtures" / "clusters" / "shop").survey().result
    page = shop_page.open("#tab=secrets")
    groups = {one.principal: one.groups for one in result.principals}
    reached = {}
    for secret in result.secrets:
        for path in secret.paths(result.ways[secret.ways]):
            reached.setdefault(path.principal, set()).add(secret.secret.partition(":")[2])
    search = page.find("#search")
    for principal in ("user:erin", "serviceaccount:shop/worker", "user:alice"):
        own = set().union(*(reached.get(who, ()) for who in (principal, *groups[principal])))
        search.clear()
        search.send_keys(principal)
        assert set(page.texts(".rows .row .main")) >= own > set()
        assert principal == "user:alice" or page.shows("#shown", "by a principal")
    assert page.errors == []


def test_principals_have_badges_and_whole_names(shop):
    shop.open("#tab=principals")
    rows = shop.texts(".rows .row .main")
    assert any("platform-admins" in row and "admin" in row.splitlines() for row in rows)
    assert "ServiceAccount" in shop.texts(".rows .badge .long")
    shop.find("[aria-label=Admin] option[value=yes]").click()
    assert shop.texts(".rows .principal > span:nth-child(2)") == ["platform-admins"]
    cut = (
        "return [...document.querySelectorAll('.rows .main')]"
        ".filter((e) => e.scrollHeight > e.clientHeight + 1).length"
    )
    for width in (390, 1280):
        with sized(shop, width):
            shop.open("#tab=principals")
            assert shop.run(cut) == 0


def test_commands_of_a_path_do_what_they_say(shop_page, root, monkeypatch):
    page = shop_page.open("#secret=shop/db-credentials&from=user:erin")
    assert page.shows("#detail", "From user:erin alone")
    *fixes, cut, paths = commands(page)
    assert all(fix[:3] == ["rbacgraph", "risks", "--fix"] for fix in fixes)
    assert fixes
    monkeypatch.chdir(root)
    assert cut[:4] == ["rbacgraph", "cut", "--secret", "shop/db-credentials"]
    assert "user:erin" not in cut
    answer = CliRunner().invoke(app, cut[1:])
    assert answer.exit_code == 0, answer.output
    assert [one for one in yaml.safe_load_all(answer.stdout) if one]
    fixed = CliRunner().invoke(app, fixes[0][1:])
    assert fixed.exit_code == 0, fixed.output
    assert [one for one in yaml.safe_load_all(fixed.stdout) if one]
    seen = CliRunner().invoke(app, paths[1:])
    assert seen.exit_code == 0, seen.output
    assert "user:erin" in seen.output


def test_copy_and_csv(shop, tmp_path):
    driver = shop.driver
    driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    shop.find("#exports button").click()
    assert shop.shows("#said", "Saved secrets.csv")
    rows = saved(tmp_path / "secrets.csv")
    assert len(rows) == 12
    assert rows[0]["secret"] == shop.texts(".rows .row .main")[0]
    assert rows[0]["readers"] == shop.texts(".rows .row .number")[0]
    shop.open("#secret=shop/db-credentials&from=user:erin")
    shop.find("#detail .route button[aria-label='Copy path 1']").click()
    assert shop.shows("#said", "Copied path 1")
    shop.run("document.body.append(document.createElement('textarea'))")
    shop.run("document.querySelector('body > textarea').focus()")
    shop.press(Keys.CONTROL + "v")
    copied = shop.run("return document.querySelector('body > textarea').value")
    assert copied.startswith("user:erin\n")
    assert "shop/db-credentials" in copied
    assert ".yaml:" in copied


def saved(path):
    until = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return list(csv.DictReader(io.StringIO(path.read_text())))
