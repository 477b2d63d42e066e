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
PASSWORD = {"name": "P", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}
REF = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
SUBJECTS = [{"kind": "ServiceAccount", "name": "runner", "namespace": "shop"}]


def manifest(kind, name, **fields):
    group = "rbac.authorization.k8s.io/v1" if kind.startswith("Role") else "v1"
    labels = fields.pop("labels", {})
    metadata = {"name": name, "namespace": "shop", "labels": labels}
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


def kubectl_list(*items):
    """Items that the fast reader and other processes decode."""
    items = [json.loads(item) for item in items]
    return io.BytesIO(
        (json.dumps({"apiVersion": "v1", "items": items, "kind": "List"}, indent=4) + "\n").encode()
    )


def one_object(values):
    values = list(values)
    return len(values) > 1 and len(set(map(id, values))) == 1


def test_parts_of_bindings_pods_and_secrets_are_one_object():
    container = {"name": "app", "env": [PASSWORD]}
    spec = {"containers": [container], "hostPID": True}
    names = ("one", "two")
    found = load(
        kubectl_list(
            *(manifest("Secret", name, data={"tls.crt": "", "tls.key": ""}) for name in names),
            *(
                manifest("RoleBinding", name, roleRef=REF, subjects=SUBJECTS, labels={"app": "a"})
                for name in names
            ),
            *(
                manifest("Pod", name, spec=spec, labels={"app": "a"}, status={"phase": "Running"})
                for name in names
            ),
        )
    )
    assert one_object(secret.metadata.labels for secret in found.secrets)
    assert one_object(secret.keys for secret in found.secrets)
    assert one_object(binding.metadata.labels for binding in found.role_bindings)
    assert one_object(binding.role_ref for binding in found.role_bindings)
    assert one_object(binding.subjects[0] for binding in found.role_bindings)
    assert found.pods[0].spec.secrets
    assert one_object(pod.spec.secrets[0].keys for pod in found.pods)
    assert one_object(pod.spec.violates for pod in found.pods)
    assert one_object(pod.phase for pod in found.pods)
    assert one_object(pod.labels for pod in found.pods)


def test_labels_that_are_equal_and_no_strings_keep_their_types():
    labels = ({"tier": 1}, {"tier": True}, {"tier": 1.0})
    found = load(
        kubectl_list(
            *(
                manifest("RoleBinding", f"b{n}", roleRef=REF, subjects=SUBJECTS, labels=one)
                for n, one in enumerate(labels)
            )
        )
    )
    kinds = [type(binding.metadata.labels["tier"]) for binding in found.role_bindings]
    assert kinds == [int, bool, float]


def test_roles_without_labels_and_secrets_with_such_keys_stay_apart():
    found = load(
        kubectl_list(
            manifest("RoleBinding", "one", roleRef=REF, subjects=SUBJECTS),
            manifest("Secret", "two", data={"labels": ""}),
        )
    )
    assert found.role_bindings[0].metadata.labels == {}
    assert found.secrets[0].keys == ("labels",)
