"""Rewrites the rules of roles, without evidence, for their holders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.advice.changes.changeable_grants import Grant
from rbacgraph.advice.rewrite.rewrite import SECRET_VERBS, only_secrets, tidied
from rbacgraph.advice.rewrite.subtract_resource import Rewritten, RuleTuple, without
from rbacgraph.authz.coverage import breakdown
from rbacgraph.authz.questions.known_resources import Known, groups_to_spell, known_in
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.node import SERVICE_ACCOUNT, Node

SECRETS = ("", "secrets")


class Manner(NamedTuple):
    """What to do with rules.

    ``tidy``: write the fewest rules.
    ``without``: API groups and resources to remove.
    ``references``: keep only the Secrets that the holders' Pods refer to.
    """

    tidy: bool = False
    without: tuple[tuple[str, str], ...] = ()
    references: bool = False

    def __bool__(self) -> bool:
        return self.tidy or self.narrows

    @property
    def narrows(self) -> bool:
        """Whether rights are removed."""
        return bool(self.without) or self.references

    def said(self) -> Statement:
        """State it."""
        things = (f"{resource}.{group}" if group else resource for group, resource in self.without)
        return Say.REWRITTEN(tuple(things), self.references, self.tidy)


class Shares(NamedTuple):
    """New rules for old ones, and rules that a holder gets in its own namespace."""

    rules: RuleTuple
    lost: tuple[Statement, ...]
    home: tuple[tuple[Node, RuleTuple], ...] = ()


class Rewriter:
    """Rewrites the rules of roles."""

    def __init__(self, snapshot: Snapshot, manner: Manner) -> None:
        self.manner = manner
        self.known: Known = known_in(snapshot)
        self._spelled = groups_to_spell(snapshot, self.known)
        self._references = _references(snapshot) if manner.references else {}

    def concerns(self, node: Node) -> bool:
        """Whether a principal's rights can be narrowed: by references, only with known Pods."""
        return not self.manner.references or node in self._references

    def references(self, node: Node) -> tuple[str, ...]:
        """Return the names of Secrets that a principal's Pods refer to, in their namespace."""
        return self._references.get(node, ())

    def shares(self, rules: RuleTuple, grants: Iterable[Grant]) -> Shares:
        """Rewrite rules for their holders.

        A rule names a Secret in one namespace. A holder with a right on Secrets elsewhere or
        everywhere gets the right in its own namespace, by a separate rule.
        """
        new = Rewritten(rules)
        for group, resource in self.manner.without:
            new = _after(
                new, without(new.rules, group, resource, self.known, spelled=self._spelled)
            )
        if not self.manner.references:
            return Shares(self._tidy(new.rules), new.lost)
        own = tuple(grants)
        at_home = all(grant.scope == grant.node[1] for grant in own)
        names = {name for grant in own for name in self.references(grant.node) if at_home}
        rest = only_secrets(new.rules, names, self.known, self._spelled)
        home = () if at_home else tuple(self._home(new.rules, own))
        return Shares(self._tidy(rest.rules), _after(new, rest).lost, home)

    def _home(self, rules: RuleTuple, grants: Iterable[Grant]) -> Iterator[tuple[Node, RuleTuple]]:
        for grant in grants:
            if grant.scope in {"", grant.node[1]}:
                named = only_secrets(rules, self.references(grant.node), self.known).rules
                bare = only_secrets(rules, (), self.known).rules
                found = tuple(rule for rule in named if rule not in bare)
                if found:
                    yield grant.node, self._tidy(found)

    def _tidy(self, rules: RuleTuple) -> RuleTuple:
        return tidied(rules) if self.manner.tidy else rules

    def kept(self, part: PolicyRule, node: Node, scope: str) -> Iterator[PolicyRule]:
        """Yield what must stay of the smallest part of a rule that a principal holds in a scope.

        URLs are in no namespace: there they grant nothing.
        """
        if scope and part.non_resource_urls:
            return
        group, resource = (part.api_groups or ("",))[0], (part.resources or ("",))[0]
        if (group, resource) in self.manner.without and part.resources:
            return
        if not self.manner.references or (group, resource) != SECRETS:
            yield part
        elif scope == node[1] and scope:
            yield from self._named(part, self.references(node))

    def _named(self, part: PolicyRule, names: tuple[str, ...]) -> Iterator[PolicyRule]:
        if part.resource_names:
            if part.resource_names[0] in names:
                yield part
        elif part.verbs and part.verbs[0] in SECRET_VERBS:
            for name in names:
                yield PolicyRule(part.verbs, part.api_groups, part.resources, (name,))

    def forbids(self, rule: PolicyRule) -> bool:
        """Whether a rule may not be written because it holds what is to go."""
        if any(self._holds(rule, group, resource) for group, resource in self.manner.without):
            return True
        if not self.manner.references or not self._holds(rule, *SECRETS):
            return False
        return not rule.resource_names or not self._named_anywhere.issuperset(rule.resource_names)

    @cached_property
    def _named_anywhere(self) -> frozenset[str]:
        """The names of Secrets that any Pods refer to."""
        return frozenset(name for names in self._references.values() for name in names)

    def _holds(self, rule: PolicyRule, group: str, resource: str) -> bool:
        return without((rule,), group, resource, self.known).rules != (rule,)


def _after(first: Rewritten, then: Rewritten) -> Rewritten:
    return Rewritten(then.rules, tuple(dict.fromkeys((*first.lost, *then.lost))))


def _references(snapshot: Snapshot) -> Mapping[Node, tuple[str, ...]]:
    found: dict[Node, set[str]] = defaultdict(set)
    runners: tuple[Pod | Workload, ...] = (*snapshot.pods, *snapshot.workloads)
    for runner in runners:
        node = (SERVICE_ACCOUNT, runner.metadata.namespace, runner.spec.service_account)
        found[node].update(use.secret for use in runner.spec.secrets)
    return {node: tuple(sorted(names)) for node, names in found.items()}


def smallest(rules: Iterable[PolicyRule]) -> Iterator[PolicyRule]:
    """Yield the smallest parts of rules, each once."""
    return iter(dict.fromkeys(part for rule in rules for part in breakdown(rule)))
