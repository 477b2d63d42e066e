"""Reads the roles and bindings of OpenShift's own group as those of Kubernetes' group.

OpenShift's API server stores none: it makes objects of ``rbac.authorization.k8s.io`` of those that
it is sent, and shows these in its own form. What it ignores, such as ``attributeRestrictions``,
is ignored here. Sources: openshift/api ``authorization/v1/types.go``; in
openshift/openshift-apiserver ``pkg/authorization/apis/authorization``, ``v1/defaults.go``,
``v1/conversion.go``, ``helpers.go`` (``BuildSubjects``) and ``rbacconversion/conversion.go``.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec import Struct, ValidationError
from msgspec.structs import replace

from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, Object, RbacMeta
from rbacgraph.model.kubernetes.openshift import ROLES_GROUP
from rbacgraph.model.node import SERVICE_ACCOUNT, user_node

ROLE_ELSEWHERE = "refers to a role of another namespace"
"""Why OpenShift refuses a RoleBinding."""

_EVERY = ("*",)
_KINDS = {"SystemUser": "User", "SystemGroup": "Group"}

_Meta = TypeVar("_Meta", RbacMeta, ClusterRoleMeta)


class _Rule(rbac.PolicyRule, frozen=True, gc=False, rename="camel"):
    attribute_restrictions: object = None


class _Reference(Struct, frozen=True, gc=False):
    """An ObjectReference: a subject, or the role, whose kind does not count."""

    kind: str = ""
    name: str = ""
    namespace: str = ""


class _Role(Object, frozen=True, gc=False):
    metadata: RbacMeta
    rules: tuple[_Rule, ...] | None = None


class _ClusterRole(Object, frozen=True, gc=False, rename="camel"):
    metadata: ClusterRoleMeta
    rules: tuple[_Rule, ...] | None = None
    aggregation_rule: rbac.AggregationRule | None = None


class _Binding(Object, frozen=True, gc=False, rename="camel"):
    metadata: RbacMeta
    role_ref: _Reference
    subjects: tuple[_Reference, ...] | None = None
    user_names: tuple[str, ...] | None = None
    group_names: tuple[str, ...] | None = None


def _to_role(wire: _Role) -> rbac.Role:
    return rbac.Role(metadata=_to_meta(wire.metadata), rules=_to_rules(wire.rules))


def _to_cluster_role(wire: _ClusterRole) -> rbac.ClusterRole:
    metadata, rules = _to_meta(wire.metadata), _to_rules(wire.rules)
    return rbac.ClusterRole(metadata=metadata, rules=rules, aggregation_rule=wire.aggregation_rule)


def _to_role_binding(wire: _Binding) -> rbac.RoleBinding:
    """Return the RoleBinding; one without a namespace can only be made in that of its role.

    Raises ValidationError if the role is in another namespace.
    """
    metadata, of_role = _to_meta(wire.metadata), wire.role_ref.namespace
    if of_role and not metadata.namespace:
        metadata = replace(metadata, namespace=of_role)
    if of_role and of_role != metadata.namespace:
        raise ValidationError(ROLE_ELSEWHERE)
    role_ref, subjects = _to_role_ref(wire.role_ref), _to_subjects(wire, metadata.namespace)
    return rbac.RoleBinding(metadata=metadata, role_ref=role_ref, subjects=subjects)


def _to_cluster_role_binding(wire: _Binding) -> rbac.ClusterRoleBinding:
    metadata, role_ref = _to_meta(wire.metadata), _to_role_ref(wire.role_ref)
    return rbac.ClusterRoleBinding(
        metadata=metadata, role_ref=role_ref, subjects=_to_subjects(wire, "")
    )


def _to_meta(metadata: _Meta) -> _Meta:
    notes = metadata.annotations
    if notes is None or notes.reconcile_protect not in ("true", "false"):
        return metadata
    opposite = "false" if notes.reconcile_protect == "true" else "true"
    return replace(
        metadata, annotations=replace(notes, autoupdate=opposite, reconcile_protect=None)
    )


def _to_rules(rules: tuple[_Rule, ...] | None) -> rbac.Rules:
    """Return the rules; those for URLs that are split off come last, so that others keep place."""
    found: list[rbac.PolicyRule] = []
    split: list[rbac.PolicyRule] = []
    for rule in rules or ():
        urls, groups = rule.non_resource_urls or None, rule.api_groups
        if groups is None and _is_for_everything(rule):
            groups = _EVERY
        elif rule.resources and not groups:
            groups = ("",)
        rest = groups or None, rule.resources or None, rule.resource_names or None
        if urls and any(rest):
            split.append(rbac.PolicyRule(rule.verbs, non_resource_urls=urls))
            urls = None
        found.append(rbac.PolicyRule(rule.verbs, *rest, urls))
    return None if rules is None else (*found, *split)


def _is_for_everything(rule: _Rule) -> bool:
    limited = rule.resource_names or rule.non_resource_urls
    plain = rule.attribute_restrictions is None and not limited
    return plain and rule.verbs == rule.resources == _EVERY


def _to_role_ref(wire: _Reference) -> rbac.RoleRef:
    return rbac.RoleRef("Role" if wire.namespace else "ClusterRole", wire.name)


def _to_subjects(wire: _Binding, namespace: str) -> tuple[rbac.Subject, ...]:
    """Return who is meant by the old lists of names, if there is one, else by the subjects.

    A server shows both: then the subjects stay as they are.
    """
    subjects = tuple(map(_to_subject, wire.subjects or ()))
    if wire.user_names is None and wire.group_names is None:
        return subjects
    groups = (rbac.Subject("Group", name, "", rbac.RBAC_GROUP) for name in wire.group_names or ())
    named = (*map(_user, wire.user_names or ()), *groups)
    return (
        subjects if rbac.holders(subjects, namespace) == rbac.holders(named, namespace) else named
    )


def _to_subject(wire: _Reference) -> rbac.Subject:
    if wire.kind == "ServiceAccount":
        return rbac.Subject(wire.kind, wire.name, wire.namespace)
    return rbac.Subject(_KINDS.get(wire.kind, wire.kind), wire.name, "", rbac.RBAC_GROUP)


def _user(name: str) -> rbac.Subject:
    kind, namespace, account = user_node(name)
    if kind == SERVICE_ACCOUNT:
        return rbac.Subject("ServiceAccount", account, namespace)
    return rbac.Subject("User", name, "", rbac.RBAC_GROUP)


API_VERSION = f"{ROLES_GROUP}/v1"

FORMS: Mapping[str, tuple[type[Object], Callable[[Any], Object]]] = {
    "Role": (_Role, _to_role),
    "ClusterRole": (_ClusterRole, _to_cluster_role),
    "RoleBinding": (_Binding, _to_role_binding),
    "ClusterRoleBinding": (_Binding, _to_cluster_role_binding),
}
"""By kind, the type of the bytes and the function that makes the model's object."""
