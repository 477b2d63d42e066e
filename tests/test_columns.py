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
