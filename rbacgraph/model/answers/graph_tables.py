"""The graph as two tables, for other tools."""

from collections.abc import Iterable
from typing import NamedTuple


class NodeRow(NamedTuple):
    """One node.

    Parameters
    ----------
    id:
        As it is printed everywhere: ``serviceaccount:shop/ci``.
    kind, namespace, name:
        Its parts.
    all_of:
        Whether it is reached only by whoever reaches every node that has an edge to it; any
        other node is reached by whoever reaches one of them.
    """

    id: str
    kind: str
    namespace: str
    name: str
    all_of: bool


class EdgeRow(NamedTuple):
    """One edge: whoever controls ``source`` obtains ``target``.

    Parameters
    ----------
    source, target:
        Ids of nodes.
    edge:
        Id of the kind of edge, as ``rbacgraph explain`` lists them.
    effort:
        What it takes; 0 for what is no technique (membership, bindings, collections).
    condition:
        On what it depends; ``""`` where it is certain.
    words:
        What it says.
    evidence:
        What it rests on, a line for each object.
    """

    source: str
    target: str
    edge: str
    effort: int
    condition: str
    words: str
    evidence: tuple[str, ...]


class Tables(NamedTuple):
    """Nodes, then edges; each is read once."""

    nodes: Iterable[NodeRow]
    edges: Iterable[EdgeRow]
