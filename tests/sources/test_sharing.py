"""What many objects have is kept once, and no object is changed by that."""

import io
import json

from msgspec import to_builtins

from rbacgraph.sources.load import load

RULE = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["secrets"]}
VOLUME = {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
SPEC = {
    "serviceAccountName": "runner",
    "nodeName": "node-1",
    "containers": [{"name": "app", "volumeMounts": [{"name": "token", "mountPath": "/token"}]}],
    "volumes": [VOLUME],
}


def manifest(kind, name, **fields):
    group = "rbac.authorization.k8s.io/v1" if kind == "Role" else "v1"
    metadata = {"name": name, "namespace": "shop"}
    return json.dumps({"apiVersion": group, "kind": kind, "metadata": metadata, **fields})


def loaded(name):
    """A file of each kind."""
    texts = (
        manifest("Secret", name),
        manifest("Pod", name, spec=SPEC),
        manifest("Role", name, rules=[RULE, {**RULE, "resourceNames": [name]}]),
    )
    return [io.BytesIO(text.encode()) for text in texts]


def of_one(snapshot):
    return to_builtins((snapshot.secrets[0], snapshot.pods[0], snapshot.roles[0]))


def test_parts_of_several_files_are_one_object():
    both = load(*loaded("one"), *loaded("two"))
    namespaces = [o.metadata.namespace for _, objects in both.objects() for o in objects]
    assert len(namespaces) == 6
    assert len(set(map(id, namespaces))) == 1
    first, second = (pod.spec for pod in both.pods)
    assert first.node_name is second.node_name
    assert first.service_account is second.service_account
    assert first.tokens
    assert first.tokens is second.tokens
    rules = [rule for role in both.roles for rule in role.rules]
    assert len(rules) == 4
    for part in ("verbs", "api_groups", "resources"):
        assert len({id(getattr(rule, part)) for rule in rules}) == 1


def test_an_object_is_the_same_alone_and_among_others():
    assert of_one(load(*loaded("one"))) == of_one(load(*loaded("one"), *loaded("two")))


def test_parts_are_one_object_where_others_were_dropped():
    pods = [json.loads(manifest("Pod", name, spec=SPEC)) for name in ("one", "", "three")]
    items = {"apiVersion": "v1", "items": pods, "kind": "List"}
    files = [json.dumps(items, indent=4) + "\n", manifest("Pod", "four", spec=SPEC)]
    both = load(*(io.BytesIO(text.encode()) for text in files))
    assert [pod.metadata.name for pod in both.pods] == ["one", "three", "four"]
    for part in ("tokens", "node_name", "service_account"):
        assert len({id(getattr(pod.spec, part)) for pod in both.pods}) == 1
