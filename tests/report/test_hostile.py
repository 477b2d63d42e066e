"""Names from a cluster mean harm: no format lets one act, and none loses what it says."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from rbacgraph.model.printable import clean, is_visible, without_controls
from rbacgraph.report.answer_formats import report_of, rows_of
from rbacgraph.report.formats.as_csv import csv_pieces
from rbacgraph.report.formats.html_table import html_table
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.text.layout.look import Look
from tests.report.cases import ANSWERS
from tests.report.records.paths import hostile_paths
from tests.report.records.shared import HOSTILE

HOSTILES = [name for name in ANSWERS if name.startswith("hostile")]
TEXTS = [
    (name, form)
    for name in HOSTILES
    for form in ANSWERS[name].writers
    if form not in {"svg", "png", "pdf"}
]


@pytest.mark.parametrize(("name", "form"), TEXTS)
def test_nothing_reaches_the_terminal_that_it_would_act_on(name, form):
    text = ANSWERS[name].render(form)
    data = form in {"csv", "json", "yaml"}
    seen = str.isprintable if form == "csv" else is_visible
    assert all(seen(char) for char in text if char != "\n")
    assert ("\u3164" in text) <= data


@pytest.mark.parametrize("name", HOSTILES)
def test_colour_is_the_only_escape(name):
    text = ANSWERS[name].render("table", Look(colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", text) == ANSWERS[name].render("table")


@pytest.mark.parametrize("name", HOSTILES)
def test_json_and_yaml_hold_the_names_unchanged(name):
    answer = ANSWERS[name]
    read = json.loads(answer.render("json"))
    found = list(yaml.safe_load_all(answer.render("yaml")))
    manifests = [one["after"] for one in read.get("changes", ()) if "after" in one]
    assert found == (manifests or [read])
    assert any(HOSTILE in text for text in walk(read))


def walk(value):
    """Every string inside."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list):
        for item in value:
            yield from walk(item)


def test_a_lone_surrogate_is_escaped_in_json():
    result = hostile_paths()
    secret = result.secrets[0]
    odd = replace(result, secrets=(replace(secret, file="dump-\udcff.yaml"),))
    read = json.loads(report_of(odd).render("json"))
    assert read["secrets"][0]["file"] == r"dump-\udcff.yaml"
    assert yaml.safe_load(report_of(odd).render("yaml")) == read


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_csv_runs_no_formula(start):
    text = "".join(csv_pieces(Rows(("name",), frozenset(), [(f"{start}cmd()",)])))
    ((_,), (cell,)) = csv.reader(io.StringIO(text))
    assert cell[0] == "'" or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert not cell.startswith(("=", "+", "-", "@"))


def test_csv_reads_back():
    rows = rows_of(hostile_paths())
    header, row = csv.reader(io.StringIO("".join(csv_pieces(rows))))
    assert tuple(header) == rows.columns
    assert row[0] == without_controls(f"{HOSTILE}/{HOSTILE}")


@given(
    st.lists(st.tuples(st.text(), st.text(alphabet=",'\"\n\r; a"), st.booleans(), st.integers()))
)
def test_csv_is_what_the_csv_module_writes(rows):
    def cell(value):
        if isinstance(value, str):
            text = without_controls(value)
            return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
        return str(value).lower()

    columns = ("one", "other", "whether", "how many")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([columns, *(map(cell, row) for row in rows)])
    types = {"whether": bool, "how many": int}
    assert "".join(csv_pieces(Rows(columns, frozenset(), rows, types))) == out.getvalue()


def test_html_holds_no_tag_of_a_name():
    html = html_table(rows_of(hostile_paths()), HOSTILE)
    tags = set(re.findall(r"</?([a-z]+)", html))
    assert tags == {"table", "caption", "thead", "tr", "th", "tbody", "td", "p"}
    assert "&lt;b&gt;" in html


def test_dot_strings_end_where_they_should():
    *lines, legend, _ = ANSWERS["hostile-paths"].render("dot").splitlines()
    assert legend.startswith("  graph [label=<<TABLE ")
    for line in lines:
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", line)
        assert '"' not in outside
        assert "<" not in outside
        assert "\\" not in outside


def test_the_legend_holds_names_as_text_alone():
    (text,) = re.findall(r"label=<(.*)>, labelloc=b", ANSWERS["hostile-paths"].render("dot"))
    root = ET.fromstring(text)
    assert {element.tag for element in root.iter()} == {"TABLE", "TR", "TD", "FONT", "BR"}
    assert f"node {clean(HOSTILE)} is ready again" in "".join(root.itertext())
    values = {value for element in root.iter() for value in element.attrib.values()}
    assert not [value for value in values if not re.fullmatch(r"#[0-9a-f]{6}|[A-Z]+|\d+", value)]


def test_mermaid_labels_hold_only_harmless_characters():
    text = ANSWERS["hostile-paths"].render("mermaid")
    labels = re.findall(r'"([^"]*)"', text)
    assert len(labels) == 8
    for label in labels:
        rest = re.sub(r"#\d+;|<br/>", "", label)
        assert not set(rest) & set("\"'<>`;#|[]{}\\&")
