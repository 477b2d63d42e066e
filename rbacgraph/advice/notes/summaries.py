"""Summarises what a suggestion does, by role and by principal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.advice.changes import permissions
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.advice.planning.write_roles import Written
from rbacgraph.advice.proof.suggestion_proof import held_by
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import given_in
from rbacgraph.authz.match import ALL, rule_allows
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.changes.suggestion import Addition, Loss, Permission, RoleChange
from rbacgraph.model.inputs.need_evidence import NeedEvidence
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.node import Node, format_node
from rbacgraph.model.request import Request


def additions_of(made: Plan) -> Iterator[Addition]:
    """Yield what is needed and not granted today."""
    evidence: dict[Permission, NeedEvidence] = {}
    for one in made.needing:
        for needed in one.needs:
            for request in (needed.request, *needed.instead):
                evidence.setdefault(permissions.permission_for(request), needed.evidence)
    for slot, added in made.assigned.added.items():
        held = made.assigned.slots.get(slot, ())
        for permission in sorted(added, key=permissions.permission_order):
            if permission in held and slot.node is not None:
                known = evidence.get(permission, NeedEvidence())
                yield Addition(format_node(slot.node), slot.scope, permission, known)


def role_change(made: Plan, written: Written) -> RoleChange:
    """Return what happens to a written role."""
    slot, change = written.slot, written.change
    kind, namespace, name = change.key
    assert isinstance(change.after, Role | ClusterRole)
    rules = change.after.rules or ()
    if slot.role is None:
        assert slot.node is not None
        added = made.assigned.added.get(slot, {})
        return RoleChange(
            kind=kind,
            namespace=namespace,
            name=name,
            action="make",
            principals=(format_node(slot.node),),
            scopes=(slot.scope,),
            kept=tuple(one for one in written.permissions if one not in added),
            narrowed=(),
            removed=(),
            added=tuple(one for one in written.permissions if one in added),
            rules=len(rules),
            bound=written.bound,
            why=Say.IN_PLACE_OF(*written.instead) if written.instead else Say.NOTHING_GIVES_IT(),
        )
    less = missing(permissions.permissions_of(made.grants.rules[slot.role]), rules)
    staying = [grant for grant in made.assigned.staying if grant.role == slot.role]
    return RoleChange(
        kind=kind,
        namespace=namespace,
        name=name,
        action="narrow" if less.gone or less.narrowed else "tidy",
        principals=tuple(sorted({format_node(grant.node) for grant in staying})),
        scopes=tuple(sorted({grant.scope for grant in staying})),
        kept=written.permissions,
        narrowed=less.narrowed,
        removed=less.gone,
        added=(),
        rules_before=len(made.grants.rules[slot.role]),
        rules=len(rules),
        bound=written.bound,
        why=change.why,
    )


class Missing(NamedTuple):
    """Permissions that are gone, and those that are kept in part."""

    gone: tuple[Permission, ...]
    narrowed: tuple[Permission, ...]


def missing(old: Iterable[Permission], new: Sequence[PolicyRule]) -> Missing:
    """Return which permissions the rules no longer allow."""
    left = tuple(permissions.permissions_of(new))
    index = permissions.PermissionIndex(left)
    requests: dict[str, list[Request]] = {}
    for request in (permissions.request_of(narrow, "") for narrow in left):
        for verb in dict.fromkeys((request.verb, ALL)):
            requests.setdefault(verb, []).append(request)
    gone: list[Permission] = []
    narrowed: list[Permission] = []
    for one in old:
        if not any(index.covering(one)):
            wide = permissions.rule_of(one)
            part = any(rule_allows(wide, asked) for asked in requests.get(one.verb, ()))
            (narrowed if part else gone).append(one)
    return Missing(tuple(gone), tuple(narrowed))


def losses_of(made: Plan, after: Authorizer) -> Iterator[Loss]:
    """Yield who loses what."""
    found: dict[tuple[Node, str], dict[Permission, None]] = {}
    for grant in made.chosen.grants:
        own = found.setdefault((grant.node, grant.scope), {})
        rules = given_in(grant.scope, made.grants.rules[grant.role])
        own.update(dict.fromkeys(permissions.permissions_of(rules)))
    for (node, scope), old in sorted(found.items()):
        lost, narrowed = missing(old, held_by(after, node, scope))
        if lost or narrowed:
            yield Loss(
                principal=format_node(node),
                scope=scope,
                lost=lost,
                narrowed=narrowed,
                seen=made.is_seen(node),
            )
