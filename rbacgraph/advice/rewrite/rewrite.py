"""Rewrites rules: the same rights in fewer rules, or narrower, with what is lost."""

from collections.abc import Collection, Iterable, Iterator

from rbacgraph.advice.rewrite.subtract_resource import (
    ResourceRemoval,
    Rewritten,
    RuleEntries,
    RuleTuple,
    holds,
)
from rbacgraph.advice.rules.fewest_rules import fewest_rules, in_order
from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.known_resources import Known, KnownVerbs
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.kubernetes.rbac import PolicyRule


def tidied(rules: Iterable[PolicyRule]) -> RuleTuple:
    """Return the fewest rules that allow the same.

    Rules that are already the fewest stay as they are.
    """
    old = tuple(rules)
    new = fewest_rules(old).rules
    return new if len(new) < len(old) else old


def expanded(rules: Iterable[PolicyRule], known: Known, verbs: KnownVerbs) -> Rewritten:
    """Write out every ``*`` among the API groups, resources and verbs of rules.

    Rules on URLs stay as they are.

    ``known``: what a ``*`` among resources stands for.
    ``verbs``: what a ``*`` among verbs stands for, given API group and resource.
    """
    new: list[PolicyRule] = []
    lost: dict[Statement, None] = {}
    for rule in rules:
        if not _is_wild(rule):
            new.append(rule)
            continue
        for group in _groups(rule, known, lost):
            by_verbs: dict[RuleEntries, list[str]] = {}
            for resource in sorted(set(_resources(rule, group, known, lost))):
                every = _verbs(rule, verbs(group, resource), lost)
                by_verbs.setdefault(every, []).append(resource)
            for each, resources in by_verbs.items():
                new.append(PolicyRule(each, (group,), tuple(resources), rule.resource_names))
    return Rewritten(tuple(new), tuple(lost))


def _is_wild(rule: PolicyRule) -> bool:
    if not rule.resources:
        return False
    every = (*(rule.verbs or ()), *(rule.api_groups or ()), *rule.resources)
    return any(entry == ALL or entry.startswith("*/") for entry in every)


def _groups(rule: PolicyRule, known: Known, lost: dict[Statement, None]) -> Iterable[str]:
    named = dict.fromkeys(group for group in rule.api_groups or () if group != ALL)
    if ALL not in (rule.api_groups or ()):
        return named
    lost[Say.UNKNOWN_GROUPS()] = None
    return sorted({*named, *known})


def _resources(
    rule: PolicyRule, group: str, known: Known, lost: dict[Statement, None]
) -> Iterator[str]:
    having = known.get(group, frozenset())
    for entry in rule.resources or ():
        if entry == ALL or entry.startswith("*/"):
            lost[Say.UNKNOWN_IN_GROUP(entry, group)] = None
            yield from (one for one in having if holds(entry, one))
        elif group in (rule.api_groups or ()) or entry in having:
            yield entry


def _verbs(rule: PolicyRule, every: Iterable[str], lost: dict[Statement, None]) -> RuleEntries:
    verbs = rule.verbs or ()
    if ALL not in verbs:
        return verbs
    lost[Say.UNKNOWN_VERBS()] = None
    return in_order({*every, *verbs} - {ALL})


SECRET_VERBS = ("get", "update", "patch", "delete")
"""The verbs on one named Secret."""


def only_secrets(
    rules: Iterable[PolicyRule],
    names: Iterable[str],
    known: Known,
    spelled: Collection[str] = (),
) -> Rewritten:
    """Narrow rights on Secrets to the given names; all others stay.

    Rules on Secrets without names keep the verbs that can have a name. A request to create or to
    delete a collection has no name, and few clients list or watch by name.
    """
    wanted = tuple(sorted(set(names)))
    carving = ResourceRemoval("", "secrets", known, spelled)
    new: list[PolicyRule] = []
    for rule in rules:
        rest = tuple(carving.carved(rule))
        new += rest
        if rest != (rule,):
            verbs = _by_name(rule)
            held = rule.resource_names
            kept = tuple(name for name in wanted if not held or name in held)
            if verbs and kept:
                new.append(PolicyRule(verbs, ("",), ("secrets",), kept))
    return Rewritten(tuple(new), tuple(carving.lost))


def _by_name(rule: PolicyRule) -> RuleEntries:
    """Return the verbs of a rule that a Secret's name can limit."""
    verbs = rule.verbs or ()
    if rule.resource_names:
        return verbs
    return tuple(verb for verb in SECRET_VERBS if verb in verbs or ALL in verbs)
