"""What may allow a request unseen: lists that a live cluster did not show, an API server."""

from collections.abc import Iterator

from rbacgraph.authz.always_allow import opening
from rbacgraph.model.snapshot import Snapshot

_EVERYWHERE = ("ClusterRole", "ClusterRoleBinding")
_IN_NAMESPACES = ("Role", "RoleBinding")


def unseen_rights(snapshot: Snapshot, namespace: str) -> tuple[str, ...]:
    """Name what may give rights in a namespace and is not seen.

    These are lists that are not complete, or an API server that allows everything on a condition.

    Parameters
    ----------
    snapshot:
        What was read. Files are taken to hold what their owner wants to be looked at.
    namespace:
        The one that is asked about; ``""`` for the whole cluster.
    """
    lists = _unseen(snapshot, namespace) if snapshot.collected else ()
    return (*lists, *_doubted(snapshot))


def _doubted(snapshot: Snapshot) -> Iterator[str]:
    found = opening(snapshot)
    if found and found.condition:
        yield f"whether AlwaysAllow allows it, as it does if {found.condition}"


def _unseen(snapshot: Snapshot, namespace: str) -> Iterator[str]:
    for kind in _EVERYWHERE:
        if not snapshot.is_listed(kind):
            yield f"a complete list of {kind}s"
    for kind in _IN_NAMESPACES if namespace else ():
        if not snapshot.is_listed(kind, namespace):
            yield f"a complete list of {kind}s in {namespace}"
