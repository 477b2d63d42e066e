"""Whole texts: every answer in every format is exactly what its golden file holds."""

import pytest

from tests.report.cases import GOLDEN, cases

CASES = dict(cases())


@pytest.mark.parametrize("file", CASES)
def test_text_is_the_golden_one(file):
    assert CASES[file] == (GOLDEN / file).read_text(encoding="utf-8")


def test_no_golden_file_is_left_over():
    assert {path.name for path in GOLDEN.iterdir()} == set(CASES)
