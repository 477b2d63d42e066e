"""The graph itself: nodes and edges as integers, with the objects they came from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.authz.match import Request
from rbacgraph.authz.versions.object_versions import object_versions
from rbacgraph.authz.versions.role_versions import (
    ObjectKey,
    VersionPlace,
    of_repeated_names,
    places_of,
)
from rbacgraph.facts.pods.workload_owners import standalone
from rbacgraph.facts.world import Facts
from rbacgraph.graph.edge_arrays import EdgeArrays
from rbacgraph.graph.principals import Membership, Principals
from rbacgraph.model.answers.paths import UsedRight
from rbacgraph.model.condition import Condition, If
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.kubernetes.rbac import ClusterRole, PolicyRule, Role
from rbacgraph.model.node import ALL, EACH_NAMESPACE, Node, format_node, printed_name
from rbacgraph.techniques.catalogue import EDGES, KINDS, Conjunction, ObjectEdge, RuleEdge
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import Explanation, Match

if TYPE_CHECKING:
    import networkx as nx


# Which version of each object a server may hold, as far as edges depend on it.
#
# An edge that rests on versions alone says so in its condition. Of an object with versions a
# server holds one: what everybody gets whichever that is, by another way in each, is certain.

Choice = frozenset[int]
"""The conditions that hold if a server holds one version of each of some objects."""

_Among = dict[ObjectKey, frozenset[int]]
"""For each object, its versions: one of them must be there."""

MOST_TOGETHER = 64
"""How many choices are tried for all objects together."""

MOST_OF_SOME = 16
"""How many choices are tried for some objects together, where there are too many for all."""

MOST_CHOICES = 256
"""How many choices are tried at most."""

MOST_WORK = 1 << 24
"""How many edges are followed at most, each once for every choice."""


class VersionChoices(NamedTuple):
    """What a server may hold.

    ``conditions``: the numbers of the conditions that say which version of something a server
        holds, and no more.
    ``together``: for some objects after the others, every choice of one version of each.
    """

    conditions: frozenset[int] = frozenset()
    together: Sequence[Sequence[Choice]] = ()


def version_choices(world: Facts, conditions: Sequence[Condition], edges: int) -> VersionChoices:
    """Find what a server may hold.

    ``conditions``: those of edges, by number.
    """
    if not any(
        one.code is If.OBJECT_IS_AS_IN for condition in conditions for one in condition.doubts
    ):
        return VersionChoices()
    objects = dict(_objects(world))
    found = ((number, _read(one, objects)) for number, one in enumerate(conditions))
    read = {number: among for number, among in found if among}
    numbers = _telling({key: one.whole for key, one in objects.items()}, read)
    most = min(MOST_CHOICES, MOST_WORK // max(edges, 1))
    together: list[Sequence[Choice]] = []
    for keys in _grouped(numbers):
        count = prod(len(numbers[key]) for key in keys)
        if count <= most:
            most -= count
            together.append(list(_choices(keys, numbers, read)))
    return VersionChoices(frozenset(read), together)


class _Versions(NamedTuple):
    """An object's versions by the places that conditions give them; those a server may hold."""

    places: Sequence[VersionPlace]
    whole: frozenset[int]


def _objects(world: Facts) -> Iterator[tuple[ObjectKey, _Versions]]:
    """Yield the objects that have several versions."""
    snapshot = world.snapshot
    for key, several in world.rbac.versions.several.items():
        yield key, _Versions(places_of(snapshot, several), frozenset(range(len(several))))
    for key, versions in object_versions(snapshot).items():
        yield key, _Versions(places_of(snapshot, versions), frozenset(range(len(versions))))
    yield from _makers(snapshot, [("Pod", pod) for pod in snapshot.pods])
    alone = [(one.kind, one) for one in standalone(snapshot.workloads, snapshot.pods)]
    if len(alone) == len(snapshot.workloads):
        yield from _makers(snapshot, alone)
    else:  # what has Pods is no version of what has none
        left = {id(one) for one in snapshot.workloads} - {id(one) for _, one in alone}
        mixed = {_key(one.kind, one) for one in snapshot.workloads if id(one) in left}
        yield from _makers(snapshot, [each for each in alone if _key(*each) not in mixed])


def _makers(
    snapshot: Snapshot, objects: Sequence[tuple[str, Pod | Workload]]
) -> Iterator[tuple[ObjectKey, _Versions]]:
    repeated = of_repeated_names([obj for _, obj in objects])
    found: dict[ObjectKey, list[Pod | Workload]] = {}
    for kind, obj in objects if repeated else ():
        found.setdefault(_key(kind, obj), []).append(obj)
    for key, several in found.items():
        if len(several) > 1:
            whole = [number for number, one in enumerate(several) if not one.spec.partial]
            numbers = frozenset(whole or range(len(several)))
            yield key, _Versions(places_of(snapshot, several), numbers)


def _key(kind: str, obj: Object) -> ObjectKey:
    return kind, obj.metadata.namespace, obj.metadata.name


def _read(condition: Condition, objects: Mapping[ObjectKey, _Versions]) -> _Among:
    """Return on which versions a condition rests; nothing where it says something else too."""
    found: _Among = {}
    for code, subject in condition.doubts:
        if code is not If.OBJECT_IS_AS_IN:
            return {}
        key, named = cast("tuple[ObjectKey, tuple[VersionPlace, ...]]", (subject[:-1], subject[-1]))
        versions = objects.get(key)
        if versions is None or any(versions.places.count(one) != 1 for one in named):
            return {}
        among = frozenset(map(versions.places.index, named))
        among &= versions.whole & found.get(key, versions.whole)
        if not among:
            return {}
        found[key] = among
    return found


def _telling(
    whole: Mapping[ObjectKey, frozenset[int]], read: Mapping[int, _Among]
) -> dict[ObjectKey, list[int]]:
    """Return the objects whose versions each give something, with the versions to try.

    What a version gives that gives nothing alone is there with any other one. Nor need one be
    tried that gives all that another one does.
    """
    giving: dict[ObjectKey, dict[int, set[int]]] = {}
    for number, among in read.items():
        for key, versions in among.items():
            by_version = giving.setdefault(key, {})
            for version in versions:
                by_version.setdefault(version, set()).add(number)
    found: dict[ObjectKey, list[int]] = {}
    for key, by_version in giving.items():
        if by_version.keys() >= whole[key]:
            kept: list[int] = []
            for version in sorted(by_version, key=lambda one: (len(by_version[one]), one)):
                if not any(by_version[other] <= by_version[version] for other in kept):
                    kept.append(version)
            found[key] = kept
    return found


def _grouped(numbers: Mapping[ObjectKey, Sequence[int]]) -> Iterator[Sequence[ObjectKey]]:
    """Put objects together: all where that takes few choices, else those of one place."""
    keys = sorted(numbers, key=lambda key: (key[1], key[2], key[0]))
    most = MOST_TOGETHER
    if prod(len(numbers[key]) for key in keys) > most:
        most = MOST_OF_SOME
    group: list[ObjectKey] = []
    for key in keys:
        if group and prod(len(numbers[one]) for one in (*group, key)) > most:
            yield group
            group = []
        group.append(key)
    if group:
        yield group


def _choices(
    keys: Sequence[ObjectKey],
    numbers: Mapping[ObjectKey, Sequence[int]],
    read: Mapping[int, _Among],
) -> Iterator[Choice]:
    within = {number: among for number, among in read.items() if among.keys() <= set(keys)}
    for versions in product(*(numbers[key] for key in keys)):
        chosen = dict(zip(keys, versions, strict=True))
        yield frozenset(
            number
            for number, among in within.items()
            if all(chosen[key] in several for key, several in among.items())
        )


class AccessGraph(EdgeArrays):
    """The attack graph: an edge A → B says that an attacker who controls A obtains B.

    Made by :func:`rbacgraph.graph.build`.
    """

    def __repr__(self) -> str:
        return f"<AccessGraph of {len(self.nodes)} nodes and {len(self.source)} edges>"

    @cached_property
    def joins(self) -> Mapping[int, tuple[int, ...]]:
        """AND nodes with their tails: an attacker reaches one only by reaching every tail node."""
        source_of = self.source_of
        return {
            join: tuple(source_of[edge] for edge in edges) for join, edges in self.needs.items()
        }

    @cached_property
    def rare_needs(self) -> frozenset[int]:
        """For each AND node, the incoming edge whose source has the fewest incoming edges."""
        held = self.incoming.counts
        return frozenset(
            min(edges, key=lambda edge: (held[self.source_of[edge]], edge))
            for edges in self.needs.values()
        )

    @cached_property
    def needs_of(self) -> Mapping[int, Sequence[int]]:
        """For each tail node, the edges to its AND nodes."""
        found: dict[int, list[int]] = {}
        for edges in self.needs.values():
            for edge in edges:
                found.setdefault(self.source_of[edge], []).append(edge)
        return found

    @cached_property
    def needs(self) -> Mapping[int, Sequence[int]]:
        """For each of the joins, the edges to it."""
        found: dict[int, list[int]] = {}
        for edge in (self.kind == KINDS["needs"]).nonzero()[0].tolist():
            found.setdefault(self.target_of[edge], []).append(edge)
        return found

    @cached_property
    def membership(self) -> Membership:
        """The members of each group."""
        return Membership(self)

    @cached_property
    def principals(self) -> Principals:
        """The principals that count, with control-plane identities folded."""
        return Principals(self, system=False)

    @cached_property
    def principals_unfolded(self) -> Principals:
        """The principals that count, with none folded."""
        return Principals(self, system=True)

    @cached_property
    def version_choices(self) -> VersionChoices:
        """Which version of each object a server may hold, as far as edges depend on it."""
        return version_choices(self.world, self.conditions, len(self.source))

    def kind_at(self, edge: int) -> ObjectEdge | RuleEdge | Conjunction:
        """Return an edge's kind."""
        return EDGES[self.kind_of[edge]]

    def condition_at(self, edge: int) -> Condition:
        """Return an edge's condition."""
        return self.conditions[self.condition_of[edge]]

    def explain(self, edge: int) -> Explanation:
        """Return an edge in words, with its evidence."""
        kind = self.kind_at(edge)
        source = self.nodes[self.source_of[edge]]
        target = self.nodes[self.target_of[edge]]
        basis = self.basis_of(edge)
        if isinstance(kind, ObjectEdge):
            ends = cast("tuple[Node, Node]", (source, target))  # of the kind's own kinds
            return kind.explain(self.world, *ends, basis)
        if isinstance(kind, Conjunction):
            assert isinstance(basis, Hyperarc)
            return basis.words, basis.evidence
        role, number, rule = self.rule_of(edge)
        match = _matched(kind, rule, source[1])
        more = tuple(kind.evidence(self.world, target))
        right = kind.first_held(rule, match)
        request = Request("", right.group, right.resource, right.subresource)
        if source[0] == ALL:
            whole = "every namespace" if source[1] == EACH_NAMESPACE else f"namespace {source[1]}"
            control = Evidence("Namespace", "", f"{source[1]}", detail=f"full control of {whole}")
            return kind.words(source[1], match), (control, *more)
        detail = describe_rule(rule, request)
        evidence = self.world.authorizer.evidence_of(role, detail=detail, rule=number)
        return kind.words(source[1], match), (evidence, *more)

    def used_right(self, edge: int) -> UsedRight | None:
        """Return what a rule edge needs of its rule; nothing for edges of another kind."""
        kind = self.kind_at(edge)
        if not isinstance(kind, RuleEdge):
            return None
        scope = self.nodes[self.source_of[edge]][1]
        match = _matched(kind, self.rule_of(edge)[2], scope)
        if "" in match.names:  # names and all: no short words are true of both
            return None
        where = "" if scope == EACH_NAMESPACE else scope
        return UsedRight(match.verbs, match.resources, match.exact_names, where)

    def rule_of(self, edge: int) -> tuple[Role | ClusterRole, int, PolicyRule]:
        """Return the role, the rule's index and the rule behind a rule edge."""
        basis: Any = self.basis_of(edge)
        role, number = basis
        return role, number, (role.rules or ())[number]

    def to_networkx(self, edges: Iterable[int] | None = None) -> "nx.MultiDiGraph[str]":
        """Return a networkx graph of everything, or of some edges.

        ``edges``: numbers of the edges to take, with their ends; all nodes and edges by default.
        Nodes are printed names with ``kind``, ``namespace``, ``name`` and ``all_of``
            (whether a node is an AND node); edges have ``edge`` (the kind's id), ``effort`` and
            ``condition``.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        numbers = range(len(self.source)) if edges is None else sorted(edges)
        if edges is None:
            for node in range(len(self.nodes)):
                self._add_node(graph, node)
        for number in numbers:
            source = self._add_node(graph, self.source_of[number])
            target = self._add_node(graph, self.target_of[number])
            kind, condition = self.kind_at(number), self.condition_at(number)
            graph.add_edge(
                source,
                target,
                edge=kind.id,
                effort=kind.effort,
                condition=str(condition),
            )
        return graph

    def _add_node(self, graph: "nx.MultiDiGraph[str]", number: int) -> str:
        node = self.nodes[number]
        kind, namespace, name = node
        printed, all_of = format_node(node), number in self.joins
        graph.add_node(
            printed,
            kind=kind,
            namespace=str(namespace),
            name=printed_name(name),
            all_of=all_of,
        )
        return printed


def _matched(kind: RuleEdge, rule: PolicyRule, scope: object) -> Match:
    """Return what a rule gives of a rule edge at the scope of its grant."""
    match = kind.match(rule)
    found = kind.inside(match) if match and scope else match
    assert found is not None
    return found
