"""Folds paths that are the same for many principals, or many targets, into one route."""

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Path, Reached, SecretPaths
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.text.words import is_binding


class Route(Struct, frozen=True):
    """Paths that differ only in where they start, or in their targets.

    ``names`` are the principals (or, in a blast radius, the targets), one for each of
    ``paths``, in the same order.
    """

    names: tuple[str, ...]
    paths: tuple[Path, ...]

    @property
    def lead(self) -> Path:
        """The path that stands for all of them."""
        return self.paths[0]


def fold_principals(paths: Iterable[Path]) -> tuple[Route, ...]:
    """Fold paths whose hops are the same from the first grant on.

    They may differ in the principal, and in the memberships and bindings that give it
    the role of its first hop. Order is that of each route's first path.
    """
    groups: dict[Hashable, list[Path]] = {}
    for path in paths:
        groups.setdefault(path.from_grant, []).append(path)
    return tuple(
        Route(tuple(path.principal for path in group), tuple(group)) for group in groups.values()
    )


def fold_targets(pairs: Iterable[tuple[str, Path]]) -> tuple[Route, ...]:
    """Fold paths of one source to targets of one kind that differ only in the last hop's target."""
    groups: dict[Hashable, list[tuple[str, Path]]] = {}
    for target, path in pairs:
        groups.setdefault(path.way_to(target), []).append((target, path))
    return tuple(
        Route(tuple(target for target, _ in group), tuple(path for _, path in group))
        for group in groups.values()
    )


class FoldedSecrets(NamedTuple):
    """Secrets in order, and in groups of those that differ only in name, type and place.

    All of a group hold the paths to its first: the paths to each of many take much room.
    """

    secrets: tuple[SecretPaths, ...]
    groups: tuple[tuple[SecretPaths, ...], ...]


def fold_secrets(secrets: Iterable[SecretPaths]) -> FoldedSecrets:
    """Fold Secrets that differ only in name, type and place, one after the other."""
    groups: dict[Hashable, list[SecretPaths]] = {}
    every: list[SecretPaths] = []
    numbers: dict[Hashable, int] = {}
    for secret in secrets:
        ways = ((p.principal, p.hops[:-1], p.hops[-1].deed) for p in secret.paths)
        paths = tuple([numbers.setdefault(way, len(numbers)) for way in ways])
        beside = secret.members, secret.folded, secret.changers, secret.references
        group = groups.setdefault((paths, beside, secret.truncated), [])
        one = replace(secret, paths=group[0].paths) if group else secret
        group.append(one)
        every.append(one)
    return FoldedSecrets(tuple(every), tuple(map(tuple, groups.values())))


class RouteLine(Struct, frozen=True):
    """One line of a table about Secrets: routes to each of some that read alike in a line.

    Each of ``routes`` starts at the same principals. ``blocks`` are their places: the group of
    Secrets, as :func:`fold_secrets` returns them, and the number of the route among those to the
    group.
    """

    routes: tuple[Route, ...]
    secrets: tuple[str, ...]
    blocks: tuple[tuple[int, int], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The principals."""
        return self.routes[0].names

    @property
    def lead(self) -> Path:
        """The path that stands for all of them."""
        return self.routes[0].lead

    @property
    def paths(self) -> tuple[Path, ...]:
        """All paths."""
        return tuple(path for route in self.routes for path in route.paths)


def routes_to(secret: SecretPaths) -> tuple[Route, ...]:
    """Return the routes to a Secret, the certain ones first."""
    certain = fold_principals(path for path in secret.paths if path.certain)
    return certain + fold_principals(path for path in secret.paths if not path.certain)


def fold_routes(groups: Sequence[Sequence[SecretPaths]]) -> list[RouteLine]:
    """Fold the routes to groups of Secrets by what a line says of them.

    The certain ones come first, then those of least effort, then those to most Secrets.
    """
    folded: dict[Hashable, list[tuple[int, int]]] = {}
    numbers: dict[Hashable, int] = {}
    routes = [routes_to(group[0]) for group in groups]
    for number, found in enumerate(routes):
        for place, route in enumerate(found):
            key: Hashable = number, place
            if len(groups) > 1:
                lines = map(_line_of, route.paths)
                key = (route.names, *[numbers.setdefault(line, len(numbers)) for line in lines])
            folded.setdefault(key, []).append((number, place))
    every = [
        RouteLine(
            tuple(routes[number][place] for number, place in blocks),
            tuple(secret.secret for number, _ in blocks for secret in groups[number]),
            tuple(blocks),
        )
        for blocks in folded.values()
    ]
    if len(groups) == 1:
        return every
    return sorted(
        every, key=lambda line: (not line.lead.certain, line.lead.effort, -len(line.secrets))
    )


def fold_alike(routes: Iterable[Route]) -> list[tuple[Route, ...]]:
    """Fold routes of one source to targets of one kind by what a line says of them."""
    folded: dict[Hashable, list[Route]] = {}
    for route in routes:
        kind = route.names[0].partition(":")[0]
        folded.setdefault((kind, _line_of(route.lead)), []).append(route)
    return list(map(tuple, folded.values()))


def _line_of(path: Path) -> Hashable:
    """Return what a line says of a path: its techniques, their sort of doubts, the first right."""
    hops = tuple(
        (hop.edge, hop.effort, tuple(doubt.code for doubt in hop.condition.doubts))
        for hop in path.hops
    )
    return hops, granting_evidence(path)


def granting_evidence(path: Path) -> tuple[Evidence, ...]:
    """Return the evidence of the first hop that a binding allows, or else of the first hop."""
    granted = (hop.evidence for hop in path.hops if any(map(is_binding, hop.evidence)))
    return next(granted, path.hops[0].evidence)


def certain_paths(reached: Sequence[Reached]) -> list[tuple[str, Path]]:
    """Return targets with the certain path to each, in order."""
    return [(item.target, item.certain) for item in reached if item.certain]


def conditional_paths(reached: Sequence[Reached]) -> list[tuple[str, Path]]:
    """Return targets with the conditional path to each, in order."""
    return [(item.target, item.conditional) for item in reached if item.conditional]


def shared_evidence(route: Route) -> tuple[tuple[Evidence, ...], tuple[Evidence, ...]]:
    """Return the first hop's evidence that all paths of a route share, and what only some have."""
    every = [path.hops[0].evidence for path in route.paths]
    common = frozenset(every[0]).intersection(*every[1:])
    differing = dict.fromkeys(e for evidence in every for e in evidence if e not in common)
    return tuple(e for e in every[0] if e in common), tuple(differing)
