"""Changes to a cluster: objects to create, replace or delete."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from rbacgraph.model.changes.statement import Statement
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, ClusterRole, ClusterRoleBinding

Changed = AnyRole | AnyBinding | ServiceAccount
"""The objects that a change may write."""

ObjectKey = tuple[str, str, str]
"""Kind, namespace and name of an object."""


class Change(Struct, frozen=True, kw_only=True):
    """One object to create, replace or delete.

    ``before``: the object today; None if the change creates it.
    ``after``: the object after the change; None if the change deletes it. Of a ServiceAccount it
        holds only what changes.
    ``why``: the reason.

    Examples
    --------
    >>> from rbacgraph.model.kubernetes.meta import RbacMeta
    >>> from rbacgraph.model.changes.statement import Say
    >>> from rbacgraph.model.kubernetes.rbac import PolicyRule, Role
    >>> rule = PolicyRule(("get",), ("",), ("secrets",))
    >>> old = Role(metadata=RbacMeta("reader", "shop"), rules=(rule,))
    >>> change = Change(before=old, after=None, why=Say.NOBODY_HAS_IT())
    >>> change.action, change.key
    ('delete', ('Role', 'shop', 'reader'))
    """

    before: Changed | None
    after: Changed | None
    why: Statement

    @property
    def action(self) -> Literal["create", "update", "delete"]:
        """Whether to create, update or delete the object."""
        if self.before is None:
            return "create"
        return "update" if self.after is not None else "delete"

    @property
    def key(self) -> ObjectKey:
        """The object's kind, namespace and name."""
        obj = self.after if self.before is None else self.before
        assert obj is not None, "a change has an object"
        return key_of(obj)


def key_of(obj: Changed) -> ObjectKey:
    """Return kind, namespace and name of a role, binding or ServiceAccount."""
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
