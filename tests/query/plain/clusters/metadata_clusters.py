"""Small random clusters of clouds, whose Pods may ask the metadata service of their node."""

import random

from tests.query.plain.clusters.objects import SPACES, _bound, _object, _rule
from tests.query.plain.clusters.pod_clusters import RBAC
from tests.query.plain.metadata import CONCEALED

VERSIONS = ("v1.36.0-eks-1a2b3c4", "v1.36.0-gke.1000", "v1.36.0-gke.1000", "v1.36.0")


def _pod(rng, namespace, name):
    variable = {"name": "V", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    spec = {
        "serviceAccountName": "x",
        "automountServiceAccountToken": False,
        "nodeName": "n1",
        "hostNetwork": name == "p" and rng.random() < 0.3,
        "containers": [{"name": "c", "env": [variable] if name == "q" else []}],
        "volumes": [],
    }
    phase = rng.choice(("Running", "Running", "Running", "Succeeded"))
    return _object("Pod", name, namespace, spec=spec, status={"phase": phase})


def objects_of_metadata(seed):
    rng = random.Random(seed)
    told = {"nodeInfo": {"kubeletVersion": rng.choice(VERSIONS)}}
    labels = {"labels": {CONCEALED: rng.choice(("true", "false", "false"))}}
    objects = [_object("Node", "n1", metadata=labels, status=told)]
    for namespace in SPACES:
        objects.append(_object("Namespace", namespace))
        objects.append(_object("ServiceAccount", "x", namespace))
        objects.append(_object("Secret", "s", namespace, type="Opaque", data={"k": "eA=="}))
        objects += [_pod(rng, namespace, name) for name in ("p", "q")]
        if rng.random() < 0.3:
            way = rng.choice(("Egress", "Ingress"))
            spec = {"podSelector": {}, "policyTypes": [way]}
            objects.append(
                _object("NetworkPolicy", "n", namespace, "networking.k8s.io/v1", spec=spec)
            )
    rules = [_rule("create", "pods/exec", ["p"])]
    objects.append(_object("ClusterRole", "r0", "", f"{RBAC}/v1", rules=rules))
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    return [*objects, _bound(0, "ClusterRole", rng.choice((*SPACES, "")), [alice])]
