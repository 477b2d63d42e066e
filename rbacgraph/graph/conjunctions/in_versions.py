"""Finds compound rights that roles and bindings of several versions give."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rbacgraph.authz.versions.role_versions import Guard, VersionChoice, Versions, combined, holds
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, both
from rbacgraph.model.node_keys import RightName
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldRight,
    HeldRights,
)

_Guards = Mapping[int, Guard | None]
"""The versions that each held rule needs, by its id; None if no choice of versions gives it."""

_Key = tuple[str, RightName, Condition]


def found_by(
    ability: CompoundRight, world: Facts, held: HeldRights, versions: Versions
) -> Iterable[FoundRight]:
    """Return the scopes of a compound right, with the conditions that versions cause.

    Returns what every choice of versions gives, without a further condition; the rest with the
        versions that it needs. If there are too many choices to try each, only what needs no
        version counts as given by all.
    """
    guards = _guards(versions, held) if versions else {}
    if not any(guards.values()):
        return ability.found(world, held)
    choices = versions.choices(guard for guard in guards.values() if guard)
    if choices is None:
        return _by_uses(ability, world, held, versions, guards)
    there = (_chosen(held, guards, choice) for choice in choices)
    return _by_choice(ability, world, versions, there)


def guards_of(versions: Versions, uses: Iterable[object]) -> Sequence[Guard]:
    """Return the versions that held rules need, one after the other."""
    return [
        guard
        for use in uses
        if isinstance(use, HeldRight)
        for guard in (versions.of_rule(use.role, use.number), versions.of_binding(use.binding))
        if guard
    ]


def _guards(versions: Versions, held: HeldRights) -> _Guards:
    return {
        id(holding): combined(guards_of(versions, (holding,)))
        for holdings in held.values()
        for holding in holdings
    }


def _by_choice(
    ability: CompoundRight, world: Facts, versions: Versions, there: Iterable[HeldRights]
) -> Iterator[FoundRight]:
    """Try the choices one by one."""
    by_key: dict[_Key, dict[Condition, FoundRight]] = {}
    numbers: dict[_Key, int] = {}
    choices = 0
    for held in there:
        choices += 1
        every = list(ability.found(world, held)) if held else []
        for key in {_key(found) for found in every}:
            numbers[key] = numbers.get(key, 0) + 1
        for found in every:
            rests = versions.condition(combined(guards_of(versions, found.uses)) or ())
            by_key.setdefault(_key(found), {}).setdefault(rests, found)
    for key, by_versions in by_key.items():
        if numbers[key] == choices:
            yield next(iter(by_versions.values()))
            continue
        for rests, found in by_versions.items():
            yield found._replace(condition=both(found.condition, rests))


def _by_uses(
    ability: CompoundRight, world: Facts, held: HeldRights, versions: Versions, guards: _Guards
) -> Iterator[FoundRight]:
    """Find what needs no version, then what may need any."""
    yield from ability.found(
        world, _filtered(held, {id_ for id_, one in guards.items() if one == ()})
    )
    for found in ability.found(world, held):
        rests = map(versions.condition, guards_of(versions, found.uses))
        yield found._replace(condition=both(found.condition, *rests))


def _chosen(held: HeldRights, guards: _Guards, choice: VersionChoice) -> HeldRights:
    chosen = {one for one, guard in guards.items() if guard is not None and holds(guard, choice)}
    return _filtered(held, chosen)


def _filtered(held: HeldRights, wanted: set[int]) -> HeldRights:
    found = {r: [one for one in held[r] if id(one) in wanted] for r in held}
    return {right: holdings for right, holdings in found.items() if holdings}


def _key(found: FoundRight) -> _Key:
    return found.scope, found.name, found.condition
