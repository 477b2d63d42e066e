"""Walks through the graph of networkx: as an attacker can, as ``reach`` says, and by definition."""

import random

import networkx as nx
import pytest

import rbacgraph as rg
from rbacgraph.errors import NotFoundError, UsageError
from rbacgraph.graph.build import build
from rbacgraph.model.node import PRINCIPALS, format_node
from rbacgraph.query.access.reach import BlastRadius
from rbacgraph.query.arrays.path_filter import PathFilter
from tests.api.walks import obtained, says_what_reach_says
from tests.query.clusters import random_snapshot
from tests.query.test_reach_worlds import WORLDS, read_reach_world
from tests.worlds import worlds

SHOP = "fixtures/clusters/shop"
DB = "secret:shop/db-credentials"
ROLE = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets], verbs: [VERB]}]
"""
BOUND = """\
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: User, name: alice, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
"""


@pytest.fixture(scope="module")
def graph():
    return rg.load(SHOP).graph()


def by_definition(graph, node, *, certain=False):
    """What a node obtains: no step adds more to it."""
    edges = [edge for edge in graph.edges(data=True) if not (certain and edge[2]["condition"])]
    sources = {}
    for source, target, _ in edges:
        sources.setdefault(target, set()).add(source)
    found = {node}
    while True:
        more = {
            target
            for target, own in sources.items()
            if target not in found
            and (
                set(graph.pred[target]) <= found & own
                if graph.nodes[target]["all_of"]
                else own & found
            )
        }
        if not more:
            return found - {node}
        found |= more


def random_graph(seed):
    """A dense graph in which a third of the nodes are AND nodes, and half of the edges certain."""
    chance = random.Random(seed)
    graph = nx.MultiDiGraph()
    nodes = [f"node:{number}" for number in range(chance.randint(2, 14))]
    for node in nodes:
        graph.add_node(node, all_of=chance.random() < 0.33)
    for _ in range(chance.randint(1, 3 * len(nodes))):
        condition = chance.choice(["", "if so"])
        graph.add_edge(chance.choice(nodes), chance.choice(nodes), condition=condition)
    return graph


@pytest.mark.parametrize("certain", [False, True])
def test_random_graphs_are_walked_by_definition(certain):
    differ = 0
    for seed in worlds(random_graph, 400):
        graph = random_graph(seed)
        found = {node: by_definition(graph, node, certain=certain) for node in graph}
        for node in graph:
            assert rg.descendants(graph, node, certain=certain) == found[node]
            before = {one for one in graph if node in found[one]}
            assert rg.ancestors(graph, node, certain=certain) == before - {node}
            differ += found[node] != nx.descendants(graph, node)
    assert differ > 400


def test_ancestors_are_those_of_whose_descendants_it_is(graph):
    every = {node: rg.descendants(graph, node) for node in graph}
    sure = {node: rg.descendants(graph, node, certain=True) for node in graph}
    targets = [node for node, data in graph.nodes(data=True) if data["kind"] in {"secret", "join"}]
    for target in [*targets[::8], DB, "all:*"]:
        assert rg.ancestors(graph, target) == {one for one in graph if target in every[one]}
        assert rg.ancestors(graph, target, certain=True) == {
            one for one in graph if target in sure[one]
        }


def test_plain_networkx_finds_what_is_out_of_reach(graph):
    assert "all:*" in nx.descendants(graph, "user:dana")
    assert "all:*" not in rg.descendants(graph, "user:dana")
    assert "user:dana" in nx.ancestors(graph, DB)
    assert "user:dana" not in rg.ancestors(graph, DB)


@pytest.mark.parametrize(
    "sources", [[SHOP], ["fixtures/clusters/shop-manifests"], [SHOP, "fixtures/review"]]
)
def test_bundled_clusters_say_what_reach_says(sources):
    cluster = rg.load(sources, groups="fixtures/clusters/shop-groups.yaml")
    graph = cluster.graph()
    assert graph.number_of_nodes() == len(cluster.access_graph.nodes), "names collide"
    starts = [n for n, data in graph.nodes(data=True) if data["kind"] in {*PRINCIPALS, "pod"}]
    assert len(starts) > 50
    for start in starts:
        if start != "group:system:masters":
            says_what_reach_says(graph, cluster.reach(start))


def every_principal(graph):
    """Each principal with what ``reach`` says of it, by one search for all."""
    radius = BlastRadius(graph, PathFilter())
    for number, node in enumerate(graph.nodes):
        if node[0] in PRINCIPALS:
            yield format_node(node), list(radius.of(number))


@pytest.mark.parametrize("name", sorted(path.name for path in WORLDS.glob("world-*"))[::6])
def test_recorded_worlds_say_what_reach_says(name, tmp_path):
    _, graph = read_reach_world(name, tmp_path)
    plain = graph.to_networkx()
    for principal, reached in every_principal(graph):
        says_what_reach_says(plain, reached, principal)


def test_random_clusters_say_what_reach_says():
    differ = 0
    for seed in worlds(random_snapshot, 60):
        graph = build(random_snapshot(seed))
        plain = graph.to_networkx()
        for principal, reached in every_principal(graph):
            says_what_reach_says(plain, reached, principal)
            differ += obtained(plain, principal) != nx.descendants(plain, principal)
    assert differ


def test_what_each_version_gives_by_another_path_is_conditional_here(tmp_path):
    for verb in ("get", "list"):
        role = ROLE.replace("VERB", verb)
        (tmp_path / f"{verb}.yaml").write_text(f"{role}---\n{BOUND}")
    cluster = rg.load(tmp_path)
    (reached,) = [one for one in cluster.reach("user:alice") if one.target == "secret:shop/db"]
    assert reached.certain
    graph = cluster.graph()
    assert "secret:shop/db" in rg.descendants(graph, "user:alice")
    assert "secret:shop/db" not in rg.descendants(graph, "user:alice", certain=True)
    assert "user:alice" in rg.ancestors(graph, "secret:shop/db")
    assert "user:alice" not in rg.ancestors(graph, "secret:shop/db", certain=True)


@pytest.mark.parametrize(("suffix", "read"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_a_graph_that_was_written_and_read_again(suffix, read, graph, tmp_path):
    rg.load(SHOP).export(tmp_path / f"shop.{suffix}")
    again = read(tmp_path / f"shop.{suffix}")
    principals = [node for node, data in graph.nodes(data=True) if data["kind"] in PRINCIPALS]
    for certain in (False, True):
        for node in principals:
            found = rg.descendants(again, node, certain=certain)
            assert found == rg.descendants(graph, node, certain=certain)
        assert rg.ancestors(again, DB, certain=certain) == rg.ancestors(graph, DB, certain=certain)


def test_marks_that_are_texts_and_graphs_without_parallel_edges(graph):
    texts = nx.MultiDiGraph(graph)
    for data in texts.nodes.values():
        data["all_of"] = str(data["all_of"]).lower()
    simple = nx.DiGraph(graph)
    for node in ("user:dana", "user:erin", "serviceaccount:ci/runner"):
        found = rg.descendants(graph, node)
        assert rg.descendants(texts, node) == rg.descendants(simple, node) == found
    assert rg.ancestors(texts, DB) == rg.ancestors(simple, DB) == rg.ancestors(graph, DB)


def test_what_cannot_be_walked_is_said(graph):
    for walk in (rg.descendants, rg.ancestors):
        with pytest.raises(NotFoundError, match="no node 'user:nobody'"):
            walk(graph, "user:nobody")
        with pytest.raises(UsageError, match="no direction"):
            walk(nx.Graph(graph), "user:dana")
    answer = rg.load(SHOP).paths("shop/db-credentials").to_networkx()
    with pytest.raises(UsageError, match="'all_of'"):
        rg.descendants(answer, "user:alice")
    with pytest.raises(UsageError, match="'all_of'"):
        rg.ancestors(answer, DB)
