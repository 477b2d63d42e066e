"""Finds the roles of a cluster, and the origins of their rules."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.advice.edits.edits import Edit
from rbacgraph.advice.edits.narrow_rule import Others, RuleFacts, narrowed
from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.authz.questions.known_resources import (
    groups_to_spell,
    known_in,
    known_verbs,
    rules_of,
)
from rbacgraph.facts.bindings.bindings import Key as Place
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.change import Changed, ObjectKey, key_of
from rbacgraph.model.kubernetes.rbac import AnyRole, ClusterRole, PolicyRule

NAMES = 20
"""The largest number of Secrets that an edited rule may name."""


def narrowing(rule: PolicyRule, edits: Iterable[Edit], facts: RuleFacts) -> tuple[object, ...]:
    """Return all that what edits leave of a rule depends on, within one cluster."""
    return rule, frozenset(edit[1:2] + edit[3:] for edit in edits), facts.others


class RuleSources:
    """Knows the editable objects, and the origin of each rule.

    ``spared``: namespace and name of the Secrets to spare.
    """

    def __init__(self, world: Facts, spared: Sequence[Place]) -> None:
        self.snapshot = world.snapshot
        self.spared = tuple(spared)
        self._world = world
        self._facts: dict[frozenset[str], RuleFacts] = {}
        self._narrowed: dict[tuple[object, ...], tuple[PolicyRule, ...]] = {}

    @cached_property
    def objects(self) -> Mapping[ObjectKey, Changed]:
        """Roles, bindings and ServiceAccounts, without those that the input holds twice."""
        snapshot, found, twice = self.snapshot, dict[ObjectKey, Changed](), set[ObjectKey]()
        roles: tuple[Changed, ...] = (*snapshot.roles, *snapshot.cluster_roles)
        bindings: tuple[Changed, ...] = (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
        for obj in (*roles, *bindings, *snapshot.service_accounts):
            key = key_of(obj)
            if key in found:
                twice.add(key)
            found[key] = obj
        for key in twice:
            del found[key]
        return found

    def sources(self, role: AnyRole, number: int) -> Iterator[tuple[AnyRole, int]]:
        """Yield the rules that a rule of a role comes from: itself, or those of other roles."""
        if not isinstance(role, ClusterRole) or role.aggregation_rule is None:
            yield role, number
            return
        rule = (role.rules or ())[number]
        several = self.aggregated_rules(role)
        same = [found for found in several if (found[0].rules or ())[found[1]] == rule]
        yield from same or several

    def whole_sources(self, role: AnyRole) -> list[AnyRole]:
        """Return the role, or for an aggregated ClusterRole the roles that its rules come from."""
        if isinstance(role, ClusterRole) and role.aggregation_rule is not None:
            return list(self._aggregated(role))
        return [role]

    def aggregated_rules(self, role: ClusterRole) -> list[tuple[AnyRole, int]]:
        """Return all rules that an aggregated ClusterRole takes."""
        return [
            (source, place)
            for source in self._aggregated(role)
            for place in range(len(source.rules or ()))
        ]

    def _aggregated(self, role: ClusterRole) -> Iterator[ClusterRole]:
        """Yield the unaggregated ClusterRoles whose rules an aggregated one takes."""
        seen, todo = {role.metadata.name}, [role]
        for one in todo:  # the list grows while it is read
            if one is not role and one.aggregation_rule is None:
                yield one
            rule = one.aggregation_rule
            for selector in (rule and rule.cluster_role_selectors) or ():
                for other in self.snapshot.cluster_roles:
                    name, labels = other.metadata.name, other.metadata.labels or {}
                    if name not in seen and selector_matches(selector, labels):
                        seen.add(name)
                        todo.append(other)

    def narrowed(self, role: AnyRole, number: int, edits: Iterable[Edit]) -> tuple[PolicyRule, ...]:
        """Return what is left of a rule of a role after edits."""
        rule, several = (role.rules or ())[number], frozenset(edits)
        if not several:
            return (rule,)
        facts = self.facts(key_of(role))
        key = narrowing(rule, several, facts)
        known = self._narrowed.get(key)
        if known is None:
            known = self._narrowed[key] = narrowed(rule, several, facts)
        return known

    def facts(self, role: ObjectKey) -> RuleFacts:
        """Return known facts where a role is bound."""
        scopes = self._scopes.get(role, frozenset())
        if scopes not in self._facts:
            self._facts[scopes] = self._plain_facts._replace(others=self._others(scopes))
        return self._facts[scopes]

    @cached_property
    def _plain_facts(self) -> RuleFacts:
        known = known_in(self.snapshot)
        verbs = known_verbs(rules_of(self.snapshot))
        return RuleFacts(known, verbs, groups_to_spell(self.snapshot, known))

    def _others(self, scopes: frozenset[str]) -> Others | None:
        """Return the Secrets that a role's rules may name; None if there is none to spare."""
        spared = {name for namespace, name in self.spared if scopes & {"", namespace}}
        if not spared:
            return None
        listed = self.snapshot.is_listed
        names = self._all_names
        if "" not in scopes:
            names = set[str]().union(*(self._secrets.get(one, ()) for one in scopes))
        if len(names) <= NAMES + len(spared):  # there may be many, and of many none is named
            names = names - spared
        whole = len(names) <= NAMES and all(listed("Secret", scope) for scope in scopes)
        return Others(tuple(sorted(spared)), tuple(sorted(names)) if whole else None)

    @cached_property
    def _all_names(self) -> set[str]:
        """The names of the Secrets of all namespaces."""
        return set().union(*self._secrets.values())

    @cached_property
    def _secrets(self) -> Mapping[str, set[str]]:
        """The names of the Secrets of each namespace."""
        found: dict[str, set[str]] = defaultdict(set)
        for secret in self.snapshot.secrets:
            found[secret.metadata.namespace].add(secret.metadata.name)
        return found

    @cached_property
    def _scopes(self) -> Mapping[ObjectKey, frozenset[str]]:
        """The scopes in which each role is bound."""
        found: dict[ObjectKey, set[str]] = defaultdict(set)
        for roles, scope in self._world.rbac.grants.values():
            for role in roles:
                found[key_of(role)].add(scope)
        return {key: frozenset(scopes) for key, scopes in found.items()}
