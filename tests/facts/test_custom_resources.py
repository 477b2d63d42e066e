"""The table of custom resources: each row is whole, read, and about a known operator."""

import re
from collections import Counter
from importlib.resources import files

import msgspec
import pytest

from rbacgraph.facts.custom_resources.row import FIELD, CustomResourceRow, OperatorAccount
from rbacgraph.facts.custom_resources.rows import custom_resource_rows, rows_that
from rbacgraph.facts.operators.table import OPERATORS
from rbacgraph.model.condition import If
from tests.tables import each_of

ROWS = custom_resource_rows()
EACH = each_of(ROWS, lambda row: f"{row.full_name}:{row.mechanism}:{row.fields[:1]}")
KNOWN = {operator.name: operator for operator in OPERATORS}
_UNREAD = "no row of the table of operators is read yet"
UNRECOGNISED = {
    "Kubeflow": "many operators of one project",
    "OpenShift": "controllers of the platform, not of a chart",
    "Talos Linux": "a part of the operating system: it has no Pod",
    "the Helm controller of k3s": "a part of the program k3s: it has no Pod",
    "the Terraform Operator": _UNREAD,
}
"""Operators that are not in the table of operators, each with why: their rows name no account."""

_SOURCE = re.compile(r"[\w.-]+/[\w.-]+:\S+(; [\w.-]+/[\w.-]+:\S+)*")
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


def place(row):
    return row.group, row.plural, row.mechanism, row.fields


def test_rows_are_sorted_and_none_is_there_twice():
    assert [place(row) for row in ROWS] == sorted(map(place, ROWS))
    assert [one for one, times in Counter(map(place, ROWS)).items() if times > 1] == []


def test_each_line_is_one_row_without_defaults():
    lines = files("rbacgraph.facts.custom_resources").joinpath("rows.jsonl").read_text("utf-8")
    whole = [msgspec.json.decode(line) for line in lines.splitlines()]
    assert len(whole) == len(ROWS)
    defaults = {
        field.name: field.default
        for field in msgspec.structs.fields(CustomResourceRow)
        if not field.required
    }
    for line, row in zip(whole, ROWS, strict=True):
        assert [*line] == [name for name in CustomResourceRow.__struct_fields__ if name in line]
        for name in line.keys() & defaults.keys():
            assert getattr(row, name) != defaults[name], (place(row), name)


def test_an_unknown_field_is_refused():
    line = {"group": "a.io", "plural": "b", "mechanism": "applies", "operator": "c", "fields": []}
    msgspec.json.decode(msgspec.json.encode(line | {"source": "d"}), type=CustomResourceRow)
    with pytest.raises(msgspec.ValidationError, match="unknown field `feilds`"):
        msgspec.convert(line | {"source": "d", "feilds": []}, CustomResourceRow)
    with pytest.raises(msgspec.ValidationError, match="account"):
        msgspec.convert(line | {"source": "d", "rights": "account"}, CustomResourceRow)


@EACH
def test_a_row_is_read_at_its_source(row):
    assert row.read
    assert _SOURCE.fullmatch(row.source)


@EACH
def test_a_row_names_its_resource_and_fields(row):
    assert not row.group or _NAME.fullmatch(row.group)
    assert _NAME.fullmatch(row.plural)
    assert row.fields
    assert [*row.fields] == sorted(set(row.fields))
    assert all(map(FIELD.fullmatch, row.fields)), row.fields


@EACH
def test_an_operator_is_of_the_table_or_an_exception(row):
    assert (row.operator in KNOWN) != (row.operator in UNRECOGNISED)
    if isinstance(row.rights, OperatorAccount):
        assert row.operator in KNOWN
        assert [*row.rights.names] == sorted(set(row.rights.names))
        assert bool(row.rights.namespaces) <= (row.reach == "operator-namespace")


def test_each_exception_is_needed():
    assert UNRECOGNISED.keys() == {row.operator for row in ROWS} - KNOWN.keys()


@EACH
def test_each_need_says_that_the_operator_runs(row):
    assert len(set(row.needs)) == len(row.needs)
    for need in row.needs or ("OPERATOR_RUNS",):
        assert str(If[need](row.operator)).startswith(f"{row.operator} runs in the cluster")


@EACH
def test_fields_of_one_mechanism_are_of_no_other(row):
    if row.mechanism == "runs-pod":
        assert row.rights in {"named-account", "none"}
    else:
        assert (row.pods, row.host) == ("new", False)
    if row.reach == "operator-namespace":
        assert isinstance(row.rights, OperatorAccount)
    assert bool(row.changes) == (row.mechanism == "mutates")
    assert not row.lands or row.mechanism in {"copies", "forges", "uses-key"}
    assert bool(row.labelled) <= (row.mechanism == "binds")


def test_rows_of_one_resource_agree_on_what_it_is():
    scopes = {(row.key, row.cluster_scoped, row.openshift, row.existing) for row in ROWS}
    assert len(scopes) == len({row.key for row in ROWS})


def test_plurals_of_several_groups_are_kept_apart():
    assert ("batch.volcano.sh", "jobs") in rows_that("runs-pod")
    assert ("batch", "jobs") not in rows_that("runs-pod")
    assert sum(map(len, rows_that("runs-pod").values())) == sum(
        row.mechanism == "runs-pod" for row in ROWS
    )


@EACH
def test_a_repaired_flaw_says_so(row):
    versions = (*row.repaired, *filter(None, (row.since,)))
    assert bool(row.repaired) <= ("OPERATOR_LACKS_FIX" in row.needs)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", one) for one in versions)
