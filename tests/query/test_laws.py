"""What every answer must keep, checked against plain networkx on random clusters."""

import random
from functools import cached_property

import networkx as nx
import pytest

from rbacgraph.graph.build import build
from rbacgraph.model.node import format_node
from rbacgraph.query.access.explain_path import PathExplainer
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import PathsQuestion, paths
from rbacgraph.query.access.reach import reach
from rbacgraph.query.access.reachers import ReachingPrincipals
from rbacgraph.query.arrays.costs import EFFORT, has_join
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.through_and_nodes import AndNodePaths
from rbacgraph.report.text.paths.summary import opening_sentence
from rbacgraph.techniques.catalogue import EDGES, KINDS
from tests.query.clusters import random_snapshot
from tests.worlds import law

STRUCTURAL = {edge.id for edge in EDGES if edge.structural}


class Plain:
    """The same graph, asked by definition: slow, and obviously right."""

    def __init__(self, graph, *, certain):
        whole = graph.to_networkx()
        self.graph = nx.MultiDiGraph()
        self.graph.add_nodes_from(whole.nodes(data=True))
        self.graph.add_edges_from(
            edge for edge in whole.edges(data=True) if not (certain and edge[2]["condition"])
        )
        self._edges = [
            (u, v, data["edge"], data["effort"]) for u, v, data in self.graph.edges(data=True)
        ]

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

    @cached_property
    def joins(self):
        names = [name for name, data in self.graph.nodes(data=True) if data["kind"] == "join"]
        return {name: sorted(self.graph.pred[name]) for name in names}

    @cached_property
    def _groups_of(self):
        return {principal: self.groups(principal) for principal in self.principals}

    def _costs(self, start, first=None, without=(), given=None, either=False):
        """Effort of every node from a start, by relaxation until nothing gets cheaper.

        A join costs what its inputs cost together, or, to be less than that for certain, the
        dearest of them. ``first`` are the kinds of edge that may leave the start.
        """
        costs = {start: 0, **(given or {})}
        changed = True
        while changed:
            changed = False
            for u, v, kind, effort in self._edges:
                if u not in costs or v in without or v in self.joins:
                    continue
                if u == start and first is not None and not first(kind):
                    continue
                cost = costs[u] + effort
                if cost < costs.get(v, cost + 1):
                    costs[v], changed = cost, True
            for join, inputs in self.joins.items():
                if all(node in costs for node in inputs):
                    several = [costs[node] for node in inputs]
                    cost = max(several) if either else sum(several)
                    if cost < costs.get(join, cost + 1):
                        costs[join], changed = cost, True
        return costs

    @cached_property
    def _whole(self):
        everybody = {*self.principals, "group:system:masters"}
        return {p: (self._costs(p, either=True), self._costs(p)) for p in sorted(everybody)}

    @cached_property
    def _own(self):
        """Lower and upper effort of everything each principal gets by an own path.

        The third is the upper effort where a need of each join is to be its own.
        """
        cases = ((0, True, False), (1, False, False), (1, False, True))
        return {p: [self._own_costs(p, *case) for case in cases] for p in self.principals}

    def _own_costs(self, principal, number, either, strict):
        groups, given = self._groups_of[principal], {}
        while True:
            costs = self._costs(principal, lambda kind: kind != "member-of", groups, given, either)
            more = {}
            for join in self.joins:
                cost = self._own_cost(principal, join, costs, number=number, strict=strict)
                if cost is not None:
                    more[join] = cost
            if more == given:
                return costs
            given = more

    def _own_cost(self, principal, join, costs, *, number, strict):
        """Effort of a join by an own path, None where there is none."""
        inputs, whole = self.joins[join], self._whole[principal][number]
        if not all(node in whole for node in inputs):
            return None
        if not any(
            all(node in self._whole[group][number] for node in inputs)
            for group in self._groups_of[principal] & self._whole.keys()
        ):
            return whole[join]
        own = [
            sum(costs[node] if node == one else whole[node] for node in inputs)
            for one in inputs
            if one in costs
        ]
        if not own:
            return None
        return min(own) if strict else whole[join]

    def own_effort(self, principal, secret):
        """Bounds of the effort of the cheapest own path, None for none; see :attr:`_own`."""
        lower, upper, strict = self._own[principal]
        return (lower[secret], upper[secret], strict[secret]) if secret in upper else None

    def reached_from(self, source):
        return self._costs(source, either=True), self._costs(source)


def secrets_of(graph):
    return sorted(f"secret:{namespace}/{name}" for namespace, name in graph.world.secrets)


@law(random_snapshot, 120)
def test_paths_are_exactly_the_cheapest_own_paths(seed):
    graph = build(random_snapshot(seed))
    sure, every = Plain(graph, certain=True), Plain(graph, certain=False)
    for secret in secrets_of(graph):
        (answer,) = paths(graph, secret=secret).secrets
        found = {(path.principal, path.certain): path.effort for path in answer.paths}
        for principal in sure.principals:
            certain = sure.own_effort(principal, secret)
            effort = every.own_effort(principal, secret)
            cheapest = found.get((principal, True))
            conditional = found.get((principal, False))
            # What a group gets for certain is not told as a member's path on a condition.
            through_group = secret in sure.reached_from(principal)[1]
            most = effort and effort[2 if through_group else 1]
            assert (cheapest is None) == (certain is None)
            if certain is not None:
                assert certain[0] <= cheapest <= certain[1]
            if certain is None or (effort and most < certain[0]):
                assert (conditional is None) == (effort is None)
            if conditional is not None:
                assert effort[0] <= conditional <= most
                assert cheapest is None or conditional < cheapest


@law(random_snapshot, 120)
def test_exposure_counts_what_paths_tell(seed):
    graph = build(random_snapshot(seed))
    rows = {row.secret: row for row in exposure(graph).rows}
    assert sorted(rows) == secrets_of(graph)
    for secret, row in rows.items():
        (answer,) = paths(graph, secret=secret).secrets
        sure = {path.principal for path in answer.paths if path.certain}
        every = {path.principal for path in answer.paths}
        # Twice for certain would be a group's path that is told as a member's.
        assert len(sure) == sum(path.certain for path in answer.paths)
        assert row.certain == len(sure)
        assert row.conditional == len(every - sure)
        told = sum(m.service_accounts + m.users for m in answer.members)
        assert row.members + row.members_conditional == told
        assert {path.opening for path in answer.paths} <= set(row.opening)
        if answer.paths:
            told = opening_sentence(answer.paths)
            for opening in {path.opening for path in answer.paths}:
                by = [path for path in answer.paths if path.opening == opening]
                mine = {path.principal for path in by if path.certain}
                only = {path.principal for path in by} - mine
                words = f" {opening} {len(mine)}" + (f" +{len(only)}" if only else "")
                assert f"{words}," in told or f"{words}." in told
            assert row.effort == min(
                path.effort for path in answer.paths if path.certain or not sure
            )
            assert row.principal in every
            assert row.cheapest[-1] in row.opening


@law(random_snapshot, 120)
def test_members_are_those_who_get_there_through_groups_alone(seed):
    graph = build(random_snapshot(seed))
    every = Plain(graph, certain=False)
    people = sorted(format_node(node) for node in graph.world.identities.people)
    rows = {row.secret: row for row in exposure(graph).rows}
    for secret in secrets_of(graph):
        (answer,) = paths(graph, secret=secret).secrets
        members = {
            person
            for person in people
            if every.own_effort(person, secret) is None and secret in every.reached_from(person)[1]
        }
        told = {(m.group, m.implied): m.service_accounts + m.users for m in answer.members}
        assert sum(told.values()) == len(members)
        assert sum(m.users for m in answer.members) == sum(
            person.startswith("user:") for person in members
        )
        groups = {path.principal for path in answer.paths} | set(answer.folded)
        assert {group for group, _ in told} <= groups
        for group in groups:
            of_group = {person for person in members if group in every.groups(person)}
            assert sum(told.get((group, how), 0) for how in (True, False)) <= len(of_group)
        for person in members:
            assert not groups.isdisjoint(every.groups(person))
        sure = {path.principal for path in answer.paths if path.certain} | set(answer.folded)
        surely = {person for person in members if not sure.isdisjoint(every.groups(person))}
        row = rows[secret]
        assert (row.members, row.members_conditional) == (len(surely), len(members - surely))


@law(random_snapshot, 120)
def test_reach_is_paths_seen_from_the_other_side(seed):
    graph = build(random_snapshot(seed))
    every = Plain(graph, certain=False)
    secrets = set(secrets_of(graph))
    others = sorted(node for node in every.graph if node.startswith(("pod:", "node:")))
    sources = [*every.principals, *others]
    asked = random.Random(seed).sample(sources, min(5, len(sources)))
    for source in sources:
        found = {
            one.target: min(path.effort for path in (one.certain, one.conditional) if path)
            for one in reach(graph, source=source).reached
        }
        lower, upper = every.reached_from(source)
        assert found.keys() & secrets == upper.keys() & secrets
        assert all(lower[t] <= found[t] <= upper[t] for t in found.keys() & secrets)
        if source in asked and secrets:
            answers = paths(graph, secret="*/*", source=source).secrets
            assert {answer.secret for answer in answers} == secrets
            for answer in answers:
                assert bool(answer.paths) == (answer.secret in found)


@law(random_snapshot, 120)
def test_every_path_is_a_chain_of_techniques(seed):
    graph = build(random_snapshot(seed))
    plain = Plain(graph, certain=False).graph
    for secret in secrets_of(graph):
        (answer,) = paths(graph, secret=secret, max_paths=3).secrets
        for path in answer.paths:
            assert path.hops[-1].target == path.target == secret
            assert path.hops[0].source == path.principal
            got = {path.principal}
            for hop in path.hops:
                assert {hop.source, *hop.others} <= got
                got.add(hop.target)
                assert hop.edge not in STRUCTURAL
                assert hop.evidence
                assert nx.has_path(plain, hop.source, hop.target)


@law(random_snapshot, 120)
def test_limits_only_take_away(seed):
    graph = build(random_snapshot(seed))
    limited = (
        _all_paths(graph, **limits)
        for limits in (
            {},
            {"without": ["create-pod"]},
            {"via": ["request-token"]},
            {"certain": True},
        )
    )
    for whole, without, via, certain in zip(*limited, strict=True):
        assert _principals(via) | _principals(without) <= _principals(whole)
        assert all(hop.edge != "create-pod" for path in without for hop in path.hops)
        assert all(any(hop.edge == "request-token" for hop in path.hops) for path in via)
        assert all(path.certain for path in certain)
        assert _principals(certain) == _principals(path for path in whole if path.certain)


# 1235: the way of a premise that holds it shares less with the others
@law(random_snapshot, 120, examples=[1235])
def test_a_path_that_holds_what_is_wished_for_is_found_by_the_wish(seed):
    graph = build(random_snapshot(seed))
    whole = _all_paths(graph)
    kinds = sorted({hop.edge for found in whole for path in found for hop in path.hops})
    for kind in random.Random(seed).sample(kinds, min(3, len(kinds))):
        for found, via in zip(whole, _all_paths(graph, via=[kind]), strict=True):
            assert all(path.hops[-1].target == path.target for path in via)
            for path in found:
                if any(hop.edge == kind for hop in path.hops):
                    assert any(
                        other.principal == path.principal
                        and other.effort <= path.effort
                        and other.certain >= path.certain
                        for other in via
                    )


# 4: a way by --via obtains the same again, by another technique
@law(random_snapshot, 120, examples=[4])
def test_own_paths_pass_through_no_group_and_cost_what_they_say(seed):
    graph = build(random_snapshot(seed))
    path_of = PathExplainer(graph).path_of
    kinds = sorted({h.edge for found in _all_paths(graph) for path in found for h in path.hops})
    via = random.Random(seed).sample(kinds, min(1, len(kinds)))
    for limits in (PathFilter(), *(PathFilter(via=frozenset({KINDS[kind]})) for kind in via)):
        for number in graph.world.secret_block:
            reachers = ReachingPrincipals(graph, graph.principals, limits, [number])
            for way, cost in reachers.priced():
                assert cost // EFFORT == path_of(way.edges).effort
                if not has_join(graph, way.edges):
                    groups = graph.membership.groups_of(way.principal)
                    assert groups.isdisjoint(graph.source_of[edge] for edge in way.edges)


@law(random_snapshot, 120)
def test_what_is_known_to_be_hopeless_hides_no_path(seed):
    graph = build(random_snapshot(seed))
    kinds = sorted({h.edge for found in _all_paths(graph) for path in found for h in path.hops})
    for kind in random.Random(seed).sample(kinds, min(2, len(kinds))):
        known = costs(_all_paths(graph, via=[kind]))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(AndNodePaths, "_is_hopeless", lambda *_: False)
            assert costs(_all_paths(graph, via=[kind])) == known


# in each another of several ways that cost the same is found
@law(random_snapshot, 120, examples=[133720876, 713890455, 942918891])
def test_own_ways_to_and_nodes_cost_the_same_found_for_all_secrets_at_once(seed):
    graph = build(random_snapshot(seed))
    known = costs(_all_paths(graph))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PathsQuestion, "_own_and_nodes", None)
        assert costs(_all_paths(graph)) == known


@law(random_snapshot, 120)
def test_more_paths_start_with_the_cheapest(seed):
    graph = build(random_snapshot(seed))
    for one, many in zip(_all_paths(graph), _all_paths(graph, max_paths=5), strict=True):
        assert len(set(many)) == len(many)
        assert _cheapest(many) == _cheapest(one)


@law(random_snapshot, 120)
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


def _all_paths(graph, **limits):
    """The paths to each Secret, by one question."""
    if not graph.world.secrets:
        return []
    return [answer.paths for answer in paths(graph, secret="*/*", **limits).secrets]


def costs(answers):
    return [
        [(path.principal, path.certain, path.effort, len(path.hops)) for path in found]
        for found in answers
    ]


def _principals(several):
    return {path.principal for path in several}


def _cheapest(several):
    found = {}
    for path in several:
        found[path.principal] = min(path.effort, found.get(path.principal, path.effort))
    return found
