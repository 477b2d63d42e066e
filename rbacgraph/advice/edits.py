"""Edits: the smallest things that a cut is made of, and what a rule is after some of them.

An edit takes something away from one binding, one rule or one ServiceAccount. Several edits
of one object go together: each takes away its part.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.match import ALL
from rbacgraph.edges import EDGES, JointEdge, RuleEdge
from rbacgraph.edges.base import Right
from rbacgraph.model.change import Key
from rbacgraph.model.rbac import PolicyRule

SUBJECT = "subject"
"""A subject is taken out of a binding."""
SUBJECTS = "subjects"
"""All subjects are."""
ELSEWHERE = "elsewhere"
"""A subject of a ClusterRoleBinding keeps the role in the other namespaces alone."""
RULE = "rule"
"""A rule is taken out of a role."""
VERBS = "verbs"
"""Verbs are taken out of a rule."""
RESOURCES = "resources"
"""Resources are."""
NAMES = "names"
"""The Secret is: the rule names the others."""
AUTOMOUNT = "automount"
"""Pods of a ServiceAccount mount no token by default."""

_UNNAMED = frozenset({"list", "watch", "deletecollection"})
"""Verbs that a rule with resourceNames gives nobody, or only to whoever asks for one name."""


class Edit(NamedTuple):
    """One edit.

    Parameters
    ----------
    key:
        Which object is edited.
    sort:
        What is done.
    rule:
        Index of the rule, as the role stands; -1 where it is about no rule.
    what:
        What is taken away: subjects as printed, verbs or resources.
    """

    key: Key
    sort: str
    rule: int = -1
    what: tuple[str, ...] = ()


class Others(NamedTuple):
    """The Secret that rules are to spare, and the names of the others that there are.

    ``names`` is None where they are not all known, or too many.
    """

    name: str
    names: tuple[str, ...] | None


@cache
def _rights() -> tuple[tuple[Right, ...], ...]:
    """What single techniques, and parts of techniques, take of a rule."""
    rules = (edge.rights for edge in EDGES if isinstance(edge, RuleEdge))
    joint = (edge.abilities for edge in EDGES if isinstance(edge, JointEdge))
    parts = ((right,) for abilities in joint for one in abilities for right in one.rights)
    return tuple(dict.fromkeys((*rules, *parts)))


def edits_of_rule(key: Key, number: int, rule: PolicyRule, others: Others | None) -> list[Edit]:
    """Return the edits of one rule, none that do the same as another.

    Parameters
    ----------
    key, number:
        The role and the rule's index.
    rule:
        The rule.
    others:
        What is to be spared where the rule may be made to name Secrets.
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
    if others is not None:
        found.append(Edit(key, NAMES, number, (others.name,)))
    told: dict[tuple[PolicyRule, ...], Edit] = {}
    for edit in found:
        after = edited(rule, [edit], others)
        if after != (rule,):
            told.setdefault(after, edit)
    return list(told.values())


def _entries(right: Right) -> Iterator[str]:
    yield ALL
    yield right.full_resource
    if right.subresource:
        yield f"*/{right.subresource}"


def edited(
    rule: PolicyRule, edits: Iterable[Edit], others: Others | None
) -> tuple[PolicyRule, ...]:
    """Return what a rule is after edits of it: nothing, itself with less, or two rules.

    Examples
    --------
    >>> rule = PolicyRule(("get",), ("",), ("pods", "secrets"))
    >>> edited(rule, [Edit(("Role", "shop", "r"), RESOURCES, 0, ("secrets",))], None)
    (PolicyRule(verbs=('get',), api_groups=('',), resources=('pods',), resource_names=None, \
non_resource_urls=None),)
    """
    several = list(edits)
    if any(edit.sort == RULE for edit in several):
        return ()
    verbs = _without(rule.verbs, [edit.what for edit in several if edit.sort == VERBS])
    resources = _without(rule.resources, [e.what for e in several if e.sort == RESOURCES])
    if not verbs or not (resources or rule.non_resource_urls):
        return ()
    after = rule
    if verbs != rule.verbs or resources != rule.resources:
        after = replace(rule, verbs=verbs, resources=resources)
    if others is not None and any(edit.sort == NAMES for edit in several):
        return tuple(_sparing(after, others))
    return (after,)


def _without(
    entries: tuple[str, ...] | None, dropped: Collection[tuple[str, ...]]
) -> tuple[str, ...] | None:
    gone = {entry for several in dropped for entry in several}
    return tuple(e for e in entries if e not in gone) if entries and gone else entries


def _sparing(rule: PolicyRule, others: Others) -> Iterator[PolicyRule]:
    """Yield a rule without one Secret: what is not about Secrets, then the Secrets by name."""
    resources, verbs = rule.resources or (), rule.verbs or ()
    if "secrets" not in resources or ALL in resources or ALL in verbs:
        yield rule
        return
    rest = tuple(resource for resource in resources if resource != "secrets")
    if rest:
        yield replace(rule, resources=rest)
    if rule.resource_names:
        named = tuple(name for name in rule.resource_names if name != others.name)
        if named:
            yield replace(rule, resources=("secrets",), resource_names=named)
        return
    by_name = tuple(verb for verb in verbs if verb not in _UNNAMED and verb != "create")
    if others.names and by_name:
        yield replace(rule, verbs=by_name, resources=("secrets",), resource_names=others.names)
    if "create" in verbs:
        yield replace(rule, verbs=("create",), resources=("secrets",))
