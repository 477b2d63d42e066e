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
from rbacgraph.techniques.catalogue import EDGES
from tests.query.access.test_admins import graph_of
from tests.query.access.test_exposure_readers import standings
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


COUNTS = ("secrets", *RISK_VALUES, "readers", "principals", "pairs")


def counted(pairs, standing, values):
    """The counts of a group by its pairs: of what is certain, then of what is only conditional."""
    operators, admins = standing
    found = []
    for certain in (True, False):
        mine = {pair for pair, sure in pairs.items() if sure is certain}
        rest = {pair for pair, sure in pairs.items() if sure and not certain}
        read = {pair for pair in mine if pair[0] not in operators | admins[certain]}
        secrets = {secret for _, secret in mine} - {secret for _, secret in rest}
        of_values = Counter(values[secret] for secret in secrets)
        people = {name for name, _ in rest}
        readers, principals = ({name for name, _ in some} - people for some in (read, mine))
        counts = [of_values[value] for value in RISK_VALUES]
        found.append([len(secrets), *counts, len(readers), len(principals), len(read)])
    return found


def told(group):
    others = ("conditional", *(f"{name}_conditional" for name in COUNTS[1:]))
    return [[getattr(group, name) for name in names] for names in (COUNTS, others)]


def in_order(groups):
    """Whether the certain counts rank, and those under a condition only where they are equal."""

    def rank(found):
        secrets, control, high, medium, _, readers, _, pairs = found
        return not readers, -control, -high, -medium, -pairs, -secrets

    parts = ("reader", "operator", "admin", "")
    keys = [(parts.index(one.standing), *map(rank, told(one)), one.name) for one in groups]
    return keys == sorted(keys)


@BOTH
def test_principals_and_namespaces_hold_each_pair_once(make):
    both = 0

    for seed in worlds(make, 45):
        graph = graph_of(make, seed)
        every, rows = pairs_of(graph), {row.secret: row for row in exposure(graph).rows}
        standing, values = standings(graph), {secret: row.value for secret, row in rows.items()}
        by_name = exposure_by(graph, "principal").groups
        assert {g.name for g in by_name} == {name for name, _ in every}
        assert in_order(by_name)
        for group in by_name:
            mine = {secret: sure for (name, secret), sure in every.items() if name == group.name}
            own = {(group.name, secret): sure for secret, sure in mine.items()}
            assert told(group) == counted(own, standing, values), group.name
            both += group.secrets > 0 < group.conditional
            openings = {kind for secret in mine for kind in rows[secret].opening}
            assert set(group.techniques) <= openings
            assert group.techniques
        by_place = exposure_by(graph, "namespace").groups
        assert sum(g.secrets for g in by_place) == sum(bool(r.certain) for r in rows.values())
        assert sum(g.pairs for g in by_place) == sum(r.readers for r in rows.values())
        maybe = sum(r.readers_conditional for r in rows.values())
        assert sum(g.pairs_conditional for g in by_place) == maybe
        assert in_order(by_place)
        for group in by_place:
            own = {
                pair: sure
                for pair, sure in every.items()
                if pair[1].startswith(f"secret:{group.name}/")
            }
            assert told(group) == counted(own, standing, values), group.name
            only = exposure_by(graph, "namespace", namespace=group.name).groups
            assert only == (group,)

    assert both > 2 or make is random_rbac


@BOTH
def test_a_technique_is_the_last_of_some_path_of_its_pairs(make):
    seen = 0

    for seed in worlds(make, 45):
        graph = graph_of(make, seed)
        whole = graph.to_networkx()
        pairs = _Pairs(graph, graph.principals, PathFilter(), None)
        names = [format_node(graph.nodes[number]) for number in pairs.numbers.tolist()]
        starts = {n: format_node(graph.nodes[n]) for n in graph.principals.numbers}
        reached = {one: {one, *rg.descendants(whole, one)} for one in starts.values()}
        every = pairs_of(graph)
        ends = [(s, t, EDGES[k].id) for s, t, k in _last_edges(graph, pairs)]
        inside = _members(graph, pairs)
        by_any, by_kind = set(), {}
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
            own = by_kind[EDGES[kind].id] = {}
            for numbers, sure in ((found.every, False), (found.sure, True)):
                for name, number in zip(names, numbers.tolist(), strict=True):
                    own |= {(starts[one], name): sure for one in pairs._sets[number]}
        assert by_any == set(every)
        groups = exposure_by(graph, "technique").groups
        assert in_order(groups)
        standing, rows = standings(graph), exposure(graph).rows
        values = {row.secret: row.value for row in rows}
        for group in groups:
            assert told(group) == counted(by_kind[group.name], standing, values), group.name
        listed = {group.name for group in groups}
        openings = {kind for row in rows for kind in row.opening}
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
        whole = graph.to_networkx()
        rbac = graph.world.rbac
        values = {row.secret: row.value for row in exposure(graph).rows}
        secrets, standing = set(values), standings(graph)
        people = {format_node(graph.nodes[number]) for number in graph.principals.numbers}
        expected = {}
        for node, (binding, _) in zip(rbac.binding_nodes, rbac.bindings, strict=True):
            place = f"{binding.metadata.namespace}/" if binding.metadata.namespace else ""
            name = f"{type(binding).__name__} {place}{binding.metadata.name}"
            printed = format_node(node)
            if printed in whole:
                sure, every = (
                    secrets & rg.descendants(whole, printed, certain=certain)
                    for certain in (True, False)
                )
                bound = {
                    (source, not data["condition"])
                    for source, _, data in whole.in_edges(printed, data=True)
                    if data["edge"] == "bound-by" and source in people
                }
                subjects = dict(sorted(bound))
                given = {("", s): s in sure for s in every}
                pairs = {(one, s): subjects[one] and s in sure for one in subjects for s in every}
                several = (counted(some, standing, values) for some in (given, pairs))
                expected[name] = [of[:-3] + by[-3:] for of, by in zip(*several, strict=True)]
        groups = exposure_by(graph, "binding").groups
        assert in_order(groups)
        for group in groups:
            assert told(group) == expected[group.name], group.name
            seen += 1

    assert seen > 10


def test_a_grouping_that_does_not_exist(root):
    cluster = rg.load(root / "fixtures/clusters/shop")
    with pytest.raises(UsageError, match="no grouping 'secret'"):
        cluster.exposure_by("secret")
