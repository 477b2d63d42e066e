"""What is long is written in pieces: they are the whole text, and none is most of it."""

import csv
import io
import json

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from rbacgraph.model.printable import without_controls
from rbacgraph.report.answer_formats import question_of, report_of, rows_of
from rbacgraph.report.answers.exposure import exposure_document
from rbacgraph.report.documents.as_json import AT_ONCE, json_pieces
from rbacgraph.report.documents.as_yaml import yaml_lines, yaml_pieces
from rbacgraph.report.formats.as_csv import LARGE, csv_pieces
from tests.report.cases import ANSWERS
from tests.report.records.exposure import hostile_exposure, shop_exposure
from tests.report.records.paths import shop_paths

PIECES = {
    "json": lambda result, at_once: json_pieces(question_of(result).document(result), at_once),
    "yaml": lambda result, at_once: yaml_pieces(question_of(result).document(result), at_once),
    "csv": lambda result, at_once: csv_pieces(
        rows_of(result), at_once // 2, LARGE * at_once // AT_ONCE
    ),
}


@pytest.fixture(scope="module", params=[20, pytest.param(AT_ONCE, marks=pytest.mark.only_in_all)])
def at_once(request):
    """How many values make a piece."""
    return request.param


@pytest.fixture(scope="module")
def exposure(at_once):
    """Rows enough for several pieces, no two alike, with a name that JSON has to be mended of."""
    result = hostile_exposure()
    first = result.rows[0]
    many = 3 * at_once + 7
    rows = [replace(first, secret=f"{first.secret}-{n}", certain=n) for n in range(many)]
    rows[-7] = replace(first, principal="user:\udcff")
    return replace(result, rows=tuple(rows))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_pieces_of_every_format_are_the_whole(name):
    report = ANSWERS[name]
    for form in set(report.writers) - {"svg", "png", "pdf"}:
        assert b"".join(report.pieces(form)) == report.render(form).encode()


@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_no_piece_is_most_of_a_long_answer(exposure, at_once, form):
    pieces, report = list(PIECES[form](exposure, at_once)), report_of(exposure)
    assert "".join(pieces) == report.render(form)
    assert at_once < AT_ONCE or [piece.encode() for piece in pieces] == list(report.pieces(form))
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2


def test_secrets_that_differ_are_a_piece_each_in_the_wide_format():
    result = shop_paths()
    (secret,) = (secret for secret in result.secrets if secret.paths)
    several = [replace(secret, secret=f"{secret.secret}-{n}", truncated=n) for n in range(9)]
    report = report_of(replace(result, secrets=tuple(several)))
    pieces = list(report.pieces("wide"))
    assert b"".join(pieces) == report.render("wide").encode()
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 8


def test_json_in_pieces_is_as_if_it_were_written_at_once(exposure, at_once):
    rows = [
        replace(row, secret=f"secret:shop/db-{n}", principal="user:alice", type="Opaque")
        for n, row in enumerate(exposure.rows)
    ]
    document = exposure_document(replace(shop_exposure(), rows=tuple(rows)))
    whole = msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2).decode()
    assert "".join(json_pieces(document, at_once)) == whole + "\n"


def test_a_lone_surrogate_in_one_piece_is_escaped(exposure, at_once):
    read = json.loads("".join(PIECES["json"](exposure, at_once)))
    assert read["secrets"][-7]["principal"] == r"user:\udcff"
    assert len(read["secrets"]) == len(exposure.rows)


def test_yaml_in_pieces_is_as_if_it_were_written_at_once(exposure, at_once):
    read = json.loads("".join(json_pieces(exposure_document(exposure))))
    text = "".join(PIECES["yaml"](exposure, at_once))
    assert text == "\n".join(yaml_lines(read)) + "\n"
    assert yaml.load(text, yaml.CSafeLoader) == read


def test_csv_in_pieces_is_what_the_csv_module_writes(exposure, at_once):
    rows = rows_of(exposure)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [rows.columns, *(map(cell, row) for row in rows.rows)]
    )
    assert "".join(PIECES["csv"](exposure, at_once)) == out.getvalue()


def cell(value):
    return str(value).lower() if isinstance(value, bool) else without_controls(str(value))


def test_rows_that_are_made_when_asked_for_are_a_sequence(exposure):
    rows = rows_of(exposure).rows
    assert len(rows) == len(exposure.rows)
    assert list(rows) == [rows[n] for n in range(len(rows))] == list(rows[:60]) + list(rows[60:])
    assert list(rows) == list(rows)


@pytest.fixture(scope="module")
def long_paths(at_once):
    """One Secret with paths of many more hops than make a piece, and of fewer."""
    result = shop_paths()
    secret = next(secret for secret in result.secrets if secret.paths)
    path = secret.paths[0]
    paths = tuple(replace(path, hops=path.hops * (at_once * n * 7 // 20)) for n in range(1, 17))
    return replace(result, secrets=(replace(secret, paths=(path, *paths, path)), *result.secrets))


@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_no_piece_is_most_of_an_answer_with_long_paths(long_paths, at_once, form):
    pieces = list(PIECES[form](long_paths, at_once))
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2


def test_json_of_long_paths_is_as_if_it_were_written_at_once(long_paths, at_once):
    text = "".join(PIECES["json"](long_paths, at_once))
    read = json.loads(text)
    assert text == json.dumps(read, indent=2) + "\n"
    first, second = long_paths.secrets[0], long_paths.secrets[1]
    assert [len(path["hops"]) for path in read["secrets"][0]["paths"]] == [
        len(path.hops) for path in first.paths
    ]
    assert read["secrets"][1]["secret"] == second.secret


def test_yaml_of_long_paths_is_as_if_it_were_written_at_once(long_paths, at_once):
    read = json.loads(report_of(long_paths).render("json"))
    assert "".join(PIECES["yaml"](long_paths, at_once)) == "\n".join(yaml_lines(read)) + "\n"


def test_json_of_a_hop_with_much_evidence_leaves_out_what_is_absent(long_paths):
    secret = next(secret for secret in long_paths.secrets if secret.paths)
    path = secret.paths[0]
    hop = replace(path.hops[0], evidence=path.hops[0].evidence * 3000, right=msgspec.UNSET)
    hops = (*path.hops * 3000, hop)
    result = replace(long_paths, secrets=(replace(secret, paths=(replace(path, hops=hops),)),))
    pieces = list(report_of(result).pieces("json"))
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2
    (read,) = json.loads(b"".join(pieces))["secrets"]
    *_, found = read["paths"][0]["hops"]
    assert "right" not in found
    assert len(found["evidence"]) == len(hop.evidence)
