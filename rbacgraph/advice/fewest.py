"""The fewest rules that allow what is needed, and nothing more."""

from collections.abc import Iterable
from typing import NamedTuple

from rbacgraph.advice.boxes import TooMany, largest_boxes
from rbacgraph.advice.grid import Box, Grid, grids
from rbacgraph.advice.grown import grown_boxes, incompatible
from rbacgraph.advice.setcover import fewest_sets
from rbacgraph.advice.spaces import Lists, spaces
from rbacgraph.advice.trim import trimmed
from rbacgraph.authz.known import Known, known_entries
from rbacgraph.authz.match import ALL
from rbacgraph.model.rbac import PolicyRule
from rbacgraph.model.suggestion import Semantics

BUDGET = 20_000
"""How many sets of cells are looked at before a greedy answer is given."""

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
    served: Known | None = None,
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
        By API group, its resources; those that are known of any cluster if not given.
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
        served = known_entries()
    rules: list[PolicyRule] = []
    bound = 0
    for space in spaces(needed, served):
        boxes: list[Lists] = []
        for grid in grids(space):
            found, least = _cover(grid, budget)
            boxes += (grid.lists(box) for box in found)
            bound += least
        rules += map(_rule, trimmed(boxes, space.required))
    return Fewest(tuple(sorted(rules, key=rule_order)), bound)


def _cover(grid: Grid, budget: int) -> tuple[list[Box], int]:
    """Return boxes that cover the grid, and how many are needed at least."""
    try:
        boxes = largest_boxes(grid, budget)
    except TooMany:
        return grown_boxes(grid), incompatible(grid)
    cover = fewest_sets([box.cells & grid.required for box in boxes], grid.required)
    return [boxes[i] for i in cover.chosen], cover.bound


def _rule(lists: Lists) -> PolicyRule:
    verbs, names, groups, resources = (
        tuple(sorted(entry for entry in entries if entry is not None)) for entries in lists
    )
    if not groups:
        return PolicyRule(in_order(verbs), non_resource_urls=resources)
    return PolicyRule(in_order(verbs), groups, resources, names or None)


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
