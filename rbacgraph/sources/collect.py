"""What the readers of all formats hand their objects to."""

from collections import Counter

from msgspec.structs import force_setattr

from rbacgraph.model.core import Node
from rbacgraph.model.meta import Object, pack_origin
from rbacgraph.sources import kinds
from rbacgraph.sources.listed import listed_by
from rbacgraph.sources.problems import Problems
from rbacgraph.sources.slots import ListContext, Slot, kind_name


class Collector:
    """Everything that has been read so far, by field of the snapshot."""

    def __init__(self, problems: Problems, default_namespace: str = "default") -> None:
        self.problems = problems
        self.files: list[str] = []
        self.objects: dict[str, list[Object]] = {kind.field: [] for kind in kinds.KINDS}
        self.skipped: Counter[str] = Counter()
        self.listed: set[tuple[str, str]] = set()
        self.server_versions: list[str] = []
        self.base = 0
        self.documents = 0
        self._default_namespace = default_namespace
        self._marks: dict[str, int] = {}
        self._slots: dict[tuple[str, str], Slot | None] = {}
        self._told: set[str] = set()

    # --- files ---------------------------------------------------------------------

    def open_file(self, name: str) -> None:
        """Begin a file: the objects that follow come from it."""
        self.files.append(name)
        self.base = pack_origin(len(self.files) - 1, 0)
        self.documents = 0
        self._marks = self._lengths()
        self._told = set()

    @property
    def file(self) -> str:
        """Name of the file that is being read."""
        return self.files[-1]

    def problem(
        self, line: int, code: str, message: str, advice: str = "", severity: str = "warning"
    ) -> None:
        """Report something about the file that is being read."""
        self.problems.add(
            code, message, file=self.file, line=line, advice=advice, severity=severity
        )

    def once(self, line: int, code: str, message: str, advice: str, severity: str) -> None:
        """Report something that is told once for a file."""
        if code not in self._told:
            self._told.add(code)
            self.problem(line, code, message, advice, severity)

    def close_file(self) -> None:
        """End a file: drop what has no name, put namespaces where they are due."""
        defaulted: list[Object] = []
        unscoped: list[Object] = []
        for field, mark in self._marks.items():
            objects = self.objects[field]
            if len(objects) == mark:
                continue
            namespaced = kinds.NAMESPACED[field]
            nameless: list[Object] = []
            for found in objects[mark:]:
                meta = found.metadata
                if not meta.name or "{{" in meta.name or "{{" in meta.namespace:
                    nameless.append(found)
                elif namespaced and not meta.namespace:
                    force_setattr(meta, "namespace", self._default_namespace)
                    defaulted.append(found)
                elif not namespaced and meta.namespace:
                    force_setattr(meta, "namespace", "")
                    unscoped.append(found)
            if nameless:
                self._drop_nameless(field, mark, nameless)
        if defaulted:
            self.problem(
                min(map(self.line_of, defaulted)),
                "default-namespace",
                f"{_objects(defaulted)} without a namespace taken as in {self._default_namespace}",
                "--default-namespace says where they are meant to go",
                "note",
            )
        if unscoped:
            self.problem(
                min(map(self.line_of, unscoped)),
                "cluster-scoped-namespace",
                f"{_objects(unscoped)} of a cluster-scoped kind with a namespace, ignored",
                severity="note",
            )

    def line_of(self, found: Object) -> int:
        """Line of an object of the file that is being read."""
        return found.origin - self.base

    def _drop_nameless(self, field: str, mark: int, nameless: list[Object]) -> None:
        dropped = set(map(id, nameless))
        self.objects[field][mark:] = [o for o in self.objects[field][mark:] if id(o) not in dropped]
        for found in nameless:
            if found.metadata.name:
                self.template(self.line_of(found))
            else:
                self.nameless(self.line_of(found), kind_name(field, found))

    def nameless(self, line: int, kind: str) -> None:
        """Report an object without a name, which is left out."""
        self.problem(
            line,
            "missing-name",
            f"a {kind} has no metadata.name",
            "it was left out; Kubernetes would refuse it",
            "error",
        )

    def template(self, line: int) -> None:
        """Report that a file is a template, once."""
        self.once(
            line,
            "template",
            "is a template, not a manifest: what it stands for depends on values",
            "render it first (helm template, jinja2, kustomize build) and read the result",
            "error",
        )

    # --- objects -------------------------------------------------------------------

    def slot(self, api_version: str, kind: str) -> Slot | None:
        """Where objects with this header go; None where they are of no interest."""
        key = (api_version, kind)
        try:
            return self._slots[key]
        except KeyError:
            pass
        found = kinds.find(api_version, kind)
        slot = None if found is None else Slot(found, self.objects[found.field])
        self._slots[key] = slot
        return slot

    def add(self, slot: Slot, found: Object, line: int) -> None:
        """Keep one object."""
        force_setattr(found, "origin", self.base + line)
        slot.append(found)

    def skip(
        self, line: int, api_version: str, kind: str, context: ListContext | None = None
    ) -> None:
        """Count an object of a kind that is not read; say so where it looks like a mistake."""
        group = kinds.group_of(api_version)
        name = f"{kind}.{group}" if group and kind else kind
        self.skipped[name or "no kind"] += 1
        meant = kinds.misnamed(api_version, kind)
        advice = "it was left out; Kubernetes would refuse it"
        if not kind:
            if api_version or context:
                self.problem(line, "missing-kind", "an object has no kind", advice, "error")
        elif not api_version and meant:
            message = f"a {kind} has no apiVersion"
            self.problem(line, "missing-api-version", message, advice, "error")
        elif meant:
            message = f"there is no {kind} in {api_version}"
            advice = f"it was left out; {kind} is in {' and '.join(meant.groups) or 'v1'}"
            self.problem(line, "wrong-api-version", message, advice, "error")
        else:
            return
        if context:
            context.failed.add(kind)

    def wrong_header(self, line: int, context: ListContext | None) -> None:
        """Report an object whose kind or apiVersion is no string."""
        if context:
            context.failed.add("")
        advice = "it was left out; Kubernetes would refuse it"
        self.problem(line, "wrong-type", "kind and apiVersion must be strings", advice, "error")

    def not_an_object(self, line: int) -> None:
        """Report a document that is a bare word or number."""
        self.problem(
            line,
            "not-an-object",
            "is neither an object nor a list of them",
            "it was left out",
            "error",
        )

    def carriage_returns(self, line: int) -> None:
        """Note that lines end as on Windows, which YAML allows."""
        self.once(line, "crlf", "lines end in CR LF", "read as if they ended in LF", "note")

    def not_utf8(self, data: bytes, line: int) -> None:
        """Report text in another encoding, with the line where that shows."""
        try:
            data.decode()
        except UnicodeDecodeError as error:
            line += data.count(b"\n", 0, error.start)
        self.problem(
            line,
            "not-utf-8",
            "holds bytes that are not UTF-8",
            "this object was left out; convert the file to UTF-8",
            "error",
        )

    # --- lists ---------------------------------------------------------------------

    def begin_list(self) -> ListContext:
        """Begin a List: the objects that follow are its items."""
        return ListContext(self._lengths(), failed=set())

    def empty_list(self, context: ListContext, line: int) -> None:
        """Note a List that holds null for items, where no server wrote it."""
        typed = kinds.item_kind(context.kind)
        known = not typed or kinds.find(context.api_version, typed)
        if known and not context.meta.resource_version:
            self.problem(line, "empty-list", f"the {context.kind} has no items", "", "note")

    def end_list(self, context: ListContext, line: int) -> None:
        """End a List, and learn from it what the server listed completely."""
        if context.meta.continue_:
            self.problem(
                line,
                "partial-list",
                f"the {context.kind} is one page of many: the server has more",
                "fetch it without a limit",
            )
        items = {field: self.objects[field][mark:] for field, mark in context.marks.items()}
        self.listed |= listed_by(context, items, self.file)

    def _lengths(self) -> dict[str, int]:
        return {field: len(objects) for field, objects in self.objects.items()}

    # --- versions ------------------------------------------------------------------

    def kubelet_versions(self) -> list[str]:
        """Versions that the nodes report."""
        nodes = [node for node in self.objects["nodes"] if isinstance(node, Node)]
        return [
            node.status.node_info.kubelet_version
            for node in nodes
            if node.status and node.status.node_info
        ]


def _objects(found: list[Object]) -> str:
    return "1 object" if len(found) == 1 else f"{len(found):,} objects"
