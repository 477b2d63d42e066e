"""The same object twice."""

import io
import json
from collections import ChainMap

import pytest

from rbacgraph.sources.load import load

RBAC = "rbac.authorization.k8s.io/v1"


def obj(kind, name="x", namespace="shop", uid="", api_version="v1", **rest):
    metadata = {"name": name, "namespace": namespace, "uid": uid}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


def rule(resource):
    return {"apiGroups": [""], "resources": [resource], "verbs": ["get"]}


def role(*resources, **rest):
    return obj("Role", api_version=RBAC, rules=[rule(r) for r in resources], **rest)


def binding(*users, role_name="x", kind="RoleBinding", **rest):
    ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role_name}
    subjects = [{"kind": "User", "name": user} for user in users]
    return obj(kind, api_version=RBAC, roleRef=ref, subjects=subjects, **rest)


def verbs(*values, names=None):
    rules = [{**rule("pods"), "verbs": values, "resourceNames": names}]
    return obj("Role", api_version=RBAC, rules=rules)


def of(subject):
    return binding() | {"subjects": [subject]}


def user(name, **rest):
    return {"kind": "User", "name": name, **rest}


def account(name, **rest):
    return {"kind": "ServiceAccount", "name": name, **rest}


RELEASE = {"meta.helm.sh/release-name": "a"}
CLOUD = {"eks.amazonaws.com/role-arn": "a"}


def noted(*annotations):
    account = obj("ServiceAccount")
    account["metadata"]["annotations"] = dict(ChainMap(*annotations))
    return account


def read(*objects):
    return load(io.BytesIO("\n".join(map(json.dumps, objects)).encode()))


def told(snapshot):
    return [(d.line, d.code, d.severity) for d in snapshot.diagnostics]


SAME = [(2, "duplicate-object", "note")]
DIFFERENT = [(2, "duplicate-object", "warning")]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (role("pods"), role("pods"), SAME),
        (role("pods"), role("pods", uid="u"), SAME),
        (role("pods", "secrets"), role("secrets", "pods"), SAME),
        (role("pods"), role("secrets"), DIFFERENT),
        (verbs("get", "list"), verbs("list", "get"), SAME),
        (verbs("get", "list"), verbs("get"), DIFFERENT),
        (verbs("get", names=[]), verbs("get"), SAME),
        (verbs("get", names=["a"]), verbs("get"), DIFFERENT),
        (role("pods"), role("pods", name="other"), []),
        (role("pods"), role("pods", namespace="other"), []),
        (role("pods"), role("pods") | {"kind": "ClusterRole"}, []),
        (binding("a", "b"), binding("b", "a"), SAME),
        (binding("a"), binding("b"), DIFFERENT),
        (of(user("a")), of(user("a", apiGroup="rbac.authorization.k8s.io")), SAME),
        (of(account("a")), of(account("a", namespace="shop")), SAME),
        (of(account("a")), of(account("a", namespace="other")), DIFFERENT),
        (of(account("a")), of(user("system:serviceaccount:shop:a")), SAME),
        (of(account("a")), of(user("a")), DIFFERENT),
        (of({"kind": "user", "name": "a"}), of(user("a")), DIFFERENT),
        (obj("Secret", data={"a": "1"}), obj("Secret", data={"a": "2"}), SAME),
        (obj("Secret", data={"a": "1"}), obj("Secret", data={"b": "1"}), DIFFERENT),
        (obj("ServiceAccount"), obj("ServiceAccount"), SAME),
        (obj("ServiceAccount"), obj("ServiceAccount", imagePullSecrets=[{"name": "s"}]), DIFFERENT),
        (noted(RELEASE), obj("ServiceAccount"), SAME),
        (noted(RELEASE, CLOUD), noted(CLOUD), SAME),
        (noted(CLOUD), obj("ServiceAccount"), DIFFERENT),
        (noted(CLOUD), noted({"eks.amazonaws.com/role-arn": "b"}), DIFFERENT),
        (
            obj("Deployment", api_version="apps/v1"),
            obj("Deployment", api_version="apps/v1"),
            SAME,
        ),
        (obj("Deployment", api_version="apps/v1"), obj("StatefulSet", api_version="apps/v1"), []),
    ],
)
def test_when_two_are_one(first, second, expected):
    snapshot = read(first, second)
    assert [entry for entry in told(snapshot) if "namespace" not in entry[1]] == expected


@pytest.mark.parametrize(
    ("kind", "namespace", "title"),
    [("Role", "shop", "Role shop/x"), ("ClusterRole", "", "ClusterRole x")],
)
def test_another_version_is_named_with_its_namespace_if_it_has_one(kind, namespace, title):
    def of(resource):
        return obj(kind, "x", namespace, api_version=RBAC, rules=[rule(resource)])

    (remark,) = read(of("pods"), of("secrets")).diagnostics
    assert remark.message.startswith(f"{title} ")


def test_each_version_of_a_role_is_kept_as_it_stands():
    roles = read(role("pods"), role("secrets"), role("nodes"), role("secrets")).roles
    assert [[r.resources for r in one.rules] for one in roles] == [
        [("pods",)],
        [("secrets",)],
        [("nodes",)],
    ]


def test_each_version_of_a_binding_is_kept_as_it_stands():
    found = read(binding("a"), binding("b"), binding("c", role_name="y")).role_bindings
    told = [([s.name for s in one.subjects], one.role_ref.name) for one in found]
    assert told == [(["a"], "x"), (["b"], "x"), (["c"], "y")]


def labelled(label, *, selecting=False, **metadata):
    found = obj("ClusterRole", "", "", api_version=RBAC, rules=[rule("pods")])
    found["metadata"] = {"name": "x", "labels": {label: "1"}, **metadata}
    if selecting:
        found["aggregationRule"] = {"clusterRoleSelectors": [{"matchLabels": {label: "1"}}]}
    return found


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "CronJob"])
def test_each_version_of_what_runs_is_kept(kind):
    versions = {"Pod": "v1", "Deployment": "apps/v1", "CronJob": "batch/v1"}
    found = read(
        *(
            obj(kind, api_version=versions[kind], spec=wrapped(kind, name))
            for name in ("a", "b", "a", None)
        )
    )
    held = found.pods or found.workloads
    assert [[use.secret for use in one.spec.secrets] for one in held] == [["a"], ["b"], []]
    assert [one.spec.partial for one in held] == [False, False, True]


def wrapped(kind, secret):
    container = {"name": "c", "envFrom": [{"secretRef": {"name": secret}}], "image": "i"}
    spec = {"containers": [container if secret else {"name": "c"}]}
    if kind == "Pod":
        return spec
    template = {"template": {"spec": spec}}
    return {"jobTemplate": {"spec": template}} if kind == "CronJob" else template


def test_keys_of_a_secret_and_names_of_a_service_account_are_those_of_both():
    (secret,) = read(obj("Secret", data={"a": "1"}), obj("Secret", data={"b": "1"})).secrets
    assert secret.keys == ("a", "b")
    one, other = (obj("ServiceAccount", imagePullSecrets=[{"name": name}]) for name in "ab")
    (account,) = read(one, other).service_accounts
    assert [found.name for found in account.image_pull_secrets] == ["b", "a"]


@pytest.mark.parametrize(
    ("first", "last", "mounted"),
    [
        ({"automountServiceAccountToken": False}, {}, None),
        ({}, {"automountServiceAccountToken": False}, None),
        ({"automountServiceAccountToken": False}, {"automountServiceAccountToken": True}, True),
        ({"automountServiceAccountToken": False}, {"automountServiceAccountToken": False}, False),
        ({}, {"automountServiceAccountToken": False, "uid": "u"}, False),
        ({"automountServiceAccountToken": False, "uid": "u"}, {}, False),
    ],
)
def test_a_token_is_mounted_if_one_version_has_it_mounted(first, last, mounted):
    pair = [
        obj("ServiceAccount", imagePullSecrets=[{"name": n}], **v)
        for n, v in (("a", first), ("b", last))
    ]
    (account,) = read(*pair).service_accounts
    assert account.automount_service_account_token is mounted


def test_each_version_of_an_aggregated_role_is_kept():
    one, other = (labelled(label, selecting=True) for label in "ab")
    assert len(read(one, other, one).cluster_roles) == 2


@pytest.mark.parametrize(
    ("label", "count"),
    [("app", 1), ("taken", 2), ("rbac.authorization.k8s.io/aggregate-to-view", 2)],
)
def test_a_label_tells_versions_apart_where_some_role_selects_by_it(label, count):
    taking = labelled("taken", selecting=True, name="taking")
    roles = read(taking, labelled("other"), labelled(label)).cluster_roles
    assert sum(one.metadata.name == "x" for one in roles) == count


@pytest.mark.parametrize("server_first", [True, False])
def test_the_server_is_believed_before_a_manifest(server_first):
    server = obj("Secret", uid="u", type="kubernetes.io/tls", data={"tls.crt": "", "tls.key": ""})
    manifest = obj("Secret", type="kubernetes.io/tls", stringData={"tls.key": ""})
    snapshot = read(*((server, manifest) if server_first else (manifest, server)))
    (secret,) = snapshot.secrets
    assert secret.keys == ("tls.crt", "tls.key")
    assert secret.metadata.uid == "u"
    assert [code for _, code, _ in told(snapshot)] == ["duplicate-object"]


def cluster(name, *, count=3):
    system = obj("Namespace", "kube-system", "", uid=f"{name}-0")
    return [system, *(obj("ServiceAccount", f"sa-{n}", uid=f"{name}-{n}") for n in range(count))]


def test_two_clusters_are_told_once():
    snapshot = read(*cluster("one", count=300), *cluster("two", count=300))
    (note, warning) = snapshot.diagnostics
    assert (warning.code, warning.severity, warning.line) == ("two-clusters", "warning", 302)
    assert "Namespace kube-system has another uid than at <stream>:1" in warning.message
    assert (note.code, note.severity) == ("duplicate-object", "note")


def test_a_cluster_at_two_times_is_one_cluster():
    again = [*cluster("one")[:-1], obj("ServiceAccount", "sa-2", uid="new")]
    assert [d.code for d in read(*cluster("one"), *again).diagnostics] == ["duplicate-object"]
    pods = [obj("Pod", "web-0", uid=uid) for uid in ("a", "b")]
    assert [d.code for d in read(*pods).diagnostics] == ["duplicate-object"]
