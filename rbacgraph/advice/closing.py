"""From paths to the edits that may close them.

Whatever a path rests on, no edit that is not named here changes it: as long as none of its
edits is made, the path is there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from rbacgraph.advice.edited import Edited
from rbacgraph.advice.editor import Editor
from rbacgraph.advice.edits import ELSEWHERE, Edit
from rbacgraph.edges import KINDS, JointEdge, RuleEdge
from rbacgraph.edges.abilities import Holding
from rbacgraph.edges.base import Match, Right
from rbacgraph.edges.joint import Join
from rbacgraph.edges.runners import Runner
from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.change import Key, key_of
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import (
    EACH_NAMESPACE,
    PRINCIPALS,
    SERVICE_ACCOUNT,
    Node,
    format_node,
)
from rbacgraph.model.rbac import (
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from rbacgraph.model.results import Path

BOUND_BY, HOLDS, RUNS_AS = KINDS["bound-by"], KINDS["holds"], KINDS["runs-as"]
_MEMBER_OF = KINDS["member-of"]
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_ROLES = ("Role", "ClusterRole")
_DOUBLED = "impersonated-"


class Closing(NamedTuple):
    """What may close a path: one of some edits, as long as others were made."""

    edits: frozenset[Edit]
    given: frozenset[Edit]


class Supports(NamedTuple):
    """What an edge rests on.

    Parameters
    ----------
    several:
        The edge is there as long as of any of these sets no edit is made. A rule that gives a
        technique by two verbs has two of them.
    given:
        And as long as these were made.
    """

    several: tuple[frozenset[Edit], ...]
    given: frozenset[Edit]

    def left(self, made: Collection[Edit]) -> frozenset[Edit] | None:
        """Return the first of the sets of which no edit is made, if any."""
        return next((edits for edits in self.several if edits.isdisjoint(made)), None)


class Closers:
    """Finds the edits that may close the paths of a graph.

    Parameters
    ----------
    editor:
        The edits that there are.
    graph:
        Of the cluster after some of them.
    made:
        The cluster after these.
    chosen:
        These.
    """

    def __init__(
        self, editor: Editor, graph: AccessGraph, made: Edited, chosen: frozenset[Edit]
    ) -> None:
        self._editor = editor
        self._graph = graph
        self._made = made
        self._chosen = chosen
        self._known: dict[int, Supports] = {}
        self._by_match: dict[tuple[Key, int, object], Mapping[_Gives, frozenset[Edit]]] = {}
        self._by_target: dict[tuple[RuleEdge, str, _Gives], Mapping[Node, bool]] = {}

    def told(self, path: Path) -> Path:
        """Return a path of the graph with what it rests on before the edits."""
        return self._made.as_it_stood(path, self._editor.objects)

    def of_path(self, edges: Iterable[int], made: Collection[Edit] = ()) -> Closing:
        """Return what may close a path.

        Parameters
        ----------
        edges:
            The edges of the path.
        made:
            Edits that leave it: what the path rests on then is told.
        """
        found: set[Edit] = set()
        given: set[Edit] = set()
        for edge in edges:
            supports = self.of_edge(edge)
            found |= supports.left(made) or supports.several[0]
            given |= supports.given
        return Closing(frozenset(found) - self._chosen, frozenset(given))

    def of_edge(self, edge: int) -> Supports:
        """Return what an edge rests on."""
        known = self._known.get(edge)
        if known is None:
            found = frozenset(self._of_edge(edge))
            several: tuple[frozenset[Edit], ...] = (found,)
            if isinstance(self._graph.kind_at(edge), RuleEdge):
                several = tuple(found | edits for edits in self._of_rule_edge(edge))
            known = self._known[edge] = Supports(several, frozenset(self._makers(edge)))
        return known

    def _of_edge(self, edge: int) -> Iterator[Edit]:
        graph = self._graph
        number, kind, basis = graph.kind_of[edge], graph.kind_at(edge), graph.basis_of(edge)
        if number == _MEMBER_OF:
            return
        yield from self._of_named(graph.nodes[graph.target_of[edge]])
        if basis is None:
            return
        if isinstance(kind, RuleEdge):
            return  # see _of_rule_edge
        if number == BOUND_BY:
            yield from self._of_bound(graph.nodes[graph.source_of[edge]], basis)
        elif number == HOLDS:
            yield from self._of_uses(basis)
        elif number == RUNS_AS:
            assert isinstance(basis, Runner)
            if not basis.live and basis.spec.automount is None:
                yield from self._editor.of_account((basis.node[1], basis.spec.service_account))
        elif isinstance(kind, JointEdge):
            assert isinstance(basis, Join)
            yield from self._of_evidence(basis.evidence)
        else:
            yield from self._of_evidence(graph.explain(edge)[1])

    def _of_bound(self, source: Node, basis: object) -> Iterator[Edit]:
        if isinstance(basis, tuple):
            for binding in basis:
                yield from self._of_binding(binding)
        else:
            assert isinstance(basis, RoleBinding | ClusterRoleBinding)
            yield from self._naming_one(self._key_of(basis), _plain(source))

    def _of_uses(self, uses: object) -> Iterator[Edit]:
        for use in uses if isinstance(uses, tuple) else ():
            if not isinstance(use, Holding):
                yield from self._of_binding(use)
                continue
            rule = (use.role.rules or ())[use.number]
            yield from self._of_rule(use.role, use.number, rule, use.right)
            if use.binding is not None:
                yield from self._of_binding(use.binding)

    def _of_named(self, node: Node) -> Iterator[Edit]:
        """Yield the edits after which nothing names an identity that no object stands for."""
        node = _plain(node)
        if node[0] not in PRINCIPALS or self._is_account(node):
            return
        for key in self._naming.get(node, ()):
            yield from self._naming_one(key, node)

    def _is_account(self, node: Node) -> bool:
        accounts = self._graph.world.snapshot.service_account_index
        return node[0] == SERVICE_ACCOUNT and node[1:] in accounts

    @cached_property
    def _naming(self) -> dict[Node, list[Key]]:
        """Where each identity is named."""
        world = self._graph.world
        return {
            node: [self._key_of(world.bindings[place][0]) for place in places]
            for node, places in world.bindings_by_subject.items()
        }

    def _makers(self, edge: int) -> Iterator[Edit]:
        """Yield the edits but for which there would be no such edge."""
        graph = self._graph
        if not self._made.makers or graph.kind_of[edge] != BOUND_BY:
            return
        basis = graph.basis_of(edge)
        for binding in basis if isinstance(basis, tuple) else (basis,):
            maker = self._made.makers.get(key_of(binding))
            if maker is not None:
                for edit in self._chosen:
                    if edit.key == maker and edit.sort == ELSEWHERE:
                        yield edit

    # Rules

    def _of_rule_edge(self, edge: int) -> list[frozenset[Edit]]:
        """Return sets of edits: while of any of them none is made, the rule gives the edge."""
        graph = self._graph
        kind, (role, number, rule) = graph.kind_at(edge), graph.rule_of(edge)
        assert isinstance(kind, RuleEdge)
        ended = self._ended(role, number, rule, kind)
        alone = {edits for gives, edits in ended.items() if self._is_enough(edge, kind, gives)}
        if not alone:
            return [frozenset[Edit]().union(*ended.values())]
        least = [edits for edits in alone if not any(other < edits for other in alone)]
        return sorted(least, key=lambda edits: (len(edits), sorted(edits)))

    def _is_enough(self, edge: int, kind: RuleEdge, gives: "_Gives") -> bool:
        """Whether one verb on one resource gives an edge as surely as all that a rule gives."""
        graph = self._graph
        scope = graph.nodes[graph.source_of[edge]][1]
        key = kind, scope, gives
        known = self._by_target.get(key)
        if known is None:
            within = "" if scope == EACH_NAMESPACE else scope
            match = Match((gives.verb,), (gives.right.full_resource,), gives.names)
            known = self._by_target[key] = {}
            for target, condition in kind.targets(graph.world, within, match):
                known[target] = known.get(target, False) or not condition
        certain = known.get(graph.nodes[graph.target_of[edge]])
        return certain is True or (certain is False and graph.condition_of[edge] != 0)

    def _of_rule(self, role: AnyRole, number: int, rule: PolicyRule, use: Right) -> frozenset[Edit]:
        """Return the edits after which a rule gives not quite the same of a right."""
        return frozenset[Edit]().union(*self._ended(role, number, rule, use).values())

    def _ended(
        self, role: AnyRole, number: int, rule: PolicyRule, use: RuleEdge | Right
    ) -> Mapping["_Gives", frozenset[Edit]]:
        """Return what a rule gives for a use, each with the edits after which it does not."""
        key = key_of(role), number, (use.id if isinstance(use, RuleEdge) else use, rule)
        known = self._by_match.get(key)
        if known is None:
            told = _told((rule,), use)
            found: dict[_Gives, set[Edit]] = {one: set() for one in told}
            for edit, left in self._left(role, number, rule, use):
                for one in told - left:
                    found[one].add(edit)
            known = self._by_match[key] = {one: frozenset(found[one]) for one in told}
        return known

    def _left(
        self, role: AnyRole, number: int, rule: PolicyRule, use: RuleEdge | Right
    ) -> Iterator[tuple[Edit, frozenset["_Gives"]]]:
        """Yield the edits of a rule, each with what surely is left of it for a use."""
        for source, place in self._sources(role, number):
            chosen = self._chosen_of(source, place)
            whole = self._editor.narrowed(source, place, chosen)
            for edit in self._editor.of_rule(source, place):
                if edit in self._chosen:
                    continue
                after = self._editor.narrowed(source, place, [*chosen, edit])
                yield edit, _told(after, use) if rule in whole else frozenset()

    def _chosen_of(self, role: AnyRole, number: int) -> list[Edit]:
        """Return the edits of a rule that are made."""
        key = key_of(role)
        return [edit for edit in self._chosen if edit.key == key and edit.rule == number]

    def _sources(self, role: AnyRole, number: int) -> Iterator[tuple[AnyRole, int]]:
        """Yield the rules, as they stand before edits, that a rule comes from."""
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

    # Bindings

    def _key_of(self, binding: AnyBinding) -> Key:
        """Return the binding that one is, or that it was made of."""
        key = key_of(binding)
        return self._made.makers.get(key, key)

    def _of_binding(self, binding: AnyBinding) -> tuple[Edit, ...]:
        """Return the edits after which a binding no longer grants to somebody."""
        return self._editor.of_binding(self._key_of(binding))

    def _naming_one(self, key: Key, node: Node) -> Iterator[Edit]:
        """Yield the edits after which a binding no longer grants to a subject."""
        printed = format_node(node)
        for edit in self._editor.of_binding(key):
            if printed in edit.what:
                yield edit

    # Others

    def _of_evidence(self, evidence: Iterable[Evidence]) -> Iterator[Edit]:
        for one in evidence:
            key = one.kind, one.namespace, one.name
            if one.kind in _BINDINGS:
                yield from self._editor.of_binding(self._made.makers.get(key, key))
            elif one.kind in _ROLES:
                role = self._editor.objects.get(key)
                if isinstance(role, Role | ClusterRole):
                    for number in range(len(role.rules or ())):
                        yield from self._editor.of_rule(role, number)


class _Gives(NamedTuple):
    """A verb on a resource, and for which names (none: for any)."""

    right: Right
    verb: str
    names: tuple[str, ...]


def _told(rules: Iterable[PolicyRule], use: RuleEdge | Right) -> frozenset[_Gives]:
    """Return what of rules a use takes."""
    rights = (use,) if isinstance(use, Right) else use.rights
    return frozenset(
        _Gives(right, verb, rule.resource_names or ())
        for rule in rules
        for right in rights
        for verb in right.verbs_in(rule)
    )


def _plain(node: Node) -> Node:
    """Return the identity that a double stands for."""
    kind, namespace, name = node
    return kind.removeprefix(_DOUBLED), namespace, name
