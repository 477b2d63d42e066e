"""From a snapshot to the graph: every edge of the catalogue, as columns."""

from collections.abc import Iterable, Iterator

from rbacgraph.edges import EDGES, KINDS, ObjectEdge
from rbacgraph.edges.abilities import Present
from rbacgraph.edges.base import CERTAIN, Block, Edge
from rbacgraph.edges.collections import (
    COLLECTIONS,
    EXISTING_ACCOUNTS_OF,
    IMPERSONATED_OF,
    NODES_OF,
    SECRETS_OF,
    Collection,
)
from rbacgraph.edges.some_kubelet import kubelets
from rbacgraph.edges.world import World
from rbacgraph.graph.abilities import HOLDS, Abilities, Grants
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.columns import Columns
from rbacgraph.graph.constrained import Constrained
from rbacgraph.graph.impersonation import Impersonation
from rbacgraph.graph.rules import RuleEdges, Targets
from rbacgraph.model.node import ALL, AUTHENTICATED, UNAUTHENTICATED, Node
from rbacgraph.model.snapshot import Snapshot

CONTAINS = KINDS["contains"]
_CONTROLLED = (SECRETS_OF, EXISTING_ACCOUNTS_OF, NODES_OF)


def build(snapshot: Snapshot) -> AccessGraph:
    """Build the graph of who obtains what.

    Parameters
    ----------
    snapshot:
        With bootstrap policy added and aggregated roles filled in, as
        :func:`rbacgraph.load` makes it.

    Returns
    -------
    AccessGraph
        All nodes and edges, in an order that depends on the snapshot alone.
    """
    world = World(snapshot)
    # A stranger to the input has what these have, even where nothing binds them.
    for node in (*world.principals, AUTHENTICATED, UNAUTHENTICATED):
        world.index.number(node)
    # Numbers of what is mentioned most come next, in blocks, whatever edges there are.
    _ = world.secret_numbers, world.runners, world.node_numbers, world.kubelet_numbers
    columns = Columns(world.index)
    for number, kind in enumerate(EDGES):
        if isinstance(kind, ObjectEdge):
            columns.add(number, kind.edges(world))
    _add_rules(world, columns)
    return AccessGraph(world, columns)


def _add_rules(world: World, columns: Columns) -> None:
    """Add what rules give, the collections they lead to, and the doubles of impersonation."""
    rules, constrained = RuleEdges(), Constrained(world)
    abilities = Abilities(world, constrained.grants)
    present = abilities.find()
    impersonation = Impersonation(world, rules, abilities, constrained)
    targets = Targets(world, impersonation.resolve)
    targets.wanted.update(collection.everything("") for collection in _CONTROLLED)
    targets.wanted.update(abilities.targets())
    whole = (collection.everything("") for collection in COLLECTIONS)
    targets.wanted.update(node for node in whole if node in world.index)  # of object edges
    grants = {**world.grants, **abilities.more}
    _add_by_kind(columns, _of_grants(world, grants, rules, targets))
    everything = (ALL, "", "*")
    columns.add(CONTAINS, ((everything, c.everything(""), None, CERTAIN) for c in _CONTROLLED))
    for collection in COLLECTIONS:
        columns.add(CONTAINS, _contained(world, collection, targets.wanted, impersonation))
    _add_by_kind(columns, abilities.joint_edges(impersonation.resolve))
    _add_by_kind(columns, impersonation.edges(targets))
    _add_by_kind(columns, abilities.doubled(impersonation.double_of))
    _add_by_kind(columns, constrained.edges)
    columns.add(HOLDS, _held(abilities, present, impersonation))
    columns.add(HOLDS, abilities.containment(present))
    columns.add(HOLDS, _as_kubelets(world, impersonation))


def _held(abilities: Abilities, present: Present, impersonation: Impersonation) -> Iterator[Edge]:
    """Yield who is able to do what, and the doubles of those who act by impersonation."""
    for holder, ability, edge in abilities.holders(present):
        if not impersonation.exists(holder):
            continue
        yield edge
        doubled = impersonation.double_of(holder) if ability.impersonated else None
        if doubled is not None:
            yield doubled, *edge[1:]


def _as_kubelets(world: World, impersonation: Impersonation) -> Iterator[Edge]:
    """Yield what every kubelet is able to do, and the doubles of those that one acts as."""
    for kubelet, ability in kubelets(world):
        yield kubelet, ability, (), CERTAIN
        doubled = impersonation.double_of(kubelet)
        if doubled is not None:
            yield doubled, ability, (), CERTAIN


def _add_by_kind(columns: Columns, edges: Iterable[tuple[int, Edge]]) -> None:
    found: dict[int, list[Edge]] = {}
    for kind, edge in edges:
        edges_of_kind = found.get(kind)
        if edges_of_kind is None:
            edges_of_kind = found[kind] = []
        edges_of_kind.append(edge)
    for kind, edges_of_kind in sorted(found.items()):
        columns.add(kind, edges_of_kind)


def _of_grants(
    world: World, grants: Grants, rules: RuleEdges, targets: Targets
) -> Iterator[tuple[int, Edge]]:
    for grant, (roles, scope) in grants.items():
        source = world.index.number(grant)
        for given in rules.of_roles(roles):
            for target, condition in targets.of(given, scope):
                yield given.kind, (source, target, given.basis, condition)


def _contained(
    world: World, collection: Collection, wanted: set[Node], impersonation: Impersonation
) -> Block:
    """Return a collection's edges to its members, of those collections that are wanted."""
    index, kind = world.index, collection.kind
    everywhere = (kind, "", "*") in wanted
    scopes = {node[1] for node in wanted if node[0] == kind and node[2] == "*"}
    names = {node[2]: index.number(node) for node in wanted if node[:2] == (kind, "*")}
    if not (everywhere or scopes or names):
        return Block()
    members = collection.members(world)
    if collection in IMPERSONATED_OF:
        members = members._replace(numbers=impersonation.resolve_all(members.numbers))
    found = {
        namespace: index.number((kind, namespace, "*"))
        for namespace in dict.fromkeys(members.namespaces)
        if everywhere or namespace in scopes
    }
    places = [n for n, namespace in enumerate(members.namespaces) if namespace in found]
    sources = [found[members.namespaces[place]] for place in places]
    if names:
        named = [(n, names[name]) for n, name in enumerate(members.names()) if name in names]
        places += [place for place, _ in named]
        sources += [source for _, source in named]
    targets = [members.numbers[place] for place in places]
    doubts = members.conditions
    conditions = {n: doubts[place] for n, place in enumerate(places) if place in doubts}
    if everywhere:
        inner = [number for namespace, number in found.items() if namespace]
        sources += [index.number((kind, "", "*"))] * len(inner)
        targets += inner
    return Block(sources, targets, (), conditions)
