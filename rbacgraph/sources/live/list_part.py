"""Reads one list: the objects of one kind, of the whole cluster or of one namespace."""

import time
from typing import NamedTuple

from rbacgraph.model.kubernetes.core import TOKEN_TYPE
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.live.connection.connect import JSON, Connection
from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.unexpected import web_page
from rbacgraph.sources.live.discovery import Served
from rbacgraph.sources.live.list_forms import (
    METADATA,
    TABLE,
    ReadPage,
    names_into,
    objects_into,
    secrets_into,
)
from rbacgraph.sources.live.pages import Outcome, Page, read_pages
from rbacgraph.sources.live.wanted_kinds import Form, Wanted
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.objects.kind_reader import ListContext

_FORBIDDEN = 403
_NOT_FOUND = 404
TOKENS = f"type={TOKEN_TYPE}"


class ListTask(NamedTuple):
    """A list to read.

    ``wanted``, ``served``: the kind, and its resource.
    ``namespace``: the namespace to read; ``""`` for all.
    ``bare``: whether to ask for names only, if the kind is read as a Table.
    ``selector``: a field selector of the objects to read.
    """

    wanted: Wanted
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
