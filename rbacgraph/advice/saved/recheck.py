"""Checks whether a saved suggestion still holds on a cluster."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.changes.access_effect import effect as effect_of
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.changeable_grants import ChangeableGrants, Grant
from rbacgraph.advice.changes.nobody_gains import nobody_gains
from rbacgraph.advice.changes.permissions import permissions_of, rule_of
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.cut.cut import cut, only_secret
from rbacgraph.advice.cut.proof import prove_cut
from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.notes.summaries import missing
from rbacgraph.advice.planning.assignment import identity_nodes
from rbacgraph.advice.planning.passing_on import bound_by, completed
from rbacgraph.advice.planning.plan import AllowedRequests
from rbacgraph.advice.planning.write_roles import emptied
from rbacgraph.advice.proof.suggestion_proof import concerned, held_by, prove, prove_losses
from rbacgraph.advice.saved.compare_objects import objects_of, opened, refusals, standing_of, undone
from rbacgraph.advice.suggest.suggest import leftovers_of
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers, given_in
from rbacgraph.authz.subjects import subject_node
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.changes.change import Change, ObjectKey
from rbacgraph.model.changes.saved_suggestion import (
    CutCheck,
    RecheckResult,
    SavedCut,
    SavedSuggestion,
)
from rbacgraph.model.changes.statement import Say, Statement, all_of
from rbacgraph.model.changes.suggestion import Loss, Permission, Proof, RoleChange
from rbacgraph.model.inputs.required_requests import Needs
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacgraph.model.node import SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.principal import parse_principal
from rbacgraph.query.arrays.path_filter import PathFilter

if TYPE_CHECKING:
    from rbacgraph.graph.attack_graph import AccessGraph
if TYPE_CHECKING:
    from rbacgraph.graph.attack_graph import AccessGraph


_MOST_REPORTED = 3
"""The number of wrong statements to report."""


def recheck(
    authorizer: Authorizer,
    saved: SavedSuggestion,
    graph: "Callable[[Authorizer], AccessGraph] | None" = None,
) -> RecheckResult:
    """Compare a suggestion with a cluster, and prove it again.

    ``graph``: builds the graph of one state of the cluster; None leaves out the effect on Secrets.
    """
    there = objects_of(authorizer)
    standing = tuple(standing_of(change, there.get(change.key)) for change in saved.changes)
    after = Authorizer(applied(authorizer.snapshot, opened(saved.changes, there)))
    taken_back = undone(saved.changes, standing)
    was = Authorizer(applied(authorizer.snapshot, taken_back)) if taken_back else authorizer
    proof: Proof | None = None
    failures = list(islice(refusals(saved.changes, there), _MOST_REPORTED))
    try:
        if saved.manner:
            proof = prove_losses(authorizer, after, saved.changes, saved.losses)
        else:
            needs = completed(authorizer, saved.needs)
            proof = prove(was, after, saved.changes, needs, saved.additions)
        if not any(one.state == "changed" for one in standing):
            failures += islice(contradictions(was, after, saved), _MOST_REPORTED)
    except UnprovenError as error:
        failures.append(error.why)
    if failures:
        proof = None
    if proof is not None and graph is not None and saved.changes:
        from rbacgraph.advice.changes.access_effect import effect

        proof = replace(proof, effect=effect(graph(authorizer), graph(after)))
    return RecheckResult(
        file=saved.file,
        asked=saved.asked,
        manner=saved.manner,
        standing=standing,
        failure=all_of(failures),
        proof=proof,
        additions=saved.additions,
    )


def claims_of(authorizer: Authorizer, saved: SavedSuggestion | SavedCut) -> list[Claim]:
    """Return what must be allowed today to the identities of a suggestion or cut.

    A server that disagrees decides by something that the input lacks.
    """
    nodes = _subjects(authorizer, saved)
    rights = AllowedRequests(authorizer)
    found: dict[Claim, None] = {}
    for one in saved.needs:
        if nodes.isdisjoint(identity_nodes(one)):
            continue
        for needed in one.needs:
            request = needed.request
            if rights.allowed(one, request):
                claim = Claim.of(
                    request,
                    principal=format_node(identity_nodes(one)[0]),
                    user=one.user,
                    groups=one.groups,
                    allowed=True,
                    reason="needed",
                )
                found[claim] = None
    return list(found)


def _subjects(authorizer: Authorizer, saved: SavedSuggestion | SavedCut) -> set[Node]:
    """Return the subjects that have, or had, the written roles."""
    return {node for node, _ in concerned(authorizer, saved.changes)}


# Compares what changes do with what a saved suggestion says they do.

_Lost = tuple[frozenset[Permission], frozenset[Permission]]
_NOTHING: _Lost = (frozenset(), frozenset())


def contradictions(
    before: Authorizer, after: Authorizer, saved: SavedSuggestion
) -> Iterator[Statement]:
    """Yield statements of a suggestion that do not follow from its changes.

    Raises UnprovenError if a principal gets more than the suggestion says.
    """
    nobody_gains(before, after, saved.additions, needing=saved.needs)
    old = ChangeableGrants(before)
    yield from _roles(_States(old, ChangeableGrants(after)), saved)
    yield from _additions(before, after, saved)
    yield from _losses(old, after, saved)
    yield from _deletions(old, saved)


class _States(NamedTuple):
    old: ChangeableGrants
    new: ChangeableGrants


def _roles(states: _States, saved: SavedSuggestion) -> Iterator[Statement]:
    listed_roles: dict[ObjectKey, list[RoleChange]] = {}
    for one in saved.roles:
        listed_roles.setdefault((one.kind, one.namespace, one.name), []).append(one)
    for change in saved.changes:
        if isinstance(change.after, Role | ClusterRole):
            own = listed_roles.pop(change.key, [])
            if len(own) != 1:
                yield (Say.REPEATS_ROLE if own else Say.LEAVES_OUT_ROLE)(change.key)
            elif part := _wrong(own[0], change, states, saved):
                yield Say.MISSTATES_ROLE(part, change.key)
    for key in listed_roles:
        yield Say.DESCRIBES_UNWRITTEN(key)


def _wrong(role: RoleChange, change: Change, states: _States, saved: SavedSuggestion) -> str:
    """Return which part of a role the suggestion gets wrong; "" if none."""
    assert isinstance(change.after, Role | ClusterRole)
    rules, had = change.after.rules or (), states.old.rules.get(change.key, ())
    if isinstance(change.before, Role | ClusterRole):
        had = had or change.before.rules or ()
        gone, narrowed = missing(permissions_of(had), rules)
        action, added = "narrow" if gone or narrowed else "tidy", set[Permission]()
    else:
        gone, narrowed, action, had = (), (), "make", ()
        added = {
            one.permission
            for one in saved.additions
            if one.principal in role.principals and one.scope in role.scopes
        }
    grants = states.new.by_role.get(change.key, ())
    held = [rule_of(one) for one in (*role.kept, *role.added)]
    comparisons = {
        "action": role.action == action,
        "principals": set(role.principals) == {format_node(grant.node) for grant in grants},
        "scopes": set(role.scopes) == {grant.scope for grant in grants},
        "rules": (role.rules_before, role.rules) == (len(had), len(rules)),
        "removed": set(role.removed) == set(gone),
        "narrowed": set(role.narrowed) == set(narrowed),
        "added": set(role.added) == added,
        "permissions": covers(rules, held)[0] and covers(held, rules)[0],
    }
    return next((part for part, same in comparisons.items() if not same), "")


def _additions(
    before: Authorizer, after: Authorizer, saved: SavedSuggestion
) -> Iterator[Statement]:
    nodes = {format_node(node): node for node, _ in concerned(after, saved.changes)}
    for one in saved.additions:
        node, rule = nodes.get(one.principal), [rule_of(one.permission)]
        had, has = (
            node is not None and covers(held_by(authorizer, node, one.scope), rule)[0]
            for authorizer in (before, after)
        )
        if had or not has:
            yield (Say.ADDED_WAS_HELD if had else Say.ADDED_IS_NOT_GIVEN)(one.principal)


def _losses(
    old: ChangeableGrants, after: Authorizer, saved: SavedSuggestion
) -> Iterator[Statement]:
    listed_losses = _by_principal(saved.losses)
    true = _by_principal(_lost(old, after, saved.changes))
    for who, scope in sorted(listed_losses.keys() | true.keys()):
        if listed_losses.get((who, scope), _NOTHING) != true.get((who, scope), _NOTHING):
            yield Say.LOSSES_DIFFER(who, scope)


def _by_principal(losses: Iterable[Loss]) -> dict[tuple[str, str], _Lost]:
    found: dict[tuple[str, str], _Lost] = {}
    for one in losses:
        lost, narrowed = found.get((one.principal, one.scope), _NOTHING)
        found[one.principal, one.scope] = lost.union(one.lost), narrowed.union(one.narrowed)
    return found


def _lost(old: ChangeableGrants, after: Authorizer, changes: Iterable[Change]) -> Iterator[Loss]:
    for node, scope in concerned(after, changes):
        own = (grant for grant in old.by_node.get(node, ()) if grant.scope == scope)
        rules = (rule for grant in own for rule in given_in(scope, old.rules[grant.role]))
        had = dict.fromkeys(permissions_of(rules))
        lost, narrowed = missing(had, held_by(after, node, scope))
        if lost or narrowed:
            yield Loss(
                principal=format_node(node), scope=scope, lost=lost, narrowed=narrowed, seen=True
            )


def _deletions(old: ChangeableGrants, saved: SavedSuggestion) -> Iterator[Statement]:
    reduced = [
        change
        for change in saved.changes
        if change.before is not None and isinstance(change.after, RoleBinding | ClusterRoleBinding)
    ]
    bound = bound_by(saved.needs)
    found = leftovers_of(*emptied(reduced, list(_taken(old, reduced)), old, bound))
    true, listed = [one.command for one in found], [one.command for one in saved.deletions]
    for command in dict.fromkeys((*listed, *true)):
        if command not in true:
            yield Say.DELETES_NEEDED(command)
        elif command not in listed:
            yield Say.LACKS_DELETION(command)
    if set(listed) == set(true) and listed != true:
        yield Say.DELETIONS_ARE_REORDERED()


def _taken(old: ChangeableGrants, reduced: Iterable[Change]) -> Iterator[Grant]:
    """Yield the grants that bindings no longer give."""
    left = {}
    for change in reduced:
        assert isinstance(change.after, RoleBinding | ClusterRoleBinding)
        scope = change.key[1]
        left[change.key] = {subject_node(one, scope) for one in change.after.subjects or ()}
    for grants in old.by_node.values():
        for grant in grants:
            if grant.binding in left and grant.node not in left[grant.binding]:
                yield grant


def recheck_cut(
    authorizer: Authorizer,
    saved: SavedCut,
    graph: "Callable[[Authorizer], AccessGraph]",
    *,
    effect: bool = True,
) -> RecheckResult:
    """Compare a cut with a cluster, prove it again, and check whether fewer changes are enough.

    ``effect``: whether to add who reaches which Secrets before and after.
    """
    there = objects_of(authorizer)
    standing = tuple(standing_of(change, there.get(change.key)) for change in saved.changes)
    made, taken_back = opened(saved.changes, there), undone(saved.changes, standing)
    after = graph(_after(authorizer, made))
    before = graph(_after(authorizer, taken_back))
    check: CutCheck | None = None
    failures = list(islice(refusals(saved.changes, there), _MOST_REPORTED))
    try:
        asked = only_secret(before.world, saved.secret)
        kept = tuple(map(parse_principal, saved.kept))
        question = CutQuestion(asked, kept, saved.certain, saved.system)
        needs = completed(authorizer, saved.needs)
        proof = prove_cut(before, after, question, saved.changes, needing=needs, uncut=saved.uncut)
    except UnprovenError as error:
        failures.append(error.why)
    except (NotFoundError, UsageError) as error:
        failures.append(Say.AS_WRITTEN(error.message))
    else:
        if not failures:
            limits = PathFilter(certain=saved.certain)
            reached = effect_of(before, after, limits=limits, system=saved.system)
            check = CutCheck(
                proof=replace(proof, fewest=_fewest(before, saved)),
                edits=saved.edits,
                effect=reached if effect else None,
            )
    return RecheckResult(
        file=saved.file,
        what="cut",
        asked=saved.secret,
        standing=standing,
        failure=all_of(failures),
        proof=None,
        cut=check,
    )


def _after(authorizer: Authorizer, changes: Sequence[Change]) -> Authorizer:
    return Authorizer(applied(authorizer.snapshot, changes)) if changes else authorizer


def _fewest(graph: "AccessGraph", saved: SavedCut) -> int | None:
    """Return how many changes are enough on a cluster; None if that is not proven."""
    here = [text for text in saved.kept if _is_here(graph, parse_principal(text))]
    found = cut(
        graph,
        secret=saved.secret,
        keep=here,
        needs=Needs(needing=saved.needs),
        certain=saved.certain,
        system=saved.system,
    )
    return found.proof.fewest


def _is_here(graph: "AccessGraph", node: Node) -> bool:
    return node[0] != SERVICE_ACCOUNT or node in graph.index
