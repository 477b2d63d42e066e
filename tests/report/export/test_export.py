"""Exports: every tool's file, read again by a reader that is not ours, is the same graph."""

import csv
import json
import re

import networkx as nx
import pandas as pd
import pytest

import rbacgraph as rg
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.graph_tables import EdgeRow, NodeRow, Tables
from rbacgraph.report.export.export import export
from rbacgraph.report.text.format_names import EXPORTS

HOSTILE = 'user:<a href="x">\x1b[2J\n";,]]>\u2028\ud800'
NODES = [
    NodeRow("user:alice", "user", "", "alice", False),
    NodeRow("user:Alice", "user", "", "Alice", False),
    NodeRow(HOSTILE, "user", "", HOSTILE.removeprefix("user:"), False),
    NodeRow("join:1", "join", "", "1", True),
    NodeRow("secret:shop/db", "secret", "shop", "db", False),
    NodeRow("service.serving.knative.dev:a/b", "service.serving.knative.dev", "a", "b", False),
]
EDGES = [
    EdgeRow("user:alice", "join:1", "needs", 0, "", "needs", ()),
    EdgeRow("user:Alice", "join:1", "needs", 0, "", "needs", ()),
    EdgeRow("join:1", "secret:shop/db", "read-secret", 1, "", "can get; it", ("Role a: x", "b")),
    EdgeRow("join:1", "secret:shop/db", "read-secret", 2, "if so", "can list", ("Role a: x",)),
    EdgeRow(HOSTILE, "secret:shop/db", "read-secret", 2, HOSTILE, HOSTILE, (HOSTILE,)),
]


@pytest.fixture(scope="module")
def shop():
    return rg.load("fixtures/clusters/shop")


def written(name, target, nodes=NODES, edges=EDGES):
    export(Tables(iter(nodes), iter(edges)), name, target)
    return target


def plain(graph):
    nodes = {
        node: {k: v for k, v in data.items() if k != "label"} for node, data in graph.nodes.items()
    }
    keys = EdgeRow._fields[2:]
    edges = sorted(
        (source, target, *(data[key] for key in keys))
        for source, target, data in graph.edges(data=True)
    )
    return nodes, edges


@pytest.mark.parametrize(("name", "reader"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_xml_is_read_as_the_same_graph(name, reader, shop, tmp_path):
    target = tmp_path / f"g.{name}"
    shop.export(target)
    nodes, edges = plain(reader(target))
    graph = shop.graph()
    assert {k: (v["kind"], v["namespace"], v["name"]) for k, v in nodes.items()} == {
        k: (v["kind"], v["namespace"], v["name"]) for k, v in graph.nodes.items()
    }
    assert [edge[:5] for edge in edges] == sorted(
        (source, target, data["edge"], data["effort"], data["condition"])
        for source, target, data in graph.edges(data=True)
    )
    joins = {k for k, v in graph.nodes.items() if v["kind"] == "join"}
    assert joins
    assert {k for k, v in nodes.items() if v["all_of"]} == joins


@pytest.mark.parametrize(("name", "reader"), [("graphml", nx.read_graphml), ("gexf", nx.read_gexf)])
def test_xml_of_hostile_names_is_still_xml(name, reader, tmp_path):
    graph = reader(written(name, tmp_path / "g"))
    assert graph.number_of_nodes() == len(NODES)
    assert graph.number_of_edges() == len(EDGES)
    (hostile,) = (node for node in graph if "href" in node)
    assert hostile == 'user:<a href="x">\\x1b[2J\\n";,]]>\\u2028\\ud800'


def test_neo4j_has_headers_labels_types_and_one_line_for_each(tmp_path):
    folder = written("neo4j-csv", tmp_path / "import")
    with (folder / "nodes.csv").open(encoding="utf-8", newline="") as file:
        nodes = list(csv.DictReader(file))
    with (folder / "relationships.csv").open(encoding="utf-8", newline="") as file:
        edges = list(csv.DictReader(file))
    assert [n["id:ID"] for n in nodes][:2] == ["user:alice", "user:Alice"]
    assert [n[":LABEL"] for n in nodes] == [
        *("User", "User", "User", "Join", "Secret", "ServiceServingKnativeDev")
    ]
    assert [n["all_of:boolean"] for n in nodes].count("true") == 1
    assert {e[":START_ID"] for e in edges} | {e[":END_ID"] for e in edges} <= {
        n["id:ID"] for n in nodes
    }
    assert edges[2][":TYPE"] == "READ_SECRET"
    assert edges[2]["evidence:string[]"].split(";") == ["Role a: x", "b"]
    assert [e["certain:boolean"] for e in edges] == ["true", "true", "true", "false", "false"]
    assert len((folder / "nodes.csv").read_text().splitlines()) == len(NODES) + 1


def opengraph(target):
    """What the documented schema asks for, without BloodHound at hand."""
    found = json.loads(target.read_bytes())
    assert found["metadata"] == {"source_kind": "Kubernetes"}
    nodes, edges = found["graph"]["nodes"], found["graph"]["edges"]
    ids = [node["id"].upper() for node in nodes]
    assert len(set(ids)) == len(ids), "BloodHound writes ids in capitals"
    for node in nodes:
        assert 1 <= len(node["kinds"]) <= 3
    for edge in edges:
        assert re.fullmatch("[A-Za-z0-9_]+", edge["kind"])
        for end in ("start", "end"):
            assert edge[end]["match_by"] == "id"
            assert edge[end]["value"].upper() in set(ids)
    for thing in (*nodes, *edges):
        for value in thing["properties"].values():
            many = value if isinstance(value, list) else [value]
            assert all(isinstance(one, str | int | bool) for one in many)
    return nodes, edges


def test_bloodhound_takes_what_its_schema_says(tmp_path):
    nodes, edges = opengraph(written("bloodhound-opengraph", tmp_path / "g.json"))
    assert len(nodes) == len(NODES)
    assert len(edges) == len(EDGES)
    assert nodes[0]["kinds"] == ["K8s_User"]
    assert edges[2]["kind"] == "K8s_ReadSecret"


def test_bloodhound_of_a_cluster(shop, tmp_path):
    target = tmp_path / "shop.json"
    shop.export(target, format="bloodhound-opengraph")
    nodes, edges = opengraph(target)
    assert len(nodes) == shop.graph().number_of_nodes()
    assert len(edges) == shop.graph().number_of_edges()


def test_parquet_is_two_frames(shop, tmp_path):
    shop.export(tmp_path / "p", format="parquet")
    nodes = pd.read_parquet(tmp_path / "p" / "nodes.parquet")
    edges = pd.read_parquet(tmp_path / "p" / "edges.parquet")
    assert tuple(nodes.columns) == NodeRow._fields
    assert tuple(edges.columns) == EdgeRow._fields
    assert len(nodes) == shop.graph().number_of_nodes()
    assert len(edges) == shop.graph().number_of_edges()
    assert str(edges["edge"].dtype) == "category"
    assert set(edges["source"]) | set(edges["target"]) <= set(nodes["id"])


@pytest.mark.parametrize("name", EXPORTS)
def test_the_same_graph_gives_the_same_bytes(name, tmp_path):
    first, second = (written(name, tmp_path / place) for place in ("a", "b"))
    files = [first] if first.is_file() else sorted(first.iterdir())
    for file in files:
        other = second if first.is_file() else second / file.name
        assert file.read_bytes() == other.read_bytes()
        assert b"20" + b"26-" not in file.read_bytes()


@pytest.mark.parametrize("name", EXPORTS)
def test_a_graph_without_anything(name, tmp_path):
    assert written(name, tmp_path / "g", [], []).exists()


def test_what_stands_in_the_way_is_said(tmp_path):
    (tmp_path / "file").touch()
    for name, target, words in [
        ("neo4j-csv", "file", "is a folder of files"),
        ("graphml", ".", "is one file"),
        ("dot", "x", "there is no export 'dot'"),
    ]:
        with pytest.raises(UsageError, match=words):
            written(name, tmp_path / target)
