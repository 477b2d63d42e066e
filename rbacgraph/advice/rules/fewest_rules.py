"""Finds the fewest rules that allow what is needed, and nothing more."""

from collections.abc import Iterable
from math import prod
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.rules.greedy_boxes import grown_boxes, incompatible
from rbacgraph.advice.rules.grid import Grid, RuleBox, grids
from rbacgraph.advice.rules.maximal_boxes import largest_boxes
from rbacgraph.advice.rules.merged_rules import merged
from rbacgraph.advice.rules.permission_space import EntryLists, spaces
from rbacgraph.advice.rules.set_cover import fewest_sets
from rbacgraph.advice.rules.trim import trimmed
from rbacgraph.advice.rules.work_budget import TooMuch, Work
from rbacgraph.authz.match import ALL
from rbacgraph.model.kubernetes.rbac import PolicyRule

BUDGET = 1_000_000
"""The limit of steps to enumerate maximal boxes; then the answer is greedy."""

_GREEDY = 3_000_000
"""The limit of steps for a greedy answer; then rules that differ in one list are merged."""

_PARTS = 50_000
"""The largest number of smallest parts for more than merging."""

_VERBS = (ALL, "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


class Fewest(NamedTuple):
    """Rules that allow what is needed.

    ``rules``: the rules, in a fixed order.
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
