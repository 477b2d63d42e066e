"""The table of ``reach`` by namespace: what is certain, and what depends on a condition, apart."""

from collections import Counter

from rbacgraph.graph.build import build
from rbacgraph.model.node import PRINCIPALS, format_node
from rbacgraph.query.access.reach import reach
from rbacgraph.report.answers.reach import reach_text
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.words import is_identity, is_in_store, is_outside, namespace_of
from tests.query.clusters import random_snapshot
from tests.worlds import worlds

TITLES = ["NAMESPACE", "SECRETS", "IDENTITIES", "OTHERS"]


def sort_of(kind):
    if kind == "secret" or is_in_store(kind):
        return "SECRETS"
    return "IDENTITIES" if is_identity(kind) and not is_outside(kind) else "OTHERS"


def numbers(cell):
    certain, _, conditional = cell.partition(" +")
    return int(certain.replace(",", "")), int(conditional.replace(",", "") or 0)


def table(text):
    """The cells of each line, by namespace in order."""
    lines = iter(text.splitlines())
    head = next((line for line in lines if line.split() == TITLES), None)
    if head is None:
        return {}
    ends = [head.index(title) + len(title) for title in TITLES[1:]]
    found = {}
    for line in lines:
        if not line:
            return found
        bounds = zip([head.index(TITLES[1]) - 1, *ends], ends, strict=False)
        name, *_ = line.split()
        found[name] = [numbers(line[start:end].strip()) for start, end in bounds]
    return found


def test_each_cell_counts_certain_targets_then_the_others():
    seen = Counter()
    for seed in worlds(random_snapshot, 24):
        graph = build(random_snapshot(seed))
        for number in graph.principals.numbers:
            if graph.nodes[number][0] not in PRINCIPALS:
                continue
            result = reach(graph, source=format_node(graph.nodes[number]))
            told = table(reach_text(result, Look(wide=True)))
            expected = {}
            for one in result.reached:
                place = namespace_of(one.target) or "(without)"
                cells = expected.setdefault(place, Counter())
                cells[sort_of(one.kind), one.certain is not None] += 1
            if len(expected.keys() - {"(without)"}) < 2:
                assert not told
                continue
            titles = TITLES[1:]
            assert told == {
                place: [(cells[title, True], cells[title, False]) for title in titles]
                for place, cells in expected.items()
            }
            ranks = [
                (-secrets[0], -sum(one[0] for one in cells), -secrets[1])
                for place, cells in told.items()
                if place != "(without)"
                for secrets in [cells[0]]
            ]
            assert ranks == sorted(ranks)
            seen.update(one[1] > 0 for cells in told.values() for one in cells)
    assert min(seen[True], seen[False]) > 10
