"""The largest boxes of allowed cells: no rule that covers required cells needs another.

Every rule that grants nothing too much lies in a *maximal* box, one to which no entry can be
added. They are found axis by axis: the cells that a set of entries of the first axis have in
common are a smaller space, whose maximal boxes are found in the same way (formal concepts of
several dimensions). With eight verbs there are at most 255 such sets.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.advice.spaces import Cell, Entry, Space


class TooMany(Exception):  # noqa: N818
    """There are more boxes than the budget allows to enumerate."""


class Box(NamedTuple):
    """A rule: ``axes`` are its lists, as bits of a grid's entries; ``cells`` all of it."""

    axes: tuple[int, ...]
    cells: int


class Grid(NamedTuple):
    """Cells of a space as bits; entries that always go together are one.

    Parameters
    ----------
    axes:
        For each list of a rule its entries, those that go together as a tuple.
    required, allowed:
        Cells; that of entries (i, j, …) is bit ``(i * len(axes[1]) + j) * …``.
    """

    axes: tuple[tuple[tuple[Entry, ...], ...], ...]
    required: int
    allowed: int

    @property
    def strides(self) -> tuple[int, ...]:
        """For each axis the bits between one entry's first cell and the next's."""
        strides = [1]
        for axis in reversed(self.axes[1:]):
            strides.append(strides[-1] * len(axis))
        return tuple(reversed(strides))

    def entries(self, axis: int, bits: int) -> tuple[Entry, ...]:
        """Return the entries that bits of an axis stand for."""
        return tuple(entry for i in bits_of(bits) for entry in self.axes[axis][i])

    def weight(self, axis: int, bits: int) -> int:
        """Return how many entries bits of an axis stand for."""
        return sum(len(self.axes[axis][i]) for i in bits_of(bits))

    def box(self, axes: Sequence[int]) -> Box:
        """Return the box of entries."""
        cells = 1
        for bits, stride in zip(reversed(axes), reversed(self.strides), strict=True):
            cells = sum(cells << i * stride for i in bits_of(bits))
        return Box(tuple(axes), cells)


def bits_of(mask: int) -> Iterator[int]:
    """Yield the positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def grids(space: Space) -> tuple[Grid, ...]:
    """Cut a space into parts that no box connects."""
    required, allowed, classes = _without_twins(space)
    found = []
    for part in _components(allowed):
        wanted = [cell for cell in part if cell in required]
        if wanted:
            found.append(_grid(sorted(wanted, key=str), part, classes))
    return tuple(sorted(found, key=lambda grid: str(grid.axes)))


_Classes = list[dict[Entry, tuple[Entry, ...]]]


def _without_twins(space: Space) -> tuple[set[Cell], set[Cell], _Classes]:
    """Keep one of the entries that have the same allowed cells: a maximal box has all or none."""
    required, allowed = set(space.required), set(space.allowed)
    classes: _Classes = []
    for axis in range(len(next(iter(required)))):
        slices: dict[Entry, set[Cell]] = defaultdict(set)
        for cell in allowed:
            slices[cell[axis]].add(cell[:axis] + cell[axis + 1 :])
        alike: dict[frozenset[Cell], list[Entry]] = defaultdict(list)
        for entry in sorted(slices, key=str):
            alike[frozenset(slices[entry])].append(entry)
        first = {entry: twins[0] for twins in alike.values() for entry in twins}
        required = {(*c[:axis], first[c[axis]], *c[axis + 1 :]) for c in required}
        allowed = {cell for cell in allowed if first[cell[axis]] == cell[axis]}
        classes.append({twins[0]: tuple(twins) for twins in alike.values()})
    return required, allowed, classes


def _components(allowed: Iterable[Cell]) -> list[list[Cell]]:
    """Put together the cells that differ in one entry, directly or over others."""
    parent: dict[object, object] = {}

    def find(item: object) -> object:
        root = item
        while (above := parent.setdefault(root, root)) is not root:
            root = above
        while parent[item] is not root:
            parent[item], item = root, parent[item]
        return root

    cells = sorted(allowed, key=str)
    for cell in cells:
        for axis in range(len(cell)):
            line = (axis, cell[:axis] + cell[axis + 1 :])
            parent[find(line)] = find(cell)
    parts: dict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        parts[find(cell)].append(cell)
    return list(parts.values())


def _grid(required: Sequence[Cell], allowed: Iterable[Cell], classes: _Classes) -> Grid:
    axes = [sorted(set(axis), key=str) for axis in zip(*required, strict=True)]
    numbers = [{entry: i for i, entry in enumerate(axis)} for axis in axes]

    def bit(cell: Cell) -> int:
        place = 0
        for number, entry in zip(numbers, cell, strict=True):
            place = place * len(number) + number[entry]
        return 1 << place

    inside = (c for c in allowed if all(e in n for e, n in zip(c, numbers, strict=True)))
    return Grid(
        tuple(tuple(classes[i][e] for e in axis) for i, axis in enumerate(axes)),
        sum(map(bit, required)),
        sum(map(bit, inside)),
    )


def maximal_boxes(grid: Grid, budget: int) -> tuple[Box, ...]:
    """Enumerate the maximal boxes of a grid.

    Raises
    ------
    TooMany
        Where more than ``budget`` sets of cells would have to be looked at.
    """
    order = sorted(range(len(grid.axes)), key=lambda axis: len(grid.axes[axis]))
    sizes = [len(grid.axes[axis]) for axis in order]
    search = _Search(sizes, budget)
    found = set()
    for bits in search.boxes(0, _permuted(grid, order)):
        axes = [0] * len(order)
        for axis, mask in zip(order, bits.axes, strict=True):
            axes[axis] = mask
        found.add(tuple(axes))
    return tuple(map(grid.box, sorted(found)))


def _permuted(grid: Grid, order: Sequence[int]) -> int:
    """Return the allowed cells as bits of the axes in another order."""
    sizes = [len(axis) for axis in grid.axes]
    strides, step = [0] * len(order), 1
    for axis in reversed(order):
        strides[axis], step = step, step * sizes[axis]
    cells = 0
    for place in bits_of(grid.allowed):
        rest, moved = place, 0
        for size, stride in zip(reversed(sizes), reversed(strides), strict=True):
            rest, index = divmod(rest, size)
            moved += index * stride
        cells |= 1 << moved
    return cells


class _Search:
    """Enumeration of maximal boxes over axes of the given sizes, small ones first."""

    def __init__(self, sizes: Sequence[int], budget: int) -> None:
        self._sizes = sizes
        self._left = budget
        self._strides = [1] * len(sizes)
        for axis in range(len(sizes) - 2, -1, -1):
            self._strides[axis] = self._strides[axis + 1] * sizes[axis + 1]
        self._known: dict[tuple[int, int], tuple[Box, ...]] = {}

    def boxes(self, axis: int, cells: int) -> tuple[Box, ...]:
        """Return the maximal boxes of cells of this axis and those after it."""
        if axis == len(self._sizes) - 1:
            return (Box((cells,), cells),)
        if (axis, cells) not in self._known:
            self._known[axis, cells] = tuple(self._enumerated(axis, cells))
        return self._known[axis, cells]

    def _enumerated(self, axis: int, cells: int) -> Iterable[Box]:
        stride = self._strides[axis]
        every = (1 << stride) - 1
        slices = [(cells >> i * stride) & every for i in range(self._sizes[axis])]
        found: dict[tuple[int, ...], Box] = {}
        for common in self._intersections(slices):
            for inner in self.boxes(axis + 1, common):
                having = [i for i, part in enumerate(slices) if not inner.cells & ~part]
                own = sum(1 << i for i in having)
                axes = (own, *inner.axes)
                if axes not in found:
                    self._spend()
                    found[axes] = Box(axes, sum(inner.cells << i * stride for i in having))
        return found.values()

    def _intersections(self, slices: Iterable[int]) -> Iterable[int]:
        """Return the sets of cells that some slices have in common, empty ones left out."""
        found: dict[int, None] = {}
        for part in dict.fromkeys(slices):
            if not part:
                continue
            new = {part: None} | {common: None for known in found if (common := known & part)}
            for common in new:
                if common not in found:
                    self._spend()
                    found[common] = None
        return found

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooMany
