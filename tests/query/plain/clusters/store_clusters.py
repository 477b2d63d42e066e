"""Small random clusters that read and write secrets of stores outside."""

import io
import json
import random

import rbacgraph as rg
from tests.query.plain.clusters.objects import (
    ACCOUNTS,
    RBAC,
    SECRETS,
    SPACES,
    _bound,
    _cluster,
    _object,
    _rule,
    _subject,
)

ESO, CSI = "external-secrets.io", "secrets-store.csi.x-k8s.io"
KEYS = ("one", "two", "three")
READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def _provider(auth):
    server = "https://vault.example.com"
    return {"provider": {"vault": {"server": server, "path": "kv", "auth": auth}}}


def _auth(rng, **place):
    account = {"name": rng.choice(ACCOUNTS), **place}
    return rng.choice(
        (
            {"kubernetes": {"role": "r", "serviceAccountRef": account}},
            {"tokenSecretRef": {"name": rng.choice(SECRETS), "key": "k", **place}},
            {"kubernetes": {"role": "r"}},
        )
    )


def _conditions(rng):
    return rng.choice(
        (
            {},
            {"conditions": [{"namespaces": ["b"]}]},
            {"conditions": [{"namespaceRegexes": ["^b"]}, {"namespaceRegexes": ["x"]}]},
            {"conditions": [{"namespaceSelector": {"matchLabels": {"team": "b"}}}]},
        )
    )


def _resource(rng, kind, name, namespace, spec):
    status = {"status": READY} if rng.random() < 0.6 else {}
    return _object(kind, name, namespace, f"{ESO}/v1", spec=spec, **status)


def _store_ref(rng):
    return rng.choice(
        (
            {"name": "own", "kind": "SecretStore"},
            {"name": "wide", "kind": "ClusterSecretStore"},
        )
    )


def _in_stores(rng, namespace):
    yield _object("SecretStore", "own", namespace, f"{ESO}/v1", spec=_provider(_auth(rng)))
    keys = rng.sample(KEYS[:2], rng.randint(1, 2))
    data = [{"secretKey": key, "remoteRef": {"key": key}} for key in keys]
    target = {"name": rng.choice(SECRETS)}
    if rng.random() < 0.8:
        spec = {"secretStoreRef": _store_ref(rng), "data": data, "target": target}
        yield _resource(rng, "ExternalSecret", "es", namespace, spec)
    if rng.random() < 0.5:
        match = {"secretKey": "k", "remoteRef": {"remoteKey": rng.choice(KEYS[1:])}}
        selector = {"secret": {"name": rng.choice(SECRETS)}}
        spec = {"secretStoreRefs": [_store_ref(rng)], "selector": selector}
        yield _resource(rng, "PushSecret", "push", namespace, {**spec, "data": [{"match": match}]})
    if rng.random() < 0.6:
        yield _class(rng, namespace)


def _class(rng, namespace):
    vault = {"roleName": "r", "objects": "- {objectName: a, secretPath: kv/data/file}"}
    azure = {
        "keyvaultName": "keys",
        "useVMManagedIdentity": "true",
        "objects": "array:\n- |\n  objectName: a\n  objectType: secret\n",
    }
    provider, parameters = rng.choice((("vault", vault), ("azure", azure)))
    spec = {"provider": provider, "parameters": parameters}
    return _object("SecretProviderClass", "files", namespace, f"{CSI}/v1", spec=spec)


def _into_pods(rng, objects):
    """Give Pods files of stores, and one of them the operator's label."""
    for obj in objects:
        if obj["kind"] == "Pod":
            if rng.random() < 0.4:
                attributes = {"secretProviderClass": "files"}
                driver = {"driver": "secrets-store.csi.k8s.io", "volumeAttributes": attributes}
                obj["spec"]["volumes"].append({"name": "files", "csi": driver})
                mount = {"name": "files", "mountPath": "/files"}
                obj["spec"]["containers"][0]["volumeMounts"].append(mount)
            if rng.random() < 0.3:
                own = "vault.hashicorp.com/agent-inject"
                notes = {own: "true", f"{own}-secret-a": "kv/data/injected"}
                obj["metadata"]["annotations"] = notes
            if rng.random() < 0.5:
                obj["metadata"]["labels"]["app.kubernetes.io/name"] = "external-secrets"
        if obj["kind"] == "Namespace" and rng.random() < 0.3:
            obj["metadata"]["labels"]["team"] = "b"


def _rights(rng):
    names = rng.choice((None, None, ["es"], ["x"]))
    verbs = rng.choice(("create", "create", "patch", "create patch", "update", "delete"))
    return rng.choice(
        (
            [_rule(verbs, "externalsecrets", names, ESO), _rule("get", "secrets", ["s"])],
            [_rule(verbs, "externalsecrets", names, ESO), _rule("create", "pods")],
            [_rule(verbs, "externalsecrets", names, ESO), _rule("create", "pods/exec")],
            [_rule("create", "clusterexternalsecrets", None, ESO), _rule("list", "secrets")],
            [
                _rule("create", "externalsecrets", None, ESO),
                _rule("list", "secrets"),
                _rule("patch", "namespaces", rng.choice((None, ["a"], ["b"]))),
            ],
            [_rule(verbs, "secretstores", names, ESO)],
            [_rule("create", "secretproviderclasses", None, CSI), _rule("create", "pods")],
            [_rule("create", "pods")],
            [_rule("create", "serviceaccounts/token", [rng.choice(ACCOUNTS)])],
            [_rule("get", "secrets", [rng.choice(SECRETS)])],
            [_rule("create", "pods/exec")],
        )
    )


def objects_of_stores(seed):
    """Stores, what is read and written by them, and who may have operators do so."""
    rng = random.Random(seed)
    objects = _cluster(rng)
    _into_pods(rng, objects)
    for namespace in SPACES:
        objects += _in_stores(rng, namespace)
    spec = {**_provider(_auth(rng, namespace="b")), **_conditions(rng)}
    objects.append(_object("ClusterSecretStore", "wide", "", f"{ESO}/v1", spec=spec))
    for number in range(rng.randint(2, 5)):
        rules = _rights(rng)
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, *SPACES, ""))
        objects.append(_bound(number, "ClusterRole", space, [_subject(rng)]))
    return objects


def store_snapshot(seed):
    """One of these clusters, as it is read."""
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects_of_stores(seed)})
    return rg.load(io.BytesIO(text.encode()), kubernetes_version="1.36").snapshot
