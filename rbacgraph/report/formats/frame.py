"""Turns flat rows into a pandas DataFrame; nothing else imports pandas."""

from typing import TYPE_CHECKING

from rbacgraph.report.formats.rows import Rows

if TYPE_CHECKING:
    import pandas as pd


def frame(rows: Rows) -> "pd.DataFrame":
    """Return a DataFrame; columns with few different words are categoricals."""
    import pandas as pd  # takes a quarter of a second, and few need it

    table = pd.DataFrame.from_records(list(rows.rows), columns=list(rows.columns))
    kinds = {column: "category" for column in rows.columns if column in rows.kinds}
    return table.astype(kinds)
