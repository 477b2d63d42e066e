"""Answers as sequences, texts, tables, graphs and files."""

import json
import pickle
import re
import sys
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from rbacgraph.api.answers import (
    Admins,
    Check,
    Diff,
    Encryption,
    Exposure,
    ExposureBy,
    Grantees,
    Paths,
    Reach,
    Rights,
    Risks,
    Survey,
)
from rbacgraph.errors import RbacGraphError, UsageError
from rbacgraph.model.answers.paths import Path, Reached, SecretExposure
from rbacgraph.report.text.format_names import SUFFIXES
from tests.report.records import (
    admins,
    decisions,
    diff,
    encryption,
    exposure,
    exposure_by,
    paths,
    reach,
    rights,
    risks,
    shared,
    survey,
)

ANSWERS = {
    "paths": Paths(paths.shop_paths()),
    "no-paths": Paths(paths.no_paths()),
    "reach": Reach(reach.ci_reach()),
    "exposure": Exposure(exposure.shop_exposure()),
    "exposure-by": ExposureBy(exposure_by.shop("principal")),
    "who-can": Grantees(decisions.grantees()),
    "admins": Admins(admins.shop_admins()),
    "risks": Risks(risks.shop_risks()),
    "rights": Rights(rights.shop_rights()),
    "survey": Survey(survey.shop_survey()),
    "encryption": Encryption(encryption.shop_encryption()),
    "check": Check(diff.shop_check()),
    "diff": Diff(diff.shop_diff()),
}
EVERY = pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)


def test_sequences_of_records():
    paths, reach, exposure = ANSWERS["paths"], ANSWERS["reach"], ANSWERS["exposure"]
    assert len(paths) == 15
    assert all(isinstance(path, Path) for path in paths)
    assert all(isinstance(item, Reached) for item in reach)
    assert isinstance(exposure[0], SecretExposure)
    assert exposure[-1].secret == "secret:shop/ghost"
    assert tuple(paths[:2]) == tuple(paths)[:2]
    assert paths[0] in paths
    assert not ANSWERS["no-paths"]


@EVERY
def test_frozen_equal_and_hashable(answer):
    with pytest.raises(AttributeError):
        answer.result = None
    assert type(answer)(answer.result) == answer
    assert len({answer, type(answer)(answer.result)}) == 1


@EVERY
def test_text_is_the_table(answer):
    assert str(answer) == answer.report().render("table")
    assert "\n" not in repr(answer)


@EVERY
def test_pickle(answer):
    assert pickle.loads(pickle.dumps(answer)) == answer


@EVERY
def test_frame_has_a_row_per_row(answer):
    table = answer.to_frame()
    assert isinstance(table, pd.DataFrame)
    assert len(table) == len(answer.rows().rows)


@EVERY
def test_html_has_a_row_per_row(answer):
    assert answer._repr_html_().count("<tr>") == len(answer.rows().rows) + 1


def test_html_of_a_long_answer_is_shortened():
    row = exposure.shop_exposure().rows[0]
    long = Exposure(type(exposure.shop_exposure())((row,) * 1000, shared.BASIS))
    html = long._repr_html_()
    assert html.count("<tr>") == 61
    assert "940 more rows" in html


def test_paths_as_a_graph():
    graph = ANSWERS["paths"].to_networkx()
    assert graph.is_multigraph()
    assert graph.nodes["serviceaccount:shop/ci"] == {
        "kind": "serviceaccount",
        "namespace": "shop",
        "name": "ci",
    }
    (attributes,) = graph["user:alice"][shared.DB].values()
    assert attributes["edge"] == "read-secret"
    assert attributes["evidence"] == (shared.READERS, shared.READER)
    sources = {node for node in graph if not graph.in_degree(node)}
    assert sources == {path.principal for path in ANSWERS["paths"]}


def test_a_shared_hop_is_one_edge():
    answer = Reach(reach.ci_reach())
    graph = answer.to_networkx()
    assert graph.number_of_edges("serviceaccount:shop/ci", "serviceaccounts:shop/*") == 1
    assert graph.number_of_edges("serviceaccounts:shop/*", "serviceaccount:shop/deployer") == 1


def test_exposure_as_a_graph_has_the_cheapest_way_to_each_secret():
    graph = ANSWERS["exposure"].to_networkx()
    (attributes,) = graph["serviceaccount:shop/ci"]["secret:shop/deployer-token"].values()
    assert attributes["edge"] == "create-pod > read-secret"
    assert "secret:shop/ghost" not in graph


def test_grantees_as_a_graph_lead_through_the_binding():
    graph = ANSWERS["who-can"].to_networkx()
    assert list(graph["user:alice"]) == ["rolebinding:shop/readers"]
    assert list(graph["rolebinding:shop/readers"]) == ["role:shop/reader"]


@pytest.mark.parametrize(
    "suffix", [s for s, form in SUFFIXES.items() if form not in {"svg", "png", "pdf", "html"}]
)
def test_render_writes_what_the_suffix_names(tmp_path, suffix):
    answer = ANSWERS["diff"]  # it has every format
    path = answer.render(tmp_path / f"answer{suffix}")
    assert path.read_text(encoding="utf-8") == answer.report().render(SUFFIXES[suffix])


def test_a_survey_renders_as_a_page(tmp_path):
    text = ANSWERS["survey"].render(tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text == ANSWERS["survey"].report().render("html")


def test_a_survey_as_a_graph_has_the_paths_to_every_secret():
    graph = ANSWERS["survey"].to_networkx()
    for secret in ANSWERS["survey"].result.secrets:
        assert "serviceaccount:shop/ci" in graph.pred[secret.secret]


def test_render_refuses_what_it_cannot_write(tmp_path):
    with pytest.raises(UsageError, match="no format has the suffix"):
        ANSWERS["paths"].render(tmp_path / "answer.xml")
    with pytest.raises(UsageError, match="cannot be written as html"):
        ANSWERS["paths"].render(tmp_path / "answer.html")
    with pytest.raises(UsageError, match="cannot be written as dot") as raised:
        ANSWERS["exposure"].render(tmp_path / "answer.dot")
    assert "table, wide, json, yaml or csv" in raised.value.advice
    assert not list(tmp_path.iterdir())


def test_a_picture_without_graphviz_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(RbacGraphError, match="dot") as raised:
        ANSWERS["paths"].render(tmp_path / "answer.svg")
    assert "graphviz" in raised.value.advice


def test_json_file_is_the_document(tmp_path):
    path = ANSWERS["reach"].render(str(tmp_path / "reach.json"))
    assert json.loads(path.read_text())["schema"] == "rbacgraph/reach/v1"


def test_a_path_prints_as_text():
    path = next(p for p in ANSWERS["paths"] if not p.certain)
    assert str(path).splitlines() == [
        "group:system:serviceaccounts → secret:shop/db-credentials  (effort: low (3))",
        f"  {path.principal} {path.hops[0].text}  [exec], {path.conditions[0]}",
        "    ClusterRoleBinding debuggers  (k8s/cluster.yaml:4)",
        "    ClusterRole debug rules[0]: get on pods/exec  (k8s/cluster.yaml:21)",
        "  pod:shop/api-7d9f reads it in container api  [mounts-secret]",
        "    Pod shop/api-7d9f: env DB_PASSWORD  (k8s/shop/pods.yaml:8)",
    ]


def test_a_decision_prints_as_text():
    yes, no = str(decisions.yes()).splitlines(), str(decisions.no())
    assert yes[0].startswith("yes: RBAC: allowed by RoleBinding")
    assert yes[2] == f"  Role shop/reader rules[1]: get, list on secrets  ({shared.RBAC}:12)"
    assert no == f"no: {decisions.no().reason}"


def test_names_that_mean_harm_print_harmlessly():
    for path in Paths(paths.hostile_paths()):
        assert all(line.isprintable() for line in str(path).split("\n"))


@pytest.mark.parametrize("name", ["paths", "reach", "diff"])
def test_a_picture_is_what_a_notebook_draws(name):
    answer = ANSWERS[name]
    picture = answer.picture()
    assert str(picture) == answer.report().render("dot")
    drawn = answer.report().render("svg").decode()
    width = re.search(r'<svg width="([\d.]+)pt" height="[\d.]+pt"', drawn)
    size = f'style="max-width: {width[1]}pt; height: auto"'
    fitting = "100%" if float(width[1]) > 600 else f"{width[1]}pt"
    shown = drawn.replace(width[0], f'<svg width="{fitting}" {size}')
    assert picture._repr_svg_() == shown != drawn
    root = ET.fromstring(shown)
    assert root.get("viewBox")
    assert "height" not in root.attrib, "it follows from the width and the viewBox"
    assert not hasattr(picture, "_repr_html_"), "it would be shown instead"
    assert str(answer.picture(1)) == answer.report(most=1).render("dot")
