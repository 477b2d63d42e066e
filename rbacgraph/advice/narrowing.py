"""The edits by which a rule may be narrowed."""

from collections.abc import Iterator
from functools import cache

from rbacgraph.advice.edits import NAMES, PART, RESOURCES, RULE, VERBS, Edit
from rbacgraph.advice.narrowed import Facts, narrowed
from rbacgraph.authz.match import ALL
from rbacgraph.edges import EDGES, JointEdge, RuleEdge
from rbacgraph.edges.base import Right
from rbacgraph.model.change import Key
from rbacgraph.model.rbac import PolicyRule


@cache
def _rights() -> tuple[tuple[Right, ...], ...]:
    """What single techniques, and parts of techniques, take of a rule."""
    rules = (edge.rights for edge in EDGES if isinstance(edge, RuleEdge))
    joint = (edge.abilities for edge in EDGES if isinstance(edge, JointEdge))
    parts = ((right,) for abilities in joint for one in abilities for right in one.rights)
    return tuple(dict.fromkeys((*rules, *parts)))


def edits_of_rule(key: Key, number: int, rule: PolicyRule, facts: Facts) -> list[Edit]:
    """Return the edits of one rule, none that do the same as another.

    Parameters
    ----------
    key, number:
        The role and the rule's index.
    rule:
        The rule.
    facts:
        What is known where the role is bound.
    """
    found = [Edit(key, RULE, number)]
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
    if facts.others is not None:
        found.append(Edit(key, NAMES, number, (facts.others.name,)))
    told: dict[tuple[PolicyRule, ...], Edit] = {}
    for edit in found:
        after = narrowed(rule, [edit], facts)
        if after != (rule,):
            told.setdefault(after, edit)
    return list(told.values())


def _entries(right: Right) -> Iterator[str]:
    yield ALL
    yield right.full_resource
    if right.subresource:
        yield f"*/{right.subresource}"
