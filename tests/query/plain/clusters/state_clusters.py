"""The clusters of other makers, whose objects are in states in which a server refuses things."""

import random

from tests.query.plain.clusters.objects import RBAC, SPACES, _bound, _cluster, _object, _subject
from tests.query.plain.clusters.plain_clusters import objects_of_all
from tests.query.plain.clusters.pod_clusters import objects_of_pods
from tests.query.plain.clusters.rights import Rights
from tests.query.plain.states import UNUSED

TOKEN_TYPE = "kubernetes.io/service-account-token"


def _changed(obj, **metadata):
    return {**obj, "metadata": {**obj["metadata"], **metadata}}


def _secret(rng, obj):
    if obj["type"] != TOKEN_TYPE or rng.random() < 0.3:
        return obj
    if rng.random() < 0.2:
        return {**obj, "immutable": rng.choice((True, True, False))}
    if rng.random() < 0.2:
        return _changed(obj, deletionTimestamp="2026-01-01T00:00:00Z")
    label = rng.choice((UNUSED, UNUSED, "kubernetes.io/legacy-token-last-used"))
    return _changed(obj, labels={label: "2026-01-01"})


def _state(rng):
    return rng.choice(
        (
            {"running": {}},
            {"running": {}},
            {"running": {}},
            {"waiting": {"reason": rng.choice(("CrashLoopBackOff", "ImagePullBackOff"))}},
            {
                "waiting": {
                    "reason": rng.choice(("CreateContainerConfigError", "ContainerCreating"))
                }
            },
            {"terminated": {"reason": "x", "exitCode": rng.choice((0, 1))}},
            {},
        )
    )


def _pod(rng, obj):
    """A Pod that tells of its containers, once it has a node, but for one now and then."""
    if rng.random() < 0.1 or "nodeName" not in obj["spec"]:
        return obj
    if rng.random() < 0.1:
        obj = _changed(obj, deletionTimestamp="2026-01-01T00:00:00Z")
    status = dict(obj["status"])
    for field in ("containers", "initContainers", "ephemeralContainers"):
        told = f"{field[:-1]}Statuses"
        found = obj["spec"].get(field, ())
        status[told] = [{"name": one["name"], "state": _state(rng)} for one in found]
    waits = any("waiting" in one["state"] for one in status["containerStatuses"])
    if waits and status["phase"] == "Running" and rng.random() < 0.3:
        status["phase"] = "Pending"
    policy = {"restartPolicy": rng.choice(("Always", "Always", "OnFailure", "Never"))}
    return {**obj, "spec": {**obj["spec"], **policy}, "status": status}


def _node(rng, obj):
    ready = rng.choice(("True", "True", "True", "False", "Unknown"))
    conditions = [{"type": "MemoryPressure", "status": "True"}, {"type": "Ready", "status": ready}]
    status = {"conditions": conditions}
    if rng.random() < 0.2:
        labels = {**obj["metadata"].get("labels", {}), "kubernetes.io/os": "windows"}
        obj = _changed(obj, labels=labels)
    elif rng.random() < 0.2:
        status["nodeInfo"] = {"operatingSystem": rng.choice(("linux", "windows"))}
    return {**obj, "status": status}


MAKERS = {"Secret": _secret, "Pod": _pod, "Node": _node}


def _in_states(rng, objects):
    for obj in objects:
        make = MAKERS.get(obj["kind"])
        yield make(rng, obj) if make else obj


def objects_of_states(seed):
    """Clusters in which much is held, and part of it is in no state to be used."""
    return [*_in_states(random.Random(seed), objects_of_all(seed))]


def objects_of_pod_states(seed):
    """The same of Pods that have all that Pods have."""
    return [*_in_states(random.Random(seed), objects_of_pods(seed))]


def _closing(rng, obj):
    """A namespace that goes, as its phase tells or its metadata."""
    if obj["kind"] != "Namespace" or rng.random() < 0.5:
        return obj
    if rng.random() < 0.5:
        return {**obj, "status": {"phase": "Terminating"}}
    return _changed(obj, deletionTimestamp="2026-01-01T00:00:00Z")


def objects_of_closing(seed):
    """Rights in namespaces, some of them going: to create something there, and to change it."""
    rng = random.Random(seed)
    objects, rights = [_closing(rng, obj) for obj in _cluster(rng)], Rights(rng)
    finds = (
        *(rights.secrets, rights.token_secrets, rights.accounts, rights.running, rights.debugged),
        *(rights.workloads, rights.workloads, rights.hosts, rights.lifted, rights.nodes),
        *(rights.bindings, rights.bindings, rights.roles, rights.reached, rights.acting),
    )
    for number in range(rng.randint(3, 7)):
        rules = rng.choice(finds)()
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, ""))
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, "ClusterRole", space, subjects))
    return objects


COUNTED = (
    *("pods", "count/pods", "secrets", "count/jobs.batch", "count/deployments.apps"),
    *("count/replicasets.apps", "count/controllerrevisions.apps", "count/cronjobs.batch"),
    *(f"count/rolebindings.{RBAC}", f"count/roles.{RBAC}", "count/serviceaccounts"),
)


def objects_of_quotas(seed):
    """Rights in namespaces, some with quotas that are used up, of all Pods or some."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    for namespace in SPACES:
        counted = dict.fromkeys(rng.sample(COUNTED, rng.randint(0, 2)), "2")
        used = {name: rng.choice(("1", "2", "2", "3")) for name in counted}
        spec = {"hard": counted, **rng.choice(({}, {}, {}, {"scopes": ["BestEffort"]}))}
        if spec.get("scopes"):
            counted = spec["hard"] = {name: "2" for name in counted if "pods" in name}
        status = {"hard": counted, "used": {name: used[name] for name in counted}}
        objects.append(_object("ResourceQuota", "q", namespace, spec=spec, status=status))
    finds = (
        *(rights.workloads, rights.workloads, rights.hosts, rights.token_secrets),
        *(rights.debugged, rights.accounts, rights.secrets, rights.freed),
        *(rights.bindings, rights.bindings, rights.roles, rights.reached, rights.acting),
    )
    for number in range(rng.randint(3, 6)):
        rules = rng.choice(finds)()
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, ""))
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, "ClusterRole", space, subjects))
    return objects
