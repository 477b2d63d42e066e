"""Edges as columns of integers, while they are being collected."""

from array import array
from collections.abc import Iterable

from rbacgraph.edges.base import Edge
from rbacgraph.model.node import Node


class Columns:
    """Grows a graph edge by edge: nodes and conditions are interned as integers.

    ``index`` maps each node to its number, in order of first mention; condition 0 is
    the empty one: certain.
    """

    def __init__(self) -> None:
        self.index: dict[Node, int] = {}
        self.conditions: dict[str, int] = {"": 0}
        self.source = array("i")
        self.target = array("i")
        self.kind = array("B")
        self.condition = array("i")
        self.basis: list[object] = []

    def add_nodes(self, nodes: Iterable[Node]) -> None:
        """Number nodes that may have no edge."""
        index = self.index
        for node in nodes:
            index.setdefault(node, len(index))

    def number(self, node: Node) -> int:
        """Return a node's number, a new one where it has none."""
        return self.index.setdefault(node, len(self.index))

    def add(self, edges: Iterable[tuple[int, Edge]]) -> None:
        """Append edges, each with the number of its kind."""
        index, conditions = self.index, self.conditions
        node, size = index.setdefault, index.__len__
        source, target, kind = self.source.append, self.target.append, self.kind.append
        condition, basis = self.condition.append, self.basis.append
        for number, (from_node, to_node, rests_on, text) in edges:
            source(node(from_node, size()))
            target(node(to_node, size()))
            kind(number)
            condition(conditions.setdefault(text, len(conditions)) if text else 0)
            basis(rests_on)

    def add_members(self, kind: int, members: Iterable[tuple[int, Node, str]]) -> None:
        """Append edges of one kind that rest on nothing: source by number, target, condition."""
        index, conditions = self.index, self.conditions
        node, size = index.setdefault, index.__len__
        source, target, condition = self.source.append, self.target.append, self.condition.append
        before = len(self.source)
        for from_number, to_node, text in members:
            source(from_number)
            target(node(to_node, size()))
            condition(conditions.setdefault(text, len(conditions)) if text else 0)
        added = len(self.source) - before
        self.kind.extend([kind] * added)
        self.basis.extend([None] * added)
