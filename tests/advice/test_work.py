"""Every search for the fewest ends after so much work: some steps, and some for each part."""

import cProfile
import random
from functools import reduce
from operator import or_

import pytest

from rbacgraph.advice.cut import hitting_set
from rbacgraph.advice.rewrite.subtract_resource import without
from rbacgraph.advice.rules import fewest_rules as fewest
from rbacgraph.advice.rules import set_cover
from rbacgraph.advice.rules.fewest_rules import fewest_rules, merged
from rbacgraph.advice.rules.set_cover import fewest_sets
from rbacgraph.authz.coverage import breakdown, covers
from rbacgraph.model.kubernetes.rbac import PolicyRule

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
STEPS = 20_000
"""In place of each budget, so that little is enough to use them up."""


def _some(rng, entries, share):
    return tuple(one for one in entries if rng.random() < share) or (rng.choice(entries),)


def dense(rules, groups, resources, names=0):
    """Rules of random entries; most of them overlap with most others."""
    rng = random.Random(f"{rules} {groups} {resources} {names}")
    every = [
        [f"{what}{n}" for n in range(size)]
        for what, size in (("g", groups), ("r", resources), ("n", names))
    ]
    return [
        PolicyRule(
            _some(rng, VERBS, 0.5),
            *(_some(rng, entries, 0.3) for entries in every[:2]),
            _some(rng, every[2], 0.3) if names else None,
        )
        for _ in range(rules)
    ]


def apart(size):
    """All but one resource of each of many groups: no two groups may have all the same."""
    every = [f"r{n}" for n in range(size)]
    return [
        PolicyRule(("get",), (f"g{n}",), tuple(one for one in every if one != f"r{n}"))
        for n in range(size)
    ]


def star(groups, resources):
    """What is left of a role for everything, where groups have much that is called alike."""
    known = {f"g{g}": tuple(f"r{(g * r) % 97}" for r in range(resources)) for g in range(groups)}
    known["apps"] = ("deployments", "deployments/scale", "statefulsets")
    rules = [
        PolicyRule(VERBS, ("*",), ("*/scale", "deployments", "r1")),
        PolicyRule(("get", "list"), ("*",), ("*",)),
        *(PolicyRule((verb,), ("*", "apps"), ("*",)) for verb in VERBS),
    ]
    return list(without(rules, "apps", "deployments", known).rules)


NASTY = {
    "dense": lambda: dense(20, 6, 20),
    "dense, named": lambda: dense(16, 3, 12, 10),
    "one group": lambda: dense(40, 1, 40),
    "many verbs": lambda: dense(60, 2, 6, 4),
    "apart": lambda: apart(40),
    "star": lambda: star(60, 40),
    "parts": lambda: [part for one in dense(12, 5, 12) for part in breakdown(one)],
}


@pytest.fixture
def little_work(monkeypatch):
    monkeypatch.setattr(fewest, "_GREEDY", STEPS)
    for name in ("WORK", "_SOLVED", "SIZE"):
        monkeypatch.setattr(set_cover, name, STEPS if name != "SIZE" else 500)
    monkeypatch.setattr(hitting_set, "_WORK", STEPS)


def calls_of(do):
    """Return what is done, and how many calls of functions that takes."""
    profile = cProfile.Profile()
    done = profile.runcall(do)
    return done, sum(one.callcount for one in profile.getstats())


def parts_of(rules):
    return {part for one in rules for part in breakdown(one)}


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.usefixtures("little_work")
def test_the_fewest_rules_end_after_so_much_work(name):
    needed = NASTY[name]()
    size = len(parts_of(needed))
    answer, calls = calls_of(lambda: fewest_rules(needed, budget=STEPS))
    assert calls < 60 * STEPS + 600 * size
    assert 0 < answer.bound <= len(answer.rules)
    assert covers(answer.rules, needed)[0]
    assert covers(needed, answer.rules)[0]
    assert fewest_rules(needed, budget=STEPS) == answer


@pytest.mark.parametrize("limit", [0, 10**9])
def test_what_is_too_large_to_search_is_put_together(limit, monkeypatch):
    monkeypatch.setattr(fewest, "_PARTS", limit)
    needed = [part for one in dense(3, 3, 5) for part in breakdown(one)]
    needed.append(PolicyRule(("get",), non_resource_urls=("/a", "/b")))
    answer = fewest_rules(needed)
    assert parts_of(answer.rules) == parts_of(needed)
    assert answer.bound <= len(answer.rules) < len(needed)
    assert (answer.bound == 1) == (limit == 0)


def test_rules_that_are_put_together_allow_the_same():
    for seed in range(40):
        needed = dense(1 + seed % 7, 1 + seed % 3, 4, seed % 3)
        assert parts_of(merged(needed)) == parts_of(needed)


@pytest.mark.parametrize(("sets", "elements", "share"), [(600, 60, 0.1), (300, 300, 0.3)])
@pytest.mark.usefixtures("little_work")
def test_the_fewest_sets_end_after_so_much_work(sets, elements, share):
    rng = random.Random(sets)
    family = [sum(1 << one for one in range(elements) if rng.random() < share) for _ in range(sets)]
    every = reduce(or_, family)
    cover, calls = calls_of(lambda: fewest_sets(family, every))
    assert calls < 60 * STEPS + 30 * sum(one.bit_count() for one in family)
    assert 0 < cover.bound <= len(cover.chosen)
    assert reduce(or_, (family[i] for i in cover.chosen)) == every
    assert fewest_sets(family, every) == cover


def test_demands_that_others_meet_may_stay_where_dropping_them_takes_too_much(monkeypatch):
    rng = random.Random(5)
    demands = [hitting_set.path_clause(rng.sample(range(12), 3)) for _ in range(40)]
    known = hitting_set.fewest([1] * 12, demands, [])
    monkeypatch.setattr(hitting_set, "_WORK", 0)
    assert hitting_set.fewest([1] * 12, demands, []) == known
