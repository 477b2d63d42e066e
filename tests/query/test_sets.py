"""Sets that are shared and handed down, against plain Python."""

import networkx as nx
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import BitMap

from rbacgraph.graph import build
from rbacgraph.graph.access import sorting
from rbacgraph.query.dag import Dag
from rbacgraph.query.sets import EMPTY, Sets, distinct, runs
from rbacgraph.query.spread import Spread
from tests.query.clusters import random_snapshot

SIZE = 8
number = st.integers(0, SIZE - 1)
pairs = st.lists(st.tuples(number, number), max_size=30)
members = st.lists(st.frozensets(number), min_size=SIZE, max_size=SIZE)
base = st.frozensets(number)


def integers(values):
    return np.array(list(values), dtype=np.int64)


large = st.lists(st.one_of(st.integers(0, 3), st.integers(0, 1 << 20), st.integers(0, 1 << 50)))


@given(large)
def test_integers_are_sorted_stably(values):
    order = sorting(integers(values)).tolist()
    assert order == sorted(range(len(values)), key=values.__getitem__)


@given(large)
def test_what_is_different_is_told_once_in_order(values):
    assert distinct(integers(values)).tolist() == sorted(set(values))
    ordered = sorted(values)
    different, starts = runs(integers(ordered))
    assert different.tolist() == sorted(set(values))
    assert starts.tolist() == [ordered.index(value) for value in different.tolist()]


def expecting(base):
    sets = Sets()
    sets.expect(BitMap(base))
    return sets


def kept(sets, found):
    return integers(sets.add(BitMap(one)) for one in found)


@given(pairs, members, base)
def test_everyone_has_the_union_of_what_is_given(given_pairs, found, base):
    sets = expecting(base)
    numbers = kept(sets, found)
    owners, united = sets.gather(
        integers(owner for owner, _ in given_pairs), numbers[integers(n for _, n in given_pairs)]
    )
    expected = {}
    for owner, which in given_pairs:
        if found[which]:
            expected.setdefault(owner, set()).update(found[which])
    assert owners.tolist() == sorted(expected)
    told = {
        owner: set(sets[which])
        for owner, which in zip(owners.tolist(), united.tolist(), strict=True)
    }
    assert told == expected
    assert EMPTY not in united


@given(members, members, base)
def test_a_union_is_one_of_the_two_where_that_holds_the_other(one, other, base):
    sets = expecting(base)
    for first, second in zip(kept(sets, one).tolist(), kept(sets, other).tolist(), strict=True):
        united = sets.unite(first, second)
        assert set(sets[united]) == {*sets[first], *sets[second]}
        if sets[first] >= sets[second] or sets[second] >= sets[first]:
            assert united in (first, second)


@given(members, members, base, st.frozensets(number))
def test_what_a_set_lacks_of_another_is_told(one, other, base, kept_back):
    sets = expecting(base)
    for first, second in zip(kept(sets, one).tolist(), kept(sets, other).tolist(), strict=True):
        lacking = sets.lacking(first, second, BitMap(kept_back))
        assert lacking == sets[second] - sets[first] - BitMap(kept_back)


@given(pairs, members, st.frozensets(number))
def test_whoever_follows_a_changed_node_has_its_set(edges, found, where):
    edges = [(min(edge), max(edge)) for edge in edges]
    sets = Sets()
    numbers = kept(sets, [one if node in where else set() for node, one in enumerate(found)])
    changed = numbers != EMPTY
    before = changed.copy()
    dag = Dag(integers(u for u, _ in edges), integers(v for _, v in edges), SIZE)
    dag.hand_down(numbers, changed, sets)
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(SIZE))
    for node in graph:
        into = {node, *nx.ancestors(graph, node)} & where
        expected = set().union(*(found[one] for one in into))
        assert set(sets[int(numbers[node])]) == expected
        own = set(found[node]) if node in where else set()
        assert bool(changed[node]) == (bool(before[node]) or expected != own)


@example(47790)  # all that is new lies beyond a group
@given(st.integers(0, 10**9))
def test_to_go_on_from_fewer_edges_is_to_begin_anew(seed):
    graph = build(random_snapshot(seed))
    fewer = (graph.condition == 0) & (np.arange(len(graph.condition)) % 5 != seed % 5)
    every = np.ones(len(fewer), dtype=bool)
    nodes = np.arange(len(graph.nodes))
    sets, others = Sets(), Sets()
    base = Spread(graph, graph.principals, fewer, sets)
    further = Spread(graph, graph.principals, every, sets, base=base).reaching(nodes)
    anew = Spread(graph, graph.principals, every, others).reaching(nodes)
    assert [sets[n] for n in further.tolist()] == [others[n] for n in anew.tolist()]
