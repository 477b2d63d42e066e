"""A write of a role or binding that must stay allowed: escalation prevention is part of it."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct

from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from rbacgraph.model.request import Request

Kind = Literal["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]

KINDS: Mapping[str, Kind] = {
    "roles": "Role",
    "clusterroles": "ClusterRole",
    "rolebindings": "RoleBinding",
    "clusterrolebindings": "ClusterRoleBinding",
}
"""The kinds whose writes escalation prevention looks at, by resource."""

WRITES = frozenset({"create", "update", "patch"})


class RbacWrite(Struct, frozen=True, kw_only=True):
    """One role or binding that somebody writes.

    Parameters
    ----------
    verb:
        ``create``, ``update`` or ``patch``.
    kind, namespace, name:
        The role or binding; without a name where nobody gave one (``generateName``).
    rules:
        What is passed on: the rules of the role, or of the role that the binding refers to.
        None where nothing tells.
    role_kind, role:
        The role that a binding refers to, ``""`` where nothing tells, and for roles.
    aggregated:
        Whether the ClusterRole has an ``aggregationRule``, or had.
    evidence:
        How the write is known: ``audit log``, or the file and line of a statement.
    """

    verb: str
    kind: Kind
    namespace: str = ""
    name: str = ""
    rules: tuple[PolicyRule, ...] | None = None
    role_kind: str = ""
    role: str = ""
    aggregated: bool = False
    evidence: str = ""

    @property
    def is_role(self) -> bool:
        """Whether a role is written, not a binding."""
        return not self.kind.endswith("Binding")

    @property
    def resource(self) -> str:
        """The resource of the kind: ``roles`` …."""
        return f"{self.kind.lower()}s"


class DoubtfulWrite(Struct, frozen=True, kw_only=True):
    """A write of a role or binding that may fail once a suggestion is applied.

    Parameters
    ----------
    principal:
        Who writes.
    verb, kind, namespace, name, evidence:
        As for :class:`RbacWrite`.
    known:
        Whether it is known what the write passes on: then the API server refuses it; else it
        refuses what the writer no longer holds.
    """

    principal: str
    verb: str
    kind: Kind
    namespace: str
    name: str
    evidence: str
    known: bool


def written_by(request: Request, evidence: str) -> Iterator[RbacWrite]:
    """Yield the writes of roles and bindings that a request is, or may be where it has a ``*``.

    Examples
    --------
    >>> create = Request("create", "rbac.authorization.k8s.io", "roles", namespace="shop")
    >>> [(write.verb, write.kind, write.namespace) for write in written_by(create, "need.txt:1")]
    [('create', 'Role', 'shop')]
    """
    if request.verb not in WRITES or request.subresource or request.group not in {RBAC_GROUP, "*"}:
        return
    for resource, kind in KINDS.items():
        if request.resource == resource or (
            request.resource == "*" and not (request.namespace and kind.startswith("Cluster"))
        ):
            yield RbacWrite(
                verb=request.verb,
                kind=kind,
                namespace=request.namespace,
                name=request.name,
                evidence=evidence,
            )
