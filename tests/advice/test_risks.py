"""Risks: what counts as one cause, how severe it is, and what closing it removes."""

import json
from itertools import combinations

import numpy as np
import pytest
import yaml

import rbacgraph as rg
from rbacgraph.advice.risks.access_counts import AccessCounter
from rbacgraph.advice.risks.alone_in_batches import AloneInBatches
from rbacgraph.advice.risks.fix import BestSetSearch, fix_risks
from rbacgraph.advice.risks.risks import RiskRanking, limits_of_risks, risks
from rbacgraph.errors import RbacGraphError
from rbacgraph.facts.entry.entries import Entries
from rbacgraph.graph.build import build
from rbacgraph.model.answers.risk.risks import RISK_ENTRIES, RISK_VALUES
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES
from rbacgraph.model.node import format_node, named_node
from rbacgraph.query.access.full_control import full_control, full_control_holders
from rbacgraph.query.arrays.path_filter import PathFilter
from rbacgraph.query.closure.certain_and_possible import secret_nodes, spreads
from tests.query.clusters import random_snapshot
from tests.query.plain.clusters.store_clusters import store_snapshot
from tests.query.rbac_clusters import random_rbac
from tests.worlds import law, worlds

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
    def found(*parts, bootstrap=False, **options):
        path = tmp_path / "cluster.yaml"
        path.write_text(NAMESPACE + "".join(parts))
        return rg.load(path, bootstrap=bootstrap).risks(**options)

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
        binding("admins", "ClusterRole/cluster-admin", ["sa:shop/api"], kind="ClusterRoleBinding"),
        bootstrap=True,
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
    (person,), (workload,) = (risks_of(one, pod, bootstrap=True) for one in bound)
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


@pytest.mark.parametrize("world", WORLDS)
def test_what_goes_away_alone_is_what_a_rebuilt_graph_lacks(world):
    # a join of two rights in a namespace was there only while one role gave both there
    for seed in worlds(WORLDS[world], 45, examples=[812389189]):
        goes_away_alone(WORLDS[world](seed))


def access(graph, within=PathFilter()):  # noqa: B008 - frozen
    """Each printed principal with a Secret, or with full control: whether it is certain."""
    found = {}
    for certain in (False, True):
        limits = within._replace(certain=certain)
        every = spreads(graph, graph.principals, limits)
        ends = secret_nodes(graph)
        columns = every.reaching(ends)[0 if certain else 1].tolist()
        sets = [
            (graph.nodes[end], every.sets[n]) for end, n in zip(ends.tolist(), columns, strict=True)
        ]
        full = np.array(full_control(graph), dtype=np.int64)
        sets.append(("", every.sets[every.reaching_any(full, certain=certain)]))
        for end, principals in sets:
            name = format_node(named_node(end)) if end else ""
            found |= {(format_node(graph.nodes[one]), name): certain for one in principals}
    return found


def counts(found):
    """Pairs and admins that are certain, and those that are not."""
    return tuple(
        sum(sure is certain and (end == "") is full for (_, end), sure in found.items())
        for certain in (True, False)
        for full in (False, True)
    )


@pytest.mark.parametrize("world", WORLDS)
def test_totals_part_what_is_certain_from_what_is_not(world):
    seen = 0
    for seed in worlds(WORLDS[world], 45):
        graph = build(WORLDS[world](seed))
        found = risks(graph)
        every = access(graph, limits_of_risks(certain=False, without=()))
        totals = found.pairs, found.admins, found.pairs_conditional, found.admins_conditional
        assert totals == counts(every)
        ids = [risk.id for risk in (*found.risks, *found.by_design)][:2]
        if ids:
            proof = fix_risks(graph, which=ids).proof
            before = (proof.pairs_before, proof.admins_before)
            only = (proof.pairs_before_conditional, proof.admins_before_conditional)
            assert (*before, *only) == totals
        seen += found.pairs_conditional > 0
    assert seen or world == "rbac"


@pytest.mark.parametrize("world", WORLDS)
def test_what_is_opened_for_certain_is_opened_without_conditional_edges(world):
    met, only = 0, 0
    for seed in worlds(WORLDS[world], 45):
        graph = build(WORLDS[world](seed))
        every, sure = (
            {risk.id: risk.opens for risk in (*found.risks, *found.by_design)}
            for found in (risks(graph), risks(graph, certain=True))
        )
        for key in every.keys() & sure.keys():
            one, other = every[key], sure[key]
            assert (one.secrets, one.principals) == (other.secrets, other.principals)
            assert (other.secrets_conditional, other.principals_conditional) == (0, 0)
            met += 1
            only += one.secrets_conditional > 0
    assert met > 5
    assert only or world == "rbac"


def goes_away_alone(snapshot):
    ranking = RiskRanking(build(snapshot), PathFilter())
    before = access(ranking.graph)
    for risk in ranking.risks():
        cause = ranking.causes[risk.id]
        if cause.kind == "pod":
            continue
        after = access(ranking.closing.graph([cause]))
        gone = {pair: sure for pair, sure in before.items() if pair not in after}
        opens = risk.opens
        assert opens.exact
        alone = opens.pairs_alone, opens.admins_alone
        only = opens.pairs_alone_conditional, opens.admins_alone_conditional
        assert (*alone, *only) == counts(gone), cause


NAMES_TOKEN = role("one", ["get"], "secrets", names=["api-token"])
HOLDS_TOKEN = """---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {nodeName: n1, containers: [{name: c, image: c, envFrom: [{secretRef: {name: api-token}}]}]}
status: {phase: Running}
"""


@pytest.mark.parametrize(
    "reading",
    [
        NAMES_TOKEN + binding("c", "Role/one", ["user:al"]),
        HOLDS_TOKEN
        + role("runs", ["create"], "pods/exec")
        + binding("c", "Role/runs", ["user:al"]),
    ],
    ids=["rule", "pod"],
)
def test_the_name_of_a_token_that_goes_away_may_be_used_again(tmp_path, reading):
    """Who creates Secrets and reads that name gets a new token under it."""
    token = TOKEN.replace("TYPE", "kubernetes.io/service-account-token")
    creates = role("creates", ["create"], "secrets") + binding("d", "Role/creates", ["user:al"])
    path = tmp_path / "cluster.yaml"
    documents = NAMESPACE + token + API_READS + reading + creates
    items = [one for one in yaml.safe_load_all(documents) if one]
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    ranking = RiskRanking(rg.load(path).access_graph, PathFilter())
    before = ranking.counter.all
    (risk,) = (one for one in ranking.risks() if one.kind == "token")
    cause = ranking.causes[risk.id]
    assert risk.opens.exact
    # By the new token the Secret is reached under a condition.
    assert risk.opens.pairs_alone == sum(before) - sum(built(ranking, [cause]))
    masked = ranking.counter.pairs_without(cause.maybe)
    assert risk.opens.pairs_alone < sum(before) - len(masked)


ROOT = binding("root", "ClusterRole/cluster-admin", ["user:root"], kind="ClusterRoleBinding")


def test_full_control_loses_what_a_cause_alone_gives_it(tmp_path):
    """It reaches a token Secret through nothing else than what goes with the Secret."""
    token = TOKEN.replace("TYPE", "kubernetes.io/service-account-token")
    path = tmp_path / "cluster.yaml"
    path.write_text(NAMESPACE + token + API_READS + ROOT)
    ranking = RiskRanking(rg.load(path).access_graph, PathFilter())
    (risk,) = (one for one in ranking.risks() if one.kind == "token")
    after = built(ranking, [ranking.causes[risk.id]])
    assert risk.opens.exact
    assert risk.opens.pairs_alone == ranking.counter.all.pairs - after.pairs == 1


def test_one_closure_counts_causes_that_share_full_control_alone(tmp_path):
    """Who has full control holds each role too, but loses nothing with either."""
    path = tmp_path / "cluster.yaml"
    alice, bob = (binding(who, f"Role/{who}", [f"user:{who}"]) for who in ("alice", "bob"))
    path.write_text(
        NAMESPACE
        + role("alice", ["get"], "secrets")
        + role("bob", ["list"], "secrets")
        + alice
        + bob
        + ROOT
    )
    graph = rg.load(path).access_graph
    ranking = RiskRanking(graph, PathFilter())
    before = ranking.counter.all
    causes = [ranking.causes[risk.id] for risk in ranking.risks() if risk.kind == "role"]
    batches = AloneInBatches(graph, ranking.counter, graph.principals, PathFilter())
    counted = dict(batches.count(causes, lambda cause: cause.maybe, most=1))
    lost = [before.pairs - built(ranking, [cause]).pairs for cause in causes]
    assert [counted[number].pairs for number in range(len(causes))] == lost == [1, 1]


@law(random_snapshot, 60)
def test_nothing_is_left_when_every_cause_is_closed(seed):
    """So no access is without a cause that is listed."""
    ranking = RiskRanking(build(random_snapshot(seed)), PathFilter())
    ranking.risks()
    assert built(ranking, list(ranking.causes.values())) == (0, 0, 0, 0)


# Fixes


def test_fix_is_what_the_table_says_and_breaks_what_it_says(tmp_path):
    found = rg.load("fixtures/clusters/shop")
    listed = found.risks()
    numbers = [n for n, risk in enumerate(listed, 1) if risk.kind in {"role", "binding"}]
    for number in numbers[:3]:
        risk, fix = listed[number - 1], found.fix_risks(number)
        assert [one.id for one in fix] == [risk.id]
        proof = fix.proof
        assert proof.pairs_before - proof.pairs_after == risk.opens.pairs_alone
        assert proof.admins_before - proof.admins_after == risk.opens.admins_alone
        path = tmp_path / "changed.yaml"
        path.write_text(fix.manifests())
        written = {(o["kind"], o["metadata"]["name"]) for o in yaml.safe_load_all(path.read_text())}
        assert written == {(risk.object_kind, risk.name)}


def test_applied_manifest_closes_the_cause(risks_of, tmp_path):
    parts = [READER, binding("b", "Role/reader", ["user:alice"])]
    (risk,) = risks_of(*parts)
    before = tmp_path / "cluster.yaml"
    fix = rg.load(before).fix_risks(risk.id)
    (written,) = yaml.safe_load_all(fix.manifests())
    assert written["rules"] in ([], None)
    assert not risks_of(parts[1], "---\n" + yaml.safe_dump(written))


def test_narrowing_keeps_what_opens_nothing(risks_of, tmp_path):
    wide = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: shop}
rules: [{apiGroups: [""], resources: [secrets, configmaps], verbs: [get, list]}]
"""
    risks_of(wide, binding("b", "Role/reader", ["user:alice"]))
    fix = rg.load(tmp_path / "cluster.yaml").fix_risks(1)
    (written,) = yaml.safe_load_all(fix.manifests())
    assert written["rules"] == [
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}
    ]
    (edit,) = fix.result.edits
    assert edit.loses == ("user:alice",)


@pytest.mark.parametrize(
    ("verb", "resource", "denied"), [("get", "secrets", 1), ("get", "pods", 0)]
)
def test_fix_says_what_would_be_denied(risks_of, tmp_path, verb, resource, denied):
    risks_of(READER, binding("b", "Role/reader", ["user:alice"]))
    need = tmp_path / "need.yaml"
    need.write_text(f"user:alice {verb} {resource} -n shop\n")
    fix = rg.load(tmp_path / "cluster.yaml").fix_risks(1, need=str(need))
    assert len(fix.result.denied) == denied


@pytest.mark.parametrize("which", ["0", "9", "ffffffffff", "x"])
def test_unknown_cause_is_refused(risks_of, tmp_path, which):
    risks_of(READER, binding("b", "Role/reader", ["user:alice"]))
    with pytest.raises(RbacGraphError, match="no cause"):
        rg.load(tmp_path / "cluster.yaml").fix_risks(which)


def test_token_and_pod_are_closed_by_hand(risks_of, tmp_path):
    token = TOKEN.replace("TYPE", "kubernetes.io/service-account-token")
    found = risks_of(token, API_READS, POD.replace("PRIVILEGED", "true"))
    for risk in found:
        if risk.kind in {"token", "pod"}:
            fix = rg.load(tmp_path / "cluster.yaml").fix_risks(risk.id)
            assert not fix.changes
            assert fix.result.by_hand == (risk.change,)
            assert fix.proof.pairs_before - fix.proof.pairs_after == risk.opens.pairs_alone


@law(random_snapshot, 24)
@pytest.mark.parametrize("size", [1, 2, 3])
def test_best_set_is_the_best_of_all(seed, size):
    ranking = RiskRanking(build(random_snapshot(seed)), PathFilter())
    ranking.risks()
    causes = list(ranking.causes.values())[:8]
    counter = ranking.counter
    search = BestSetSearch(ranking.graph, counter, ranking.graph.principals, PathFilter(), causes)
    found = search.best(size)
    assert found.proven
    assert len(found.chosen) <= size

    def removed(chosen):
        shut = frozenset().union(*(cause.maybe for cause in chosen))
        return len(counter.pairs_without(())) - len(counter.pairs_without(shut))

    every = combinations(causes, min(size, len(causes)))
    assert found.most == max(map(removed, every), default=0)
    assert removed([causes[number] for number in found.chosen]) == found.most


@pytest.mark.parametrize("world", WORLDS)
def test_the_example_of_a_cause_shows_its_row_and_one_edit_is_one_cause(world):
    make, tried = WORLDS[world], 0
    for seed in worlds(make, 60):
        graph = build(make(seed))
        ranking = RiskRanking(graph, limits_of_risks(certain=False, without=()))
        found = ranking.risks()
        edits = [edit for cause in ranking.causes.values() for edit in cause.edits]
        assert len(edits) == len(set(edits))
        entries, numbers = graph.world.part(Entries), {format_node(n): n for n in graph.nodes}
        holders = {format_node(node) for node in full_control_holders(graph)}
        full = {format_node(graph.nodes[number]) for number in full_control(graph)}
        for risk in found:
            tried += 1
            if risk.path is None:  # own bindings give every right, or the token reads itself
                assert not holders.isdisjoint(risk.subjects) or risk.kind == "token"
                continue
            assert risk.path.certain is not risk.conditional
            factors = {one.factor: one.level for one in risk.factors}
            start = named_node(numbers[risk.path.principal])
            levels = {one.level.name.lower().replace("_", "-") for one in entries.of(start)}
            if risk.kind in {"binding", "role"}:
                assert factors["entry"] in levels | {"unused"}
            assert (risk.path.target in full) <= (factors["value"] == "control")
    assert tried


def test_a_binding_that_is_there_twice_is_a_cause_to_close_by_hand(risks_of):
    both = [
        binding("admins", "ClusterRole/cluster-admin", [who], kind="ClusterRoleBinding")
        for who in ("sa:shop/a", "sa:shop/b")
    ]
    (risk,) = risks_of(*both, bootstrap=True)
    assert (risk.kind, risk.name) == ("binding", "admins")
    opens = risk.opens
    assert (opens.admins_alone, opens.admins_alone_conditional, opens.exact) == (0, 2, True)
    assert set(risk.subjects) == {"serviceaccount:shop/a", "serviceaccount:shop/b"}
    assert risk.conditional
