"""The fewest rules that allow what is needed, and nothing more."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Literal, NamedTuple

from rbacgraph.advice.boxes import Box, Grid, TooMany, bits_of, grids, maximal_boxes
from rbacgraph.advice.grown import grown_boxes, incompatible
from rbacgraph.advice.setcover import fewest_sets
from rbacgraph.advice.spaces import Served, spaces
from rbacgraph.authz.match import ALL
from rbacgraph.authz.resources import served_resources
from rbacgraph.model.rbac import PolicyRule

Semantics = Literal["strict", "served"]

BUDGET = 20_000
"""How many sets of cells are looked at before a greedy answer is given."""

_VERB = 0
"""The axis of verbs in every space."""

_VERBS = (ALL, "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


class Fewest(NamedTuple):
    """Rules that allow what is needed.

    Parameters
    ----------
    rules:
        The rules, in a fixed order.
    bound:
        No fewer than these do it.
    """

    rules: tuple[PolicyRule, ...]
    bound: int

    @property
    def proven(self) -> bool:
        """Whether no fewer rules are enough."""
        return len(self.rules) == self.bound


def fewest_rules(
    needed: Iterable[PolicyRule],
    *,
    semantics: Semantics = "strict",
    served: Served | None = None,
    budget: int = BUDGET,
) -> Fewest:
    """Put together the fewest rules that allow what is needed and nothing more.

    Parameters
    ----------
    needed:
        Rules, however many, that allow what is needed.
    semantics:
        ``strict`` grants nothing else, so that by the server's own comparison the answer
        and ``needed`` cover each other. ``served`` may also name resources in API groups that
        do not have them, which nobody can ask for, so that groups can share a rule.
    served:
        By API group, its resources; those that every server has if not given.
    budget:
        How much is enumerated before a greedy answer is given, with what it is known
        to be worth.

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
    if semantics == "strict":
        served = None
    elif served is None:
        served = served_resources()
    rules: list[PolicyRule] = []
    bound = 0
    for space in spaces(needed, served):
        for grid in grids(space):
            boxes, least = _cover(grid, budget)
            rules += (_rule(grid, axes) for axes in _trimmed(grid, boxes))
            bound += least
    return Fewest(tuple(sorted(rules, key=rule_order)), bound)


def _cover(grid: Grid, budget: int) -> tuple[list[Box], int]:
    """Return boxes that cover the grid, and how many are needed at least."""
    try:
        boxes = maximal_boxes(grid, budget)
    except TooMany:
        return grown_boxes(grid), incompatible(grid)
    cover = fewest_sets([box.cells & grid.required for box in boxes], grid.required)
    return [boxes[i] for i in cover.chosen], cover.bound


def _trimmed(grid: Grid, boxes: Sequence[Box]) -> Iterator[Sequence[int]]:
    """Drop the entries of boxes whose required cells other boxes hold.

    Resources go first, from the boxes of fewest verbs, so that verbs stay together.
    """
    kept = sorted(boxes, key=lambda box: (grid.weight(_VERB, box.axes[_VERB]), box.axes))
    for axis in reversed(range(len(grid.axes))):
        for number, box in enumerate(kept):
            others = reduce(or_, (b.cells for i, b in enumerate(kept) if i != number), 0)
            for entry in sorted(bits_of(box.axes[axis]), key=lambda e: -grid.weight(axis, 1 << e)):
                alone, rest = _parted(grid, kept[number], axis, 1 << entry)
                if rest.cells and not alone.cells & grid.required & ~others:
                    kept[number] = rest
    return (box.axes for box in kept)


def _parted(grid: Grid, box: Box, axis: int, entry: int) -> tuple[Box, Box]:
    """Part a box into what one entry holds of it, and the rest."""
    before, after = box.axes[:axis], box.axes[axis + 1 :]
    return grid.box((*before, entry, *after)), grid.box((*before, box.axes[axis] & ~entry, *after))


def _rule(grid: Grid, axes: Sequence[int]) -> PolicyRule:
    verbs, *others = (
        sorted(entry for entry in grid.entries(axis, bits) if entry is not None)
        for axis, bits in enumerate(axes)
    )
    match list(map(tuple, others)):
        case [urls]:
            return PolicyRule(in_order(verbs), non_resource_urls=urls)
        case [groups, resources, names]:
            return PolicyRule(in_order(verbs), groups, resources, names or None)
    raise AssertionError


def in_order(verbs: Iterable[str]) -> tuple[str, ...]:
    """Sort verbs as they are usually written: get, list, watch, create, update, …."""
    return tuple(sorted(verbs, key=_place))


def _place(verb: str) -> tuple[int, str]:
    return (_VERBS.index(verb) if verb in _VERBS else len(_VERBS), verb)


def rule_order(rule: PolicyRule) -> tuple[object, ...]:
    """Return what rules are sorted by: groups, resources, names, verbs; URLs last."""
    return (
        rule.non_resource_urls or (),
        rule.api_groups or (),
        rule.resources or (),
        rule.resource_names or (),
        tuple(map(_place, rule.verbs or ())),
    )
