"""Small random clusters whose kubelets ask for tokens of Pods, by drivers or by a right."""

import random

from tests.query.plain.clusters.objects import ACCOUNTS, SPACES, _bound, _object, _rule
from tests.query.plain.clusters.pod_clusters import RBAC

ASKING = "request-serviceaccounts-token-audience"
DRIVERS = ("x", "z", "file.csi.azure.com")
NODES = ("n1", "n2")


def _volume(rng):
    token = {"serviceAccountToken": {"path": "token", "audience": rng.choice(("vault", ""))}}
    return rng.choice(
        (
            {"csi": {"driver": rng.choice(DRIVERS)}},
            {"csi": {"driver": rng.choice(DRIVERS)}},
            {"azureFile": {"shareName": "x", "secretName": "s"}},
            {"persistentVolumeClaim": {"claimName": rng.choice(("c", "d"))}},
            {"persistentVolumeClaim": {"claimName": "c"}},
            {"ephemeral": {"volumeClaimTemplate": {}}},
            {"projected": {"sources": [token]}},
            {"emptyDir": {}},
        )
    )


def _pod(rng, namespace):
    spec = {
        "serviceAccountName": rng.choice(ACCOUNTS),
        "automountServiceAccountToken": False,
        "containers": [{"name": "c"}],
        "volumes": [{"name": f"v{n}", **_volume(rng)} for n in range(rng.randint(1, 2))],
    }
    waits = rng.random() < 0.2
    if not waits:
        spec["nodeName"] = rng.choice(NODES)
    phase = {"phase": "Pending" if waits else "Running"}
    return _object("Pod", "p", namespace, spec=spec, status=phase)


def _storage(rng):
    """Volumes, the claims that have them, and drivers: some of them ask for tokens."""
    for number in range(2):
        source = rng.choice(
            (
                {"csi": {"driver": rng.choice(DRIVERS), "volumeHandle": "x"}},
                {"csi": {"driver": "x", "volumeHandle": "x"}},
                {"azureFile": {"secretName": "s", "secretNamespace": "a"}},
                {"hostPath": {"path": "/data"}},
            )
        )
        yield _object("PersistentVolume", f"pv{number}", spec=source)
    for namespace in SPACES:
        for name in ("c", "d", "p-v0"):
            bound = rng.choice(({}, {"volumeName": "pv0"}, {"volumeName": "pv1"}))
            if rng.random() < 0.8:
                yield _object("PersistentVolumeClaim", name, namespace, spec=bound)
    for driver in DRIVERS:
        asked = rng.choice(([], [{"audience": ""}], [{"audience": "vault"}], [{}]))
        if rng.random() < 0.7:
            spec = {"tokenRequests": asked} if asked else {}
            yield _object("CSIDriver", driver, "", "storage.k8s.io/v1", spec=spec)


def _rights(rng):
    """Be a kubelet, have its Pods bound, and what accounts and kubelets may do."""
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    nodes = {"kind": "Group", "name": "system:nodes", "apiGroup": RBAC}
    kubelet = [
        _rule("impersonate", "users", [f"system:node:{rng.choice(NODES)}"]),
        _rule("impersonate", "groups", ["system:nodes"]),
    ]
    binds = [_rule("create", "pods/binding")]
    names = rng.choice((None, None, ["x"], ["y"]))
    asks = [_rule(rng.choice((ASKING, ASKING, "*")), rng.choice(("", "*", "vault")), names)]
    yield "kubelet", "", kubelet, [alice]
    yield "reads", "", [_rule("get", "secrets")], [_account(rng), _account(rng)]
    if rng.random() < 0.4:
        yield "binds", rng.choice((*SPACES, "")), binds, [alice]
    if rng.random() < 0.4:
        verbs, drivers = rng.choice(("create", "patch", "update", "create patch")), ["x", "z"]
        writes = [_rule(verbs, "csidrivers", rng.choice((None, drivers)), "storage.k8s.io")]
        yield "writes", rng.choice(("", "", "a")), writes, [alice]
    if rng.random() < 0.6:
        yield "asks", rng.choice((*SPACES, "", "")), asks, [nodes]


def _account(rng):
    return {
        "kind": "ServiceAccount",
        "namespace": rng.choice(SPACES),
        "name": rng.choice(ACCOUNTS),
    }


def objects_of_asking(seed):
    rng = random.Random(seed)
    objects = [_object("Node", name) for name in NODES]
    for namespace in SPACES:
        objects.append(_object("Namespace", namespace))
        objects += [_object("ServiceAccount", name, namespace) for name in ACCOUNTS]
        objects += [_object("Secret", "s", namespace, type="Opaque", data={"k": "eA=="})]
        objects.append(_pod(rng, namespace))
    objects += _storage(rng)
    for name, space, rules, subjects in _rights(rng):
        objects.append(_object("ClusterRole", name, "", f"{RBAC}/v1", rules=rules))
        objects.append(_bound(name, "ClusterRole", space, subjects, name))
    return objects
