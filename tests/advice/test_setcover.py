"""Set cover: the fewest sets, as brute force finds them."""

from functools import reduce
from itertools import combinations
from operator import or_

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbacgraph.advice.rules import set_cover
from rbacgraph.advice.rules.set_cover import fewest_sets

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
    greedy = set_cover.greedy_cover(numbered)
    assert union(sets[i] for i in greedy) == union(sets)
    assert set_cover._independent(numbered) <= brute(sets) <= len(greedy)


LINES = ["012", "034", "056", "135", "146", "236", "245"]
FANO = [sum(1 << int(point) for point in line) for line in LINES]
"""Each of seven elements in three of seven sets, any two in one of them: the Fano plane."""


@pytest.mark.parametrize("steps", [0, 500])
def test_where_no_simple_proof_is_found_a_search_or_the_solver_finds_one(monkeypatch, steps):
    monkeypatch.setattr(set_cover, "STEPS", steps)
    assert set_cover._independent(dict(enumerate(FANO))) < 3
    cover = fewest_sets(FANO, 0b1111111)
    assert cover.bound == len(cover.chosen) == 3
    assert union(FANO[i] for i in cover.chosen) == 0b1111111


@given(families)
def test_a_search_of_no_steps_leaves_it_to_the_solver(sets):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(set_cover, "STEPS", 0)
        cover = fewest_sets(sets, union(sets))
    assert len(cover.chosen) == cover.bound == brute(sets)


def test_without_either_the_bound_stays_below(monkeypatch):
    monkeypatch.setattr(set_cover, "STEPS", 0)
    monkeypatch.setattr(set_cover, "SIZE", 0)
    cover = fewest_sets(FANO, 0b1111111)
    assert cover.bound < len(cover.chosen)
    assert union(FANO[i] for i in cover.chosen) == 0b1111111
