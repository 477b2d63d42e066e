"""Splits a space into parts that no rule connects, with cells as bits."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.advice.rules.permission_space import AXES, EntryLists, ListEntry, Space, SpaceCell

_SHORT, _CHUNK = 512, 256
"""The size up to which bits are read one by one; larger ones are split into chunks."""


class RuleBox(NamedTuple):
    """A rule: ``axes`` are its lists, as bits of a grid's entries; ``cells`` all its cells."""

    axes: tuple[int, ...]
    cells: int


class Grid(NamedTuple):
    """Cells as bits; entries that always occur together count as one.

    ``axes``: for each list of a rule its entries, those that occur together as a tuple.
    ``required``, ``allowed``: bitmaps of cells; the bit of entries (i, j, …) is ``(i * len(axes[1])
        + j) * …``.
    """

    axes: tuple[tuple[tuple[ListEntry, ...], ...], ...]
    required: int
    allowed: int

    @property
    def strides(self) -> tuple[int, ...]:
        """For each axis the distance of bits between one entry's first cell and the next's."""
        strides = [1]
        for axis in reversed(self.axes[1:]):
            strides.append(strides[-1] * len(axis))
        return tuple(reversed(strides))

    def lists(self, box: RuleBox) -> EntryLists:
        """Return the entries of a box."""
        verbs, names, groups, resources = (
            frozenset(entry for i in bits_of(bits) for entry in axis[i])
            for axis, bits in zip(self.axes, box.axes, strict=True)
        )
        return verbs, names, groups, resources

    def box(self, axes: Sequence[int]) -> RuleBox:
        """Return the box of entries."""
        cells = 1
        for bits, stride in zip(reversed(axes), reversed(self.strides), strict=True):
            cells = sum(cells << i * stride for i in bits_of(bits))
        return RuleBox(tuple(axes), cells)


def bits_of(mask: int) -> Iterator[int]:
    """Yield the positions of the set bits, lowest first."""
    if mask.bit_length() > _SHORT:
        data = mask.to_bytes(-(-mask.bit_length() // _CHUNK) * _CHUNK // 8, "little")
        for start in range(0, len(data), _CHUNK // 8):
            part = int.from_bytes(data[start : start + _CHUNK // 8], "little")
            yield from (8 * start + place for place in bits_of(part))
        return
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def grids(space: Space) -> tuple[Grid, ...]:
    """Split a space into parts that no box connects."""
    required, allowed, classes = _without_twins(space)
    found = []
    for part in _components(allowed):
        wanted = [cell for cell in part if cell in required]
        if wanted:
            found.append(_grid(wanted, part, classes))
    return tuple(sorted(found, key=lambda grid: str(grid.axes)))


_Line = tuple[ListEntry, ...]
"""A cell without its entry of one axis."""


def _line(cell: SpaceCell, axis: int) -> _Line:
    return cell[:axis] + cell[axis + 1 :]


def _with(cell: SpaceCell, axis: int, entry: ListEntry) -> SpaceCell:
    verb, name, group, resource = (entry if i == axis else e for i, e in enumerate(cell))
    return verb, name, group, resource


_Classes = list[dict[ListEntry, tuple[ListEntry, ...]]]


def _without_twins(space: Space) -> tuple[set[SpaceCell], set[SpaceCell], _Classes]:
    """Keep one of the entries with equal allowed cells: a maximal box has all or none of them."""
    required, allowed = set(space.required), set(space.allowed)
    classes: _Classes = []
    for axis in range(AXES):
        slices: dict[ListEntry, set[_Line]] = defaultdict(set)
        for cell in allowed:
            slices[cell[axis]].add(_line(cell, axis))
        alike: dict[frozenset[_Line], list[ListEntry]] = defaultdict(list)
        for entry in sorted(slices, key=str):
            alike[frozenset(slices[entry])].append(entry)
        first = {entry: twins[0] for twins in alike.values() for entry in twins}
        required = {_with(cell, axis, first[cell[axis]]) for cell in required}
        allowed = {cell for cell in allowed if first[cell[axis]] == cell[axis]}
        classes.append({twins[0]: tuple(twins) for twins in alike.values()})
    return required, allowed, classes


def _components(allowed: Iterable[SpaceCell]) -> list[list[SpaceCell]]:
    """Group the cells that differ in one entry, directly or through others."""
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
        for axis in range(AXES):
            parent[find((axis, _line(cell, axis)))] = find(cell)
    parts: dict[object, list[SpaceCell]] = defaultdict(list)
    for cell in cells:
        parts[find(cell)].append(cell)
    return list(parts.values())


def _grid(required: Sequence[SpaceCell], allowed: Iterable[SpaceCell], classes: _Classes) -> Grid:
    axes = [sorted(set(axis), key=str) for axis in zip(*required, strict=True)]
    numbers = [{entry: i for i, entry in enumerate(axis)} for axis in axes]

    def bit(cell: SpaceCell) -> int:
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
