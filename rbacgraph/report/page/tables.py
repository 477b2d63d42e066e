"""Numbers the parts of a page's paths, so that each is written once."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from rbacgraph.model.answers.paths import Counted, Hop, Path
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.picture.palette import family, family_words
from rbacgraph.report.text.paths.fold_paths import Route, fold_principals, shared_evidence
from rbacgraph.report.text.words import (
    describe,
    evidence_words,
    is_binding,
    kind_of,
    place,
    rule_name,
    title,
)

ITSELF = -1
"""In a hop: the principal as the source, or the path's target as the target."""


class NumberTable:
    """A list of values, each with its number."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: Hashable) -> int:
        """Return the number of a value, a new one if the value is new."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Any]:
        """Return all values in the order of their numbers."""
        return list(self._numbers)


class PageTables:
    """Nodes, evidence, hops and routes of one page."""

    def __init__(self, files: Iterable[str] = ()) -> None:
        self._places = RelativePlaces(files)
        self._nodes = NumberTable()
        self._evidence = NumberTable()
        self._conditions = NumberTable()
        self._texts = NumberTable()
        self._techniques = NumberTable()
        self._crowds = NumberTable()
        self._hops = NumberTable()
        self._routes = NumberTable()

    def node(self, node: str) -> int:
        """Return the number of a printed node."""
        return self._nodes.number(node)

    def nodes(self, nodes: Iterable[str]) -> list[int]:
        """Return the numbers of several nodes."""
        return [self._nodes.number(node) for node in nodes]

    def technique(self, edge: str) -> int:
        """Return the number of a technique's id."""
        return self._techniques.number(edge)

    @property
    def used(self) -> frozenset[str]:
        """The ids of all numbered techniques."""
        return frozenset(self._techniques.values())

    def evidence(self, evidence: Iterable[Evidence]) -> tuple[int, ...]:
        """Return the numbers of evidence, in the words of the text."""
        return tuple(self._evidence.number((_words(e), self.place_of(e))) for e in evidence)

    @property
    def root(self) -> str:
        """The folder of all files, to which places are relative."""
        return self._places.root

    def place(self, file: str, line: int) -> str:
        """Return a place as the page shows it."""
        return clean(self._places.of(file, line))

    def place_of(self, evidence: Evidence) -> str:
        """Return the place of evidence as the page shows it."""
        return clean(self._places.of_evidence(evidence))

    def routes_to(
        self, paths: Sequence[Path], most: int, counted: Sequence[Counted] = ()
    ) -> tuple[list[int], list[list[int]]]:
        """Return the numbers of the routes to one Secret: alike paths are one route.

        ``counted``: further routes, whose paths are not known.
        Returns at most ``most`` routes, certain ones first. For the others, where they start: with
            a certain path, and with a conditional one.
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
        """Return the number of a route."""
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
                self._conditions.number(clean(str(hop.condition))),
                self.evidence(evidence),
                tuple(map(end, hop.others)),
            )
        )

    def document(self) -> dict[str, Any]:
        nodes = [_node(node) for node in self._nodes.values()]
        return {
            "nodes": nodes,
            "families": {name: family_words(name) for name in sorted({n[3] for n in nodes})},
            "evidence": self._evidence.values(),
            "techniques": self._techniques.values(),
            "conditions": self._conditions.values(),
            "texts": self._texts.values(),
            "crowds": self._crowds.values(),
            "hops": self._hops.values(),
            "routes": self._routes.values(),
        }


def _node(node: str) -> tuple[str, ...]:
    """Return how a node is printed, drawn (two lines, and in which colour), and described."""
    kind, name = title(node)
    shown = (clean(node), clean(kind), clean(name), family(kind_of(node)))
    return (*shown, clean(describe(node))) if describe(node) != node else shown


def _words(evidence: Evidence) -> str:
    """Return the words of evidence; a binding's role is that of the rule after it."""
    return clean(rule_name(evidence) if is_binding(evidence) else evidence_words(evidence))


# Names files by the folder that all of them are in, so that places stay short.


class RelativePlaces:
    """Places in the files of a page."""

    def __init__(self, files: Iterable[str] = ()) -> None:
        self.root = _common_folder(list(files))

    def of(self, file: str, line: int) -> str:
        """Return a place, relative to the folder of all files.

        Examples
        --------
        >>> RelativePlaces(["k8s/shop/rbac.yaml", "k8s/pay/rbac.yaml"]).of("k8s/pay/rbac.yaml", 7)
        'pay/rbac.yaml:7'
        """
        return place(file.removeprefix(self.root), line)

    def of_evidence(self, evidence: Evidence) -> str:
        """Return the place of evidence, or that it was assumed."""
        return "assumed" if evidence.assumed else self.of(evidence.file, evidence.line)


def _common_folder(files: Sequence[str]) -> str:
    """Return the folder of all files with its last slash; ``""`` if there is none but the root."""
    shared = []
    for parts in zip(*(file.split("/")[:-1] for file in files), strict=False):
        if len(set(parts)) > 1:
            break
        shared.append(parts[0])
    return "".join(f"{part}/" for part in shared) if any(shared) else ""
