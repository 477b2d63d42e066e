"""Small random clusters whose Pods see the data of etcd, on this node or that, encrypted or not.

Some of their API servers allow everything.
"""

import random

from tests.query.plain.clusters.holder_clusters import CONTROL
from tests.query.plain.clusters.objects import _object
from tests.query.plain.clusters.pod_clusters import objects_of_pods

SYSTEM = "kube-system"
DATA = ("/var/lib/etcd", "/var/lib/etcd/member", "/var/lib", "/", "/var/lib/etcd-backup", "/data")
ENCRYPTED = "--encryption-provider-config=/etc/kubernetes/encryption.yaml"
MODES = (
    *("--authorization-mode=Node,RBAC",) * 3,
    "--authorization-mode=Webhook,AlwaysAllow,RBAC",
    "--authorization-mode=AlwaysDeny,RBAC",
    "--authorization-config=/etc/kubernetes/authorizers.yaml",
)
OPEN = (
    "--authorization-mode=Node,RBAC,AlwaysAllow",
    "--authorization-mode=AlwaysDeny,AlwaysAllow",
    "--authorization-mode=AlwaysAllow,Webhook",
    "--secure-port=6443",
)


def _mirror(program, node, *flags):
    container = {"name": program, "command": [program, *flags]}
    spec = {
        "nodeName": node,
        "serviceAccountName": "default",
        "containers": [container],
        "volumes": [],
    }
    notes = {"annotations": {"kubernetes.io/config.mirror": "x"}}
    running = {"phase": "Running"}
    name = f"{program}-{node}"
    return _object("Pod", name, SYSTEM, metadata=notes, spec=spec, status=running)


def _control_plane(rng):
    yield _object("Namespace", SYSTEM)
    labels = {"node-role.kubernetes.io/etcd": "true"} if rng.random() < 0.2 else {}
    yield _object("Node", "e", metadata={"labels": labels})
    for node in ("cp", "e"):
        if rng.random() < 0.4:
            yield _mirror("etcd", node)
    encrypted = rng.sample((ENCRYPTED,), rng.randint(0, 1))
    if rng.random() < 0.7:
        modes = rng.choice(OPEN if rng.random() < 0.2 else MODES)
        yield _mirror("kube-apiserver", "cp", modes, *encrypted)
    if rng.random() < 0.2:
        yield _mirror("kube-apiserver", "e", rng.choice(MODES), *encrypted)
    if rng.random() < 0.2:
        yield _mirror("kube-apiserver-proxy", "n1")


def _on_etcd(rng, obj):
    """Have a Pod or a volume see the data of etcd, or lie elsewhere."""
    spec = obj.get("spec", {})
    for volume in (spec, *spec.get("volumes", ())):
        if "hostPath" in volume and rng.random() < 0.7:
            volume["hostPath"] = {"path": rng.choice(DATA)}
    if "nodeName" in spec:
        spec["nodeName"] = rng.choice((spec["nodeName"], "cp", "e"))


def objects_of_etcd(seed):
    rng, objects = random.Random(seed), objects_of_pods(seed)
    for obj in objects:
        _on_etcd(rng, obj)
        if obj["metadata"].get("labels") == CONTROL and rng.random() < 0.5:
            obj["metadata"]["labels"] = {}  # only an API server shows what it is
    return [*objects, *_control_plane(rng)]
