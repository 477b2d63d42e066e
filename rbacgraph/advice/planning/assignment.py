"""Assigns each needed request to one grant, so that no permission is written twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.advice.changes.changeable_grants import ChangeableGrants, Grant
from rbacgraph.advice.changes.permissions import PermissionIndex, permission_for, permission_order
from rbacgraph.authz.match import rule_allows
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.model.inputs.required_requests import Needing, ServerChecks
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.node import GROUP, Node, user_node
from rbacgraph.model.request import Request


class RoleSlot(NamedTuple):
    """Rules to write: of an edited role, or of a new role for a subject.

    ``role`` is the edited role, else None; ``node`` and ``scope`` are the new role's holder.
    """

    role: ObjectKey | None
    node: Node | None = None
    scope: str = ""


class WantedRequest(NamedTuple):
    """A request that the changeable grants must allow an identity."""

    nodes: tuple[Node, ...]
    request: Request


class Site(NamedTuple):
    """A slot where a subject has it: by a grant of an edited role, or by its own binding."""

    slot: RoleSlot
    grant: Grant | None


class Assigned(NamedTuple):
    """What each slot must hold, which grants of edited roles stay, and what nothing grants."""

    slots: dict[RoleSlot, tuple[Permission, ...]]
    staying: frozenset[Grant]
    unmet: tuple[WantedRequest, ...]
    added: dict[RoleSlot, dict[Permission, None]]


def identity_nodes(needing: Needing | ServerChecks) -> tuple[Node, ...]:
    """Return the subjects of an identity: the user, then its groups."""
    own = (user_node(needing.user),) if needing.user else ()
    return (*own, *((GROUP, "", group) for group in needing.groups))


def needs_by_node(needing: Iterable[Needing]) -> Mapping[Node, Sequence[Request]]:
    """Return what each subject needs: a group needs what its members need."""
    found: dict[Node, list[Request]] = defaultdict(list)
    for one in needing:
        for node in identity_nodes(one):
            found[node] += [needed.request for needed in one.needs]
    return found


def assign(
    grants: ChangeableGrants,
    edited: frozenset[ObjectKey],
    chosen: Sequence[Grant],
    wants: Sequence[WantedRequest],
    *,
    pinned: frozenset[Grant],
    receiver: Callable[[Sequence[Node]], Node | None],
) -> Assigned:
    """Decide what each slot must hold.

    ``chosen``: the grants that may serve: of edited roles, and those that are replaced.
    ``pinned``: grants that stay, whatever they are needed for.
    ``receiver``: returns which subject of an identity gets a new role for a request that no grant
        allows today; None for none.
    """
    by_node: dict[Node, list[Grant]] = defaultdict(list)
    for grant in chosen:
        by_node[grant.node].append(grant)
    sites: dict[Site, dict[Permission, None]] = defaultdict(dict)
    added: dict[RoleSlot, dict[Permission, None]] = defaultdict(dict)
    unmet: list[WantedRequest] = []
    met: list[WantedRequest] = []
    for want in wants:
        found = _serving(grants, edited, by_node, want)
        if found is not None:
            site, permission = found
        elif (node := receiver(want.nodes)) is not None:
            site = Site(RoleSlot(None, node, want.request.namespace), None)
            permission = permission_for(want.request)
            added[site.slot][permission] = None
        else:
            unmet.append(want)
            continue
        sites[site][permission] = None
        met.append(want)
    for grant in pinned:
        sites.setdefault(Site(RoleSlot(grant.role), grant), {})
    slots, staying = _Pruning(sites, met, pinned).result()
    return Assigned(slots, staying, tuple(unmet), dict(added))


def _serving(
    grants: ChangeableGrants,
    edited: frozenset[ObjectKey],
    by_node: dict[Node, list[Grant]],
    want: WantedRequest,
) -> tuple[Site, Permission] | None:
    """Return where a request is served best: in its own namespace, without a new role."""
    request = want.request
    found = [
        (bool(grant.scope) is not bool(request.namespace), grant.role not in edited, place, grant)
        for place, node in enumerate(want.nodes)
        for grant in by_node.get(node, ())
        if grant.scope in {"", request.namespace} and _allowing(grants.rules[grant.role], request)
    ]
    if not found:
        return None
    *_, grant = min(found)
    permission = permission_for(request, _allowing(grants.rules[grant.role], request))
    if grant.role in edited and bool(grant.scope) is bool(request.namespace):
        return Site(RoleSlot(grant.role), grant), permission
    return Site(RoleSlot(None, grant.node, request.namespace), None), permission


def _allowing(rules: Iterable[PolicyRule], request: Request) -> list[PolicyRule]:
    return [rule for rule in rules if rule_allows(rule, request)]


_Support = tuple[Site, Permission]


class _Pruning:
    """Removes, one by one, what is not needed while the rest is there."""

    def __init__(
        self,
        sites: dict[Site, dict[Permission, None]],
        wants: Iterable[WantedRequest],
        pinned: frozenset[Grant],
    ) -> None:
        self._pinned = pinned
        self._sites = dict(sites)
        self._slots: dict[RoleSlot, dict[Permission, None]] = defaultdict(dict)
        for site, permissions in sites.items():
            self._slots[site.slot].update(permissions)
        self._index = {slot: PermissionIndex(own) for slot, own in self._slots.items()}
        self._by_node: dict[Node, list[Site]] = defaultdict(list)
        for site in sites:
            node = site.grant.node if site.grant else site.slot.node
            assert node is not None
            self._by_node[node].append(site)
        self._supports: list[set[_Support]] = []
        self._of_site: dict[Site, set[int]] = defaultdict(set)
        self._of_permission: dict[tuple[RoleSlot, Permission], set[int]] = defaultdict(set)
        for want in dict.fromkeys(wants):
            self._note(set(self._supporting(want)))

    def _note(self, support: set[_Support]) -> None:
        number = len(self._supports)
        self._supports.append(support)
        for site, permission in support:
            self._of_site[site].add(number)
            self._of_permission[site.slot, permission].add(number)

    def _supporting(self, want: WantedRequest) -> Iterator[_Support]:
        request = want.request
        for node in want.nodes:
            for site in self._by_node.get(node, ()):
                scope = site.grant.scope if site.grant else site.slot.scope
                if scope in {"", request.namespace}:
                    for permission in self._index[site.slot].allowing(request):
                        yield site, permission

    def result(self) -> tuple[dict[RoleSlot, tuple[Permission, ...]], frozenset[Grant]]:
        """Prune: grants first, the widest first; then permissions, of new roles first."""
        for site in sorted(self._sites, key=_site_order):
            if site.grant is None or site.grant not in self._pinned:
                if self._is_served_wider(site):
                    continue
                self._drop(self._of_site[site], lambda s, site=site: s[0] == site)  # type: ignore[misc]
                if not self._of_site[site]:
                    del self._sites[site]
        staying = {site.slot for site in self._sites}
        slots: dict[RoleSlot, tuple[Permission, ...]] = {}
        for slot in sorted(self._slots, key=_slot_order):
            own = sorted(self._slots[slot], key=_widest)
            kept = [permission for permission in own if self._keeps(slot, permission)]
            if slot in staying:
                slots[slot] = tuple(sorted(kept, key=permission_order))
        grants = frozenset(site.grant for site in self._sites if site.grant)
        return slots, grants

    def _is_served_wider(self, site: Site) -> bool:
        """Whether a wider grant of its role, without a need of its own, would replace a grant.

        A need in one namespace is no reason to hold the role everywhere.
        """
        scope = site.grant.scope if site.grant else ""
        return bool(scope) and any(
            all(
                other.slot == site.slot
                and other.grant is not None
                and not other.grant.scope
                and permission not in self._sites[other]
                for other, permission in self._supports[number]
                if other != site
            )
            for number in self._of_site[site]
        )

    def _keeps(self, slot: RoleSlot, permission: Permission) -> bool:
        numbers = self._of_permission[slot, permission]
        return not self._drop(numbers, lambda s: s[0].slot == slot and s[1] == permission)

    def _drop(self, numbers: set[int], is_it: Callable[[_Support], bool]) -> bool:
        """Remove what is not the only support of anything; return whether it was removed."""
        left = {n: {s for s in self._supports[n] if not is_it(s)} for n in numbers}
        if not all(left.values()):
            return False
        for number, support in left.items():
            gone = self._supports[number] - support
            for site in {site for site, _ in gone} - {site for site, _ in support}:
                self._of_site[site].discard(number)
            for place in _places(gone) - _places(support):
                self._of_permission[place].discard(number)
            self._supports[number] = support
        return True


def _places(supports: Iterable[_Support]) -> set[tuple[RoleSlot, Permission]]:
    return {(site.slot, permission) for site, permission in supports}


def _widest(one: Permission) -> tuple[bool, tuple[str, ...]]:
    """Return a sort key: named permissions go before unnamed ones, which may cover them."""
    return one.name is None, permission_order(one)


def _slot_order(slot: RoleSlot) -> tuple[bool, ObjectKey | Node, str]:
    return slot.role is not None, slot.role or slot.node or ("", "", ""), slot.scope


def _site_order(
    site: Site,
) -> tuple[bool, bool, tuple[bool, ObjectKey | Node, str], tuple[object, ...]]:
    scope = site.grant.scope if site.grant else site.slot.scope
    return site.grant is not None, bool(scope), _slot_order(site.slot), site.grant or ()
