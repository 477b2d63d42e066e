"""Finds the fewest rules that allow what is needed, and nothing more."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import product
from math import prod
from operator import or_
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.rules.grid import Grid, RuleBox, bits_of, grids
from rbacgraph.advice.rules.permission_space import EntryLists, spaces
from rbacgraph.advice.rules.set_cover import fewest_sets, without_useless
from rbacgraph.advice.rules.trim import trimmed
from rbacgraph.advice.rules.work_budget import TooMuch, Work, steps_for
from rbacgraph.authz.match import ALL
from rbacgraph.model.kubernetes.rbac import PolicyRule

_Lists = tuple[frozenset[str], ...]

BUDGET = 1_000_000
"""The limit of steps to enumerate maximal boxes; then the answer is greedy."""

_GREEDY = 3_000_000
"""The limit of steps for a greedy answer; then rules that differ in one list are merged."""

_PARTS = 50_000
"""The largest number of smallest parts for more than merging."""

_VERBS = (ALL, "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


class Fewest(NamedTuple):
    """Rules that allow what is needed.

    ``bound``: no fewer rules than these are enough.
    """

    rules: tuple[PolicyRule, ...]
    bound: int

    @property
    def proven(self) -> bool:
        """Whether fewer rules are proven not to be enough."""
        return len(self.rules) == self.bound


def fewest_rules(
    needed: Iterable[PolicyRule],
    *,
    budget: int = BUDGET,
) -> Fewest:
    """Return the fewest rules that allow what is needed and nothing more.

    By the server's own comparison the answer and ``needed`` cover each other.

    ``needed``: rules, however many, that allow what is needed.
    ``budget``: the steps to enumerate boxes; after them the answer is greedy, with its bound.

    Examples
    --------
    >>> def rule(verb, resource):
    ...     return PolicyRule((verb,), ("",), (resource,))
    >>> needed = [rule("get", "pods"), rule("get", "pods/log"), rule("list", "pods")]
    >>> answer = fewest_rules(needed)
    >>> [(rule.verbs, rule.resources) for rule in answer.rules]
    [(('get', 'list'), ('pods',)), (('get',), ('pods/log',))]
    >>> answer.proven
    True
    """
    needed = tuple(needed)
    if sum(map(_parts, needed)) > _PARTS:
        return _merged(needed, 1)
    enumerating, growing = Work(budget), Work(_GREEDY)
    found = [(space, grids(space)) for space in spaces(needed)]
    covers = [[_cover(grid, enumerating, growing) for grid in several] for _, several in found]
    bound = sum(least for several in covers for _, least in several)
    rules: list[PolicyRule] = []
    for (space, several), covered in zip(found, covers, strict=True):
        boxes: list[EntryLists] = []
        for grid, (chosen, _) in zip(several, covered, strict=True):
            if chosen is None:
                return _merged(needed, bound)
            boxes += (grid.lists(box) for box in chosen)
        rules += map(_rule, trimmed(boxes, space.required))
    return Fewest(tuple(sorted(rules, key=rule_order)), bound)


def _parts(rule: PolicyRule) -> int:
    """Count the smallest parts of a rule."""
    lists = rule.verbs, rule.api_groups, rule.resources, rule.resource_names
    urls = len(rule.verbs or ()) * len(rule.non_resource_urls or ())
    return urls + prod(len(one or ("",)) for one in lists)


def _merged(needed: Iterable[PolicyRule], bound: int) -> Fewest:
    """Return an answer without a search."""
    rules = merged(needed)
    inorder = [replace(rule, verbs=in_order(rule.verbs or ())) for rule in rules]
    return Fewest(tuple(sorted(inorder, key=rule_order)), bound)


def _cover(grid: Grid, enumerating: Work, growing: Work) -> tuple[list[RuleBox] | None, int]:
    """Return boxes that cover the grid, if the work suffices, and a lower bound of their number."""
    try:
        boxes = largest_boxes(grid, enumerating)
    except TooMuch:
        least = incompatible(grid, Work(_GREEDY))
        try:
            return grown_boxes(grid, growing), least
        except TooMuch:
            return None, least
    cover = fewest_sets([box.cells & grid.required for box in boxes], grid.required)
    return [boxes[i] for i in cover.chosen], cover.bound


def _rule(lists: EntryLists) -> PolicyRule:
    verbs, names, groups, resources = (
        tuple(sorted(entry for entry in entries if entry is not None)) for entries in lists
    )
    if not groups:
        return PolicyRule(in_order(verbs), non_resource_urls=resources)
    return PolicyRule(in_order(verbs), groups, resources, names or None)


def in_order(verbs: Iterable[str]) -> tuple[str, ...]:
    """Sort verbs in the usual order: get, list, watch, create, update, …."""
    return tuple(sorted(verbs, key=_place))


def _place(verb: str) -> tuple[int, str]:
    return (_VERBS.index(verb) if verb in _VERBS else len(_VERBS), verb)


def rule_order(rule: PolicyRule) -> tuple[object, ...]:
    """Return the sort key of a rule: groups, resources, names, verbs; URLs last."""
    return (
        rule.non_resource_urls or (),
        rule.api_groups or (),
        rule.resources or (),
        rule.resource_names or (),
        tuple(map(_place, rule.verbs or ())),
    )


# Enumerates the maximal boxes of allowed cells: no minimum cover needs other boxes.
#
# Each set of verbs leaves the cells that all of them have in common, and each set of names leaves
# those of them (formal concepts; eight verbs make at most 255 sets). API groups and resources
# remain, which may not all go together: to find the maximal sets, it leaves out either a group or a
# resource wherever the two clash.


def largest_boxes(grid: Grid, work: Work) -> tuple[RuleBox, ...]:
    """Return boxes such that the required cells of any box lie inside one of them."""
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


def merged(rules: Iterable[PolicyRule]) -> list[PolicyRule]:
    """Return rules that allow the same, with those merged that differ in one list.

    Examples
    --------
    >>> def rule(verb, resource):
    ...     return PolicyRule((verb,), ("",), (resource,))
    >>> [(one.verbs, one.resources) for one in merged([rule("get", "a"), rule("get", "b")])]
    [(('get',), ('a', 'b'))]
    """
    sorts: dict[tuple[bool, bool], dict[_Lists, None]] = {}
    for rule in rules:
        if rule.verbs and rule.api_groups and rule.resources:
            lists = rule.verbs, rule.resource_names or (), rule.api_groups, rule.resources
            sort = bool(rule.resource_names), True
            sorts.setdefault(sort, {})[tuple(map(frozenset, lists))] = None
        if rule.verbs and rule.non_resource_urls:
            lists = rule.verbs, (), (), rule.non_resource_urls
            sorts.setdefault((False, False), {})[tuple(map(frozenset, lists))] = None
    return [
        _merged_rule(one, named=named, asks=asks)
        for (named, asks), found in sorts.items()
        for one in _put_together(found)
    ]


def _put_together(found: Iterable[_Lists]) -> list[_Lists]:
    """Merge what differs in one list, list by list, until nothing changes."""
    kept = list(found)
    while True:
        before = len(kept)
        for axis in range(4):
            alike: dict[_Lists, frozenset[str]] = {}
            for one in kept:
                rest = one[:axis] + one[axis + 1 :]
                alike[rest] = alike.get(rest, frozenset()) | one[axis]
            kept = [(*rest[:axis], own, *rest[axis:]) for rest, own in alike.items()]
        if len(kept) == before:
            return kept


def _merged_rule(lists: _Lists, *, named: bool, asks: bool) -> PolicyRule:
    verbs, names, groups, last = (tuple(sorted(one)) for one in lists)
    if not asks:
        return PolicyRule(verbs, non_resource_urls=last)
    return PolicyRule(verbs, groups, last, names if named else None)


def grown_boxes(grid: Grid, work: Work) -> list[RuleBox]:
    """Cover a grid greedily: from each remaining cell, the box that grows around it."""
    boxes: list[RuleBox] = []
    left = grid.required
    while left:
        first = next(bits_of(left))
        boxes.append(_grown(grid, _cell_place(grid, first), left, work))
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
        place = _cell_place(grid, cell)
        if not any(_fit(grid, place, other) for other in kept):
            kept.append(place)
    return len(kept)


def _fit(grid: Grid, one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(grid.allowed >> corner & 1 for corner in _corners(grid, one, other))


def _corners(grid: Grid, one: tuple[int, ...], other: tuple[int, ...]) -> Iterator[int]:
    strides = grid.strides
    steps = [{a * s, b * s} for a, b, s in zip(one, other, strides, strict=True)]
    return map(sum, product(*steps))


def _cell_place(grid: Grid, cell: int) -> tuple[int, ...]:
    """Return the entries of a cell, by axis."""
    place = []
    for stride in grid.strides:
        index, cell = divmod(cell, stride)
        place.append(index)
    return tuple(place)
