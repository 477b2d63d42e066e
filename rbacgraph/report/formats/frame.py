"""Turns flat rows into a pandas DataFrame; nothing else imports pandas."""

from typing import TYPE_CHECKING

from rbacgraph.report.formats.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {bool: "bool", int: "int64"}


def frame(rows: Rows, *, brief: bool = False) -> "pd.DataFrame":
    """Return a DataFrame; columns with few different words are categoricals.

    A table without rows has the types of one with rows. A ``brief`` one has the columns that a
    notebook shows.
    """
    import pandas as pd  # takes a quarter of a second, and few need it

    table = pd.DataFrame.from_records(list(rows.rows), columns=list(rows.columns))
    if table.empty:
        table = table.astype(pd.Series(["text"]).dtype)
    kinds = {column: "category" for column in rows.columns if column in rows.kinds}
    types = {column: _DTYPES[of] for column, of in rows.types.items()}
    whole = table.astype({**types, **kinds})
    return whole[list(rows.shown)] if brief and rows.shown else whole
