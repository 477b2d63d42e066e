"""Which version of each object a server may hold, as far as edges depend on it.

An edge that rests on versions alone says so in its condition. Of an object with versions a
server holds one: what everybody gets whichever that is, by another way in each, is certain.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import NamedTuple, cast

from rbacgraph.authz.versions.object_versions import object_versions
from rbacgraph.authz.versions.role_versions import (
    ObjectKey,
    VersionPlace,
    of_repeated_names,
    places_of,
)
from rbacgraph.facts.pods.workload_owners import standalone
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import Pod, Workload

Choice = frozenset[int]
"""The conditions that hold if a server holds one version of each of some objects."""

_Among = dict[ObjectKey, frozenset[int]]
"""For each object, its versions: one of them must be there."""

MOST_TOGETHER = 64
"""How many choices are tried for all objects together."""

MOST_OF_SOME = 16
"""How many choices are tried for some objects together, where there are too many for all."""

MOST_CHOICES = 256
"""How many choices are tried at most."""

MOST_WORK = 1 << 24
"""How many edges are followed at most, each once for every choice."""


class VersionChoices(NamedTuple):
    """What a server may hold.

    ``conditions``: the numbers of the conditions that say which version of something a server
        holds, and no more.
    ``together``: for some objects after the others, every choice of one version of each.
    """

    conditions: frozenset[int] = frozenset()
    together: Sequence[Sequence[Choice]] = ()


def version_choices(world: Facts, conditions: Sequence[Condition], edges: int) -> VersionChoices:
    """Find what a server may hold.

    ``conditions``: those of edges, by number.
    """
    if not any(
        one.code is If.OBJECT_IS_AS_IN for condition in conditions for one in condition.doubts
    ):
        return VersionChoices()
    objects = dict(_objects(world))
    found = ((number, _read(one, objects)) for number, one in enumerate(conditions))
    read = {number: among for number, among in found if among}
    numbers = _telling({key: one.whole for key, one in objects.items()}, read)
    most = min(MOST_CHOICES, MOST_WORK // max(edges, 1))
    together: list[Sequence[Choice]] = []
    for keys in _grouped(numbers):
        count = prod(len(numbers[key]) for key in keys)
        if count <= most:
            most -= count
            together.append(list(_choices(keys, numbers, read)))
    return VersionChoices(frozenset(read), together)


class _Versions(NamedTuple):
    """An object's versions by the places that conditions give them; those a server may hold."""

    places: Sequence[VersionPlace]
    whole: frozenset[int]


def _objects(world: Facts) -> Iterator[tuple[ObjectKey, _Versions]]:
    """Yield the objects that have several versions."""
    snapshot = world.snapshot
    for key, several in world.rbac.versions.several.items():
        yield key, _Versions(places_of(snapshot, several), frozenset(range(len(several))))
    for key, versions in object_versions(snapshot).items():
        yield key, _Versions(places_of(snapshot, versions), frozenset(range(len(versions))))
    yield from _makers(snapshot, [("Pod", pod) for pod in snapshot.pods])
    alone = [(one.kind, one) for one in standalone(snapshot.workloads, snapshot.pods)]
    if len(alone) == len(snapshot.workloads):
        yield from _makers(snapshot, alone)
    else:  # what has Pods is no version of what has none
        left = {id(one) for one in snapshot.workloads} - {id(one) for _, one in alone}
        mixed = {_key(one.kind, one) for one in snapshot.workloads if id(one) in left}
        yield from _makers(snapshot, [each for each in alone if _key(*each) not in mixed])


def _makers(
    snapshot: Snapshot, objects: Sequence[tuple[str, Pod | Workload]]
) -> Iterator[tuple[ObjectKey, _Versions]]:
    repeated = of_repeated_names([obj for _, obj in objects])
    found: dict[ObjectKey, list[Pod | Workload]] = {}
    for kind, obj in objects if repeated else ():
        found.setdefault(_key(kind, obj), []).append(obj)
    for key, several in found.items():
        if len(several) > 1:
            whole = [number for number, one in enumerate(several) if not one.spec.partial]
            numbers = frozenset(whole or range(len(several)))
            yield key, _Versions(places_of(snapshot, several), numbers)


def _key(kind: str, obj: Object) -> ObjectKey:
    return kind, obj.metadata.namespace, obj.metadata.name


def _read(condition: Condition, objects: Mapping[ObjectKey, _Versions]) -> _Among:
    """Return on which versions a condition rests; nothing where it says something else too."""
    found: _Among = {}
    for code, subject in condition.doubts:
        if code is not If.OBJECT_IS_AS_IN:
            return {}
        key, named = cast("tuple[ObjectKey, tuple[VersionPlace, ...]]", (subject[:-1], subject[-1]))
        versions = objects.get(key)
        if versions is None or any(versions.places.count(one) != 1 for one in named):
            return {}
        among = frozenset(map(versions.places.index, named))
        among &= versions.whole & found.get(key, versions.whole)
        if not among:
            return {}
        found[key] = among
    return found


def _telling(
    whole: Mapping[ObjectKey, frozenset[int]], read: Mapping[int, _Among]
) -> dict[ObjectKey, list[int]]:
    """Return the objects whose versions each give something, with the versions to try.

    What a version gives that gives nothing alone is there with any other one. Nor need one be
    tried that gives all that another one does.
    """
    giving: dict[ObjectKey, dict[int, set[int]]] = {}
    for number, among in read.items():
        for key, versions in among.items():
            by_version = giving.setdefault(key, {})
            for version in versions:
                by_version.setdefault(version, set()).add(number)
    found: dict[ObjectKey, list[int]] = {}
    for key, by_version in giving.items():
        if by_version.keys() >= whole[key]:
            kept: list[int] = []
            for version in sorted(by_version, key=lambda one: (len(by_version[one]), one)):
                if not any(by_version[other] <= by_version[version] for other in kept):
                    kept.append(version)
            found[key] = kept
    return found


def _grouped(numbers: Mapping[ObjectKey, Sequence[int]]) -> Iterator[Sequence[ObjectKey]]:
    """Put objects together: all where that takes few choices, else those of one place."""
    keys = sorted(numbers, key=lambda key: (key[1], key[2], key[0]))
    most = MOST_TOGETHER
    if prod(len(numbers[key]) for key in keys) > most:
        most = MOST_OF_SOME
    group: list[ObjectKey] = []
    for key in keys:
        if group and prod(len(numbers[one]) for one in (*group, key)) > most:
            yield group
            group = []
        group.append(key)
    if group:
        yield group


def _choices(
    keys: Sequence[ObjectKey],
    numbers: Mapping[ObjectKey, Sequence[int]],
    read: Mapping[int, _Among],
) -> Iterator[Choice]:
    within = {number: among for number, among in read.items() if among.keys() <= set(keys)}
    for versions in product(*(numbers[key] for key in keys)):
        chosen = dict(zip(keys, versions, strict=True))
        yield frozenset(
            number
            for number, among in within.items()
            if all(chosen[key] in several for key, several in among.items())
        )
