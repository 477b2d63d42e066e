"""Reads the table of custom resources, once."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

from rbacgraph.facts.custom_resources.row import CustomResourceRow, Mechanism


@cache
def custom_resource_rows() -> Sequence[CustomResourceRow]:
    """Return all rows, sorted by group, plural, mechanism and fields.

    Examples
    --------
    >>> [row.operator for row in custom_resource_rows() if row.plural == "sealedsecrets"]
    []
    """
    data = files("rbacgraph.facts.custom_resources").joinpath("rows.jsonl").read_bytes()
    return tuple(msgspec.json.Decoder(CustomResourceRow).decode_lines(data))


@cache
def rows_that(mechanism: Mechanism) -> Mapping[tuple[str, str], Sequence[CustomResourceRow]]:
    """Return the rows of a mechanism by group and plural.

    Examples
    --------
    >>> [row.operator for row in rows_that("applies")["velero.io", "restores"]]
    ['Velero']
    """
    found: dict[tuple[str, str], list[CustomResourceRow]] = {}
    for row in custom_resource_rows():
        if row.mechanism == mechanism:
            found.setdefault(row.key, []).append(row)
    return found
