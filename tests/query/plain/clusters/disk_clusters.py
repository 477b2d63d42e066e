"""Small random clusters whose PersistentVolumes are disks or folders of a node."""

import random

from tests.query.plain.clusters.holder_clusters import CONTROL
from tests.query.plain.clusters.objects import SPACES, _bound, _object, _rule
from tests.query.plain.clusters.pod_clusters import ENFORCE, RBAC
from tests.query.plain.clusters.rights import Rights

SOURCES = (
    ({"local": {"path": "/dev/sdb"}}, "Block"),
    ({"local": {"path": "/dev/sdb"}}, "Block"),
    ({"local": {"path": "/dev/sdb"}}, "Block"),
    ({"local": {"path": "/dev/sdb"}}, "Block"),
    ({"local": {"path": "/dev/sdb"}}, "Filesystem"),
    ({"local": {"path": "/usr"}}, "Filesystem"),
    ({"local": {"path": "/data"}}, "Filesystem"),
    ({"hostPath": {"path": "/"}}, "Block"),
    ({"hostPath": {"path": "/usr"}}, "Block"),
    ({"hostPath": {"path": "/usr"}}, "Filesystem"),
)
PHASES = (*("Running",) * 5, "Succeeded")


def _volume(rng, name):
    source, mode = rng.choice(SOURCES)
    spec = {**source, "volumeMode": mode}
    if rng.random() < 0.9:
        claim = {"namespace": rng.choice(SPACES), "name": rng.choice(("c", "c", "c", "d"))}
        uid = f"PersistentVolumeClaim-{claim['namespace']}-{claim['name']}"
        spec["claimRef"] = {**claim, **rng.choice(({}, {"uid": uid}, {"uid": uid}, {"uid": "old"}))}
    return _object("PersistentVolume", name, spec=spec)


def _pod(rng, namespace, modes):
    """A Pod with a claim that a container mounts, or gets as a device if it is one."""
    claim = {"claimName": rng.choice(("c", "c", "c", "d")), "readOnly": rng.random() < 0.3}
    used = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    if modes.get((namespace, claim["claimName"])) == "Block":
        used = {"volumeDevices": [{"name": "v", "devicePath": "/dev/v"}]}
    user = rng.choice(({}, {}, {"securityContext": {"runAsUser": 7}}))
    spec = {
        "serviceAccountName": "x",
        "automountServiceAccountToken": False,
        "nodeName": rng.choice(("n1", "n1", "cp")),
        "containers": [{"name": "c", **rng.choice((used, used, used, {})), **user}],
        "volumes": [{"name": "v", "persistentVolumeClaim": claim}],
    }
    return _object("Pod", "p", namespace, spec=spec, status={"phase": rng.choice(PHASES)})


def _other(rng, namespace):
    variable = {"name": "V", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    spec = {
        "serviceAccountName": "x",
        "automountServiceAccountToken": False,
        "nodeName": "n1",
        "containers": [{"name": "c", "env": [variable]}],
        "volumes": [],
    }
    return _object("Pod", "q", namespace, spec=spec, status={"phase": rng.choice(PHASES)})


def objects_of_disks(seed):
    rng = random.Random(seed)
    rights, objects = Rights(rng), [_object("Node", "n1"), _object("Node", "cp")]
    objects[1]["metadata"]["labels"] = CONTROL
    volumes = [_volume(rng, f"pv{number}") for number in range(rng.randint(1, 2))]
    modes = {}
    for one in volumes:
        if "claimRef" in one["spec"]:
            ref = one["spec"]["claimRef"]
            modes[ref["namespace"], ref["name"]] = one["spec"]["volumeMode"]
    for namespace in SPACES:
        labels = {"labels": {ENFORCE: rng.choice(("baseline", "baseline", "restricted"))}}
        objects.append(_object("Namespace", namespace, metadata=labels))
        objects.append(_object("ServiceAccount", "x", namespace))
        objects.append(_object("Secret", "s", namespace, type="Opaque", data={"k": "eA=="}))
        for name in ("c", "d"):
            bound = rng.choice(({}, {}, {}, {"volumeName": "pv0"}))
            if rng.random() < 0.9:
                objects.append(_object("PersistentVolumeClaim", name, namespace, spec=bound))
        objects += [_pod(rng, namespace, modes), _other(rng, namespace)]
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    for number in range(rng.randint(1, 2)):
        entered = [_rule("create", "pods/exec", ["p"])]
        added = [_rule(rights.change(), "pods/ephemeralcontainers", ["p"])]
        makes = [_rule("create", "pods")]
        led = [*makes, _rule(rights.change(), "persistentvolumes")]
        rules = rng.choice((entered, entered, entered, added, makes, led))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "", "")), [alice]))
    return [*objects, *volumes]
