"""Finds the edits of a rule that end what it gives."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.advice.edits.apply_edits import Edited
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import Edit
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.kubernetes.rbac import AnyRole, ClusterRole, PolicyRule, Role
from rbacgraph.model.memory.method_cache import method_cache
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.techniques.catalogue import EDGES, RuleEdge
from rbacgraph.techniques.spec.collections import in_each_namespace
from rbacgraph.techniques.spec.technique import Match, Right

_KEPT = 1 << 12
"""The number of rights whose targets to cache: edges of one grant follow each other."""


class _Gives(NamedTuple):
    """A verb on a resource, and for which names (empty: for any)."""

    right: Right
    verb: str
    names: tuple[str, ...]

    @property
    def match(self) -> Match:
        """The same as a part of a rule."""
        return Match((self.verb,), (self.right.key,), self.names)


def _uses(rules: Iterable[PolicyRule], use: RuleEdge | Right) -> frozenset[_Gives]:
    """Return what of the rules a technique uses."""
    rights = (use,) if isinstance(use, Right) else use.rights
    return frozenset(
        _Gives(right, verb, rule.resource_names or ())
        for rule in rules
        for right in rights
        for verb in right.verbs_in(rule)
    )


class _NarrowedRule:
    """What is left of a rule, today and after each of some edits.

    ``today``, ``after``: the rules that are left.
    """

    def __init__(
        self, today: tuple[PolicyRule, ...], after: Sequence[tuple[PolicyRule, ...]]
    ) -> None:
        self._today = today
        self._after = after
        self._ended: dict[object, Mapping[_Gives, tuple[int, ...]]] = {}

    def ended(self, rule: PolicyRule, use: RuleEdge | Right) -> Mapping[_Gives, tuple[int, ...]]:
        """Return what a rule made of this one gives for a use.

        Each with the places of the edits that may end it.
        """
        key = _key(use), rule
        known = self._ended.get(key)
        if known is None:
            given, every = _uses((rule,), use), tuple(range(len(self._after)))
            known = dict.fromkeys(given, every)
            if rule in self._today:
                left = [_uses(rules, use) for rules in self._after]
                known = {
                    one: tuple(place for place in every if one not in left[place]) for one in given
                }
            self._ended[key] = known
        return known


class _EditedRule:
    """An original rule with its edits, and what they leave of it: many rules are alike.

    ``narrowed``: what is left of the rule.
    """

    def __init__(self, edits: Sequence[Edit], narrowed: _NarrowedRule) -> None:
        self._edits = edits
        self._narrowed = narrowed
        self._sets: dict[tuple[int, ...], frozenset[Edit]] = {}

    def ended(self, rule: PolicyRule, use: RuleEdge | Right) -> dict[_Gives, frozenset[Edit]]:
        """Return what a rule made of this one gives for a use, each with the edits that end it."""
        return {one: self._set(at) for one, at in self._narrowed.ended(rule, use).items()}

    def _set(self, places: tuple[int, ...]) -> frozenset[Edit]:
        known = self._sets.get(places)
        if known is None:
            known = self._sets[places] = frozenset(self._edits[place] for place in places)
        return known


def _key(use: RuleEdge | Right) -> str | Right:
    """Return what stands for a use in keys: the hash of a technique covers its whole page."""
    return use.id if isinstance(use, RuleEdge) else use


class RuleEditFinder:
    """Finds the edits of rules that may end what they give.

    ``editor``, ``graph``, ``made``, ``chosen``: see :class:`.edits_that_close.EditFinder`.
    """

    def __init__(
        self, editor: Editor, graph: AccessGraph, made: Edited, chosen: frozenset[Edit]
    ) -> None:
        self._editor = editor
        self._graph = graph
        self._made = made
        self._chosen = chosen
        self._by_match: dict[tuple[ObjectKey, int, object], Mapping[_Gives, frozenset[Edit]]] = {}
        self._by_right: dict[tuple[ObjectKey, int, object], frozenset[Edit]] = {}
        self._by_source: dict[tuple[ObjectKey, int], _EditedRule] = {}
        self._narrowed: dict[object, _NarrowedRule] = {}
        self._targets = method_cache(self._find_targets, _KEPT)

    def of_edge(self, edge: int) -> list[frozenset[Edit]]:
        """Return sets of edits: the rule gives the edge while one set has no made edit."""
        graph = self._graph
        kind, (role, number, rule) = graph.kind_at(edge), graph.rule_of(edge)
        assert isinstance(kind, RuleEdge)
        ended = self._ended(role, number, rule, kind)
        alone = set[frozenset[Edit]]()
        for gives, edits in ended.items():
            if edits not in alone and self._is_enough(edge, gives):
                alone.add(edits)
        if not alone:
            return [frozenset[Edit]().union(*ended.values())]
        # A set that holds another one changes no answer: left out, it costs nothing.
        least = [edits for edits in alone if not any(other < edits for other in alone)]
        return sorted(least, key=lambda edits: (len(edits), sorted(edits)))

    def used(self, role: AnyRole, number: int, kind: RuleEdge) -> Iterator[Match]:
        """Yield what a rule gives by a technique: one verb on one resource each."""
        rule = (role.rules or ())[number]
        return (gives.match for gives in self._ended(role, number, rule, kind))

    def _is_enough(self, edge: int, gives: _Gives) -> bool:
        """Whether one verb on one resource gives an edge as surely as everything in a rule."""
        graph = self._graph
        scope = graph.nodes[graph.source_of[edge]][1]
        targets = self._targets(graph.kind_of[edge], scope, gives)
        certain = targets.get(graph.nodes[graph.target_of[edge]])
        return certain is True or (certain is False and graph.condition_of[edge] != 0)

    def _find_targets(self, number: int, scope: str, gives: _Gives) -> Mapping[GraphNode, bool]:
        """Return what one verb on one resource gives by a technique, and whether for certain."""
        kind, world, found = EDGES[number], self._graph.world, dict[GraphNode, bool]()
        assert isinstance(kind, RuleEdge)
        for target, condition in kind.given(world, scope, gives.match):
            if scope == EACH_NAMESPACE:
                target, condition = in_each_namespace(world, target, condition)  # noqa: PLW2901
            found[target] = found.get(target, False) or not condition
        return found

    def of_right(self, role: AnyRole, number: int, rule: PolicyRule, use: Right) -> frozenset[Edit]:
        """Return the edits after which a rule gives less of a right."""
        key = key_of(role), number, (use, rule)
        known = self._by_right.get(key)
        if known is None:
            ended = self._ended(role, number, rule, use)
            known = self._by_right[key] = frozenset[Edit]().union(*ended.values())
        return known

    def _ended(
        self, role: AnyRole, number: int, rule: PolicyRule, use: RuleEdge | Right
    ) -> Mapping[_Gives, frozenset[Edit]]:
        """Return what a rule gives for a use, each with the edits that end it."""
        key = key_of(role), number, (_key(use), rule)
        known = self._by_match.get(key)
        if known is None:
            sources = [self._edited(*source) for source in self._sources(role, number)]
            first, *others = [one.ended(rule, use) for one in sources] or [{}]
            for other in others:
                first = {one: first[one] | edits for one, edits in other.items()}
            known = first or dict.fromkeys(_uses((rule,), use), frozenset())
            self._by_match[key] = known
        return known

    def _edited(self, role: AnyRole, number: int) -> _EditedRule:
        """Return an original rule with its edits."""
        key = key_of(role), number
        known = self._by_source.get(key)
        if known is None:
            chosen, narrowed = self._chosen_of(role, number), self._editor.narrowed
            edits = [one for one in self._editor.of_rule(role, number) if one not in self._chosen]
            after = tuple(narrowed(role, number, [*chosen, one]) for one in edits)
            today = narrowed(role, number, chosen)
            alike = self._narrowed.setdefault((today, after), _NarrowedRule(today, after))
            known = self._by_source[key] = _EditedRule(edits, alike)
        return known

    def _chosen_of(self, role: AnyRole, number: int) -> list[Edit]:
        """Return the made edits of a rule."""
        key = key_of(role)
        return [edit for edit in self._chosen if edit.key == key and edit.rule == number]

    def _sources(self, role: AnyRole, number: int) -> Iterator[tuple[AnyRole, int]]:
        """Yield the original rules that a rule comes from."""
        editor = self._editor
        before = editor.objects.get(key_of(role))
        if not isinstance(before, Role | ClusterRole):
            return
        if isinstance(before, ClusterRole) and before.aggregation_rule is not None:
            rule = (role.rules or ())[number]
            found: list[tuple[AnyRole, int]] = []
            rest: list[tuple[AnyRole, int]] = []
            for source, place in editor.aggregated_rules(before):
                own = self._chosen_of(source, place)
                same = rule in editor.narrowed(source, place, own)
                (found if same else rest).append((source, place))
            yield from found or rest
            return
        origins = self._made.rules.get(key_of(role))
        yield before, number if origins is None else origins[number]
