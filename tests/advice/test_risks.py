"""Risks: what counts as one cause, how severe it is, and what closing it removes."""

import json

import pytest

import rbacgraph as rg
from rbacgraph.advice.risks.access_counts import AccessCounter
from rbacgraph.advice.risks.risks import RiskRanking, risks
from rbacgraph.graph.build import build
from rbacgraph.model.answers.risks import RISK_ENTRIES, RISK_SEVERITIES, RISK_VALUES
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.report.text import phrases  # noqa: F401 - keys of nodes are printed
from tests.query.clusters import random_snapshot
from tests.query.plain_store_clusters import store_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.trials import trials

WORLDS = {"paths": random_snapshot, "stores": store_snapshot, "rbac": random_rbac}
NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
type: Opaque
data: {password: aHVudGVyMg==}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: api, namespace: shop}
"""


def role(name, verbs, resource, *, kind="Role", group="", names=()):
    where = "" if kind == "ClusterRole" else ", namespace: shop"
    named = f", resourceNames: {json.dumps(names)}" if names else ""
    return f"""---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: {name}{where}}}
rules: [{{apiGroups: ["{group}"], resources: [{resource}], verbs: {json.dumps(verbs)}{named}}}]
"""


def binding(name, to, subjects, *, kind="RoleBinding"):
    where = "" if kind == "ClusterRoleBinding" else ", namespace: shop"
    ref_kind, ref = to.split("/")
    return f"""---
apiVersion: rbac.authorization.k8s.io/v1
kind: {kind}
metadata: {{name: {name}{where}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {ref_kind}, name: {ref}}}
subjects: {json.dumps(list(map(subject, subjects)))}
"""


def subject(printed):
    kind, _, name = printed.partition(":")
    if kind == "sa":
        namespace, _, name = name.partition("/")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    api = {"apiGroup": "rbac.authorization.k8s.io"}
    return {"kind": kind.capitalize(), "name": name, **api}


@pytest.fixture
def risks_of(tmp_path):
    def found(*parts, **options):
        path = tmp_path / "cluster.yaml"
        path.write_text(NAMESPACE + "".join(parts))
        return rg.load(path).risks(**options)

    return found


READER = role("reader", ["get"], "secrets")


# Kinds of cause, each with its twin


def test_role_of_one_binding_is_one_cause(risks_of):
    (risk,) = risks_of(READER, binding("b", "Role/reader", ["user:alice"]))
    assert (risk.kind, risk.object_kind, risk.name) == ("role", "Role", "reader")
    assert risk.subjects == ("user:alice",)
    assert (risk.opens.pairs_alone, risk.opens.secrets) == (1, 1)


def test_role_that_reads_no_secret_is_no_cause(risks_of):
    other = role("reader", ["get"], "configmaps")
    assert not risks_of(other, binding("b", "Role/reader", ["user:alice"]))


def test_role_of_several_bindings_is_one_cause(risks_of):
    (risk,) = risks_of(
        READER,
        binding("a", "Role/reader", ["user:alice"]),
        binding("b", "Role/reader", ["user:bob", "group:devs"]),
    )
    assert set(risk.subjects) == {"user:alice", "user:bob", "group:devs"}
    assert risk.opens.pairs_alone == 3


def test_shipped_role_is_not_the_cause_but_its_binding(risks_of):
    (risk,) = risks_of(
        binding("admins", "ClusterRole/cluster-admin", ["sa:shop/api"], kind="ClusterRoleBinding")
    )
    assert (risk.kind, risk.object_kind, risk.name) == (
        "binding",
        "ClusterRoleBinding",
        "admins",
    )
    assert risk.opens.cluster
    assert risk.opens.admins_alone == 1
    assert risk.factor("value").level == "control"


def test_own_role_of_every_right_is_not_the_cause_but_its_binding(risks_of):
    every = role("every", ["*"], '"*"', kind="ClusterRole", group="*")
    (risk,) = risks_of(
        every, binding("b", "ClusterRole/every", ["user:alice"], kind="ClusterRoleBinding")
    )
    assert (risk.kind, risk.name) == ("binding", "b")


POD = """---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {node-role.kubernetes.io/control-plane: ""}}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop, uid: u1}
spec:
  nodeName: n1
  serviceAccountName: api
  containers: [{name: c, image: i, securityContext: {privileged: PRIVILEGED}}]
status: {phase: Running}
"""


def test_pod_with_its_node_is_a_cause(risks_of):
    (risk,) = risks_of(POD.replace("PRIVILEGED", "true"))
    assert (risk.kind, risk.object_kind, risk.name) == ("pod", "Pod", "agent")
    assert risk.opens.control_plane
    assert risk.severity == "high"  # somebody must be in the Pod first


def test_pod_without_its_node_is_none(risks_of):
    assert not risks_of(POD.replace("PRIVILEGED", "false"))


TOKEN = """---
apiVersion: v1
kind: Secret
metadata:
  name: api-token
  namespace: shop
  annotations: {kubernetes.io/service-account.name: api}
type: TYPE
data: {token: eA==}
"""
API_READS = binding("api", "Role/reads-db", ["sa:shop/api"]) + role(
    "reads-db", ["get"], "secrets", names=["db"]
)


def test_lasting_token_is_a_cause(risks_of):
    token = TOKEN.replace("TYPE", "kubernetes.io/service-account-token")
    found = {risk.kind: risk for risk in risks_of(token, API_READS)}
    assert set(found) == {"token", "role"}
    assert found["token"].name == "api-token"
    assert found["token"].subjects == ("serviceaccount:shop/api",)


def test_secret_of_another_type_is_no_token(risks_of):
    found = risks_of(TOKEN.replace("TYPE", "Opaque"), API_READS)
    assert {risk.kind for risk in found} == {"role"}


def test_redundant_causes_are_listed_though_one_alone_removes_nothing(risks_of):
    found = risks_of(
        READER,
        role("lister", ["list"], "secrets"),
        binding("a", "Role/reader", ["user:alice"]),
        binding("b", "Role/lister", ["user:alice"]),
    )
    assert {risk.name for risk in found} == {"reader", "lister"}
    assert {risk.opens.pairs_alone for risk in found} == {0}
    assert {risk.opens.secrets for risk in found} == {1}


# Severity


def test_severity_grows_with_who_can_start(risks_of):
    by = {}
    for who in ("group:system:unauthenticated", "group:system:authenticated", "user:alice"):
        (risk,) = risks_of(READER, binding("b", "Role/reader", [who]))
        by[who] = RISK_SEVERITIES.index(risk.severity)
    assert list(by.values()) == sorted(by.values())
    assert len(set(by.values())) > 1


def test_scale_is_monotonous(risks_of):
    (risk,) = risks_of(READER, binding("b", "Role/reader", ["user:alice"])).result.risks
    scale = risks_of(READER).result.scale
    assert [row.value for row in scale] == list(RISK_VALUES)
    ranks = [[RISK_SEVERITIES.index(one) for one in row.severities] for row in scale]
    assert all(len(row) == len(RISK_ENTRIES) for row in ranks)
    assert all(row == sorted(row) for row in ranks)
    assert all(list(column) == sorted(column) for column in zip(*ranks, strict=True))
    assert risk.factor("entry").level in RISK_ENTRIES


def test_people_who_are_admins_by_name_count_less_than_a_workload(risks_of):
    bound = [
        binding("b", "ClusterRole/cluster-admin", [who], kind="ClusterRoleBinding")
        for who in ("group:ops", "sa:shop/api")
    ]
    pod = POD.replace("PRIVILEGED", "false").replace(", uid: u1", "")
    (person,), (workload,) = (risks_of(one, pod) for one in bound)
    assert (person.severity, workload.severity) == ("high", "critical")
    assert person.factor("declared") is not None


# Ids and order


def test_ids_stay_when_lines_and_order_change(risks_of):
    parts = [
        READER,
        role("lister", ["list"], "secrets"),
        binding("a", "Role/reader", ["user:alice"]),
        binding("b", "Role/lister", ["user:bob"]),
    ]
    before = {risk.id: risk.name for risk in risks_of(*parts)}
    after = {risk.id: risk.name for risk in risks_of("\n\n", *reversed(parts))}
    assert before == after
    assert len(before) == 2


def test_ids_change_with_subjects_and_rules(risks_of):
    bound = binding("a", "Role/reader", ["user:alice"])
    (one,) = risks_of(READER, bound)
    (more,) = risks_of(READER, binding("a", "Role/reader", ["user:alice", "user:bob"]))
    (wider,) = risks_of(role("reader", ["get", "list"], "secrets"), bound)
    assert len({one.id, more.id, wider.id}) == 3


@pytest.mark.parametrize("seed", range(3))
def test_same_input_gives_same_answer(seed):
    one, other = (risks(build(random_snapshot(seed))) for _ in range(2))
    assert one == other


# Laws


def built(ranking, causes):
    graph = ranking.closing.graph(causes)
    return AccessCounter(graph, graph.principals, PathFilter()).all


@pytest.mark.parametrize("seed", range(trials(45)))
@pytest.mark.parametrize("world", WORLDS)
def test_what_goes_away_alone_is_what_a_rebuilt_graph_lacks(world, seed):
    ranking = RiskRanking(build(WORLDS[world](seed)), PathFilter())
    before = ranking.counter.all
    for risk in ranking.risks():
        cause = ranking.causes[risk.id]
        if cause.kind == "pod":
            continue
        after = built(ranking, [cause])
        assert risk.opens.exact
        assert (risk.opens.pairs_alone, risk.opens.admins_alone) == (
            before.pairs - after.pairs,
            before.admins - after.admins,
        ), cause


@pytest.mark.parametrize("seed", range(trials(60)))
def test_nothing_is_left_when_every_cause_is_closed(seed):
    """So no access is without a cause that is listed."""
    ranking = RiskRanking(build(random_snapshot(seed)), PathFilter())
    ranking.risks()
    assert built(ranking, list(ranking.causes.values())) == (0, 0)
