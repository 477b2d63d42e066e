"""Operators and controllers: by which sign they are known, and that no guess disarms them."""

import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rbacgraph as rg
from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.changes.changeable_grants import ChangeableGrants
from rbacgraph.advice.rewrite.operators import OperatorSigns
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.match import Request
from rbacgraph.model.node import SERVICE_ACCOUNT
from tests.worlds import fewer

WORLD = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: r, labels: {ROLE}}
rules:
- {apiGroups: [""], resources: [secrets], verbs: [get, list, watch, update]}
RULES
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: b, labels: {BINDING}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: NAME, namespace: x}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, namespace: x}
spec:
  template:
    metadata: {labels: {POD}}
    spec:
      serviceAccountName: NAME
      containers: [{name: c, image: IMAGE, envFrom: [{secretRef: {name: own}}]}]
"""


def world(name="app", pod="", binding="", role="", *, rules="", image="app"):
    text = (
        WORLD.replace("NAME", name)
        .replace("IMAGE", image)
        .replace("POD", pod)
        .replace("BINDING", binding)
    )
    return text.replace("ROLE", role).replace("RULES", rules)


def cluster(**signs):
    return rg.load(io.BytesIO(world(**signs).encode()), bootstrap=False)


def known(given):
    node = (SERVICE_ACCOUNT, "x", given.snapshot.workloads[0].spec.service_account)
    return OperatorSigns(ChangeableGrants(given.authorizer)).of(node)


STATUS = "- {apiGroups: [example.org], resources: [widgets/status], verbs: [VERB]}"
TO_EDIT = "rbac.authorization.k8s.io/aggregate-to-edit: 'true'"


@pytest.mark.parametrize(
    ("signs", "name", "sign"),
    [
        (
            {"pod": "app.kubernetes.io/name: external-secrets"},
            "External Secrets",
            "label app.kubernetes.io/name=external-secrets of Deployment x/d",
        ),
        (
            {"pod": "app.kubernetes.io/part-of: argocd"},
            "Argo CD",
            "label app.kubernetes.io/part-of=argocd of Deployment x/d",
        ),
        (
            {"pod": "helm.sh/chart: ingress-nginx-4.10.1"},
            "ingress-nginx",
            "label helm.sh/chart=ingress-nginx-4.10.1 of Deployment x/d",
        ),
        (
            {"binding": "helm.sh/chart: cert-manager-v1.14.4"},
            "cert-manager",
            "label helm.sh/chart=cert-manager-v1.14.4 of ClusterRoleBinding b",
        ),
        (
            {"pod": "app: secrets-store-csi-driver"},
            "the Secrets Store CSI driver",
            "label app=secrets-store-csi-driver of Deployment x/d",
        ),
        ({"name": "external-secrets-cert-controller"}, "External Secrets", "its name"),
        ({"name": "longhorn-service-account"}, "Longhorn", "its name"),
        ({"name": "kustomize-controller"}, "Flux", "its name"),
        ({"name": "ebs-csi-controller-sa"}, "a CSI driver", "its name"),
        ({"name": "csi-nfs-controller-sa"}, "a CSI driver", "its name"),
        ({"name": "vault-csi-provider"}, "a CSI driver", "its name"),
        (
            {"name": "speaker", "pod": "app: metallb"},
            "MetalLB",
            "label app=metallb of Deployment x/d",
        ),
        ({"name": "vault-agent-injector"}, "the Vault Agent Injector", "its name"),
        (
            {"image": "quay.io/argoproj/argocd:v3.1"},
            "Argo CD",
            "image quay.io/argoproj/argocd:v3.1 of Deployment x/d",
        ),
        (
            {"binding": "olm.owner: x.v1"},
            "an operator that OLM installed",
            "label olm.owner of ClusterRoleBinding b",
        ),
        (
            {"pod": "control-plane: controller-manager"},
            "a controller",
            "label control-plane=controller-manager of Deployment x/d",
        ),
        (
            {"pod": "app.kubernetes.io/component: operator"},
            "a controller",
            "label app.kubernetes.io/component=operator of Deployment x/d",
        ),
        (
            {"rules": STATUS.replace("VERB", "patch")},
            "a controller",
            "ClusterRole r lets it write widgets/status.example.org",
        ),
    ],
)
def test_an_operator_is_known_by_a_sign_and_left_alone_unless_it_is_named(signs, name, sign):
    given = cluster(**signs)
    assert tuple(map(str, known(given))) == (name, sign)
    account = f"serviceaccount:x/{given.snapshot.workloads[0].spec.service_account}"
    every = given.suggest(from_references=True, effect=False)
    assert every.changes == ()
    assert [(one.principal, one.operator, str(one.sign)) for one in every.result.left_alone] == [
        (account, name, sign)
    ]
    assert re.search(rf"^{account} +{re.escape(f'{name}: {sign}')}$", str(every), re.MULTILINE)
    for question in ({"principal": account}, {"role": "r"}):
        named = given.suggest(from_references=True, effect=False, **question)
        assert [loss.principal for loss in named.result.losses] == [account]
        assert named.result.left_alone == ()
        (told,) = (note for note in named.notes if "operators and controllers" in note)
        assert told.endswith(f"{account} ({name}: {sign})")


@pytest.mark.parametrize(
    "signs",
    [
        {},
        {"pod": "app.kubernetes.io/name: traefik-forward-auth"},
        {"pod": "app.kubernetes.io/name: cert-managers"},
        {"pod": "helm.sh/chart: web-1.0-cert-manager"},
        {"pod": "app.kubernetes.io/component: web"},
        {"name": "reflector-test"},
        {"name": "csilla"},
        {"role": "app.kubernetes.io/name: cert-manager"},
        {"rules": STATUS.replace("VERB", "get")},
        {"rules": STATUS.replace("VERB", "update"), "role": TO_EDIT},
        {"rules": STATUS.replace("VERB", "update").replace("widgets/status", "'*/status'")},
    ],
)
def test_others_are_not(signs):
    given = cluster(**signs)
    assert known(given) is None
    answer = given.suggest(from_references=True, effect=False)
    assert len(answer.result.losses) == 1
    assert not any("operators" in note for note in answer.notes)


def test_what_is_guessed_is_called_so_and_not_proven_enough(tmp_path):
    guessed = str(cluster().suggest(from_references=True, effect=False))
    assert guessed.startswith("Guessed from references: every role that can be edited")
    assert "Enough" not in guessed
    assert "Not proven: that the Secrets left are enough." in guessed
    stated = str(cluster().suggest(without="secrets", effect=False))
    assert "uessed" not in stated
    assert "Enough: " in stated
    path = tmp_path / "s.json"
    cluster(name="longhorn").suggest(from_references=True, effect=False).render(path)
    saved = json.loads(path.read_text())
    assert saved["guessed"] is True
    assert saved["left_alone"] == [
        {"principal": "serviceaccount:x/longhorn", "operator": "Longhorn", "sign": "its name"}
    ]


def test_without_a_pod_nothing_is_guessed():
    text = world()
    given = rg.load(io.BytesIO(text[: text.index("---\napiVersion: apps/v1")].encode()))
    for question in ({}, {"role": "r"}, {"principal": "sa:x/app"}):
        answer = given.suggest(from_references=True, effect=False, **question)
        assert answer.changes == ()
        assert "the input holds no Pod and no Pod template of it" in str(answer)


def test_a_role_that_an_operator_has_too_is_not_narrowed_for_all():
    more = """---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: c}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
subjects: [{kind: ServiceAccount, name: velero, namespace: x}]
"""
    given = rg.load(io.BytesIO((world() + more).encode()))
    shared = given.suggest(from_references=True, split=False, effect=False)
    assert shared.changes == ()
    (note,) = shared.notes
    assert note == (
        "1 role is left alone, for operators and controllers have it too: ClusterRole r"
    )
    split = given.suggest(from_references=True, effect=False)
    assert {loss.principal for loss in split.result.losses} == {"serviceaccount:x/app"}


def test_operators_that_lose_what_is_taken_out_are_named():
    answer = cluster(name="velero").suggest(without="secrets", effect=False)
    assert (
        "operators and controllers are among those who lose something:"
        " serviceaccount:x/velero (Velero: its name)"
    ) in answer.notes


NAMES = ("app", "web", "velero", "argocd-server")
LABELS = ("", "app: web", "app.kubernetes.io/name: keda")


@st.composite
def worlds(draw):
    """Some accounts with one role or two of the same rules, and with Pods or without."""
    role, binding, pod = world().split("---\n")
    found = [role, role.replace("name: r,", "name: q,")]
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        own = draw(st.sampled_from(("r", "q")))
        bound = binding.replace("name: b,", f"name: {name},").replace("name: r}", f"name: {own}}}")
        found.append(bound.replace("name: app,", f"name: {name},"))
        if draw(st.booleans()):
            runs = pod.replace("name: d,", f"name: {name},").replace("Name: app", f"Name: {name}")
            found.append(runs.replace("{}", f"{{{draw(st.sampled_from(LABELS))}}}"))
    return rg.load(io.BytesIO("---\n".join(found).encode()), bootstrap=False)


@given(worlds(), st.sampled_from((None, True, False)))
@settings(max_examples=fewer(100))
def test_of_all_only_those_lose_whose_pods_are_there_and_who_are_no_operators(given, split):
    answer = given.suggest(from_references=True, effect=False, split=split)
    after = Authorizer(applied(given.snapshot, answer.changes))
    wanted = Request("get", resource="secrets", namespace="y", name="z")
    alone = {one.principal for one in answer.result.left_alone}
    for binding in given.snapshot.cluster_role_bindings:
        if binding.assumed:
            continue
        for subject in binding.subjects:
            runs = [w for w in given.snapshot.workloads if w.spec.service_account == subject.name]
            operator = subject.name in NAMES[2:] or any("=keda," in w.labels for w in runs)
            kept = after.authorize(wanted, f"system:serviceaccount:x:{subject.name}", ())
            if operator or (split is not False and not runs):
                assert kept
                assert f"serviceaccount:x/{subject.name}" in alone
            elif split is not False:
                assert not kept
