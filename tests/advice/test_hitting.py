"""The fewest choices, against all choices."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.advice.cut.hitting_set import Keep, fewest, path_clause
from rbacgraph.advice.cut.infeasibility import conflicts
from rbacgraph.advice.cut.lower_bound import forcing
from tests.worlds import fewer

NUMBER = 6
some = st.frozensets(st.integers(0, NUMBER - 1), max_size=4)
clauses = st.builds(path_clause, some, st.one_of(st.just(frozenset()), some))
demands = st.lists(clauses, max_size=8)
stays = st.lists(
    st.builds(lambda several: Keep(tuple(several)), st.lists(some, min_size=1, max_size=3)),
    max_size=3,
)
weights = st.lists(st.integers(1, 9), min_size=NUMBER, max_size=NUMBER)
laws = settings(max_examples=fewer(250))


def meets(chosen, demands, stays):
    return all({*d.choices} & chosen or {*d.given} - chosen for d in demands) and all(
        any(not support & chosen for support in stay.supports) for stay in stays
    )


def every(demands, stays):
    for number in range(NUMBER + 1):
        found = [
            frozenset(chosen)
            for chosen in combinations(range(NUMBER), number)
            if meets(frozenset(chosen), demands, stays)
        ]
        if found:
            return found
    return []


@laws
@given(weights, demands, stays)
def test_the_lightest_of_the_fewest(weights, demands, stays):
    solved = fewest(weights, demands, stays)
    found = every(demands, stays)
    assert solved.proven
    if not found:
        assert solved.chosen is None
        return

    def rank(chosen):
        return sum(weights[one] for one in chosen), sum(chosen)

    assert solved.chosen in found
    assert solved.bound == len(solved.chosen)
    assert rank(solved.chosen) == min(map(rank, found))
    assert fewest(weights, demands, stays, quick=True).bound == solved.bound


@laws
@given(demands, stays)
def test_what_forces_so_many_does(demands, stays):
    found = every(demands, stays)
    if not found:
        return
    number = len(found[0])
    places = forcing(demands, stays, number)
    forced = [demands[place] for place in places]
    assert len(every(forced, stays)[0]) == number
    assert number or not places


@laws
@given(demands, stays)
def test_a_conflict_is_what_nothing_meets_and_no_more(demands, stays):
    """There is one wherever nothing meets all; without any part of it there is none."""

    def unmet(few, kept):
        return fewest([1] * NUMBER, few, kept, quick=True).chosen is None

    found = list(conflicts(demands, stays))
    assert bool(found) is unmet(demands, stays)
    for one in found:
        kept = [stays[place] for place in one.stays]
        assert unmet(one.demands, kept)
        for place in range(len(one.demands)):
            assert not unmet([*one.demands[:place], *one.demands[place + 1 :]], kept)
        for place in range(len(kept)):
            assert not unmet(one.demands, [*kept[:place], *kept[place + 1 :]])
