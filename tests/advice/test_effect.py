"""What changes do, against the paths of everybody to every Secret, pair by pair."""

import io
import random

import networkx as nx
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.changes.access_effect import effect
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.graph.build import build
from rbacgraph.model.changes.access_effect import Pairs
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.statement import NOTHING
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.arrays.path_filter import PathFilter
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.worlds import flag, law

EVERYTHING = 10**6


def dropped(rng, snapshot):
    """Take the subjects of some binding away."""
    bindings = [*snapshot.role_bindings, *snapshot.cluster_role_bindings]
    binding = rng.choice(bindings)
    return [Change(before=binding, after=replace(binding, subjects=()), why=NOTHING)]


def own_pairs(graph, *, certain):
    """Every principal with every Secret that it has a path of its own to; and for certain."""
    rows = exposure(graph).rows
    found = [paths(graph, secret=row.secret, certain=certain).secrets[0] for row in rows]
    pairs = [(path.principal, told.secret, path.certain) for told in found for path in told.paths]
    return {pair[:2] for pair in pairs}, {pair[:2] for pair in pairs if pair[2]}


def with_members(graph, pairs, *graphs):
    membership = nx.DiGraph(
        (member, group)
        for one in graphs
        for member, group, data in one.to_networkx().edges(data=True)
        if data["edge"] == "member-of"
    )
    pairs = pairs | {("group:system:masters", row.secret) for row in exposure(graph).rows}
    return pairs | {
        (member, secret)
        for group, secret in pairs
        if group in membership
        for member in nx.ancestors(membership, group)
    }


def told(pairs):
    return {(linked.name, other) for linked in pairs.by_principal for other in linked.first}


def turned(pairs):
    return {(other, linked.name) for linked in pairs.by_secret for other in linked.first}


@law(random_snapshot, 150, flag, flag)
def test_pairs_are_those_of_the_paths(seed, certain, back):
    agrees(random_snapshot(seed), seed, certain=certain, back=back)


@law(store_snapshot, 45, flag, flag)
def test_secrets_of_stores_count_like_others(seed, certain, back):
    agrees(store_snapshot(seed), seed, certain=certain, back=back)


def agrees(snapshot, seed, *, certain, back):
    before = build(snapshot)
    after = build(applied(snapshot, dropped(random.Random(seed), snapshot)))
    if back:
        before, after = after, before
    found = effect(before, after, limits=PathFilter(certain=certain), most=EVERYTHING)
    (old, old_sure), (new, new_sure) = (own_pairs(g, certain=certain) for g in (before, after))
    gone, come = (
        old - with_members(after, new, after, before),
        new - with_members(before, old, after, before),
    )
    assert told(found.gone) == turned(found.gone) == gone
    assert told(found.new) == turned(found.new) == come
    for pairs, every, sure in ((found.gone, gone, old_sure), (found.new, come, new_sure)):
        certain, others = every & sure, every - sure
        assert (pairs.total, pairs.conditional_total) == (len(certain), len(others))
        for side, listed in ((0, pairs.by_principal), (1, pairs.by_secret)):
            names, maybe = ({pair[side] for pair in some} for some in (certain, others))
            numbers = (
                (pairs.principals, pairs.conditional_principals),
                (pairs.secrets, pairs.conditional_secrets),
            )[side]
            assert numbers == (len(names), len(maybe - names))
            for one in listed:
                assert one.total == sum(pair[side] == one.name for pair in certain)
                assert one.conditional == sum(pair[side] == one.name for pair in others)
            ranks = [(-one.total, -one.conditional) for one in listed]
            assert ranks == sorted(ranks)
    for side, sure, every in ((found.before, old_sure, old), (found.after, new_sure, new)):
        assert side.pairs == len(sure)
        assert side.pairs + side.conditional_pairs == len(every)
        assert side.secrets == len({secret for _, secret in sure})
        assert side.principals == len({principal for principal, _ in sure})
        assert side.principals + side.conditional_principals == len({p for p, _ in every})


@law(random_snapshot, 40)
def test_short_lists_begin_as_long_ones(seed):
    snapshot = random_snapshot(seed)
    before = build(snapshot)
    after = build(applied(snapshot, dropped(random.Random(seed), snapshot)))
    whole = effect(before, after, most=EVERYTHING).gone
    short = effect(before, after, most=2).gone

    def shortened(several):
        return tuple(replace(one, first=one.first[:2]) for one in several[:2])

    assert short == replace(
        whole,
        by_principal=shortened(whole.by_principal),
        by_secret=shortened(whole.by_secret),
    )


def test_nothing_changes_where_nothing_is_changed():
    graph = build(random_snapshot(7))
    found = effect(graph, graph)
    assert found.before == found.after
    assert found.gone == found.new == Pairs()


NAMED = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules:
- {apiGroups: [""], resources: [secrets], resourceNames: [db], verbs: [get, update]}
- {apiGroups: [""], resources: [secrets], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: alice}]
"""


def test_a_secret_that_no_rule_names_any_more_is_reached_still():
    need = io.BytesIO(b"user:alice get secrets -n shop")
    cluster = rg.load(io.BytesIO(NAMED.encode()))
    proof = cluster.suggest(principal="user:alice", need=need).result.proof
    assert (proof.effect.before.pairs, proof.effect.after.pairs) == (1, 1)
    assert proof.effect.gone.total == 0
