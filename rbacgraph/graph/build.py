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
    _add_rules(world, columns)
    return AccessGraph(world, columns)


def _add_rules(world: World, columns: Columns) -> None:
    """Add what rules give, the collections they lead to, and the doubles of impersonation."""
    by_collection = [(collection, collection.members(world)) for collection in COLLECTIONS]
    rules = RuleEdges(world, {collection.member: found for collection, found in by_collection})
    impersonation = Impersonation(world, rules)
    wanted: set[Node] = {collection.everything("") for collection in _CONTROLLED}
    columns.add(_of_grants(world, rules, impersonation, wanted))
    everything = columns.number((ALL, "", "*"))
    columns.add_members(CONTAINS, ((everything, c.everything(""), CERTAIN) for c in _CONTROLLED))
    for collection, found in by_collection:
        contained = _contained(columns, collection.kind, found, wanted)
        if collection is NAMED_ACCOUNTS_OF:
            resolve = impersonation.resolve
            contained = ((number, resolve(node), text) for number, node, text in contained)
        columns.add_members(CONTAINS, contained)
    columns.add(impersonation.edges())


def _of_grants(
    world: World, rules: RuleEdges, impersonation: Impersonation, wanted: set[Node]
) -> Iterator[tuple[int, Edge]]:
    for grant, (roles, scope) in world.grants.items():
        for number, edge in rules.of_grant(grant, roles, scope, impersonated=False):
            source, target, basis, condition = edge
            wanted.add(target)
            yield number, (source, impersonation.resolve(target), basis, condition)


def _contained(
    columns: Columns, kind: str, members: Mapping[Node, str], wanted: set[Node]
) -> Iterator[tuple[int, Node, str]]:
    """Yield a collection's edges to its members, of those collections that are wanted."""
    everywhere = (kind, "", "*") in wanted
    scopes = {node[1] for node in wanted if node[0] == kind and node[2] == "*"}
    names = {node[2] for node in wanted if node[0] == kind and node[1] == "*"}
    found: dict[str, int] = {}
    for node, condition in members.items():
        _, namespace, name = node
        number = found.get(namespace)
        if number is None and (everywhere or namespace in scopes):
            number = found[namespace] = columns.number((kind, namespace, "*"))
        if number is not None:
            yield number, node, condition
        if name in names:
            yield columns.number((kind, "*", name)), node, condition
    if everywhere:
        whole = columns.number((kind, "", "*"))
        for namespace in found:
            if namespace:
                yield whole, (kind, namespace, "*"), CERTAIN
