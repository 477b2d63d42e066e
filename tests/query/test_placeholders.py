"""What no API server would take as a namespace or a name is kept under it, as any other."""

import io
import json
from collections.abc import Mapping

import pytest
import yaml

import rbacgraph as rg
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.kubernetes.rbac import Subject

HOSTILE = [
    "${NS}",
    "${NS-shop}",
    "MY_NS",
    "{{ .Release.Namespace }}",
    "<namespace>",
    "shop.v1",
    "-shop",
    "a b",
    "ümlaut",
    "x" * 64,
    "each",
    "%",
]


def objects(root):
    for path in sorted((root / "fixtures/clusters/shop").glob("*.yaml")):
        for found in yaml.load_all(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            yield from found["items"] if found["kind"].endswith("List") else [found]


def renamed(value, names: Mapping[str, str]):
    """Rename namespaces wherever objects name them."""
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    found = {key: renamed(one, names) for key, one in value.items()}
    if found.get("kind") == "Namespace" and "metadata" in found:
        name = found["metadata"]["name"]
        labels = found["metadata"].get("labels", {})
        found["metadata"] |= {"name": names.get(name, name)}
        if "kubernetes.io/metadata.name" in labels:
            labels["kubernetes.io/metadata.name"] = names.get(name, name)
    for key in ("namespace", "secretNamespace"):
        if isinstance(found.get(key), str):
            found[key] = names.get(found[key], found[key])
    for old, new in names.items():
        if found.get("kind") == "Group" and found.get("name") == f"system:serviceaccounts:{old}":
            found["name"] = f"system:serviceaccounts:{new}"
    return found


def answers(every):
    """Return who reaches which Secret by which techniques, and with which certainty."""
    text = io.BytesIO("\n---\n".join(map(json.dumps, every)).encode())
    cluster = rg.load(text)
    rows = {
        (path.principal, path.hops[-1].target, path.certain, tuple(hop.edge for hop in path.hops))
        for path in cluster.paths(secret="*")
    }
    return cluster, rows


@pytest.fixture(scope="module")
def plain(root):
    every = [o for o in objects(root) if o["kind"] not in {"Event", "ConfigMap"}]
    return every, answers(every)[1]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_namespace_is_only_a_name(plain, name):
    every, expected = plain
    cluster, found = answers(renamed(every, {"shop": name}))
    back = {
        tuple(part.replace(name, "shop") if isinstance(part, str) else part for part in row)
        for row in found
    }
    assert back == {
        tuple(part.replace(name, "shop") if isinstance(part, str) else part for part in row)
        for row in expected
    }
    warned = [d for d in cluster.diagnostics if d.code == "illegal-name"]
    assert bool(warned) is (name != "each")
    assert all(d.severity == "warning" and d.line for d in warned if not d.message.startswith("…"))


CLUSTER = """
apiVersion: v1
kind: Secret
metadata: {{name: db, namespace: {namespace}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: p, namespace: {namespace}}}
spec: {{serviceAccountName: {account}, containers: [{{name: c}}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: readers, namespace: {namespace}}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: readers}}
subjects: [{{kind: ServiceAccount, name: {account}}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: readers}}
rules: [{{apiGroups: [""], resources: [secrets], verbs: [get]}}]
"""


@pytest.mark.parametrize("account", ["ci", "MY_SA", "${SA}", "{{ sa }}", "a b"])
@pytest.mark.parametrize("namespace", ["shop", "MY_NS", "${NS-shop}"])
def test_an_account_is_who_its_pods_are(account, namespace):
    text = CLUSTER.format(account=json.dumps(account), namespace=json.dumps(namespace))
    cluster = rg.load(io.BytesIO(text.encode()))
    for source in (f"sa:{namespace}/{account}", f"pod:{namespace}/p"):
        (path,) = cluster.paths(secret="*", source=source)
        assert path.certain
    assert cluster.can_i("get", "secrets", namespace=namespace, user=f"sa:{namespace}/{account}")
    illegal = {d.severity for d in cluster.diagnostics if d.code == "illegal-name"}
    assert illegal == (set() if (account, namespace) == ("ci", "shop") else {"warning"})


def test_a_server_takes_such_a_username_for_a_plain_one():
    """A binding may name an account of what is no namespace: as users, one can act as it."""
    text = """
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: readers}
subjects: [{kind: ServiceAccount, name: ci, namespace: MY_NS}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: readers}
rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: actors}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: actors}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: actors}
rules: [{apiGroups: [""], resources: [users], verbs: [impersonate]NAMES}]
"""
    named = ', resourceNames: ["system:serviceaccount:MY_NS:ci"]'
    for names, there in (("", True), (named, True), (", resourceNames: [bob]", False)):
        cluster = rg.load(io.BytesIO(text.replace("NAMES", names).encode()))
        assert bool(cluster.paths(secret="*", source="user:alice")) is there


@pytest.mark.parametrize("name", ["${NS}", "${NS-shop}", "a b", "A"])
def test_an_account_is_in_its_groups(name):
    """Whatever it is called, and however it is asked about."""
    words = {"kind": "Group", "name": f"system:serviceaccounts:{name}"}
    words["apiGroup"] = "rbac.authorization.k8s.io"
    text = CLUSTER.format(account="ci", namespace=json.dumps(name))
    text = text.replace("{kind: ServiceAccount, name: ci}", json.dumps(words))
    cluster = rg.load(io.BytesIO(text.encode()))
    usernames = f"system:serviceaccount:{name}:ci", f"user:system:serviceaccount:{name}:ci"
    for source in (f"sa:{name}/ci", f"pod:{name}/p", *usernames):
        (path,) = cluster.paths(secret="*", source=source)
        assert path.certain
    for user in (f"sa:{name}/ci", usernames[0]):
        assert cluster.can_i("get", "secrets", namespace=name, user=user)
        assert not cluster.can_i("get", "secrets", namespace="shop", user=user)


@pytest.mark.parametrize("name", ["*", "${NS}", "shop"])
def test_a_username_that_is_no_accounts_is_warned_of(name):
    words = {"kind": "User", "name": f"system:serviceaccount:{name}:ci"}
    words["apiGroup"] = "rbac.authorization.k8s.io"
    text = CLUSTER.format(account="ci", namespace="shop")
    text = text.replace("{kind: ServiceAccount, name: ci}", json.dumps(words))
    cluster = rg.load(io.BytesIO(text.encode()))
    found = [(d.severity, d.line) for d in cluster.diagnostics if d.code == "illegal-name"]
    assert found == ([] if name == "shop" else [("warning", 11)])


def test_an_account_of_a_literal_star_is_a_plain_user():
    """A server lets bindings name it; who may act as every account, or create it, is not it."""
    subject = Subject(kind="ServiceAccount", name="ci", namespace="*")
    assert subject_node(subject, "")[0] == "user"
    text = CLUSTER.format(account="ci", namespace="shop")
    text = text.replace(
        "{kind: ServiceAccount, name: ci}", '{kind: ServiceAccount, name: ci, namespace: "*"}'
    )
    text += """
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: actors}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: actors}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: alice}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: actors}
rules: [{apiGroups: [""], resources: [RESOURCES], verbs: [VERBS]}]
"""
    for resources, verbs, there in (
        ("serviceaccounts", "impersonate", False),
        ("serviceaccounts, serviceaccounts/token", "create", False),
        ("users", "impersonate", True),
    ):
        given = text.replace("RESOURCES", resources).replace("VERBS", verbs)
        cluster = rg.load(io.BytesIO(given.encode()))
        paths = cluster.paths(secret="*", source="user:alice", max_paths=20)
        acted_as = {hop.target for path in paths for hop in path.hops[:-1]}
        assert any(one.endswith(("*/ci", "*:ci")) for one in acted_as) is there


def test_what_is_in_a_literal_star_is_kept_there():
    text = CLUSTER.format(account="ci", namespace='"*"') + CLUSTER.format(
        account="other", namespace="shop"
    )
    cluster = rg.load(io.BytesIO(text.encode()))
    found = {(p.principal, p.hops[-1].target) for p in cluster.paths(secret="*")}
    assert {one for one in found if one[0].startswith("service")} == {
        ("serviceaccount:*/ci", "secret:*/db"),
        ("serviceaccount:shop/other", "secret:shop/db"),
    }
    assert [d.severity for d in cluster.diagnostics if d.code == "illegal-name"] == ["warning"] * 3


@pytest.mark.parametrize("length", [40, 63, 70, 90])
def test_a_long_name_stays_apart_from_the_effort(length):
    name = "x" * length
    text = CLUSTER.format(account="ci", namespace=json.dumps(name))
    shown = str(rg.load(io.BytesIO(text.encode())).paths(secret="*"))
    assert f"serviceaccount:{name}/ci " in shown
