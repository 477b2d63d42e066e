"""Makes one hub of many Secrets that a principal reaches alike, so that one arrow says so."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from rbacgraph.report.picture.merge_nodes import Link
from rbacgraph.report.text.words import namespace_of

HUB = "hub"
"""Kind of the nodes that stand for all Secrets of a question, or for those of a namespace."""
EVERYTHING = f"{HUB}:"
_MANY = 3


def is_hub(node: str) -> bool:
    """Whether a node is a hub; no object's kind has its name."""
    return node.startswith(EVERYTHING)


def hubs_of(asked: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the hubs that may be: of all Secrets, and of each namespace with at least three.

    Examples
    --------
    >>> hubs_of(["secret:a/x", "secret:a/y", "secret:a/z", "secret:b/x"]).keys()
    dict_keys(['hub:', 'hub:a'])
    """
    every = tuple(asked)
    places: dict[str, list[str]] = {}
    for node in every:
        places.setdefault(namespace_of(node), []).append(node)
    inside = {f"{EVERYTHING}{place}": tuple(nodes) for place, nodes in places.items() if place}
    hubs = {EVERYTHING: every, **(inside if len(places) > 1 else {})}
    return {hub: nodes for hub, nodes in hubs.items() if len(nodes) >= _MANY}


def through_hubs(
    links: Sequence[Link],
    hubs: Mapping[str, Sequence[str]],
    key: Callable[[Link], Hashable],
) -> dict[Link, Link]:
    """Lead arrows of one kind to all members of a hub to the hub.

    ``hubs``: the members of each hub, the widest hub first.
    Returns each arrow, and the arrow that is drawn for it.

    Examples
    --------
    >>> hubs = {"hub:": ["x", "y", "z"]}
    >>> links = [Link("a", target, "reads") for target in "xyz"] + [Link("b", "x", "reads")]
    >>> sorted(set(through_hubs(links, hubs, lambda link: link.words).values()))
    [Link(source='a', target='hub:', words='reads'), Link(source='b', target='x', words='reads')]
    """
    inside = {node for nodes in hubs.values() for node in nodes}
    targets: dict[tuple[str, Hashable], set[str]] = {}
    for link in links:
        if link.target in inside:
            targets.setdefault((link.source, key(link)), set()).add(link.target)
    led: dict[tuple[str, Hashable], dict[str, str]] = {}
    for what, reached in targets.items():
        for hub, nodes in hubs.items():
            if reached.issuperset(nodes):
                led.setdefault(what, {}).update(dict.fromkeys(nodes, hub))
                reached -= set(nodes)
    drawn: dict[Link, Link] = {}
    for link in links:
        hub_for = led.get((link.source, key(link)), {}) if link.target in inside else {}
        drawn[link] = link._replace(target=hub_for.get(link.target, link.target))
    return drawn
