"""The page's table of columns is what DataFrames have: names, their order, and categoricals."""

import re
from pathlib import Path

import pandas as pd
import pytest

from tests.api.every_answer import every_answer

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """One answer of each sort."""
    return every_answer(tmp_path_factory.mktemp("saved"))


def documented():
    section = (ROOT / "rbacgraph/docs/columns.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)\(\)` \| [^|]+ \| ([^|]+) \|$", section, re.MULTILINE)
    return {name: columns.strip().split(", ") for name, columns in rows}, section


def columns_of(table):
    """The columns as the page writes them: categoricals in italics."""
    return [
        f"*{name}*" if isinstance(dtype, pd.CategoricalDtype) else name
        for name, dtype in table.dtypes.items()
    ]


def test_the_table_of_columns_is_what_there_is(answers):
    table, _ = documented()
    assert table == {name: columns_of(answer.to_frame()) for name, answer in answers.items()}


def test_every_column_is_explained(answers):
    _, section = documented()
    explained = set(
        re.findall(r"`(\w+)`", section.partition("\n\n|")[0] + section.rpartition("|\n\n")[2])
    )
    columns = {name for answer in answers.values() for name in answer.to_frame().columns}
    assert columns - explained == set()


def test_counts_are_numbers_and_yes_or_no_is_a_boolean(answers):
    for answer in answers.values():
        table = answer.to_frame()
        assert len(table)
        for name in {"effort", "length", "line", "requests", "certain", "inferred"} & set(table):
            kinds = "b" if table[name].dtype == bool else "i"
            assert table[name].dtype.kind == kinds


NO_ACCESS = {
    *("line", "column", "effort", "reader_effort", "length"),
    *("requests", "count", "rule"),
}
"""Columns of numbers that count no access."""
TWINS = {"exposure": "certain", "survey": "certain", "exposure_by": "secrets"}
"""The twin of ``conditional``."""


def test_each_count_of_access_is_of_certain_access_and_has_a_twin(answers):
    for name, answer in answers.items():
        table = answer.to_frame()
        numbers = {n for n, dtype in table.dtypes.items() if dtype.kind == "i"} - NO_ACCESS
        firsts = {one for one in numbers if "conditional" not in one}
        twins = {f"{one}_conditional" for one in firsts - {TWINS.get(name)}}
        assert numbers - firsts == twins | ({"conditional"} if name in TWINS else set()), name
