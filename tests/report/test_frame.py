"""DataFrames: stable columns, honest dtypes, also where there is nothing."""

import pandas as pd
import pytest

from rbacgraph.report.formats.frame import frame
from rbacgraph.report.formats.rows import exposure_rows, grantees_rows, paths_rows, reach_rows
from tests.report import records

ROWS = {
    "paths": paths_rows(records.shop_paths()),
    "no-paths": paths_rows(records.no_paths()),
    "reach": reach_rows(records.ci_reach()),
    "exposure": exposure_rows(records.shop_exposure()),
    "who-can": grantees_rows(records.grantees()),
}


@pytest.mark.parametrize("name", ROWS)
def test_columns_and_categoricals(name):
    table = frame(ROWS[name])
    assert tuple(table.columns) == ROWS[name].columns
    kinds = {c for c in table.columns if isinstance(table[c].dtype, pd.CategoricalDtype)}
    assert kinds == ROWS[name].kinds
    assert len(table) == len(ROWS[name].rows)


def test_paths_answer_questions_of_pandas():
    table = frame(ROWS["paths"])
    assert table["certain"].dtype == bool
    assert table["effort"].dtype.kind == "i"
    assert table.groupby("opening", observed=True).size().to_dict() == {
        "create-pod": 1,
        "mounts-secret": 1,
        "read-secret": 13,
    }
