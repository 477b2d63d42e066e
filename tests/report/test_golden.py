"""Whole texts: every answer in every format is exactly what its golden file holds."""

from functools import cache

import pytest

from tests.report.cases import GOLDEN, cases

FILES = sorted(path.name for path in GOLDEN.iterdir())


@cache
def texts():
    """The texts by their files, made within a test, so that it counts as what runs their code."""
    return dict(cases())


@pytest.mark.parametrize("file", FILES)
def test_text_is_the_golden_one(file):
    assert texts()[file] == (GOLDEN / file).read_text(encoding="utf-8")


def test_each_text_has_a_golden_file_and_no_golden_file_is_left_over():
    assert set(FILES) == set(texts())
