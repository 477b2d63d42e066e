"""Folds Secrets that are reached alike, and the routes to them that read alike in a line."""

from array import array
from collections.abc import Hashable, Sequence
from typing import Generic, TypeVar

from msgspec import UNSET, Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path, SecretPaths
from rbacgraph.model.memory.made_sequence import MadeSequence
from rbacgraph.report.text.paths.fold_paths import Route, fold_principals, reading_of


class SecretGroup(Struct):
    """Secrets that differ only in name, type and place: the paths to the first stand for all.

    ``paths``: the paths to the first, made whenever they are asked for: those to all groups are
        many.
    ``certain``, ``conditional``: the number of principals with a certain path, and of those with
        only conditional ones.
    ``lines``: for each route to the first, the number of its line, from 0 on.
    """

    secrets: list[SecretPaths]
    paths: Sequence[Path]
    certain: int
    conditional: int
    lines: Sequence[int]

    @property
    def lead(self) -> SecretPaths:
        """The first Secret, with its paths."""
        return replace(self.secrets[0], paths=tuple(self.paths))

    def add(self, secret: SecretPaths) -> None:
        about = {name: getattr(secret, name) for name in _ITS_OWN}
        self.secrets.append(replace(self.secrets[0], **about))


_ITS_OWN = ("secret", "type", "inferred", "file", "line")


class RouteLine(Struct):
    """One line of a table about Secrets: routes to each of some that read alike in a line.

    ``names``: the principals at which each of the routes starts.
    ``certain``, ``effort``: whether they are certain, and what they take.
    ``place``: the number of the first of them among the routes to its group.
    ``groups``: the number of the group of each route.
    ``conditions``: the conditions of the first path.
    ``alike``: whether those of all paths are the same.
    ``secrets``: the number of Secrets of all groups.
    """

    names: tuple[str, ...]
    certain: bool
    effort: int
    place: int
    groups: list[int]
    conditions: Hashable
    alike: bool
    secrets: int = 0


class FoldedSecrets(Struct):
    """Secrets in groups of those that are reached alike, and the lines about the ways to them.

    ``places``: for each Secret, in order, the number of its group, and its own in that.
    ``lines``: the lines: certain ones first, then those of least effort, then those to most
        Secrets; in the order of the routes where there is but one group.
    ``certain``, ``conditional``: the principals with a certain path to some Secret, and those with
        only conditional ones.
    """

    groups: list[SecretGroup]
    places: list[tuple[int, int]]
    lines: list[RouteLine]
    certain: frozenset[str]
    conditional: frozenset[str]

    @property
    def secrets(self) -> list[SecretPaths]:
        """The Secrets in order, without their paths."""
        return [self.groups[group].secrets[place] for group, place in self.places]

    def paths(self, lines: Sequence[RouteLine]) -> list[Sequence[Path]]:
        """Return the paths of the first route of each line: the others read as they do."""
        found: dict[tuple[int, int], Sequence[Path]] = {}
        wanted = [(line.groups[0], line.place) for line in lines]
        for group in dict.fromkeys(group for group, _ in wanted):
            routes = routes_to(self.groups[group].paths)
            found |= {one: routes[one[1]].paths for one in wanted if one[0] == group}
        return [found[one] for one in wanted]

    def secrets_of(self, line: RouteLine) -> list[str]:
        return [one.secret for group in line.groups for one in self.groups[group].secrets]


def fold_secrets(secrets: Sequence[SecretPaths]) -> FoldedSecrets:
    """Fold Secrets that differ only in name, type and place, one after the other.

    Of the paths to several Secrets only what a line about them needs is kept, and the numbers to
    make them of.
    """
    coder, lines = PathCoder(), _Lines()
    numbers: dict[Hashable, int] = {}
    groups: list[SecretGroup] = []
    places: list[tuple[int, int]] = []
    certain, every = set[str](), set[str]()
    for secret in secrets:
        several = len(secrets) > 1
        code, paths = coder.code(secret.paths) if several else (b"", secret.paths)
        beside = secret.members, secret.folded, secret.changers, secret.references
        number = numbers.setdefault((code, beside, secret.truncated), len(groups))
        if number < len(groups):
            groups[number].add(secret)
        else:
            sure = {path.principal for path in secret.paths if path.certain}
            only = {path.principal for path in secret.paths} - sure
            certain |= sure
            every |= sure | only
            group = SecretGroup([replace(secret, paths=())], paths, len(sure), len(only), ())
            group.lines = lines.add(number, routes_to(group.paths)) if several else ()
            groups.append(group)
        places.append((number, len(groups[number].secrets) - 1))
    if len(groups) == 1:  # no line is about routes to several
        lines = _Lines(each=True)
        groups[0].lines = lines.add(0, routes_to(groups[0].paths))
    found = lines.in_order(groups) if len(groups) > 1 else lines.found
    return FoldedSecrets(groups, places, found, frozenset(certain), frozenset(every - certain))


def routes_to(paths: Sequence[Path]) -> tuple[Route, ...]:
    """Return the routes of the paths to a Secret, the certain ones first."""
    certain = fold_principals(path for path in paths if path.certain)
    return certain + fold_principals(path for path in paths if not path.certain)


class _Lines:
    """Folds routes by what a line says of them, or makes a line of each."""

    def __init__(self, *, each: bool = False) -> None:
        self.found: list[RouteLine] = []
        self._each = each
        self._known: dict[Hashable, int] = {}
        self._readings: dict[Hashable, int] = {}
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._conditions: dict[Hashable, Hashable] = {}

    def add(self, group: int, routes: Sequence[Route]) -> Sequence[int]:
        """Add the routes to a group, and return the number of the line of each."""
        return array("I", [self._line(group, place, route) for place, route in enumerate(routes)])

    def _line(self, group: int, place: int, route: Route) -> int:
        names = self._names.setdefault(route.names, route.names)
        key: Hashable = group, place
        if not self._each:
            readings = map(reading_of, route.paths)
            key = names, *[self._readings.setdefault(one, len(self._readings)) for one in readings]
        number = self._known.setdefault(key, len(self.found))
        different = {path.conditions for path in route.paths}
        if number < len(self.found):
            line = self.found[number]
            line.groups.append(group)
            line.alike = line.alike and different == {line.conditions}
            return number
        lead = route.lead
        conditions = self._conditions.setdefault(lead.conditions, lead.conditions)
        self.found.append(
            RouteLine(
                names, lead.certain, lead.effort, place, [group], conditions, len(different) == 1
            )
        )
        return number

    def in_order(self, groups: Sequence[SecretGroup]) -> list[RouteLine]:
        """Return the lines in order, and number those of groups so."""
        for line in self.found:
            line.secrets = sum(len(groups[group].secrets) for group in line.groups)

        def rank(number: int) -> tuple[bool, int, int]:
            line = self.found[number]
            return not line.certain, line.effort, -line.secrets

        order = sorted(range(len(self.found)), key=rank)
        numbers = [0] * len(order)
        for new, old in enumerate(order):
            numbers[old] = new
        for one in groups:
            one.lines = array("I", [numbers[old] for old in one.lines])
        return [self.found[old] for old in order]


_KEPT = 1 << 15
"""The number of hops to keep as they are: the next paths have most of them too."""
_OF_PATH = 0
"""Stands for the target of a path where that is the target of a hop too."""
_END = 0
"""What follows the last hop."""

_Value = TypeVar("_Value", bound=Hashable)


class PathCoder:
    """Numbers principals, targets, hops, and the rest of paths after their first hop.

    Examples
    --------
    >>> hop = Hop("exec", "user:a", "secret:x/y", "can exec", 1, ())
    >>> _, paths = PathCoder().code([Path("user:a", "secret:x/y", (hop,))])
    >>> paths[0].hops == (hop,)
    True
    """

    def __init__(self) -> None:
        self._names = _Numbered[str]("")
        self._hops = _Numbered[Hop](Hop("", "", "", "", 0, ()))
        self._deeds: dict[int, int] = {}
        self._rests = _Numbered[tuple[int, int, int]]((0, 0, 0))
        self._rests_apart: dict[int, int] = {_END: _END}
        self._seen: dict[int, tuple[Hop, int]] = {}
        self._made: dict[tuple[int, int], Hop] = {}

    def code(self, paths: Sequence[Path]) -> tuple[bytes, Sequence[Path]]:
        """Return what keeps paths apart, and the paths, made whenever they are asked for.

        Their own target, and what only that of the last hop changes, does not keep them apart.
        """
        numbers, apart = array("I"), array("I")
        for path in paths:
            principal, target = map(self._names.number, (path.principal, path.target))
            *steps, last = [(self._hop(hop), self._names.number(hop.target)) for hop in path.hops]
            steps.append((last[0], _OF_PATH if last[1] == target else last[1]))
            rest = _END
            for step in reversed(steps[1:]):
                rest = self._rest(*step, rest)
            first = steps[0]
            numbers.extend((principal, target, *first, rest))
            first_apart = first if rest else (self._deeds[first[0]], _OF_PATH)
            apart.extend((principal, *first_apart, self._rests_apart[rest]))

        def make(place: int) -> Path:
            return self._path(*numbers[5 * place : 5 * place + 5])

        return apart.tobytes(), MadeSequence(make, range(len(paths)))

    def _rest(self, hop: int, target: int, after: int) -> int:
        """Return the number of a hop and of what follows it."""
        number = self._rests.number((hop, target, after))
        if number not in self._rests_apart:
            step = (hop, target) if after else (self._deeds[hop], _OF_PATH)
            apart = self._rests.number((*step, self._rests_apart[after]))
            self._rests_apart[number] = apart
        return number

    def _hop(self, hop: Hop) -> int:
        """Return the number of a hop without its target."""
        seen = self._seen.get(id(hop))
        if seen is not None:
            return seen[1]
        number = self._hops.number(replace(hop, target=""))
        if number not in self._deeds:
            deed = replace(hop, target="", others=(), right=UNSET)
            self._deeds[number] = self._hops.number(deed)
        if len(self._seen) == _KEPT:
            self._seen.clear()
        self._seen[id(hop)] = hop, number  # held, so that no other hop gets its identity
        return number

    def _path(self, principal: int, target: int, hop: int, its_target: int, rest: int) -> Path:
        hops = [self._whole(hop, its_target or target)]
        while rest:
            hop, its_target, rest = self._rests.values[rest]
            hops.append(self._whole(hop, its_target or target))
        return Path(self._names.values[principal], self._names.values[target], tuple(hops))

    def _whole(self, number: int, target: int) -> Hop:
        made = self._made.get((number, target))
        if made is None:
            made = replace(self._hops.values[number], target=self._names.values[target])
            if len(self._made) == _KEPT:
                self._made.clear()
            self._made[number, target] = made
        return made


class _Numbered(Generic[_Value]):
    """Values with numbers from 1 on; the first one given stands at 0."""

    def __init__(self, first: _Value) -> None:
        self._known: dict[_Value, int] = {}
        self.values = [first]

    def number(self, value: _Value) -> int:
        number = self._known.setdefault(value, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number
