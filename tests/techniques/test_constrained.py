"""Constrained impersonation by many of many: what is had is told once, not once for each."""

import json

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.graph.build import build
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.query.access.reach import reach
from rbacgraph.sources.load import load
from rbacgraph.techniques.impersonation.rule_intersection import checks, limited

RBAC = "rbac.authorization.k8s.io"
ACT = {
    "apiGroups": ["authentication.k8s.io"],
    "resources": ["users", "serviceaccounts"],
    "verbs": ["impersonate:user-info", "impersonate:serviceaccount"],
}
ON = {
    "apiGroups": [""],
    "resources": ["secrets"],
    "verbs": ["impersonate-on:user-info:get", "impersonate-on:serviceaccount:get"],
}
EVERY = PolicyRule(verbs=("*",), api_groups=("*",), resources=("*",))
ASKED = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")


def test_a_star_stands_for_each_verb_of_a_request_and_of_a_check_within_one():
    assert limited(EVERY, EVERY, "user-info").verbs == ASKED
    assert checks(EVERY).verbs == ("bind", "escalate", "approve", "sign", "attest", "use")


@pytest.mark.parametrize("verb", ASKED)
def test_a_right_to_request_as_another_gives_its_verb_alone(verb):
    on = replace(EVERY, verbs=(f"impersonate-on:user-info:{verb}",))
    assert limited(EVERY, on, "user-info").verbs == (verb,)


def made(kind, name, namespace="", **fields):
    version = f"{RBAC}/v1" if "Role" in kind else "v1"
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def bound(name, namespace, role, *subjects):
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    ref = {"apiGroup": RBAC, "kind": "Role" if namespace else "ClusterRole", "name": role}
    return made(kind, name, namespace, roleRef=ref, subjects=list(subjects))


def user(number):
    return {"kind": "User", "name": f"user-{number}"}


def crowd(folder, size, how):
    """A cluster in which each user reads its Secret, and all may act as all."""
    items = [made("ClusterRole", "act", rules=[ACT, ON])]
    for n in range(size):
        reads = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
        items += [
            made("Secret", f"secret-{n}", "shop"),
            made(
                "Role", f"reader-{n}", "shop", rules=[{**reads, "resourceNames": [f"secret-{n}"]}]
            ),
            bound(f"reader-{n}", "shop", f"reader-{n}", user(n)),
        ]
        if how == "own bindings":
            items.append(bound(f"act-{n}", "", "act", user(n)))
    if how == "one binding":
        items.append(bound("act", "", "act", *map(user, range(size))))
    path = folder / f"{size}.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return rg.load(path, kubernetes_version="1.36", bootstrap=False)


@pytest.mark.parametrize("how", ["one binding", "own bindings"])
def test_edges_grow_with_the_crowd_and_not_with_its_pairs(how, tmp_path):
    small, middle, large = (
        len(crowd(tmp_path, size, how).access_graph.source) for size in (20, 40, 60)
    )
    assert large - middle == middle - small


@pytest.mark.parametrize("how", ["one binding", "own bindings"])
def test_each_has_all_by_its_own_binding(how, tmp_path):
    cluster = crowd(tmp_path, 3, how)
    name = "act" if how == "one binding" else "act-2"
    (path,) = cluster.paths(secret="shop/secret-0", source="user:user-2")
    assert [hop.edge for hop in path.hops] == ["impersonate-constrained", "read-secret"]
    assert [(e.kind, e.name) for e in path.hops[0].evidence] == [
        ("ClusterRoleBinding", name),
        ("ClusterRole", "act"),
        ("ClusterRole", "act"),
    ]
    assert [row.certain for row in cluster.exposure()] == [3, 3, 3]


@pytest.mark.parametrize("names", [[], ["other"]], ids=["whole", "named"])
def test_what_a_role_gives_for_all_requests_is_not_told_for_some_too(names, tmp_path):
    """Where another rule of it impersonates any ServiceAccount; not where it names some."""
    legacy = {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]}
    reads = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    account = {"kind": "ServiceAccount", "name": "api", "namespace": "shop"}
    items = [
        made("Secret", "db", "shop"),
        *(made("ServiceAccount", name, "shop") for name in ("api", "other")),
        made("Role", "reader", "shop", rules=[reads]),
        bound("reader", "shop", "reader", account),
        made("ClusterRole", "act", rules=[{**legacy, "resourceNames": names}, ACT, ON]),
        bound("act", "", "act", user(0)),
    ]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    cluster = rg.load(path, kubernetes_version="1.36", bootstrap=False)
    (found,) = cluster.paths(secret="shop/db", source="user:user-0")
    first = "impersonate-constrained" if names else "impersonate-serviceaccount"
    assert [hop.edge for hop in found.hops] == [first, "read-secret"]
    edges = cluster.graph().edges(data="edge")
    acted = {to for _, to, edge in edges if edge == "impersonate-constrained"}
    accounts = {to for to in acted if to.startswith("constrained-serviceaccount:")}
    assert bool(accounts) is bool(names)


def binders(folder, size, rules):
    """A cluster in which one acts as all, and in each namespace somebody may bind roles for it."""
    reads = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    writes = {"apiGroups": [RBAC], "resources": ["rolebindings"], "verbs": ["create"]}
    binds = {"apiGroups": [RBAC], "resources": ["clusterroles"], "verbs": ["bind"]}
    items = [
        made("ClusterRole", "act", rules=[ACT, ON]),
        bound("act", "", "act", user("all")),
        made("ClusterRole", "more", rules=rules),
        bound("more", "", "more", user("more")),
    ]
    for n in range(size):
        account = {"kind": "ServiceAccount", "name": "api", "namespace": f"n{n}"}
        both = [writes, {**binds, "resourceNames": ["act", "more"]}]
        items += [
            *(made(kind, "api", f"n{n}") for kind in ("Secret", "ServiceAccount")),
            made("Role", "reader", f"n{n}", rules=[reads]),
            bound("reader", f"n{n}", "reader", account),
            made("Role", "binder", f"n{n}", rules=both),
            bound("binder", f"n{n}", "binder", user(n)),
        ]
    path = folder / f"{size}.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    return rg.load(path, kubernetes_version="1.36", bootstrap=False)


STAR = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}
OTHER = {"apiGroups": [""], "resources": ["pods"], "verbs": ["impersonate-on:user-info:get"]}


@pytest.mark.parametrize("rules", [[STAR], [OTHER], [ACT]], ids=["star", "on", "act"])
def test_edges_grow_with_the_namespaces_and_not_with_their_pairs(rules, tmp_path):
    few, many = (binders(tmp_path, size, rules) for size in (8, 16))
    assert len(many.access_graph.source) < 2.3 * len(few.access_graph.source)
    (found,) = many.paths(secret="n3/api", source="user:user-3")
    assert [hop.edge for hop in found.hops] == [
        "bind-role",
        "impersonate-constrained",
        "read-secret",
    ]
    assert not many.paths(secret="n3/api", source="user:user-4")


HOOKS = "admissionregistration.k8s.io"
CERTIFICATES = "certificates.k8s.io"
REQUESTS = "certificatesigningrequests"
ROBOT = {"kind": "ServiceAccount", "name": "robot", "namespace": "shop"}


def rule(verbs, resource, group="", names=()):
    found = {"apiGroups": [group], "resources": [resource], "verbs": verbs.split()}
    return {**found, "resourceNames": list(names)} if names else found


MADE_BY_NAME = (
    # What is created, in which group, whether a PUT creates it too; what the other and the
    # intruder have beside, and the technique that gives more by it.
    ("pods", "", False, [], [], "apply-workload"),
    ("deployments", "apps", False, [], [], "apply-workload"),
    ("jobs", "batch", False, [], [], "apply-workload"),
    ("secrets", "", False, [], [], "create-token-secret"),
    ("workflows", "argoproj.io", False, [], [], "create-custom-workload"),
    ("roles", RBAC, True, [rule("escalate", "roles", RBAC)], [], "revive-binding"),
    ("rolebindings", RBAC, True, [rule("bind", "clusterroles", RBAC)], [], "bind-role"),
    ("clusterrolebindings", RBAC, True, [rule("bind", "clusterroles", RBAC)], [], "bind-role"),
    (
        *(REQUESTS, CERTIFICATES, False),
        [rule("approve", "signers", "*"), rule("patch", f"{REQUESTS}/approval", CERTIFICATES)],
        [rule("impersonate-on:serviceaccount:patch", f"{REQUESTS}/approval", CERTIFICATES)],
        "approve-csr",
    ),
    (
        *(REQUESTS, CERTIFICATES, False),
        [rule("create", f"{REQUESTS}/nodeclient", CERTIFICATES)],
        [rule("get", REQUESTS, CERTIFICATES)],
        "node-client-csr",
    ),
    (
        *("serviceaccounts", "", False),
        [],
        [rule("create", "serviceaccounts/token", "", ["ghost"])],
        "revive-serviceaccount",
    ),
    ("mutatingwebhookconfigurations", HOOKS, False, [], [], "mutating-webhook"),
    (
        *("mutatingadmissionpolicies", HOOKS, False),
        [],
        [rule("create", "mutatingadmissionpolicybindings", HOOKS)],
        "mutating-admission-policy",
    ),
)
NAMES = {"roles": "missing", "serviceaccounts": "ghost"}
"""Of what is created, the names that something is bound to."""


def gained(folder, row, acting, owned):
    """Return the Secrets that a user gets by a technique, who acts as a ServiceAccount.

    ``acting`` are the verbs that it may act for, and with which names, ``owned`` those that
    the ServiceAccount has.
    """
    resource, group, _, others, beside, technique = row
    on = " ".join(f"impersonate-on:serviceaccount:{verb}" for verb in acting[0].split())
    reads = rule("get", "secrets")
    container = {"name": "c", "envFrom": [{"secretRef": {"name": "db"}}]}
    spec = {"nodeName": "n1", "containers": [container]}
    place = "shop" if "cluster" not in resource and group not in {HOOKS, CERTIFICATES} else ""
    kind = "Role" if place else "ClusterRole"
    items = [
        *(made(kind, name) for kind, name in (("Namespace", "shop"), ("Node", "n1"))),
        *(made("ServiceAccount", name, "shop") for name in ("robot", "reader")),
        *(made("Secret", "db", namespace) for namespace in ("shop", "pay")),
        made("Pod", "api", "shop", spec=spec, status={"phase": "Running"}),
        made("Role", "reads", "pay", rules=[reads]),
        bound("reads", "pay", "reads", {**ROBOT, "name": "reader"}, {**ROBOT, "name": "ghost"}),
        bound("missing", "shop", "missing", user(0)),
        made("ClusterRole", "cluster-admin", rules=[rule("*", "*", "*")]),
        made("ClusterRole", "act", rules=[ACT, *beside]),
        bound("act", "", "act", user(0)),
        made(kind, "on", place, rules=[rule(on, resource, group, acting[1])]),
        bound("on", place, "on", user(0)),
        made(kind, "own", place, rules=[rule(owned[0], resource, group, owned[1]), *others]),
        bound("own", place, "own", ROBOT),
    ]
    path = folder / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    snapshot = load(path, kubernetes_version="1.36")
    graph = build(replace(snapshot, listed=frozenset((kind, "") for kind in LISTED)))
    certain = technique not in CONDITIONAL

    def reached(*without):
        found = reach(graph, source="user:user-0", certain=certain, without=without).reached
        return {one.target for one in found if one.target.startswith("secret:")}

    other = "mutate-binding"  # which gives the same by the same
    return reached(other) - reached(other, technique)


LISTED = (
    *("Namespace", "Secret", "ServiceAccount", "Pod", "Job", "Deployment", "Role", "Node"),
    *("MutatingWebhookConfiguration", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"),
)
CONDITIONAL = ("create-custom-workload", "mutating-webhook", "mutating-admission-policy")
"""Techniques that are always conditional."""


@pytest.mark.parametrize(
    ("row", "named"),
    [
        pytest.param(row, named, id=f"{row[-1]}-{row[0]}-{'named' if named else 'any'}")
        for row in MADE_BY_NAME
        for named in (True, False)
        if named or row[0] != "roles"  # any name lets the roles be changed that there are
    ],
)
def test_a_patch_as_another_creates_what_is_not_there(row, named, tmp_path):
    """The API server asks whether the other may create it, and of who acts for the patch alone."""
    resource, _, puts, *_ = row
    names = [NAMES.get(resource, "x")] if named else []
    for write in ("patch", "update"):
        acting, owned = (write, names), (f"create {write}", names)
        assert bool(gained(tmp_path, row, acting, owned)) == (puts or write == "patch")
        assert not gained(tmp_path, row, acting, (write, names))
        assert not gained(tmp_path, row, acting, ("create", names))
        if named:
            assert not gained(tmp_path, row, acting, (owned[0], ["other"]))
            assert not gained(tmp_path, row, ("create", names), owned)
    assert not gained(tmp_path, row, ("get", names), ("create patch update", names))


def test_a_patch_as_another_creates_no_subresource(tmp_path):
    row = "*", "", False, [], [], "exec"
    assert not gained(tmp_path, row, ("patch", ()), ("create patch", ()))
    row = "pods/exec", "", False, [], [], "exec"
    assert not gained(tmp_path, row, ("patch", ()), ("create patch", ()))
    assert gained(tmp_path, row, ("create", ()), ("create patch", ()))
