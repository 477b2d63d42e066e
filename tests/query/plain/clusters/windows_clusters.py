"""Small random clusters with nodes of Windows, and Pods that have something of their node."""

import random

from tests.query.plain.clusters.objects import ACCOUNTS, SPACES, _bound, _object, _rule
from tests.query.plain.clusters.pod_clusters import ENFORCE, RBAC

NODES = ("n1", "w1", "w2")
LABEL = {"metadata": {"labels": {"kubernetes.io/os": "windows"}}}
TOLD = {"status": {"nodeInfo": {"operatingSystem": "windows"}}}
PATHS = (
    *("C:\\", r"c:\windows\System32", "C:/Program Files/x", r"C:\data", "/var/lib/kubelet"),
    *(r"C:\var\lib\kubelet\pki", r"C:\var\lib", r"C:\var\log"),
    *(r"\\.\pipe\containerd-containerd", r"\\.\pipe\docker_engine", r"\\.\pipe\x"),
)
ACCOUNT = r"NT AUTHORITY\SYSTEM", r"nt authority\system", r"NT AUTHORITY\Local service"


def _options(rng, odds):
    """What a Pod or a container says of Windows."""
    said = {}
    if rng.random() < odds:
        said["hostProcess"] = rng.random() < 0.8
    if rng.random() < odds:
        said["runAsUserName"] = rng.choice(ACCOUNT)
    privileged = {"privileged": True} if rng.random() < 0.1 else {}
    return {"securityContext": {**({"windowsOptions": said} if said else {}), **privileged}}


def _agent(rng, namespace):
    mount = {"name": "host", "mountPath": "/host", "readOnly": rng.random() < 0.3}
    if rng.random() < 0.2:
        mount["subPath"] = rng.choice(("System32", "lib", "x"))
    container = {"name": "c", "volumeMounts": [mount], **_options(rng, 0.7)}
    others = [{"name": "d", **_options(rng, 0.2)}] if rng.random() < 0.3 else []
    spec = {
        "serviceAccountName": rng.choice(ACCOUNTS),
        "automountServiceAccountToken": False,
        "nodeName": rng.choice(("w1", "w1", "w1", "w2", "n1")),
        "hostNetwork": True,
        "containers": [container, *others],
        "volumes": [{"name": "host", "hostPath": {"path": rng.choice(PATHS)}}],
        "securityContext": _options(rng, 0.3)["securityContext"],
    }
    spec["securityContext"].pop("privileged", None)
    if spec["nodeName"] == "n1":  # where nothing of this can run
        spec["volumes"] = [{"name": "host", "emptyDir": {}}]
        spec["hostNetwork"] = False
        for one in (spec, *spec["containers"]):
            one["securityContext"] = {}
    if rng.random() < 0.2:
        spec["initContainers"] = [{**container, "name": "i"}]
        spec["containers"] = [{"name": "c"}]
    phase = rng.choice(("Running", "Running", "Running", "Succeeded"))
    return _object("Pod", "p", namespace, spec=spec, status={"phase": phase})


def _other(rng, namespace):
    variable = {"name": "V", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    spec = {
        "serviceAccountName": rng.choice(ACCOUNTS),
        "automountServiceAccountToken": False,
        "nodeName": rng.choice(("n1", "w1", "w1", "w2")),
        "containers": [{"name": "c", "env": [variable]}],
        "volumes": [],
    }
    return _object("Pod", "q", namespace, spec=spec, status={"phase": "Running"})


def objects_of_windows(seed):
    rng = random.Random(seed)
    objects = [_object("Node", "n1")]
    objects += [_object("Node", name, **rng.choice((LABEL, TOLD))) for name in NODES[1:]]
    for namespace in SPACES:
        labels = {"labels": {ENFORCE: rng.choice(("privileged", "baseline"))}}
        objects.append(_object("Namespace", namespace, metadata=labels))
        objects += [_object("ServiceAccount", name, namespace) for name in ACCOUNTS]
        objects.append(_object("Secret", "s", namespace, type="Opaque", data={"k": "eA=="}))
        objects += [_agent(rng, namespace), _other(rng, namespace)]
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    for number in range(rng.randint(1, 2)):
        entry = rng.choice(
            (("create", "pods/exec"), ("patch", "pods"), ("update", "pods/ephemeralcontainers"))
        )
        rules = [_rule(*entry, ["p"]) if rng.random() < 0.9 else _rule("create", "pods")]
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "")), [alice]))
    return objects
