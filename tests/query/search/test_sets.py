"""Sets that are shared and handed down, against plain Python."""

from itertools import product

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from rbacgraph.graph.build import build
from rbacgraph.graph.edge_arrays import sorting
from rbacgraph.query.arrays.bitmap_store import EMPTY, BitmapStore, distinct, runs
from rbacgraph.query.closure.closure import Closure
from rbacgraph.query.closure.propagation import Condensation, Propagation
from tests.query.clusters import random_snapshot
from tests.worlds import law

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


def kept(sets, found):
    return integers(sets.add(BitMap(one)) for one in found)


def kept_beside(found, base):
    """Keep sets, those of even places beside a base; return what all hold, and that base."""
    sets = BitmapStore()
    large = sets.add_base(BitMap(base))
    numbers = [sets.add(BitMap(one), EMPTY if n % 2 else large) for n, one in enumerate(found)]
    whole = [set(one) if n % 2 else {*one, *base} for n, one in enumerate(found)]
    assert [set(sets[number]) for number in numbers] == whole
    return sets, integers(numbers), whole, large


@given(pairs, members, base, base)
def test_everyone_has_the_union_of_what_is_given(given_pairs, found, base, more):
    sets, numbers, whole, large = kept_beside(found, base)
    owners, united = sets.gather(
        integers(owner for owner, _ in given_pairs), numbers[integers(n for _, n in given_pairs)]
    )
    holding = {owner for owner, which in given_pairs if which % 2 == 0}
    expected = {}
    for owner, which in given_pairs:
        if whole[which] or owner in holding:
            expected.setdefault(owner, set()).update(whole[which])
    assert owners.tolist() == sorted(expected)
    assert EMPTY not in united
    assert {owners[n] for n in np.flatnonzero(sets.holding_base(united))} == holding
    assert sets.grow(large, BitMap(more)) == (not more <= base)
    for owner, which in zip(owners.tolist(), united.tolist(), strict=True):
        told = expected[owner] | (more if owner in holding else set())
        assert set(sets[which]) == told
        assert sets.size(which) == len(told)
        assert set(sets.own(which) | sets.base(which)) == told
        assert not sets.own(which) & sets.base(which)


@given(members, members, base, base)
def test_a_union_is_one_of_the_two_where_that_holds_the_other(one, other, base, more):
    sets, numbers, _, large = kept_beside([*one, *other], base)
    for grown in (False, True):
        for first, second in product(numbers[: len(one)].tolist(), numbers[len(one) :].tolist()):
            united = sets.unite(first, second)
            assert set(sets[united]) == {*sets[first], *sets[second]}
            bases = sets.holding_base(integers([first, second])).tolist()
            for n, holds in ((first, bases[0]), (second, bases[1])):
                if not grown and sets[n] >= sets[united] and holds == any(bases):
                    assert united in (first, second)
        sets.grow(large, BitMap(more))


@given(members, members, base, base, st.frozensets(number))
def test_what_a_set_lacks_of_another_is_told(one, other, base, more, kept_back):
    sets, numbers, _, large = kept_beside([*one, *other], base)
    for _ in range(2):
        for first, second in product(numbers[: len(one)].tolist(), numbers[len(one) :].tolist()):
            lacking = sets.lacking(first, second, BitMap(kept_back))
            assert lacking == sets[second] - sets[first] - BitMap(kept_back)
        sets.grow(large, BitMap(more))


@given(members, base, base)
def test_sets_move_to_another_base(found, base, more):
    sets, numbers, whole, _ = kept_beside(found, base)
    larger = sets.add_base(BitMap({*base, *more}))
    moved = sets.with_base(numbers, larger)
    for n, (before, after) in enumerate(zip(numbers.tolist(), moved.tolist(), strict=True)):
        assert set(sets[before]) == whole[n]
        assert set(sets[after]) == whole[n] | (set() if n % 2 else set(more))


@given(members, members, base, base, st.lists(number))
def test_what_is_forgotten_changes_no_other_set(found, others, base, more, places):
    sets, numbers, whole, large = kept_beside(found, base)
    for first, second in product(numbers.tolist(), numbers.tolist()):
        sets.unite(first, second)
    kept_numbers = np.append(numbers[places], large)
    sets.forget_all_but(kept_numbers)
    assert int(kept_numbers.max(initial=0)) <= len(places) + 1
    for round_of_more in (set(), set(more)):
        sets.grow(int(kept_numbers[-1]), BitMap(round_of_more))
        for place, which in zip(places, kept_numbers.tolist(), strict=False):
            held = whole[place] | (set() if place % 2 else round_of_more)
            assert set(sets[which]) == held
            for other in others:
                united = sets.unite(which, sets.add(BitMap(other)))
                assert set(sets[united]) == held | other


@given(pairs, members, st.frozensets(number))
def test_whoever_follows_a_changed_node_has_its_set(edges, found, where):
    edges = [(min(edge), max(edge)) for edge in edges]
    sets = BitmapStore()
    numbers = kept(sets, [one if node in where else set() for node, one in enumerate(found)])
    changed = numbers != EMPTY
    before = changed.copy()
    dag = Condensation(integers(u for u, _ in edges), integers(v for _, v in edges), SIZE)
    dag.hand_down(numbers, changed, sets)
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(SIZE))
    for node in graph:
        into = {node, *nx.ancestors(graph, node)} & where
        expected = set().union(*(found[one] for one in into))
        assert set(sets[int(numbers[node])]) == expected
        own = set(found[node]) if node in where else set()
        assert bool(changed[node]) == (bool(before[node]) or expected != own)


@given(pairs, pairs, number)
def test_the_giant_component_hands_on_what_comes_later(edges, gifts, giant):
    """Against plain reachability, with gifts to components one after the other."""
    edges = [(min(edge), max(edge)) for edge in edges]
    sets = BitmapStore()
    handing = Propagation(SIZE, giant, sets)
    handing.go_over(integers(u for u, _ in edges), integers(v for _, v in edges))
    graph = nx.DiGraph(edges)
    graph.add_nodes_from(range(SIZE))
    expected = {node: set() for node in graph}
    for where, whom in gifts:
        handing.give(where, sets.add(BitMap([whom])))
        while not handing.settled:
            handing.hand_down()
        for node in (where, *nx.descendants(graph, where)):
            expected[node].add(whom)
        assert {n: set(sets[int(handing.numbers[n])]) for n in graph} == expected
        assert [n for n in graph if handing.numbers[n] == EMPTY] == [
            n for n in graph if not expected[n]
        ]


# 47790: all that is new lies beyond a group
@law(random_snapshot, 100, examples=[47790])
def test_to_go_on_from_fewer_edges_is_to_begin_anew(seed):
    graph = build(random_snapshot(seed))
    fewer = (graph.condition == 0) & (np.arange(len(graph.condition)) % 5 != seed % 5)
    every = np.ones(len(fewer), dtype=bool)
    nodes = np.arange(len(graph.nodes))
    sets, others = BitmapStore(), BitmapStore()
    base = Closure(graph, graph.principals, fewer, sets)
    if seed % 2:
        sets.forget_all_but(base.numbers)
    spread = Closure(graph, graph.principals, every, sets, base=base)
    if seed % 2:
        sets.forget_all_but(spread.numbers, base.numbers)
    further = spread.reaching(nodes)
    anew = Closure(graph, graph.principals, every, others).reaching(nodes)
    assert [sets[n] for n in further.tolist()] == [others[n] for n in anew.tolist()]
