"""What may allow a request unseen: lists that did not come whole, an API server."""

from collections.abc import Collection, Iterator

from msgspec.structs import replace

from rbacgraph.authz.always_allow import opening
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.model.decision import Decision
from rbacgraph.model.rbac import AnyBinding, AnyRole, ClusterRole
from rbacgraph.model.snapshot import Snapshot

_ROLES = frozenset({"ClusterRole", "Role"})
_EVERYWHERE = ("ClusterRole", "ClusterRoleBinding")
_IN_NAMESPACES = ("Role", "RoleBinding")


def unseen_rights(snapshot: Snapshot, namespace: str) -> tuple[str, ...]:
    """Name what may give anybody rights in a namespace and is not seen.

    These are lists that are not complete, or an API server that allows everything on a condition.

    Parameters
    ----------
    snapshot:
        What was read. Files are taken to hold what their owner wants to be looked at, but for
        Lists of which they hold a part.
    namespace:
        The one that is asked about; ``""`` for the whole cluster.
    """
    return (*_lists(snapshot, namespace, _ROLES), *_doubted(snapshot))


def as_far_as_seen(
    authorizer: Authorizer,
    no: Decision,
    namespace: str,
    user: str,
    groups: Collection[str],
    *,
    asked: str = "",
) -> Decision:
    """Return a "no" with what may allow it all the same; as it is where it is certain.

    Parameters
    ----------
    authorizer:
        The RBAC that was seen. Of lists of roles only those count that may hold one that a
        binding of the user's grants.
    no:
        What follows from it.
    namespace:
        That of the request; ``""`` for the whole cluster.
    user, groups:
        Who asks.
    asked:
        The kind of a role that the question itself is about.
    """
    snapshot = authorizer.snapshot
    missing = unseen_rights(snapshot, namespace)
    if missing:
        applying = authorizer.bindings_for(user, groups, namespace)
        unread = {b.role_ref.kind for b in applying if _is_unread(authorizer, b)}
        missing = (*_lists(snapshot, namespace, {*unread, asked}), *_doubted(snapshot))
    if not missing:
        return no
    return replace(no, reason=f"as far as rights were seen: {no.reason}", missing=missing)


def _is_unread(authorizer: Authorizer, binding: AnyBinding) -> bool:
    """Whether the role of a binding is not there, or may have other rules than are known."""
    roles = authorizer.roles_of(binding)
    return not roles or any(role.assumed or _is_computed(role) for role in roles)


def _is_computed(role: AnyRole) -> bool:
    """Whether the rules of a role were filled in from other roles, and not by a server."""
    aggregated = isinstance(role, ClusterRole) and role.aggregation_rule is not None
    return aggregated and not role.metadata.uid


def _lists(snapshot: Snapshot, namespace: str, roles: Collection[str]) -> Iterator[str]:
    """Name the lists that are partial: of bindings, and of these kinds of roles."""
    for kind in _EVERYWHERE:
        if (kind not in _ROLES or kind in roles) and snapshot.is_partial(kind):
            yield f"a complete list of {kind}s"
    for kind in _IN_NAMESPACES if namespace else ():
        if (kind not in _ROLES or kind in roles) and snapshot.is_partial(kind, namespace):
            yield f"a complete list of {kind}s in {namespace}"


def _doubted(snapshot: Snapshot) -> Iterator[str]:
    found = opening(snapshot)
    if found and found.condition:
        yield f"whether AlwaysAllow allows it, as it does if {found.condition}"
