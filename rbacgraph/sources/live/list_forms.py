"""Reads the bodies of lists, in the form in which rbacgraph asks for each kind."""

from collections.abc import Callable
from sys import intern
from typing import Any

from msgspec import Raw, Struct, ValidationError, json

from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.meta import SecretMeta
from rbacgraph.sources.json.values import BROKEN, read_value, with_header
from rbacgraph.sources.live.connection.connect import JSON
from rbacgraph.sources.live.discovery import Served
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.kind_reader import KindSlot, ListContext
from rbacgraph.sources.objects.wire import ListMeta

METADATA = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
TABLE = f"{JSON};as=Table;g=meta.k8s.io;v=v1"
"""No second choice: for a Secret that would be the whole object."""

Take = Callable[[bytes], str | None]


class _Page(Struct, frozen=True):
    metadata: ListMeta
    items: list[Raw] | None = None


class _Column(Struct, frozen=True, gc=False):
    name: str = ""


class _Partial(Struct, frozen=True, gc=False):
    metadata: SecretMeta


class _Row(Struct, frozen=True, gc=False):
    cells: list[Any]
    object: _Partial | None = None


class _Table(Struct, frozen=True, rename="camel", tag_field="kind", tag="Table"):
    metadata: ListMeta
    column_definitions: list[_Column]
    rows: list[_Row] | None = None


class _BareRow(Struct, frozen=True, gc=False):
    cells: list[Any]


class _BareTable(Struct, frozen=True, rename="camel", tag_field="kind", tag="Table"):
    metadata: ListMeta
    rows: list[_BareRow] | None = None


_decode_page = json.Decoder(_Page).decode
_decode_table = json.Decoder(_Table).decode
_decode_bare = json.Decoder(_BareTable).decode


def objects_into(collector: Collector, served: Served, context: ListContext) -> Take:
    """Return a function that takes pages of objects, whole or metadata, as from files."""
    slot = collector.slot(served.api_version, served.kind)
    assert slot is not None
    context.kind, context.api_version = f"{served.kind}List", served.api_version
    header = with_header(b"{}", served.api_version, served.kind)[:-1] + b","
    named = slot.kind.says_kind

    def take(body: bytes) -> str | None:
        page = _decode_page(body)
        for item in page.items or ():
            data = header + bytes(item)[1:] if named else item
            _keep(data, slot, collector, context)
        return page.metadata.continue_

    return take


def _keep(data: Any, slot: KindSlot, collector: Collector, context: ListContext) -> None:  # noqa: ANN401
    try:
        found = slot.decode(data)
    except BROKEN:
        found = None
    if found and found.metadata.name:
        collector.add(slot, found, 0)
    else:
        context.failed.add(slot.kind.name)
        read_value(bytes(data), 0, collector, context)


def secrets_into(collector: Collector, namespace: str, *, bare: bool) -> Take:
    """Return a function that takes pages of Secrets as Tables: names and types.

    Parameters
    ----------
    collector:
        Receives the Secrets.
    namespace:
        The namespace of rows without one.
    bare:
        Whether the rows lack metadata: then Secrets of tokens come separately.
    """
    slot = collector.slot("v1", "Secret")
    assert slot is not None

    def take(body: bytes) -> str | None:
        table = _decode_table(body)
        columns = {column.name: at for at, column in enumerate(table.column_definitions)}
        for row in table.rows or ():
            found = _secret(row, columns, namespace)
            if not (bare and found.type == TOKEN_TYPE):
                collector.add(slot, found, 0)
        return table.metadata.continue_

    return take


def _secret(row: _Row, columns: dict[str, int], namespace: str) -> Secret:
    def cell(name: str) -> Any:  # noqa: ANN401 - whatever stands there
        at = columns.get(name, len(row.cells))
        return row.cells[at] if at < len(row.cells) else None

    kind, size = cell("Type"), cell("Data")
    metadata = row.object.metadata if row.object else _named(cell("Name"), namespace)
    return Secret(
        metadata=metadata,
        type=intern(kind) if isinstance(kind, str) and kind else "Opaque",
        keys=() if size == 0 else None,
        size=size if isinstance(size, int) else None,
    )


def _named(name: object, namespace: str) -> SecretMeta:
    if not isinstance(name, str) or not namespace:
        raise ValidationError("a row that does not say which Secret it is")
    return SecretMeta(name=name, namespace=namespace)


def names_into(names: list[str]) -> Take:
    """Return a function that takes only the names from pages of Tables."""

    def take(body: bytes) -> str | None:
        table = _decode_bare(body)
        names.extend(str(row.cells[0]) for row in table.rows or () if row.cells)
        return table.metadata.continue_

    return take
