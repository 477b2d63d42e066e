"""From a snapshot to the graph: every edge of the catalogue, as columns."""

from collections.abc import Iterator, Mapping
from itertools import repeat

from rbacgraph.edges import EDGES, KINDS, ObjectEdge
from rbacgraph.edges.base import CERTAIN, Edge
from rbacgraph.edges.collections import (
    COLLECTIONS,
    EXISTING_ACCOUNTS_OF,
    NAMED_ACCOUNTS_OF,
    NODES_OF,
    SECRETS_OF,
)
from rbacgraph.edges.world import World
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.columns import Columns
from rbacgraph.graph.impersonation import Impersonation
from rbacgraph.graph.rules import RuleEdges
from rbacgraph.model.node import ALL, NODE, SECRET, Node
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
    columns = Columns()
    columns.add_nodes(world.principals)
    columns.add_nodes((SECRET, *key) for key in world.secrets)
    columns.add_nodes(world.runner_index)
    columns.add_nodes((NODE, "", name) for name in world.nodes)
    for number, kind in enumerate(EDGES):
        if isinstance(kind, ObjectEdge):
            columns.add(zip(repeat(number), kind.edges(world)))
    columns.add(_rule_edges(world))
    return AccessGraph(world, columns)


def _rule_edges(world: World) -> Iterator[tuple[int, Edge]]:
    """Yield what rules give, the collections they lead to, and the doubles of impersonation."""
    by_collection = [collection.members(world) for collection in COLLECTIONS]
    rules = RuleEdges(world, {n: text for found in by_collection for n, text in found.items()})
    impersonation = Impersonation(world, rules)
    wanted: set[Node] = set()
    for grant, (roles, scope) in world.grants.items():
        for number, edge in rules.of_grant(grant, roles, scope, impersonated=False):
            wanted.add(edge[1])
            yield number, impersonation.resolved(edge)
    everything = (ALL, "", "*")
    for collection in _CONTROLLED:
        wanted.add(collection.everything(""))
        yield CONTAINS, (everything, collection.everything(""), None, CERTAIN)
    for collection, members in zip(COLLECTIONS, by_collection, strict=True):
        contained = _contained(collection.kind, members, wanted)
        if collection is NAMED_ACCOUNTS_OF:
            contained = map(impersonation.resolved, contained)
        yield from zip(repeat(CONTAINS), contained)
    yield from impersonation.edges()


def _contained(kind: str, members: Mapping[Node, str], wanted: set[Node]) -> Iterator[Edge]:
    """Yield a collection's edges to its members, of those collections that are wanted."""
    everywhere = (kind, "", "*") in wanted
    scopes = {node[1] for node in wanted if node[0] == kind and node[2] == "*"}
    names = {node[2] for node in wanted if node[0] == kind and node[1] == "*"}
    found: dict[str, None] = {}
    for node, condition in members.items():
        _, namespace, name = node
        if not namespace:
            yield (kind, "", "*"), node, None, condition
            continue
        if everywhere or namespace in scopes:
            found[namespace] = None
            yield (kind, namespace, "*"), node, None, condition
        if name in names:
            yield (kind, "*", name), node, None, condition
    if everywhere:
        for namespace in found:
            yield (kind, "", "*"), (kind, namespace, "*"), None, CERTAIN
