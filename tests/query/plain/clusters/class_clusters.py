"""Small random clusters with StorageClasses that name Secrets, and a kubelet that makes Pods."""

import random

from tests.query.plain.clusters.objects import SPACES, _bound, _object, _rule
from tests.query.plain.clusters.pod_clusters import ENFORCE, RBAC
from tests.query.plain.clusters.rights import WORKLOADS

PREFIX = "csi.storage.k8s.io/"
PURPOSES = ("node-stage-", "node-publish-", "node-expand-", "provisioner-", "controller-publish-")
CHOSEN = ("${pvc.name}", "${pvc.annotations['x/y']}")
NAMES = ("s", "t", "s-a", "s${pvc.labels['x']}", "${pv.name}", "s-${pvc.namespace}")
NAMES += (*CHOSEN, *(f"s{one}" for one in CHOSEN), *(f"{one}-a" for one in CHOSEN))
PLACES = ("a", "b", "${pvc.namespace}", "${pv.name}", "${pvc.name}")


def _class(rng, name):
    given = {}
    for purpose in rng.sample((*PURPOSES, ""), rng.randint(1, 2)):
        given[f"{PREFIX}{purpose}secret-name"] = rng.choice(NAMES)
        given[f"{PREFIX}{purpose}secret-namespace"] = rng.choice(PLACES)
    version = "storage.k8s.io/v1"
    return _object("StorageClass", name, "", version, provisioner="x", parameters=given)


def _rights(rng):
    """Be a kubelet, or nearly; make Pods; now and then write classes, which gives more."""
    node, groups = rng.choice(("n1", "n1", "n2")), ["system:nodes"]
    yield [
        _rule("impersonate", "users", [f"system:node:{node}"]),
        _rule("impersonate", "groups", groups if rng.random() < 0.8 else ["dev"]),
    ]
    for _ in range(rng.randint(1, 2)):
        resource, group = rng.choice((("pods", ""), ("pods", ""), *WORKLOADS))
        names = rng.choice((None, None, ["x"]))
        yield [_rule(rng.choice(("create", "create patch")), resource, names, group)]
    if rng.random() < 0.1:
        verbs, names = rng.choice(("create", "patch", "create patch")), rng.choice((None, ["c0"]))
        yield [_rule(verbs, "storageclasses", names, "storage.k8s.io")]


def objects_of_classes(seed):
    rng = random.Random(seed)
    objects = [_object("Node", "n1")]
    for namespace in SPACES:
        labels = {"labels": {ENFORCE: "baseline"}}
        objects.append(_object("Namespace", namespace, metadata=labels))
        objects += [
            _object("Secret", name, namespace, type="Opaque", data={"k": "eA=="})
            for name in ("s", "t", "s-a", "s-b", "x-a")
            if rng.random() < 0.7
        ]
    objects += [_class(rng, f"c{number}") for number in range(rng.randint(1, 2))]
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    for number, rules in enumerate(_rights(rng)):
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, "")) if number else ""
        objects.append(_bound(number, "ClusterRole", space, [alice]))
    return objects
