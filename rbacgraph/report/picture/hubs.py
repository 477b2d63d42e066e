"""Makes one hub of many Secrets that a principal reaches alike, so that one arrow says so."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from rbacgraph.report.picture.arrow_words import MEMBER, Backing
from rbacgraph.report.picture.merge_nodes import Link
from rbacgraph.report.text.paths.arrow_text import ArrowStep
from rbacgraph.report.text.words import namespace_of


class HubbedLinks:
    """The links that are drawn: those to all members of a hub lead to the hub.

    ``hubs``: the members of each hub, the widest hub first.
    ``key``: what links to one hub have in common beside their source.
    """

    def __init__(
        self,
        links: Mapping[Link, Backing],
        hubs: Mapping[str, tuple[str, ...]],
        key: Callable[[Link], Hashable],
    ) -> None:
        self.links: dict[Link, Backing] = {}
        self._hubs = hubs
        for link, drawn in through_hubs(list(links), hubs, key).items():
            self.links.setdefault(drawn, Backing({}, {})).add(links[link])
        self._used = dict.fromkeys(link.target for link in self.links if link.target in hubs)
        self._lead_on()

    def _lead_on(self) -> None:
        """Lead from a hub to those of its members from which paths go on."""
        onward = dict.fromkeys(link.source for link in self.links)
        for hub in self._used:
            for node in self._hubs[hub]:
                if node in onward:
                    step = ArrowStep("", MEMBER)
                    self.links.setdefault(Link(hub, node, step), Backing({}, {}))

    def nodes(self, nodes: Iterable[str]) -> list[str]:
        """Return the nodes that are drawn: not those that are nowhere but in a hub."""
        inside = {node for hub in self._used for node in self._hubs[hub]}
        linked = {node for link in self.links for node in (link.source, link.target)}
        return [*self._used, *(node for node in nodes if node in linked or node not in inside)]


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
