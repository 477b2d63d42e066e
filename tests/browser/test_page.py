"""The page in a real browser: search, click, see the path; by keyboard; whatever names say."""

import csv
import io
import shlex
import time
from contextlib import contextmanager

import pytest
import yaml
from click.testing import CliRunner
from msgspec.structs import replace
from selenium.common.exceptions import JavascriptException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

import rbacgraph
from rbacgraph.cli.app import app
from rbacgraph.model.answers.inference import IN_INPUT
from rbacgraph.model.answers.paths import ExposureResult, Hop, Path, SecretExposure, SecretPaths
from rbacgraph.model.answers.survey import (
    SecretChangers,
    SurveyedPrincipal,
    SurveyedSecret,
    SurveyResult,
)
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.page.html import page_html
from tests.report.records.shared import BASIS
from tests.report.records.survey import hostile_survey, shop_survey

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


@pytest.fixture(scope="module")
def opened(chromium, tmp_path_factory):
    """Write a page and open it."""

    def write(result):
        path = tmp_path_factory.mktemp("page") / "report.html"
        path.write_text(page_html(result), encoding="utf-8")
        return Browser(chromium, path.as_uri())

    return write


@pytest.fixture(scope="module")
def shop_page(opened, root):
    return opened(rbacgraph.load(root / "fixtures" / "clusters" / "shop").survey().result)


@pytest.fixture
def shop(shop_page):
    yield shop_page.open("#tab=secrets")
    assert shop_page.errors == []


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


def test_boxes_of_the_picture_are_links(shop):
    shop.open("#secret=shop/db-credentials")
    box = shop.find("#detail svg a[href='#principal=user%3Aerin']")
    shop.run("arguments[0].focus()", box)
    shop.press(Keys.ENTER)
    assert shop.shows("#detail h2", "user erin")


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


def many(number):
    """As many Secrets in namespaces of a hundred, each reached by some of 200 ServiceAccounts."""
    role = Evidence("ClusterRole", "", "ops", "rbac.yaml", 40, 0, "get, list on secrets")
    accounts = [f"serviceaccount:tenant-{n:03}/operator" for n in range(200)]
    names = [f"secret:space-{n // 100:03}/db-{n:05}" for n in range(number)]

    def path(account, secret):
        binding = Evidence("RoleBinding", "space", account, "rbac.yaml", 9)
        text = "can get, list all Secrets in space"
        hop = Hop("read-secret", account, secret, text, 1, (binding, role))
        return Path(account, secret, (hop,))

    def ways(secret, start):
        paths = tuple(path(account, secret) for account in accounts[start % 150 :][:50])
        return SecretPaths(
            secret=secret, type="Opaque", inferred=IN_INPUT, file="", line=0, paths=paths
        )

    row = SecretExposure(
        secret="",
        type="Opaque",
        inferred=False,
        certain=50,
        conditional=0,
        members=0,
        opening=("read-secret",),
        principal=accounts[0],
        cheapest=("read-secret",),
        effort=1,
    )
    return SurveyResult(
        exposure=ExposureResult(tuple(replace(row, secret=name) for name in names), BASIS),
        secrets=tuple(
            SurveyedSecret(
                secret=name, inferred=IN_INPUT, file="s.yaml", line=n, ways=n // 100, beside=0
            )
            for n, name in enumerate(names)
        ),
        ways=tuple(ways(names[n], n // 100) for n in range(0, number, 100)),
        beside=(SecretChangers(()),),
        principals=tuple(SurveyedPrincipal(account, (), ()) for account in accounts),
    )


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


def test_a_picture_puts_together_what_has_the_same_arrows(opened):
    page = opened(many(100)).open("#secret=space-000/db-00000")
    assert page.texts("#detail svg .box .kind") == ["50 ServiceAccounts", "Secret"]
    assert page.texts("#detail svg .arrow text") == ["read-secret"]
    assert len(page.texts("#detail .route")) == 1


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
    """Whoever has a path to a Secret, or is in a group that has one, finds it by name."""
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
        assert page.shows("#shown", "by a principal") or principal == "user:alice"
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


def test_a_spreadsheet_runs_no_cell(shop):
    cells = shop.run("return ['=1+1', '+a', '-a', '@a', 'a,b', 'a\"b', 'a'].map(csvCell)")
    assert cells == ["'=1+1", "'+a", "'-a", "'@a", '"a,b"', '"a""b"', "a"]


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
