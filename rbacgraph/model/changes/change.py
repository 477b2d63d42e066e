"""Changes to a cluster: objects that are written anew, or deleted."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole, ClusterRoleBinding

Changed = AnyRole | AnyBinding | ServiceAccount
"""What a change may write."""

Key = tuple[str, str, str]
"""Kind, namespace and name of an object."""


class Change(Struct, frozen=True, kw_only=True):
    """One object that is made, written anew or deleted.

    Parameters
    ----------
    before:
        What there is, None where the object is made.
    after:
        What is to be, None where it is deleted. A ServiceAccount is told only as far as
        it changes.
    why:
        The reason, as half a sentence.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import RbacMeta
    >>> from rbacgraph.model.kubernetes.rbac import PolicyRule, Role
    >>> rule = PolicyRule(("get",), ("",), ("secrets",))
    >>> old = Role(metadata=RbacMeta("reader", "shop"), rules=(rule,))
    >>> change = Change(before=old, after=None, why="nobody uses it")
    >>> change.action, change.key
    ('delete', ('Role', 'shop', 'reader'))
    """

    before: Changed | None
    after: Changed | None
    why: str

    @property
    def action(self) -> Literal["create", "update", "delete"]:
        """What is done."""
        if self.before is None:
            return "create"
        return "update" if self.after is not None else "delete"

    @property
    def key(self) -> Key:
        """Which object."""
        obj = self.after if self.before is None else self.before
        assert obj is not None, "a change has an object"
        return key_of(obj)


def key_of(obj: Changed) -> Key:
    """Kind, namespace and name of a role, binding or ServiceAccount."""
    kind = type(obj)
    cluster = kind is ClusterRole or kind is ClusterRoleBinding
    return kind.__name__, "" if cluster else obj.metadata.namespace, obj.metadata.name


def changeable(snapshot: Snapshot) -> Iterator[Changed]:
    """Yield the objects of a cluster that a change may write."""
    yield from snapshot.roles
    yield from snapshot.cluster_roles
    yield from snapshot.role_bindings
    yield from snapshot.cluster_role_bindings
    yield from snapshot.service_accounts
