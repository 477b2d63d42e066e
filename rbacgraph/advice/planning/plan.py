"""Decides what each role must hold, from needs and grants."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.changeable_grants import (
    ChangeableGrants,
    ChangeTarget,
    Chosen,
    Grant,
    choose,
)
from rbacgraph.advice.changes.nobody_gains import shown_by_log
from rbacgraph.advice.changes.permissions import request_of, rule_of
from rbacgraph.advice.needs.known_members import EvidentMembers
from rbacgraph.advice.needs.unloggable_rights import unseen_needs
from rbacgraph.advice.needs.widen import Widening, meant, widened
from rbacgraph.advice.planning.assignment import (
    Assigned,
    RoleSlot,
    WantedRequest,
    assign,
    identity_nodes,
)
from rbacgraph.advice.planning.passing_on import Assured, includes, known_writers, passing_needs
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import breakdown, covers_all
from rbacgraph.authz.match import ALL, rule_allows
from rbacgraph.authz.subjects import MASTERS, subject_node, username_of
from rbacgraph.model.changes.change import Change, ObjectKey
from rbacgraph.model.changes.statement import NOTHING
from rbacgraph.model.inputs.audit import UNSEEN_VERBS, AuditLog
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.inputs.required_requests import Needed, Needing, ServerChecks, is_met
from rbacgraph.model.kubernetes.rbac import AnyBinding, PolicyRule, RoleBinding
from rbacgraph.model.node import GROUP, NODE_USER, USER, Node
from rbacgraph.model.request import Request
from rbacgraph.query.rights.unlogged_rights import Unlogged


class AllowedRequests:
    """The requests allowed in one state of a cluster, each decided once."""

    def __init__(self, authorizer: Authorizer) -> None:
        self.authorizer = authorizer
        self._known: dict[tuple[str, tuple[str, ...], Request], bool] = {}
        self._sure: dict[tuple[str, tuple[str, ...], Request], bool] = {}

    def allowed(self, needing: Needing, request: Request) -> bool:
        """Whether an identity is allowed a request."""
        if MASTERS in needing.groups:
            return True
        key = needing.user, needing.groups, request
        known = self._known.get(key)
        if known is None:
            found = self.authorizer.allows(request, needing.user, needing.groups)
            known = self._known[key] = found is not None
        return known

    def met(self, needing: Needing, needed: Needed) -> bool:
        """Whether an identity has what it needs."""
        return is_met(needed, lambda request: self.allowed(needing, request))

    def keeps(self, before: "AllowedRequests", needing: Needing, request: Request) -> bool:
        """Whether an identity is allowed a request, as certainly as before.

        A right that only one version of an object allows is not certain.
        """
        return self.allowed(needing, request) and (
            self.surely(needing, request) or not before.surely(needing, request)
        )

    def still_met(self, before: "AllowedRequests", needing: Needing, needed: Needed) -> bool:
        """Whether an identity has what it needs, as certainly as before."""
        return is_met(needed, lambda request: self.keeps(before, needing, request))

    def surely(self, needing: Needing, request: Request) -> bool:
        """Whether an identity is allowed a request in every version of the objects."""
        if MASTERS in needing.groups or not self.authorizer.versions.several:
            return self.allowed(needing, request)
        key = needing.user, needing.groups, request
        if key not in self._sure:
            self._sure[key] = self.authorizer.surely_allows(request, needing.user, needing.groups)
        return self._sure[key]


class Plan(NamedTuple):
    """What happens to each role.

    ``chosen``: what may change; ``chosen.grants`` without those that stay whole.
    ``assigned``: what each role must hold.
    ``odd``: requests of the log that do not count as needed: see :func:`.widen.meant`.
    ``passing``: what must stay allowed for the further checks of servers.
    """

    grants: ChangeableGrants
    chosen: Chosen
    assigned: Assigned
    needing: tuple[Needing, ...]
    odd: tuple[Needed, ...]
    seen: frozenset[Node]
    passing: tuple[Needing, ...] = ()

    def is_seen(self, node: Node) -> bool:
        """Whether there is evidence about a principal, or about members of a group."""
        return node in self.seen


def plan(
    authorizer: Authorizer,
    needing: Iterable[Needing],
    asked: ChangeTarget,
    *,
    split: bool | None = None,
    widening: Widening | None = None,
    hidden: Unlogged | None = None,
    beside: Sequence[ServerChecks] = (),
    log: AuditLog | None = None,
) -> Plan:
    """Decide which grants allow what is needed, and drop all other rights in question."""
    rights = AllowedRequests(authorizer)
    parted = [meant(one) for one in needing]
    exact = [one for one, _ in parted]
    odd = tuple(needed for _, rest in parted for needed in rest)
    asks = widening or Widening()
    wide = [widened(one, asks, rights.allowed) for one in exact]
    grants = ChangeableGrants(authorizer)
    seen = frozenset(node for one in wide if one.needs for node in identity_nodes(one))
    evident = EvidentMembers(authorizer, wide, seen)
    chosen = choose(grants, asked, evident.unseen, split)
    groups: dict[str, set[str]] = {}
    for one in exact:
        groups.setdefault(one.user, set()).update(one.groups if one.user else ())
    writers = known_writers(authorizer, beside)
    unseen = tuple(unseen_needs(grants, chosen.grants, hidden, groups, writers))
    passing: tuple[Needing, ...] = ()
    if beside:
        rest = Authorizer(applied(authorizer.snapshot, _stripped(grants, chosen.grants)))
        passing = tuple(passing_needs(authorizer, beside, _assured(rest, (*wide, *unseen))))
    every = tuple(joined((*wide, *unseen, *passing, *acting_needs(rights, wide, log))))
    while True:
        assigned = _assigned(
            rights, grants, asked=asked, chosen=chosen, needing=every, evident=evident
        )
        unsure = {*_unsure(grants, chosen, assigned, every)}
        staying = {*_whole(grants, chosen, assigned), *unsure}
        if not staying:
            return Plan(grants, chosen, assigned, every, odd, seen, passing)
        why = {grant.role: chosen.reasons[grant.role] for grant in unsure}
        chosen = chosen._replace(left={**chosen.left, **why})
        left = tuple(grant for grant in chosen.grants if grant not in staying)
        chosen = chosen._replace(grants=left)


def _assured(rest: Authorizer, needing: Iterable[Needing]) -> Assured:
    """Return a function for rights that stay anyway: by unchanged grants, or by name in a rule."""
    kept = [
        (one.user, frozenset(one.groups), own)
        for one in needing
        if (own := [n.request for n in one.needs if n.request.verb in {*UNSEEN_VERBS, ALL}])
    ]

    def assured(one: ServerChecks, request: Request) -> bool:
        return rest.allows(request, one.user, one.groups) is not None or any(
            any(includes(asked, request) for asked in own)
            for user, groups, own in kept
            if user in {"", one.user} and groups.issubset(one.groups)
        )

    return assured


def acting_needs(
    rights: AllowedRequests, needing: Iterable[Needing], log: AuditLog | None
) -> Iterator[Needing]:
    """Yield what lets an act pass today as constrained impersonation alone.

    The need for ``impersonate`` is met by all that every act in the log needs instead: where one
    act does not pass, it is not met, and the checks of the others would count for nothing.
    """
    acts = {caller.user: caller.impersonations for caller in log.callers} if log else {}
    for one in needing:
        wanted = {needed.request: needed for needed in one.needs}
        for act in acts.get(one.user, ()):
            unmet = [
                wanted[r] for r in act.legacy if r in wanted and not rights.met(one, wanted[r])
            ]
            if unmet and all(rights.allowed(one, request) for request in act.checked):
                needs = (
                    Needed(request=request, evidence=unmet[0].evidence, last=act.last)
                    for request in act.checked
                )
                yield Needing(user=one.user, groups=one.groups, needs=tuple(needs))


def joined(needing: Iterable[Needing]) -> Iterator[Needing]:
    """Combine the needs of one identity."""
    found: dict[tuple[str, tuple[str, ...]], dict[Request, Needed]] = {}
    writes: dict[tuple[str, tuple[str, ...]], tuple[RbacWrite, ...]] = {}
    for one in needing:
        own = found.setdefault((one.user, one.groups), {})
        for needed in one.needs:
            own.setdefault(needed.request, needed)
        if one.writes:
            writes[one.user, one.groups] = one.writes
    for key, needs in sorted(found.items()):
        yield Needing(
            user=key[0], groups=key[1], needs=tuple(needs.values()), writes=writes.get(key, ())
        )


def _assigned(
    rights: AllowedRequests,
    grants: ChangeableGrants,
    *,
    asked: ChangeTarget,
    chosen: Chosen,
    needing: Sequence[Needing],
    evident: EvidentMembers,
) -> Assigned:
    rest = applied(rights.authorizer.snapshot, _stripped(grants, chosen.grants))
    fixed = AllowedRequests(Authorizer(rest))
    concerned = {grant.node for grant in chosen.grants} | {asked.node}

    def receiver(nodes: Sequence[Node]) -> Node | None:
        node = asked.node
        if node is None or (node[0] == USER and node[2].startswith(NODE_USER)):
            return None
        if node[0] == GROUP:
            own = all(kind == GROUP for kind, _, _ in nodes) and node in nodes
            return node if own else None
        return node if tuple(nodes[:1]) == (node,) else None

    shared = _shared_wants(grants.rules, chosen, needing, rights)
    wants = [
        WantedRequest(nodes, request)
        for number, one in enumerate(needing)
        if MASTERS not in one.groups and not concerned.isdisjoint(nodes := identity_nodes(one))
        for request in _wanted(
            one,
            rights,
            fixed,
            shared=shared[number],
            adds=receiver(nodes) is not None,
        )
    ]
    pinned = frozenset(
        grant
        for grant in chosen.grants
        if grant.role in chosen.edited and _stays(grant, asked, evident)
    )
    return assign(grants, chosen.edited, chosen.grants, wants, pinned=pinned, receiver=receiver)


def _stays(grant: Grant, asked: ChangeTarget, evident: EvidentMembers) -> bool:
    """Whether a holder keeps an edited role, whatever is needed of it.

    Holders outside the question keep it, and holders without evidence.
    """
    if asked.node is not None:
        return grant.node != asked.node
    return evident.unseen(grant.node) is not None


def _wanted(
    needing: Needing,
    rights: AllowedRequests,
    fixed: AllowedRequests,
    *,
    shared: Collection[Request],
    adds: bool,
) -> Iterator[Request]:
    """Yield the requests that the unchanged grants do not allow.

    The log's alternative to a request gives less: it is taken, unless only the request itself is
    granted today, or others need it from the role anyway.
    """
    for needed in needing.needs:
        if fixed.still_met(rights, needing, needed):
            continue
        for request in requests_for(needing, needed, rights, shared=shared, adds=adds):
            if not fixed.keeps(rights, needing, request):
                yield request


def requests_for(
    needing: Needing,
    needed: Needed,
    rights: AllowedRequests,
    *,
    shared: Collection[Request] = (),
    adds: bool = False,
) -> tuple[Request, ...]:
    """Return the requests that meet a need: see :class:`.need.Needed`.

    ``adds``: whether it gets what nothing grants today.
    """
    if not needed.instead or (needed.request in shared and rights.allowed(needing, needed.request)):
        return (needed.request,)
    if all(rights.allowed(needing, request) for request in needed.instead):
        return needed.instead
    return (
        needed.instead
        if adds and not rights.allowed(needing, needed.request)
        else (needed.request,)
    )


def _shared_wants(
    rules: Mapping[ObjectKey, Sequence[PolicyRule]],
    chosen: Chosen,
    needing: Sequence[Needing],
    rights: AllowedRequests,
) -> Sequence[Collection[Request]]:
    """Return, for each identity, the impersonation rights that one of its roles keeps anyway."""
    roles: dict[Node, set[ObjectKey]] = {}
    for grant in chosen.grants:
        roles.setdefault(grant.node, set()).add(grant.role)
    plain: dict[ObjectKey, set[Request]] = {}
    own = [
        {role for node in identity_nodes(one) for role in roles.get(node, ())} for one in needing
    ]
    for one, its in zip(needing, own, strict=True):
        asked = {
            needed.request
            for needed in one.needs
            if needed.request.verb == "impersonate"
            and needed.request in requests_for(one, needed, rights)
            and rights.allowed(one, needed.request)
        }
        for role, request in product(its if asked else (), asked):
            if any(rule_allows(rule, request) for rule in rules[role]):
                plain.setdefault(role, set()).add(request)
    return [frozenset().union(*(plain.get(role, ()) for role in its)) for its in own]


def _stripped(grants: ChangeableGrants, taken: Iterable[Grant]) -> Iterator[Change]:
    nodes: dict[ObjectKey, set[Node]] = {}
    for grant in taken:
        nodes.setdefault(grant.binding, set()).add(grant.node)
    for key, own in nodes.items():
        binding = grants.bindings[key]
        yield Change(before=binding, after=without(grants, binding, own), why=NOTHING)


def without(grants: ChangeableGrants, binding: AnyBinding, nodes: Iterable[Node]) -> AnyBinding:
    """Return a binding without some of its subjects, in all its versions."""
    gone = set(nodes)
    scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
    subjects = dict.fromkeys(
        subject
        for one in grants.authorizer.find(binding)
        for subject in (one.subjects if hasattr(one, "subjects") else ()) or ()
        if subject_node(subject, scope) not in gone
    )
    return replace(binding, subjects=tuple(subjects))


def _whole(grants: ChangeableGrants, chosen: Chosen, assigned: Assigned) -> Iterator[Grant]:
    """Yield the grants that a new role would replace by the same rights."""
    for grant in chosen.grants:
        if grant.role not in chosen.edited:
            own = assigned.slots.get(RoleSlot(None, grant.node, grant.scope), ())
            rules = grants.rules[grant.role]
            if any(map(any, map(breakdown, rules))) and covers_all(map(rule_of, own), rules):
                yield grant


def _unsure(
    grants: ChangeableGrants, chosen: Chosen, assigned: Assigned, needing: Iterable[Needing]
) -> Iterator[Grant]:
    """Yield grants that rest on versions of objects: a new role would make certain what they give.

    A log shows what the version gives that the server holds.
    """
    authorizer = grants.authorizer
    shown = {*shown_by_log(needing)} if authorizer.versions else set()
    for slot, permissions in assigned.slots.items() if authorizer.versions else ():
        node, scope = slot.node, slot.scope
        if node is None:
            continue
        groups = (node[2],) if node[0] == GROUP else ()
        for one in permissions:
            request = request_of(one, scope)
            if (node, scope, one) in shown or one in assigned.added.get(slot, ()):
                continue
            if not authorizer.surely_allows(request, username_of(node), groups):
                for grant in chosen.grants:
                    gives = any(rule_allows(rule, request) for rule in grants.rules[grant.role])
                    if grant.node == node and grant.scope in {"", scope} and gives:
                        yield grant
