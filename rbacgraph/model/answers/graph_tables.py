"""The graph as two tables, for other tools."""

from collections.abc import Iterable
from typing import NamedTuple


class NodeRow(NamedTuple):
    """One node.

    ``id``: the printed node, as everywhere: ``serviceaccount:shop/ci``.
    ``kind``, ``namespace``, ``name``: the parts of the node.
    ``all_of``: whether an attacker must reach every predecessor to reach this node; for any other
        node, one predecessor is enough.
    """

    id: str
    kind: str
    namespace: str
    name: str
    all_of: bool


class EdgeRow(NamedTuple):
    """One edge: control of ``source`` gives ``target``.

    ``source``, ``target``: ids of nodes.
    ``edge``: id of the kind of edge, as ``rbacgraph explain`` lists them.
    ``effort``: the effort of the technique; 0 for structural edges (membership, bindings,
        collections).
    ``condition``: the condition of the edge; ``""`` where it is certain.
    ``words``: the edge in words.
    ``evidence``: the evidence, one line for each object.
    """

    source: str
    target: str
    edge: str
    effort: int
    condition: str
    words: str
    evidence: tuple[str, ...]


class Tables(NamedTuple):
    """Nodes, then edges; each can be read once."""

    nodes: Iterable[NodeRow]
    edges: Iterable[EdgeRow]
