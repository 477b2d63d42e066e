"""Rules written anew: the same in fewer, or narrower, with what could not be kept.

A ``*`` also stands for what nobody knows yet. Where it has to be written out, only what is
known can be listed; the rest is lost, and told as such.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.fewest import fewest_rules, in_order
from rbacgraph.authz.known import Known, KnownVerbs
from rbacgraph.authz.match import ALL
from rbacgraph.authz.resources import STANDARD_VERBS
from rbacgraph.model.rbac import PolicyRule

Rules = tuple[PolicyRule, ...]
Entries = tuple[str, ...]


class Rewritten(NamedTuple):
    """Rules written anew.

    Parameters
    ----------
    rules:
        The new ones; those that need no change are the old ones themselves.
    lost:
        What they no longer allow although it was not meant, or not known, in words.
    """

    rules: Rules
    lost: tuple[str, ...] = ()


def tidied(rules: Iterable[PolicyRule]) -> Rules:
    """Return the fewest rules that allow the same.

    Rules that are as few already are left as they are.
    """
    old = tuple(rules)
    new = fewest_rules(old).rules
    return new if len(new) < len(old) else old


def without(
    rules: Iterable[PolicyRule],
    group: str,
    resource: str,
    known: Known,
    *,
    subresources: bool = False,
) -> Rewritten:
    """Carve a resource out of rules: where a ``*`` holds it, what remains is listed.

    Parameters
    ----------
    rules:
        Of a role.
    group, resource:
        What is taken out, with all verbs and names.
    known:
        What a ``*`` stands for.
    subresources:
        Whether the resource's subresources go too.
    """
    carving = _Carving(group, resource, known, subresources=subresources)
    kept = tuple(new for rule in rules for new in carving.carved(rule))
    return Rewritten(kept, tuple(carving.lost))


class _Carving:
    """Takes one resource out of rules, one by one."""

    def __init__(self, group: str, resource: str, known: Known, *, subresources: bool) -> None:
        self._group, self._resource, self._known = group, resource, known
        self._subresources = subresources
        self.lost: dict[str, None] = {}

    def carved(self, rule: PolicyRule) -> Iterator[PolicyRule]:
        """Yield what remains of a rule."""
        hit = [entry for entry in rule.resources or () if self._hits(entry)]
        if not hit or {self._group, ALL}.isdisjoint(rule.api_groups or ()):
            yield rule
            return
        rest = tuple(entry for entry in rule.resources or () if entry not in hit)
        if rest:
            yield _on(rule, rule.api_groups or (), rest)
        elsewhere: dict[Entries, list[str]] = {}
        for entry in hit:
            groups = tuple(self._other_groups(rule, entry))
            elsewhere.setdefault(groups, []).append(entry)
        for groups, entries in elsewhere.items():
            if groups:
                yield _on(rule, groups, tuple(entries))
        remaining = {new for entry in hit for new in self._remaining(entry)} - {*rest}
        if remaining:
            yield _on(rule, (self._group,), tuple(sorted(remaining)))

    def _hits(self, entry: str) -> bool:
        """Whether an entry holds the resource, or a subresource of it that goes too."""
        if entry in {ALL, self._resource}:
            return True
        base, slash, _ = entry.partition("/")
        return self._subresources and bool(slash) and base in {ALL, self._resource}

    def _other_groups(self, rule: PolicyRule, entry: str) -> Iterator[str]:
        """Yield the other API groups in which an entry stays."""
        named = set(rule.api_groups or ()) - {ALL, self._group}
        if ALL not in (rule.api_groups or ()):
            yield from (group for group in rule.api_groups or () if group in named)
            return
        self.lost[f"{_words(entry)} of API groups that are not known"] = None
        for group in sorted({*self._known, *named} - {self._group}):
            if group in named or any(_holds(entry, one) for one in self._known[group]):
                yield group

    def _remaining(self, entry: str) -> Iterator[str]:
        """Yield what stays of an entry in the resource's own group."""
        if not entry.startswith(ALL):
            return
        self.lost[f"{_words(entry)} of {_group_words(self._group)} that are not known"] = None
        for one in self._known.get(self._group, ()):
            base, slash, subresource = one.partition("/")
            if not _holds(entry, one):
                continue
            if slash and not self._subresources:
                yield f"*/{subresource}"
            elif base != self._resource:
                yield one


def expanded(rules: Iterable[PolicyRule], known: Known, verbs: KnownVerbs) -> Rewritten:
    """Write out every ``*`` among the API groups, resources and verbs of rules.

    What is on URLs stays as it is.

    Parameters
    ----------
    rules:
        Of a role.
    known:
        What a ``*`` among resources stands for.
    verbs:
        What a ``*`` among verbs stands for, given API group and resource.
    """
    new: list[PolicyRule] = []
    lost: dict[str, None] = {}
    for rule in rules:
        if not _is_wild(rule):
            new.append(rule)
            continue
        for group in _groups(rule, known, lost):
            by_verbs: dict[Entries, list[str]] = {}
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


def _groups(rule: PolicyRule, known: Known, lost: dict[str, None]) -> Iterable[str]:
    named = dict.fromkeys(group for group in rule.api_groups or () if group != ALL)
    if ALL not in (rule.api_groups or ()):
        return named
    lost["API groups that are not known"] = None
    return sorted({*named, *known})


def _resources(rule: PolicyRule, group: str, known: Known, lost: dict[str, None]) -> Iterator[str]:
    having = known.get(group, frozenset())
    for entry in rule.resources or ():
        if entry == ALL or entry.startswith("*/"):
            lost[f"{_words(entry)} of {_group_words(group)} that are not known"] = None
            yield from (one for one in having if _holds(entry, one))
        elif group in (rule.api_groups or ()) or entry in having:
            yield entry


def _verbs(rule: PolicyRule, every: Iterable[str], lost: dict[str, None]) -> Entries:
    verbs = rule.verbs or ()
    if ALL not in verbs:
        return verbs
    lost["verbs that are not known"] = None
    return in_order({*every, *verbs} - {ALL})


_BY_NAME = ("get", "update", "patch", "delete")
"""What can be done to one Secret that is named."""


def only_secrets(rules: Iterable[PolicyRule], names: Iterable[str], known: Known) -> Rewritten:
    """Narrow rights on Secrets to those of the names given; all others stay.

    Rules on Secrets without names keep what can be done to one that is named. A request to
    create or to delete a collection has no name, and to list or watch by name is for clients
    that say so.

    Parameters
    ----------
    rules:
        Of a role.
    names:
        Of the Secrets that stay.
    known:
        What a ``*`` stands for.
    """
    wanted = tuple(sorted(set(names)))
    carving = _Carving("", "secrets", known, subresources=False)
    new: list[PolicyRule] = []
    dropped: set[str] = set()
    for rule in rules:
        rest = tuple(carving.carved(rule))
        new += rest
        if rest == (rule,):
            continue
        held = rule.resource_names
        verbs = rule.verbs or ()
        if not held:
            every = (*STANDARD_VERBS, *verbs) if ALL in verbs else verbs
            dropped |= {*every} - {*_BY_NAME, ALL}
            verbs = tuple(verb for verb in _BY_NAME if verb in every)
        kept = tuple(name for name in wanted if not held or name in held)
        if verbs and kept:
            new.append(PolicyRule(verbs, ("",), ("secrets",), kept))
    named = ", ".join(in_order(dropped))
    return Rewritten(tuple(new), (*([f"{named} on secrets"] if named else ()), *carving.lost))


def _on(rule: PolicyRule, groups: Entries, resources: Entries) -> PolicyRule:
    return replace(rule, api_groups=groups, resources=resources)


def _holds(entry: str, resource: str) -> bool:
    """Whether an entry of a rule holds a resource, or a subresource, written in one."""
    return entry in {ALL, resource} or (
        entry.startswith("*/") and resource.partition("/")[2] == entry[2:]
    )


def _words(entry: str) -> str:
    return "resources" if entry == ALL else entry


def _group_words(group: str) -> str:
    return f"API group {group}" if group else "the core API group"
