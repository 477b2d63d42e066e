"""Finds Secrets that operators make from custom resources."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import Namespace
from rbacgraph.model.kubernetes.external_secrets import THIS_CLUSTER, SecretPush
from rbacgraph.model.kubernetes.meta import LabelSelector, Object
from rbacgraph.model.kubernetes.secret_makers import SecretMaker


class Maker(NamedTuple):
    """The custom resource from which a Secret is made."""

    kind: str
    obj: Object

    def __str__(self) -> str:
        """Return its printed name."""
        metadata = self.obj.metadata
        place = f"{metadata.namespace}/" if metadata.namespace else ""
        return f"{self.kind} {place}{metadata.name}"


def made_secrets(snapshot: Snapshot) -> Mapping[Key, Maker]:
    """Return the Secrets that operators make, each with its first custom resource.

    A cluster-scoped resource's Secrets are in the namespaces that it names, and in those of the
    input whose labels it selects.
    """
    found: dict[Key, Maker] = {}
    for key, maker in _made(snapshot):
        found.setdefault(key, maker)
    return found


def _made(snapshot: Snapshot) -> Iterator[tuple[Key, Maker]]:
    for sealed in snapshot.sealed_secrets:
        yield (sealed.metadata.namespace, sealed.metadata.name), Maker("SealedSecret", sealed)
    for obj in snapshot.secret_makers:
        for name in obj.names:
            yield (obj.metadata.namespace, name), Maker(obj.kind, obj)
        for key in obj.elsewhere:
            yield key, Maker(obj.kind, obj)
    for obj in snapshot.cluster_secret_makers:
        for namespace in namespaces_of(snapshot, obj):
            for name in obj.names:
                yield (namespace, name), Maker(obj.kind, obj)
    yield from _pushed(snapshot)


def _pushed(snapshot: Snapshot) -> Iterator[tuple[Key, Maker]]:
    """Yield the Secrets that are written to this cluster as to a store."""
    stores = (*snapshot.secret_stores, *snapshot.cluster_secret_stores)
    own = {
        (one.kind, one.metadata.namespace, one.metadata.name): one.prefix
        for one in stores
        if one.system == THIS_CLUSTER
    }
    pushes = (*snapshot.secret_pushes, *snapshot.cluster_secret_pushes) if own else ()
    for push in pushes:
        for home in ("", push.metadata.namespace, *namespaces_of(snapshot, push)):
            for remote in push.remotes:
                namespace = own.get((remote.store_kind, home, remote.store))
                if namespace:
                    yield (namespace, remote.key), Maker(push.kind, push)


def namespaces_of(snapshot: Snapshot, resource: SecretMaker | SecretPush) -> Iterable[str]:
    """Return the namespaces for which a cluster-scoped resource acts."""
    return dict.fromkeys((*resource.namespaces, *_selected(snapshot, resource.selected)))


def labels_of(namespace: Namespace) -> dict[str, str]:
    """Return the labels of a Namespace, with the one that the API server sets."""
    name = namespace.metadata.name
    return {**(namespace.metadata.labels or {}), "kubernetes.io/metadata.name": name}


def _selected(snapshot: Snapshot, selectors: Sequence[LabelSelector]) -> Iterator[str]:
    for namespace in snapshot.namespaces if selectors else ():
        labels = labels_of(namespace)
        if any(selector_matches(selector, labels) for selector in selectors):
            yield namespace.metadata.name
