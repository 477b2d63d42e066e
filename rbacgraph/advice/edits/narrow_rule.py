"""Applies edits to a rule: the result is empty, narrower, or several rules.

If a ``*`` covers the removed part, the result lists everything else that it is known to cover.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.edits.edits import NAMES, NEEDED, PART, RESOURCES, RULE, VERBS, Edit
from rbacgraph.advice.rewrite.subtract_resource import ResourceRemoval
from rbacgraph.advice.rules.fewest_rules import in_order
from rbacgraph.authz.coverage import covers_all
from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.known_resources import Known, KnownVerbs, is_served
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.techniques.spec.technique import Right

UNNAMED = ("list", "watch", "deletecollection")
"""Verbs that a rule with resourceNames allows nobody, or only in requests for one name."""

SECRETS = Right(("get",), "", "secrets")


class Others(NamedTuple):
    """The names of the Secrets to spare, and those of all other Secrets.

    ``names`` is None if not all are known, or there are too many.
    """

    spared: tuple[str, ...]
    names: tuple[str, ...] | None


class RuleFacts(NamedTuple):
    """Known facts for editing rules.

    ``known``, ``verbs``: what a ``*`` stands for.
    ``spelled``: the API groups in which each resource is named, instead of a ``*``.
    ``others``: the Secrets to spare, if a rule may be made to name Secrets.
    """

    known: Known
    verbs: KnownVerbs
    spelled: Collection[str] = ()
    others: Others | None = None


def narrowed(rule: PolicyRule, edits: Iterable[Edit], facts: RuleFacts) -> tuple[PolicyRule, ...]:
    """Return what is left of a rule.

    Examples
    --------
    >>> from rbacgraph.authz.questions.known_resources import known_entries, known_verbs
    >>> facts = RuleFacts(known_entries(), known_verbs())
    >>> rule = PolicyRule(("get", "list"), ("",), ("pods", "secrets"))
    >>> role = "Role", "shop", "reader"
    >>> narrowed(rule, [Edit(role, RESOURCES, 0, ("secrets",))], facts)
    (PolicyRule(verbs=('get', 'list'), api_groups=('',), resources=('pods',), \
resource_names=None, non_resource_urls=None),)
    >>> part = Edit(role, PART, 0, rights=(Right(("get",), "", "secrets"),))
    >>> [(rule.verbs, rule.resources) for rule in narrowed(rule, [part], facts)]
    [(('get', 'list'), ('pods',)), (('list',), ('secrets',))]
    """
    several = sorted(edits)
    if any(edit.sort == RULE for edit in several):
        return ()
    verbs = _without(rule.verbs, [edit.what for edit in several if edit.sort == VERBS])
    resources = _without(rule.resources, [e.what for e in several if e.sort == RESOURCES])
    if not verbs or not (resources or rule.non_resource_urls):
        return ()
    left: tuple[PolicyRule, ...] = (rule,)
    if verbs != rule.verbs or resources != rule.resources:
        left = (replace(rule, verbs=verbs, resources=resources),)
    for edit in several:
        if edit.sort == PART:
            left = tuple(new for one in left for new in _less(one, edit.rights, facts))
        elif edit.sort == NEEDED:
            left = tuple(new for one in left for new in _naming(one, edit, facts))
    if facts.others is not None and any(edit.sort == NAMES for edit in several):
        left = tuple(new for one in left for new in _sparing(one, facts.others, facts))
    return left


def _without(
    entries: tuple[str, ...] | None, dropped: Collection[tuple[str, ...]]
) -> tuple[str, ...] | None:
    gone = {entry for several in dropped for entry in several}
    return tuple(e for e in entries if e not in gone) if entries and gone else entries


def spelled(rule: PolicyRule, right: Right, facts: RuleFacts) -> tuple[str, ...]:
    """Return the verbs of a rule on a resource, with ``*`` written out."""
    verbs = rule.verbs or ()
    if ALL not in verbs:
        return verbs
    every = facts.verbs(right.group, right.full_resource)
    return in_order({*every, *verbs} - {ALL})


def _less(rule: PolicyRule, rights: Iterable[Right], facts: RuleFacts) -> Iterator[PolicyRule]:
    """Yield a rule without some rights: what they do not concern comes first."""
    of_any, others = _of_any_first(rights)
    for one in _less_of_any(rule, of_any, facts):
        yield from _less_of_each(one, others, facts)


def _of_any_first(rights: Iterable[Right]) -> tuple[list[Right], list[Right]]:
    """Return the rights on any resource, and those on one."""
    several = tuple(rights)
    return [one for one in several if one.of_any], [one for one in several if not one.of_any]


def _less_of_any(rule: PolicyRule, rights: Iterable[Right], facts: RuleFacts) -> list[PolicyRule]:
    """Return a rule without some verbs on whatever resources it has."""
    left = [rule]
    for right in rights:
        left = [new for one in left for new in _without_verbs(one, right, facts)]
    return left


def _without_verbs(rule: PolicyRule, right: Right, facts: RuleFacts) -> Iterator[PolicyRule]:
    part = right.part_of(rule)
    if not part.verbs:
        yield rule
        return
    groups = tuple(one for one in rule.api_groups or () if one not in (part.api_groups or ()))
    if groups:
        yield replace(rule, api_groups=groups)
    stay = tuple(verb for verb in spelled(rule, right, facts) if verb not in part.verbs)
    if stay:
        yield replace(part, verbs=stay)


def _less_of_each(
    rule: PolicyRule, rights: Iterable[Right], facts: RuleFacts
) -> Iterator[PolicyRule]:
    """Yield a rule without some verbs on some resources: other resources come first."""
    wanted: dict[Right, set[str]] = defaultdict(set)
    for right in rights:
        if verbs := right.verbs_in(rule):
            wanted[right._replace(verbs=())].update(verbs)
    rest = [rule]
    left: dict[tuple[tuple[str, ...], str], list[str]] = {}
    for right, gone in wanted.items():
        rest = [new for one in rest for new in _apart(one, right, facts)]
        if not _is_shown(rule, right, facts):
            continue  # a rule that named it would be the first sign that such objects exist
        stay = tuple(verb for verb in spelled(rule, right, facts) if verb not in gone)
        if stay:
            left.setdefault((stay, right.group), []).append(right.full_resource)
    yield from rest
    for (verbs, group), resources in left.items():
        yield PolicyRule(verbs, (group,), tuple(resources), rule.resource_names)


def _naming(rule: PolicyRule, edit: Edit, facts: RuleFacts) -> Iterator[PolicyRule]:
    """Yield a rule that limits some verbs on some resources to some names."""
    yield from _less(rule, edit.rights, facts)
    verbs: dict[tuple[Right, tuple[str, ...]], list[str]] = {}
    for right, names in zip(edit.rights, edit.names, strict=True):
        stay = tuple(n for n in names if not rule.resource_names or n in rule.resource_names)
        if stay and (held := right.verbs_in(rule)) and _is_shown(rule, right, facts):
            verbs.setdefault((right._replace(verbs=()), stay), []).extend(held)
    alike: dict[tuple[tuple[str, ...], str, tuple[str, ...]], list[str]] = {}
    for (right, stay), several in verbs.items():
        alike.setdefault((in_order(several), right.group, stay), []).append(right.full_resource)
    for (held, group, stay), resources in alike.items():
        yield PolicyRule(held, (group,), tuple(resources), stay)


def _is_shown(rule: PolicyRule, right: Right, facts: RuleFacts) -> bool:
    """Whether the input shows the resource of a right, or the rule itself names it."""
    return right.full_resource in facts.known.get(right.group, ()) or (
        right.group in (rule.api_groups or ()) and right.full_resource in (rule.resources or ())
    )


def _apart(rule: PolicyRule, right: Right, facts: RuleFacts) -> Iterator[PolicyRule]:
    """Yield a rule without a resource."""
    for new in _removal(right, facts).carved(rule):
        if new.api_groups == rule.api_groups:
            yield new
            continue
        resources = tuple(
            one
            for one in new.resources or ()
            if any(is_served(facts.known, group, one) for group in new.api_groups or ())
        )
        if resources:
            yield replace(new, resources=resources)


def _removal(right: Right, facts: RuleFacts) -> ResourceRemoval:
    return ResourceRemoval(right.group, right.full_resource, facts.known, facts.spelled)


def _sparing(rule: PolicyRule, others: Others, facts: RuleFacts) -> Iterator[PolicyRule]:
    """Yield a rule without some Secrets: other resources first, then the other Secrets by name."""
    if not _is_on_secrets(rule):
        yield rule
        return
    yield from _apart(rule, SECRETS, facts)
    if rule.resource_names:
        named = tuple(name for name in rule.resource_names if name not in others.spared)
        if named:
            yield PolicyRule(rule.verbs, ("",), ("secrets",), named)
        return
    verbs = spelled(rule, SECRETS, facts)
    by_name = tuple(verb for verb in verbs if verb not in UNNAMED and verb != "create")
    if others.names and by_name:
        yield PolicyRule(by_name, ("",), ("secrets",), others.names)
    if "create" in verbs:
        yield PolicyRule(("create",), ("",), ("secrets",))


def taken(rule: PolicyRule, edit: Edit, facts: RuleFacts) -> Iterator[PolicyRule]:
    """Yield what an edit takes away from a rule, as far as its ``*`` are known."""
    if edit.sort == NAMES:
        yield from _taken_by_names(rule, edit.what, facts)
    elif edit.sort == PART:
        yield from _taken_parts(rule, edit.rights)
    elif edit.sort == NEEDED:
        for right, names in zip(edit.rights, edit.names, strict=True):
            gone = tuple(name for name in rule.resource_names or () if name not in names)
            yield PolicyRule(right.verbs, (right.group,), (right.full_resource,), gone or None)
    elif edit.sort == VERBS:
        yield _as_served(replace(rule, verbs=edit.what), facts)
    elif edit.sort == RESOURCES:
        yield _as_served(replace(rule, resources=edit.what), facts)
    else:
        yield _as_served(rule, facts)


def _taken_parts(rule: PolicyRule, rights: Iterable[Right]) -> Iterator[PolicyRule]:
    of_any, others = _of_any_first(rights)
    wide = [right.part_of(rule) for right in of_any]
    yield from wide
    for (verbs, group), resources in _by_verbs(others).items():
        part = PolicyRule(verbs, (group,), resources, rule.resource_names)
        if not covers_all(wide, (part,)):
            yield part


def _by_verbs(rights: Iterable[Right]) -> dict[tuple[tuple[str, ...], str], tuple[str, ...]]:
    found: dict[tuple[tuple[str, ...], str], tuple[str, ...]] = {}
    for right in rights:
        key = right.verbs, right.group
        found[key] = (*found.get(key, ()), right.full_resource)
    return found


def _taken_by_names(
    rule: PolicyRule, name: tuple[str, ...], facts: RuleFacts
) -> Iterator[PolicyRule]:
    verbs = rule.verbs or ()
    if not rule.resource_names:
        verbs = tuple(verb for verb in spelled(rule, SECRETS, facts) if verb != "create")
        named = facts.others is not None and facts.others.names
        ended = tuple(verb for verb in verbs if verb in UNNAMED or not named)
        if ended:
            yield PolicyRule(ended, ("",), ("secrets",))
        verbs = tuple(verb for verb in verbs if verb not in ended)
    if verbs:
        yield PolicyRule(verbs, ("",), ("secrets",), name)


def _as_served(rule: PolicyRule, facts: RuleFacts) -> PolicyRule:
    """Return a rule without the API groups that have none of its resources."""
    groups = tuple(
        group
        for group in rule.api_groups or ()
        if any(is_served(facts.known, group, one) for one in rule.resources or ())
    )
    return replace(rule, api_groups=groups) if groups else rule


class Unlisted(NamedTuple):
    """Whether a ``*`` for verbs is written out, and one for types: what it else covers is lost."""

    verbs: bool = False
    types: bool = False


def unlisted(rule: PolicyRule, edit: Edit, facts: RuleFacts) -> Unlisted:
    """Return which ``*`` an edit writes out, as far as it is known what they stand for."""
    if edit.sort not in {PART, NAMES, NEEDED}:
        return Unlisted()
    whole = edit.sort == NAMES and bool(rule.resource_names)  # the verbs stay as they are
    of_any, others = _of_any_first(edit.rights or (SECRETS,))
    verbs, types = bool(of_any) and ALL in (rule.verbs or ()), False
    for right, one in product(others, _less_of_any(rule, of_any, facts)):
        if edit.sort != NAMES and not right.verbs_in(one):
            continue
        carving = _removal(right, facts)
        if tuple(carving.carved(one)) != (one,):
            types = types or bool(carving.lost)
            verbs = verbs or (ALL in (one.verbs or ()) and not whole)
    return Unlisted(verbs, types)


def _is_on_secrets(rule: PolicyRule) -> bool:
    groups, resources = rule.api_groups or (), rule.resources or ()
    return not {"", ALL}.isdisjoint(groups) and not {"secrets", ALL}.isdisjoint(resources)
