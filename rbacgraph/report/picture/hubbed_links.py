"""The links of a picture, with those to all members of a hub as one link to the hub."""

from collections.abc import Callable, Hashable, Iterable, Mapping

from rbacgraph.report.picture.arrow_words import MEMBER, Backing
from rbacgraph.report.picture.hubs import through_hubs
from rbacgraph.report.picture.merge_nodes import Link
from rbacgraph.report.text.paths.arrow_text import ArrowStep


class HubbedLinks:
    """The links that are drawn: those to all members of a hub lead to the hub.

    ``links``: all links, with what stands behind them.
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
