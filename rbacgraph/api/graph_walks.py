"""Walks the graph of :meth:`rbacgraph.Cluster.graph` as an attacker can."""

from collections.abc import Container, Iterator
from typing import TYPE_CHECKING, Any

from rbacgraph.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import networkx as nx

_YES = frozenset({"true", "1"})
"""How files write that something is so, once networkx no longer knows the type."""
_ADVICE = "take cluster.graph(), or what cluster.export() writes"


def descendants(graph: "nx.Graph[str]", node: str, *, certain: bool = False) -> set[str]:
    """Return everything that an attacker who controls a node obtains.

    An attacker reaches an AND node (``all_of``) only by reaching every node with an edge to it.
    ``networkx.descendants`` takes one of them for enough, and so returns nodes that are out of
    reach.

    Parameters
    ----------
    graph:
        What :meth:`rbacgraph.Cluster.graph` returns, also once networkx has read it again from
        GraphML or GEXF, as :meth:`rbacgraph.Cluster.export` writes it.
    node:
        The printed node, such as ``serviceaccount:ci/runner``.
    certain:
        Whether to leave out conditional edges.

    Returns
    -------
    set[str]
        Nodes of every kind, without the node itself: Secrets and identities as
        :meth:`rbacgraph.Cluster.reach` lists them, groups, grants, collections and AND nodes. Where
        each of several versions of an object gives something by another path, ``reach`` calls that
        certain, and this function conditional.

    Raises
    ------
    NotFoundError
        If the graph has no such node.
    UsageError
        If the nodes of the graph do not say which of them are AND nodes, or its edges have no
        direction.

    Examples
    --------
    >>> import rbacgraph as rg
    >>> graph = rg.load("fixtures/clusters/shop").graph()
    >>> sorted(n for n in rg.descendants(graph, "user:erin") if n.startswith("secret:ci/"))
    ['secret:ci/git-deploy-key', 'secret:ci/runner-token']
    """
    return _Walk(graph, node, certain=certain).onward(node) - {node}


def ancestors(graph: "nx.Graph[str]", node: str, *, certain: bool = False) -> set[str]:
    """Return every node from which alone an attacker obtains a given node.

    These are the nodes among whose :func:`descendants` the node is. ``networkx.ancestors`` also
    returns those that lack something else that an AND node needs.

    Parameters
    ----------
    graph, node, certain:
        See :func:`descendants`.

    Returns
    -------
    set[str]
        Nodes of every kind, without the node itself.

    Raises
    ------
    NotFoundError, UsageError
        See :func:`descendants`.

    Examples
    --------
    >>> import rbacgraph as rg
    >>> graph = rg.load("fixtures/clusters/shop").graph()
    >>> "user:erin" in rg.ancestors(graph, "secret:ci/runner-token")
    True
    """
    walk = _Walk(graph, node, certain=certain)
    near = walk.backward({node}, through_and_nodes=True)
    able = walk.backward({node}, through_and_nodes=False)
    unable: set[str] = set()
    for one in sorted(near - able):
        if one in able or one in unable:
            continue
        reached = walk.onward(one, within=near, until=able)
        if able.isdisjoint(reached):
            unable |= reached  # what it obtains obtains no more than it does
        else:
            able |= walk.backward({one}, through_and_nodes=False)
    return able - {node}


class _Walk:
    """Steps through a graph, of certain edges alone or of all."""

    def __init__(self, graph: "nx.Graph[str]", node: str, *, certain: bool) -> None:
        if node not in graph:
            raise NotFoundError(
                f"the graph has no node {node!r}",
                advice="nodes are named as in serviceaccount:ci/runner and secret:shop/db",
            )
        if not graph.is_directed():
            raise UsageError("the edges of the graph have no direction", advice=_ADVICE)
        self._graph: Any = graph
        self._certain = certain

    def onward(
        self, start: str, within: Container[str] | None = None, until: Container[str] = ()
    ) -> set[str]:
        """Return what a node obtains, itself included.

        Parameters
        ----------
        start:
            The node.
        within:
            Other nodes are left out; None for no limit.
        until:
            The search ends with the first of these nodes.
        """
        reached, left = {start}, [start]
        lacking: dict[str, int] = {}
        while left:
            here = left.pop()
            for node in self._neighbours(self._graph.succ, here):
                if node in reached or not (within is None or node in within):
                    continue
                if self._is_and(node):
                    if node not in lacking:
                        lacking[node] = len(self._graph.pred[node])
                    lacking[node] -= 1
                    if lacking[node]:
                        continue
                reached.add(node)
                if node in until:
                    return reached
                left.append(node)
        return reached

    def backward(self, ends: set[str], *, through_and_nodes: bool) -> set[str]:
        """Return the nodes with a path to some nodes, which are included.

        One edge to an AND node counts as a path to it if ``through_and_nodes`` is set, else none.
        """
        reached, left = set(ends), [*ends]
        while left:
            here = left.pop()
            if not through_and_nodes and self._is_and(here):
                continue
            for node in self._neighbours(self._graph.pred, here):
                if node not in reached:
                    reached.add(node)
                    left.append(node)
        return reached

    def _neighbours(self, adjacency: Any, node: str) -> Iterator[str]:  # noqa: ANN401 - untyped
        for other, edges in adjacency[node].items():
            several = edges.values() if self._graph.is_multigraph() else (edges,)
            if not self._certain or any(not edge.get("condition") for edge in several):
                yield other

    def _is_and(self, node: str) -> bool:
        attributes = self._graph.nodes[node]
        if "all_of" not in attributes:
            raise UsageError(
                f"the graph does not say whether {node} is an AND node: it has no 'all_of'",
                advice=_ADVICE,
            )
        return str(attributes["all_of"]).lower() in _YES
