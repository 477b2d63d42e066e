"""DataFrames: stable columns, honest dtypes, also where there is nothing."""

import pandas as pd
import pytest

from rbacgraph.report.answer_formats import rows_of
from rbacgraph.report.formats.frame import frame
from tests.report.records import (
    admins,
    decisions,
    exposure,
    exposure_by,
    paths,
    reach,
    rights,
    risks,
)

ROWS = {
    "paths": rows_of(paths.shop_paths()),
    "no-paths": rows_of(paths.no_paths()),
    "reach": rows_of(reach.ci_reach()),
    "exposure": rows_of(exposure.shop_exposure()),
    "exposure-by": rows_of(exposure_by.shop("binding")),
    "who-can": rows_of(decisions.grantees()),
    "admins": rows_of(admins.shop_admins()),
    "risks": rows_of(risks.shop_risks()),
    "rights": rows_of(rights.shop_rights()),
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
