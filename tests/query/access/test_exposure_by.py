"""``exposure --by``: the groups hold the pairs of ``exposure`` and of a plain walk."""

from collections import Counter

import pytest

import rbacgraph as rg
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.risk.risks import RISK_VALUES
from rbacgraph.model.node import format_node
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.exposure_by import _Pairs, exposure_by
from rbacgraph.query.access.paths import paths
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.report.text.conditions import condition_words
from rbacgraph.techniques.catalogue import EDGES
from tests.query.access.test_admins import graph_of
from tests.query.clusters import random_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.worlds import worlds

BOTH = pytest.mark.parametrize("make", [random_rbac, random_snapshot])


def pairs_of(graph):
    """Each pair of a principal with a path of its own and a Secret: whether it is certain."""
    found = {}
    for row in exposure(graph).rows:
        (one,) = paths(graph, secret=row.secret.removeprefix("secret:")).secrets
        for path in one.paths:
            pair = path.principal, row.secret
            found[pair] = found.get(pair, False) or path.certain
    return found


@BOTH
def test_principals_and_namespaces_hold_each_pair_once(make):
    for seed in worlds(make, 45):
        graph = graph_of(make, seed)
        every, rows = pairs_of(graph), {row.secret: row for row in exposure(graph).rows}
        by_name = exposure_by(graph, "principal").groups
        assert {g.name for g in by_name} == {name for name, _ in every}
        for group in by_name:
            mine = {secret: sure for (name, secret), sure in every.items() if name == group.name}
            assert group.secrets == sum(mine.values())
            assert group.secrets + group.conditional == len(mine)
            values = Counter(rows[secret].value for secret in mine)
            assert [getattr(group, v) for v in RISK_VALUES] == [values[v] for v in RISK_VALUES]
            openings = {kind for secret in mine for kind in rows[secret].opening}
            assert set(group.techniques) <= openings
            assert group.techniques
        by_place = exposure_by(graph, "namespace").groups
        assert sum(g.secrets for g in by_place) == sum(bool(r.certain) for r in rows.values())
        total = sum(r.readers + r.readers_conditional for r in rows.values())
        assert sum(g.pairs for g in by_place) == total
        for group in by_place:
            here = {n for (n, s) in every if s.startswith(f"secret:{group.name}/")}
            assert group.principals == len(here)
            only = exposure_by(graph, "namespace", namespace=group.name).groups
            assert only == (group,)


@BOTH
def test_a_technique_is_the_last_of_some_path_of_its_pairs(make):
    seen = 0

    for seed in worlds(make, 45):
        graph = graph_of(make, seed)
        whole = graph.to_networkx(say=condition_words)
        pairs = _Pairs(graph, graph.principals, PathFilter(), None)
        names = [format_node(graph.nodes[number]) for number in pairs.numbers.tolist()]
        starts = {n: format_node(graph.nodes[n]) for n in graph.principals.numbers}
        reached = {one: {one, *rg.descendants(whole, one)} for one in starts.values()}
        every = pairs_of(graph)
        ends = [(s, t, EDGES[k].id) for s, t, k in _last_edges(graph, pairs)]
        inside = _members(graph, pairs)
        by_any = set()
        for kind, found in pairs._by_kind():
            for name, number in zip(names, found.every.tolist(), strict=True):
                for one in pairs._sets[number]:
                    walked = any(
                        k == EDGES[kind].id and name in inside[t] and s in reached[starts[one]]
                        for s, t, k in ends
                    )
                    assert walked, (starts[one], name, EDGES[kind].id)
                    by_any.add((starts[one], name))
                    seen += 1
        assert by_any == set(every)
        listed = {group.name for group in exposure_by(graph, "technique").groups}
        openings = {kind for row in exposure(graph).rows for kind in row.opening}
        assert openings - {"system-masters"} <= listed <= openings

    assert seen > 100


def _last_edges(graph, pairs):
    for node in pairs._concerned.tolist():
        for edge in graph.incoming.of(node):
            source, target = graph.source_of[edge], graph.target_of[edge]
            yield (
                format_node(graph.nodes[source]),
                format_node(graph.nodes[target]),
                graph.kind_of[edge],
            )


def _members(graph, pairs):
    """The Secrets in each collection, and each Secret in itself."""
    contains = next(n for n, kind in enumerate(EDGES) if kind.id == "contains")

    def of(node):
        found = {format_node(graph.nodes[node])}
        for edge in graph.outgoing.of(node):
            if graph.kind_of[edge] == contains:
                found |= of(graph.target_of[edge])
        return found

    return {format_node(graph.nodes[n]): of(n) for n in pairs._concerned.tolist()}


@BOTH
def test_a_binding_gives_what_is_reached_from_it_alone(make):
    seen = 0

    for seed in worlds(make, 45):
        graph = graph_of(make, seed)
        whole = graph.to_networkx(say=condition_words)
        rbac = graph.world.rbac
        secrets = {row.secret for row in exposure(graph).rows}
        expected = {}
        for node, (binding, _) in zip(rbac.binding_nodes, rbac.bindings, strict=True):
            place = f"{binding.metadata.namespace}/" if binding.metadata.namespace else ""
            name = f"{type(binding).__name__} {place}{binding.metadata.name}"
            printed = format_node(node)
            if printed in whole:
                expected[name] = tuple(
                    len(secrets & rg.descendants(whole, printed, certain=certain))
                    for certain in (True, False)
                )
        for group in exposure_by(graph, "binding").groups:
            found = group.secrets, group.secrets + group.conditional
            assert found == expected[group.name], group.name
            seen += 1

    assert seen > 10


def test_a_grouping_that_does_not_exist(root):
    cluster = rg.load(root / "fixtures/clusters/shop")
    with pytest.raises(UsageError, match="no grouping 'secret'"):
        cluster.exposure_by("secret")
