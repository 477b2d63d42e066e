"""Collects the notes of a suggestion."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbacgraph.advice.changes.changeable_grants import ChangeTarget, Grant
from rbacgraph.advice.changes.managers import is_shipped, manager_of
from rbacgraph.advice.changes.reasons import Why
from rbacgraph.advice.changes.wording import listed, manager_words, role_name
from rbacgraph.advice.needs.known_members import EvidentMembers
from rbacgraph.advice.needs.referenced_secrets import referred_by_pods
from rbacgraph.advice.needs.unloggable_rights import username_of
from rbacgraph.advice.needs.widen import Widening, is_nowhere
from rbacgraph.advice.notes.oddities import OddRights
from rbacgraph.advice.notes.reason_words import brief_words, reason_words, unseen_words
from rbacgraph.advice.notes.redundant_grants import by_bindings, resting
from rbacgraph.advice.notes.unneeded_rights import spares
from rbacgraph.advice.notes.unseen_checks import unseen_checks
from rbacgraph.advice.planning.plan import Plan
from rbacgraph.advice.planning.write_roles import Draft
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.subjects import implied_groups, subject_node
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.kubernetes.rbac import AnyBinding, RoleBinding, Subject
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.request import Request


def remarks(
    made: Plan, draft: Draft, asked: ChangeTarget, after: Authorizer, widening: Widening
) -> Iterator[str]:
    """Yield the notes, as sentences without a full stop."""
    yield from plan_remarks(made, draft, asked)
    yield from _evidence(made, draft, asked)
    yield from _absent(made, draft)
    yield from _resting(made, draft, after, asked)
    yield from _spare(made)
    yield from _mounted(made, after, asked)
    yield from unseen_checks(made, draft, after)
    yield from OddRights(made, draft, after, widening).sentences()


def plan_remarks(made: Plan, draft: Draft, asked: ChangeTarget) -> Iterator[str]:
    """Yield what is not changed, or may be changed back."""
    yield from _unedited(made)
    yield from _left(made)
    yield from _managed(draft)
    yield from _untouched(made, asked)
    yield from _unlisted(made)
    if asked.node is not None and asked.node not in made.grants.by_node:
        yield f"no binding that can be changed names {format_node(asked.node)}"
    if asked.role is not None and asked.role not in made.grants.by_role:
        yield f"no binding that can be changed gives {role_name(asked.role)} to anybody"


def _unedited(made: Plan) -> Iterator[str]:
    taken = {grant.role for grant in made.chosen.grants}
    by_reason: dict[str, list[ObjectKey]] = defaultdict(list)
    for role, reason in made.chosen.reasons.items():
        if role in taken:
            by_reason[reason_words(reason)].append(role)
    for words, roles in by_reason.items():
        if len(roles) == 1:
            yield f"{role_name(roles[0])} is not edited: {words}"
        else:
            yield f"{len(roles):,} roles are not edited, {words}: {listed(map(role_name, roles))}"


def _left(made: Plan) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for role, reason in made.chosen.left.items():
        some = reason.why is Why.SOME_UNSEEN
        whom = f" (not of {unseen_words(reason.unseen)})" if some else ""
        by_reason[brief_words(reason)].append(f"{role_name(role)}{whom}")
    for words, roles in sorted(by_reason.items()):
        number = "1 role is" if len(roles) == 1 else f"{len(roles):,} roles are"
        yield f"{number} left alone, {words}: {listed(roles)}"


def _managed(draft: Draft) -> Iterator[str]:
    for change in draft.reduced:
        assert change.before is not None
        manager = manager_of(change.before)  # type: ignore[arg-type]
        if manager:
            name = role_name(change.key)
            yield f"{name} is {manager_words(manager)}, which may put back the subjects taken out"


def _untouched(made: Plan, asked: ChangeTarget) -> Iterator[str]:
    """Yield which rights in question stay because nobody can change them here."""
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
    """Yield what a live cluster did not show: other holders of a role."""
    snapshot = made.grants.authorizer.snapshot
    kinds = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    hidden = [f"{kind}s" for kind in kinds if not snapshot.is_listed(kind)]
    if snapshot.collected is not None and hidden:
        yield f"the cluster did not show all {listed(hidden)}: others may have these roles too"


def _evidence(made: Plan, draft: Draft, asked: ChangeTarget) -> Iterator[str]:
    left = made.chosen.left.values()
    if asked.node is not None and any(one.why is Why.ASKED_UNSEEN for one in left):
        yield _unknown(made, asked.node)
    losing = list(dict.fromkeys(grant.node for grant in _narrowed(made, draft)))
    yield from _unseen(made, losing)
    yield from _members(made, losing)
    unmet = len({(w.nodes, w.request) for w in made.assigned.unmet})
    if unmet:
        what, it = ("1 request was", "it")
        if unmet > 1:
            what, it = f"{unmet:,} sorts of requests were", "them"
        yield f"{what} allowed though nothing in the input grants {it}: no role was made for {it}"
    yield from _odd(made)


def _unknown(made: Plan, node: Node) -> str:
    """Return which evidence is missing about a principal that keeps everything."""
    name = format_node(node)
    if not made.is_seen(node):
        return f"no evidence about {name}, which keeps all rights: state its needs by --need"
    missing = EvidentMembers(made.grants.authorizer, (), made.seen).missing(node)
    some = f"these members of {name}: {listed(map(format_node, missing))}"
    return (
        f"no evidence about {some if missing else f'all members of {name}'}; state by --need what"
        " the group needs, or use --no-split to go by the members with evidence"
    )


def _narrowed(made: Plan, draft: Draft) -> Iterator[Grant]:
    """Yield the grants that are removed, and those that give less."""
    roles, taken = {written.slot.role for written in draft.roles}, frozenset(draft.taken)
    for grant in made.chosen.grants:
        if grant.role in roles or grant in taken:
            yield grant


def _unseen(made: Plan, losing: Iterable[Node]) -> Iterator[str]:
    """Yield holders without evidence whose role is narrowed because of --no-split."""
    if nodes := sorted(node for node in losing if not made.is_seen(node)):
        lose = "loses" if len(nodes) == 1 else "lose"
        yield (
            f"no evidence about {listed(map(format_node, nodes))}, who {lose} what the others do"
            " not need: --no-split narrows a role for all its holders"
        )


def _odd(made: Plan) -> Iterator[str]:
    """Yield which requests of the log do not count as needed."""
    odd = [needed.request for needed in made.odd]
    if not all(map(is_nowhere, odd)):
        yield (
            "requests for a resource named * do not count as needed: a rule that allows them"
            " allows everything"
        )
    if nowhere := [f"{request.namespace!r}" for request in odd if is_nowhere(request)]:
        yield (
            "requests in namespaces with an impossible name do not count as needed:"
            f" {listed(nowhere)}"
        )


def _absent(made: Plan, draft: Draft) -> Iterator[str]:
    """Yield which new roles are in namespaces that may be gone since the log."""
    snapshot = made.grants.authorizer.snapshot
    here = snapshot.held_namespaces
    if snapshot.is_listed("Namespace"):
        here = frozenset(namespace.metadata.name for namespace in snapshot.namespaces)
    scopes = {written.slot.scope for written in draft.roles if written.slot.role is None}
    absent = scopes - here - {""}
    if absent and snapshot.namespaces:
        number = "a namespace" if len(absent) == 1 else f"{len(absent):,} namespaces"
        yield (
            f"roles are written for {number} that the input does not hold:"
            f" {listed(sorted(absent))}; kubectl apply refuses them if it is gone; for"
            " namespaces that come and go, state a need in the whole cluster by --need with -A"
        )


def _members(made: Plan, losing: Iterable[Node]) -> Iterator[str]:
    if groups := [node for node in losing if node[0] == GROUP]:
        yield (
            "the members of a group are taken to be those in the log and in --groups:"
            f" {listed(map(format_node, groups))}"
        )
        evident = EvidentMembers(made.grants.authorizer, (), made.seen)
        for group in groups:
            if missing := evident.missing(group):
                yield (
                    f"members of {format_node(group)} without evidence lose what the others"
                    f" do not need: {listed(map(format_node, missing))}"
                )


def _resting(made: Plan, draft: Draft, after: Authorizer, asked: ChangeTarget) -> Iterator[str]:
    if asked.all:
        return
    for left, requests in by_bindings(resting(made, draft, after, asked)).items():
        what = listed(f"{r.verb} on {r.path or r.full_resource}" for r in requests)
        others = listed(map(role_name, left.bindings))
        if left.nodes:
            others += f", which grants it to {listed(map(format_node, left.nodes))},"
        yield (
            f"what was granted twice is left to {others} alone: {what}; a suggestion from the"
            " same input that narrows those may take it away: apply one, then ask again"
        )


def _mounted(made: Plan, after: Authorizer, asked: ChangeTarget) -> Iterator[str]:
    """Yield Secrets that a principal can no longer read but its Pods still receive."""
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
    found: dict[ObjectKey, list[str]] = defaultdict(list)
    for one in spares(made):
        where = f" in {one.scope}" if one.scope else ""
        found[one.role].append(f"{format_node(one.node)} {one.number:,}{where}")
    if found:
        words = (f"{role_name(role)} ({listed(own)})" for role, own in found.items())
        yield (
            "permissions kept where they are not needed, as one role serves all who have it:"
            f" {listed(words)}; --split gives each a role of its own"
        )
