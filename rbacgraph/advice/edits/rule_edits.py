"""The edits by which a rule may be narrowed."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter

from rbacgraph.advice.edits.edits import NAMES, NEEDED, PART, RESOURCES, RULE, VERBS, Edit
from rbacgraph.advice.edits.narrow_rule import Facts, narrowed
from rbacgraph.authz.match import ALL
from rbacgraph.model.changes.change import Key
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.request import Request
from rbacgraph.techniques.catalogue import EDGES, JointEdge, RuleEdge
from rbacgraph.techniques.impersonation.impersonate_constrained import (
    ACCOUNTS,
    GROUPS,
    NODES,
    OWN_NODE,
    USERS,
)
from rbacgraph.techniques.spec.technique import Right

Named = Mapping[Right, tuple[str, ...]]
"""The names that are needed, by one verb on one resource."""


_CONSTRAINED = {
    Right(("impersonate",), "", "users"): (USERS, NODES, OWN_NODE),
    Right(("impersonate",), "", "groups"): (GROUPS,),
    Right(("impersonate",), "", "serviceaccounts"): (ACCOUNTS,),
}
"""What lets somebody act as the same others as a right to impersonate does, if less freely."""


@cache
def _rights() -> tuple[tuple[Right, ...], ...]:
    """What single techniques, and parts of techniques, take of a rule.

    To impersonate goes with what would be left of it by constrained impersonation, which a
    ``*`` holds too.
    """
    rules = (edge.rights for edge in EDGES if isinstance(edge, RuleEdge))
    joint = (edge.abilities for edge in EDGES if isinstance(edge, JointEdge))
    parts = ((right,) for abilities in joint for one in abilities for right in one.rights)
    whole = (tuple(more for one in rights for more in _whole(one)) for rights in (*rules, *parts))
    constrained = ((right,) for several in _CONSTRAINED.values() for right in several)
    return tuple(dict.fromkeys((*whole, *constrained)))


def _whole(right: Right) -> tuple[Right, ...]:
    return right, *_CONSTRAINED.get(right, ())


def needed_names(requests: Iterable[Request]) -> Named:
    """Return the names that requests carry.

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
    key: Key, number: int, rule: PolicyRule, facts: Facts, needed: Named
) -> list[Edit]:
    """Return the edits of one rule, none that do the same as another.

    Parameters
    ----------
    key, number:
        The role and the rule's index.
    rule:
        The rule.
    facts:
        What is known where the role is bound.
    needed:
        What is needed of the rule.
    """
    found, named = [Edit(key, RULE, number)], list[Edit]()
    if rule.non_resource_urls:
        return found
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
        found.append(Edit(key, NAMES, number, (facts.others.name,)))
    told: dict[tuple[PolicyRule, ...], Edit] = {}
    for edit in (*found, *named):
        after = narrowed(rule, [edit], facts)
        if after != (rule,):
            told.setdefault(after, edit)
    return list(told.values())


def _named(
    rule: PolicyRule, parts: Iterable[Right], needed: Named
) -> Iterator[tuple[Right, tuple[str, ...]]]:
    """Yield verbs on resources with the names to which they may be narrowed.

    Nothing where no name is needed, nor of what the rule already gives for these names alone.
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
