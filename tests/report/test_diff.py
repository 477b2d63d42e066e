"""``diff`` as a picture, as a comment, as findings for code scanning."""

import html
import json
import re
from urllib.parse import unquote, urlsplit

import pytest
from msgspec.structs import replace
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

import rbacgraph as rg
from rbacgraph.model.answers.diff import AccessChange, Cause, Part
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.answers.policy_check import Excess
from rbacgraph.model.answers.risk.cause_text import NO_TEXT
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.answer_formats import report_of
from rbacgraph.report.formats.as_markdown import LARGEST, ROWS, code
from rbacgraph.report.formats.sarif import Root, reference, uri
from rbacgraph.report.review.diff import diff_text
from rbacgraph.report.review.diff_markdown import diff_markdown
from rbacgraph.report.review.diff_picture import diff_picture
from rbacgraph.report.text.layout.look import Look
from rbacgraph.techniques.catalogue import pages
from tests.report.records.diff import (
    hostile_check,
    hostile_diff,
    no_check,
    no_diff,
    shop_check,
    shop_diff,
    way,
)
from tests.report.records.paths import read
from tests.report.records.shared import HOSTILE, POLICY

EVERY = pytest.mark.parametrize("result", [shop_diff(), no_diff(), hostile_diff()])


def sarif(result):
    """The log, held against the model that is made of the OASIS schema."""
    text = report_of(result, pages=pages()).render("sarif")
    SarifLog.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    return run


def many(number, each):
    """Changes with as many ways, principals and Secrets each."""
    principals = tuple(f"user:somebody-with-a-long-name-{n}" for n in range(each))
    secrets = tuple(f"secret:shop/with-a-long-name-{n}" for n in range(each))
    ways = tuple(
        way(read(f"user:number-{n}", secrets[0]), principals=principals, secrets=secrets)
        for n in range(each)
    )
    cause = Cause(
        "RoleBinding", "shop", "b", "added", (Part("subjects", 0, "x", 3),), NO_TEXT, "f", 1
    )
    change = AccessChange(gained=True, causes=(cause,), ways=ways)
    return replace(no_diff(), changes=(change,) * number)


@EVERY
def test_sarif_is_valid_and_tells_what_is_gained_alone(result):
    run = sarif(result)
    rules = run["tool"]["driver"]["rules"]
    for found in run["results"]:
        assert rules[found["ruleIndex"]]["id"] == found["ruleId"]
        assert rules[found["ruleIndex"]]["help"]["text"]
        assert rules[found["ruleIndex"]]["properties"]["security-severity"]
    gained = {(w.path.opening, w.after) for c in result.gained for w in c.ways}
    named = {(c.kind, c.name) for change in result.gained for c in change.causes}
    gained |= {
        (one.path.opening, one.after)
        for one in result.identities
        if one.gained and one.path and not named >= {(c.kind, c.name) for c in one.causes}
    }
    gained |= {("new-cluster-admin", one.after) for one in result.admins if one.gained}
    levels = {"certain": "error", "conditional": "warning"}
    told = {(found["ruleId"].partition("/")[0], found["level"]) for found in run["results"]}
    assert told == {(opening, levels[after]) for opening, after in gained}


SEVERITIES = {"critical": (9, 10), "high": (7, 8.9), "medium": (4, 6.9), "low": (0.1, 3.9)}
"""From which number to which GitHub shows each severity."""


@pytest.mark.parametrize(
    ("principals", "secrets", "effort", "certain", "severity"),
    [
        ("user:bob", "secret:shop/db", 7, True, "high"),
        ("user:bob", "secret:shop/db", 8, True, "high"),
        ("user:bob", "secret:shop/db secret:shop/tls", 1, True, "high"),
        ("user:bob", "secret:shop/db secret:web/tls", 8, True, "critical"),
        ("user:bob group:system:authenticated", "secret:shop/db", 1, True, "critical"),
        ("group:system:unauthenticated", "secret:shop/db", 1, True, "critical"),
        ("user:system:anonymous", "secret:shop/db", 7, False, "high"),
        ("group:system:serviceaccounts", "secret:shop/db", 8, False, "medium"),
        ("group:system:serviceaccounts:shop", "secret:shop/db", 7, False, "medium"),
        ("user:bob", "secret:shop/db secret:web/tls", 7, False, "high"),
        ("user:bob", "secret:shop/db secret:web/tls", 8, False, "medium"),
        ("user:bob", "secret:shop/db", 7, False, "medium"),
        ("user:bob", "secret:shop/db", 8, False, "low"),
    ],
)
def test_a_severity_is_of_certainty_effort_who_and_what(
    principals, secrets, effort, certain, severity
):
    names, targets = tuple(principals.split()), tuple(secrets.split())
    (hop,) = read(names[0], targets[0]).hops
    hop = replace(hop, effort=effort, condition=hop.condition if certain else POLICY)
    path = Path(names[0], targets[0], (hop,))
    found = Excess(principals=names, secrets=targets, certain=certain, path=path)
    run = sarif(replace(no_check(), findings=(found,)))
    (rule,), (result,) = run["tool"]["driver"]["rules"], run["results"]
    assert rule["id"] == result["ruleId"] == f"read-secret/{severity}"
    least, most = SEVERITIES[severity]
    assert least < float(rule["properties"]["security-severity"]) <= most
    assert f"Severity {severity}: " in result["message"]["text"]


def test_one_technique_of_two_severities_is_two_rules_with_one_page():
    """GitHub takes the severity of a rule for all its results."""
    found = [
        Excess(principals=("user:bob",), secrets=secrets, certain=True, path=read("user:bob"))
        for secrets in (("secret:shop/db",), ("secret:shop/db", "secret:web/tls"))
    ]
    run = sarif(replace(no_check(), findings=tuple(found)))
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["read-secret/critical", "read-secret/high"]
    assert [one["ruleIndex"] for one in run["results"]] == [1, 0]
    assert len({rule["help"]["text"] for rule in rules}) == 1


def test_sarif_says_which_version_found_it_and_where_to_read_on():
    driver = sarif(shop_diff())["tool"]["driver"]
    assert driver["version"] == driver["semanticVersion"] == rg.__version__
    assert {rule["helpUri"] for rule in driver["rules"]} == {
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege",
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets",
        "https://kubernetes.io/docs/concepts/security/rbac-good-practices/#workload-creation",
    }


def test_each_technique_has_a_reference_that_sarif_links():
    """An address in another part of a page, such as that of etcd in a command, is none."""
    for page in pages():
        found = reference(page.page)
        assert found.startswith("https://")
        assert found in page.page.partition("\nReferences\n")[2]


def test_sarif_points_at_the_line_that_opened_the_path():
    places = {
        (
            found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            found["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for found in sarif(shop_diff())["results"]
    }
    assert places == {("new/rbac.yaml", 40), ("new/roles.yaml", 19)}


def test_sarif_fingerprints_do_not_move_with_lines():
    result = shop_diff()
    moved = replace(
        result,
        changes=tuple(
            replace(
                change,
                causes=tuple(
                    replace(
                        c,
                        file="elsewhere.yaml",
                        line=c.line + 7,
                        parts=tuple(
                            replace(p, line=p.line + 7, index=p.index + 1) for p in c.parts
                        ),
                    )
                    for c in change.causes
                ),
            )
            for change in result.changes
        ),
    )
    prints = [[f["partialFingerprints"] for f in sarif(r)["results"]] for r in (result, moved)]
    assert prints[0] == prints[1]
    assert len({json.dumps(one) for one in prints[0]}) == len(prints[0])


@pytest.mark.parametrize("file", ["javascript:alert(1)", "//host/x", "a b#c?d.yaml", HOSTILE])
def test_no_file_becomes_a_scheme_or_a_host(file):
    found = urlsplit(uri(file))
    assert (found.netloc, found.query, found.fragment) == ("", "", "")
    assert found.scheme == ("file" if file.startswith("/") else "")
    assert unquote(found.path).lstrip("/") == file.lstrip("/")


def test_files_are_named_from_the_root_of_the_repository(tmp_path):
    (tmp_path / "repository/.git").mkdir(parents=True)
    here = tmp_path / "repository/k8s"
    (here / "prod").mkdir(parents=True)
    (here / "prod/rbac.yaml").touch()
    name_of = Root.around(here).name_of
    assert name_of("prod/rbac.yaml") == "k8s/prod/rbac.yaml"
    assert name_of(str(here / "prod/rbac.yaml")) == "k8s/prod/rbac.yaml"
    assert name_of("k8s/as-of-a-revision.yaml") == "k8s/as-of-a-revision.yaml"
    for elsewhere in ("/srv/dump.json", f"{here}/../../x.yaml", "<stdin>"):
        assert name_of(elsewhere) == elsewhere
    assert Root.around(tmp_path).name_of(f"{tmp_path}/a.yaml") == "a.yaml"


@pytest.mark.parametrize("each", [8, pytest.param(40, marks=pytest.mark.only_in_all)])
def test_a_comment_is_never_too_large(each):
    for number in (1, 12, 40):
        text = report_of(many(number, min(number, each))).render("markdown")
        assert len(text) <= LARGEST
        assert text.count("<details>") == text.count("</details>")
    assert "do not fit here" in text
    assert "… and 15 more." in text


def test_a_comment_holds_summary_table_picture_and_details():
    text = report_of(shop_diff()).render("markdown")
    first, second = text.split("\n\n")[:2]
    assert first.startswith("**\N{POLICE CARS REVOLVING LIGHT} user:bob becomes effectively")
    assert second.startswith("**2 changes open 3 +12 paths")
    assert "```mermaid\nflowchart LR\n" in text
    rows = [line for line in text.split("\n") if re.match(r"\| \d", line)]
    assert [row.split(" | ")[1] for row in rows] == [
        "\N{LARGE RED CIRCLE} gained",
        "\N{LARGE RED CIRCLE} gained, on a condition",
        "\N{LARGE GREEN CIRCLE} lost",
    ]
    assert text.count("<details>") == 10
    assert re.findall(r"<summary>([A-Z].*)</summary>", text) == [
        "Becomes cluster-admin (2)",
        "Ceases to be cluster-admin (1)",
        "Identities and nodes gained (2)",
        "Identities and nodes lost (1)",
        "New identities and nodes: who controls them (1)",
        "Changed without effect on Secrets (2)",
    ]
    assert all(row.count(" | ") == 5 for row in rows)


def test_a_hostile_name_is_no_markup():
    text = report_of(hostile_diff()).render("markdown")
    assert "<b>" not in text
    outside = re.sub(r"```mermaid\n.*?\n```\n", "", text, flags=re.DOTALL)
    assert "`" not in outside
    shown = html.unescape(re.sub(r"<[^>]*>", "", outside))
    assert "a\\x1b[2J" in shown


def test_a_picture_shows_someone_of_each_change_before_all_of_one():
    whole = many(1, 1)
    (change,) = whole.changes
    (way,) = change.ways[:1]
    secrets = tuple(f"secret:shop/s{number:03}" for number in range(400))
    gained = tuple(
        replace(change, ways=(replace(way, principals=(f"user:u{n:02}",), secrets=secrets),))
        for n in range(40)
    )
    picture = diff_picture(replace(whole, changes=gained))
    shown = {name for box in picture.boxes if box.starts for name in box.tooltip.split(", ")}
    assert shown == {f"user:u{number:02}" for number in range(40)}


@pytest.mark.parametrize(
    "name",
    [
        "@team",
        "https://example.org",
        "www.example.org",
        "#1",
        "[a](b)",
        "*a*",
        "_a_",
        "a|b",
        "<!--",
    ],
)
def test_code_shows_a_name_and_nothing_more(name):
    shown = code(name)
    assert html.unescape(shown) == f"<code>{name}</code>"
    assert not re.search(r"[@#\[\]*_|<>]|://|www\.", re.sub(r"&#\d+;|</?code>", "", shown))


def test_a_picture_tells_gained_from_lost_without_colours():
    picture = diff_picture(shop_diff())
    changes = {arrow.change: arrow for arrow in picture.arrows}
    assert set(changes) == {"gained", "lost"}
    dot = report_of(shop_diff()).render("dot")
    assert 'arrowhead="empty"' in dot
    assert "opened (new: rests on what was added or changed)" in dot
    assert "closed, hollow arrowhead (gone: rested on what was removed or changed)" in dot


def test_a_picture_marks_what_rests_on_the_change():
    labels = {arrow.label for arrow in diff_picture(shop_diff()).arrows}
    assert "new: get secrets in shop" in labels
    assert "create pods in shop" in labels


def test_a_picture_says_what_it_left_out():
    notes = diff_picture(many(1, 21), most=50).notes
    assert any("Not shown" in note for note in notes)
    assert diff_picture(no_diff()).title == "Nobody gains or loses a path to a Secret."


CHECKS = pytest.mark.parametrize("result", [shop_check(), no_check(), hostile_check()])


@CHECKS
def test_sarif_of_a_check_is_valid(result):
    text = report_of(result, pages=pages()).render("sarif")
    SarifLog.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    levels = [found["level"] for found in run["results"]]
    found = (*result.admins, *result.findings)
    expected = ["error" if one.certain else "warning" for one in found]
    assert levels == expected + ["warning"] * len(result.expired)
    assert all("locations" in found for found in run["results"])


@CHECKS
def test_what_a_policy_allows_unawares_is_told_where_findings_are_read(result):
    (run,) = json.loads(report_of(result, pages=pages()).render("sarif"))["runs"]
    (told,) = run.get("invocations", [{"toolExecutionNotifications": []}])
    assert told.get("executionSuccessful", True)
    levels = [one["level"] for one in told["toolExecutionNotifications"]]
    lines = [
        one["locations"][0]["physicalLocation"]["region"]["startLine"]
        for one in told["toolExecutionNotifications"]
    ]
    assert (levels, lines) == (["warning"] * len(result.wide), [one.line for one in result.wide])
    text = report_of(result).render("markdown")
    assert text.count("also allows every ServiceAccount") == len(result.wide)
    many = report_of(replace(result, wide=result.wide * 900)).render("markdown")
    assert many.count("also allows every ServiceAccount") <= ROWS


@CHECKS
def test_a_comment_on_a_check_holds_all_and_is_never_too_large(result):
    text = report_of(result).render("markdown")
    rows = [line for line in text.split("\n") if re.match(r"\| \d", line)]
    assert len(rows) == len(result.findings)
    assert all(row.count(" | ") == 5 for row in rows)
    assert text.count("\N{HOURGLASS}") == len(result.expired)
    large = replace(result, findings=result.findings * 900, expired=result.expired * 900)
    assert len(report_of(large).render("markdown")) <= LARGEST


def test_each_of_several_parts_has_its_own_line():
    """So have they in the table, and in the details the one that the path rests on."""
    (change, *_) = shop_diff().changes
    rules = (Part("rules", 0, "get on secrets", 7), Part("rules", 1, "list on secrets", 9))
    role = Cause("ClusterRole", "", "reader", "changed", rules, NO_TEXT, "new/role.yaml", 3)
    evidence = Evidence("ClusterRole", "", "reader", "new/role.yaml", 3, rule=1)
    (hop,) = change.ways[0].path.hops
    path = replace(change.ways[0].path, hops=(replace(hop, evidence=(evidence,)),))
    result = replace(shop_diff(), changes=(replace(change, causes=(role,), ways=(way(path),)),))
    table, _, details = diff_markdown(result).partition("<details>")
    assert "new/role.yaml:7" in table
    assert "new/role.yaml:9" in table
    assert "new/role.yaml:9" in details
    assert "new/role.yaml:3" not in table + details
    text = diff_text(result, Look())
    assert "new/role.yaml:7" in text
    assert "new/role.yaml:9" in text


def test_json_of_a_check_tells_a_long_list_of_secrets_once():
    found = shop_check()
    (first, second) = found.findings
    lists = [tuple(f"secret:shop/s{n:03}" for n in range(size)) for size in (101, 100)]
    findings = [replace(one, secrets=secrets) for secrets in lists for one in (first, second)]
    told = json.loads(report_of(replace(found, findings=tuple(findings))).render("json"))
    told = told["findings"]
    assert [one["secrets_as"] for one in told] == [None, 0, None, None]
    assert [one["secrets"] is None for one in told] == [False, True, False, False]
    heard = [
        told[one["secrets_as"] or 0]["secrets"] if one["secrets"] is None else one["secrets"]
        for one in told
    ]
    assert [tuple(names) for names in heard] == [one.secrets for one in findings]


LABELLED = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: whole}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: more, labels: {part: whole}}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: dana, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: whole}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: dana}]
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
"""


@pytest.mark.parametrize("change", ["gained", "lost"])
def test_a_picture_marks_what_a_label_newly_aggregates(tmp_path, change):
    labelled, bare = tmp_path / "labelled.yaml", tmp_path / "bare.yaml"
    labelled.write_text(LABELLED)
    bare.write_text(LABELLED.replace(", labels: {part: whole}", ""))
    sides = (bare, labelled) if change == "gained" else (labelled, bare)
    (arrow,) = diff_picture(rg.diff(*sides).result).arrows
    sign = {"gained": "new: ", "lost": "gone: "}[change]
    assert (arrow.label, arrow.change) == (f"{sign}get secrets in shop", change)
