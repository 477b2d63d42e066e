"""What a role that one binds to oneself gives beside what one holds already, in one request.

A role that can be bound is added to each part of what an identity holds: to what one grant
gives, or several bindings. Where both together give an ability that neither gives, they are a
grant of their own, which needs both. Two such roles beside a third are not looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import role_words
from rbacgraph.facts.world import World
from rbacgraph.graph.conjunctions.in_versions import found_by
from rbacgraph.graph.conjunctions.role_rights import Grant, Had, RightsOfRoles, Told
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.kubernetes.rbac import AnyBinding
from rbacgraph.model.node import ABILITY, ALL, EACH_NAMESPACE, GRANT, Node, format_node, one_word
from rbacgraph.techniques.rbac_writes.bind_role import place_words
from rbacgraph.techniques.spec.compound_rights import (
    Ability,
    Found,
    Held,
    Holding,
    meet,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Join
from rbacgraph.techniques.spec.technique import Edge, Right

_WIDE = ("", EACH_NAMESPACE)

Needed = tuple[tuple[Node, ...], Condition]
"""What the binding of a role needs, and under which condition."""


class Part(NamedTuple):
    """What somebody holds: by the grants of a node, or of an identity by several bindings."""

    node: Node
    grants: tuple[Grant, ...]
    places: tuple[int, ...] = ()


class _Known:
    """Abilities that are had anyway."""

    def __init__(self, world: World, told: Told) -> None:
        self._world = world
        self._certain = {(h.ability.id, h.scope, h.name) for h in told if not h.condition}
        self._all = {(had.ability.id, had.scope, had.name) for had in told}

    def gives(self, had: Had) -> bool:
        """Whether an ability is had as such or as part of more, under no more conditions."""
        known = self._all if had.condition else self._certain
        return any(
            (had.ability.id, scope, name) in known
            for scope in wider_scopes(had.scope)
            if had.condition or not had.ability.narrowed(self._world, scope, had.scope)
            for name in (had.name, "")
        )


class _Shape(NamedTuple):
    """What decides which abilities a part may add to.

    Parameters
    ----------
    gives:
        The rights that it gives of each ability, as far as others may add to them.
    full:
        Whether it gives everything there is in a namespace.
    """

    gives: tuple[int, ...]
    full: bool


_NOTHING = _Shape((), full=False)


class _Joint(NamedTuple):
    """An ability that may need several rules, with its rights as sets."""

    ability: Ability
    rights: int
    together: Sequence[int]
    alone: int
    local: int
    """What of it a RoleBinding can give."""


class Beside:
    """Finds what roles that can be bound give beside what somebody holds.

    Parameters
    ----------
    world, rights:
        The cluster, and what its roles give.
    abilities:
        Those that count.
    """

    def __init__(
        self,
        world: World,
        rights: RightsOfRoles,
        abilities: Iterable[Ability],
    ) -> None:
        self._world = world
        self._rights = rights
        self._abilities = [
            _Joint(
                ability,
                rights.as_set(ability.rights),
                [rights.as_set(several) for several in ability.together],
                rights.as_set(ability.alone),
                rights.as_set(filter(_local, ability.rights))
                if ability.cluster_scoped
                else rights.as_set(ability.rights),
            )
            for ability in abilities
            if ability.joint and rights.as_set(ability.rights)
        ]
        self._joint = rights.as_set(r for joint in self._abilities for r in joint.ability.rights)
        self._shapes: dict[tuple[int, int, bool, bool], _Shape] = {}
        self._shared: dict[tuple[_Shape, _Shape], tuple[Ability, ...]] = {}
        self._pairs: dict[tuple[Node, Node], list[Node]] = {}
        self._bindings: dict[Node, tuple[AnyBinding, ...]] = {}
        self._held: dict[Node, tuple[Node, bool]] = {}
        self.by_hand: set[Node] = set()
        """Those of the grants whose abilities one who acts by impersonation cannot use."""

    def more(
        self, bindable: Iterable[Part], parts: Iterable[Part], told: Callable[[Part], Told]
    ) -> Iterator[tuple[Node, Had]]:
        """Yield what is new of two parts together: the grant that they make, and what it gives.

        ``told`` leads from a part to the abilities that it gives.
        """
        bound = self._by_shape(bindable)
        held = self._by_shape(parts) if bound else {}
        for shape, other in product(held, bound):
            abilities, places = self._may_share(shape, other), held[shape]
            wide = [scope for scope in (EACH_NAMESPACE, "") if scope in places]
            for scope, several in bound[other].items() if abilities else ():
                inside = (scope, *wide) if scope in places else wide
                for at in places if scope in _WIDE else inside:
                    for one, part in product(several, places[at]):
                        if (part.node, one.node) not in self._pairs:
                            yield from self._look_at(part, one, abilities, told)

    def _look_at(
        self,
        part: Part,
        bound: Part,
        abilities: tuple[Ability, ...],
        told: Callable[[Part], Told],
    ) -> Iterator[tuple[Node, Had]]:
        """Look at what is held where the role is bound, if it is more than one grant."""
        self._pairs[part.node, bound.node] = []
        scope = bound.node[1]
        grants = [grant for grant in part.grants if meet(grant.scope, scope) is not None]
        if len(part.grants) > 1 and len(grants) < 2:  # noqa: PLR2004 - a grant is told of itself
            return
        if not self._rights.may_add_up((*grants, *bound.grants), abilities):
            return
        if len(part.grants) > 1:
            self._bindings[part.node] = tuple(g.binding for g in part.grants if g.binding)
            part = part._replace(grants=tuple(grants))
            abilities = self._may_share(self._shape(part), self._shape(bound))
        if abilities and any(_adds(bound, grant) for grant in grants):
            known = _Known(self._world, (*told(part), *told(bound)))
            yield from self._together(part, bound, abilities, known)

    def _by_shape(self, parts: Iterable[Part]) -> Mapping[_Shape, Mapping[str, list[Part]]]:
        """Return parts by their shape, and by where they hold."""
        found: dict[_Shape, dict[str, list[Part]]] = {}
        for part in parts:
            shape = self._shape(part)
            for scope in _places(part) if shape.gives else ():
                found.setdefault(shape, {}).setdefault(scope, []).append(part)
        return found

    def _shape(self, part: Part) -> _Shape:
        rights = named = number = 0
        inside, full = True, False
        for roles, scope, found, _ in part.grants:
            inside = inside and scope != ""
            rights |= found.rights
            named |= found.named
            full = full or found.full
            number += len(roles)
        key = rights & self._joint, named & self._joint, inside, full and number == 1
        known = self._shapes.get(key)
        if known is None:
            known = self._shapes[key] = self._shape_of(*key)
        return known

    def _shape_of(self, rights: int, named: int, inside: bool, full: bool) -> _Shape:
        if full and not inside:
            return _NOTHING  # nothing can be added
        gives = tuple(
            rights & (joint.local if inside else joint.rights) & (named | ~joint.alone)
            for joint in self._abilities
        )
        return _Shape(gives, full) if any(gives) else _NOTHING

    def _may_share(self, one: _Shape, other: _Shape) -> tuple[Ability, ...]:
        """Return the abilities of which each part may give something that the other lacks."""
        known = self._shared.get((one, other))
        if known is None:
            known = self._shared[one, other] = tuple(self._find_shared(one, other))
        return known

    def _find_shared(self, one: _Shape, other: _Shape) -> Iterator[Ability]:
        full = one.full or other.full
        for joint, first, second in zip(self._abilities, one.gives, other.gives, strict=False):
            if first and second and (joint.ability.cluster_scoped or not full):
                both = first | second  # where there is full control, it is all there
                for needed in joint.together:
                    if both & needed == needed:
                        yield joint.ability
                        break

    def _together(
        self, part: Part, bound: Part, abilities: Sequence[Ability], known: _Known
    ) -> Iterator[tuple[Node, Had]]:
        grants = (*part.grants, *bound.grants)
        scope = bound.node[1] if len(part.grants) > 1 else meet(part.node[1], bound.node[1])
        made = self._pairs[part.node, bound.node]
        each = EACH_NAMESPACE in {part.node[1], bound.node[1]}
        binding = self._world.binding if each else {}
        for ability in abilities:
            held = self._given(grants, ability, None if ability.cluster_scoped else scope)
            found = {(one.scope, one.name): one for one in _best(ability, self._world, held)}
            for scope_and_name, one in found.items():
                condition = both(one.condition, binding.get(one.scope, CERTAIN))
                had = Had(ability, *scope_and_name, one.uses, condition)
                if not known.gives(had):
                    node = self._node(part, bound, by_hand=not ability.impersonated)
                    if node not in made:
                        made.append(node)
                    yield node, had

    def _given(self, grants: Iterable[Grant], ability: Ability, scope: str | None) -> Held:
        """Return what grants give of an ability, where they hold, or of that in a scope."""
        held: dict[Right, list[Holding]] = {}
        for roles, at, _, binding in grants:
            where = at if scope is None else meet(at, scope)
            if where is not None:
                for right, holdings in self._rights.held(roles, where, binding).items():
                    if right in ability.rights:
                        held.setdefault(right, []).extend(holdings)
        return held

    def _node(self, part: Part, bound: Part, *, by_hand: bool) -> Node:
        scope = bound.node[1]
        itself = " itself" if by_hand else ""
        told = f"{_words(bound.node, scope)} beside {_words(part.node, scope)}{itself}"
        node = GRANT, scope, told
        if by_hand:
            self.by_hand.add(node)
        return node

    def joins(self, needed: Mapping[Node, Sequence[Needed]]) -> Iterator[Join]:
        """Yield what leads to the grants that were found, by what the bindings of roles need."""
        for (part, bound), grants in self._pairs.items():
            for inputs, condition in needed[bound] if grants else ():
                words = f"can bind {_words(bound)} to itself beside {_words(part)}"
                by = list(map(format_node, inputs))
                for grant in grants:
                    told = grant[2], "by", *by
                    held = self._held_by(part, by_hand=grant in self.by_hand)
                    yield Join((held, *inputs), (grant,), words, bound[1], told, condition)

    def _held_by(self, part: Node, *, by_hand: bool) -> Node:
        """Return the node of what a part holds: an identity is no part of a technique."""
        if part[0] in {GRANT, ALL}:
            return part
        held = ABILITY, "", f"all that {_words(part)} has{' itself' if by_hand else ''}"
        self._held[held] = part, by_hand
        return held

    def edges(self, double_of: Callable[[Node], Node | None]) -> Iterator[Edge]:
        """Yield what leads from identities to all that they have."""
        for held, (identity, by_hand) in self._held.items():
            basis = self._bindings[identity]
            yield identity, held, basis, CERTAIN
            double = None if by_hand else double_of(identity)
            if double is not None:
                yield double, held, basis, CERTAIN


def _places(part: Part) -> list[str]:
    """Return where a part holds, of several grants where more than one of them does."""
    scopes = [grant.scope for grant in part.grants]
    if len(scopes) == 1:
        return scopes
    inside = [scope for scope in scopes if scope not in _WIDE]
    wide = len(scopes) - len(inside)
    if wide > 1:
        return [""]
    return [scope for scope in dict.fromkeys(inside) if inside.count(scope) + wide > 1]


def _adds(bound: Part, grant: Grant) -> bool:
    """Whether a role that can be bound is another one than that of a grant."""
    return any(one.roles != grant.roles for one in bound.grants)


def _best(ability: Ability, world: World, held: Held) -> list[Found]:
    """Return what rights give, the conditional before the certain."""
    return sorted(
        found_by(ability, world, held, world.versions), key=lambda found: not found.condition
    )


def _local(right: Right) -> bool:
    """Whether a RoleBinding gives a right that an ability needs in no namespace."""
    return right.resource == "serviceaccounts"


def _words(node: Node, within: str | None = None) -> str:
    """Say what a grant or an identity is, and where it holds if that is another scope."""
    kind, namespace, name = node
    if kind not in {GRANT, ALL}:
        what = f"{kind} {one_word(name)}"
        return f"{what} of {one_word(namespace)}" if namespace else what
    what = "full control" if kind == ALL else role_words(name)
    return what if namespace == within else f"{what} {place_words(namespace)}"
