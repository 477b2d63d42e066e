"""Finds which kinds a server listed completely: only then is an absence proof."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.openshift import CONSTRAINTS
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.kind_reader import ListContext, by_kind

# The files of one namespace that `kubectl cluster-info dump --output-directory` writes.
_DUMPED = frozenset(
    {
        "daemonsets.json",
        "deployments.json",
        "pods.json",
        "replicasets.json",
        "replication-controllers.json",
        "services.json",
    }
)

_IN_EVERY_LIST = {CONSTRAINTS: "privileged"}
"""An object that every complete list of a kind holds: OpenShift keeps it there."""


def listed_by(
    context: ListContext, items: Mapping[str, list[Object]], file: str
) -> set[tuple[str, str]]:
    """Return what a List shows to be complete: (kind, namespace), namespace ``""`` for all.

    Only a List that a server made shows that. In a plain List all items that are read carry a
    ``uid``: what a person writes, or adds to a dump, mostly has none. A typed list (``PodList``)
    has a ``resourceVersion`` (a list from a kubelet, which knows the Pods of one node, has none).
    Objects of a namespaced kind are complete for the whole cluster if the List spans two
    namespaces or more (``-A``), else for its one namespace. Kinds without any object in the List
    are not known to be empty, except the kind of a typed list: for the whole cluster if it is
    cluster-scoped, for one namespace if the file is part of a cluster-info dump. An unreadable
    item, or a List that is cut off or one page of many, proves nothing. A List does not show that
    it was narrowed by labels or names, except where it lacks what every server has.
    """
    typed = object_kinds.item_kind(context.kind)
    unreliable = (
        context.nested or not context.whole or context.meta.continue_ or "" in context.failed
    )
    if unreliable or (typed and not context.meta.resource_version):
        return set()
    if not typed and any(True for _ in _without_uid(items)):
        return set()
    spans: dict[str, set[str]] = {}
    for field, objects in items.items():
        for name, group in by_kind(field, objects).items():
            span = {o.metadata.namespace for o in group}
            always = _IN_EVERY_LIST.get(name)
            if always is None or any(o.metadata.name == always for o in group):
                spans[name] = span
    everywhere = {namespace for span in spans.values() for namespace in span if namespace}
    listed = {
        (name, "" if span == {""} or len(everywhere) > 1 else max(span))
        for name, span in spans.items()
        if name not in context.failed
    }
    if typed and typed not in {*spans, *context.failed, *_IN_EVERY_LIST}:
        listed |= _listed_empty(context, typed, PurePath(file))
    return listed


def out_of_place(
    context: ListContext, items: Mapping[str, list[Object]]
) -> tuple[tuple[str, Object], int] | None:
    """Return the first item, with its field, that shows a plain List to be no server's.

    With it, how many there are. None if there is none, or if no item is as a server writes it.
    """
    if object_kinds.item_kind(context.kind) or context.nested:
        return None
    found = list(_without_uid(items))
    if not found or len(found) == sum(map(len, items.values())):
        return None
    return min(found, key=lambda one: one[1].origin), len(found)


def _without_uid(items: Mapping[str, list[Object]]) -> Iterator[tuple[str, Object]]:
    return ((name, o) for name, objects in items.items() for o in objects if not o.metadata.uid)


def _listed_empty(context: ListContext, name: str, path: PurePath) -> set[tuple[str, str]]:
    kind = object_kinds.find(context.api_version, name)
    if kind is None:
        return set()
    if not kind.namespaced:
        return {(name, "")}
    if path.name in _DUMPED and path.parent.name:
        return {(name, path.parent.name)}
    return set()
