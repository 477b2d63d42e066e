"""The graph as two tables, for other tools."""

from collections.abc import Iterable
from typing import NamedTuple


class NodeRow(NamedTuple):
    """One node.

    Parameters
    ----------
    id:
        The printed node, as everywhere: ``serviceaccount:shop/ci``.
    kind, namespace, name:
        The parts of the node.
    all_of:
        Whether an attacker must reach every predecessor to reach this node; for any other node,
        one predecessor is enough.
    """

    id: str
    kind: str
    namespace: str
    name: str
    all_of: bool


class EdgeRow(NamedTuple):
    """One edge: control of ``source`` gives ``target``.

    Parameters
    ----------
    source, target:
        Ids of nodes.
    edge:
        Id of the kind of edge, as ``rbacgraph explain`` lists them.
    effort:
        The effort of the technique; 0 for structural edges (membership, bindings, collections).
    condition:
        The condition of the edge; ``""`` where it is certain.
    words:
        The edge in words.
    evidence:
        The evidence, one line for each object.
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
