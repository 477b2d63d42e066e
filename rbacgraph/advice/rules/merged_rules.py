"""Merges rules that differ in one list: fast, but not to the fewest rules."""

from collections.abc import Iterable

from rbacgraph.model.kubernetes.rbac import PolicyRule

_Lists = tuple[frozenset[str], ...]


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
        _rule(one, named=named, asks=asks)
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


def _rule(lists: _Lists, *, named: bool, asks: bool) -> PolicyRule:
    verbs, names, groups, last = (tuple(sorted(one)) for one in lists)
    if not asks:
        return PolicyRule(verbs, non_resource_urls=last)
    return PolicyRule(verbs, groups, last, names if named else None)
