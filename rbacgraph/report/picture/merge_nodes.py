"""Merges nodes of a picture that have the same arrows."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple


class Link(NamedTuple):
    """An arrow between two nodes; ``words`` is its full text."""

    source: str
    target: str
    words: Hashable


def merged(nodes: Mapping[str, Hashable], links: Sequence[Link]) -> list[tuple[str, ...]]:
    """Merge the nodes that have the same arrows to, and from, the same boxes.

    So everything that a picture says about a box holds for each of its nodes.

    ``nodes``: each node with its kind: only nodes of one kind are merged.

    Examples
    --------
    >>> merged({"a": 1, "b": 1, "c": 2}, [Link("a", "c", "reads"), Link("b", "c", "reads")])
    [('a', 'b'), ('c',)]
    """
    box = {node: node for node in nodes}
    while True:
        arrows = _arrows(box, links, out=True, into=True)
        joined = _leads({node: (sort, arrows[node]) for node, sort in nodes.items()})
        if joined == box:
            return _boxes(box)
        box = joined


def alike(
    nodes: Mapping[str, Hashable], links: Sequence[Link], *, out: bool = True, into: bool = True
) -> list[tuple[str, ...]]:
    """Merge nodes that have the same arrows to, and from, some node of the same boxes.

    An arrow out of a box can be followed from each of its nodes (``out``), or an arrow into it
    leads to each of its nodes (``into``); the arrow's words must say which node it joins to which.

    Examples
    --------
    >>> links = [Link("a", "x", "reads"), Link("b", "y", "reads")]
    >>> alike({"a": 1, "b": 1, "x": 2, "y": 2}, links)
    [('a', 'b'), ('x', 'y')]
    >>> merged({"a": 1, "b": 1, "x": 2, "y": 2}, links)
    [('a',), ('b',), ('x',), ('y',)]
    """
    box = _leads(nodes)
    while True:
        arrows = _arrows(box, links, out=out, into=into)
        parted = _leads({node: (lead, arrows[node]) for node, lead in box.items()})
        if parted == box:
            return _boxes(box)
        box = parted


def _arrows(
    box: Mapping[str, str], links: Iterable[Link], *, out: bool, into: bool
) -> dict[str, frozenset[Hashable]]:
    """Return each node's arrows, to and from boxes."""
    arrows: dict[str, set[Hashable]] = {node: set() for node in box}
    for link in links:
        if out:
            arrows[link.source].add(("to", box[link.target], link.words))
        if into:
            arrows[link.target].add(("from", box[link.source], link.words))
    return {node: frozenset(held) for node, held in arrows.items()}


def _leads(kept: Mapping[str, Hashable]) -> dict[str, str]:
    """Return for each node the first one with an equal value."""
    leads: dict[Hashable, str] = {}
    return {node: leads.setdefault(what, node) for node, what in kept.items()}


def _boxes(box: Mapping[str, str]) -> list[tuple[str, ...]]:
    boxes: dict[str, list[str]] = {}
    for node, lead in box.items():
        boxes.setdefault(lead, []).append(node)
    return [tuple(members) for members in boxes.values()]
