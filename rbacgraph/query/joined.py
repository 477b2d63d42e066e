"""How the needs of joins are met: by whom, and by which techniques."""

from pyroaring import BitMap

from rbacgraph.graph.access import AccessGraph
from rbacgraph.model.node import PRINCIPALS, format_node
from rbacgraph.query.limits import Limits
from rbacgraph.query.proofs import ProofTree
from rbacgraph.query.search import COSTS, EFFORT
from rbacgraph.query.ways import Way


class Joiner:
    """Finds the cheapest way of anybody to the inputs of a join, all of them.

    Parameters
    ----------
    graph:
        The graph.
    limits:
        What a way may be made of.
    """

    def __init__(self, graph: AccessGraph, limits: Limits) -> None:
        self._graph = graph
        self._limits = limits
        self._direct: dict[int, BitMap] = {}

    def cheapest(self, join: int, able: BitMap, at_least: int) -> Way:
        """Return the cheapest way of those who are able to meet a join's needs.

        Parameters
        ----------
        join:
            The join.
        able:
            The principals that meet its needs.
        at_least:
            An effort that none of their ways is below.
        """
        graph = self._graph
        inputs = graph.joins[join]
        direct = BitMap.intersection(able, *(self._holders(node) for node in inputs))
        if direct:
            return Way(format_node(graph.nodes[direct.min()]), (), 0)
        best: Way | None = None
        for principal in able:
            tree = ProofTree(graph, self._limits).grow(principal, until={join})
            cost = tree.cost(join)
            if cost is not None and (best is None or cost // EFFORT < best.effort):
                kinds = [graph.kind_at(edge) for edge in tree.edges(join)]
                techniques = tuple(kind.id for kind in kinds if not kind.structural)
                best = Way(format_node(graph.nodes[principal]), techniques, cost // EFFORT)
                if best.effort <= at_least:
                    break
        assert best is not None
        return best

    def _holders(self, node: int) -> BitMap:
        """Return who has a node without any technique, by groups too."""
        known = self._direct.get(node)
        if known is not None:
            return known
        graph, members = self._graph, self._graph.membership.members
        found = BitMap()
        for edge in graph.incoming.of(node):
            if COSTS[graph.kind_of[edge]] or not self._limits.allows(graph, edge):
                continue
            source = graph.source_of[edge]
            if graph.nodes[source][0] in PRINCIPALS:
                found.add(source)
                found |= members.get(source, BitMap())
            elif source not in graph.joins:
                found |= self._holders(source)
        self._direct[node] = found
        return found
