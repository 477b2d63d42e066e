"""A write of a role or binding that must stay allowed, escalation prevention included."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct, field

from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from rbacgraph.model.request import Request

RbacKind = Literal["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]

KINDS: Mapping[str, RbacKind] = {
    "roles": "Role",
    "clusterroles": "ClusterRole",
    "rolebindings": "RoleBinding",
    "clusterrolebindings": "ClusterRoleBinding",
}
"""The kinds whose writes escalation prevention looks at, by resource."""

WRITES = frozenset({"create", "update", "patch"})


class RbacWrite(Struct, frozen=True, kw_only=True):
    """One role or binding that a user writes.

    ``verb``: ``create``, ``update`` or ``patch``.
    ``kind``, ``namespace``, ``name``: the role or binding; no name where the request gave none
        (``generateName``).
    ``rules``: the rules that the write passes on: of the role, or of the role that the binding
        names. None where they are not known.
    ``role_kind``, ``role``: the role that a binding names, ``""`` where it is not known, and for
        roles.
    ``aggregated``: whether the ClusterRole has, or used to have, an ``aggregationRule``.
    ``evidence``: how the write is known: by the log, or by a statement.
    """

    verb: str
    kind: RbacKind
    namespace: str = ""
    name: str = ""
    rules: tuple[PolicyRule, ...] | None = None
    role_kind: str = ""
    role: str = ""
    aggregated: bool = False
    evidence: NeedEvidence = field(default_factory=NeedEvidence)

    @property
    def is_role(self) -> bool:
        """Whether a role is written, rather than a binding."""
        return not self.kind.endswith("Binding")

    @property
    def resource(self) -> str:
        """The resource of the kind: ``roles`` …."""
        return f"{self.kind.lower()}s"


class DoubtfulWrite(Struct, frozen=True, kw_only=True):
    """A write of a role or binding that may fail once a suggestion is applied.

    ``principal``: the writing principal.
    ``verb``, ``kind``, ``namespace``, ``name``, ``evidence``: as for :class:`RbacWrite`.
    ``known``: whether the rights that the write passes on are known: then the API server refuses
        the write; else it refuses rights that the writer no longer holds.
    """

    principal: str
    verb: str
    kind: RbacKind
    namespace: str
    name: str
    evidence: NeedEvidence
    known: bool


def written_by(request: Request, evidence: NeedEvidence) -> Iterator[RbacWrite]:
    """Yield the writes of roles and bindings that a request is, or may be if it has a ``*``.

    Examples
    --------
    >>> from rbacgraph.model.inputs.need_evidence import How
    >>> stated = NeedEvidence.of(How.STATED, "need.txt:1")
    >>> create = Request("create", "rbac.authorization.k8s.io", "roles", namespace="shop")
    >>> [(write.verb, write.kind, write.namespace) for write in written_by(create, stated)]
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
