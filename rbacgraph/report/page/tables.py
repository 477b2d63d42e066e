"""The parts that a page's paths are made of, each told once and then by its number."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from rbacgraph.model.answers.paths import Counted, Hop, Path
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.picture.palette import family
from rbacgraph.report.text.conditions import condition_words
from rbacgraph.report.text.fold_paths import Route, fold_principals, shared_evidence
from rbacgraph.report.text.words import (
    describe,
    evidence_place,
    evidence_words,
    is_binding,
    kind_of,
    rule_name,
    title,
)

ITSELF = -1
"""In a hop: the principal as the source, what the path leads to as the target."""


class Table:
    """What is told by number."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: Hashable) -> int:
        """Return the number of something, a new one where it is new."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """Return everything in the order of the numbers."""
        return list(self._numbers)


class Tables:
    """Nodes, evidence, hops and routes of one page."""

    def __init__(self) -> None:
        self._nodes = Table()
        self._evidence = Table()
        self._conditions = Table()
        self._texts = Table()
        self._techniques = Table()
        self._crowds = Table()
        self._hops = Table()
        self._routes = Table()

    def node(self, node: str) -> int:
        """Number a node, as printed."""
        return self._nodes.number(node)

    def nodes(self, nodes: Iterable[str]) -> list[int]:
        """Number several."""
        return [self._nodes.number(node) for node in nodes]

    def technique(self, edge: str) -> int:
        """Number a technique, by its id."""
        return self._techniques.number(edge)

    @property
    def used(self) -> frozenset[str]:
        """Ids of the techniques that were numbered."""
        return frozenset(self._techniques.values())

    def evidence(self, evidence: Iterable[Evidence]) -> tuple[int, ...]:
        """Number evidence, as the text says it."""
        return tuple(self._evidence.number((_words(e), clean(evidence_place(e)))) for e in evidence)

    def routes_to(
        self, paths: Sequence[Path], most: int, counted: Sequence[Counted] = ()
    ) -> tuple[list[int], list[list[int]]]:
        """Number the routes of paths to one Secret: what is alike for several is one route.

        Parameters
        ----------
        paths:
            The paths.
        most:
            How many routes are told.
        counted:
            Routes after these, whose paths are not known.

        Returns
        -------
        tuple
            At most ``most`` routes, the certain ones first. Of the others whom they start at:
            for certain, and on a condition.
        """
        certain = fold_principals(path for path in paths if path.certain)
        conditional = fold_principals(path for path in paths if not path.certain)
        every = (*certain, *conditional)
        rest: list[list[int]] = [[], []]
        for route in every[most:]:
            rest[not route.lead.certain] += self.nodes(route.names)
        for one in counted:
            rest[not one.certain] += self.nodes(one.principals)
        return [self.route(route) for route in every[:most]], rest

    def route(self, route: Route) -> int:
        """Number a route."""
        lead, source = route.lead, route.lead.principal
        common, _ = shared_evidence(route)
        crowd = tuple(self._head(path, common) for path in route.paths)
        hops = tuple(
            self._hop(hop, source, lead.target, hop.evidence if number else common)
            for number, hop in enumerate(lead.hops)
        )
        certain = int(lead.certain)
        return self._routes.number((self._crowds.number(crowd), certain, lead.effort, hops))

    def _head(self, path: Path, common: Sequence[Evidence]) -> tuple[int, tuple[int, ...]]:
        own = tuple(e for e in path.hops[0].evidence if e not in common)
        return self.node(path.principal), self.evidence(own)

    def _hop(self, hop: Hop, source: str, target: str, evidence: Sequence[Evidence]) -> int:
        def end(node: str) -> int:
            return ITSELF if node == source else self.node(node)

        return self._hops.number(
            (
                self.technique(hop.edge),
                end(hop.source),
                ITSELF if hop.target == target else self.node(hop.target),
                self._texts.number(clean(hop.text)),
                hop.effort,
                self._conditions.number(clean(condition_words(hop.condition))),
                self.evidence(evidence),
                tuple(map(end, hop.others)),
            )
        )

    def document(self) -> dict[str, Any]:
        """Return the tables."""
        return {
            "nodes": [_node(node) for node in self._nodes.values()],
            "evidence": self._evidence.values(),
            "techniques": self._techniques.values(),
            "conditions": self._conditions.values(),
            "texts": self._texts.values(),
            "crowds": self._crowds.values(),
            "hops": self._hops.values(),
            "routes": self._routes.values(),
        }


def _node(node: str) -> tuple[str, ...]:
    """Return how a node is printed, drawn (two lines, and in which colour), and put in words."""
    kind, name = title(node)
    told = (clean(node), clean(kind), clean(name), family(kind_of(node)))
    return (*told, clean(describe(node))) if describe(node) != node else told


def _words(evidence: Evidence) -> str:
    """Words of evidence; a binding's role is that of the rule that follows it."""
    return clean(rule_name(evidence) if is_binding(evidence) else evidence_words(evidence))
