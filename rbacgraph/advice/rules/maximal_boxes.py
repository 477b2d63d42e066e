"""Enumerates the maximal boxes of allowed cells: no minimum cover needs other boxes.

Each set of verbs leaves the cells that all of them have in common, and each set of names leaves
those of them (formal concepts; eight verbs make at most 255 sets). API groups and resources remain,
which may not all go together: to find the maximal sets, it leaves out either a group or a resource
wherever the two clash.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_

from rbacgraph.advice.rules.grid import Grid, RuleBox, bits_of
from rbacgraph.advice.rules.work_budget import Work, steps_for


def largest_boxes(grid: Grid, work: Work) -> tuple[RuleBox, ...]:
    """Return boxes such that the required cells of any box lie inside one of them.

    Raises TooMuch if that takes more work.
    """
    search = _Search(grid, work)
    return tuple(map(grid.box, sorted(search.boxes(0, grid.allowed, grid.required))))


_Axes = tuple[int, ...]

_GROUP = 2
"""The axis of groups; the next one is that of resources."""


class _Search:
    def __init__(self, grid: Grid, work: Work) -> None:
        self._sizes = [len(axis) for axis in grid.axes]
        self._strides = grid.strides
        self._work = work
        self._known: dict[tuple[int, int, int], dict[_Axes, int]] = {}

    def boxes(self, axis: int, allowed: int, required: int) -> dict[_Axes, int]:
        """Return the maximal boxes of this axis and those after it, with their cells."""
        key = (axis, allowed, required)
        if key not in self._known:
            split = self._rectangles if axis == _GROUP else self._enumerated
            self._known[key] = split(axis, allowed, required)
        return self._known[key]

    def _enumerated(self, axis: int, allowed: int, required: int) -> dict[_Axes, int]:
        stride = self._strides[axis]
        slices, wanted = self._sliced(axis, allowed), self._sliced(axis, required)
        found: dict[_Axes, int] = {}
        steps = len(slices) * steps_for(stride)
        for common in self._intersections(slices):
            self._work.spend(steps)
            useful = reduce(or_, (wanted[i] for i in _having(slices, common)))
            for axes, cells in self.boxes(axis + 1, common, useful).items():
                self._work.spend(2 * steps)
                having = _having(slices, cells)
                found[(sum(1 << i for i in having), *axes)] = sum(
                    cells << i * stride for i in having
                )
        return found

    def _sliced(self, axis: int, cells: int) -> list[int]:
        """Return the cells of each entry of an axis."""
        stride = self._strides[axis]
        every = (1 << stride) - 1
        return [(cells >> i * stride) & every for i in range(self._sizes[axis])]

    def _intersections(self, slices: Iterable[int]) -> Iterable[int]:
        """Return the non-empty intersections of slices."""
        found: dict[int, None] = {}
        for part in dict.fromkeys(slices):
            if not part:
                continue
            self._work.spend((1 + len(found)) * steps_for(part.bit_length()))
            new = {part: None} | {common: None for known in found if (common := known & part)}
            for common in new:
                if common not in found:
                    found[common] = None
        return found

    def _rectangles(self, axis: int, allowed: int, required: int) -> dict[_Axes, int]:
        """Return the maximal sets of groups with resources inside the allowed cells."""
        lines = self._sliced(axis, allowed)
        width = self._strides[axis]
        found: dict[_Axes, int] = {}
        seen = set()
        waiting = [tuple(self._sliced(axis, required & allowed))]
        while waiting:
            wanted = waiting.pop()
            if wanted in seen:
                continue
            seen.add(wanted)
            missing = _missing(lines, wanted)
            bits = sum(line.bit_count() for line in missing)
            self._work.spend(len(lines) * steps_for(width) + bits)
            clash = _worst_clash(lines, wanted, missing)
            if clash is not None:
                waiting += clash
            elif any(wanted):
                resources = reduce(or_, wanted)
                groups = [i for i, line in enumerate(wanted) if line]
                axes = (sum(1 << i for i in groups), resources)
                found[axes] = sum(resources << i * width for i in groups)
        return found


_Lines = tuple[int, ...]
"""For each group its resources, as bits."""


def _missing(allowed: Sequence[int], wanted: _Lines) -> Sequence[int]:
    """Return for each group the resources that other groups want and that it may not have."""
    resources = reduce(or_, wanted, 0)
    return [resources & ~line if own else 0 for line, own in zip(allowed, wanted, strict=True)]


def _worst_clash(
    allowed: Sequence[int], wanted: _Lines, missing: Sequence[int]
) -> tuple[_Lines, _Lines] | None:
    """Return the worst clash: what is wanted without one side of it, and with it alone.

    None if everything wanted can go together.
    """
    group = max(range(len(missing)), key=lambda i: missing[i].bit_count())
    if not missing[group]:
        return None
    clashes = Counter(resource for line in missing for resource in bits_of(line))
    resource, times = max(clashes.items(), key=lambda item: (item[1], -item[0]))
    if missing[group].bit_count() >= times:
        without = tuple(0 if i == group else line for i, line in enumerate(wanted))
        return without, tuple(line & allowed[group] for line in wanted)
    without = tuple(line & ~(1 << resource) for line in wanted)
    return without, tuple(
        line if allowed[i] >> resource & 1 else 0 for i, line in enumerate(wanted)
    )


def _having(slices: Sequence[int], cells: int) -> list[int]:
    return [i for i, part in enumerate(slices) if not cells & ~part]
