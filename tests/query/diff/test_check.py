"""``check``: what a policy does not allow, held against ``paths`` by definition."""

import random
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

import rbacgraph as rg
from rbacgraph.graph.build import build
from rbacgraph.model.answers.policy_check import Baseline, Policy, PolicyEntry
from rbacgraph.model.node import format_node
from rbacgraph.query.access.admins import admins
from rbacgraph.query.access.exposure import exposure
from rbacgraph.query.access.paths import paths
from rbacgraph.query.diff.policy_check import check
from tests.query.access.test_admins import graph_of
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.worlds import another, law, worlds

TODAY = "2026-06-15"
SECRETS = ("a/s0", "a/*", "*/s1", "b/token", "*/*", "c/none")
OUTSIDE = ("vault:kv/data/one", "vault:*", "vault:kv/data/t*", "azure:keys/?", "aws:*")
PRINCIPALS = (
    "user:alice",
    "group:devs",
    "group:system:serviceaccounts",
    "group:system:authenticated",
    "serviceaccount:a/*",
    "serviceaccount:*/x",
    "user:*",
)


def some(rng, things, most):
    return tuple(rng.sample(things, rng.randint(0, most)))


def random_policy(seed, secrets=SECRETS):
    rng = random.Random(seed)
    entries = tuple(
        PolicyEntry(
            secrets=some(rng, secrets, 2) or ("a/s1",),
            allow=some(rng, PRINCIPALS, 3),
            except_secrets=some(rng, (*secrets[:4], *secrets[len(SECRETS) :]), 1),
            except_principals=some(rng, PRINCIPALS, 1),
            until=rng.choice(("", "", "2026-06-14", "2026-06-15")),
        )
        for _ in range(rng.randint(0, 3))
    )
    return Policy("policy.yaml", entries, rng.choice(("deny", "allow")))


def is_any(name, patterns):
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def covers(name, patterns):
    """A pattern for Secrets of the cluster covers none of a store's."""
    return is_any(name, [one for one in patterns if (":" in one) == (":" in name)])


def groups_of(graph, principal):
    return {
        format_node(graph.nodes[group])
        for group, members in graph.membership.members.items()
        if principal in {format_node(graph.nodes[n]) for n in members}
    }


def allows(graph, entry, principal):
    names = {principal, *groups_of(graph, principal)}
    return any(is_any(name, entry.allow) for name in names) and not is_any(
        principal, entry.except_principals
    )


def expected(graph, policy):
    """Who reaches what and may not, by definition."""
    found = set()
    for row in exposure(graph).rows:
        (secret,) = paths(graph, secret=row.secret).secrets
        name = secret.secret.removeprefix("secret:")
        about = [
            entry
            for entry in policy.entries
            if covers(name, entry.secrets) and not covers(name, entry.except_secrets)
        ]
        if not about and policy.default == "allow":
            continue
        valid = [entry for entry in about if not entry.until or entry.until >= TODAY]
        levels = {}
        for path in secret.paths:
            levels[path.principal] = levels.get(path.principal, False) or path.certain
        found |= {
            (principal, secret.secret, certain)
            for principal, certain in levels.items()
            if not any(allows(graph, entry, principal) for entry in valid)
        }
    return found


def told(result):
    return [
        (principal, secret, found.certain)
        for found in result.findings
        for principal in found.principals
        for secret in found.secrets
    ]


@law(random_snapshot, 60, another)
def test_findings_are_what_paths_tells_beyond_the_policy(seed, other):
    graph, policy = build(random_snapshot(seed)), random_policy(other)
    found = told(check(graph, policy, today=TODAY))
    assert len(found) == len(set(found))
    assert set(found) == expected(graph, policy)


@law(random_snapshot, 60, another, another)
def test_what_is_known_is_not_told(seed, other, third):
    graph, policy, rng = build(random_snapshot(seed)), random_policy(other), random.Random(third)
    every = told(check(graph, policy, today=TODAY))
    known = {(p, s): rng.random() < 0.5 for p, s, _ in every if rng.random() < 0.7}
    stale = {("user:nobody", "secret:a/s0"): True}
    result = check(graph, policy, today=TODAY, known=Baseline(known | stale, {}))
    left = {
        (p, s, certain)
        for p, s, certain in every
        if (p, s) not in known or (certain and not known[p, s])
    }
    assert set(told(result)) == left
    met = {(p, s): certain for p, s, certain in set(every) - left}
    assert_known(result, met, known | stale)


def assert_known(result, met, known):
    """Hold the counts to who is known: by whether it is certain now, and whether it was."""
    left = [sure for name, sure in known.items() if name not in met]
    assert result.known == sum(met.values())
    assert result.known_conditional == len(met) - result.known
    assert (result.gone, result.gone_conditional) == (sum(left), len(left) - sum(left))


def listed(result):
    return {(name, one.certain) for one in result.admins for name in one.principals}


def test_forbidden_admins_are_those_of_admins_beyond_the_policy_and_what_is_known():
    seen = [0, 0, 0]

    examples = [
        (1161, 0),  # a group is it for certain, and members of it on a condition
        (445, 536870912),  # a way that is certain, found among all ways alone
    ]
    for seed, other in worlds(random_rbac, 240, another, examples=examples):
        graph, rng = graph_of(random_rbac, seed), random.Random(other)
        policy = Policy("policy.yaml", (), "allow", some(rng, PRINCIPALS, 2))
        every = {(one.principal, one.certain) for one in admins(graph).every}
        allowed = {name for name, _ in every if is_any(name, policy.admins)}
        node = {format_node(graph.nodes[n]): n for n in graph.principals.numbers}
        groups = {
            name: {format_node(graph.nodes[g]) for g in graph.membership.groups_of(number)}
            for name, number in node.items()
        }
        expected = {
            (name, certain)
            for name, certain in every
            if name not in allowed
            and not any(is_any(group, policy.admins) for group in groups.get(name, ()))
        }
        result = check(graph, policy, today=TODAY)
        assert listed(result) == expected
        assert result.failed == bool(expected)
        known = {name: rng.random() < 0.5 for name, _ in expected if rng.random() < 0.9}
        left = {(n, sure) for n, sure in expected if n not in known or (sure and not known[n])}
        again = check(graph, policy, today=TODAY, known=Baseline({}, known | {"user:gone": True}))
        assert listed(again) == left
        assert_known(again, dict(expected - left), known | {"user:gone": True})
        assert check(graph, Policy("p", (), "allow"), today=TODAY).admins == ()
        for place, number in enumerate((len(expected), len(every - expected), again.known)):
            seen[place] += number

    assert min(seen) > 10


@law(store_snapshot, 45, another)
def test_secrets_of_stores_are_asked_about_like_others(seed, other):
    graph = build(store_snapshot(seed))
    policy = random_policy(other, (*SECRETS, *OUTSIDE))
    result = check(graph, policy, today=TODAY)
    found = told(result)
    assert len(found) == len(set(found))
    assert set(found) == expected(graph, policy)
    rows = exposure(graph).rows
    assert result.secrets == len(rows)
    assert set(result.without_entry) <= {row.secret for row in rows}


@law(random_snapshot, 60)
def test_whom_all_may_reach_nobody_reaches_beyond(seed):
    graph = build(random_snapshot(seed))
    everybody = PolicyEntry(secrets=("*/*",), allow=("user:*", "group:*", "serviceaccount:*"))
    assert not check(graph, Policy("p", (everybody,)), today=TODAY).failed


def test_entries_that_are_of_no_use_are_told():
    graph = build(random_snapshot(1))
    entries = (
        PolicyEntry(secrets=("a/s0", "c/none"), allow=(), line=3),
        PolicyEntry(
            secrets=("a/s1",), allow=("user:alice",), until="2026-06-14", reason="why", line=7
        ),
    )
    result = check(graph, Policy("p", entries), today=TODAY)
    assert [(one.pattern, one.line) for one in result.unmatched] == [("c/none", 3)]
    assert [(one.until, one.reason, one.line) for one in result.expired] == [
        ("2026-06-14", "why", 7)
    ]
    assert {"secret:b/s0", "secret:b/s1"} <= set(result.without_entry)
    assert "secret:a/s0" not in result.without_entry


@pytest.mark.parametrize(
    ("allowed", "found"),
    [
        ("user:[*]", {"user:alice"}),
        ("user:*", set()),
        ("user:[a]lice", {"user:*"}),
        ("group:[*]", {"user:*", "user:alice"}),
    ],
)
def test_who_is_called_like_a_pattern_is_meant_as_in_a_shell(allowed, found, tmp_path):
    fixtures = Path(__file__).parents[3] / "fixtures" / "edges" / "impersonate-user"
    policy = tmp_path / "policy.yaml"
    policy.write_text(f'access:\n- secret: shop/db\n  allow: "{allowed}"\n')
    result = rg.load(fixtures / "yes-star.yaml").check(policy)
    assert {principal for principal, _, _ in told(result.result)} == found


KUBELET = """
{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: shop}}
---
{apiVersion: v1, kind: Node, metadata: {name: one}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: editor}
rules:
- {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [of-nodes],
   verbs: [patch, escalate]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: of-nodes}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: of-nodes}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: of-nodes}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:nodes'}]
"""
EDITOR = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: editor}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: editor}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: 'system:node:one'}]
"""


def test_a_kubelet_counts_that_gets_it_as_its_user_and_in_its_group_together(tmp_path):
    """As its user it writes a role that only its group is bound to."""
    sides = []
    for name, text in (("before", KUBELET), ("after", KUBELET + EDITOR)):
        (tmp_path / f"{name}.yaml").write_text(text)
        sides.append(rg.load(tmp_path / f"{name}.yaml", bootstrap=False))
    graph = sides[1].access_graph
    listed = {one.principal for one in paths(graph, secret="*/*").secrets[0].paths}
    assert listed == {"kubelet:one"}
    for allowed, found in (("user:*", listed), ("kubelet:*", set()), ("group:system:nodes", set())):
        entry = PolicyEntry(secrets=("shop/db",), allow=(allowed,))
        result = check(graph, Policy("p", (entry,), admins=(allowed,)), today=TODAY)
        assert {principal for principal, _, _ in told(result)} == found
        assert {one for way in result.admins for one in way.principals} == found
    assert {one for change in rg.diff(*sides) for one in change.principals} == listed
