"""Collects the objects that the readers of all formats deliver."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.structs import force_setattr

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Node
from rbacgraph.model.kubernetes.flux import KUSTOMIZATION
from rbacgraph.model.kubernetes.meta import Object, pack_origin
from rbacgraph.model.kubernetes.rbac import ClusterRoleBinding, RoleBinding
from rbacgraph.sources.diagnostics.file_problems import Reports
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.complete_lists import listed_by, out_of_place
from rbacgraph.sources.objects.deciding_fields import (
    ENCRYPTED,
    GRANTING,
    hidden_fields,
    hides_kind,
    is_printed,
)
from rbacgraph.sources.objects.dumps import Dumps
from rbacgraph.sources.objects.interning import Interner
from rbacgraph.sources.objects.kind_reader import KindSlot, ListContext, kind_name
from rbacgraph.sources.objects.openshift_roles import API_VERSION

_RBAC = frozenset({"roles", "cluster_roles", "role_bindings", "cluster_role_bindings"})


class Doubtful(NamedTuple):
    """An object that hides something that counts.

    ``slot``, ``value``: how it is decoded, and its value.
    ``line``, ``text``: where it begins, and its text unless other objects share that.
    ``found``: the object; None if it is refused as it stands, which ``refuse`` reports.
    ``file``, ``base``: its file, with the origin of that.
    """

    slot: KindSlot
    value: object
    line: int
    text: bytes | None
    found: Object | None = None
    refuse: Callable[[], None] | None = None
    file: str = ""
    base: int = 0


class Collector:
    """Everything that was read so far, by field of the snapshot.

    ``failed`` are the kinds of which an item of some List could not be read: it may be any of them.
    ``report`` reports problems of the current file, ``documents`` counts its documents, and
    ``headless`` those that are no object for want of a kind or an apiVersion, as ``skipped`` has
    them; ``encrypted`` says whether SOPS encrypted a part of it, and is None where nobody looked;
    ``plain`` whether nothing in it is hidden; ``meanwhile`` is called while other processes start
    to read.
    """

    def __init__(self, problems: Problems, default_namespace: str = "default") -> None:
        self.problems = problems
        self.report = Reports(problems)
        self.files: list[str] = []
        self.objects: dict[str, list[Object]] = {kind.field: [] for kind in object_kinds.KINDS}
        self.skipped: Counter[str] = Counter()
        self.headless: Counter[str] = Counter()
        self.openshift_roles = False
        self.listed: set[tuple[str, str]] = set()
        self.partial: set[str] = set()
        self.failed: set[str] = set()
        self.server_versions: list[str] = []
        self.snapshots: list[Snapshot] = []
        self.dumps = Dumps(problems)
        self.doubtful: list[Doubtful] = []
        self.kustomizations: list[tuple[str, object]] = []
        self.encrypted: bool | None = None
        self.plain = False
        self.opened = 0
        self.base = 0
        self.documents = 0
        self.meanwhile: Callable[[], object] | None = None
        self._default_namespace = default_namespace
        self._marks: dict[str, int] = {}
        self._shared = Interner()
        self._shared_up_to = self._lengths()
        self._slots: dict[tuple[str, str], KindSlot | None] = {}

    # --- files ---------------------------------------------------------------------

    def open_file(self, name: str) -> None:
        """Begin a file: the next objects come from it."""
        self.opened += 1
        self.files.append(name)
        self.encrypted = None
        self.plain = False
        self.report.begin(name)
        self.base = pack_origin(len(self.files) - 1, 0)
        self.documents = 0
        self.headless.clear()
        self._marks = self._lengths()

    def close_file(self) -> bool:
        """End a file: drop unusable objects, and set namespaces; return whether it had objects."""
        held = False
        defaulted: list[int] = []
        ignored: list[int] = []
        for field, mark in self._marks.items():
            if len(self.objects[field]) > mark:
                held = True
                self._drop_unusable(field, mark)
                _drop_marks(self.objects[field][mark:] if field in _RBAC else ())
                if object_kinds.NAMESPACED[field]:
                    defaulted += self._set_namespace(field, mark, self._default_namespace)
                else:
                    ignored += self._set_namespace(field, mark, "")
        if defaulted:
            self.report.default_namespace(min(defaulted), len(defaulted), self._default_namespace)
        if ignored:
            self.report.cluster_scoped_namespace(min(ignored), len(ignored))
        return held

    def _drop_unusable(self, field: str, mark: int) -> None:
        objects = self.objects[field][mark:]
        unusable = [found for found in objects if not found.metadata.name or _has_no_place(found)]
        if field.endswith("role_bindings"):
            unusable += filter(_grants_no_role, objects)
        if unusable:
            self._shared_up_to[field] = mark
            dropped = {id(found) for found in unusable}
            self.objects[field][mark:] = [o for o in objects if id(o) not in dropped]
        for found in unusable:
            self._report_unusable(found, kind_name(field, found), found.origin - self.base)

    def _report_unusable(self, found: Object, kind: str, line: int) -> None:
        name = found.metadata.name
        if not name:
            self.report.nameless(line, kind)
        elif _has_no_place(found):
            self.report.encrypted_name(line, kind, grants=kind in GRANTING)
        else:
            path = "/".join(filter(None, (found.metadata.namespace, name)))
            self.report.missing_role_ref(line, f"{kind} {path}")

    def _set_namespace(self, field: str, mark: int, default: str) -> list[int]:
        """Set or remove namespaces; return the lines of the objects that this changed."""
        lines = []
        for found in self.objects[field][mark:]:
            if bool(found.metadata.namespace) != bool(default):
                force_setattr(found.metadata, "namespace", default)
                lines.append(found.origin - self.base)
        return lines

    def take(self, snapshot: Snapshot) -> None:
        """Take over the content of the current file, which is a snapshot of other files."""
        self.documents += 1
        file = self.files.pop()
        self.dumps.take(snapshot.dumps, file)
        moved = pack_origin(len(self.files) - 1, 0)
        several = {
            "service_accounts": snapshot.service_account_versions,
            "namespaces": snapshot.namespace_versions,
            "secrets": snapshot.secret_versions,
        }
        for field, found in snapshot.objects():
            objects = _with_versions(found, several.get(field, ()))
            for one in objects if moved else ():
                if one.origin:
                    force_setattr(one, "origin", one.origin + moved)
            self.objects[field] += objects
        self.files += snapshot.files
        self.listed |= snapshot.listed
        self.partial |= snapshot.partial
        self.skipped.update(snapshot.skipped)
        self.openshift_roles |= snapshot.openshift_roles
        if snapshot.kubernetes_version:
            self.server_versions.append("{}.{}".format(*snapshot.kubernetes_version))
        self.problems.take(snapshot.diagnostics)
        self.snapshots.append(snapshot)
        self._marks = self._lengths()

    # --- objects -------------------------------------------------------------------

    def share(self) -> None:
        """Merge equal parts of objects; calling it often lets memory be reused."""
        for field, objects in self.objects.items():
            done = self._shared_up_to[field]
            if len(objects) > done:
                self._shared.share(objects[done:])
                self._shared_up_to[field] = len(objects)

    def slot(self, api_version: str, kind: str) -> KindSlot | None:
        """Return the slot of objects with this header; None for kinds that are not read."""
        key = (api_version, kind)
        try:
            return self._slots[key]
        except KeyError:
            found = object_kinds.find(api_version, kind)
            slot = KindSlot(found, self.objects[found.field], self.skipped) if found else None
            self._slots[key] = slot
            self.openshift_roles |= found is not None and api_version == API_VERSION
            return slot

    def add(self, slot: KindSlot, found: Object, line: int) -> None:
        """Keep one object."""
        force_setattr(found, "origin", self.base + line)
        slot.append(found)

    def doubt(self, one: Doubtful) -> bool:
        """Keep an object to look at once all is read, if it hides anything that counts."""
        kind, value = one.slot.kind.name, one.value
        if self.plain and kind != KUSTOMIZATION:
            return False
        printed = is_printed(value)
        if kind == KUSTOMIZATION and not printed:
            self.kustomizations.append((self.report.file, value))
        may_be_filled = one.found is None and not printed and "${" in str(value)
        doubtful = may_be_filled or bool(one.found and hidden_fields(kind, value))
        if doubtful:
            self.doubtful.append(one._replace(file=self.report.file, base=self.base))
        return doubtful

    def settle(self, filled: Iterable[tuple[Doubtful, Object]]) -> None:
        """Take objects in place of what they were before their placeholders were filled in."""
        places = {
            id(one): at for objects in self.objects.values() for at, one in enumerate(objects)
        }
        for one, found in filled:
            field, before = one.slot.kind.field, one.found
            self.report.begin(one.file)
            self.base, self._marks = one.base, self._lengths()
            if before is None:
                self.add(one.slot, found, one.line)
                self.close_file()
            elif id(before) in places:
                force_setattr(found, "origin", before.origin)
                if bool(found.metadata.namespace) != bool(before.metadata.namespace):
                    force_setattr(found.metadata, "namespace", before.metadata.namespace)
                _drop_marks([found] if field in _RBAC else ())
                self.objects[field][places[id(before)]] = found

    def skip(
        self, line: int, api_version: str, kind: str, context: ListContext | None = None
    ) -> None:
        """Count an object of a kind that is not read; report it if it looks like a mistake."""
        hidden = hides_kind(api_version, kind)
        if hidden:
            value = kind if hidden == "kind" else api_version
            shown = "" if value.startswith(ENCRYPTED) else value
            self.report.hidden(line, "an object", hidden, shown, grants=True)
        if hidden or kind.startswith(ENCRYPTED):
            api_version = kind = ""
        title = object_kinds.title(api_version, kind)
        self.skipped[title] += 1
        self.headless[title] += not (api_version and kind)
        meant = object_kinds.misnamed(api_version, kind)
        if hidden:
            pass
        elif not kind and (api_version or context):
            self.report.missing_kind(line)
        elif meant and not api_version:
            self.report.missing_api_version(line, kind)
        elif meant:
            self.report.wrong_api_version(line, kind, api_version, meant.groups)
        else:
            return
        if context:
            context.failed.add(kind)

    def no_object(self, line: int, context: ListContext | None) -> None:
        """Report an item of a List that is no object; ignore it in lists of other things."""
        if context:
            context.failed.add("")
            self.report.not_an_object(line)
        else:
            self.skip(line, "", "")

    # --- lists ---------------------------------------------------------------------

    def begin_list(self) -> ListContext:
        """Begin a List: the next objects are its items."""
        return ListContext(self._lengths())

    def empty_list(self, context: ListContext, line: int) -> None:
        """Report a List with null instead of items, unless a server wrote it."""
        item = object_kinds.item_kind(context.kind)
        kind = object_kinds.find(context.api_version, item)
        known = not item or (kind and not kind.few)
        if known and not context.meta.resource_version:
            self.report.empty_list(line, context.kind)

    def end_list(self, context: ListContext, line: int) -> None:
        """End a List, and record what the server listed completely."""
        if context.meta.continue_:
            self.report.partial_list(line, context.kind)
        if context.meta.continue_ or not context.whole:
            item = object_kinds.item_kind(context.kind)
            if not item or object_kinds.find(context.api_version, item):
                self.partial.add(item)
        items = {field: self.objects[field][mark:] for field, mark in context.marks.items()}
        self.listed |= listed_by(context, items, self.report.file)
        self.failed |= context.failed
        found = out_of_place(context, items)
        if found:
            (field, one), number = found
            path = "/".join(filter(None, (one.metadata.namespace, one.metadata.name)))
            title = f"{kind_name(field, one)} {path}"
            self.report.no_uid(one.origin - self.base, title, number - 1)

    def _lengths(self) -> dict[str, int]:
        return {field: len(objects) for field, objects in self.objects.items()}

    def kubelet_versions(self) -> list[str]:
        """The versions that the nodes report."""
        nodes = [node for node in self.objects["nodes"] if isinstance(node, Node)]
        infos = [node.status.node_info for node in nodes if node.status]
        return [info.kubelet_version for info in infos if info]


def _drop_marks(objects: Iterable[Object]) -> None:
    """Remove the marks that only rbacgraph itself gives roles and bindings."""
    for found in objects:
        for name in ("assumed", "reviewed"):
            if getattr(found, name, False):
                force_setattr(found, name, False)


def _has_no_place(found: Object) -> bool:
    """Whether SOPS encrypted the name or the namespace of an object."""
    metadata = found.metadata
    return metadata.name.startswith(ENCRYPTED) or metadata.namespace.startswith(ENCRYPTED)


def _grants_no_role(found: Object) -> bool:
    assert isinstance(found, RoleBinding | ClusterRoleBinding)
    return bool(found.metadata.name) and not (found.role_ref.name and found.role_ref.kind)


def _with_versions(objects: Sequence[Object], versions: Sequence[Object]) -> Sequence[Object]:
    """Return objects, with their versions in place of what was made of these."""
    if not versions:
        return objects
    names = {(one.metadata.namespace, one.metadata.name) for one in versions}
    kept = (one for one in objects if (one.metadata.namespace, one.metadata.name) not in names)
    return [*kept, *versions]
