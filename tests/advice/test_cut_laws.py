"""The fewest changes that close the paths to a Secret, against every set of changes there is."""

import random
from math import comb
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.advice.changes.unproven import UnprovenError
from rbacgraph.advice.cut import search
from rbacgraph.advice.cut.kept_paths import KeptPaths
from rbacgraph.advice.cut.masked_graph import MaskedGraph
from rbacgraph.advice.cut.question import CutQuestion
from rbacgraph.advice.edits.apply_edits import apply
from rbacgraph.advice.edits.edits_that_close import EditFinder
from rbacgraph.advice.edits.required_support import RequiredRequest
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.graph.build import build
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.node import format_node
from rbacgraph.model.principal import parse_principal
from rbacgraph.model.request import Request
from rbacgraph.query.access.paths import paths
from tests.advice.cuts import FEW, LOGGED, Case, dense_snapshot
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.worlds import flag, law

KEPT = (
    (),
    (),
    (("user", "", "alice"),),
    (("serviceaccount", "a", "x"),),
    (("group", "", "devs"),),
    (("group", "", "system:serviceaccounts:a"),),
)
BUILDS = 300


def case(seed):
    rng = random.Random(seed)
    secret, kept = rng.choice(("a/s0", "b/s1")), rng.choice(KEPT)
    wants = ()
    if rng.random() < 0.3:
        users = (("bob", ("system:authenticated",)), ("system:serviceaccount:a:x", ()))
        requests = (
            Request("create", resource="pods", namespace="a"),
            Request("get", resource="secrets", namespace="b", name="s0"),
            Request("patch", resource="secrets", namespace="a", name="new"),
        )
        wants = [
            RequiredRequest(user, user, groups, request, LOGGED)
            for user, groups in users
            for request in requests
        ]
    return Case(random_snapshot(seed), secret, kept, certain=rng.random() < 0.3, wants=wants)


STORE_KEPT = ((), (("user", "", "alice"),), (("serviceaccount", "a", "x"),))


def store_case(seed):
    """A question about a secret of a store."""
    rng, snapshot = random.Random(seed), store_snapshot(seed)
    outside = sorted(build(snapshot).world.part(ExternalSecrets).nodes)
    secret = format_node(rng.choice(outside)) if outside else "a/s"
    return Case(snapshot, secret, rng.choice(STORE_KEPT), certain=rng.random() < 0.3)


# A ServiceAccount that cannot be cut off has its path by its group before, then one of its own.
@law(store_case, 45, examples=[600959385])
def test_nobody_else_reaches_a_secret_of_a_store_afterwards(seed):
    cuts_off_everybody_else(store_case(seed))


@law(store_case, 30)
def test_nothing_is_fewer_or_lighter_for_a_secret_of_a_store(seed):
    store_case(seed).check_fewest()


@law(case, 80)
def test_nobody_else_reaches_it_afterwards_and_what_must_stay_does(seed):
    cuts_off_everybody_else(case(seed))


def cuts_off_everybody_else(one):
    found = one.cut()
    assert found.proven
    assert found.bound == len(found.edits)
    assert one.works(found.edits, frozenset(found.blocked))
    for who in found.blocked:  # with a path before, though perhaps by a group
        assert min(one.effort(one.graph, parse_principal(who))) < 10**9
    assert not found.edits or any(found.principals)
    proof = one.prove(found.edits, found.blocked)
    counts_who_is_cut_off(one, found, proof)
    assert set(proof.left) <= set(found.blocked)
    for edit in found.edits[:2]:  # with fewer somebody is left
        with pytest.raises(UnprovenError) as refused:
            one.prove(set(found.edits) - {edit}, found.blocked)
        assert refused.value.why.code is Say.IS_NOT_CUT_OFF


def counts_who_is_cut_off(one, found, proof):
    """Those with a certain path are counted first, the others apart."""
    (told,) = paths(one.graph, secret=one.secret, certain=one.certain).secrets
    question = CutQuestion(one.asked, one.kept, certain=one.certain)
    asked = {format_node(one.graph.nodes[who.principal]) for who in question.others(one.graph)}
    sure = {path.principal for path in told.paths if path.certain} & asked
    only = {path.principal for path in told.paths} & asked - sure
    assert found.principals == (len(sure), len(only))
    assert (proof.principals, proof.principals_conditional) == found.principals
    for edit in found.edits:
        closes = found.closes[edit]
        assert any(closes)
        # Members of a group that loses it may lose a path of their own with it.
        members = {
            format_node(one.graph.nodes[member])
            for group in sure | only
            for member in one.graph.membership.members.get(
                one.graph.index[parse_principal(group)], ()
            )
        }
        if not members:
            assert all(some <= every for some, every in zip(closes, found.principals, strict=True))
            if len(found.edits) == 1 and not found.blocked:
                assert closes == found.principals


@law(case, 30)
def test_no_other_edits_are_fewer_or_as_many_and_lighter(seed):
    one = case(seed)
    found = one.cut()
    universe, number = one.universe(), len(found.edits)
    blocked = frozenset(found.blocked)
    if comb(len(universe), number) <= BUILDS:
        assert one.best(number, blocked) == (number, one.weight(found.edits))
    elif comb(len(universe), number - 1) <= BUILDS:
        assert one.best(number - 1, blocked) is None


DENSE_KEPT = (
    (),
    (),
    (("user", "", "alice"),),
    (("serviceaccount", "shop", "api"),),
    (("group", "", "devs"),),
)


def dense_case(seed):
    rng = random.Random(seed)
    requests = (
        Request("get", resource="pods", namespace="shop"),
        Request("get", resource="secrets", namespace="shop", name="s1"),
        Request("get", resource="configmaps", namespace="other"),
        Request("create", resource="services", namespace="shop"),
    )
    wants = [
        RequiredRequest(user, user, (), request, LOGGED)
        for user in ("alice", "bob")
        for request in rng.sample(requests, 2)
    ]
    if rng.random() < 0.6:
        wants = []
    return Case(dense_snapshot(seed), "shop/s0", rng.choice(DENSE_KEPT), wants=wants)


@law(dense_case, 15)
def test_with_and_without_stars_nothing_is_fewer_or_lighter(seed):
    dense_case(seed).check_fewest()


@law(case, 60, flag, flag)
def test_paths_that_edits_surely_leave_are_left(seed, dense, anew):
    """Of the cluster as it stands, and of one that is built again after others."""
    one = dense_case(seed) if dense else case(seed)
    universe, rng = one.universe(), random.Random(seed)
    made = frozenset(rng.sample(universe, min(len(universe), 3)) if anew else ())
    edits = rng.sample(universe, rng.randint(0, min(4, len(universe))))
    edits += [edit for edit in sorted(made) if rng.random() < 0.7]
    edited = apply(one.editor, made)
    graph = build(edited.snapshot, one.graph.world.secrets)
    question = CutQuestion(one.asked, one.kept, certain=one.certain)
    closers = EditFinder(one.editor, graph, edited, made)
    principals, seeds = question.principals(graph), question.seeds(graph)
    masked = MaskedGraph(graph, closers, principals, question.limits(graph), seeds)
    left = build(apply(one.editor, edits).snapshot, one.graph.world.secrets)
    for find in (masked.ways, masked.joined_ways):
        for way in find(principals.starts, edits, lambda _: frozenset()):
            source = format_node(graph.nodes[way.principal])  # may go through a group of its own
            found = paths(left, secret=one.secret, source=source, certain=one.certain)
            assert found.secrets[0].paths
            closing = closers.of_path(way.edges, edits)
            assert closing.edits.isdisjoint(edits)
            assert closing.given <= set(edits)


FOLDER = Path(__file__).parents[2] / "fixtures" / "edges"
FLAGS = FOLDER / "always-allow" / "yes.yaml"
"""What flags of an API server give: no change of objects takes it away."""

FIXTURES = sorted({*FOLDER.glob("*/yes.yaml")} - {FLAGS})


@pytest.mark.parametrize("file", FIXTURES, ids=lambda file: file.parent.name)
def test_every_technique_is_cut_off_by_as_few_as_can_be(file):
    snapshot = rg.load(file, bootstrap=False).snapshot
    for namespace, name in sorted(build(snapshot).world.secrets)[:1]:
        one = Case(snapshot, f"{namespace}/{name}")
        found = one.cut()
        number = len(found.edits)
        assert found.proven
        assert found.bound == number
        # No change of RBAC takes from a store's own identity what the store lets it read, or from
        # an identity of AWS what aws-auth maps it to.
        uncut = {"store-reads", "store-login", "mapped-by-aws-auth"}
        ways = [{hop.edge for hop in blocked.path.hops} for blocked in found.blocked.values()]
        assert not any(uncut.isdisjoint(way) for way in ways)
        blocked = frozenset(found.blocked)
        assert one.works(found.edits, blocked)
        if number and comb(len(one.universe()), number - 1) <= FEW:
            assert one.best(number - 1, blocked) is None


def test_what_flags_give_is_not_cut_off():
    found = Case(rg.load(FLAGS, bootstrap=False).snapshot, "shop/db").cut()
    assert not found.edits
    assert found.blocked


# In both the search gives the last principal up once it has ended.
@law(case, 30, examples=[347843733, 95932819])
def test_a_search_that_is_ended_is_no_less_right(seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "ROUNDS", 1)
        one = case(seed)
        found = one.cut()
    assert one.works(found.edits, frozenset(found.blocked))
    assert found.bound <= len(found.edits)
    assert not found.proven or found.bound == len(found.edits)


@law(case, 60, flag)
def test_edits_take_paths_of_kept_principals_as_builds_show(seed, dense):
    """Masks spare builds, and change nothing: against a build for every set of edits."""
    one, rng = dense_case(seed) if dense else case(seed), random.Random(seed)
    who = sorted(one.reachers(one.graph))
    kept = tuple(map(parse_principal, rng.sample(who, min(len(who), 2))))
    one = Case(one.snapshot, one.secret, kept, certain=one.certain)
    universe = one.universe()
    chosen = sorted(rng.sample(universe, min(len(universe), rng.randint(2, 9))))
    question = CutQuestion(one.asked, one.kept, certain=one.certain)
    made = apply(one.editor, ())
    closers = EditFinder(one.editor, one.graph, made, frozenset())
    principals, seeds = question.principals(one.graph), question.seeds(one.graph)
    masked = MaskedGraph(one.graph, closers, principals, question.limits(one.graph), seeds)
    after = build(apply(one.editor, chosen).snapshot)
    paths_kept = KeptPaths(one.graph, question, one.editor)
    assert list(paths_kept.lost(after, chosen, masked)) == list(taking(one, chosen))


def taking(one, chosen):
    """Yield the edits that alone take a path of a kept principal, or else few that do together."""
    for node in one.kept:

        def is_dearer(edits, node=node):
            after = one.effort(build(apply(one.editor, edits).snapshot), node)
            return any(new > old for new, old in zip(after, one.before[node], strict=True))

        if is_dearer(chosen):
            alone = [edit for edit in chosen if is_dearer([edit])]
            left = list(chosen)
            for edit in chosen:
                rest = [other for other in left if other != edit]
                left = rest if is_dearer(rest) else left
            yield from ((edit,) for edit in alone) if alone else [tuple(left)]
