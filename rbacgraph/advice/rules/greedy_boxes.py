"""Grows boxes one by one if there are too many to enumerate, with a lower bound."""

from collections.abc import Iterator
from itertools import product

from rbacgraph.advice.rules.grid import Grid, RuleBox, bits_of
from rbacgraph.advice.rules.set_cover import without_useless
from rbacgraph.advice.rules.work_budget import TooMuch, Work, steps_for


def grown_boxes(grid: Grid, work: Work) -> list[RuleBox]:
    """Cover a grid greedily: from each remaining cell, the box that grows around it."""
    boxes: list[RuleBox] = []
    left = grid.required
    while left:
        first = next(bits_of(left))
        boxes.append(_grown(grid, _place(grid, first), left, work))
        left &= ~boxes[-1].cells
    sets = {i: box.cells & grid.required for i, box in enumerate(boxes)}
    return [boxes[i] for i in without_useless(range(len(boxes)), sets)]


def _grown(grid: Grid, place: tuple[int, ...], left: int, work: Work) -> RuleBox:
    """Extend a cell by the entry that covers most of the rest, as long as one fits."""
    box = grid.box([1 << index for index in place])
    waiting = [(axis, i) for axis, entries in enumerate(grid.axes) for i in range(len(entries))]
    steps = steps_for(grid.allowed.bit_length())
    while True:
        work.spend(len(waiting) * steps * sum(bits.bit_count() for bits in box.axes))
        larger = [
            found
            for axis, i in waiting
            if not box.axes[axis] >> i & 1
            and not (found := _with(grid, box, axis, i)).cells & ~grid.allowed
        ]
        if not larger:
            return box
        box = max(larger, key=lambda b: ((b.cells & left).bit_count(), b.cells.bit_count()))


def _with(grid: Grid, box: RuleBox, axis: int, entry: int) -> RuleBox:
    axes = list(box.axes)
    axes[axis] |= 1 << entry
    return grid.box(axes)


def incompatible(grid: Grid, work: Work) -> int:
    """Count required cells, no two in one box: each needs a rule of its own.

    It counts only the cells that the work suffices to check.
    """
    kept: list[tuple[int, ...]] = []
    for cell in bits_of(grid.required):
        try:
            work.spend(1 + len(kept))
        except TooMuch:
            break
        place = _place(grid, cell)
        if not any(_fit(grid, place, other) for other in kept):
            kept.append(place)
    return len(kept)


def _fit(grid: Grid, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(grid.allowed >> corner & 1 for corner in _corners(grid, one, other))


def _corners(grid: Grid, one: tuple[int, ...], other: tuple[int, ...]) -> Iterator[int]:
    strides = grid.strides
    steps = [{a * s, b * s} for a, b, s in zip(one, other, strides, strict=True)]
    return map(sum, product(*steps))


def _place(grid: Grid, cell: int) -> tuple[int, ...]:
    """Return the entries of a cell, by axis."""
    place = []
    for stride in grid.strides:
        index, cell = divmod(cell, stride)
        place.append(index)
    return tuple(place)
