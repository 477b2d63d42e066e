"""Decodes the objects of one kind, and keeps the state of a List that is being read."""

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from msgspec import Struct, ValidationError, convert, field, json

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.object_kinds import SYSTEM, Closer, Few, Kind
from rbacgraph.sources.objects.wire import ListMeta

_Kept = TypeVar("_Kept", bound=Object)

CUT_OUT = "was cut out of a snapshot of rbacgraph"


class KindSlot:
    """The slot of one kind: how to decode objects, and the list that keeps them."""

    __slots__ = ("append", "decode", "kind", "objects")

    def __init__(self, kind: Kind, objects: list[Object], skipped: Counter[str]) -> None:
        self.kind = kind
        self.objects = objects
        self.append = objects.append
        if kind.few:
            self.append = _appended(kind.name, kind.few, objects, skipped)
        self.decode: Callable[[Any], Object] = json.Decoder(kind.wire).decode
        if kind.keep:
            self.decode = _kept(kind.keep, self.decode, kind.closer)

    def may_keep(self, text: bytes) -> bool:
        """Whether an object with this text may be kept."""
        few = self.kind.few
        return few is None or few.marks.search(text) is not None

    def may_be_kept(self, value: object) -> bool:
        """Whether a parsed value may be an object that is kept."""
        few = self.kind.few
        if few is None:
            return True
        metadata = value.get("metadata") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(metadata, dict):
            return False
        name, labels = metadata.get("name"), metadata.get("labels")
        return isinstance(name, str) and few.may_be_kept(name, labels, value.get("data"))

    def parse(self, value: object) -> Object:
        """Return the wire object of a parsed value, as if decoded from its bytes."""
        return convert(value, self.kind.wire)

    def finish(self, wire: Object, value: object) -> Object:
        """Return the model's object; ``value`` is the source of the wire object."""
        found = self.kind.keep(_uncut(wire)) if self.kind.keep else wire
        closer = self.kind.closer
        return closer(found, value) if closer and found.metadata.namespace == SYSTEM else found


def _appended(
    kind: str, few: Few, objects: list[Object], skipped: Counter[str]
) -> Callable[[Object], None]:
    """Return a function that keeps few objects, and counts all others as not read."""

    def append(found: Object) -> None:
        if few.is_kept(found):
            objects.append(found)
        else:
            skipped[kind] += 1

    return append


def _kept(
    keep: Callable[[Any], Object], decode: Callable[[Any], Object], closer: Closer | None
) -> Callable[[Any], Object]:
    """Return a function that decodes and keeps, with a closer look at control-plane objects."""
    if closer is None:
        return lambda data: keep(_uncut(decode(data)))

    def looked_at(data: Any) -> Object:  # noqa: ANN401 - any buffer
        found = keep(_uncut(decode(data)))
        return closer(found, data) if found.metadata.namespace == SYSTEM else found

    return looked_at


def _uncut(wire: Object) -> Object:
    """Refuse an object cut out of a snapshot: its form is not that of Kubernetes."""
    if wire.origin:
        raise ValidationError(CUT_OUT)
    return wire


DEEPEST = 90
"""The deepest nesting of Lists; the exact YAML reader accepts no more either."""


class ListContext(Struct):
    """A List that is being read: its own fields, and its faults.

    ``nested`` says whether it holds other Lists: then no server wrote it.
    """

    marks: dict[str, int]
    kind: str = ""
    api_version: str = ""
    meta: ListMeta = ListMeta()
    whole: bool = True
    nested: bool = False
    failed: set[str] = field(default_factory=set)

    def item_header(self) -> tuple[str, str]:
        """``apiVersion`` and ``kind`` of the items of a typed list, which omits them."""
        kind = object_kinds.item_kind(self.kind)
        return (self.api_version if kind else "", kind)


def nest(outer: ListContext | None) -> None:
    """Record that a List, if it is one, holds another."""
    if outer:
        outer.nested = True


def by_kind(field: str, objects: list[_Kept]) -> dict[str, list[_Kept]]:
    """Group the objects of a field by kind."""
    if not objects:
        return {}
    if field not in object_kinds.SAYING:
        return {_NAME[field]: objects}
    found: defaultdict[str, list[_Kept]] = defaultdict(list)
    for workload in objects:
        found[kind_name(field, workload)].append(workload)
    return found


def kind_name(field: str, found: Object) -> str:
    """Return the kind of an object that is kept in a field."""
    kind: str = getattr(found, "kind", "")
    return kind if field in object_kinds.SAYING else _NAME[field]


_NAME = {kind.field: kind.name for kind in object_kinds.KINDS}
