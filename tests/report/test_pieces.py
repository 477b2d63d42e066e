"""What is long is written in pieces: they are the whole text, and none is most of it."""

import csv
import io
import json

import msgspec
import pytest
import yaml
from msgspec.structs import replace

from rbacgraph.model.printable import without_controls
from rbacgraph.report.answer_formats import report_of, rows_of
from rbacgraph.report.answers.exposure import exposure_document
from rbacgraph.report.documents.as_json import json_text
from rbacgraph.report.documents.as_yaml import yaml_lines
from tests.report.cases import ANSWERS
from tests.report.records.exposure import hostile_exposure, shop_exposure
from tests.report.records.paths import shop_paths

MANY = 3217


@pytest.fixture(scope="module")
def exposure():
    """Rows enough for several pieces, no two alike, with a name that JSON has to be mended of."""
    result = hostile_exposure()
    first = result.rows[0]
    rows = [replace(first, secret=f"{first.secret}-{n}", certain=n) for n in range(MANY)]
    rows[-7] = replace(first, principal="user:\udcff")
    return replace(result, rows=tuple(rows))


@pytest.mark.parametrize("name", ANSWERS)
def test_the_pieces_of_every_format_are_the_whole(name):
    report = ANSWERS[name]
    for form in set(report.writers) - {"svg", "png", "pdf"}:
        assert b"".join(report.pieces(form)) == report.render(form).encode()


@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_no_piece_is_most_of_a_long_answer(exposure, form):
    report = report_of(exposure)
    pieces = list(report.pieces(form))
    assert b"".join(pieces) == report.render(form).encode()
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2


def test_secrets_that_differ_are_a_piece_each_in_the_wide_format():
    result = shop_paths()
    (secret,) = (secret for secret in result.secrets if secret.paths)
    several = [replace(secret, secret=f"{secret.secret}-{n}", truncated=n) for n in range(9)]
    report = report_of(replace(result, secrets=tuple(several)))
    pieces = list(report.pieces("wide"))
    assert b"".join(pieces) == report.render("wide").encode()
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 8


def test_json_in_pieces_is_as_if_it_were_written_at_once(exposure):
    rows = [
        replace(row, secret=f"secret:shop/db-{n}", principal="user:alice", type="Opaque")
        for n, row in enumerate(exposure.rows)
    ]
    document = exposure_document(replace(shop_exposure(), rows=tuple(rows)))
    whole = msgspec.json.format(msgspec.json.encode(document, enc_hook=str), indent=2).decode()
    assert json_text(document) == whole + "\n"


def test_a_lone_surrogate_in_one_piece_is_escaped(exposure):
    read = json.loads(json_text(exposure_document(exposure)))
    assert read["secrets"][-7]["principal"] == r"user:\udcff"
    assert len(read["secrets"]) == MANY


def test_yaml_in_pieces_is_as_if_it_were_written_at_once(exposure):
    read = json.loads(json_text(exposure_document(exposure)))
    text = report_of(exposure).render("yaml")
    assert text == "\n".join(yaml_lines(read)) + "\n"
    assert yaml.load(text, yaml.CSafeLoader) == read


def test_csv_in_pieces_is_what_the_csv_module_writes(exposure):
    rows = rows_of(exposure)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [rows.columns, *(map(cell, row) for row in rows.rows)]
    )
    assert report_of(exposure).render("csv") == out.getvalue()


def cell(value):
    return str(value).lower() if isinstance(value, bool) else without_controls(str(value))


def test_rows_that_are_made_when_asked_for_are_a_sequence(exposure):
    rows = rows_of(exposure).rows
    assert len(rows) == MANY
    assert list(rows) == [rows[n] for n in range(MANY)] == list(rows[:60]) + list(rows[60:])
    assert list(rows) == list(rows)


@pytest.fixture(scope="module")
def long_paths():
    """One Secret with paths of thousands of hops."""
    result = shop_paths()
    secret = next(secret for secret in result.secrets if secret.paths)
    path = secret.paths[0]
    paths = tuple(replace(path, hops=path.hops * (700 * n)) for n in range(1, 17))
    return replace(result, secrets=(replace(secret, paths=(path, *paths, path)), *result.secrets))


@pytest.mark.parametrize("form", ["json", "yaml", "csv"])
def test_no_piece_is_most_of_an_answer_with_long_paths(long_paths, form):
    pieces = list(report_of(long_paths).pieces(form))
    assert max(map(len, pieces)) < sum(map(len, pieces)) / 2


def test_json_of_long_paths_is_as_if_it_were_written_at_once(long_paths):
    text = report_of(long_paths).render("json")
    read = json.loads(text)
    assert text == json.dumps(read, indent=2) + "\n"
    first, second = long_paths.secrets[0], long_paths.secrets[1]
    assert [len(path["hops"]) for path in read["secrets"][0]["paths"]] == [
        len(path.hops) for path in first.paths
    ]
    assert read["secrets"][1]["secret"] == second.secret


def test_yaml_of_long_paths_is_as_if_it_were_written_at_once(long_paths):
    report = report_of(long_paths)
    read = json.loads(report.render("json"))
    assert report.render("yaml") == "\n".join(yaml_lines(read)) + "\n"


def test_json_of_a_hop_with_much_evidence_leaves_out_what_is_absent(long_paths):
    secret = next(secret for secret in long_paths.secrets if secret.paths)
    path = secret.paths[0]
    hop = replace(path.hops[0], evidence=path.hops[0].evidence * 3000, right=msgspec.UNSET)
    hops = (*path.hops * 3000, hop)
    result = replace(long_paths, secrets=(replace(secret, paths=(replace(path, hops=hops),)),))
    (read,) = json.loads(report_of(result).render("json"))["secrets"]
    *_, found = read["paths"][0]["hops"]
    assert "right" not in found
    assert len(found["evidence"]) == len(hop.evidence)
