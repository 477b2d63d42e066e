"""One set of objects in every form that it can be written: the same snapshot comes out."""

import gzip
import io
import json
import random
import sys

import msgspec
import pytest
import yaml
import zstandard

from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.files.streams import STEP, Window
from rbacgraph.sources.json import from_json
from rbacgraph.sources.load import load
from rbacgraph.sources.objects.collector import Collector
from rbacgraph.sources.yaml import from_yaml

RBAC = "rbac.authorization.k8s.io/v1"


def _object(api_version, kind, name, namespace="shop", **rest):
    metadata = {"name": name, "uid": f"uid-{kind}-{name}", "creationTimestamp": None}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest}


SPEC = {
    "serviceAccountName": "web",
    "containers": [
        {"name": "c", "envFrom": [{"secretRef": {"name": "db"}}], "args": ["- x", "--- y: {"]}
    ],
    "volumes": [{"name": "v", "secret": {"secretName": "tls"}}],
}
TEMPLATE = {"template": {"spec": SPEC}}
SELECTORS = {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}
REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
ADMISSION = "admissionregistration.k8s.io"
NODE_STATUS = {
    "conditions": [
        {"status": "False", "type": "DiskPressure"},
        {"status": "Unknown", "type": "Ready"},
    ],
    "nodeInfo": {"kubeletVersion": "v1.34.1", "operatingSystem": "linux"},
}
OBJECTS = [
    _object("v1", "Namespace", "shop", "", metadata={"name": "shop", "labels": {"a": "yes"}}),
    _object("v1", "Service", "web", spec={"selector": {"app": "web"}, "clusterIP": "None"}),
    _object("v1", "ServiceAccount", "web", automountServiceAccountToken=False),
    _object("v1", "Secret", "db", data={"user": "YQ==", "no": None}, type="Opaque"),
    _object("v1", "Secret", "tls", "pay", stringData={"tls.key": 'x\n- y\n--- "\n', "1": "{{"}),
    _object(
        RBAC,
        "Role",
        "reader",
        rules=[{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}],
    ),
    _object(RBAC, "ClusterRole", "all", "", aggregationRule=SELECTORS, rules=None),
    _object(RBAC, "RoleBinding", "r", roleRef=REF, subjects=[{"kind": "User", "name": "ü@x"}]),
    _object(RBAC, "ClusterRoleBinding", "c", "", roleRef={**REF, "kind": "ClusterRole"}),
    _object("v1", "ConfigMap", "cm", data={"x": "kind: Secret\n---\napiVersion: v1\n"}),
    _object(
        "v1",
        "Pod",
        "web-0",
        metadata={"name": "web-0", "namespace": "shop", "labels": {"b": "2", "app": "web"}},
        spec={**SPEC, "nodeName": "n1"},
        status={
            "conditions": [{"type": "Ready", "status": "False", "message": "state:\n  waiting: x"}],
            "containerStatuses": [
                {
                    "image": "x",
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
                    "name": "c",
                    "state": {"waiting": {"message": "back-off", "reason": "CrashLoopBackOff"}},
                    "volumeMounts": [{"mountPath": "/x", "name": "other"}],
                }
            ],
            "hostIP": "10.0.0.1",
            "initContainerStatuses": [{"name": "i", "state": {"terminated": {"exitCode": 0}}}],
            "phase": "Running",
        },
    ),
    _object("apps/v1", "Deployment", "web", spec={**TEMPLATE, "replicas": 0}),
    _object("extensions/v1beta1", "DaemonSet", "old", spec=TEMPLATE),
    _object("batch/v1", "CronJob", "tick", spec={"jobTemplate": {"spec": TEMPLATE}}),
    _object("v1", "PodTemplate", "pt", **TEMPLATE),
    _object("v1", "ReplicationController", "rc", spec=TEMPLATE),
    _object("v1", "Node", "n1", "", status=NODE_STATUS),
    _object(
        "v1", "PersistentVolume", "pv", "", spec={"csi": {"nodeStageSecretRef": {"name": "s"}}}
    ),
    _object(
        "v1",
        "ResourceQuota",
        "q",
        spec={"hard": {"pods": "2"}, "scopes": ["BestEffort"]},
        status={"hard": {"pods": "2"}, "used": {"pods": "2"}},
    ),
    _object("v1", "PersistentVolumeClaim", "pvc", spec={"volumeName": "pv"}),
    _object("storage.k8s.io/v1", "StorageClass", "fast", "", parameters={"type": "ssd"}),
    _object(
        "storage.k8s.io/v1", "CSIDriver", "x", "", spec={"tokenRequests": [{"audience": "vault"}]}
    ),
    _object(
        "snapshot.storage.k8s.io/v1",
        "VolumeSnapshotClass",
        "snap",
        "",
        driver="x",
        parameters={
            "csi.storage.k8s.io/snapshotter-secret-name": "s",
            "csi.storage.k8s.io/snapshotter-secret-namespace": "shop",
        },
    ),
    _object("networking.k8s.io/v1", "Ingress", "in", spec={"tls": [{"secretName": "tls"}]}),
    _object(
        f"{ADMISSION}/v1",
        "ValidatingWebhookConfiguration",
        "guard",
        "",
        webhooks=[
            {
                "name": "guard.example.com",
                "clientConfig": {
                    "service": {"name": "guard", "namespace": "shop"},
                    "caBundle": "eA==",
                },
                "rules": [{"apiGroups": ["*"], "resources": ["pods"], "operations": ["CREATE"]}],
                "namespaceSelector": {"matchLabels": {"a": "yes"}},
            }
        ],
    ),
    _object(f"{ADMISSION}/v1beta1", "MutatingWebhookConfiguration", "old", "", webhooks=None),
    _object(
        f"{ADMISSION}/v1",
        "ValidatingAdmissionPolicy",
        "p",
        "",
        spec={
            "paramKind": {"apiVersion": "v1", "kind": "Secret"},
            "validations": [{"expression": "true"}],
        },
    ),
    _object(
        f"{ADMISSION}/v1",
        "ValidatingAdmissionPolicyBinding",
        "b",
        "",
        spec={"policyName": "p", "paramRef": {"name": "db", "selector": {}}},
    ),
    _object(f"{ADMISSION}/v1alpha1", "MutatingAdmissionPolicy", "m", ""),
    _object(f"{ADMISSION}/v1alpha1", "MutatingAdmissionPolicyBinding", "m", ""),
    _object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "boats.sea.example.com",
        "",
        spec={
            "group": "sea.example.com",
            "names": {"kind": "Boat", "plural": "boats"},
            "scope": "Cluster",
            "versions": [{"name": "v1", "schema": {"description": "spec:\n  group: other\n"}}],
        },
    ),
    _object("serving.knative.dev/v1", "Secret", "not-a-secret"),
]


def as_list(objects, **meta):
    return {
        "apiVersion": "v1",
        "items": objects,
        "kind": "List",
        "metadata": {"resourceVersion": "", **meta},
    }


def typed_lists(objects):
    for api_version, kind in sorted({(o["apiVersion"], o["kind"]) for o in objects}):
        items = [o for o in objects if (o["apiVersion"], o["kind"]) == (api_version, kind)]
        bare = [{k: v for k, v in o.items() if k not in ("apiVersion", "kind")} for o in items]
        yield {
            "kind": f"{kind}List",
            "apiVersion": api_version,
            "metadata": {"resourceVersion": "7"},
            "items": bare,
        }


class PlainDumper(yaml.SafeDumper):
    def ignore_aliases(self, _data):
        return True


class IndentedDumper(PlainDumper):
    def increase_indent(self, flow=False, **_options):
        return super().increase_indent(flow, False)


def yaml_of(value, dumper=PlainDumper, **options):
    return yaml.dump(value, Dumper=dumper, allow_unicode=True, **options)


JSON_FORMS = {
    "kubectl-json": lambda os: json.dumps(as_list(os), indent=4),
    "jq-json": lambda os: json.dumps(as_list(os), indent=2),
    "tab-json": lambda os: json.dumps(as_list(os), indent="\t"),
    "unicode-json": lambda os: json.dumps(as_list(os), indent=4, ensure_ascii=False),
    "minified": lambda os: json.dumps(as_list(os), separators=(",", ":")),
    "json-lines": lambda os: "\n".join(map(json.dumps, os)),
    "json-documents": lambda os: "\n".join(json.dumps(o, indent=4) for o in os),
    "json-in-a-row": lambda os: "".join(map(json.dumps, os)),
    "json-array": lambda os: json.dumps(os, indent=2),
    "lists-behind-lists": lambda os: "\n".join(
        json.dumps(as_list([o, o][:1]), indent=4) for o in os
    ),
    "list-then-lines": lambda os: (
        json.dumps(as_list(os[:9]), indent=4) + "\n" + "\n".join(map(json.dumps, os[9:]))
    ),
    "typed-json": lambda os: "".join(json.dumps(t, indent=4) + "\n" for t in typed_lists(os)),
    "typed-minified": lambda os: "\n".join(map(json.dumps, typed_lists(os))),
    "typed-sorted-json": lambda os: "".join(
        json.dumps(t, indent=4, sort_keys=True) for t in typed_lists(os)
    ),
    "object-then-list": lambda os: (
        json.dumps(os[0], indent=4) + "\n" + json.dumps(as_list(os[1:]), indent=4)
    ),
    "objects-in-lines-json": lambda os: (
        '{\n    "kind": "List",\n    "apiVersion": "v1",\n    "items": [\n'
        + ",\n".join(map(json.dumps, os))
        + "\n]}"
    ),
    "crlf-json": lambda os: json.dumps(as_list(os), indent=4).replace("\n", "\r\n"),
}
YAML_FORMS = {
    "kubectl-yaml": lambda os: yaml_of(as_list(os)),
    "indented-yaml": lambda os: yaml_of(as_list(os), IndentedDumper),
    "kind-first-yaml": lambda os: yaml_of(
        {"kind": "List", "apiVersion": "v1", "items": os}, sort_keys=False
    ),
    "shared-anchors": lambda os: yaml_of(as_list(os), yaml.SafeDumper),
    "documents": lambda os: "---\n".join(map(yaml_of, os)),
    "commented": lambda os: (
        "# hello\n--- # one\n" + "...\n---\n\n# next\n".join(map(yaml_of, os)) + "---\n# end"
    ),
    "flow-documents": lambda os: "\n---\n".join(
        yaml_of(o, default_flow_style=True, width=9999) for o in os
    ),
    "json-documents-in-yaml": lambda os: "---\n" + "\n---\n".join(map(json.dumps, os)),
    "pretty-json-in-yaml": lambda os: (
        "# c\n---\n" + "\n---\n".join(json.dumps(o, indent=2) for o in os)
    ),
    "marked-documents": lambda os: "".join("--- " + json.dumps(o) + "\n" for o in os),
    "quoted": lambda os: "---\n".join(yaml_of(o, default_style='"') for o in os),
    "lists-as-documents": lambda os: "---\n".join(yaml_of(as_list([o])) for o in os),
    "kind-first-then-documents": lambda os: "---\n".join(
        yaml_of({"kind": "List", "apiVersion": "v1", "items": os[n : n + 3]}, sort_keys=False)
        for n in range(0, len(os), 3)
    ),
    "typed-yaml": lambda os: "---\n".join(map(yaml_of, typed_lists(os))),
    "crlf-yaml": lambda os: "---\n".join(map(yaml_of, os)).replace("\n", "\r\n"),
    "yaml-list-of-objects": yaml_of,
}
FORMS = JSON_FORMS | YAML_FORMS


def bare(snapshot):
    """Objects by field, without their places."""
    found = {}
    for field in snapshot.__struct_fields__:
        value = getattr(snapshot, field)
        if isinstance(value, tuple) and value and hasattr(value[0], "origin"):
            plain = [msgspec.structs.replace(o, origin=0) for o in value]
            found[field] = sorted(plain, key=lambda o: (type(o).__name__, str(o)))
    return found | {"crds": snapshot.custom_resources, "version": snapshot.kubernetes_version}


def read(text):
    return load(io.BytesIO(text.encode()))


REFERENCE = bare(read(FORMS["kubectl-json"](OBJECTS)))


def test_the_reference_is_what_was_written():
    assert {field: len(found) for field, found in REFERENCE.items()} == {
        "namespaces": 1,
        "service_accounts": 1,
        "resource_quotas": 1,
        "services": 1,
        "secrets": 2,
        "roles": 1,
        "cluster_roles": 1,
        "role_bindings": 1,
        "cluster_role_bindings": 1,
        "pods": 1,
        "workloads": 5,
        "nodes": 1,
        "persistent_volumes": 1,
        "persistent_volume_claims": 1,
        "storage_classes": 1,
        "csi_drivers": 1,
        "volume_snapshot_classes": 1,
        "ingresses": 1,
        "mutating_webhooks": 1,
        "validating_webhooks": 1,
        "validating_policies": 1,
        "validating_policy_bindings": 1,
        "mutating_policies": 1,
        "mutating_policy_bindings": 1,
        "crds": 1,
        "version": 2,
    }
    assert {secret.keys for secret in REFERENCE["secrets"]} == {("1", "tls.key"), ("no", "user")}
    (pod,) = REFERENCE["pods"]
    assert [(use.secret, use.container) for use in pod.spec.secrets] == [("db", "c")]
    assert pod.labels == ",app=web,b=2,"
    assert ([use.secret for use in pod.spec.kubelet], pod.phase) == (["tls"], "Running")
    assert [(c.container, c.state, c.reason, c.over) for c in pod.stalled] == [
        ("c", "waiting", "CrashLoopBackOff", False)
    ]
    (node,) = REFERENCE["nodes"]
    assert [(one.type, one.status) for one in node.status.conditions] == [("Ready", "Unknown")]
    assert {w.kind: w.spec.service_account for w in REFERENCE["workloads"]} == dict.fromkeys(
        ("CronJob", "DaemonSet", "Deployment", "PodTemplate", "ReplicationController"), "web"
    )
    (boats,) = REFERENCE["crds"]
    assert (boats.group, boats.resource, boats.namespaced) == ("sea.example.com", "boats", False)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same(form):
    snapshot = read(FORMS[form](OBJECTS))
    assert bare(snapshot) == REFERENCE
    codes = {d.code for d in snapshot.diagnostics}
    assert codes <= {"crlf", "no-uid"}  # some of the objects are as a person writes them
    assert snapshot.skipped == {"ConfigMap": 1, "Secret.serving.knative.dev": 1}


@pytest.mark.parametrize("form", [f for f in FORMS if f not in ("minified", "json-in-a-row")])
def test_every_object_remembers_its_line(form):
    text = FORMS[form](OBJECTS)
    snapshot = read(text)
    lines = text.split("\n")
    found = [
        o
        for field in REFERENCE
        if field not in ("crds", "version")
        for o in getattr(snapshot, field)
    ]
    places = {snapshot.where(o)[1]: o for o in found}
    if form in ("quoted", "yaml-list-of-objects", "typed-minified"):
        assert all(0 < line <= len(lines) for line in places)
        return
    assert len(places) == len(found)
    for line, obj in places.items():
        end = min((other for other in places if other > line), default=len(lines) + 1)
        part = "\n".join(lines[line - 1 : end - 1])
        key = lines[line - 1].lstrip(" -\t").partition(":")[0]
        assert obj.metadata.name in part
        assert key[:1] == "{" or any(key in written for written in OBJECTS)


# --- how the bytes come ----------------------------------------------------------------


def test_compression_is_seen_and_not_believed(tmp_path):
    text = FORMS["kubectl-yaml"](OBJECTS).encode()
    half = len(text) // 2
    frames = zstandard.compress(text[:half]) + zstandard.compress(text[half:])
    for name, data in {
        "a.yaml.gz": gzip.compress(text),
        "b.yaml.zst": zstandard.compress(text),
        "c.yaml": gzip.compress(text),
        "d": frames,
        "e.txt": text,
    }.items():
        (tmp_path / name).write_bytes(data)
        assert bare(load(tmp_path / name)) == REFERENCE, name
    assert bare(load(tmp_path)) == REFERENCE


def test_folders_globs_and_doubles(tmp_path):
    for number, obj in enumerate(OBJECTS):
        folder = tmp_path / f"d{number % 3}" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        suffix = (".yaml", ".yml", ".json", ".jsonl", ".ndjson")[number % 5]
        (folder / f"{number}{suffix}").write_text(json.dumps(obj))
    (tmp_path / "d0" / "notes.txt").write_text("no: [yaml")
    snapshot = load(tmp_path)
    assert bare(snapshot) == REFERENCE
    assert list(snapshot.files) == sorted(snapshot.files)
    assert len(snapshot.files) == len(OBJECTS)
    assert bare(load(f"{tmp_path}/d*", f"{tmp_path}/d0")) == REFERENCE
    assert bare(load(f"{tmp_path}/**/*.json", *(f"{tmp_path}/d{n}" for n in range(3)))) == REFERENCE
    again = load(tmp_path, tmp_path / "d0" / "deep" / "0.yaml")
    assert (again.files, again.diagnostics) == (snapshot.files, ())


def test_standard_input_and_streams(monkeypatch):
    text = FORMS["documents"](OBJECTS)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    snapshot = load("-")
    assert (snapshot.files, bare(snapshot)) == (("<stdin>",), REFERENCE)
    assert bare(load(io.StringIO(text))) == REFERENCE
    stream = io.BytesIO(text.encode())
    load(stream)
    assert not stream.closed


@pytest.mark.parametrize("seed", range(len(FORMS)))
def test_where_the_windows_are_cut_does_not_matter(seed):
    rng = random.Random(seed)
    form = sorted(FORMS)[seed]
    many = [
        {**o, "metadata": {**o["metadata"], "name": f"{o['kind'].lower()}-{n}", "note": "x" * n}}
        for n in rng.sample(range(900), 12)
        for o in OBJECTS
    ]
    data = FORMS[form](many).encode()
    steps = [len(data) + 1, *(rng.randrange(1 << 10, 1 << 16) for _ in range(3))]
    whole, *pieces = (_collect(data, step, form in YAML_FORMS) for step in steps)
    assert pieces == [whole] * 3
    assert len(whole[0]["secrets"]) == 24


def _collect(data, step, is_yaml):
    problems = Problems()
    collector = Collector(problems)
    collector.open_file("x")
    window = Window(io.BytesIO(data), step=step)
    window.fill()
    if is_yaml:
        from_yaml.read(window, collector)
    else:
        from_json.read(window, collector, lambda *_: False)
    collector.close_file()
    return collector.objects, problems.result(), collector.listed, collector.skipped


def test_a_window_is_no_larger_than_what_it_reads_needs():
    """A folder may hold a file for each object, and a file a whole cluster."""
    small = Window(io.BytesIO(b"{}"))
    while small.fill():
        assert len(small.data) < 1 << 17
    large, most = Window(io.BytesIO(b"x" * (8 << 20))), 0
    while large.fill():
        most = max(most, large.end - large.start)
        large.start = large.end
    assert most == STEP


@pytest.mark.parametrize("name", ["flow.yaml", "flow.json"])
def test_flow_style_beyond_a_mebibyte(tmp_path, name):
    note = f"annotations: {{note: {'x' * 2000}}}"
    secret = "{apiVersion: v1, kind: Secret, metadata: {name: db%d, namespace: shop, " + note + "}}"
    text = "{kind: List, items: [\n" + ",\n".join(secret % n for n in range(600)) + "]}\n"
    assert len(text) > 1 << 20
    path = tmp_path / name
    path.write_text(text)
    found = load(path)
    assert len(found.secrets) == 600
    assert not [d for d in found.diagnostics if d.severity == "error"]
    path.write_text(text[:-20])  # the fault stays one of JSON, which text like this mostly is
    assert {d.code for d in load(path).diagnostics} == {"json-syntax", "empty-input"}
