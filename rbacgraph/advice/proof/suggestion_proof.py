"""The proof of a suggestion: it is enough, and it is no more."""

from collections.abc import Iterable, Iterator, Sequence

from rbacgraph.advice.changes.nobody_gains import no_type_is_named_first, nobody_gains, places_of
from rbacgraph.advice.changes.permissions import (
    PermissionIndex,
    permission_for,
    permission_order,
    permissions_of,
    rule_of,
)
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.planning.assignment import identity_nodes
from rbacgraph.advice.planning.passing_on import replayed_writes
from rbacgraph.advice.planning.plan import AllowedRequests
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers, given_in
from rbacgraph.authz.match import rule_allows
from rbacgraph.authz.subjects import MASTERS, username_of
from rbacgraph.model.changes.change import Change, ObjectKey, key_of
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.changes.suggestion import Addition, Loss, Permission, Proof
from rbacgraph.model.inputs.required_requests import Needed, Needing, is_met
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.node import GROUP, Node, format_node
from rbacgraph.model.request import Request

_Support = tuple[ObjectKey, Permission]


def prove(
    before: Authorizer,
    after: Authorizer,
    changes: Sequence[Change],
    needing: Sequence[Needing],
    additions: Sequence[Addition] = (),
) -> Proof:
    """Return the proof of changes, or raise.

    Raises UnprovenError if a needed request is denied, a principal holds a right that it did not
        hold before and that is no addition, or a permission of a written role is not needed.
    """
    replayed, unexplained = enough(
        AllowedRequests(before), AllowedRequests(after), needing, additions
    )
    nobody_gains(before, after, additions, needing=needing)
    no_type_is_named_first(before, after, needing)
    writes, doubts = replayed_writes(before, after, needing)
    return Proof(
        requests=sum(map(len, replayed)),
        identities=sum(map(bool, replayed)),
        unexplained=unexplained,
        permissions=_each_needed(after, changes, needing),
        covered=len(concerned(after, changes)),
        writes=writes,
        doubts=doubts,
    )


def prove_losses(
    before: Authorizer,
    after: Authorizer,
    changes: Sequence[Change],
    losses: Iterable[Loss],
) -> Proof:
    """Prove that nobody holds more than before, or loses more than the answer lists.

    Raises UnprovenError if a principal does.
    """
    losses_by_place: dict[tuple[str, str], list[rbac.PolicyRule]] = {}
    for loss in losses:
        gone = map(rule_of, (*loss.lost, *loss.narrowed))
        losses_by_place.setdefault((loss.principal, loss.scope), []).extend(gone)
    compared = 0
    nodes = set()
    nobody_gains(before, after)
    no_type_is_named_first(before, after)
    for node, scope in concerned(after, changes):
        old = held_by(before, node, scope)
        new = [*held_by(after, node, scope), *_added_to(losses_by_place, node, scope)]
        covered, missing = covers(new, old)
        if not covered:
            first = next(permissions_of(missing))
            raise UnprovenError(Say.LOSES_MORE(format_node(node), first, scope))
        compared += sum(1 for _ in permissions_of(old))
        nodes.add(node)
    return Proof(
        requests=compared, identities=len(nodes), unexplained=0, permissions=0, covered=len(nodes)
    )


def same_rights(one: Authorizer, other: Authorizer) -> None:
    """Prove that all principals have the same rights in two clusters.

    Raises UnprovenError if a binding grants something in one of them and not in the other.
    """
    if _given(one) != _given(other):
        raise UnprovenError(Say.DELETIONS_TAKE_RIGHTS())


def _given(authorizer: Authorizer) -> list[object]:
    """Return what bindings grant to whom, without bindings that grant nothing."""
    return [
        (key_of(binding), binding.subjects, [role.rules for role in roles])
        for binding in authorizer.bindings
        if binding.subjects and (roles := authorizer.roles_of(binding))
    ]


def enough(
    before: AllowedRequests,
    after: AllowedRequests,
    needing: Iterable[Needing],
    additions: Iterable[Addition] = (),
) -> tuple[list[list[Needed]], int]:
    """Replay needs: what is allowed before, or added, must be allowed after.

    A need that each version of an object allows before must not depend on one version afterwards.
    """
    added = {(one.principal, one.scope, one.permission) for one in additions}
    replayed, unexplained = [], 0
    for one in needing:
        names = [format_node(node) for node in identity_nodes(one)]
        own = []
        for needed in one.needs:
            request = needed.request
            thing = (request.namespace, permission_for(request))
            if after.still_met(before, one, needed):
                own.append(needed)
            elif before.met(one, needed) or any((name, *thing) in added for name in names):
                denied = permission_for(request)
                raise UnprovenError(Say.IS_DENIED(names[0], denied, request.namespace))
            else:
                unexplained += 1
        replayed.append(own)
    return replayed, unexplained


def _added_to(
    added: dict[tuple[str, str], list[rbac.PolicyRule]], node: Node, scope: str
) -> list[rbac.PolicyRule]:
    name = format_node(node)
    own = added.get((name, ""), [])
    return own if not scope else [*own, *added.get((name, scope), [])]


def held_by(authorizer: Authorizer, node: Node, scope: str) -> list[rbac.PolicyRule]:
    """Return the rules that a principal's own bindings grant in a scope."""
    groups = (node[2],) if node[0] == GROUP else ()
    found: list[rbac.PolicyRule] = []
    for held in authorizer.rules_for(username_of(node), groups, scope):
        local = isinstance(held.binding, rbac.RoleBinding)
        found += given_in(scope if local else "", (held.rule,))
    return found


def concerned(after: Authorizer, changes: Iterable[Change]) -> list[tuple[Node, str]]:
    """Return whose rights the changes concern, and where."""
    roles: set[ObjectKey] = set()
    found: dict[tuple[Node, str], None] = {}
    for change in changes:
        for obj in (change.before, change.after):
            if isinstance(obj, rbac.Role | rbac.ClusterRole):
                roles.add(change.key)
            elif isinstance(obj, rbac.RoleBinding | rbac.ClusterRoleBinding):
                found.update(dict.fromkeys(places_of(obj)))
    for binding in after.bindings:
        if any(key_of(role) in roles for role in after.roles_of(binding)):
            found.update(dict.fromkeys(places_of(binding)))
    return sorted(found)


def _each_needed(
    after: Authorizer,
    changes: Iterable[Change],
    needing: Iterable[Needing],
) -> int:
    """Count the permissions of written roles, and check that each one is needed."""
    written = {
        change.key: change.after
        for change in changes
        if isinstance(change.after, rbac.Role | rbac.ClusterRole)
    }
    every = {
        (key, permission)
        for key, role in written.items()
        for permission in widest(permissions_of(role.rules or ()))
    }
    idle = set(every)
    if every:
        supports = _Supports(after, every)
        for one in needing:
            if MASTERS not in one.groups and supports.concerns(one):
                for needed in one.needs:
                    idle -= supports.critical(one, needed)
    if idle:
        role, first = min(idle, key=_order)
        raise UnprovenError(Say.IS_NEEDED_BY_NOBODY(first, role))
    return len(every)


def _order(support: _Support) -> tuple[object, ...]:
    key, permission = support
    return key, permission_order(permission)


def widest(permissions: Iterable[Permission]) -> Iterator[Permission]:
    """Yield permissions that no other covers: the fewest rules may hold a right twice."""
    found = tuple(permissions)
    index = PermissionIndex(found)
    for one in found:
        if not any(other != one for other in index.covering(one)):
            yield one


class _Supports:
    """The written permissions that allow a request."""

    def __init__(self, after: Authorizer, every: Iterable[_Support]) -> None:
        self._after = after
        written: dict[ObjectKey, list[Permission]] = {}
        for key, permission in every:
            written.setdefault(key, []).append(permission)
        self._by_role = {key: PermissionIndex(own) for key, own in written.items()}
        self._nodes = {
            node
            for binding in after.bindings
            if any(key_of(role) in self._by_role for role in after.roles_of(binding))
            for node, _ in places_of(binding)
        }

    def concerns(self, needing: Needing) -> bool:
        """Whether an identity has any written role."""
        return not self._nodes.isdisjoint(identity_nodes(needing))

    def critical(self, needing: Needing, needed: Needed) -> set[_Support]:
        """Return the permissions without which a need is denied."""
        requests = (needed.request, *needed.instead)
        supports = {request: self._of(needing, request) for request in requests}
        options = set().union(*(own for own in supports.values() if own))

        def is_denied(without: _Support) -> bool:
            def allowed(request: Request) -> bool:
                own = supports[request]
                return own is None or bool(own - {without})

            return not is_met(needed, allowed)

        if len(requests) == 1:
            own = supports[needed.request]
            return own if own and len(own) == 1 else set()
        whole = is_met(needed, lambda request: supports[request] != set())
        return {support for support in options if is_denied(support)} if whole else set()

    def _of(self, needing: Needing, request: Request) -> set[_Support] | None:
        """Return which written permissions allow a request; None if something else does."""
        found: set[_Support] = set()
        looked: set[ObjectKey] = set()
        for held in self._after.rules_for(needing.user, needing.groups, request.namespace):
            key = key_of(held.role)
            if key in looked or not rule_allows(held.rule, request):
                continue
            if key not in self._by_role:
                if self._after.versions.doubt(held.binding, held.role, held.rule_index):
                    continue
                return None
            looked.add(key)
            found.update((key, one) for one in self._by_role[key].allowing(request))
        return found
