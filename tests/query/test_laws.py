"""What every answer must keep, checked against plain networkx on random clusters."""

from functools import cached_property

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from rbacgraph.edges import EDGES
from rbacgraph.graph import build
from rbacgraph.query.exposure import exposure
from rbacgraph.query.paths import paths
from rbacgraph.query.reach import reach
from tests.query.clusters import random_snapshot

STRUCTURAL = {edge.id for edge in EDGES if edge.structural}
seeds = st.integers(min_value=0, max_value=10**9)
laws = settings(max_examples=120, deadline=None, derandomize=True)


class Plain:
    """The same graph, asked by definition: slow, and obviously right."""

    def __init__(self, graph, *, certain):
        whole = graph.to_networkx()
        self.graph = nx.MultiDiGraph()
        self.graph.add_nodes_from(whole.nodes(data=True))
        self.graph.add_edges_from(
            edge for edge in whole.edges(data=True) if not (certain and edge[2]["condition"])
        )

    @cached_property
    def principals(self):
        kinds = {"user", "group", "serviceaccount"}
        return sorted(
            name
            for name, data in self.graph.nodes(data=True)
            if data["kind"] in kinds and name != "group:system:masters"
        )

    def _of_kind(self, edge):
        return nx.DiGraph(
            (u, v) for u, v, data in self.graph.edges(data=True) if data["edge"] == edge
        )

    @cached_property
    def _membership(self):
        return self._of_kind("member-of")

    def groups(self, principal):
        if principal not in self._membership:
            return set()
        return nx.descendants(self._membership, principal)

    def own_effort(self, principal, secret):
        """Effort of the cheapest own path, None for none."""
        hidden = self.groups(principal)
        around = nx.MultiDiGraph(self.graph)
        around.remove_nodes_from(hidden)
        around.remove_edges_from(
            [
                (u, v, key)
                for u, v, key, data in around.edges(keys=True, data=True)
                if u == principal and data["edge"] == "member-of"
            ]
        )
        try:
            return nx.dijkstra_path_length(around, principal, secret, weight="effort")
        except nx.NetworkXNoPath:
            return None

    def reached_from(self, source):
        return nx.single_source_dijkstra_path_length(self.graph, source, weight="effort")


def secrets_of(graph):
    return sorted(f"secret:{namespace}/{name}" for namespace, name in graph.world.secrets)


@laws
@given(seeds)
def test_paths_are_exactly_the_cheapest_own_paths(seed):
    graph = build(random_snapshot(seed))
    sure, every = Plain(graph, certain=True), Plain(graph, certain=False)
    for secret in secrets_of(graph):
        (answer,) = paths(graph, secret=secret).secrets
        found = {(path.principal, path.certain): path.effort for path in answer.paths}
        expected = {}
        for principal in sure.principals:
            certain = sure.own_effort(principal, secret)
            effort = every.own_effort(principal, secret)
            if certain is not None:
                expected[principal, True] = certain
            if effort is not None and (certain is None or effort < certain):
                expected[principal, False] = effort
        assert found == expected


@laws
@given(seeds)
def test_exposure_counts_what_paths_tell(seed):
    graph = build(random_snapshot(seed))
    rows = {row.secret: row for row in exposure(graph).rows}
    assert sorted(rows) == secrets_of(graph)
    for secret, row in rows.items():
        (answer,) = paths(graph, secret=secret).secrets
        sure = {path.principal for path in answer.paths if path.certain}
        every = {path.principal for path in answer.paths}
        assert row.certain == len(sure)
        assert row.conditional == len(every - sure)
        assert row.members == sum(m.service_accounts + m.users for m in answer.members)
        assert {path.opening for path in answer.paths} <= set(row.opening)
        if answer.paths:
            assert row.effort == min(
                path.effort for path in answer.paths if path.certain or not sure
            )
            assert row.principal in every
            assert row.cheapest[-1] in row.opening


@laws
@given(seeds)
def test_reach_is_paths_seen_from_the_other_side(seed):
    graph = build(random_snapshot(seed))
    every = Plain(graph, certain=False)
    secrets = set(secrets_of(graph))
    for source in [*every.principals, *(n for n in every.graph if n.startswith(("pod:", "node:")))]:
        found = {
            one.target: min(path.effort for path in (one.certain, one.conditional) if path)
            for one in reach(graph, source=source).reached
        }
        efforts = every.reached_from(source)
        assert {t: e for t, e in found.items() if t in secrets} == {
            t: e for t, e in efforts.items() if t in secrets
        }
        for secret in secrets:
            (answer,) = paths(graph, secret=secret, source=source).secrets
            assert bool(answer.paths) == (secret in found)


@laws
@given(seeds)
def test_every_path_is_a_chain_of_techniques(seed):
    graph = build(random_snapshot(seed))
    plain = Plain(graph, certain=False).graph
    for secret in secrets_of(graph):
        (answer,) = paths(graph, secret=secret, max_paths=3).secrets
        for path in answer.paths:
            assert path.hops[-1].target == path.target == secret
            assert path.hops[0].source == path.principal
            for before, after in zip(path.hops, path.hops[1:], strict=False):
                assert before.target == after.source
            for hop in path.hops:
                assert hop.edge not in STRUCTURAL
                assert hop.evidence
                assert nx.has_path(plain, hop.source, hop.target)


@laws
@given(seeds, st.integers(min_value=1, max_value=3))
def test_limits_only_take_away(seed, hops):
    graph = build(random_snapshot(seed))
    for secret in secrets_of(graph):
        whole = _principals(paths(graph, secret=secret))
        assert _principals(paths(graph, secret=secret, max_hops=hops)) <= whole
        short = paths(graph, secret=secret, max_hops=hops).secrets[0].paths
        assert all(len(path.hops) <= hops for path in short)
        without = paths(graph, secret=secret, without=["create-pod"]).secrets[0].paths
        assert all(hop.edge != "create-pod" for path in without for hop in path.hops)
        via = paths(graph, secret=secret, via=["request-token"]).secrets[0].paths
        assert all(any(hop.edge == "request-token" for hop in path.hops) for path in via)
        certain = paths(graph, secret=secret, certain=True).secrets[0].paths
        assert all(path.certain for path in certain)


@laws
@given(seeds)
def test_more_paths_start_with_the_cheapest(seed):
    graph = build(random_snapshot(seed))
    for secret in secrets_of(graph):
        one = paths(graph, secret=secret).secrets[0].paths
        many = paths(graph, secret=secret, max_paths=5).secrets[0].paths
        assert len(set(many)) == len(many)
        cheapest = {}
        for path in many:
            cheapest[path.principal] = min(path.effort, cheapest.get(path.principal, path.effort))
        expected = {}
        for path in one:
            expected[path.principal] = min(path.effort, expected.get(path.principal, path.effort))
        assert cheapest == expected


@laws
@given(seeds)
def test_the_order_of_the_input_does_not_matter(seed):
    from msgspec.structs import replace

    snapshot = random_snapshot(seed)
    turned = replace(
        snapshot,
        **{
            field: tuple(reversed(getattr(snapshot, field)))
            for field in ("secrets", "pods", "service_accounts", "cluster_roles", "role_bindings")
        },
    )
    one, other = build(snapshot), build(turned)
    assert _plain_edges(one) == _plain_edges(other)
    assert [(r.secret, r.certain, r.conditional, r.effort) for r in exposure(one).rows] == [
        (r.secret, r.certain, r.conditional, r.effort) for r in exposure(other).rows
    ]


def _plain_edges(graph):
    edges = graph.to_networkx().edges(data=True)
    return sorted((u, v, d["edge"], d["condition"]) for u, v, d in edges)


def _principals(result):
    return {path.principal for path in result.secrets[0].paths}
