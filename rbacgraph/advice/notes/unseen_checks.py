"""Notes about rights whose use no log shows."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rbacgraph.advice.changes.changeable_grants import ChangeableGrants, Grant
from rbacgraph.advice.changes.permissions import PermissionIndex
from rbacgraph.advice.needs.unloggable_rights import (
    PASSING_ON,
    UNLOGGABLE,
    UNLOGGED,
    has_check,
    named_checks,
    star_checks,
)
from rbacgraph.advice.notes.oddities import places_of
from rbacgraph.advice.planning.assignment import identity_nodes
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.advice.planning.write_roles import Draft
from rbacgraph.advice.proof.suggestion_proof import held_by
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import api_group_matches, verb_matches
from rbacgraph.authz.subjects import implied_groups, username_of
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, PolicyRule
from rbacgraph.model.node import GROUP, Node, format_node

_Requested = tuple[str, str]
"""The verb of a request, and on what it is."""
_Checks = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


def unseen_checks(made: Plan, draft: Draft, after: Authorizer) -> Iterator[Statement]:
    """Yield which rights that no log shows are kept, and which are not."""
    kept: dict[NeedEvidence, set[_Requested]] = {UNLOGGABLE: set(), UNLOGGED: set()}
    for needed in _kept(made, draft):
        kept[needed.evidence].add(_requested(needed))
    for evidence, several in kept.items():
        if several:
            yield Say.KEPT_BY_EVIDENCE(evidence, *sorted(several))
    yield from _passed(made)
    for say, checks_of in _LOST.items():
        lost: dict[_Checks, list[ObjectKey]] = defaultdict(list)
        for role, checks in _lost_checks(made, after, checks_of):
            lost[tuple(_by_verbs(checks))].append(role)
        for checks_lost, roles in lost.items():
            yield say(checks_lost, *roles)


def passing_on(made: Plan, after: Authorizer) -> Sequence[Node]:
    """Return who of those in question still holds ``bind`` or ``escalate``."""
    rest = ChangeableGrants(after).by_node
    return [
        node
        for node in dict.fromkeys(grant.node for grant in made.chosen.grants)
        if any(map(_passes_on, _rules_left(node, rest, after)))
    ]


def _passes_on(rule: PolicyRule) -> bool:
    return api_group_matches(rule, RBAC_GROUP) and any(verb_matches(rule, v) for v in PASSING_ON)


def _requested(needed: Needed) -> _Requested:
    return needed.request.verb, needed.request.path or needed.request.full_resource


def _passed(made: Plan) -> Iterator[Statement]:
    """Yield rights that are kept for the further checks of servers, not for logged requests."""
    concerned = {grant.node for grant in made.chosen.grants}
    beside = {
        (one.user, one.groups, needed.request): needed
        for one in made.passing
        for needed in one.needs
    }
    found: dict[str, set[_Requested]] = {}
    for one in made.needing if beside else ():
        if concerned.isdisjoint(identity_nodes(one)):
            continue
        for needed in one.needs:
            if needed == beside.get((one.user, one.groups, needed.request)):
                checked = How.CHECKED in needed.evidence
                writer = "" if checked else format_node(identity_nodes(one)[0])
                found.setdefault(writer, set()).add(_requested(needed))
    for writer, kept in found.items():
        if writer:
            yield Say.KEPT_FOR_ROLES_OF(writer, *sorted(kept))
        else:
            yield Say.KEPT_AS_PROVEN_USED(*sorted(kept))


def _by_verbs(checks: Iterable[Permission]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield verbs, and the resources on which they are checked."""
    by_resource: dict[str, list[str]] = defaultdict(list)
    for check in checks:
        by_resource[check.resource].append(check.verb)
    by_verbs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, verbs in by_resource.items():
        by_verbs[tuple(verbs)].append(resource)
    for several, resources in by_verbs.items():
        yield several, tuple(resources)


def _kept(made: Plan, draft: Draft) -> Iterator[Needed]:
    """Yield what written roles hold without better evidence."""
    needs: dict[Node, list[Needed]] = defaultdict(list)
    for one in made.needing:
        own = [needed for needed in one.needs if needed.evidence in {UNLOGGABLE, UNLOGGED}]
        for node in identity_nodes(one) if own else ():
            needs[node] += own
    places = places_of(made, draft)
    for written in draft.roles:
        index = PermissionIndex(written.permissions)
        for node in dict.fromkeys(node for node, _ in places[written.slot]):
            for needed in needs.get(node, ()):
                if any(index.allowing(needed.request)):
                    yield needed


def _named_alone(grants: ChangeableGrants, role: ObjectKey) -> tuple[Permission, ...]:
    """Return the checks that only a rule that names them allowed."""
    star = star_checks(grants, role)
    return tuple(check for check in named_checks(grants, role) if check not in star)


_LOST: Mapping[Say, Callable[[ChangeableGrants, ObjectKey], Sequence[Permission]]] = {
    Say.CHECKS_OF_A_STAR: star_checks,
    Say.CHECKS_OF_WRITERS: _named_alone,
}


def _lost_checks(
    made: Plan,
    after: Authorizer,
    checks_of: Callable[[ChangeableGrants, ObjectKey], Sequence[Permission]],
) -> Iterator[tuple[ObjectKey, list[Permission]]]:
    """Yield the checks that a role allowed and that a holder loses."""
    nodes: dict[ObjectKey, dict[Node, None]] = defaultdict(dict)
    for grant in made.chosen.grants:
        nodes[grant.role][grant.node] = None
    given = {role: checks for role in nodes if (checks := checks_of(made.grants, role))}
    rest = ChangeableGrants(after).by_node if given else {}
    for role, checks in given.items():
        left = [list(_rules_left(node, rest, after)) for node in nodes[role]]
        lost = [check for check in checks if not all(has_check(rules, check) for rules in left)]
        if lost:
            yield role, lost


def _rules_left(
    node: Node, rest: Mapping[Node, Sequence[Grant]], after: Authorizer
) -> Iterator[PolicyRule]:
    """Yield the rules of a principal, including those of the groups in its name."""
    yield from _rules_of(node, rest.get(node, ()), after)
    for group in implied_groups(user) if (user := username_of(node)) else ():
        among = GROUP, "", group
        yield from _rules_of(among, rest.get(among, ()), after)


def _rules_of(node: Node, grants: Iterable[Grant], after: Authorizer) -> Iterator[PolicyRule]:
    for scope in sorted({"", *(grant.scope for grant in grants)}):
        yield from held_by(after, node, scope)
