"""Reads the bodies of lists, in the form in which rbacgraph asks for each kind."""

from collections.abc import Callable, Sequence
from functools import partial
from sys import intern
from typing import Any

from msgspec import Raw, Struct, ValidationError, json

from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.meta import ObjectMeta, SecretMeta
from rbacgraph.sources.json.values import BROKEN, read_value, with_header
from rbacgraph.sources.live.connection.connect import JSON
from rbacgraph.sources.live.discovery import Served
from rbacgraph.sources.live.pages import Page
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.kind_reader import KindSlot, ListContext
from rbacgraph.sources.objects.object_kinds import is_own
from rbacgraph.sources.objects.wire import ListMeta

METADATA = f"{JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
TABLE = f"{JSON};as=Table;g=meta.k8s.io;v=v1"
"""No second choice: for a Secret that would be the whole object."""

ReadPage = Callable[[bytes], Page]
_PARTIAL = "PartialObjectMetadata"


class _Page(Struct, frozen=True):
    kind: str
    metadata: ListMeta
    items: list[Raw] | None


class _Item(Struct, frozen=True, gc=False):
    metadata: ObjectMeta
    kind: str = ""


class _Column(Struct, frozen=True, gc=False):
    name: str = ""


class _Partial(Struct, frozen=True, gc=False, tag_field="kind", tag=_PARTIAL):
    metadata: SecretMeta


class _Row(Struct, frozen=True, gc=False):
    cells: list[Any]
    object: _Partial | None = None


class _Table(Struct, frozen=True, rename="camel", tag_field="kind", tag="Table"):
    metadata: ListMeta
    column_definitions: list[_Column]
    rows: list[_Row] | None


class _BareRow(Struct, frozen=True, gc=False):
    cells: list[Any]


class _BareTable(Struct, frozen=True, rename="camel", tag_field="kind", tag="Table"):
    metadata: ListMeta
    rows: list[_BareRow] | None


_decode_page = json.Decoder(_Page).decode
_decode_item = json.Decoder(_Item).decode
_decode_table = json.Decoder(_Table).decode
_decode_bare = json.Decoder(_BareTable).decode


def objects_into(
    collector: Collector, served: Served, context: ListContext, *, metadata: bool
) -> ReadPage:
    """Return a function that reads pages of objects, whole or metadata, as from files."""
    slot = collector.slot(served.api_version, served.kind)
    assert slot is not None
    context.kind, context.api_version = f"{served.kind}List", served.api_version
    header = with_header(b"{}", served.api_version, served.kind)[:-1] + b","
    named = slot.kind.says_kind

    def keep(items: Sequence[Raw]) -> None:
        for item in items:
            data = header + bytes(item)[1:] if named else item
            _keep(data, slot, collector, context)

    def read(body: bytes) -> Page:
        page = _decode_page(body)
        items = page.items or []
        heads = [_item(item) for item in items]
        return Page(
            page.metadata.continue_ or "",
            {_known_by(head.metadata) for head in heads},
            partial(keep, items),
            _other(served, page.kind, {head.kind for head in heads}, metadata=metadata),
        )

    return read


def _item(item: Raw) -> _Item:
    """Return what tells an item from others; of a broken one the whole text does."""
    try:
        return _decode_item(item)
    except BROKEN:
        return _Item(ObjectMeta(uid=str(hash(bytes(item)))))


def _known_by(metadata: ObjectMeta) -> str:
    return metadata.uid or f"{metadata.namespace}/{metadata.name}"


def _other(served: Served, kind: str, said: set[str], *, metadata: bool) -> str:
    """Return how a list is of another kind; ``""`` if it is not.

    Items of Kubernetes' own lists do not say their kind; those of custom resources do, whose
    definition may give their list another name. Source: kubernetes
    ``staging/src/k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1/types.go``
    (``CustomResourceDefinitionNames.ListKind``).
    """
    kinds = {served.kind, _PARTIAL} if metadata else {served.kind}
    if strange := said - kinds - {""}:
        return f"the answer holds objects of kind {min(strange)}, not {served.kind}"
    renamed = said == {served.kind} and not is_own(served.group)
    if renamed or kind in {f"{one}List" for one in kinds}:
        return ""
    return f"the answer is of kind {kind}, not {served.kind}List"


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


def secrets_into(collector: Collector, namespace: str, *, bare: bool) -> ReadPage:
    """Return a function that reads pages of Secrets as Tables: names and types.

    ``bare``: whether the rows lack metadata: then Secrets of tokens come separately.
    """
    slot = collector.slot("v1", "Secret")
    assert slot is not None

    def keep(secrets: Sequence[Secret]) -> None:
        for found in secrets:
            if not (bare and found.type == TOKEN_TYPE):
                collector.add(slot, found, 0)

    def read(body: bytes) -> Page:
        table = _decode_table(body)
        columns = {column.name: at for at, column in enumerate(table.column_definitions)}
        secrets = [_secret(row, columns, namespace) for row in table.rows or ()]
        return Page(
            table.metadata.continue_ or "",
            {_known_by(found.metadata) for found in secrets},
            partial(keep, secrets),
            "" if "Type" in columns else "the answer is a table of something else",
        )

    return read


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


def names_into(names: list[str]) -> ReadPage:
    """Return a function that reads only the names from pages of Tables."""

    def read(body: bytes) -> Page:
        table = _decode_bare(body)
        found = [str(row.cells[0]) for row in table.rows or () if row.cells]
        return Page(table.metadata.continue_ or "", set(found), partial(names.extend, found))

    return read
