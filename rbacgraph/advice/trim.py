"""Rules that overlap, without the entries that others make useless."""

from collections import Counter
from collections.abc import Collection, Iterable

from rbacgraph.advice.spaces import AXES, Cell, Entry, Lists


def trimmed(boxes: Iterable[Lists], required: Collection[Cell]) -> list[Lists]:
    """Drop the entries whose required cells other boxes hold.

    Resources go first, from the boxes of fewest verbs, so that verbs stay together.
    """
    kept = sorted(boxes, key=lambda lists: (len(lists[0]), [sorted(map(str, s)) for s in lists]))
    held = [{cell for cell in required if _holds(lists, cell)} for lists in kept]
    times = Counter(cell for cells in held for cell in cells)
    for axis in reversed(range(AXES)):
        for number, cells in enumerate(held):
            for entry in sorted(kept[number][axis], key=str):
                own = {cell for cell in cells if cell[axis] == entry}
                if len(own) < len(cells) and all(times[cell] > 1 for cell in own):
                    kept[number] = _without(kept[number], axis, entry)
                    times.subtract(own)
                    cells.difference_update(own)
    return kept


def _holds(lists: Lists, cell: Cell) -> bool:
    return all(entry in entries for entry, entries in zip(cell, lists, strict=True))


def _without(lists: Lists, axis: int, entry: Entry) -> Lists:
    verbs, names, groups, resources = (
        entries - {entry} if i == axis else entries for i, entries in enumerate(lists)
    )
    return verbs, names, groups, resources
