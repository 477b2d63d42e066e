"""Rules that overlap, without the entries that others make useless."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from heapq import heapify, heappop, heappush

from rbacgraph.advice.spaces import AXES, Cell, Entry, Lists


def trimmed(boxes: Iterable[Lists], required: Collection[Cell]) -> list[Lists]:
    """Drop the entries whose required cells other boxes hold, those of few cells first.

    Which of two boxes gives up what both hold is open. To begin with the entries of fewest
    cells leaves few entries over, and of equal ones a resource goes before a verb, so that
    the verbs on a resource stay together.
    """
    kept = sorted(boxes, key=lambda lists: (len(lists[0]), [sorted(map(str, s)) for s in lists]))
    held = [{cell for cell in required if _holds(lists, cell)} for lists in kept]
    times = Counter(cell for cells in held for cell in cells)
    waiting = [place for number in range(len(kept)) for place in _places(number, kept, held)]
    heapify(waiting)
    while waiting:
        count, number, back, _, entry = heappop(waiting)
        axis, cells = AXES - back, held[number]
        own = {cell for cell in cells if cell[axis] == entry}
        if len(own) == count < len(cells) and all(times[cell] > 1 for cell in own):
            kept[number] = _without(kept[number], axis, entry)
            times.subtract(own)
            cells.difference_update(own)
            for place in _places(number, kept, held):
                heappush(waiting, place)
    return kept


_Place = tuple[int, int, int, str, Entry]
"""An entry's cells, the number of its box, its axis from behind, and the entry twice."""


def _places(number: int, kept: list[Lists], held: list[set[Cell]]) -> Iterator[_Place]:
    for axis, entries in enumerate(kept[number]):
        counts = Counter(cell[axis] for cell in held[number])
        for entry in entries:
            yield counts[entry], number, AXES - axis, str(entry), entry


def _holds(lists: Lists, cell: Cell) -> bool:
    return all(entry in entries for entry, entries in zip(cell, lists, strict=True))


def _without(lists: Lists, axis: int, entry: Entry) -> Lists:
    verbs, names, groups, resources = (
        entries - {entry} if i == axis else entries for i, entries in enumerate(lists)
    )
    return verbs, names, groups, resources
