"""Which roles and bindings a live cluster did not show: a right that they give is not seen."""

from collections.abc import Iterator

from rbacgraph.model.snapshot import Snapshot

_EVERYWHERE = ("ClusterRole", "ClusterRoleBinding")
_IN_NAMESPACES = ("Role", "RoleBinding")


def unseen_rights(snapshot: Snapshot, namespace: str) -> tuple[str, ...]:
    """Name the lists that are not complete, of those that give rights in a namespace.

    Parameters
    ----------
    snapshot:
        What was read. Files are taken to hold what their owner wants to be looked at.
    namespace:
        The one that is asked about; ``""`` for the whole cluster.
    """
    return tuple(_unseen(snapshot, namespace)) if snapshot.collected else ()


def _unseen(snapshot: Snapshot, namespace: str) -> Iterator[str]:
    for kind in _EVERYWHERE:
        if not snapshot.is_listed(kind):
            yield f"a complete list of {kind}s"
    for kind in _IN_NAMESPACES if namespace else ():
        if not snapshot.is_listed(kind, namespace):
            yield f"a complete list of {kind}s in {namespace}"
