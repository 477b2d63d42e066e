"""Set cover: the fewest sets, as brute force finds them."""

from functools import reduce
from itertools import combinations
from operator import or_

from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.advice import setcover
from rbacgraph.advice.setcover import fewest_sets

families = st.lists(st.integers(1, 2**8 - 1), min_size=1, max_size=9)


def union(sets):
    return reduce(or_, sets, 0)


def brute(sets):
    every = union(sets)
    return next(
        size
        for size in range(len(sets) + 1)
        if any(union(some) == every for some in combinations(sets, size))
    )


@given(families)
def test_as_few_as_brute_force(sets):
    cover = fewest_sets(sets, union(sets))
    assert union(sets[i] for i in cover.chosen) == union(sets)
    assert len(set(cover.chosen)) == len(cover.chosen) == cover.bound == brute(sets)


@given(families)
def test_greedy_answers_come_with_a_bound(sets):
    numbered = dict(enumerate(sets))
    greedy = setcover.greedy_cover(numbered)
    assert union(sets[i] for i in greedy) == union(sets)
    assert setcover._independent(numbered) <= brute(sets) <= len(greedy)


def test_the_solver_is_asked_where_no_simple_proof_is_found():
    """Each of seven elements in three of seven sets, any two in one of them: the Fano plane."""
    lines = ["012", "034", "056", "135", "146", "236", "245"]
    sets = [sum(1 << int(point) for point in line) for line in lines]
    numbered = dict(enumerate(sets))
    assert setcover._independent(numbered) < 3
    assert fewest_sets(sets, 0b1111111).bound == len(fewest_sets(sets, 0b1111111).chosen) == 3


def test_without_a_solver_the_bound_stays_below(monkeypatch):
    lines = ["012", "034", "056", "135", "146", "236", "245"]
    sets = [sum(1 << int(point) for point in line) for line in lines]
    monkeypatch.setattr(setcover, "SIZE", 0)
    cover = fewest_sets(sets, 0b1111111)
    assert cover.bound < len(cover.chosen)
    assert union(sets[i] for i in cover.chosen) == 0b1111111
