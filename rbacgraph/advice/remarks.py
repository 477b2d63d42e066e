"""What whoever applies a suggestion must know beside it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbacgraph.advice.assign import identity_nodes
from rbacgraph.advice.draft import Draft
from rbacgraph.advice.holders import TOO, UNSEEN, Asked, Grant, Grants
from rbacgraph.advice.kept import NO_LOG, NOT_LOGGED, has_check, star_checks, username_of
from rbacgraph.advice.managers import is_shipped, manager_of
from rbacgraph.advice.oddities import Oddities, places_of
from rbacgraph.advice.permissions import PermissionIndex
from rbacgraph.advice.plan import Plan
from rbacgraph.advice.proof import held_by
from rbacgraph.advice.referred import referred_by_pods
from rbacgraph.advice.resting import by_bindings, resting
from rbacgraph.advice.spare import spares
from rbacgraph.advice.widen import Widening
from rbacgraph.advice.wording import listed, role_name
from rbacgraph.authz.resolve import Authorizer
from rbacgraph.authz.subjects import implied_groups, subject_node
from rbacgraph.model.change import Key
from rbacgraph.model.need import Needed
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.rbac import AnyBinding, PolicyRule, RoleBinding, Subject
from rbacgraph.model.request import Request
from rbacgraph.model.suggestion import Permission


def remarks(
    made: Plan, draft: Draft, asked: Asked, after: Authorizer, widening: Widening
) -> Iterator[str]:
    """Yield what to know, in sentences without a full stop."""
    yield from plan_remarks(made, draft, asked)
    yield from _evidence(made, asked)
    yield from _resting(made, draft, after, asked)
    yield from _spare(made)
    yield from _mounted(made, after, asked)
    yield from _unseen_verbs(made, draft, after)
    yield from Oddities(made, draft, after, widening).told()


def plan_remarks(made: Plan, draft: Draft, asked: Asked) -> Iterator[str]:
    """Yield what is not changed, or may be changed back."""
    yield from _unedited(made)
    yield from _left(made)
    yield from _managed(draft)
    yield from _untouched(made, asked)
    yield from _unlisted(made)
    if asked.node is not None and asked.node not in made.grants.by_node:
        yield f"no binding that can be changed names {format_node(asked.node)}"


def _unedited(made: Plan) -> Iterator[str]:
    taken = {grant.role for grant in made.chosen.grants}
    by_reason: dict[str, list[Key]] = defaultdict(list)
    for role, reason in made.chosen.reasons.items():
        if role in taken:
            by_reason[reason].append(role)
    for reason, roles in by_reason.items():
        if len(roles) == 1:
            yield f"{role_name(roles[0])} is not edited: {reason}"
        else:
            yield f"{len(roles):,} roles are not edited, {reason}: {listed(map(role_name, roles))}"


def _left(made: Plan) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for role, reason in made.chosen.left.items():
        if reason.startswith(UNSEEN) and reason.endswith(TOO):
            whom = reason.removeprefix(UNSEEN).partition(", who ")[0]
            by_reason[f"{UNSEEN}some who have it"].append(f"{role_name(role)} (not of {whom})")
        else:
            by_reason[reason.partition(" (")[0]].append(role_name(role))
    for reason, roles in sorted(by_reason.items()):
        number = "1 role is" if len(roles) == 1 else f"{len(roles):,} roles are"
        yield f"{number} left alone, {reason}: {listed(roles)}"


def _managed(draft: Draft) -> Iterator[str]:
    for change in draft.reduced:
        assert change.before is not None
        manager = manager_of(change.before)  # type: ignore[arg-type]
        if manager:
            yield f"{role_name(change.key)} is {manager}, which may put back the subjects taken out"


def _untouched(made: Plan, asked: Asked) -> Iterator[str]:
    """Say which of the rights asked about stay, because nobody can change them here."""
    if asked.node is None:
        return
    authorizer = made.grants.authorizer
    names = [
        b.metadata.name
        for b in authorizer.bindings
        if is_shipped(b) and any(_node(s, b) == asked.node for s in b.subjects or ())
    ]
    if names:
        yield f"bindings that Kubernetes ships are left alone: {listed(names)}"


def _node(subject: Subject, binding: AnyBinding) -> Node | None:
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    return subject_node(subject, scope)


def _unlisted(made: Plan) -> Iterator[str]:
    """Say what a live cluster did not show: who else may have a role."""
    snapshot = made.grants.authorizer.snapshot
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    hidden = [f"{kind}s" for kind in kinds if not snapshot.is_listed(kind)]
    if snapshot.collected is not None and hidden:
        yield f"the cluster did not show all {listed(hidden)}: others may have these roles too"


def _evidence(made: Plan, asked: Asked) -> Iterator[str]:
    if asked.node in made.grants.by_node and not made.is_seen(asked.node):
        yield (
            f"nothing tells of {format_node(asked.node)}: whatever its own bindings give is"
            " taken away"
        )
    groups = [format_node(g.node) for g in made.chosen.grants if g.node[0] == GROUP]
    if groups:
        yield (
            "the members of a group are taken to be those that the log shows, and those that"
            f" were told: {listed(groups)}"
        )
    unmet = len({(w.nodes, w.request) for w in made.assigned.unmet})
    if unmet:
        requests = "1 request was" if unmet == 1 else f"{unmet:,} sorts of requests were"
        yield f"{requests} allowed though nothing in the input grants it: no role was made for it"
    if made.odd:
        yield (
            "requests for what is called * are not taken as needed: a rule that allows them"
            " allows everything"
        )


def _unseen_verbs(made: Plan, draft: Draft, after: Authorizer) -> Iterator[str]:
    kept: dict[str, set[str]] = {NO_LOG: set(), NOT_LOGGED: set()}
    for needed in _kept(made, draft):
        what = needed.request.path or needed.request.full_resource
        kept[needed.evidence].add(f"{needed.request.verb} on {what}")
    for evidence, several in kept.items():
        if several:
            yield f"{evidence}: {listed(sorted(several))}"
    lost: dict[str, list[str]] = defaultdict(list)
    for role, checks in _lost_checks(made, after):
        lost["; ".join(_check_words(checks))].append(role_name(role))
    for words, names in lost.items():
        yield (
            f"{words}: not kept, as no log can show it and only the * of {listed(names)} gave it;"
            " state it where it is needed"
        )


def _check_words(checks: Iterable[Permission]) -> Iterator[str]:
    by_resource: dict[str, list[str]] = defaultdict(list)
    for check in checks:
        by_resource[check.resource].append(check.verb)
    by_verbs: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, verbs in by_resource.items():
        by_verbs[tuple(verbs)].append(resource)
    for several, resources in by_verbs.items():
        yield f"{', '.join(several)} on {', '.join(resources)}"


def _kept(made: Plan, draft: Draft) -> Iterator[Needed]:
    """Yield what roles that are written hold on no better evidence."""
    needs: dict[Node, list[Needed]] = defaultdict(list)
    for one in made.needing:
        own = [needed for needed in one.needs if needed.evidence in {NO_LOG, NOT_LOGGED}]
        for node in identity_nodes(one) if own else ():
            needs[node] += own
    places = places_of(made, draft)
    for written in draft.roles:
        index = PermissionIndex(written.permissions)
        for node in dict.fromkeys(node for node, _ in places[written.slot]):
            for needed in needs.get(node, ()):
                if any(index.allowing(needed.request)):
                    yield needed


def _lost_checks(made: Plan, after: Authorizer) -> Iterator[tuple[Key, list[Permission]]]:
    """Yield the checks that a ``*`` of a role gave, and that somebody who had it has no more."""
    nodes: dict[Key, dict[Node, None]] = defaultdict(dict)
    for grant in made.chosen.grants:
        nodes[grant.role][grant.node] = None
    given = {role: checks for role in nodes if (checks := star_checks(made.grants, role))}
    rest = Grants(after).by_node if given else {}
    for role, checks in given.items():
        left = [list(_rules_of(node, rest.get(node, ()), after)) for node in nodes[role]]
        lost = [check for check in checks if not all(has_check(rules, check) for rules in left)]
        if lost:
            yield role, lost


def _rules_of(node: Node, grants: Iterable[Grant], after: Authorizer) -> Iterator[PolicyRule]:
    for scope in sorted({"", *(grant.scope for grant in grants)}):
        yield from held_by(after, node, scope)


def _resting(made: Plan, draft: Draft, after: Authorizer, asked: Asked) -> Iterator[str]:
    if asked.all:
        return
    for bindings, requests in by_bindings(resting(made, draft, after, asked)).items():
        what = listed(f"{r.verb} on {r.path or r.full_resource}" for r in requests)
        others = listed(map(role_name, bindings))
        yield (
            f"what was granted twice is left to {others} alone: {what}; a suggestion from the"
            " same input that narrows those may take it away: apply one, then ask again"
        )


def _mounted(made: Plan, after: Authorizer, asked: Asked) -> Iterator[str]:
    """Say of which Secrets the right goes, but not what Pods are given of them."""
    if asked.node is None or asked.node[0] != SERVICE_ACCOUNT:
        return
    _, namespace, account = node = asked.node
    before = made.grants.authorizer
    found: dict[str, str] = {}
    for one in referred_by_pods(before.snapshot, namespace, account):
        get = Request("get", resource="secrets", namespace=one.namespace, name=one.name)
        user, groups = username_of(node), implied_groups(username_of(node))
        if before.allows(get, user, groups) and not after.allows(get, user, groups):
            found.setdefault(f"{one.namespace}/{one.name}", one.by)
    if found:
        yield (
            "the kubelet gives its Pods these Secrets still, for which no right is needed:"
            f" {listed(f'{name} ({by})' for name, by in found.items())}"
        )


def _spare(made: Plan) -> Iterator[str]:
    found: dict[Key, list[str]] = defaultdict(list)
    for one in spares(made):
        where = f" in {one.scope}" if one.scope else ""
        found[one.role].append(f"{format_node(one.node)} {one.number:,}{where}")
    if found:
        words = (f"{role_name(role)} ({listed(own)})" for role, own in found.items())
        yield (
            "permissions kept where they are not needed, as one role serves all who have it:"
            f" {listed(words)}; --split gives each a role of its own"
        )
