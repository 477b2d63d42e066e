"""Complete dumps of a real API server, with its own answers beside them.

Skipped, saying so, where the folder is not beside the checkout: it may not be copied.
"""

import json
from collections import Counter

import networkx as nx
import pytest

import rbacgraph as rg
from rbacgraph.model.node import PRINCIPALS
from tests.api.walks import says_what_reach_says

only_in_all = pytest.mark.only_in_all


@pytest.fixture(scope="module", params=["all.json", pytest.param("all.yaml", marks=only_in_all)])
def dump(shared, request):
    folder = shared / "dumps" / "A"
    if not folder.is_dir():
        pytest.skip("no folder shared/dumps/A beside the checkout")
    truth = json.loads((folder / "truth.json").read_text())
    return rg.load(folder / request.param), truth


def _ask(cluster, who, question, **attributes):
    resource, _, subresource = question["resource"].partition("/")
    return bool(
        cluster.can_i(
            question["verb"],
            resource,
            group=question["apiGroup"],
            subresource=subresource,
            user=who["user"],
            groups=who["groups"],
            **attributes,
        )
    )


def _answers(cluster, truth, who):
    """All of one principal's answers, in the form of the truth."""
    questions, found = truth["questions"], {}
    for key, question in questions["per_namespace"].items():
        if _ask(cluster, who, question):
            found[key] = "*"
        else:
            places = [n for n in truth["namespaces"] if _ask(cluster, who, question, namespace=n)]
            if places:
                found[key] = places
    for key, question in questions["cluster"].items():
        if _ask(cluster, who, question):
            found[key] = True
    for key, question in questions["named"].items():
        accounts = question["resource"].startswith("serviceaccounts")
        names = truth["service_accounts" if accounts else "secrets"]
        by_name = [
            full
            for full in names
            for namespace, name in [full.split("/")]
            if _ask(cluster, who, question, namespace=namespace, name=name)
            and not _ask(cluster, who, question, namespace=namespace)
        ]
        if by_name:
            found[key] = by_name
    return found


@only_in_all
def test_every_direct_answer_is_the_servers(dump):
    cluster, truth = dump
    asked = Counter()
    for name, who in truth["principals"].items():
        kind = name.partition(":")[0]
        asked[kind] += 1
        expected = truth["sets"][who["set"]]
        found = _answers(cluster, truth, who)
        if kind == "Node":
            # Beyond Secrets, what the Node authorizer allows to kubelets is not looked at.
            named = {key: expected[key] for key in expected if "secret_named" in key}
            assert (found, name) == (named, name)
        else:
            assert found == expected, name
    assert asked["ServiceAccount"] > 100
    assert asked["Node"] == 4
    assert asked.total() == len(truth["principals"])


def test_a_kubelet_reads_exactly_what_the_node_authorizer_lets_it(dump):
    cluster, truth = dump
    for name, who in truth["principals"].items():
        kind, _, node = name.partition(":")
        if kind == "Node":
            expected = truth["sets"][who["set"]].get("get_secret_named", [])
            found = [
                one.target.removeprefix("secret:")
                for one in cluster.reach(source=f"kubelet:{node}")
                if one.kind == "secret"
                and any(
                    len(path.hops) == 1 and path.opening == "node-reads-secret"
                    for path in (one.certain, one.conditional)
                    if path
                )
            ]
            assert sorted(found) == sorted(expected), node


@only_in_all
def test_the_questions_of_verify_are_few(dump):
    """136 principals in 19 namespaces: each with each right would be over a million."""
    from rbacgraph.query.rights.question_plan import plan

    cluster, _ = dump
    found = plan(cluster.authorizer)
    assert not found.grouped
    assert 10_000 < len(found.claims) < 50_000


@only_in_all
def test_the_graph_of_networkx_says_what_reach_says(dump):
    cluster, _ = dump
    graph = cluster.graph()
    secrets = {node for node, data in graph.nodes(data=True) if data["kind"] == "secret"}
    principals = [node for node, data in graph.nodes(data=True) if data["kind"] in PRINCIPALS]
    found = {one: rg.descendants(graph, one) & secrets for one in principals}
    assert found != {one: nx.descendants(graph, one) & secrets for one in principals}
    for principal in principals[::5]:
        says_what_reach_says(graph, cluster.reach(principal))
    for secret in sorted(secrets)[::5]:
        able = rg.ancestors(graph, secret)
        assert {one for one in principals if secret in found[one]} == able & {*principals}
