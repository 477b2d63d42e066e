"""A survey says of every Secret and principal what the single questions say."""

import io
import json

import pytest
from msgspec.structs import replace

from rbacgraph.graph.build import build
from rbacgraph.model.answers.paths import Counted
from rbacgraph.model.node import SECRET
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.access.reach import reach
from rbacgraph.query.access.survey import survey
from rbacgraph.report.page.html import page_data
from rbacgraph.report.text.paths.fold_paths import (
    certain_paths,
    conditional_paths,
    fold_principals,
    fold_targets,
)
from rbacgraph.sources.load import load
from tests.query.clusters import random_snapshot
from tests.query.test_laws import costs
from tests.worlds import law


def agrees(graph, **limits):
    result = survey(graph, **limits)
    rows = exposure(graph, **limits)
    assert result.exposure == rows
    assert [secret.secret for secret in result.secrets] == [row.secret for row in rows.rows]
    together = {one.secret: one for one in paths(graph, secret="*/*", **limits).secrets}
    for secret in result.secrets:
        (answer,) = paths(graph, secret=secret.secret, **limits).secrets
        ways, beside = result.ways[secret.ways], result.beside[secret.beside]
        found = secret.paths(ways)
        # A question about one Secret may find another of several ways that cost the same.
        assert costs([found]) == costs([answer.paths])
        assert found == together[secret.secret].paths
        assert (ways.members, ways.folded) == (answer.members, answer.folded)
        assert beside.changers == answer.changers
        assert (secret.file, secret.line) == (answer.file, answer.line)
        assert (secret.inferred, secret.references) == (answer.inferred, answer.references)
    limits.pop("system", None)
    for one in result.principals:
        reached = reach(graph, source=one.principal, **limits).reached
        # `reach` of one source also says what its targets are worth.
        others = (replace(item, value=None) for item in reached if item.kind != SECRET)
        assert one.others == tuple(others)
    assert (result.left_out, result.silent) == (0, 0)
    return result


# in both a question about one Secret finds another of several ways that cost the same
@law(random_snapshot, 120, examples=[257115828, 252376220])
def test_it_is_what_paths_and_reach_tell(seed):
    agrees(build(random_snapshot(seed)))


def one_to_six(rng):
    return rng.randint(1, 6)


def routes_of(others):
    """The routes to what is no Secret, in the order of a page."""
    routes = fold_targets([*certain_paths(others), *conditional_paths(others)])
    return sorted(routes, key=lambda route: (not route.lead.certain, route.lead.effort))


@law(random_snapshot, 120, one_to_six)
def test_only_the_first_routes_are_told_and_of_the_others_how_much_they_lead_to(seed, most):
    graph = build(random_snapshot(seed))
    some, whole = survey(graph, max_routes=most).principals, survey(graph).principals
    for one, every in zip(some, whole, strict=True):
        routes = routes_of(every.others)
        assert routes_of(one.others) == routes[:most]
        assert one.untold == sum(len(route.names) for route in routes[most:])
        assert (one.principal, one.groups, every.untold) == (every.principal, every.groups, 0)


@law(random_snapshot, 120, one_to_six)
def test_of_paths_to_a_secret_the_first_routes_are_told_and_the_others_counted(seed, most):
    graph = build(random_snapshot(seed))
    some, whole = survey(graph, max_ways=most), survey(graph)
    for ways, counted, every in zip(some.ways, some.counted, whole.ways, strict=True):
        routes = [
            route
            for certain in (True, False)
            for route in fold_principals(p for p in every.paths if p.certain is certain)
        ]
        told = {path for route in routes[:most] for path in route.paths}
        assert ways.paths == tuple(path for path in every.paths if path in told)
        assert counted == tuple(
            Counted(route.lead.opening, route.lead.certain, route.names) for route in routes[most:]
        )
    assert page_data(some, most) == page_data(whole, most)
    assert some.principals == whole.principals


@pytest.mark.parametrize(
    "limits",
    [{}, {"certain": True}, {"system": True}, {"without": ("read-secret", "create-pod")}],
    ids=str,
)
def test_the_bundled_cluster(root, limits):
    result = agrees(build(load(root / "fixtures" / "clusters" / "shop")), **limits)
    told = {path.principal for ways in result.ways for path in ways.paths}
    assert told <= {one.principal for one in result.principals}


def secret(name):
    meta = {"name": name, "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque"}


def test_secrets_that_are_alike_share_their_ways(root):
    shop = root / "fixtures" / "clusters" / "shop"
    twins = {"apiVersion": "v1", "kind": "List", "items": [secret(f"twin-{n}") for n in range(9)]}
    result = agrees(build(load(shop, io.BytesIO(json.dumps(twins).encode()))))
    same = {(one.ways, one.beside) for one in result.secrets if "/twin-" in one.secret}
    assert len(same) == 1
    assert len(result.ways) <= len(result.secrets) - 8


def test_bounds_leave_out_the_least_exposed_and_say_so(root):
    graph = build(load(root / "fixtures" / "clusters" / "shop"))
    told = []
    result = survey(
        graph, max_secrets=3, max_principals=2, progress=lambda done, _: told.append(done)
    )
    assert len(result.secrets) == 3
    assert result.left_out == len(result.exposure.rows) - 3
    assert result.silent == len(result.principals) - 2
    assert sum(bool(one.others) for one in result.principals) <= 2
    assert told == sorted(set(told))


def test_one_namespace(root):
    graph = build(load(root / "fixtures" / "clusters" / "shop"))
    result = survey(graph, namespace="payments")
    assert {one.secret for one in result.secrets} == {
        "secret:payments/ledger-db",
        "secret:payments/payment-provider",
    }


def test_a_namespace_that_no_server_would_take_is_no_other():
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "</script>", "namespace": "a</b"},
    }
    graph = build(load(io.BytesIO(json.dumps(secret).encode())))
    assert [found.secret for found in survey(graph).secrets] == ["secret:a</b/</script>"]


RBAC = "rbac.authorization.k8s.io"
GRANTS = f"""
apiVersion: {RBAC}/v1
kind: Role
metadata: {{name: amy, namespace: shop}}
rules:
- {{apiGroups: [""], resources: [secrets], verbs: [get], resourceNames: [twin-1]}}
- {{apiGroups: [""], resources: [secrets], verbs: [list], resourceNames: [twin-2]}}
---
apiVersion: {RBAC}/v1
kind: RoleBinding
metadata: {{name: amy, namespace: shop}}
roleRef: {{apiGroup: {RBAC}, kind: Role, name: amy}}
subjects: [{{apiGroup: {RBAC}, kind: User, name: amy}}]
"""


def test_secrets_of_one_collection_are_not_alike_if_rules_name_them():
    """One role leads to both, but by different rules."""
    twins = [json.dumps(secret(f"twin-{n}")) for n in (1, 2)]
    result = agrees(build(load(io.BytesIO("\n---\n".join((*twins, GRANTS)).encode()))))
    first, second = (one.ways for one in result.secrets)
    assert first != second
