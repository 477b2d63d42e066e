"""Which names a new object may have: the API server refuses others (HTTP 422).

The names of Kubernetes' own kinds are a table, :mod:`rbacgraph.model.object_names`. A custom
resource is called by a DNS subdomain: kubernetes
``staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/validator.go``
(``customResourceValidator.Validate``). Every name, also of a kind that is not known, is one segment
of a path: ``staging/src/k8s.io/apiserver/pkg/registry/rest/create.go`` (``BeforeCreate``).
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.node import is_path_segment, is_subdomain
from rbacgraph.model.object_names.rows import name_rows

_Key = tuple[str, str]
"""An API group and a resource."""

_YET_TO_BE_FILLED_IN = ("{{", "${", "$(")
"""Templates of Helm, of Flux and envsubst, and of Kustomize: the cluster has another name."""


def may_be_made(world: Facts, key: _Key, name: str) -> bool:
    """Whether an object of a kind may be created by a name; ``""`` stands for any.

    A name that an object of that kind in the input has counts, whatever it is.
    """
    rows = name_rows().get(key, ())
    every = all(row.allows(name) for row in rows) if rows else is_subdomain(name)
    if not name or every or any(mark in name for mark in _YET_TO_BE_FILLED_IN):
        return True  # most names are so, and depend on nothing else
    return world.part(ObjectNames).may_be_made(key, name)


class ObjectNames(WorldPart):
    """The names of a cluster's objects, and those that its server takes."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._held: dict[_Key, frozenset[str]] = {}

    def may_be_made(self, key: _Key, name: str) -> bool:
        """Whether an object of a kind may be created by a name."""
        return self._is_legal(key, name) or name in self._names(key)

    def _is_legal(self, key: _Key, name: str) -> bool:
        snapshot = self._world.snapshot
        rows = name_rows().get(key, ())
        if rows:
            version = snapshot.kubernetes_version
            return any(row.allows(name) for row in rows if row.is_of(version))
        return is_path_segment(name) and key not in snapshot.served

    def _names(self, key: _Key) -> frozenset[str]:
        """Return the names that objects of a kind have, in any namespace."""
        if key not in self._held:
            self._held[key] = frozenset(one.metadata.name for one in self._objects(key))
        return self._held[key]

    def _objects(self, key: _Key) -> Iterator[Object]:
        snapshot, rows = self._world.snapshot, name_rows().get(key, ())
        if rows:
            for one in getattr(snapshot, rows[0].kept) if rows[0].kept else ():
                kind = getattr(one, "kind", "")  # of workloads, which are in one field
                if not kind or f"{kind.lower()}s" == key[1]:
                    yield one
            return
        kinds = {one.kind for one in snapshot.custom_resources if (one.group, one.resource) == key}
        for _, objects in snapshot.objects():
            for one in objects:
                if (getattr(one, "kind", "") or type(one).__name__) in kinds:
                    yield one
