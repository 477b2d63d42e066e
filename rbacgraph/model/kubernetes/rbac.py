"""``rbac.authorization.k8s.io``: roles, bindings and their parts.

Source: kubernetes ``staging/src/k8s.io/api/rbac/v1/types.go``.
"""

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, LabelSelector, Object, RbacMeta
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, user_node

RBAC_GROUP = "rbac.authorization.k8s.io"

RuleField = tuple[str, ...] | None
"""One field of a rule."""


class PolicyRule(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """One rule of a role: verbs on resources, or on non-resource URLs; kept whole."""

    verbs: tuple[str, ...] | None = None
    api_groups: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    resource_names: tuple[str, ...] | None = None
    non_resource_urls: tuple[str, ...] | None = field(default=None, name="nonResourceURLs")


class NamingRule(PolicyRule, frozen=True, gc=False):
    """A rule that allows creating an object only by requests that carry its name.

    A PATCH (server-side apply) and, for some resources, a PUT create a missing object. No object
    of a cluster holds such a rule: rbacgraph derives it from another rule for requests that are
    limited to that rule's names.
    """


class AggregationRule(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``aggregationRule`` of a ClusterRole: a union over its selectors."""

    cluster_role_selectors: tuple[LabelSelector, ...] | None = None


class Role(Object, frozen=True, gc=False, rename="camel"):
    """A Role: rules inside one namespace."""

    metadata: RbacMeta
    rules: tuple[PolicyRule, ...] | None = None
    assumed: bool = field(default=False, name="(assumed)")
    reviewed: bool = field(default=False, name="(reviewed)")


class ClusterRole(Object, frozen=True, gc=False, rename="camel"):
    """A ClusterRole: rules that apply wherever it is bound.

    ``assumed`` marks the bootstrap roles that every API server has and that the input lacks.
    ``reviewed`` marks what stands for the caller's rights as the API server lists them: no object.
    """

    metadata: ClusterRoleMeta
    rules: tuple[PolicyRule, ...] | None = None
    aggregation_rule: AggregationRule | None = None
    assumed: bool = field(default=False, name="(assumed)")
    reviewed: bool = field(default=False, name="(reviewed)")


class Subject(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """A subject of a binding; matching ignores ``apiGroup``."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    api_group: str = ""


class RoleRef(Struct, frozen=True, gc=False, rename="camel"):
    """The one role that a binding grants; immutable."""

    kind: str = ""
    name: str = ""
    api_group: str = RBAC_GROUP


class RoleBinding(Object, frozen=True, gc=False, rename="camel"):
    """Grants a Role or ClusterRole inside its own namespace."""

    metadata: RbacMeta
    role_ref: RoleRef
    subjects: tuple[Subject, ...] | None = None
    assumed: bool = field(default=False, name="(assumed)")
    reviewed: bool = field(default=False, name="(reviewed)")


class ClusterRoleBinding(Object, frozen=True, gc=False, rename="camel"):
    """Grants a ClusterRole everywhere."""

    metadata: RbacMeta
    role_ref: RoleRef
    subjects: tuple[Subject, ...] | None = None
    assumed: bool = field(default=False, name="(assumed)")
    reviewed: bool = field(default=False, name="(reviewed)")


AnyRole = Role | ClusterRole
AnyBinding = RoleBinding | ClusterRoleBinding

Rules = tuple[PolicyRule, ...] | None
"""The rules of a role; many roles share equal ones."""


def meaning_of(rule: PolicyRule) -> tuple[frozenset[str], ...]:
    """Return what a rule says, in any order of its words."""
    return tuple(frozenset(getattr(rule, name) or ()) for name in rule.__struct_fields__)


def holders(subjects: Iterable[Subject] | None, namespace: str) -> frozenset[Node | Subject]:
    """Return whom the subjects of a binding of a namespace are, however they are written.

    Those that no server accepts stay apart.
    """
    return frozenset(_holder(one, namespace) for one in subjects or ())


def _holder(subject: Subject, namespace: str) -> Node | Subject:
    if subject.kind == "Group":
        return GROUP, "", subject.name
    if subject.kind == "ServiceAccount":
        return SERVICE_ACCOUNT, subject.namespace or namespace, subject.name
    return user_node(subject.name) if subject.kind == "User" else subject


def with_rules(role: AnyRole, rules: tuple[PolicyRule, ...]) -> AnyRole:
    """Return the same role with other rules."""
    return replace(role, rules=rules)


def with_verbs(rule: PolicyRule, verbs: tuple[str, ...]) -> PolicyRule:
    """Return the same rule with other verbs."""
    return replace(rule, verbs=verbs)
