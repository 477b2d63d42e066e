"""The table of kinds: what each row may say, and that nothing is there for nobody."""

from collections import Counter
from importlib.resources import files
from typing import get_args, get_type_hints

import msgspec
import pytest

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.sources.kinds import KindRow, kind_rows
from rbacgraph.sources.objects.object_kinds import _READERS, KINDS
from rbacgraph.sources.pods.secret_makers import MakerSpec

MAKERS = [row for row in kind_rows() if row.field.endswith("secret_makers")]


def test_each_line_is_one_row_without_defaults():
    lines = (files("rbacgraph.sources") / "kinds.jsonl").read_text("utf-8").splitlines()
    order = [field.encode_name for field in msgspec.structs.fields(KindRow)]
    whole = {f.encode_name: f.default for f in msgspec.structs.fields(KindRow) if not f.required}
    assert len(lines) == len(kind_rows())
    for line, row in zip(map(msgspec.json.decode, lines), kind_rows(), strict=True):
        assert [*line] == [name for name in order if name in line]
        assert [name for name in line.keys() & whole if getattr(row, name) == whole[name]] == []


def test_an_unknown_field_is_refused():
    line = {"kind": "A", "groups": [""], "resource": "as", "field": "pods", "hides": "As"}
    assert msgspec.convert(line, KindRow).name == "A"
    with pytest.raises(msgspec.ValidationError, match="unknown field `feild`"):
        msgspec.convert(line | {"feild": "pods"}, KindRow)


def test_no_kind_is_there_twice():
    for places in (
        [row.name for row in kind_rows()],
        [(group, row.api_kind) for row in kind_rows() for group in row.groups],
        [(row.groups[0], row.resource) for row in kind_rows()],
    ):
        assert [one for one, times in Counter(places).items() if times > 1] == []
    for row in kind_rows():
        assert row.name in {row.api_kind, f"{row.api_kind}.{row.groups[0]}"}


def test_a_field_holds_what_its_kinds_are_read_as():
    """Each reader is used, each field of the snapshot is filled, and is in namespaces or not."""
    fields = {kind.field for kind in KINDS}
    used = {one for kind in KINDS for one in (kind.name, *kind.groups, kind.field)}
    assert _READERS.keys() - used == set()
    assert fields - {"custom_resources"} == {name for name, _ in Snapshot().objects()}
    assert len({(kind.field, kind.namespaced) for kind in KINDS}) == len(fields)


@pytest.mark.parametrize("row", MAKERS, ids=lambda row: row.name)
def test_each_maker_cites_where_its_rule_is_written(row):
    assert row.names
    assert row.source.startswith("https://")


def test_only_makers_name_secrets():
    assert {row.name for row in kind_rows() if row.names or row.otherwise or row.namespace} == {
        row.name for row in MAKERS
    }


def _below(holder, field):
    """Return the type of a field's value or items."""
    found = get_type_hints(holder)[field.partition("[")[0]]
    (found,) = (one for one in get_args(found) or (found,) if one is not type(None))
    assert ("[" in field) == (getattr(found, "__origin__", None) is list), field
    return get_args(found)[0] if "[" in field else found


@pytest.mark.parametrize("row", MAKERS, ids=lambda row: row.name)
def test_each_path_leads_to_a_text_that_is_decoded(row):
    """What no type declares is not decoded, and a path to it would find nothing."""
    for path in (*row.names, *row.otherwise):
        top, *steps, last = path.split(".")
        if top == "metadata":
            assert path == "metadata.name"
            continue
        holder = MakerSpec
        for field in steps:
            holder = _below(holder, field)
        assert top == "spec"
        assert _below(holder, last) is str
        if row.namespace and path in row.names:
            assert _below(holder, row.namespace) is str


def test_all_kinds_of_a_field_are_kept_as_one_type():
    """A process that reads a part of a file sends them in one list."""
    assert len({(kind.field, kind.kept_as) for kind in KINDS}) == len({k.field for k in KINDS})
