"""Removes from overlapping rules the entries that others make useless."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from heapq import heapify, heappop, heappush

from rbacgraph.advice.rules.permission_space import AXES, EntryLists, ListEntry, SpaceCell


def trimmed(boxes: Iterable[EntryLists], required: Collection[SpaceCell]) -> list[EntryLists]:
    """Drop the entries whose required cells other boxes hold, those with few cells first.

    Two boxes that hold the same cells could each give them up. Starting with the entries of fewest
    cells leaves few entries, and among equal ones a resource goes before a verb, so that the verbs
    on a resource stay together.
    """
    kept = sorted(boxes, key=lambda lists: (len(lists[0]), [sorted(map(str, s)) for s in lists]))
    held = [_Held(lists, cells) for lists, cells in zip(kept, _held(kept, required), strict=True)]
    times = Counter(cell for one in held for cell in one.cells)
    waiting = [
        _place(number, one, axis, entry)
        for number, one in enumerate(held)
        for axis, entries in enumerate(one.by_entry)
        for entry in entries
    ]
    heapify(waiting)
    while waiting:
        count, number, back, _, entry = heappop(waiting)
        axis, one = AXES - back, held[number]
        own = one.by_entry[axis].get(entry)
        if own is None or len(own) != count or count == len(one.cells):
            continue  # queued with other cells, or the last entry
        if all(times[cell] > 1 for cell in own):
            kept[number] = _without(kept[number], axis, entry)
            times.subtract(own)
            for at, other in one.remove(axis, entry):
                heappush(waiting, _place(number, one, at, other))
    return kept


class _Held:
    """The required cells that a box holds, also by its entries."""

    def __init__(self, lists: EntryLists, cells: set[SpaceCell]) -> None:
        self.cells = cells
        self.by_entry: list[dict[ListEntry, set[SpaceCell]]] = [
            {entry: set() for entry in entries} for entries in lists
        ]
        for cell in cells:
            for by_entry, entry in zip(self.by_entry, cell, strict=True):
                by_entry[entry].add(cell)

    def remove(self, axis: int, entry: ListEntry) -> Iterator[tuple[int, ListEntry]]:
        """Take an entry out; yield the other entries that then have fewer cells."""
        gone = self.by_entry[axis].pop(entry)
        self.cells -= gone
        changed: dict[tuple[int, ListEntry], None] = {}
        for cell in gone:
            for at, (by_entry, other) in enumerate(zip(self.by_entry, cell, strict=True)):
                if at != axis:
                    by_entry[other].discard(cell)
                    changed[at, other] = None
        yield from changed


_Place = tuple[int, int, int, str, ListEntry]
"""An entry's cells, the number of its box, its axis from behind, and the entry twice."""


def _place(number: int, held: _Held, axis: int, entry: ListEntry) -> _Place:
    return len(held.by_entry[axis][entry]), number, AXES - axis, str(entry), entry


def _held(boxes: Iterable[EntryLists], required: Collection[SpaceCell]) -> Iterator[set[SpaceCell]]:
    """Yield the required cells of each box, by the list whose entries have the fewest."""
    cells_of: list[dict[ListEntry, list[SpaceCell]]] = [defaultdict(list) for _ in range(AXES)]
    for cell in required:
        for by_entry, entry in zip(cells_of, cell, strict=True):
            by_entry[entry].append(cell)
    for lists in boxes:
        found = [
            [by_entry[entry] for entry in entries if entry in by_entry]
            for by_entry, entries in zip(cells_of, lists, strict=True)
        ]
        fewest = min(found, key=lambda several: sum(map(len, several)))
        yield {cell for cells in fewest for cell in cells if _holds(lists, cell)}


def _holds(lists: EntryLists, cell: SpaceCell) -> bool:
    return all(entry in entries for entry, entries in zip(cell, lists, strict=True))


def _without(lists: EntryLists, axis: int, entry: ListEntry) -> EntryLists:
    verbs, names, groups, resources = (
        entries - {entry} if i == axis else entries for i, entries in enumerate(lists)
    )
    return verbs, names, groups, resources
