"""Small random clusters in which somebody reads logs: of Pods, of nodes, of the control plane."""

import random

from tests.query.plain.clusters.holder_clusters import CONTROL
from tests.query.plain.clusters.objects import ACCOUNTS, SPACES, _bound, _object, _rule
from tests.query.plain.clusters.pod_clusters import RBAC

NODES = ("n1", "cp")


def _pod(rng, namespace, name):
    variable = {"name": "V", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    token = {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
    mounts = [{"name": "token", "mountPath": "/token"}]
    container = rng.choice(({"env": [variable]}, {"volumeMounts": mounts}, {}))
    spec = {
        "serviceAccountName": rng.choice(ACCOUNTS),
        "automountServiceAccountToken": False,
        "nodeName": rng.choice(NODES),
        "containers": [{"name": "c", **container}],
        "volumes": [{"name": "token", **token}],
    }
    phase = {"phase": rng.choice(("Running", "Running", "Succeeded"))}
    return _object("Pod", name, namespace, spec=spec, status=phase)


def _rules(rng):
    urls = {"nonResourceURLs": [rng.choice(("/logs/*", "/metrics"))], "verbs": ["get"]}
    verb, nodes = rng.choice(("get", "get", "create")), rng.choice((None, ["n1"], ["cp"]))
    return rng.choice(
        (
            _rule(verb, "pods/log", rng.choice((None, None, ["p"], ["q"]))),
            _rule(verb, "pods/log"),
            _rule(verb, rng.choice(("nodes/log", "nodes/metrics")), nodes),
            {**urls, "resources": [], "apiGroups": []},
        )
    )


def objects_of_logs(seed):
    rng = random.Random(seed)
    objects = [_object("Node", "n1"), _object("Node", "cp", metadata={"labels": CONTROL})]
    for namespace in SPACES:
        objects.append(_object("Namespace", namespace))
        objects += [_object("ServiceAccount", name, namespace) for name in ACCOUNTS]
        objects.append(_object("Secret", "s", namespace, type="Opaque", data={"k": "eA=="}))
        objects += [_pod(rng, namespace, name) for name in ("p", "q")]
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    keeper = {"kind": "ServiceAccount", "name": "x", "namespace": rng.choice(SPACES)}
    for number, rules in enumerate(([_rule("get", "secrets")], [_rules(rng)])):
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, "", ""))
        objects.append(_bound(number, "ClusterRole", space, [alice if number else keeper]))
    return objects
