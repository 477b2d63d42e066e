"""Nodes of a picture that have the very same arrows are one box."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple


class Link(NamedTuple):
    """An arrow between two nodes; ``words`` is all that it says."""

    source: str
    target: str
    words: Hashable


def merged(nodes: Mapping[str, Hashable], links: Sequence[Link]) -> list[tuple[str, ...]]:
    """Put together the nodes that have the same arrows to, and from, the very same boxes.

    Whatever a picture then says of a box holds for each of its nodes.

    Parameters
    ----------
    nodes:
        Each node with its sort: only nodes of one sort are put together.
    links:
        The arrows.

    Returns
    -------
    list of tuple
        The nodes of each box, in order.

    Examples
    --------
    >>> merged({"a": 1, "b": 1, "c": 2}, [Link("a", "c", "reads"), Link("b", "c", "reads")])
    [('a', 'b'), ('c',)]
    """
    box = {node: node for node in nodes}
    while True:
        joined = _joined(nodes, links, box)
        if joined == box:
            break
        box = joined
    boxes: dict[str, list[str]] = {}
    for node, lead in box.items():
        boxes.setdefault(lead, []).append(node)
    return [tuple(members) for members in boxes.values()]


def _joined(
    nodes: Mapping[str, Hashable], links: Iterable[Link], box: Mapping[str, str]
) -> dict[str, str]:
    arrows: dict[str, set[Hashable]] = {node: set() for node in nodes}
    for link in links:
        arrows[link.source].add(("to", box[link.target], link.words))
        arrows[link.target].add(("from", box[link.source], link.words))
    leads: dict[Hashable, str] = {}
    return {
        node: leads.setdefault((sort, frozenset(arrows[node])), node)
        for node, sort in nodes.items()
    }
