"""Who controls the whole cluster: held to the graph by definition, to can-i, and to twins."""

import random
from functools import cache

import pytest
from msgspec.structs import replace

import rbacgraph as rg
from rbacgraph.advice.risks.risks import risks
from rbacgraph.authz.match import Request
from rbacgraph.authz.prepare import prepare
from rbacgraph.authz.questions.can_i import can_i
from rbacgraph.facts.identities.control_plane import control_plane
from rbacgraph.graph.build import build
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, format_node
from rbacgraph.query.access.admins import admins
from rbacgraph.query.access.full_control import full_control
from rbacgraph.query.access.reach import reach
from tests.facts.operator_manifests import MARKS, SECRETS, account, binding, joined, pod, role
from tests.query.clusters import random_snapshot
from tests.query.rbac_clusters import SUBJECTS, random_rbac
from tests.worlds import worlds

RBAC = "rbac.authorization.k8s.io"


NEARLY = (
    PolicyRule(("*",), ("*",), ("*",)),
    PolicyRule(("*",), ("*",), ("*",)),
    PolicyRule(("*",), ("*",), ("*",), ("r0",)),
    PolicyRule(("get", "bind", "create"), ("*",), ("*",)),
    PolicyRule(("*",), ("",), ("*",)),
)


@cache
def graph_of(make, seed):
    """A random cluster with a role of every right, or nearly, that perhaps somebody has."""
    snapshot, rng = make(seed), random.Random(seed)
    role = ClusterRole(metadata=ClusterRoleMeta("every"), rules=(rng.choice(NEARLY),))
    binding = ClusterRoleBinding(
        metadata=RbacMeta("every"),
        role_ref=RoleRef("ClusterRole", "every"),
        subjects=tuple(rng.sample(SUBJECTS, rng.randint(0, 1))),
    )
    more = replace(
        snapshot,
        cluster_roles=(*snapshot.cluster_roles, role),
        cluster_role_bindings=(*snapshot.cluster_role_bindings, binding),
    )
    return build(prepare(more, bootstrap=seed % 4 > 0))


def by_definition(graph, *, certain):
    """Every principal from which full control is reached, by the plain walk over the graph."""
    whole = graph.to_networkx()
    full = {format_node(graph.nodes[number]) for number in full_control(graph)}
    principals = [format_node(graph.nodes[n]) for n in graph.principals_unfolded.numbers]
    return {one for one in principals if full & rg.descendants(whole, one, certain=certain)}


def groups_of(graph, principal):
    numbers = {format_node(graph.nodes[n]): n for n in graph.principals_unfolded.numbers}
    groups = graph.membership.groups_of(numbers[principal])
    return {format_node(graph.nodes[group]) for group in groups}


BOTH = pytest.mark.parametrize("make", [random_rbac, random_snapshot])


@BOTH
def test_those_listed_are_those_who_get_full_control_by_definition(make):
    counts = {True: 0, False: 0}
    # in it a known member of system:masters has a conditional way of its own
    for seed in worlds(make, 60, examples=[48]):
        graph = graph_of(make, seed)
        found = admins(graph, system=True)
        assert not found.shipped
        listed = {True: {one.principal for one in found.admins}}
        listed[False] = listed[True] | {one.principal for one in found.conditional}
        sure = by_definition(graph, certain=True)
        assert sure.isdisjoint(one.principal for one in found.conditional)
        for certain, names in listed.items():
            expected = by_definition(graph, certain=certain)
            assert names <= expected
            for left in expected - names:  # they are it as members
                assert groups_of(graph, left) & names, left
            counts[certain] += len(expected)
        assert not admins(graph, system=True, certain=True).conditional
        apart = admins(graph)
        assert {one.principal for one in (*apart.every, *apart.shipped)} >= listed[True]
        assert sure.isdisjoint(one.principal for one in apart.conditional)
        listed_apart = {one.principal for one in apart.every}
        for person in sure:  # whom the input names is never hidden
            groups = groups_of(graph, person) if person.startswith("user:") else set()
            assert "group:system:masters" not in groups - listed_apart

    assert counts[True] > 40


UNCOUNTED = "node-log", "pods-log", "server-logs"
"""What ``risks`` leaves out: few logs hold a Secret."""

REQUESTS = [
    *(
        Request(verb, "rbac.authorization.k8s.io", "clusterroles", "", "", "cluster-admin")
        for verb in ("bind", "escalate", "update")
    ),
    *(Request("impersonate", "", one, "", "", "x") for one in ("users", "groups")),
    Request("get", "", "secrets", "", "kube-system", "any"),
    Request("delete", "", "nodes", "", "", ""),
    Request("some-verb", "some.example", "things", "status", "anywhere", "it"),
    Request("approve", "certificates.k8s.io", "signers", "", "", "kubernetes.io/kubelet-serving"),
]


def decides(graph, principal, request):
    """Whether can-i allows a request to a printed principal."""
    node = graph.nodes[
        next(
            n for n in graph.principals_unfolded.numbers if format_node(graph.nodes[n]) == principal
        )
    ]
    user, groups = node[2], None
    if node[0] == GROUP:
        user, groups = "nobody-in-particular", [node[2], "system:authenticated"]
    if node[0] == SERVICE_ACCOUNT:
        user = f"system:serviceaccount:{node[1]}:{node[2]}"
    return can_i(
        graph.world.authorizer,
        request.verb,
        request.resource,
        group=request.group,
        subresource=request.subresource,
        namespace=request.namespace,
        name=request.name,
        user=user,
        groups=groups,
    )


@BOTH
def test_who_is_it_by_own_rights_may_do_everything(make):
    tried = 0

    for seed in worlds(make, 60):
        graph = graph_of(make, seed)
        for one in admins(graph, system=True).admins:
            holder = one.path.target if one.path else one.principal
            if one.rights and holder.partition(":")[0] in {"user", "group", "serviceaccount"}:
                assert all(decides(graph, holder, request) for request in REQUESTS), one
                tried += 1

    assert tried


@BOTH
def test_each_way_ends_at_full_control_and_reach_says_the_same(make):
    # in it the needs of an AND node share a part of their ways
    for seed in worlds(make, 60, examples=[733598289, 48]):
        graph = graph_of(make, seed)
        whole = graph.to_networkx()
        full = {format_node(graph.nodes[number]) for number in full_control(graph)}
        found = admins(graph, system=True)
        shown = {one.principal for one in admins(graph).every}
        for one in found.every:
            certain = one.certain
            if one.path is not None:
                hops = one.path.hops
                assert hops[0].source == one.principal
                assert one.path.target == hops[-1].target
                reached = rg.descendants(whole, one.principal, certain=certain)
                assert one.path.target in reached
                ends = {one.path.target} | rg.descendants(
                    whole, one.path.target, certain=not one.condition
                )
                assert ends & full
            answer = reach(graph, source=one.principal).admin
            assert answer is not None
            assert answer.certain == certain
            # `reach` gets each need of an AND node by the way that is cheapest for it alone.
            shares = one.path is not None and any(hop.others for hop in one.path.hops)
            assert shares or answer.effort <= one.effort
        named = {one.principal for one in found.every}
        for number in graph.principals_unfolded.numbers:
            printed = format_node(graph.nodes[number])
            by_group = groups_of(graph, printed) & named
            is_it = reach(graph, source=printed).admin is not None
            assert is_it == bool(by_group or printed in named), printed
            # hiding the control plane's own identities hides nobody else
            if is_it and graph.nodes[number] not in control_plane():
                assert shown & {printed, *groups_of(graph, printed)}, printed


@BOTH
def test_whoever_is_it_and_not_by_design_has_a_cause_to_fix(make):
    tried = 0
    for seed in worlds(make, 60, examples=[48]):
        graph = graph_of(make, seed)
        found, causes = admins(graph, without=UNCOUNTED), risks(graph)
        opened = [one for one in (*causes.risks, *causes.by_design) if one.opens.cluster]
        held = {subject for one in opened for subject in one.subjects}
        for one in (*found.admins, *found.conditional):
            tried += 1
            assert held & {one.principal, *groups_of(graph, one.principal)}, one.principal
    assert tried


BINDING = """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: given}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: given}
subjects: [{kind: User, name: alice}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: given}
rules:
"""
LOCAL = BINDING.replace("ClusterRoleBinding", "RoleBinding", 1).replace(
    "{name: given}", "{name: given, namespace: shop}", 1
)
NODE = """
---
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {LABEL: ""}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
CONTROL_PLANE = NODE.replace("LABEL", "node-role.kubernetes.io/control-plane")
WORKER = NODE.replace("LABEL", "node-role.kubernetes.io/worker")
ACCOUNT = """
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: root, namespace: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: shop, annotations: {kubernetes.io/service-account.name: root}}
type: kubernetes.io/service-account-token
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: root}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: root, namespace: shop}]
"""


def rule(verbs, resources, group="", names=""):
    named = f", resourceNames: [{names}]" if names else ""
    return f"- {{apiGroups: ['{group}'], resources: [{resources}], verbs: [{verbs}]{named}}}\n"


ALL = rule("'*'", "'*'", "*")
TWINS = {
    "every right": (BINDING + ALL, "", LOCAL + ALL),
    "every right on names": (
        BINDING + ALL,
        "",
        BINDING + rule("get, delete, bind", "'*'", "*", "x"),
    ),
    "every verb": (BINDING + ALL, "", BINDING + rule("get, list, delete", "configmaps", "*")),
    "every group": (BINDING + ALL, "", BINDING + rule("'*'", "'*'", "autoscaling")),
    "bind": (
        BINDING + rule("create, bind", "clusterrolebindings, clusterroles", RBAC),
        "bind-role",
        BINDING + rule("create", "clusterrolebindings, clusterroles", RBAC),
    ),
    "bind another role": (
        BINDING
        + rule("create", "clusterrolebindings", RBAC)
        + rule("bind", "clusterroles", RBAC, "cluster-admin"),
        "bind-role",
        BINDING
        + rule("create", "clusterrolebindings", RBAC)
        + rule("bind", "clusterroles", RBAC, "view"),
    ),
    "bind in a namespace": (
        BINDING + rule("create, bind", "clusterrolebindings, clusterroles", RBAC),
        "bind-role",
        LOCAL + rule("create, bind", "rolebindings, clusterroles", RBAC),
    ),
    "escalate its own role": (
        BINDING + rule("update, escalate", "clusterroles", RBAC, "given"),
        "escalate-role",
        BINDING + rule("update", "clusterroles", RBAC, "given"),
    ),
    "escalate without update": (
        BINDING + rule("patch, escalate", "clusterroles", RBAC, "given"),
        "escalate-role",
        BINDING + rule("get, escalate", "clusterroles", RBAC, "given"),
    ),
    "impersonate masters": (
        BINDING + rule("impersonate", "users, groups"),
        "impersonate-group",
        BINDING
        + rule("impersonate", "users", "", "bob")
        + rule("impersonate", "groups", "", "devs"),
    ),
    "a privileged Pod": (
        CONTROL_PLANE + LOCAL + rule("create", "pods"),
        "create-privileged-pod > control-plane-host",
        CONTROL_PLANE + LOCAL + rule("get", "pods"),
    ),
    "a privileged Pod on a worker": (
        CONTROL_PLANE + LOCAL + rule("create", "pods"),
        "create-privileged-pod > control-plane-host",
        WORKER + LOCAL + rule("create", "pods"),
    ),
    "an admin's token Secret": (
        ACCOUNT + LOCAL + rule("get", "secrets", "", "token"),
        "read-secret > token-of",
        ACCOUNT + LOCAL + rule("get", "secrets", "", "other"),
    ),
    "an admin's token": (
        ACCOUNT + LOCAL + rule("create", "serviceaccounts/token", "", "root"),
        "request-token",
        ACCOUNT + LOCAL + rule("create", "serviceaccounts/token", "", "other"),
    ),
}


@pytest.mark.parametrize("twin", TWINS)
def test_one_word_less_and_nobody_is_it(twin, tmp_path):
    yes, how, no = TWINS[twin]
    for text, expected in ((yes, [how]), (no, [])):
        file = tmp_path / f"{len(expected)}.yaml"
        file.write_text(text)
        cluster = rg.load(file)
        ways = [
            " > ".join(hop.edge for hop in one.path.hops) if one.path else ""
            for one in cluster.admins().every
            if one.principal == "user:alice"
        ]
        assert ways == expected
        assert (cluster.reach("user:alice").admin is not None) == bool(expected)


def test_the_control_planes_own_stand_apart(root):
    cluster = rg.load(root / "fixtures/clusters/shop")
    found = cluster.admins()
    shipped = {one.principal for one in found.shipped}
    assert {
        "group:system:masters",
        "serviceaccount:kube-system/clusterrole-aggregation-controller",
    } <= shipped
    assert shipped.isdisjoint(one.principal for one in found)
    listed = cluster.admins(system=True)
    assert shipped <= {one.principal for one in listed.admins}
    assert listed.shipped == ()


def test_a_group_counts_once_and_its_members_are_counted(root):
    cluster = rg.load(
        root / "fixtures/clusters/shop", groups={"zoe": ["platform-admins"], "zed": ["other"]}
    )
    found = cluster.admins()
    assert [one.principal for one in found.admins] == ["group:platform-admins"]
    assert [(one.group, one.users) for one in found.members] == [("group:platform-admins", 1)]
    assert cluster.reach("user:zoe").admin.certain
    assert cluster.reach("user:zed").admin is None


def test_ways_may_be_limited(tmp_path):
    (tmp_path / "all.yaml").write_text(TWINS["bind"][0])
    cluster = rg.load(tmp_path)
    assert not cluster.admins(without=["bind-role"]).admins
    assert cluster.reach("user:alice", without=["bind-role"]).admin is None


WORKS = account(MARKS), pod(), role(labels=MARKS), binding(labels=MARKS)
"""Argo CD's controller with every right, by its own manifests."""
READING = "{apiGroups: [''], resources: [services], verbs: [list]}"


@pytest.mark.parametrize(
    ("more", "by_design"),
    [
        ((), True),
        ((binding("helping", "cluster-admin"),), False),
        ((role("looking", rule=READING), binding("looking", "looking")), True),
        ((role("looking", rule=SECRETS), binding("looking", "looking")), False),
    ],
)
def test_operators_by_design_stand_apart_and_nothing_added_by_hand(more, by_design, tmp_path):
    file = tmp_path / "cd.yaml"
    file.write_text(joined(*WORKS, *more))
    found = rg.load(file).admins()
    name = "serviceaccount:cd/controller"
    assert [one.principal for one in found.admins] == ([] if by_design else [name])
    operators = [(one.principal, one.operator) for one in found.operators]
    assert operators == ([(name, "Argo CD")] if by_design else [])
    assert name in [one.principal for one in found]
    frame = found.to_frame()
    assert list(frame["operator"]) == ["Argo CD" if by_design else ""]


def test_every_identity_is_listed_with_system(tmp_path):
    file = tmp_path / "cd.yaml"
    file.write_text(joined(*WORKS))
    found = rg.load(file).admins(system=True)
    assert "serviceaccount:cd/controller" in [one.principal for one in found.admins]
    assert not found.operators


def test_a_way_without_its_binding_is_not_by_design(tmp_path):
    """A way by a group counts at the group, with or without members."""
    who = "{kind: Group, name: 'system:serviceaccounts:cd'}"
    file = tmp_path / "cd.yaml"
    file.write_text(joined(account(MARKS), pod(), binding("all", "cluster-admin", who=who)))
    found = rg.load(file).admins()
    assert [one.principal for one in found.admins] == ["group:system:serviceaccounts:cd"]
    assert not found.operators


MASTERS = """
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: viewers, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: none}
subjects: [{kind: User, name: zed}]
"""
AWS_AUTH = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: aws-auth, namespace: kube-system}
data:
  mapUsers: |
    - {userarn: "arn:aws:iam::123456789012:user/zoe", username: zoe, groups: [%s]}
"""
ZOE = "aws-user:arn:aws:iam::123456789012:user/zoe"
NOBODY = """
admins: []
access: []
"""


@pytest.mark.parametrize("group", ["system:masters", "devs"])
@pytest.mark.parametrize("aws", [False, True])
def test_every_answer_names_who_is_in_system_masters(group, aws, tmp_path):
    who = ZOE if aws else "group:system:masters"
    level, joined = ("conditional", ZOE) if aws else ("certain", "user:zoe")
    expected, secret = [who] * (group == "system:masters"), "shop/db"
    (tmp_path / "policy.yaml").write_text(NOBODY)
    (tmp_path / "before.yaml").write_text(MASTERS)
    (tmp_path / "after.yaml").write_text(MASTERS + (AWS_AUTH % group if aws else ""))
    before, cluster = (
        rg.load(tmp_path / f"{state}.yaml", groups={} if aws else {"zoe": of}, bootstrap=False)
        for state, of in (("before", []), ("after", [group]))
    )

    def level_of(found):
        return "certain" if found.certain else "conditional"

    assert [one.principal for one in cluster.admins()] == expected
    paths = cluster.paths(secret).secrets[0].paths
    assert [(one.principal, level_of(one)) for one in paths] == [(one, level) for one in expected]
    (row,) = cluster.exposure()
    assert row.certain + row.conditional == len(expected)
    answer = cluster.check(tmp_path / "policy.yaml")
    assert [name for one in answer.admins for name in one.principals] == expected
    assert [name for one in answer.findings for name in one.principals] == expected
    causes = cluster.risks()
    assert [(one.kind, *one.subjects) for one in causes] == [
        ("membership", one) for one in expected
    ]
    for cause in causes:
        fix = cluster.fix_risks(1)
        opens, proof = cause.opens, fix.proof
        assert (opens.admins_alone, opens.admins_alone_conditional, opens.exact) == (
            *((0, 1) if cause.conditional else (1, 0)),
            True,
        )
        assert (proof.pairs_after, proof.pairs_after_conditional) == (0, 0)
        assert (proof.admins_after, proof.admins_after_conditional) == (0, 0)
        assert fix.effect.after.pairs + fix.effect.after.conditional_pairs == 0
    assert [one.principal for one in cluster.cut(secret).uncut] == expected
    gained = rg.diff(before, cluster).admins
    assert [(*one.principals, one.after) for one in gained] == [(joined, level) for _ in expected]
