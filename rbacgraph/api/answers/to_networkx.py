"""Steps of an answer as a networkx graph."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rbacgraph.model.answers.paths import Hop, Path
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.text.words import split_node

if TYPE_CHECKING:
    import networkx as nx


class AnswerEdge(NamedTuple):
    """One edge of an answer."""

    source: str
    target: str
    edge: str
    text: str = ""
    effort: int = 0
    condition: str = ""
    evidence: tuple[Evidence, ...] = ()


def path_steps(paths: Iterable[Path]) -> Iterator[AnswerEdge]:
    """Every hop of the paths once, and the way from a collection to the member that counts."""
    seen = set()
    for path in paths:
        here = path.principal
        known = {here}
        for hop in path.hops:
            steps = [_step(hop, source) for source in (hop.source, *hop.others)]
            if hop.source not in known:
                steps.insert(0, AnswerEdge(here, hop.source, "contains"))
            here = hop.target
            known |= {hop.source, here}
            for step in steps:
                if step not in seen:
                    seen.add(step)
                    yield step
        if here != path.target and (last := AnswerEdge(here, path.target, "contains")) not in seen:
            seen.add(last)
            yield last


def _step(hop: Hop, source: str) -> AnswerEdge:
    condition = str(hop.condition)
    return AnswerEdge(source, hop.target, hop.edge, hop.text, hop.effort, condition, hop.evidence)


def network(steps: Iterable[AnswerEdge]) -> "nx.MultiDiGraph[str]":
    """Return the steps as a graph, in their order."""
    import networkx as nx

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for step in steps:
        for node in (step.source, step.target):
            kind, namespace, name = split_node(node)
            graph.add_node(node, kind=kind, namespace=namespace, name=name)
        graph.add_edge(
            step.source,
            step.target,
            edge=step.edge,
            text=step.text,
            effort=step.effort,
            condition=step.condition,
            evidence=step.evidence,
        )
    return graph
