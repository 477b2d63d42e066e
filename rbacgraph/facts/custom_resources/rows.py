"""Reads the table of custom resources, once."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from rbacgraph.facts.custom_resources.row import CustomResourceRow, Mechanism
from rbacgraph.model.packaged import packaged

RowsByKey = Mapping[tuple[str, str], Sequence[CustomResourceRow]]
"""Rows by group and plural."""


@cache
def custom_resource_rows() -> Sequence[CustomResourceRow]:
    """Return all rows, sorted by group, plural, mechanism and fields.

    Examples
    --------
    >>> [row.operator for row in custom_resource_rows() if row.plural == "sealedsecrets"]
    ['Sealed Secrets']
    """
    data = packaged("rbacgraph.facts.custom_resources", "rows.jsonl")
    return tuple(msgspec.json.Decoder(CustomResourceRow).decode_lines(data))


def by_key(rows: Iterable[CustomResourceRow]) -> RowsByKey:
    """Return rows by group and plural."""
    found: dict[tuple[str, str], list[CustomResourceRow]] = {}
    for row in rows:
        found.setdefault(row.key, []).append(row)
    return found


def flat(rows: RowsByKey) -> Sequence[CustomResourceRow]:
    """Return all rows of a mapping, in its order."""
    return tuple(row for own in rows.values() for row in own)


@cache
def rows_that(*mechanisms: Mechanism) -> RowsByKey:
    """Return the rows of some mechanisms.

    Examples
    --------
    >>> [row.operator for row in rows_that("applies")["argoproj.io", "applications"]]
    ['Argo CD']
    """
    return by_key(row for row in custom_resource_rows() if row.mechanism in mechanisms)
