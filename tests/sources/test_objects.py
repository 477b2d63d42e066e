"""What becomes of single objects: kinds, groups, versions, namespaces, null."""

import io
import json

import pytest

from rbacgraph.sources.load import load

RBAC = "rbac.authorization.k8s.io"


def read(*objects, **options):
    return load(io.BytesIO("\n".join(map(json.dumps, objects)).encode()), **options)


def obj(api_version, kind, name="x", **rest):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **rest}


@pytest.mark.parametrize(
    ("api_version", "kind", "field"),
    [
        ("v1", "Secret", "secrets"),
        (f"{RBAC}/v1", "Role", "roles"),
        (f"{RBAC}/v1beta1", "ClusterRole", "cluster_roles"),
        (f"{RBAC}/v1alpha1", "Role", "roles"),
        ("authorization.openshift.io/v1", "Role", "roles"),
        ("authorization.openshift.io/v1", "ClusterRole", "cluster_roles"),
        ("apps/v1", "Deployment", "workloads"),
        ("apps/v1beta2", "StatefulSet", "workloads"),
        ("extensions/v1beta1", "DaemonSet", "workloads"),
        ("batch/v1beta1", "CronJob", "workloads"),
        ("batch/v2alpha1", "CronJob", "workloads"),
        ("networking.k8s.io/v1beta1", "Ingress", "ingresses"),
        ("extensions/v1beta1", "Ingress", "ingresses"),
        ("storage.k8s.io/v1", "StorageClass", "storage_classes"),
        ("storage.k8s.io/v1", "CSIDriver", "csi_drivers"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "volume_snapshot_classes"),
        ("snapshot.storage.k8s.io/v1beta1", "VolumeSnapshotClass", "volume_snapshot_classes"),
    ],
)
def test_kinds_by_group_and_version(api_version, kind, field):
    (found,) = getattr(read(obj(api_version, kind)), field)
    assert found.metadata.name == "x"


@pytest.mark.parametrize(
    ("api_version", "kind", "code"),
    [
        ("example.com/v1", "Secret", None),
        ("authorization.openshift.io/v2", "Role", None),
        ("authorization.openshift.io/v1", "RoleBindingRestriction", None),
        ("serving.knative.dev/v1", "Deployment", None),
        ("cluster.x-k8s.io/v1", "Node", None),
        ("v1", "ConfigMap", None),
        ("", "ConfigMap", None),
        ("v1", "Role", "wrong-api-version"),
        ("apps/v1", "Secret", "wrong-api-version"),
        (f"{RBAC}/v1", "Secret", "wrong-api-version"),
        (f"{RBAC}/1", "Role", "wrong-api-version"),
        (RBAC, "Role", "wrong-api-version"),
        ("v1", "Deployment", "wrong-api-version"),
        ("", "Role", "missing-api-version"),
        ("v1", "", "missing-kind"),
        ("", "", None),
    ],
)
def test_other_groups_are_not_mistaken(api_version, kind, code):
    snapshot = read(obj(api_version, kind))
    assert [d.code for d in snapshot.diagnostics] == [*([code] if code else ()), "empty-input"]
    assert sum(snapshot.skipped.values()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "items:\n- name: a\n- kind: b\n",
        "items:\n  kind: a\n",
        "replicas: 1\nitems:\n- x\n",
        "kind: Basket\napiVersion: shop.example.com/v1\nitems:\n- kind: Apple\n- 7\n",
        '{\n    "items": [\n        {\n            "kind": "Apple"\n        }\n    ]\n}',
        '{"kind": "storage#objects", "items": [{"kind": "storage#object"}]}',
        '[1, {"a": 2}]',
        "- hosts: all\n  tasks: []\n",
    ],
)
def test_other_things_with_items_are_no_lists(text):
    snapshot = load(io.BytesIO(text.encode()))
    assert {d.code for d in snapshot.diagnostics} <= {"empty-input", "not-an-object"}
    assert snapshot.skipped


def test_the_first_version_of_bindings_knew_a_star_for_everybody():
    ref = {"kind": "ClusterRole", "name": "view"}
    subjects = [
        {"kind": "User", "name": "*", "apiVersion": f"{RBAC}/v1alpha1"},
        {"kind": "ServiceAccount", "name": "web", "namespace": "shop"},
    ]
    for version, expected in (
        ("v1alpha1", ("Group", "system:authenticated")),
        ("v1", ("User", "*")),
    ):
        kind = obj(f"{RBAC}/{version}", "ClusterRoleBinding", roleRef=ref, subjects=subjects)
        (binding,) = read(kind).cluster_role_bindings
        assert [(s.kind, s.name) for s in binding.subjects] == [expected, ("ServiceAccount", "web")]
        assert binding.role_ref.api_group == RBAC


def test_null_is_absent_as_for_go():
    """Go's decoder leaves a field as it is where the input says null."""
    snapshot = read(
        {**obj(f"{RBAC}/v1", "Role"), "rules": [
            {"apiGroups": [None], "resources": ["secrets"], "verbs": ["get"], "resourceNames": None}
        ]},
        {**obj(f"{RBAC}/v1", "ClusterRole"), "metadata": {"name": "c", "namespace": None,
            "labels": {"a": None, "b": "x"}}, "rules": None},
        {**obj("v1", "Pod"), "spec": {"serviceAccountName": None, "containers": [
            {"name": "c", "env": None, "envFrom": [{"secretRef": {"name": "s", "optional": None}}]}
        ], "volumes": None}},
        {**obj(f"{RBAC}/v1", "RoleBinding"), "subjects": [
            {"kind": "ServiceAccount", "name": "web", "namespace": None}],
            "roleRef": {"kind": "Role", "name": "x", "apiGroup": None}},
    )  # fmt: skip
    assert {d.code for d in snapshot.diagnostics} == {"default-namespace"}
    assert snapshot.roles[0].rules[0].api_groups == ("",)
    assert snapshot.cluster_roles[0].metadata.labels == {"a": "", "b": "x"}
    assert snapshot.pods[0].spec.service_account == "default"
    assert [use.secret for use in snapshot.pods[0].spec.secrets] == ["s"]
    assert snapshot.role_bindings[0].subjects[0].namespace == ""
    assert snapshot.role_bindings[0].role_ref.api_group == RBAC


def test_null_where_an_object_is_due_is_a_wrong_type():
    pod = obj("v1", "Pod", spec={"containers": [None, {"name": "c"}]})
    (found, _) = read(pod).diagnostics
    assert found.message == "Pod x is refused: spec.containers[0] is null, and must be a mapping"


@pytest.mark.parametrize("indent", [None, 2, 4])
@pytest.mark.parametrize("before", ["", "---\n"])
def test_a_name_that_is_yet_to_be_generated(indent, before):
    job = obj("batch/v1", "Job", metadata={"generateName": "import-", "namespace": "shop"})
    written = {"apiVersion": "v1", "kind": "List", "items": [job, obj("v1", "Namespace")]}
    snapshot = load(io.BytesIO((before + json.dumps(written, indent=indent)).encode()))
    assert [found.metadata.name for found in snapshot.workloads] == ["import-"]
    (note,) = snapshot.diagnostics
    assert (note.code, note.severity) == ("generated-name", "note")
    assert note.message == "Job shop/import-… has no name yet, only a generateName"


def test_namespaces():
    objects = [
        obj("v1", "Secret"),
        {**obj("v1", "Secret"), "metadata": {"name": "x", "namespace": "pay"}},
        {**obj("v1", "Namespace"), "metadata": {"name": "pay", "namespace": "pay"}},
    ]
    snapshot = read(*objects, default_namespace="shop")
    assert [s.metadata.namespace for s in snapshot.secrets] == ["shop", "pay"]
    assert [n.metadata.namespace for n in snapshot.namespaces] == [""]
    assert [(d.line, d.code, d.severity) for d in snapshot.diagnostics] == [
        (1, "default-namespace", "note"),
        (3, "cluster-scoped-namespace", "note"),
    ]


def test_annotations_that_mean_nothing_may_be_anything():
    secret = obj("v1", "Secret")
    secret["metadata"]["annotations"] = {"a": 1, "b": {"c": []}}
    assert [d.code for d in read(secret).diagnostics] == ["default-namespace"]
    secret["metadata"]["annotations"]["kubernetes.io/service-account.name"] = 7
    snapshot = read(secret)
    assert snapshot.secrets[0].metadata.annotations.service_account_name is None
    assert "wrong-type" in [d.code for d in snapshot.diagnostics]


NODE = obj("v1", "Node", status={"nodeInfo": {"kubeletVersion": "v1.33.4-eks-1a2b3c"}})
OLD_NODE = obj("v1", "Node", "old", status={"nodeInfo": {"kubeletVersion": "v1.32.9"}})
SERVER = {"clientVersion": {"gitVersion": "v1.20.0"}, "serverVersion": {"gitVersion": "v1.34.1"}}


@pytest.mark.parametrize(
    ("objects", "option", "version"),
    [
        ([], None, None),
        ([obj("v1", "Node")], None, None),
        ([NODE, OLD_NODE], None, (1, 33)),
        ([NODE, SERVER], None, (1, 34)),
        ([SERVER["serverVersion"]], None, (1, 34)),
        ([NODE, SERVER], "1.35", (1, 35)),
        ([NODE], "v1.36.2", (1, 36)),
    ],
)
def test_the_version(objects, option, version):
    secret = obj("v1", "Secret")
    snapshot = read(secret, *objects, kubernetes_version=option)
    assert snapshot.kubernetes_version == version
    yaml = "\n---\n".join(map(json.dumps, (secret, *objects)))
    text = io.BytesIO(f"---\n{yaml}".encode())
    assert load(text, kubernetes_version=option).kubernetes_version == version


def test_groups(tmp_path):
    expected = {"alice": ("devs", "ops"), "bob": ()}
    path = tmp_path / "groups.yaml"
    path.write_text("alice: [devs, ops, devs]\nbob: []\n")
    for groups in ({"alice": ["devs", "ops"], "bob": ()}, path, str(path)):
        assert read(NODE, groups=groups).groups == expected
    path.write_text("")
    assert read(NODE, groups=path).groups == {}


@pytest.mark.parametrize(
    ("api_version", "kind", "other"),
    [
        ("storage.k8s.io/v1", "StorageClass", "provisioner"),
        ("snapshot.storage.k8s.io/v1", "VolumeSnapshotClass", "snapshotter-list"),
    ],
)
@pytest.mark.parametrize("value", [7, True, ["a"], {"a": "b"}])
def test_a_class_loses_the_parameter_that_is_no_string(api_version, kind, other, value):
    """The other Secret that it names is still read, and a message says what was left out."""
    begin = "csi.storage.k8s.io/"
    snapshotter = "snapshotter" if kind == "VolumeSnapshotClass" else "node-stage"
    parameters = {
        f"{begin}{snapshotter}-secret-name": value,
        f"{begin}{snapshotter}-secret-namespace": "vault",
        f"{begin}{other}-secret-name": "key",
        f"{begin}{other}-secret-namespace": "vault",
        "pool": 3,
    }
    snapshot = read(obj(api_version, kind, parameters=parameters))
    (found,) = (*snapshot.storage_classes, *snapshot.volume_snapshot_classes)
    assert list(found.parameters.secrets) == [(f"{begin}{other}-secret-name", "key", "vault")]
    messages = [one.message for one in snapshot.diagnostics if one.code == "wrong-type"]
    assert len(messages) == 2
    assert f"{kind} x has the parameter {begin}{snapshotter}-secret-name, which is" in messages[0]
