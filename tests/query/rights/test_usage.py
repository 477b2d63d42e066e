"""What is granted, what of it was used, and what never."""

import gzip
import io
import json
from collections import Counter

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.errors import UsageError

RBAC = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: mixed}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get, list]}
- {apiGroups: [""], resources: [configmaps], verbs: [get], resourceNames: [a, b]}
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind, delete]}
- {apiGroups: ["*"], resources: ["*/scale"], verbs: ["*"]}
- {nonResourceURLs: [/metrics, "/logs/*"], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mixed}
subjects: [{kind: ServiceAccount, name: ci}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ops}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mixed}
subjects: [{kind: Group, name: ops}, {kind: User, name: alice}]
"""
CI = "system:serviceaccount:shop:ci"


@pytest.fixture(scope="module")
def cluster():
    return rg.load(io.BytesIO(RBAC.encode()))


def usage(cluster, *events, **options):
    lines = "\n".join(
        json.dumps({"auditID": str(number), "stage": "ResponseComplete", **event})
        for number, event in enumerate(events)
    )
    return cluster.usage(io.BytesIO(lines.encode()), **options)


def call(user, verb, resource, namespace="", name="", *, groups=(), code=200, **ref):
    where = f"namespaces/{namespace}/" if namespace else ""
    ref = {"resource": resource, "namespace": namespace, "name": name, **ref}
    return {
        "verb": verb,
        "requestURI": f"/api/v1/{where}{resource}",
        "user": {"username": user, "groups": list(groups)},
        "objectRef": ref,
        "responseStatus": {"code": code},
    }


def path(user, url):
    return {**call(user, "get", ""), "objectRef": None, "requestURI": url}


def used(answer, principal):
    """The parts that were used, with their numbers."""
    return {
        (part.verb, part.path or part.resource, part.name): part.requests
        for use in answer
        if use.principal == principal
        for part in use.of("used")
    }


def test_what_was_used_and_what_never(cluster):
    answer = usage(
        cluster,
        call(CI, "get", "secrets", "shop", "db"),
        call(CI, "get", "secrets", "shop", "other"),
        call(CI, "get", "configmaps", "shop", "b"),
    )
    assert used(answer, "serviceaccount:shop/ci") == {
        ("get", "secrets", ""): 2,
        ("get", "configmaps", "b"): 1,
    }
    first = next(use for use in answer if use.principal == "serviceaccount:shop/ci")
    assert (first.binding.name, first.rule.name, first.rule.rule) == ("ci", "mixed", 0)
    assert [part.verb for part in first.of("never-used")] == ["list"]


def test_a_binding_in_a_namespace_is_used_there_alone(cluster):
    answer = usage(
        cluster,
        call(CI, "get", "secrets", "pay", "db"),
        call(CI, "list", "secrets"),
        path(CI, "/metrics"),
    )
    assert used(answer, "serviceaccount:shop/ci") == {}
    assert {(r.verb, r.resource, r.path) for r in answer.result.unexplained} == {
        ("get", "secrets", ""),
        ("list", "secrets", ""),
        ("get", "", "/metrics"),
    }


def test_a_binding_in_a_namespace_gives_nothing_on_urls(cluster):
    """Nobody has what a RoleBinding's role says of URLs, so that nobody leaves it unused."""
    answer = usage(cluster, path(CI, "/metrics"))
    told = [use for use in answer if any(part.path for part in use.parts)]
    assert {(use.principal, use.scope) for use in told} == {("group:ops", ""), ("user:alice", "")}
    assert {use.rule.rule for use in answer if use.scope} == {0, 1, 2, 3}
    assert [one.path for one in answer.result.unexplained] == ["/metrics"]
    for use in answer:
        for part in use.parts:
            wanted = (
                {"path": part.path}
                if part.path
                else {
                    "resource": f"{part.resource.partition('/')[0]}".replace("*", "any"),
                    "subresource": part.resource.partition("/")[2],
                    "group": part.group.replace("*", "any"),
                    "namespace": use.scope,
                    "name": part.name,
                }
            )
            kind, _, name = use.principal.partition(":")
            who = (
                {"user": "x", "groups": [name]}
                if kind == "group"
                else {"user": CI if name == "shop/ci" else name, "groups": []}
            )
            if not part.path.endswith("*"):
                assert cluster.can_i(part.verb.replace("*", "any"), **wanted, **who)


def test_groups_are_those_of_the_log(cluster):
    answer = usage(
        cluster,
        call("bob", "list", "secrets", groups=["ops"]),
        call("eve", "list", "secrets", groups=["ops"]),
        path("bob", "/logs/x"),
    )
    assert used(answer, "group:ops") == {("list", "secrets", ""): 2, ("get", "/logs/*", ""): 1}
    assert answer.result.unexplained == ()
    assert used(answer, "user:alice") == {}


def test_a_wildcard_says_what_was_done_by_it(cluster):
    answer = usage(
        cluster,
        call("alice", "patch", "deployments", "x", "y", apiGroup="apps", subresource="scale"),
    )
    (part,) = [part for use in answer for part in use.of("used")]
    assert [(s.verb, s.group, s.resource) for s in part.seen] == [
        ("patch", "apps", "deployments/scale")
    ]


def test_what_no_log_shows_is_not_called_unused(cluster):
    answer = usage(cluster)
    unseen = {(part.verb, part.resource) for use in answer for part in use.of("unseen")}
    assert unseen == {("bind", "roles")}


HIDES = b"""
apiVersion: audit.k8s.io/v1
kind: Policy
rules: [{level: None, verbs: [list]}, {level: Metadata}]
"""
ONLY = """
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: r, namespace: shop}
rules:
- {apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}
- {apiGroups: [""], resources: [configmaps], verbs: [get]}
- {apiGroups: [""], resources: [secrets], verbs: [list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
subjects: [{kind: ServiceAccount, name: ci}]
"""


@pytest.mark.parametrize(
    ("need", "policy", "never"),
    [("", b"", 2), ("sa:shop/ci get configmaps", b"", 1), ("sa:shop/ci get configmaps", HIDES, 0)],
)
def test_a_rule_counts_as_never_used_if_a_part_of_it_is(need, policy, never):
    given = rg.load(io.BytesIO(ONLY.encode()))
    options = {"need": io.BytesIO(need.encode())} if need else {}
    options |= {"audit_policy": io.BytesIO(policy)} if policy else {}
    text = str(usage(given, call("bob", "get", "pods"), **options))
    assert f"3 rules granted, {never} of them never used." in text


def test_denied_is_not_used(cluster):
    answer = usage(cluster, call("alice", "get", "secrets", "shop", "db", code=403))
    assert used(answer, "user:alice") == {}
    assert [(r.principal, r.name, r.requests) for r in answer.result.denied] == [
        ("user:alice", "db", 1)
    ]


def test_masters_need_no_explanation(cluster):
    answer = usage(cluster, call("root", "delete", "nodes", name="n", groups=["system:masters"]))
    assert answer.result.unexplained == ()


def test_shipped_bindings_are_shown_when_asked_for(cluster):
    kinds = {use.principal for use in usage(cluster)}
    assert kinds == {"serviceaccount:shop/ci", "group:ops", "user:alice"}
    assert "group:system:authenticated" in {u.principal for u in usage(cluster, system=True)}


EVENTS = [
    call("alice", "list", "secrets", groups=["ops"]),
    call("bob", "get", "secrets", "shop", "db", groups=["ops"]),
    call(CI, "get", "secrets", "shop", "db"),
    call("bob", "delete", "secrets", "shop", "db", code=403),
]


@pytest.mark.parametrize(
    ("source", "principals", "requests", "denied"),
    [
        ("user:alice", {"user:alice", "group:ops"}, 2, 0),
        ("user:bob", {"group:ops"}, 1, 1),
        ("group:ops", {"group:ops"}, 2, 1),
        ("sa:shop/ci", {"serviceaccount:shop/ci"}, 1, 0),
        ("user:nobody", set(), 0, 0),
    ],
)
def test_asks_about_one(cluster, source, principals, requests, denied):
    answer = usage(cluster, *EVENTS, source=source)
    assert {use.principal for use in answer} == principals
    assert sum(use.requests for use in answer) == requests
    assert sum(one.requests for one in answer.result.denied) == denied


@pytest.mark.parametrize("source", ["pod:shop/web", "node:n", "alice"])
def test_refuses_what_is_no_subject(cluster, source):
    with pytest.raises(UsageError):
        usage(cluster, source=source)


@pytest.mark.parametrize("number", [1, 2])
def test_a_real_log_is_explained_by_the_objects_in_force(root, number):
    """Each request that was allowed, counted at every rule that allows it."""
    folder = root / "fixtures" / "audit"
    objects = gzip.decompress((folder / f"usage-{number}.objects.json.gz").read_bytes())
    cluster = rg.load(io.BytesIO(objects))
    answer = cluster.usage(folder / f"usage-{number}.log.gz")
    accounts = {
        f"serviceaccount:u{number}-{name}/{who}"
        for name in ("shop", "pay", "ops")
        for who in ("app", "ci", "op")
    }
    assert not [one for one in answer.result.unexplained if one.principal in accounts]
    calls = json.loads(gzip.decompress((folder / f"usage-{number}.truth.json.gz").read_bytes()))
    requests, impersonations = Counter(), Counter()
    for one in calls["calls"]:
        if one["code"] == 403:
            continue
        _, _, namespace, name = one["user"].split(":")
        if one["verb"] == "impersonate":
            impersonations[f"serviceaccount:{namespace}/{name}"] += 1
            continue
        request = Request(
            *(one[f] for f in ("verb", "group", "resource", "subresource", "namespace", "name")),
            one["path"] or None,
        )
        requests[f"serviceaccount:{namespace}/{name}", request] += 1
    roles = {(type(r).__name__, r.metadata.name): r for r in cluster.snapshot.cluster_roles}
    assert {use.principal for use in answer} == accounts
    for use in answer:
        rule = roles[use.rule.kind, use.rule.name].rules[use.rule.rule]
        expected = sum(
            count
            for (principal, request), count in requests.items()
            if principal == use.principal
            and (not use.scope or request.namespace == use.scope)
            and rule_allows(rule, request)
        )
        # Each was let pass by two rights of constrained impersonation, and "*" held both.
        both = 2 * impersonations[use.principal] if rule.verbs == ("*",) and rule.resources else 0
        assert use.requests == expected + both


def stated(cluster, text, **options):
    need = io.BytesIO(text.encode())
    answer = usage(cluster, call(CI, "get", "secrets", "shop"), need=need, **options)
    return {
        (use.principal, part.verb, part.path or part.resource, part.name)
        for use in answer
        for part in use.of("stated")
    }


def test_what_is_stated_is_not_called_unused(cluster):
    text = """
        sa:shop/ci get,list secrets
        sa:shop/ci get configmaps a -n shop
        sa:shop/ci bind clusterroles.rbac.authorization.k8s.io
        sa:shop/ci delete roles.rbac.authorization.k8s.io -n pay
        user:bob get /metrics
    """
    assert stated(cluster, text) == {
        ("serviceaccount:shop/ci", "list", "secrets", ""),
        ("serviceaccount:shop/ci", "get", "configmaps", "a"),
    }


def test_what_is_stated_with_a_wildcard_holds_of_its_parts(cluster):
    text = """
rules:
- {apiGroups: ["*"], resources: ["*"], verbs: [list]}
- {apiGroups: [""], resources: [configmaps], verbs: ["*"]}
"""
    found = stated(cluster, text, source="sa:shop/ci")
    assert found == {
        ("serviceaccount:shop/ci", "list", "secrets", ""),
        ("serviceaccount:shop/ci", "get", "configmaps", "a"),
        ("serviceaccount:shop/ci", "get", "configmaps", "b"),
    }


def test_what_is_stated_elsewhere_is_not_stated_here(cluster):
    assert stated(cluster, "sa:shop/ci list secrets -n pay") == set()
    assert stated(cluster, "user:alice list secrets -n pay") == {
        ("user:alice", "list", "secrets", "")
    }


def test_what_was_used_stays_used_though_it_is_stated(cluster):
    need = io.BytesIO(b"sa:shop/ci get secrets")
    answer = usage(cluster, call(CI, "get", "secrets", "shop"), need=need)
    assert used(answer, "serviceaccount:shop/ci") == {("get", "secrets", ""): 1}


def test_a_group_needs_what_is_stated_for_it(cluster):
    assert stated(cluster, "group:ops get /metrics") == {("group:ops", "get", "/metrics", "")}


def test_statements_that_name_nobody_are_about_whoever_is_asked_about(cluster):
    found = stated(cluster, "list secrets", source="sa:shop/ci")
    assert found == {("serviceaccount:shop/ci", "list", "secrets", "")}


def test_statements_that_mean_nothing_are_told(cluster):
    answer = usage(cluster, need=io.BytesIO(b"list secrets"))
    assert "bad-need" in {told.code for told in answer.result.diagnostics}


POLICY = b"""
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: None
  verbs: [get, list]
  resources: [{group: "", resources: [secrets]}]
- level: Metadata
"""


def test_what_the_policy_leaves_out_is_not_called_unused(cluster):
    answer = usage(cluster, call("bob", "get", "pods"), audit_policy=io.BytesIO(POLICY))
    unseen = {
        (part.verb, part.resource)
        for use in answer
        for part in use.of("unseen")
        if use.principal == "serviceaccount:shop/ci"
    }
    assert unseen == {("bind", "roles"), ("get", "secrets"), ("list", "secrets")}
    spots = list(map(str, answer.result.log.blind_spots))
    assert "get, list on secrets, by the audit policy (<stream>:5)" in spots
    assert not any("may leave" in spot or "leaves out, and" in str(spot) for spot in spots)


def test_who_was_impersonated_in_several_groups_is_told_once(cluster):
    as_bob = {"impersonatedUser": {"username": "bob", "groups": ["x"]}}
    answer = usage(
        cluster,
        call("bob", "delete", "pods", "shop", "a"),
        {**call("eve", "delete", "pods", "shop", "a"), **as_bob},
    )
    of_bob = [r for r in answer.result.unexplained if r.principal == "user:bob"]
    assert [r.requests for r in of_bob] == [2]


@pytest.mark.parametrize(("version", "state"), [(None, "used"), ((1, 34), "never-used")])
def test_what_a_request_proves_to_be_asked_beside_it_is_used(version, state):
    """Since v1.35 a WebSocket that was opened was allowed create, too."""
    rules = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: mixed}
rules:
- {apiGroups: [""], resources: [pods/exec], verbs: [create, get]}
- {apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve, sign]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: alice}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mixed}
subjects: [{kind: User, name: alice}]
"""
    snapshot = rg.load(io.BytesIO(rules.encode())).snapshot
    cluster = rg.Cluster(replace(snapshot, kubernetes_version=version))
    opened = call("alice", "get", "pods", "shop", "web-0", code=101, subresource="exec")
    csr = {"apiGroup": "certificates.k8s.io", "subresource": "approval"}
    approved = call("alice", "update", "certificatesigningrequests", name="x", **csr)
    approved["requestObject"] = {"spec": {"signerName": "example.org/a"}}
    found = usage(cluster, opened, approved, source="user:alice").result
    states = {(part.verb, part.resource): part.state for use in found.grants for part in use.parts}
    assert states["create", "pods/exec"] == state
    assert states["approve", "signers"] == "used"
    assert states["sign", "signers"] == "unseen"
    assert any("WebSocket" in str(spot) for spot in found.log.blind_spots) is False
    refused = call("alice", "get", "pods", "shop", "web-0", code=400, subresource="exec")
    found = usage(cluster, refused, source="user:alice").result
    assert any("WebSocket" in str(spot) for spot in found.log.blind_spots)
