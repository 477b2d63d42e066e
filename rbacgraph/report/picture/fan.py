"""Merges arrows with the same words to several boxes, so that they are read once."""

from collections.abc import Hashable, Iterable

from rbacgraph.report.picture.merge_nodes import Link

_MANY = 3


def fans(links: Iterable[Link]) -> dict[tuple[str, Hashable], frozenset[str]]:
    """Find the boxes that have arrows with the same words to several others.

    Returns the box and the words, with all target boxes: at least three.

    Examples
    --------
    >>> links = [Link("a", target, "reads") for target in "xyz"]
    >>> fans([*links, Link("b", "x", "reads")]) == {("a", "reads"): frozenset("xyz")}
    True
    """
    targets: dict[tuple[str, Hashable], set[str]] = {}
    for link in links:
        targets.setdefault((link.source, link.words), set()).add(link.target)
    return {key: frozenset(many) for key, many in targets.items() if len(many) >= _MANY}
