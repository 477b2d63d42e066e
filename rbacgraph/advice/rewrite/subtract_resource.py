"""Removes a resource from rules: if a ``*`` covers it, the rest is listed.

A ``*`` also stands for unknown resources. Writing it out can list only the known ones; the rest is
lost, and the answer says so.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.known_resources import Known
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.kubernetes.rbac import PolicyRule

RuleTuple = tuple[PolicyRule, ...]
RuleEntries = tuple[str, ...]


class Rewritten(NamedTuple):
    """Rewritten rules.

    ``rules``: the new rules; those that need no change are the old ones.
    ``lost``: other rights that are lost, or may be.
    """

    rules: RuleTuple
    lost: tuple[Statement, ...] = ()


def without(
    rules: Iterable[PolicyRule],
    group: str,
    resource: str,
    known: Known,
    *,
    subresources: bool = False,
    spelled: Collection[str] = (),
) -> Rewritten:
    """Remove a resource from rules: if a ``*`` covers it, the rest is listed.

    ``group``, ``resource``: what to remove, with all verbs and names; a subresource as
        ``pods/exec``.
    ``subresources``: whether the resource's subresources go too.
    ``spelled``: the API groups in which each resource is named, instead of a ``*``.
    """
    carving = ResourceRemoval(group, resource, known, spelled, subresources=subresources)
    kept = tuple(new for rule in rules for new in carving.carved(rule))
    return Rewritten(kept, tuple(carving.lost))


class ResourceRemoval:
    """Removes one resource from rules, one by one."""

    def __init__(
        self,
        group: str,
        resource: str,
        known: Known,
        spelled: Collection[str] = (),
        *,
        subresources: bool = False,
    ) -> None:
        self._group, self._resource, self._known = group, resource, known
        self._spelled = spelled
        self._subresources = subresources
        self.lost: dict[Statement, None] = {}

    def carved(self, rule: PolicyRule) -> Iterator[PolicyRule]:
        """Yield what remains of a rule."""
        hit = [entry for entry in rule.resources or () if self._hits(entry)]
        if not hit or {self._group, ALL}.isdisjoint(rule.api_groups or ()):
            yield rule
            return
        rest = tuple(entry for entry in rule.resources or () if entry not in hit)
        if rest:
            yield _on(rule, rule.api_groups or (), rest)
        elsewhere: dict[RuleEntries, list[str]] = {}
        for entry in hit:
            groups = tuple(self._other_groups(rule, entry))
            elsewhere.setdefault(groups, []).append(entry)
        for groups, entries in elsewhere.items():
            if groups:
                yield _on(rule, groups, tuple(entries))
        if ALL in hit and ALL in (rule.api_groups or ()):
            yield from self._named_apart(rule)
        remaining = {new for entry in hit for new in self._remaining(entry)} - {*rest}
        if remaining:
            yield _on(rule, (self._group,), tuple(sorted(remaining)))

    def _hits(self, entry: str) -> bool:
        """Whether an entry covers the resource, or a subresource that goes too."""
        if holds(entry, self._resource):
            return True
        base, slash, _ = entry.partition("/")
        return self._subresources and bool(slash) and base in {ALL, self._resource}

    def _other_groups(self, rule: PolicyRule, entry: str) -> Iterator[str]:
        """Yield the other API groups in which an entry stays."""
        named = set(rule.api_groups or ()) - {ALL, self._group}
        if ALL not in (rule.api_groups or ()):
            yield from (group for group in rule.api_groups or () if group in named)
            return
        self.lost[Say.OF_UNKNOWN_GROUPS(entry)] = None
        spelled = self._spelled if entry == ALL else ()
        for group in sorted({*self._known, *named} - {self._group}):
            if group in spelled:
                continue
            if group in named or any(holds(entry, one) for one in self._known[group]):
                yield group

    def _named_apart(self, rule: PolicyRule) -> Iterator[PolicyRule]:
        """Yield a rule on the known resources of groups that no rule may name with a ``*``."""
        alike: dict[RuleEntries, list[str]] = defaultdict(list)
        for group in sorted({*self._spelled}.intersection(self._known) - {self._group}):
            self.lost[Say.UNKNOWN_IN_GROUP(ALL, group)] = None
            alike[tuple(sorted(self._known[group]))].append(group)
        for resources, groups in alike.items():
            yield _on(rule, tuple(groups), resources)

    def _remaining(self, entry: str) -> Iterator[str]:
        """Yield what remains of an entry in the resource's own group."""
        if not entry.startswith(ALL):
            return
        self.lost[Say.UNKNOWN_IN_GROUP(entry, self._group)] = None
        for one in self._known.get(self._group, ()):
            _, slash, subresource = one.partition("/")
            if holds(entry, one) and not self._hits(one):
                every = f"*/{subresource}"
                yield every if slash and not self._hits(every) else one


def _on(rule: PolicyRule, groups: RuleEntries, resources: RuleEntries) -> PolicyRule:
    return replace(rule, api_groups=groups, resources=resources)


def holds(entry: str, resource: str) -> bool:
    """Whether an entry of a rule covers a resource, or a subresource, given as one text."""
    return entry in {ALL, resource} or (
        entry.startswith("*/") and resource.partition("/")[2] == entry[2:]
    )
