"""What roles that an attacker binds to itself give with what it holds, in one request.

A technique that takes several rights of one requester is looked at by these rights, not by who
holds them. Somebody who can bind a role can bind it to any identity that he controls. So each
right of the technique is either *held*, all such rights by one requester, or is in a role that
can be *bound* by any requester. A request *apart*, such as the delete that frees a name, may be
anybody's::

    ability  <-  one requester holds the rights of T,  a role with r can be bound, for each other r,
                 somebody holds d, for each right d of a request apart

There is one node for each set of rights that is held, one for each right that can be bound, and
one AND node for each way to choose T, however many hold or bind it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property, partial
from itertools import chain, combinations
from typing import NamedTuple

from rbacgraph.facts.world import Facts
from rbacgraph.graph.conjunctions.atoms import IN_PART, Atom, bindable, bound_node, held_node
from rbacgraph.graph.conjunctions.in_versions import found_by, guards_of
from rbacgraph.graph.conjunctions.role_rights import (
    FULL_CONTROL,
    Matched,
    RightsOfRoles,
    RoleRight,
    RoleRights,
    ScopedRole,
)
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP, AnyRole
from rbacgraph.model.node import ALL, EACH_NAMESPACE, JOIN, GraphNode
from rbacgraph.model.node_keys import RightName, RoleName, SelfBoundParts
from rbacgraph.techniques.catalogue import KINDS
from rbacgraph.techniques.rbac_writes.bind_role import place_words
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldRight,
    Holder,
    Used,
    meet,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import Edge, Match, Right

HOLDS, NEEDS = KINDS["holds"], KINDS["needs"]
_WIDE = ("", EACH_NAMESPACE)
_DELETE = ("delete",)

BindingNeeds = tuple[tuple[GraphNode, ...], Condition]
"""What the binding of a role needs, and under which condition."""


class SelfBoundPart(NamedTuple):
    """What somebody holds: by the grants of a node, or of an identity by several bindings.

    ``in_part`` says that it is had by acting as another for some requests: no role that is bound
    adds to it.
    """

    node: GraphNode
    grants: tuple[ScopedRole, ...]
    in_part: bool = False


class _Slot(NamedTuple):
    """A right that an ability takes, and what decides which rules count for it."""

    right: Right
    by_role: bool
    cluster_scoped: bool


_Body = tuple[CompoundRight, tuple[_Slot, ...]]
"""An ability, with rights that are enough for it and all needed."""


class _Instance(NamedTuple):
    """A way to an ability, by an atom for each of its rights."""

    ability: CompoundRight
    atoms: tuple[Atom, ...]


class _Way(NamedTuple):
    """An instance, with what one requester holds, what can be bound, and what anybody may hold."""

    instance: _Instance
    held: tuple[Atom, ...]
    bound: tuple[Atom, ...]
    apart: tuple[Atom, ...]


Givers = dict[GraphNode, HeldRight]
"""Who gives an atom, each by which rule."""


class _Pool:
    """Atoms, found by right, scope and name."""

    def __init__(self) -> None:
        self.givers: dict[Atom, Givers] = {}
        self.slots: dict[_Slot, dict[str, dict[str | None, dict[Atom, None]]]] = {}

    def add(self, slot: _Slot, atom: Atom, node: GraphNode, holding: HeldRight) -> None:
        """Add that a node gives an atom, by a rule."""
        self.givers.setdefault(atom, {}).setdefault(node, holding)
        by_name = self.slots.setdefault(slot, {}).setdefault(atom.scope, {})
        names = atom.names
        for name in (None,) if names is None else sorted(names):
            by_name.setdefault(name, {})[atom] = None

    def near(self, slot: _Slot, scope: str, names: frozenset[str] | None) -> Iterator[Atom]:
        """Yield the atoms that hold somewhere in a scope, for one of some names."""
        known = self.slots.get(slot, {})
        for at in known if scope in _WIDE else wider_scopes(scope):
            by_name = known.get(at, {})
            wanted = by_name if names is None else (None, *sorted(names))
            yield from dict.fromkeys(a for name in wanted for a in by_name.get(name, ()))


class _Wanted:
    """Finds what roles give of some slots, once for all roles with equal rules."""

    def __init__(self, rights: RightsOfRoles, slots: Iterable[_Slot]) -> None:
        self._of_roles = rights
        self._slots: dict[Right, list[_Slot]] = {}
        for slot in slots:
            self._slots.setdefault(slot.right, []).append(slot)
        self._known: dict[int, Sequence[tuple[Matched, Sequence[_Slot]]]] = {}
        self.rights = rights.as_set(self._slots)
        """The set of the slots' rights."""

    def of(self, role: AnyRole) -> Sequence[tuple[Matched, Sequence[_Slot]]]:
        """Return what a role gives of the rights, each with its slots."""
        gives = self._of_roles.find((role,))
        found = self._known.get(id(gives))  # the rights of roles keep it
        if found is None:
            pairs = ((matched, self._slots.get(matched[0])) for matched in gives.matches)
            found = [(matched, slots) for matched, slots in pairs if slots]
            self._known[id(gives)] = found
        return found


class SelfBound:
    """Finds what roles that can be bound give with what somebody holds."""

    def __init__(
        self, world: Facts, rights: RightsOfRoles, abilities: Iterable[CompoundRight]
    ) -> None:
        self._world = world
        self._rights = rights
        self._bodies = [
            (ability, _slots(ability, body))
            for ability in abilities
            for body in ability.together
            if rights.as_set(body)
        ]
        self._found: dict[_Instance, Sequence[RoleRight]] = {}
        self._heads: dict[_Instance, dict[tuple[str, RightName, Condition], RoleRight]] = {}
        self._bound, self._held = _Pool(), _Pool()
        self._together: dict[Atom, Givers] = {}
        self._holders: dict[tuple[Atom, ...], Sequence[Holder]] = {}
        self._at_most: dict[tuple[CompoundRight, tuple[Right, ...], str], RoleRights] = {}

    def more(
        self,
        bindable: Iterable[SelfBoundPart],
        parts: Iterable[SelfBoundPart],
        rights_of: Callable[[GraphNode], RoleRights],
    ) -> Iterator[tuple[GraphNode, RoleRight]]:
        """Yield what is new: who has an ability by several atoms, and the ability."""
        self._bound, self._held = _Pool(), _Pool()
        self._together, self._holders = {}, {}
        self._gather(self._bound, bindable, self._bodies)
        bodies = [
            (ability, slots)
            for ability, slots in self._bodies
            if not self._bound.slots.keys().isdisjoint(slots)
            or any(slot.right in ability.apart for slot in slots)
        ]
        self._gather(self._held, parts, bodies)
        given = self._bound.slots.keys() | self._held.slots.keys()
        bodies = [one for one in bodies if given.issuperset(one[1])]
        known = _Known(self._world, rights_of)
        for instance in dict.fromkeys(self._instances(bodies, known)):
            heads = self._heads.setdefault(instance, {})
            for had in self._found_by(instance):
                key = had.scope, had.name, had.condition
                if key not in heads and not self._is_told(instance, had, known):
                    heads[key] = had
                    yield held_node(instance.atoms, instance.ability), had

    # Who gives what

    def _gather(self, pool: _Pool, parts: Iterable[SelfBoundPart], bodies: Iterable[_Body]) -> None:
        every = list(dict.fromkeys(slot for _, slots in bodies for slot in slots))
        local = [slot for slot in every if not slot.cluster_scoped or _is_local(slot.right)]
        # Full control of a namespace has all that does not reach out of it.
        beyond = [slot for slot in local if slot.cluster_scoped]
        wide, inside, full = (_Wanted(self._rights, slots) for slots in (every, local, beyond))
        for part in parts if wide.rights else ():
            for grant in part.grants:
                wanted = inside if grant.scope else wide
                if grant.gives.full and len(grant.roles) == 1:
                    if not grant.scope:
                        continue  # nothing can be added to it
                    wanted = full
                if grant.gives.rights & wanted.rights:
                    self._add(pool, part, grant, wanted)

    def _add(self, pool: _Pool, part: SelfBoundPart, grant: ScopedRole, wanted: "_Wanted") -> None:
        for role in grant.roles:
            for (right, match, number), slots in wanted.of(role):
                holding = HeldRight(right, match, grant.scope, role, number, grant.binding)
                for slot in slots:
                    atom = self._atom(holding, by_role=slot.by_role, in_part=part.in_part)
                    if len(part.grants) > 1:
                        self._together.setdefault(atom, {}).setdefault(part.node, holding)
                    if len(part.grants) == 1 or slot.by_role:
                        pool.add(slot, atom, part.node, holding)

    def _atom(self, holding: HeldRight, *, by_role: bool, in_part: bool) -> Atom:
        given_by = [IN_PART] if in_part else []
        if by_role:
            for one in (holding.role, holding.binding):
                if one is not None:
                    given_by += (type(one).__name__, one.metadata.namespace, one.metadata.name)
        versions = self._world.rbac.versions
        if versions:
            for key, among in chain.from_iterable(guards_of(versions, (holding,))):
                given_by += (*key, *(f"version {number + 1}" for number in sorted(among)))
        return Atom(holding.right, holding.match, holding.scope, tuple(given_by))

    # What atoms give together

    def _instances(self, bodies: Iterable[_Body], known: "_Known") -> Iterator[_Instance]:
        """Yield all ways to abilities that take a role that can be bound, or a request apart."""
        for ability, slots in bodies:
            adds = cache(partial(self._adds, known, ability, tuple(s.right for s in slots)))
            for place, slot in enumerate(slots):
                others = [one for one in slots if one is not slot]
                pools = (self._bound, *((self._held,) if slot.right in ability.apart else ()))
                first = chain.from_iterable(pool.near(slot, "", None) for pool in pools)
                for atom in filter(adds, dict.fromkeys(first)):
                    for atoms in self._completed(ability, adds, (atom,), others):
                        ordered = (*atoms[1 : place + 1], atom, *atoms[place + 1 :])
                        yield _Instance(ability, ordered)

    def _completed(
        self,
        ability: CompoundRight,
        adds: Callable[[Atom], bool],
        atoms: tuple[Atom, ...],
        slots: Sequence[_Slot],
    ) -> Iterator[tuple[Atom, ...]]:
        """Add an atom for each of some slots: all of them hold in one place, for one name.

        One requester holds those that are in no role to be bound and in no request apart.
        """
        if not slots:
            yield atoms
            return
        slot, *others = slots
        scope: str | None = ""
        names: frozenset[str] | None = None
        for atom in atoms:
            scope = meet(scope or "", atom.scope)
            if atom.right[1:] == slot.right[1:] and atom.names is not None:
                names = atom.names if names is None else names & atom.names
        assert scope is not None
        found = (pool.near(slot, scope, names) for pool in (self._bound, self._held))
        for atom in filter(adds, dict.fromkeys(chain.from_iterable(found))):
            if self._have_one_holder(ability, (*atoms, atom)):
                yield from self._completed(ability, adds, (*atoms, atom), others)

    def _have_one_holder(self, ability: CompoundRight, atoms: Iterable[Atom]) -> bool:
        """Whether one requester holds what of some atoms can neither be bound nor is apart."""
        together = [atom for atom in atoms if atom.right not in ability.apart]
        held = [atom for atom in together if atom not in self._bound.givers]
        if len(held) < len(together) and any(atom.in_part for atom in held):
            return False
        return len(held) < 2 or next(self._holdings(held), None) is not None  # noqa: PLR2004

    def _adds(
        self, known: "_Known", ability: CompoundRight, rights: tuple[Right, ...], atom: Atom
    ) -> bool:
        """Whether somebody who gives an atom has less than all that some rights can give there."""
        if atom.right in ability.alone and atom.match.nameless:
            return False
        if atom.scope and ability.cluster_scoped:
            return True
        nodes = [node for givers in self._givers(atom) for node in givers]
        if not all(known.has(node, ability) for node in nodes):
            return True
        most = self._most(ability, rights, atom.scope)
        return not all(known.gives(node, had) for node in nodes for had in most)

    def _most(self, ability: CompoundRight, rights: tuple[Right, ...], scope: str) -> RoleRights:
        key = ability, rights, scope
        if key not in self._at_most:
            free = {right: Match(right.verbs, (right.key,), ()) for right in rights}
            held = {r: [HeldRight(r, free[r], scope, FULL_CONTROL, 0)] for r in rights}
            found = found_by(ability, self._world, held, self._world.rbac.versions)
            self._at_most[key] = [RoleRight(ability, *one) for one in found]
        return self._at_most[key]

    def _found_by(self, instance: _Instance) -> Sequence[RoleRight]:
        """Return the abilities that need all atoms of a way."""
        known = self._found.get(instance)
        if known is None:
            ability, atoms = instance
            held = {atom.right: [self._rule(atom)] for atom in atoms}
            used = [one for (one,) in held.values()]
            each = EACH_NAMESPACE in {atom.scope for atom in atoms}
            binding = self._world.identities.binding if each else {}
            found_rights = [
                found._replace(condition=both(found.condition, binding.get(found.scope, CERTAIN)))
                for found in found_by(ability, self._world, held, self._world.rbac.versions)
                if all(one in found.uses for one in used)
            ]
            certain = {(one.scope, one.name) for one in found_rights if not one.condition}
            known = self._found[instance] = [
                RoleRight(ability, found.scope, found.name, _other_uses(found), found.condition)
                for found in found_rights
                if not found.condition or (found.scope, found.name) not in certain
            ]
        return known

    def _rule(self, atom: Atom) -> HeldRight:
        """Return a rule that gives an atom: all that do are alike."""
        return next(holding for givers in self._givers(atom) for holding in givers.values())

    def _givers(self, atom: Atom) -> Iterator[Givers]:
        for pool in (self._held, self._bound):
            yield pool.givers.get(atom, {})

    def _is_told(self, instance: _Instance, had: RoleRight, known: "_Known") -> bool:
        """Whether all who give one of the atoms have the ability anyway."""
        return any(
            all(known.gives(node, had) for givers in self._givers(atom) for node in givers)
            for atom in instance.atoms
        )

    # Nodes and edges

    def holders(self) -> Iterator[tuple[GraphNode, CompoundRight, Sequence[Holder]]]:
        """Yield the nodes of what is held and of what can be bound, each with who has it."""
        done: set[GraphNode] = set()
        for (ability, _), held, bound, apart in self._ways:
            for atoms in (held, *((atom,) for atom in apart)):
                node = held_node(atoms, ability)
                if node not in done:
                    done.add(node)
                    yield node, ability, self._holding(atoms)
            for atom in bound:
                node, givers = bound_node(atom), self._bound.givers[atom].items()
                if node not in done and len(givers) > 1:
                    done.add(node)
                    yield node, ability, [Holder(bindable(g), (h,), CERTAIN) for g, h in givers]

    def _holding(self, atoms: tuple[Atom, ...]) -> Sequence[Holder]:
        """Return who holds some atoms."""
        if atoms not in self._holders:
            found: dict[GraphNode, tuple[HeldRight, ...]] = {}
            for node, uses in self._holdings(atoms):
                found.setdefault(node, uses)
            self._holders[atoms] = [Holder(node, uses, CERTAIN) for node, uses in found.items()]
        return self._holders[atoms]

    def _holdings(self, atoms: Sequence[Atom]) -> Iterator[tuple[GraphNode, tuple[HeldRight, ...]]]:
        pools = (self._held.givers, self._together) if len(atoms) > 1 else (self._held.givers,)
        for givers in pools:
            first, *others = (givers.get(atom, {}) for atom in atoms)
            for node, holding in first.items():
                if all(node in one for one in others):
                    yield node, (holding, *(one[node] for one in others))

    @cached_property
    def _ways(self) -> Sequence[_Way]:
        """The ways to abilities, once nothing new is found."""
        return [
            way
            for instance, heads in self._heads.items()
            if heads
            for way in self._ways_of(instance)
        ]

    def _ways_of(self, instance: _Instance) -> Iterator[_Way]:
        """Yield the ways to split what is no request apart into what is held and what is bound."""
        apart = tuple(atom for atom in instance.atoms if atom.right in instance.ability.apart)
        together = [atom for atom in instance.atoms if atom not in apart]
        if not all(map(self._holding, ((atom,) for atom in apart))):
            return
        for size in range(1, len(together) + bool(apart)):
            for held in combinations(together, size):
                bound = tuple(atom for atom in together if atom not in held)
                bindable = all(atom in self._bound.givers for atom in bound)
                if bound and any(atom.in_part for atom in held):
                    continue
                if bindable and self._holding(held):
                    yield _Way(instance, held, bound, apart)

    def edges(self) -> Iterator[tuple[int, Edge]]:
        """Yield what leads from a part that is held and parts that can be bound to all of them."""
        done: dict[GraphNode, set[GraphNode]] = {}
        for (ability, atoms), held, bound, apart in self._ways:
            others = (held_node((atom,), ability) for atom in apart)
            parts = dict.fromkeys((held_node(held, ability), *map(self._part, bound), *others))
            source: GraphNode = JOIN, "", SelfBoundParts(tuple(parts))
            target = held_node(atoms, ability)
            if source not in done:
                done[source] = set()
                for part in parts:
                    yield NEEDS, (part, source, None, CERTAIN)
            if target not in done[source]:
                done[source].add(target)
                alone = (self._bound.givers[atom] for atom in bound)
                uses = tuple(one for givers in alone if len(givers) == 1 for one in givers.values())
                yield HOLDS, (source, target, uses, CERTAIN)

    def _part(self, atom: Atom) -> GraphNode:
        """Return the node of what can be bound for an atom: the role, if only one gives it.

        So ways that bind the same role share its node.
        """
        first, *others = self._bound.givers[atom]
        return bound_node(atom) if others else bindable(first)

    def joins(self, joins: Iterable[Hyperarc]) -> Iterator[Hyperarc]:
        """Yield the joins by which roles are bound, with what these can be bound for."""
        atoms = dict.fromkeys(atom for way in self._ways for atom in way.bound)
        used = dict.fromkeys(node for atom in atoms for node in self._bound.givers[atom])
        for join in joins:
            more = tuple(bindable(node) for node in join.targets if node in used)
            yield join._replace(targets=(*join.targets, *more)) if more else join
        for node in used:
            if node[0] == ALL:
                words = f"can bind full control {place_words(node[1])} to itself"
                yield Hyperarc((node,), (bindable(node),), words, node[1], ("full control",))

    def forget_search(self) -> None:
        """Free what only :meth:`more` and :meth:`joins` ask for, once nothing new is found.

        The ways and their holders are known then; only what can be bound is still asked for.
        """
        self._held = _Pool()
        self._bound.slots.clear()
        for known in (self._found, self._heads, self._together, self._at_most):
            known.clear()


_Heads = set[tuple[str, str, RightName]]


class _Known:
    """Abilities that grants give alone."""

    def __init__(self, world: Facts, rights_of: Callable[[GraphNode], RoleRights]) -> None:
        self._world = world
        self._rights_of = rights_of
        self._all: dict[GraphNode, tuple[_Heads, _Heads]] = {}

    def has(self, node: GraphNode, ability: CompoundRight) -> bool:
        """Whether a grant gives some of an ability."""
        return any(had.ability is ability for had in self._rights_of(node))

    def gives(self, node: GraphNode, had: RoleRight) -> bool:
        """Whether a grant gives an ability as such or as part of more, under no more conditions."""
        if node not in self._all:
            found_rights = self._rights_of(node)
            certain = {(h.ability.id, h.scope, h.name) for h in found_rights if not h.condition}
            self._all[node] = certain, {(h.ability.id, h.scope, h.name) for h in found_rights}
        known = self._all[node][bool(had.condition)]
        return any(
            (had.ability.id, scope, name) in known
            for scope in wider_scopes(had.scope)
            if had.condition or not had.ability.narrowed(self._world, scope, had.scope)
            for name in _wider_names(had.name)
        )


def _wider_names(name: RightName) -> tuple[RightName, ...]:
    """Return a name of an ability and those that stand for it and more: any role of its kind."""
    return (name, name._replace(name=""), "") if isinstance(name, RoleName) else (name, "")


def _slots(ability: CompoundRight, rights: Sequence[Right]) -> tuple[_Slot, ...]:
    """Return the rights of a body, with what decides which rules count.

    If a binding or a role is deleted first, what gives the other rights must not be that one.
    """
    deletes = any(one.group == RBAC_GROUP and one.verbs == _DELETE for one in rights)
    return tuple(
        _Slot(right, deletes and right.verbs != _DELETE, ability.cluster_scoped) for right in rights
    )


def _other_uses(found: FoundRight) -> tuple[Used, ...]:
    """Return what an ability rests on but for the rules, which those who hold them bring."""
    return tuple(use for use in found.uses if not isinstance(use, HeldRight))


def _is_local(right: Right) -> bool:
    """Whether a RoleBinding gives a right that an ability needs in no namespace."""
    return right.resource == "serviceaccounts"
