"""Rights whose use no log can show: they stay if a rule names them."""

from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec.structs import replace

from rbacgraph.advice.changes.changeable_grants import ChangeableGrants, Grant
from rbacgraph.advice.changes.permissions import permissions_of, request_of, rule_of
from rbacgraph.authz.coverage import given_in
from rbacgraph.authz.match import ALL
from rbacgraph.authz.subjects import implied_groups, username_of
from rbacgraph.facts.admission.security_context_constraints import is_openshift
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, Needing
from rbacgraph.model.kubernetes.openshift import CONSTRAINTS_GROUP
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from rbacgraph.model.node import GROUP, Node
from rbacgraph.query.rights.log_callers import groups_of_members
from rbacgraph.query.rights.unlogged_rights import Unlogged
from rbacgraph.query.rights.unseen_rights import UnseenRights

UNLOGGABLE = NeedEvidence.of(How.UNLOGGABLE)
UNLOGGED = NeedEvidence.of(How.UNLOGGED)
PASSING_ON = ("bind", "escalate")
_PASSED_ON = ("roles", "clusterroles")
"""Escalation prevention asks about these alone, and only for a write of a role or binding.

Source: kubernetes ``BindingAuthorized`` and ``RoleEscalationAuthorized`` in
``pkg/registry/rbac/escalation_check.go``.
"""
_WRITES = tuple(
    PolicyRule((verb,), (RBAC_GROUP,), (resource,))
    for verb in ("create", "update", "patch")
    for resource in (*_PASSED_ON, "rolebindings", "clusterrolebindings")
)
_CHECKED = {
    **{(RBAC_GROUP, resource): PASSING_ON for resource in _PASSED_ON},
    ("certificates.k8s.io", "signers"): ("approve", "sign", "attest"),
}
"""The resources that are checked with verbs that no log shows."""

_OF_OPENSHIFT = {(CONSTRAINTS_GROUP, "securitycontextconstraints"): ("use",)}
_POD_SECURITY_POLICIES = {("policy", "podsecuritypolicies"): ("use",)}
_WITHOUT_POLICIES = (1, 25)
"""The first version without PodSecurityPolicies."""


def unseen_needs(
    grants: ChangeableGrants,
    chosen: Iterable[Grant],
    hidden: Unlogged | None = None,
    known: Mapping[str, Collection[str]] | None = None,
    writers: Collection[Node] = (),
) -> Iterator[Needing]:
    """Yield, for each subject, the rights of grants whose use no log can show.

    What its writes of roles and bindings pass on shows whether they need ``bind`` or ``escalate``.

    ``hidden``: what the audit Policy keeps out of the log; None if no Policy is known.
    ``writers``: whose log holds each role and binding that it wrote: see :func:`.known_writers`.
    """
    found: dict[Node, dict[Needed, None]] = {}
    unseen = UnseenRights(grants.authorizer.snapshot)
    for grant in chosen:
        user, groups = _identity(grant.node)
        members = {*groups, *(known or {}).get(user, ())}
        shown = grant.node in writers and not (
            hidden and any(hidden.hides(part, grant.scope, user, members) for part in _WRITES)
        )
        given = permissions_of(given_in(grant.scope, grants.rules[grant.role]))
        for permission in (part for one in given for part in _checked_parts(one)):
            if shown and _passes_on(permission):
                continue
            if not permission.path and unseen.holds(permission.verb, permission.resource):
                evidence = UNLOGGABLE
            elif hidden and hidden.hides(rule_of(permission), grant.scope, user, members):
                evidence = UNLOGGED
            else:
                continue
            request = request_of(permission, grant.scope)
            found.setdefault(grant.node, {})[Needed(request=request, evidence=evidence)] = None
    for node, needs in sorted(found.items()):
        user, groups = _identity(node)
        yield Needing(user=user, groups=groups, needs=tuple(needs))


def _passes_on(permission: Permission) -> bool:
    return permission.verb in PASSING_ON and permission.group in {RBAC_GROUP, ALL}


def _checked_parts(permission: Permission) -> Iterator[Permission]:
    """Yield of a right what some server checks: no ``bind`` or ``escalate`` on bindings."""
    if not _passes_on(permission) or permission.group == ALL == permission.resource:
        yield permission  # a server of another group may check it
    elif permission.resource == ALL:
        yield from (replace(permission, resource=one) for one in _PASSED_ON)
    elif permission.resource in _PASSED_ON:
        yield permission


def _identity(node: Node) -> tuple[str, tuple[str, ...]]:
    if node[0] == GROUP:
        return "", tuple(sorted(groups_of_members(node[2])))
    user = username_of(node)
    return user, tuple(sorted(implied_groups(user)))


def named_checks(grants: ChangeableGrants, role: ObjectKey) -> tuple[Permission, ...]:
    """Return the checks of writes of roles and bindings that a rule of the role names."""
    found = (
        Permission(verb=verb, group=RBAC_GROUP, resource=resource)
        for resource in _PASSED_ON
        for verb in PASSING_ON
    )
    named = [rule for rule in grants.rules[role] if ALL not in (rule.verbs or ())]
    return tuple(check for check in found if has_check(named, check))


def star_checks(grants: ChangeableGrants, role: ObjectKey) -> tuple[Permission, ...]:
    """Return the checks that no log shows and that only a ``*`` of the role allowed."""
    snapshot = grants.authorizer.snapshot
    version = snapshot.kubernetes_version
    checked = {
        **_CHECKED,
        **(_OF_OPENSHIFT if is_openshift(snapshot) else {}),
        **(_POD_SECURITY_POLICIES if version and version < _WITHOUT_POLICIES else {}),
    }
    found = {
        Permission(verb=verb, group=group, resource=resource): None
        for rule in grants.rules[role]
        if ALL in (rule.verbs or ())
        for (group, resource), verbs in checked.items()
        if {group, ALL} & set(rule.api_groups or ()) and {resource, ALL} & set(rule.resources or ())
        for verb in verbs
    }
    return tuple(found)


def has_check(rules: Iterable[PolicyRule], check: Permission) -> bool:
    """Whether rules allow a check, at least for some names."""
    return any(
        {check.verb, ALL} & set(rule.verbs or ())
        and {check.group, ALL} & set(rule.api_groups or ())
        and {check.resource, ALL} & set(rule.resources or ())
        for rule in rules
    )
