"""Finds the fewest sets that cover everything, with a lower bound.

It begins with what needs no search: sets that alone hold an element, sets inside others, elements
that are covered wherever another is. The rest splits into components. There a greedy answer is
often as small as a set of elements, no two in the same set, which proves it; if not, a short
search may find a better one or none, and otherwise HiGHS does.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import reduce
from heapq import heapify, heappop, heapreplace
from math import ceil
from operator import or_
from typing import NamedTuple

from rbacgraph.advice.rules.grid import bits_of
from rbacgraph.advice.rules.work_budget import TooMuch, Work, steps_for

NODES = 500
"""The limit of HiGHS' branches: a count instead of a time, so that answers are repeatable."""

STEPS = 500
"""The number of choices to try before HiGHS, which takes time to load."""

SIZE = 20_000
"""The largest number of memberships of a component for HiGHS."""

WORK = 3_000_000
"""The limit of steps to drop dominated sets, and to search; then the answer is greedy."""

_SOLVED = 1_000_000
"""The approximate limit of memberships that HiGHS visits over all branches."""


class Cover(NamedTuple):
    """Numbers of sets that cover everything; no fewer than ``bound`` do."""

    chosen: tuple[int, ...]
    bound: int


def fewest_sets(sets: Sequence[int], universe: int) -> Cover:
    """Return the fewest sets that cover the universe's elements, which are bits.

    Among several such covers it always returns the same one, and prefers the first sets.

    Examples
    --------
    >>> fewest_sets([0b0011, 0b0110, 0b1100], 0b1111)
    Cover(chosen=(0, 2), bound=2)
    """
    work = Work(WORK)
    try:
        chosen, rest, elements = _reduced(sets, universe, work)
        parts = _components(rest, elements, work)
    except TooMuch:
        known = {i: s & universe for i, s in enumerate(sets) if s & universe}
        return Cover(greedy_cover(known), _independent(known))
    bound = len(chosen)
    for part in parts:
        solved = _solved({i: rest[i] for i in part}, work)
        chosen += solved.chosen
        bound += solved.bound
    return Cover(tuple(sorted(chosen)), bound)


def _reduced(
    sets: Sequence[int], universe: int, work: Work
) -> tuple[list[int], dict[int, int], int]:
    """Take the necessary sets, and drop dominated ones, until nothing changes."""
    chosen: list[int] = []
    rest = {i: s & universe for i, s in enumerate(sets)}
    elements = universe
    while elements:
        before = (len(rest), elements)
        rest = _undominated({i: s & elements for i, s in rest.items() if s & elements}, work)
        holders = _holders(rest)
        forced = sorted({h.bit_length() - 1 for h in holders.values() if h & (h - 1) == 0})
        chosen += forced
        for i in forced:
            elements &= ~rest.pop(i)
        if not forced:
            elements = _undominated_elements(holders, work)
        if before == (len(rest), elements):
            break
    return chosen, rest if elements else {}, elements


def _holders(sets: Mapping[int, int]) -> dict[int, int]:
    """Return for each element the sets that hold it, as bits."""
    found: dict[int, int] = {}
    for i, members in sets.items():
        for element in bits_of(members):
            found[element] = found.get(element, 0) | 1 << i
    return found


def _undominated(sets: Mapping[int, int], work: Work) -> dict[int, int]:
    """Drop the sets inside another one; of equal ones the first stays."""
    steps = steps_for(max(sets, default=0))
    work.spend(sum(2 + 4 * members.bit_count() for members in sets.values()) * steps)
    holders = _holders(sets)
    kept = {}
    for i, members in sets.items():
        around = -1
        for element in bits_of(members):
            around &= holders[element]
        around &= ~(1 << i)
        if not any(sets[j] != members or j < i for j in bits_of(around)):
            kept[i] = members
    return kept


def _undominated_elements(holders: Mapping[int, int], work: Work) -> int:
    """Drop the elements that are covered wherever another is; of equal ones the first stays."""
    kept: list[int] = []
    steps = steps_for(max((held.bit_length() for held in holders.values()), default=0))
    for element in sorted(holders, key=lambda e: (holders[e].bit_count(), e)):
        work.spend(1 + len(kept) * steps)
        if not any(holders[other] & ~holders[element] == 0 for other in kept):
            kept.append(element)
    return sum(1 << element for element in kept)


def _components(sets: Mapping[int, int], elements: int, work: Work) -> list[list[int]]:
    """Group the sets that share elements, directly or through others."""
    groups: list[tuple[int, list[int]]] = []
    for i, members in sets.items():
        work.spend(1 + len(groups) * steps_for(elements.bit_length()))
        apart, joined, numbers = [], members & elements, [i]
        for cells, others in groups:
            if cells & joined:
                joined |= cells
                numbers = others + numbers
            else:
                apart.append((cells, others))
        groups = [*apart, (joined, numbers)]
    return [sorted(numbers) for _, numbers in groups]


def _solved(sets: Mapping[int, int], work: Work) -> Cover:
    greedy = greedy_cover(sets)
    bound = _independent(sets)
    if len(greedy) == bound:
        return Cover(greedy, bound)
    found = _Search(sets, greedy, work).result()
    if found is not None:
        return Cover(found, len(found))
    if sum(s.bit_count() for s in sets.values()) > SIZE:
        return Cover(greedy, bound)
    return _optimal(sets, greedy, bound)


class _Search:
    """Tries all covers smaller than a known one, within a limit of choices and work."""

    def __init__(self, sets: Mapping[int, int], known: tuple[int, ...], work: Work) -> None:
        self._sets = sets
        self._best = known
        self._left = STEPS
        self._work = work

    def result(self) -> tuple[int, ...] | None:
        """Return a smallest cover; None if the choices or the work are used up."""
        try:
            self._try(reduce(or_, self._sets.values(), 0), ())
        except TooMuch:
            return None
        return tuple(sorted(self._best)) if self._left >= 0 else None

    def _try(self, elements: int, chosen: tuple[int, ...]) -> None:
        """Cover the rest by the sets of the element that the fewest sets hold."""
        self._left -= 1
        if not elements:
            self._best = chosen
            return
        rest = {i: s & elements for i, s in self._sets.items() if s & elements}
        self._work.spend(sum(1 + 2 * members.bit_count() for members in rest.values()))
        holders = _holders(rest)
        element = min(holders, key=lambda e: (holders[e].bit_count(), e))
        least = len(chosen) + _independent(rest)
        for i in sorted(bits_of(holders[element]), key=lambda i: (-rest[i].bit_count(), i)):
            if self._left < 0 or least >= len(self._best):
                return
            self._try(elements & ~self._sets[i], (*chosen, i))


def greedy_cover(sets: Mapping[int, int]) -> tuple[int, ...]:
    """Take the set that covers most of the rest, repeatedly; then drop useless ones."""
    left = reduce(or_, sets.values(), 0)
    chosen: list[int] = []
    waiting = [(-members.bit_count(), i) for i, members in sets.items()]
    heapify(waiting)
    while left:
        covers, best = waiting[0]
        now = -(sets[best] & left).bit_count()
        if now != covers:  # the rest that a set covers only shrinks
            heapreplace(waiting, (now, best))
            continue
        heappop(waiting)
        chosen.append(best)
        left &= ~sets[best]
    return without_useless(chosen, sets)


def without_useless(chosen: Sequence[int], sets: Mapping[int, int]) -> tuple[int, ...]:
    """Drop the sets whose elements the others cover, the smallest first."""
    times = Counter(element for i in chosen for element in bits_of(sets[i]))
    kept = set(chosen)
    for i in sorted(chosen, key=lambda i: (sets[i].bit_count(), i)):
        if all(times[element] > 1 for element in bits_of(sets[i])):
            kept.remove(i)
            times.subtract(bits_of(sets[i]))
    return tuple(sorted(kept))


def _independent(sets: Mapping[int, int]) -> int:
    """Count elements, no two in the same set: each needs a set of its own."""
    holders = _holders(sets)
    count, taken = 0, 0
    for element in sorted(holders, key=lambda e: (holders[e].bit_count(), e)):
        if not holders[element] & taken:
            count += 1
            taken |= holders[element]
    return count


def _optimal(sets: Mapping[int, int], greedy: tuple[int, ...], bound: int) -> Cover:
    """Solve a set cover by HiGHS; return the better of its answer and the greedy one."""
    import numpy as np
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    numbers = sorted(sets)
    elements = sorted(_holders(sets))
    row = {element: k for k, element in enumerate(elements)}
    places = [(row[e], column) for column, i in enumerate(numbers) for e in bits_of(sets[i])]
    rows, columns = zip(*places, strict=True)
    matrix = csr_array((np.ones(len(places)), (rows, columns)), shape=(len(elements), len(numbers)))
    solution = milp(
        c=np.ones(len(numbers)),
        constraints=LinearConstraint(matrix, lb=1),
        bounds=Bounds(0, 1),
        integrality=np.ones(len(numbers)),
        options={"mip_rel_gap": 0, "node_limit": max(1, min(NODES, _SOLVED // len(places)))},
    )
    if solution.mip_dual_bound is not None:
        bound = max(bound, ceil(solution.mip_dual_bound - 1e-6))
    if solution.x is None:
        return Cover(greedy, bound)
    taken = [i for i, x in zip(numbers, solution.x, strict=True) if round(x)]
    chosen = without_useless(taken, sets)
    covered = reduce(or_, (sets[i] for i in chosen), 0)
    if covered != reduce(or_, sets.values()) or len(chosen) >= len(greedy):
        return Cover(greedy, bound)
    return Cover(chosen, bound)
