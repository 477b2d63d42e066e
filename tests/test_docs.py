"""The pages speak of the program as it is, and every topic prints."""

import re
import tomllib
from typing import get_args

import pytest
from msgspec.json import decode
from packaging.requirements import Requirement

from rbacgraph.facts.custom_resources.row import CustomResourceRow, Mechanism
from rbacgraph.facts.operators.power import Power
from rbacgraph.facts.operators.table import Operator
from rbacgraph.model.answers.encryption_at_rest.encrypted_files import SopsFindingId
from rbacgraph.model.answers.risk.risk_scale import SCALE
from rbacgraph.model.answers.risk.risks import RISK_ENTRIES
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES
from rbacgraph.model.condition import If
from rbacgraph.model.effort import path_effort, technique_effort
from rbacgraph.model.role_carriers import RoleWay, role_carriers
from rbacgraph.report.answers.topics import topic_titles
from rbacgraph.sources.config.operators_file import read_operators
from rbacgraph.sources.objects.duplicates import HOW
from rbacgraph.techniques.catalogue import EDGES
from tests.docs import (
    DOCS,
    OF_PROGRAMS,
    POWERS,
    WAYS,
    carriers,
    operators,
    programs,
    techniques,
    with_carriers,
)
from tests.questions import QUESTIONS, questions

PLACE = re.compile(r"`((?:rbacgraph|tests|fixtures)/[^`<> ]*(?:/|\.py|\.yaml))`")
PAGES = sorted(page.stem for page in DOCS.glob("*.md"))


def test_the_page_of_techniques_is_the_catalogue():
    """Otherwise run ``python -m tests.docs``."""
    text = (DOCS / "techniques.md").read_text(encoding="utf-8")
    beside = (DOCS / "programs.md").read_text(encoding="utf-8")
    assert text == techniques()
    assert beside == programs()
    assert all(f"**{title}**" in beside for title in OF_PROGRAMS)
    assert len(re.findall(r"^\| `", text + beside, re.MULTILINE)) == len(EDGES)


def test_each_question_is_answered_by_its_command(root, monkeypatch):
    monkeypatch.chdir(root)
    page = (DOCS / "questions.md").read_text(encoding="utf-8")
    assert page == questions()
    assert len(QUESTIONS) == len({question for question, *_ in QUESTIONS}) == 20


def test_the_page_of_operators_is_the_table():
    """Otherwise run ``python -m tests.docs``."""
    assert (DOCS / "operators.md").read_text(encoding="utf-8") == operators()
    assert set(POWERS) == set(Power) - {Power.OTHER}


def test_the_example_of_the_page_of_operators_is_understood(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", operators(), re.DOTALL)
    file = tmp_path / "operators.yaml"
    file.write_text(text, encoding="utf-8")
    tenant, argo = read_operators(file)
    assert tenant.by_design
    assert tenant.operator == "Tenant operator"
    assert not argo.by_design
    assert argo.is_about("argocd", "argocd-server")


def test_the_page_of_custom_resources_has_each_mechanism_and_field():
    page = (DOCS / "custom-resources.md").read_text(encoding="utf-8")
    cells = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    mechanisms = {one[0].strip("|` "): _names(one[2]) for one in cells if len(one) > 2}
    read = {mechanism: set() for mechanism in get_args(Mechanism)}
    for edge in EDGES:
        for row in edge.rows:
            read[row.mechanism].add(edge.id)
    assert mechanisms == read
    fields = [name for one in cells if len(one) == 2 for name in sorted(_names(one[0]))]
    assert sorted(fields) == sorted(CustomResourceRow.__struct_fields__)


def test_the_page_of_custom_resources_has_each_kind_that_may_hold_roles():
    """Otherwise run ``python -m tests.docs``."""
    page = (DOCS / "custom-resources.md").read_text(encoding="utf-8")
    assert page == with_carriers(page)
    assert carriers() in page
    assert {f"`{row.kind}.{row.group}`" in page for row in role_carriers()} == {True}
    assert set(WAYS) == set(get_args(RoleWay))


def test_the_lines_of_the_pages_for_a_new_operator_are_rows():
    page = (DOCS / "custom-resources.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"```json\n(.*?)\n```", page)
    row = decode(line, type=CustomResourceRow)
    assert row.full_name == "widgets.widgets.example.com"
    assert row.condition == If.OPERATOR_SHOWS_TO_SERVER("Widget Operator")
    (line,) = re.findall(r"```json\n *(.*?)\n *```", (DOCS / "contributing.md").read_text("utf-8"))
    assert decode(line, type=Operator).name == row.operator


def _names(cell):
    return set(re.findall(r"`([\w-]+)`", cell))


def test_the_page_of_techniques_gives_the_scale_of_efforts():
    text = (DOCS / "techniques.md").read_text(encoding="utf-8")
    rows = re.findall(r"(low|medium|high)\s\((\d)-(\d?)\)", text)
    assert [word for word, *_ in rows] == ["low", "medium", "high"] * 2
    for word, first, last in rows[:3]:
        for effort in range(int(first), int(last) + 1):
            assert technique_effort(effort) == f"{word} ({effort})"
    for word, first, last in rows[3:]:
        for effort in range(int(first), int(last or 30) + 1):
            assert path_effort(effort) == f"effort: {word} ({effort})"
    assert {edge.effort for edge in EDGES} <= {*range(int(rows[2][2]) + 1)}


def test_topics_are_the_pages():
    assert list(topic_titles()) == PAGES


def test_no_topic_bears_a_techniques_name():
    assert not {edge.id for edge in EDGES} & set(PAGES)


def test_readme_lists_every_page(root):
    readme = (root / "README.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| `([a-z-]+)` \| \[.*\]\(rbacgraph/docs/\1\.md\) \|$", readme, re.MULTILINE
    )
    assert sorted(listed) == PAGES
    assert len(readme.splitlines()) <= 200


def test_the_places_that_a_page_names_are_there(root):
    for name in PAGES:
        text = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        for place in PLACE.findall(text):
            assert (root / place).exists(), (name, place)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_short_and_its_links_lead_somewhere(name):
    page = DOCS / f"{name}.md"
    text = page.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https://") or (page.parent / link).resolve().exists(), link


def test_the_page_on_installing_weighs_every_dependency(root):
    """In order of weight, and nothing that is no dependency."""
    text = (DOCS / "install.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (under )?(\d+) \|", text, re.MULTILINE)
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {name for name, _, _ in rows} == {
        Requirement(line).name for line in project["dependencies"]
    }
    weights = [int(weight) - bool(under) for _, under, weight in rows]
    assert weights == sorted(weights, reverse=True)
    (total,) = map(int, re.findall(r"weighs about (\d+) MB", text))
    others = map(int, re.findall(r"(?:weighs|with them) (\d+) MB", text))
    assert abs(sum(weights) + sum(others) - total) < 5
    for extra in project["optional-dependencies"].keys() - {"dev"}:
        assert f".[{extra}]" in text


def run_examples(page):
    names = {}
    text = (DOCS / page).read_text(encoding="utf-8")
    for example in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(example, names)
    return names


def test_the_python_example_of_git_runs(root, monkeypatch):
    monkeypatch.chdir(root)
    found = run_examples("git.md")["found"]
    high = [one.id for one in found if one.severity == "high"]
    text = (DOCS / "git.md").read_text(encoding="utf-8")
    assert f"# {high}" in text
    keys = re.findall(r"'(age:age1\w+)…'", text)
    (group,) = found.files[0].groups
    assert [name[: len(key)] for name, key in zip(group, keys, strict=True)] == keys


def test_the_page_of_git_has_every_finding():
    text = (DOCS / "git.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z`, -]+`) \| (?:high|medium|low)", text, re.MULTILINE)
    assert {name for row in rows for name in re.findall("`([a-z-]+)`", row)} == {
        *get_args(SopsFindingId)
    }


def test_the_python_examples_of_vault_run(root, monkeypatch):
    monkeypatch.chdir(root)
    text = (DOCS / "vault.md").read_text(encoding="utf-8")
    names = run_examples("vault.md")
    said = re.findall(r"^(.*)  # (True|False)$", text, re.MULTILINE)
    assert len(said) == 3
    assert all(str(eval(call, names)) == answer for call, answer in said)


def test_the_python_examples_of_rights_run(root, monkeypatch):
    monkeypatch.chdir(root)
    names = run_examples("rights.md")
    text = (DOCS / "rights.md").read_text(encoding="utf-8")
    opens = [one.technique for one in names["rules"][0].techniques]
    admins = [one.principal for one in names["found"].admins]
    assert f"# {opens}\n" in text
    assert f"# {admins}\n" in text
    assert names["found"].shipped


def test_the_python_example_of_risks_runs(root, monkeypatch):
    monkeypatch.chdir(root)
    names = run_examples("risks.md")
    assert names["fix"].proof.pairs_after < names["fix"].proof.pairs_before


def test_the_page_of_risks_has_the_scale():
    text = (DOCS / "risks.md").read_text(encoding="utf-8")
    (head,) = re.findall(r"^\| value \| (.*) \|$", text, re.MULTILINE)
    assert re.findall(r"`([a-z-]+)`", head) == list(RISK_ENTRIES)
    words = "|".join(RISK_SEVERITIES)
    rows = re.findall(rf"^\| `([a-z]+)` \| ((?:{words}).*) \|$", text, re.MULTILINE)
    assert rows == [(row.value, " | ".join(row.severities)) for row in SCALE]


def test_the_python_examples_run(root, monkeypatch):
    monkeypatch.chdir(root)
    names = run_examples("python.md")
    assert names["cluster"].paths(secret="shop/db-credentials")
    assert names["paths"]
    assert names["right"] < names["wrong"]


def test_the_table_of_objects_in_several_files_is_what_is_done():
    text = (DOCS / "versions.md").read_text(encoding="utf-8")
    table = re.search(r"\| kinds \| what is made.*\n\|---\|---\|\n((?:\|.*\n)+)", text)[1]
    rows = [row.strip("| \n").split(" | ") for row in table.splitlines()]
    told = {kind: how for kinds, how in rows for kind in kinds.split(", ")}
    others = told.pop("all others")
    assert {kind: told.get(kind, others) for kind in HOW} == HOW
    assert told.keys() <= HOW.keys()
