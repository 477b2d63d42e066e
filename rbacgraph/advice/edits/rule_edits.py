"""Finds the edits that narrow a rule."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter

from rbacgraph.advice.edits.edits import NAMES, NEEDED, PART, RESOURCES, RULE, VERBS, Edit
from rbacgraph.advice.edits.narrow_rule import RuleFacts, narrowed
from rbacgraph.authz.match import ALL
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from rbacgraph.techniques.catalogue import EDGES, Conjunction, RuleEdge
from rbacgraph.techniques.impersonation.impersonate_constrained import (
    ACCOUNTS,
    GROUPS,
    NODES,
    OWN_NODE,
    USERS,
)
from rbacgraph.techniques.spec.technique import Right

_Named = Mapping[Right, tuple[str, ...]]
"""The needed names, by one verb on one resource."""


_CONSTRAINED = {
    Right(("impersonate",), "", "users"): (USERS, NODES, OWN_NODE),
    Right(("impersonate",), "", "groups"): (GROUPS,),
    Right(("impersonate",), "", "serviceaccounts"): (ACCOUNTS,),
}
"""Rights that allow acting as the same targets as ``impersonate``, under more limits."""


@cache
def _rights() -> tuple[tuple[Right, ...], ...]:
    """Return what techniques, and parts of techniques, take from a rule.

    An edit of ``impersonate`` includes the constrained impersonation that would remain, which a
    ``*`` covers too.
    """
    rules = (edge.rights for edge in EDGES if isinstance(edge, RuleEdge))
    joint = (edge.abilities for edge in EDGES if isinstance(edge, Conjunction))
    parts = ((right,) for abilities in joint for one in abilities for right in one.rights)
    whole = (
        tuple(more for one in rights for more in whole_rights(one)) for rights in (*rules, *parts)
    )
    constrained = ((right,) for several in _CONSTRAINED.values() for right in several)
    return tuple(dict.fromkeys((*whole, *constrained)))


def whole_rights(right: Right) -> tuple[Right, ...]:
    """Return a right, and those that allow the same under more limits."""
    return right, *_CONSTRAINED.get(right, ())


def needed_names(requests: Iterable[Request]) -> _Named:
    """Return the names in requests.

    Examples
    --------
    >>> needed_names([Request("get", resource="pods", name="web-0"), Request("list", "pods")])
    {Right(verbs=('get',), group='', resource='pods', subresource=''): ('web-0',)}
    """
    found: dict[Right, set[str]] = {}
    for one in requests:
        if one.name:
            right = Right((one.verb,), one.group, one.resource, one.subresource)
            found.setdefault(right, set()).add(one.name)
    return {right: tuple(sorted(names)) for right, names in found.items()}


def edits_of_rule(
    key: ObjectKey, number: int, rule: PolicyRule, facts: RuleFacts, needed: _Named
) -> dict[Edit, tuple[PolicyRule, ...]]:
    """Return the edits of one rule with what each leaves of it, without two that do the same.

    ``facts``: known facts where the role is bound.
    """
    found, named = [Edit(key, RULE, number)], list[Edit]()
    if rule.non_resource_urls:
        return {found[0]: ()}
    for rights in _rights():
        held = [(right, verbs) for right in rights if (verbs := right.verbs_in(rule))]
        if held:
            wanted = {ALL, *(verb for _, verbs in held for verb in verbs)}
            lost = tuple(verb for verb in rule.verbs or () if verb in wanted)
            found.append(Edit(key, VERBS, number, lost))
            entries = {entry for right, _ in held for entry in _entries(right)}
            dropped = tuple(entry for entry in rule.resources or () if entry in entries)
            found.append(Edit(key, RESOURCES, number, dropped))
            parts = tuple(right._replace(verbs=verbs) for right, verbs in held)
            found.append(Edit(key, PART, number, rights=parts))
            if pairs := list(_named(rule, parts, needed)):
                some, names = zip(*pairs, strict=True)
                named.append(Edit(key, NEEDED, number, rights=some, names=names))
    if facts.others is not None:
        found.append(Edit(key, NAMES, number, facts.others.spared))
    by_result: dict[tuple[PolicyRule, ...], Edit] = {}
    for edit in (*found, *named):
        after = narrowed(rule, [edit], facts)
        if after != (rule,):
            by_result.setdefault(after, edit)
    return {edit: after for after, edit in by_result.items()}


def _named(
    rule: PolicyRule, parts: Iterable[Right], needed: _Named
) -> Iterator[tuple[Right, tuple[str, ...]]]:
    """Yield verbs on resources with the names to which they may be narrowed.

    Nothing if no name is needed, or if the rule already grants only these names.
    """
    had = set(rule.resource_names or ())
    each = [
        (part._replace(verbs=()), names, verb)
        for part in parts
        for verb in part.verbs
        if set(names := needed.get(part._replace(verbs=(verb,)), ())) != had or not had
    ]
    if not any(names for _, names, _ in each):
        return
    for (right, names), several in groupby(each, key=itemgetter(0, 1)):
        yield right._replace(verbs=tuple(verb for _, _, verb in several)), names


def _entries(right: Right) -> Iterator[str]:
    yield ALL
    yield right.full_resource
    if right.subresource:
        yield f"*/{right.subresource}"
