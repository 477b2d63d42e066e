"""Reads one list: the objects of one kind, of the whole cluster or of one namespace."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from sys import intern
from typing import Any, NamedTuple

from msgspec import Raw, Struct, ValidationError, json

from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.meta import ObjectMeta, SecretMeta
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.json.values import BROKEN, read_value, with_header
from rbacgraph.sources.kinds import Form
from rbacgraph.sources.live.connection.connect import JSON, Connection
from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.unexpected import web_page
from rbacgraph.sources.live.discovery import Served
from rbacgraph.sources.live.pages import Outcome, Page, read_pages
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.kind_reader import KindSlot, ListContext
from rbacgraph.sources.objects.object_kinds import Kind, is_own
from rbacgraph.sources.objects.wire import ListMeta

# Reads the bodies of lists, in the form in which rbacgraph asks for each kind.

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


_FORBIDDEN = 403
_NOT_FOUND = 404
TOKENS = f"type={TOKEN_TYPE}"


class ListTask(NamedTuple):
    """A list to read.

    ``namespace``: the namespace to read; ``""`` for all.
    ``bare``: whether to ask for names only, if the kind is read as a Table.
    ``selector``: a field selector of the objects to read.
    """

    wanted: Kind
    served: Served
    namespace: str = ""
    bare: bool = False
    selector: str = ""

    @property
    def accept(self) -> str:
        """The form to ask for."""
        if self.wanted.form in {Form.SECRETS, Form.NAMES}:
            return TABLE
        return METADATA if self.wanted.form is Form.METADATA else JSON

    @property
    def query(self) -> dict[str, str]:
        """The query to send."""
        found = {}
        if self.accept == TABLE:
            none = self.bare or self.wanted.form is Form.NAMES
            found["includeObject"] = "None" if none else "Metadata"
        if self.selector:
            found["fieldSelector"] = self.selector
        return found


class ListPart:
    """The result of one list.

    ``collector`` holds the objects, ``names`` the objects that were asked for by name only.
    """

    def __init__(self, task: ListTask, file: str) -> None:
        self.task = task
        self.outcome = Outcome()
        self.seconds = 0.0
        self._file = file
        self.restart()

    def restart(self) -> None:
        """Forget everything that was read."""
        self.collector = Collector(Problems())
        self.collector.open_file(self._file)
        self.context = ListContext({})
        self.names: list[str] = []
        self._read = self._reading()

    def _reading(self) -> ReadPage:
        if self.task.wanted.form is Form.NAMES:
            return names_into(self.names)
        if self.task.wanted.form is Form.SECRETS:
            return secrets_into(self.collector, self.task.namespace, bare=self.task.bare)
        metadata = self.task.wanted.form is Form.METADATA
        served = self.task.served._replace(kind=self.task.wanted.api_kind)
        return objects_into(self.collector, served, self.context, metadata=metadata)

    def page(self, body: bytes) -> Page:
        """Read one page."""
        return self._read(body)

    @property
    def count(self) -> int:
        """The number of objects read."""
        kept = sum(map(len, self.collector.objects.values()))
        return kept + sum(self.collector.skipped.values()) + len(self.names)

    @property
    def forbidden(self) -> bool:
        """Whether the server refused the list for lack of a right, and not a proxy."""
        refused = self.outcome.refused
        return refused is not None and refused.status == _FORBIDDEN and not web_page(refused)

    @property
    def absent(self) -> bool:
        """Whether the server does not serve the kind after all."""
        refused = self.outcome.refused
        return refused is not None and refused.status == _NOT_FOUND

    @property
    def complete(self) -> bool:
        """Whether all objects are here, so that an absence is proof."""
        return not (self.outcome.refused or self.outcome.torn or self.context.failed)


def forbidden_part(task: ListTask, file: str) -> ListPart:
    """Return the result of a list that the server is known to refuse."""
    part = ListPart(task, file)
    part.outcome = Outcome(ServerAnswer(_FORBIDDEN, b"", {}))
    return part


def read_part(connection: Connection, task: ListTask) -> ListPart:
    """Read one list to its end."""
    part = ListPart(task, connection.name)

    def get(path: str) -> ServerAnswer:
        return connection.get(path, task.accept, until)

    start, until = time.perf_counter(), connection.end_of_list()
    path = task.served.path(task.namespace)
    part.outcome = read_pages(get, path, task.query, read=part.page, restart=part.restart)
    part.collector.close_file()
    part.seconds = time.perf_counter() - start
    return part
