"""From a snapshot to the graph: every edge of the catalogue, as columns."""

from collections.abc import Iterable, Iterator

from rbacgraph.edges import EDGES, KINDS, ObjectEdge
from rbacgraph.edges.base import CERTAIN, Edge
from rbacgraph.edges.collections import (
    COLLECTIONS,
    EXISTING_ACCOUNTS_OF,
    NAMED_ACCOUNTS_OF,
    NODES_OF,
    SECRETS_OF,
    Member,
)
from rbacgraph.edges.world import World
from rbacgraph.graph.access import AccessGraph
from rbacgraph.graph.columns import Columns
from rbacgraph.graph.impersonation import Impersonation
from rbacgraph.graph.rules import RuleEdges
from rbacgraph.model.node import ALL, Node
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
    for node in world.principals:
        world.number(node)
    # Numbers of what is mentioned most come next, in blocks, whatever edges there are.
    _ = world.secret_numbers, world.runners, world.node_numbers
    columns = Columns(world.index)
    for number, kind in enumerate(EDGES):
        if isinstance(kind, ObjectEdge):
            columns.add(number, kind.edges(world))
    _add_rules(world, columns)
    return AccessGraph(world, columns)


def _add_rules(world: World, columns: Columns) -> None:
    """Add what rules give, the collections they lead to, and the doubles of impersonation."""
    rules = RuleEdges(world)
    impersonation = Impersonation(world, rules)
    wanted: set[Node] = {collection.everything("") for collection in _CONTROLLED}
    _add_by_kind(columns, _of_grants(world, rules, impersonation, wanted))
    everything = (ALL, "", "*")
    columns.add(CONTAINS, ((everything, c.everything(""), None, CERTAIN) for c in _CONTROLLED))
    for collection in COLLECTIONS:
        members = collection.members(world)
        if collection is NAMED_ACCOUNTS_OF:
            members = ((impersonation.resolve(m[0]), *m[1:]) for m in members)  # type: ignore[arg-type]
        columns.add(CONTAINS, _contained(world, collection.kind, members, wanted))
    _add_by_kind(columns, impersonation.edges())


def _add_by_kind(columns: Columns, edges: Iterable[tuple[int, Edge]]) -> None:
    found: dict[int, list[Edge]] = {}
    for number, edge in edges:
        found.setdefault(number, []).append(edge)
    for number, edges_of_kind in sorted(found.items()):
        columns.add(number, edges_of_kind)


def _of_grants(
    world: World, rules: RuleEdges, impersonation: Impersonation, wanted: set[Node]
) -> Iterator[tuple[int, Edge]]:
    for grant, (roles, scope) in world.grants.items():
        edges = rules.of_grant(grant, roles, scope, impersonated=False)
        for number, source, target, basis, condition in edges:
            wanted.add(target)
            yield number, (source, impersonation.resolve(target), basis, condition)


def _contained(
    world: World, kind: str, members: Iterable[Member], wanted: set[Node]
) -> Iterator[Edge]:
    """Yield a collection's edges to its members, of those collections that are wanted."""
    everywhere = (kind, "", "*") in wanted
    scopes = {node[1] for node in wanted if node[0] == kind and node[2] == "*"}
    names = {node[2] for node in wanted if node[0] == kind and node[1] == "*"}
    if not (everywhere or scopes or names):
        return
    found: dict[str, int] = {}
    for member, namespace, name, condition in members:
        number = found.get(namespace)
        if number is None and (everywhere or namespace in scopes):
            number = found[namespace] = world.number((kind, namespace, "*"))
        if number is not None:
            yield number, member, None, condition
        if name in names:
            yield (kind, "*", name), member, None, condition
    if everywhere:
        whole = world.number((kind, "", "*"))
        for namespace, number in found.items():
            if namespace:
                yield whole, number, None, CERTAIN
