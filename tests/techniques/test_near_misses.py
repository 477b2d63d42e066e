"""Claims that were once wrong: each cluster differs from a true one by what decides."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import rbacgraph

PATCH_POD = Path(__file__).parents[2] / "fixtures" / "edges" / "patch-pod"
CERTAIN, CONDITIONAL, NOTHING = "certain", "conditional", "nothing"
RBAC = "rbac.authorization.k8s.io"
ALICE = {"kind": "User", "name": "alice", "apiGroup": RBAC}
EVERY_ACCOUNT = {"kind": "Group", "name": "system:serviceaccounts", "apiGroup": RBAC}
TOKEN_VOLUME = {"name": "w", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}}
FROM_DB = {"name": "c", "envFrom": [{"secretRef": {"name": "db"}}]}


def _object(kind, name, namespace="", version="v1", **fields):
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata.update(fields.pop("metadata", {}))
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def _secret(namespace, name, *keys, **fields):
    return _object("Secret", name, namespace, data=dict.fromkeys(keys or ("k",), "AAAA"), **fields)


def _enforcing(level):
    """The namespace, with a Pod Security level."""
    labels = {"pod-security.kubernetes.io/enforce": level}
    return _object("Namespace", "shop", metadata={"labels": labels})


def _account(name, **fields):
    return _object("ServiceAccount", name, "shop", **fields)


def _array(namespace):
    """A volume that names a Secret."""
    claim, array = {"namespace": "shop", "name": "c"}, {"namespace": namespace, "name": "array"}
    spec = {"claimRef": claim, "csi": {"nodeStageSecretRef": array}}
    return _object("PersistentVolume", "v", spec=spec)


def _granted(namespace, subject, verbs, resource, *names):
    """A role and its binding: in a namespace, or everywhere for ``""``."""
    kind = "Role" if namespace else "ClusterRole"
    name = f"{resource.replace('/', '-')}-{verbs}"
    group = "apps" if resource == "deployments" else ""
    rule = {"apiGroups": [group], "resources": [resource], "verbs": [verbs]}
    if names:
        rule["resourceNames"] = list(names)
    reference = {"apiGroup": RBAC, "kind": kind, "name": name}
    return (
        _object(kind, name, namespace, f"{RBAC}/v1", rules=[rule]),
        _object(
            f"{kind}Binding", name, namespace, f"{RBAC}/v1", roleRef=reference, subjects=[subject]
        ),
    )


def _pod(**spec):
    spec.setdefault("containers", [{"name": "c"}])
    return _object("Pod", "x", "shop", spec=spec, status={"phase": "Running"})


def _deployment(**spec):
    template = {"spec": {"containers": [FROM_DB], **spec.pop("pod", {})}}
    return _object("Deployment", "web", "shop", "apps/v1", spec={**spec, "template": template})


def _of(account):
    return {"kind": "ServiceAccount", "name": account, "namespace": "shop"}


class Case(NamedTuple):
    objects: tuple
    source: str
    target: str
    gets: str
    server: bool = True
    groups: dict | None = None


CASES = {
    "no ServiceAccount is called *": Case(
        (
            _secret("shop", "db"),
            _account("web"),
            *_granted("shop", ALICE, "impersonate", "serviceaccounts", "*"),
            *_granted("shop", EVERY_ACCOUNT, "get", "secrets"),
        ),
        "user:alice",
        "secret:shop/db",
        NOTHING,
    ),
    "any ServiceAccount's name brings its groups": Case(
        (
            _secret("shop", "db"),
            _account("web"),
            *_granted("shop", ALICE, "impersonate", "serviceaccounts", "stranger"),
            *_granted("shop", EVERY_ACCOUNT, "get", "secrets"),
        ),
        "user:alice",
        "secret:shop/db",
        CERTAIN,
    ),
    "a username that no ServiceAccount can have is no alias": Case(
        (
            _secret("pay", "p"),
            _account("web"),
            *_granted(
                "pay", {**ALICE, "name": "system:serviceaccount:shop:WEB_1"}, "get", "secrets"
            ),
            *_granted("shop", ALICE, "impersonate", "serviceaccounts"),
        ),
        "user:alice",
        "secret:pay/p",
        NOTHING,
    ),
    "a namespace need not exist to be impersonated in": Case(
        (
            _secret("shop", "db"),
            _account("web"),
            *_granted("", ALICE, "impersonate", "serviceaccounts"),
            *_granted(
                "shop",
                {**EVERY_ACCOUNT, "name": "system:serviceaccounts:brandnew"},
                "get",
                "secrets",
            ),
        ),
        "user:alice",
        "secret:shop/db",
        CERTAIN,
    ),
    "a Deployment's Pods are not called as it is": Case(
        (
            _secret("shop", "db"),
            *_granted("", ALICE, "create", "pods/exec", "web"),
            _deployment(),
        ),
        "user:alice",
        "secret:shop/db",
        NOTHING,
        server=False,
    ),
    "tokens of a deleted ServiceAccount are refused": Case(
        (
            _secret("pay", "p"),
            _account("web"),
            *_granted("shop", ALICE, "create", "pods/exec"),
            *_granted("pay", _of("gone"), "get", "secrets"),
            _pod(
                serviceAccountName="gone",
                containers=[{"name": "c", "volumeMounts": [{"name": "w", "mountPath": "/m"}]}],
                volumes=[TOKEN_VOLUME],
            ),
        ),
        "user:alice",
        "secret:pay/p",
        NOTHING,
    ),
    "a PodTemplate makes no Pods": Case(
        (
            _secret("shop", "db"),
            _object(
                "PodTemplate",
                "web",
                "shop",
                template={"spec": {"nodeName": "n1", "containers": [FROM_DB]}},
            ),
        ),
        "node:n1",
        "secret:shop/db",
        NOTHING,
        server=False,
    ),
    "a Deployment of no replicas may get some": Case(
        (_secret("shop", "db"), _deployment(replicas=0, pod={"nodeName": "n1"})),
        "node:n1",
        "secret:shop/db",
        CONDITIONAL,
        server=False,
    ),
    "a Deployment whose ServiceAccount is missing makes no Pods": Case(
        (
            _secret("shop", "db"),
            _account("web"),
            *_granted("shop", ALICE, "create", "pods/exec"),
            _deployment(pod={"serviceAccountName": "gone"}),
        ),
        "user:alice",
        "secret:shop/db",
        NOTHING,
    ),
    "a Deployment whose Pods its namespace refuses makes none": Case(
        (
            _enforcing("restricted"),
            _secret("shop", "db"),
            *_granted("shop", ALICE, "create", "pods/exec"),
            _deployment(),
        ),
        "user:alice",
        "secret:shop/db",
        NOTHING,
        server=False,
    ),
    "a Deployment whose Pods its namespace lets in makes some": Case(
        (
            _enforcing("baseline"),
            _secret("shop", "db"),
            *_granted("shop", ALICE, "create", "pods/exec"),
            _deployment(),
        ),
        "user:alice",
        "secret:shop/db",
        CERTAIN,
        server=False,
    ),
    "the certificate of a token Secret is no token": Case(
        (
            _account("web"),
            _secret(
                "shop",
                "tk",
                "token",
                "ca.crt",
                type="kubernetes.io/service-account-token",
                metadata={"annotations": {"kubernetes.io/service-account.name": "web"}},
            ),
            _pod(
                automountServiceAccountToken=False,
                containers=[{"name": "c", "volumeMounts": [{"name": "v", "mountPath": "/m"}]}],
                volumes=[
                    {
                        "name": "v",
                        "secret": {"secretName": "tk", "items": [{"key": "ca.crt", "path": "c"}]},
                    }
                ],
            ),
        ),
        "pod:shop/x",
        "serviceaccount:shop/web",
        CONDITIONAL,
    ),
    "admission copies a ServiceAccount's pull Secrets": Case(
        (
            _secret("shop", "pull"),
            _account("web", imagePullSecrets=[{"name": "pull"}]),
            _pod(nodeName="n1", serviceAccountName="web"),
        ),
        "node:n1",
        "secret:shop/pull",
        CERTAIN,
        server=False,
    ),
    "a Secret whose metadata alone is known may hold a token": Case(
        (
            _account("web"),
            _account("other"),
            _object("Secret", "known", "shop"),
            *_granted("shop", ALICE, "patch", "secrets", "known"),
        ),
        "user:alice",
        "serviceaccount:shop/web",
        CONDITIONAL,
    ),
    "a Secret that says it is of another type holds no token": Case(
        (
            _account("web"),
            _secret("shop", "known"),
            *_granted("shop", ALICE, "patch", "secrets", "known"),
        ),
        "user:alice",
        "serviceaccount:shop/web",
        NOTHING,
    ),
    "a node's user in group system:nodes is its kubelet": Case(
        (_secret("shop", "db"), _pod(nodeName="n1", containers=[FROM_DB])),
        "user:system:node:n1",
        "secret:shop/db",
        CERTAIN,
        groups={"system:node:n1": ["system:nodes"]},
    ),
    "a namespace that is not there has no ServiceAccount default": Case(
        (
            *_granted("", ALICE, "create", "serviceaccounts/token"),
            *_granted("shop", {**_of("ghost"), "namespace": "gone"}, "get", "secrets"),
        ),
        "user:alice",
        "serviceaccount:gone/default",
        NOTHING,
    ),
    "a namespace has a ServiceAccount default by itself": Case(
        (
            _object("Namespace", "new"),
            *_granted("", ALICE, "create", "serviceaccounts/token"),
            *_granted("shop", {**_of("ghost"), "namespace": "new"}, "get", "secrets"),
        ),
        "user:alice",
        "serviceaccount:new/default",
        CERTAIN,
    ),
    "there are no Secrets in a namespace that is not there": Case(
        (*_granted("", ALICE, "get", "secrets"), _array("gone")),
        "user:alice",
        "secret:gone/array",
        NOTHING,
    ),
    "there may be a Secret that something names": Case(
        (*_granted("", ALICE, "get", "secrets"), _array("shop")),
        "user:alice",
        "secret:shop/array",
        CERTAIN,
    ),
    "Pods are created in a namespace that is there": Case(
        (
            _object("Namespace", "old"),
            _secret("old", "db"),
            *_granted("", ALICE, "create", "pods"),
        ),
        "user:alice",
        "secret:old/db",
        CERTAIN,
    ),
    "Pods may be created in a namespace that a list lacks": Case(
        (_secret("gone", "db"), *_granted("", ALICE, "create", "pods")),
        "user:alice",
        "secret:gone/db",
        CONDITIONAL,
    ),
    "so may Pods of a RoleBinding there": Case(
        (_secret("gone", "db"), *_granted("gone", ALICE, "create", "pods")),
        "user:alice",
        "secret:gone/db",
        CONDITIONAL,
    ),
    "so may Pods of a changed workload": Case(
        (
            _secret("gone", "db"),
            _object("Deployment", "web", "gone", "apps/v1", spec={"template": {"spec": {}}}),
            *_granted("", ALICE, "update", "deployments", "web"),
        ),
        "user:alice",
        "secret:gone/db",
        CONDITIONAL,
    ),
    "what a list lacks the namespace of can be read": Case(
        (_secret("gone", "db"), *_granted("", ALICE, "get", "secrets")),
        "user:alice",
        "secret:gone/db",
        CERTAIN,
    ),
    "whoever creates the namespace has Pods there": Case(
        (
            _secret("gone", "db"),
            *_granted("", ALICE, "create", "pods"),
            *_granted("", ALICE, "create", "namespaces"),
        ),
        "user:alice",
        "secret:gone/db",
        CERTAIN,
    ),
    "a subject without a name is nobody": Case(
        (_secret("shop", "db"), *_granted("shop", {**ALICE, "name": ""}, "get", "secrets")),
        "group:system:authenticated",
        "secret:shop/db",
        NOTHING,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_near_miss(name, tmp_path):
    case = CASES[name]
    told = any(one["kind"] == "Namespace" and "labels" in one["metadata"] for one in case.objects)
    shop = () if told else (_object("Namespace", "shop"),)
    objects = [dict(found) for found in (*shop, *case.objects)]
    if case.server:
        for number, found in enumerate(objects):
            found["metadata"] = {**found["metadata"], "uid": f"u{number}"}
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    cluster = rbacgraph.load(path, groups=case.groups, kubernetes_version="1.36")
    found = {one.target: one for one in cluster.reach(source=case.source)}.get(case.target)
    gets = NOTHING if found is None else CERTAIN if found.certain else CONDITIONAL
    assert gets == case.gets


def test_a_secret_is_asked_about_in_a_namespace_that_may_be_there(tmp_path):
    path = tmp_path / "cluster.json"
    shop = _object("Namespace", "shop", metadata={"uid": "u"})
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [shop]}))
    cluster = rbacgraph.load(path)
    assert "does not list all Secrets" in str(cluster.paths(secret="shop/db"))
    assert "does not list all Secrets" in str(cluster.paths(secret="kube-system/db"))
    with pytest.raises(rbacgraph.NotFoundError, match="no Secret gone/db, nor a namespace gone"):
        cluster.paths(secret="gone/db")


def test_an_older_snapshot_does_not_tell_which_level_a_pod_meets(tmp_path):
    saved = tmp_path / "saved.json"
    rbacgraph.load(PATCH_POD / "no-level.yaml").save(saved)
    text = saved.read_text()
    assert '"violates":"restricted"' in text

    def got():
        reached = rbacgraph.load(saved).reach(source="user:alice")
        return [bool(one.certain) for one in reached if one.target == "secret:shop/db"]

    assert got() == []
    saved.write_text(re.sub(',?"violates":"restricted"', "", text).replace("{,", "{"))
    assert got() == [False]


def test_a_nodes_user_that_is_bound_and_its_kubelet_are_each_other():
    folder = PATCH_POD.parent / "revive-serviceaccount"
    cluster = rbacgraph.load(folder / "yes-kubelet.yaml", groups=folder / "nodes.yaml")
    reached = cluster.reach(source="user:system:node:n1")
    assert "secret:shop/db" in [one.target for one in reached if one.certain]
    assert len(cluster.exposure()) == 1


def test_a_source_does_not_reach_itself_by_impersonation(tmp_path):
    objects = (_account("web"), *_granted("shop", _of("web"), "impersonate", "serviceaccounts"))
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    reached = rbacgraph.load(path).reach(source="sa:shop/web")
    assert not [one.target for one in reached if one.target.endswith("shop/web")]
