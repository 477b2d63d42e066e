"""What holds of the answers to all questions: frames, slices, tables in notebooks, copies."""

import copy
import pickle
import re

import pandas as pd
import pytest

import rbacgraph as rg
from rbacgraph.api import answers as kinds
from rbacgraph.model.answers.policy_check import Excess, Expired
from rbacgraph.model.memory.made_sequence import JoinedSequence
from rbacgraph.report.answers.paths import PATHS
from tests.api.every_answer import (
    COUNTS_OTHER_THINGS,
    EXPIRED,
    FIXTURES,
    LOG,
    POLICY,
    QUESTIONS,
    SHOP,
    every_answer,
)

EACH = pytest.mark.parametrize("question", QUESTIONS)
COPIED = pytest.mark.parametrize(
    "copied", [lambda one: pickle.loads(pickle.dumps(one)), copy.copy, copy.deepcopy]
)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    return every_answer(tmp_path_factory.mktemp("saved"))


@pytest.fixture(scope="module")
def cluster():
    return rg.load(SHOP)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory):
    """An answer to each question that can find nothing."""
    folder = tmp_path_factory.mktemp("nothing")
    (folder / "empty.yaml").write_text("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    (folder / "access.yaml").write_text("default: allow\naccess: []\n")
    cluster = rg.load(folder / "empty.yaml", bootstrap=False)
    return {
        "paths": cluster.paths("shop/ghost"),
        "reach": cluster.reach("user:nobody"),
        "exposure": cluster.exposure("shop"),
        "survey": cluster.survey(),
        "usage": cluster.usage(LOG),
        "diff": rg.diff(SHOP, SHOP),
        "check": cluster.check(folder / "access.yaml"),
    }


def test_these_are_all_kinds_of_answers(answers):
    assert tuple(answers) == QUESTIONS
    assert {type(answer).__name__ for answer in answers.values()} == {*kinds.__all__} - {"Answer"}


@EACH
def test_a_frame_without_rows_has_the_types_of_a_full_one(question, answers):
    answer = answers[question]
    full, empty = answer.to_frame(), answer[:0].to_frame()
    assert len(full) > 0
    assert len(empty) == 0
    assert list(map(str, empty.dtypes)) == list(map(str, full.dtypes))
    assert list(empty.columns) == list(full.columns)


@EACH
def test_the_types_are_those_of_the_values(question, answers):
    rows = answers[question].rows()
    columns = zip(*rows.rows, strict=True)
    found = {name: {*map(type, column)} for name, column in zip(rows.columns, columns, strict=True)}
    assert found == {name: {rows.types.get(name, str)} for name in rows.columns}


def test_an_answer_that_found_nothing_has_the_types_too(answers, nothing):
    for question, answer in nothing.items():
        empty, full = answer.to_frame(), answers[question].to_frame()
        assert len(empty) == 0, question
        assert list(map(str, empty.dtypes)) == list(map(str, full.dtypes)), question


def rows_of(frame):
    return list(frame.itertuples(index=False, name=None))


@EACH
def test_a_slice_has_the_rows_of_its_records(question, answers):
    answer = answers[question]
    each = [rows_of(answer[place : place + 1].to_frame()) for place in range(len(answer))]
    assert all(each)
    assert [row for rows in each for row in rows] == rows_of(answer.to_frame())
    for part in (slice(10), slice(-2, None), slice(None, None, -1), slice(1, 9, 3), slice(5, 2)):
        some = answer[part]
        assert tuple(some) == tuple(answer)[part]
        assert len(some) == len(tuple(some))
        assert rows_of(some.to_frame()) == [row for rows in each[part] for row in rows]
        assert list(some.to_frame().columns) == list(answer.to_frame().columns)


@EACH
def test_a_slice_of_a_slice_is_a_slice(question, answers):
    answer = answers[question]
    assert answer[1:][:1] == answer[1:2]
    assert answer[:1] != answer[:0]
    assert str(answer[:1]) == str(answer[0])
    assert repr(answer[:0]) == f"<0 records of {repr(answer)[1:]}"


@EACH
def test_the_class_says_what_len_counts_where_frames_have_other_rows(question, answers):
    answer = answers[question]
    counts = len(answer) != len(answer.to_frame())
    assert counts == (question in COUNTS_OTHER_THINGS)
    assert ("``len()`` counts" in type(answer).__doc__) == counts
    page = (FIXTURES.parent / "rbacgraph/docs/python.md").read_text(encoding="utf-8")
    said = re.search(r"\| `len\(\)` counts .*\n\|[-|]+\n((?:\|.*\n)+)", page)[1]
    assert set(re.findall(r"^\| `(\w+)\(\)`", said, re.MULTILINE)) == COUNTS_OTHER_THINGS


@EACH
def test_a_notebook_shows_five_columns_at_most(question, answers):
    answer = answers[question]
    frame = answer.to_frame()
    for shown in (answer, answer[:10]):
        html = shown._repr_html_()
        columns = re.findall(r"<th>(\w+)</th>", html)
        assert len(columns) == 5
        assert set(columns) <= set(frame)
        assert list(shown.to_frame(brief=True)) == columns
        left = len(frame.columns) - 5
        assert (f"{left} more column" in html) == (left > 0)
        first = next(iter(shown.rows().rows))
        cells = re.findall(r"<td>(.*?)</td>", html)[:5]
        assert len(cells) == 5
        for column, cell in zip(columns, cells, strict=True):
            value = first[frame.columns.get_loc(column)]
            if value is True or value is False:
                assert cell == ("yes" if value else "no")
            elif isinstance(value, int):
                assert cell == str(value)


@EACH
@COPIED
def test_a_copy_is_equal(question, copied, answers):
    answer = answers[question]
    again = copied(answer)
    assert again == answer
    pd.testing.assert_frame_equal(again.to_frame(), answer.to_frame())
    assert str(again) == str(answer)
    assert copied(answer[:3]) == answer[:3]


@COPIED
def test_a_copy_of_joined_rows_is_equal(copied, answers):
    rows = PATHS.columns.records(answers["paths"].result)
    assert isinstance(rows, JoinedSequence)
    assert copied(rows) == rows
    assert hash(rows) == hash(copied(rows))


def test_a_check_with_an_expired_entry_alone_is_not_empty(cluster, tmp_path):
    today = cluster.check(POLICY, today=EXPIRED)
    assert [type(one) for one in today] == [Excess] * len(today.findings) + [Expired]
    baseline = today.write_baseline(tmp_path / "known.yaml")
    answer = cluster.check(POLICY, baseline=baseline, today=EXPIRED)
    assert answer.failed
    assert answer
    assert not answer.findings
    (expired,) = answer
    assert expired.until < EXPIRED
    (row,) = rows_of(answer.to_frame()[["principal", "secret", "line", "expired"]])
    assert row == ("", "", expired.line, str(row[-1]))
    assert expired.until in row[-1]
    before = cluster.check(POLICY, baseline=baseline, today=expired.until)
    assert not before
    assert not before.failed
