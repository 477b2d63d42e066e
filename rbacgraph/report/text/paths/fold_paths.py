"""Folds paths that are the same for many principals, or many targets, into one route."""

from collections.abc import Hashable, Iterable, Sequence

from msgspec import Struct

from rbacgraph.model.answers.paths import Path, Reached
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


def fold_alike(routes: Iterable[Route]) -> list[tuple[Route, ...]]:
    """Fold routes of one source to targets of one kind by what a line says of them."""
    folded: dict[Hashable, list[Route]] = {}
    for route in routes:
        kind = route.names[0].partition(":")[0]
        folded.setdefault((kind, reading_of(route.lead)), []).append(route)
    return list(map(tuple, folded.values()))


def reading_of(path: Path) -> Hashable:
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
