"""The cheapest path from a source where techniques need several things, by trying everything."""

from heapq import heappop, heappush
from itertools import count

import networkx as nx
import pytest
import yaml

import rbacgraph as rg
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.closure.and_node_costs import AndNodeCosts
from tests.query.coverage.test_unjudged import binding, role, rule
from tests.query.test_laws import Plain, secrets_of
from tests.query.test_reach_worlds import read_reach_world

WORLDS = (18, 20, 22, 28, 42, 54)
"""Reach worlds in which what is needed comes from several places, at some cost each."""


class Optimum:
    """Efforts by definition: what is bought next, in any order, until the goal is reached.

    What a technique yields is bought once for each member of it that is used.
    """

    def __init__(self, plain, start, goal):
        graph = plain.graph
        _, reached = plain.reached_from(start)
        nodes = (nx.ancestors(graph, goal) | {goal}) & set(reached)
        self.start, self.goal = start, goal
        self.joins = {join: needs for join, needs in plain.joins.items() if join in nodes}
        self.needed_by = {}
        for join, needs in self.joins.items():
            for need in needs:
                self.needed_by.setdefault(need, []).append(join)
        edges = [
            (u, v, data["edge"], data["effort"])
            for u, v, data in graph.edges(data=True)
            if u in nodes and v in nodes and v not in self.joins
        ]
        contains = nx.DiGraph((u, v) for u, v, edge, _ in edges if edge == "contains")
        self.free, self.costly = {}, {}
        for u, v, edge, effort in edges:
            if effort:
                members = nx.descendants(contains, v) if v in contains else set()
                self.costly.setdefault(u, []).extend((one, effort) for one in {v, *members})
            elif edge != "contains" or u == start:
                self.free.setdefault(u, []).append(v)

    def _with_free(self, reached, bought):
        """All that is had with one thing more, where what the rest gives is had already."""
        found, todo = {*reached, bought}, [bought]
        while todo:
            node = todo.pop()
            new = {v for v in self.free.get(node, ()) if v not in found}
            new |= {
                join
                for join in self.needed_by.get(node, ())
                if join not in found and found.issuperset(self.joins[join])
            }
            found |= new
            todo += new
        return frozenset(found)

    def effort(self):
        first, number = self._with_free((), self.start), count()
        best = {first: 0}
        heap = [(0, next(number), first)]
        while heap:
            cost, _, reached = heappop(heap)
            if self.goal in reached:
                return cost
            if cost > best[reached]:
                continue
            offers = {}
            for node in reached:
                for target, effort in self.costly.get(node, ()):
                    if target not in reached:
                        offers[target] = min(effort, offers.get(target, effort))
            for target, effort in offers.items():
                more = self._with_free(reached, target)
                if cost + effort < best.get(more, cost + effort + 1):
                    best[more] = cost + effort
                    heappush(heap, (cost + effort, next(number), more))
        return None


def _is_own(source):
    return not source.startswith(("user:system:", "serviceaccount:kube-system/"))


@pytest.mark.parametrize("number", WORLDS)
def test_the_cheapest_path_is_cheapest_as_a_whole(number, tmp_path):
    _, graph = read_reach_world(f"world-{number:04}.json.gz", tmp_path)
    plain = Plain(graph, certain=False)
    tried = 0
    for source in filter(_is_own, plain.principals):
        lower, upper = plain.reached_from(source)
        for secret in secrets_of(graph):
            if lower.get(secret) != upper.get(secret):
                (answer,) = paths(graph, secret=secret, source=source).secrets
                effort = min(path.effort for path in answer.paths)
                assert effort == Optimum(plain, source, secret).effort(), (source, secret)
                tried += 1
    assert tried


def test_of_ways_to_a_premise_that_cost_the_same_the_one_that_shares_more_is_taken(tmp_path):
    """A certificate of the kubelet costs as much as its node, which the other premise needs too."""
    rbac, certificates = "rbac.authorization.k8s.io", "certificates.k8s.io"
    view = role("ClusterRole", "view", rule("", "pods", "get"))
    roles = role(
        "ClusterRole",
        "roles",
        rule(rbac, "clusterroles", "patch"),
        rule(rbac, "clusterroles", "escalate"),
    )
    signs = role(
        "ClusterRole",
        "signs",
        rule(certificates, "certificatesigningrequests", "create patch", ["x"]),
        rule(certificates, "certificatesigningrequests/approval", "update", ["x"]),
        rule(certificates, "signers", "approve", ["kubernetes.io/kube-apiserver-client-kubelet"]),
    )
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "t", "namespace": "bank"}},
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
        *(view, roles, signs),
        binding("view", view, "Group:system:serviceaccounts", namespace="shop"),
        *(
            binding(one["metadata"]["name"], one, "Group:system:authenticated")
            for one in (roles, signs)
        ),
    ]
    (tmp_path / "world.yaml").write_text(yaml.safe_dump_all(objects))
    graph = rg.load(tmp_path, kubernetes_version="1.36", bootstrap=False).access_graph
    found = paths(graph, secret="bank/t").secrets[0].paths
    (path,) = [one for one in found if one.principal == "group:system:serviceaccounts"]
    edges = ["escalate-role", "kubelet-credential", "volume-secret"]
    assert ([hop.edge for hop in path.hops], path.effort) == (edges, 8)


@pytest.mark.parametrize("number", [22, 54])
def test_exposure_tells_the_effort_that_paths_tell(number, tmp_path):
    _, graph = read_reach_world(f"world-{number:04}.json.gz", tmp_path)
    for row in exposure(graph).rows:
        (answer,) = paths(graph, secret=row.secret).secrets
        told = [path.effort for path in answer.paths if path.certain or not row.certain]
        assert row.effort == min(told, default=row.effort)


def test_who_has_all_needs_without_any_technique_is_found_without_a_search(root, monkeypatch):
    """By bindings and grants: to search from each principal gives the same, and is dear."""
    file = root / "fixtures" / "edges" / "escalate-role" / "yes.yaml"
    graph = rg.load(file, kubernetes_version="1.36", bootstrap=False).access_graph
    monkeypatch.setattr(AndNodeCosts, "_searched", lambda *_: pytest.fail("searched"))
    (row,) = exposure(graph).rows
    (answer,) = paths(graph, secret=row.secret).secrets
    assert row.effort == min(path.effort for path in answer.paths)


def test_who_has_a_part_of_a_need_has_to_get_the_rest_first(tmp_path):
    """Alice writes roles; only an account that she can take over binds the role that escalates."""
    rbac = "rbac.authorization.k8s.io"
    own = role("Role", "own", rule("", "configmaps", "get"), namespace="shop")
    escalates = role("ClusterRole", "escalates", rule(rbac, "roles", "escalate"))
    writes = role(
        "ClusterRole",
        "writes",
        rule(rbac, "roles", "update"),
        rule("", "serviceaccounts/token", "create", ["binder"]),
    )
    binds = role(
        "ClusterRole",
        "binds",
        rule(rbac, "clusterrolebindings", "create"),
        rule(rbac, "clusterroles", "bind", ["escalates"]),
    )
    account = {"name": "binder", "namespace": "shop"}
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
        *(own, escalates, writes, binds),
        binding("own", own, "User:alice", namespace="shop"),
        binding("writes", writes, "User:alice"),
        binding("binds", binds, "sa:binder"),
    ]
    (tmp_path / "world.yaml").write_text(yaml.safe_dump_all(objects))
    graph = rg.load(tmp_path, kubernetes_version="1.36", bootstrap=False).access_graph
    (row,) = exposure(graph).rows
    (answer,) = paths(graph, secret="shop/db").secrets
    (path,) = [one for one in answer.paths if one.principal == "user:alice"]
    assert "bind-role" in [hop.edge for hop in path.hops]
    assert row.effort == path.effort
