"""Folds Secrets that are reached alike, and the routes to them that read alike in a line."""

from array import array
from collections.abc import Hashable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Path, SecretPaths
from rbacgraph.report.text.paths.coded_paths import PathCoder
from rbacgraph.report.text.paths.fold_paths import Route, fold_principals, reading_of


class SecretGroup(Struct):
    """Secrets that differ only in name, type and place: the paths to the first stand for all.

    ``secrets``: the Secrets, in order, without their paths.
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
        """Add a Secret."""
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
        """Return the Secrets of a line."""
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
