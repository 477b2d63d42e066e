"""Small random clusters whose Pods have all that Pods have, from claims to init containers."""

import random

from tests.query.plain.cluster import COUNTED
from tests.query.plain.clusters.holder_clusters import CONTROL
from tests.query.plain.clusters.objects import (
    ACCOUNTS,
    SECRETS,
    SPACES,
    _bound,
    _object,
    _rule,
    _subject,
)
from tests.query.plain.clusters.rights import Rights

RBAC = "rbac.authorization.k8s.io"
ENFORCE = "pod-security.kubernetes.io/enforce"
NODES = ("n1", "cp")
PATHS = (
    *("/", "/usr", "/var/lib/kubelet", "/etc/kubernetes", "/etc/kubernetes/pki", "/data"),
    *("/var/lib", "/etc"),
    *("/var/run/docker/containerd", "/var/lib/kubelet/pki", "/proc/1/root/opt/cni/bin"),
)
NAMES = [*SECRETS, "u"]
CLAIMS = ("c", "d")
BROUGHT = ("p-v0", "q-v1")
"""Claims that Pods p and q bring along, if they have such a volume."""

TYPES = {
    "Opaque": ("k",),
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/service-account-token": ("token", "ca.crt"),
}
KEYS = ("k", "tls.crt", "tls.key", "token", "ca.crt")


def _some(rng, odds, make):
    return [make() for _ in range(rng.randint(1, 2))] if rng.random() < odds else []


def _items(rng):
    if rng.random() < 0.7:
        return {}
    keys = rng.sample(KEYS, rng.randint(1, 3))
    return {"items": [{"key": one, "path": rng.choice((one, f"a/{one}"))} for one in keys]}


def _source(rng):
    audience = rng.choice(({}, {}, {"audience": "vault"}))
    return rng.choice(
        (
            {"secret": {"name": rng.choice(NAMES), **_items(rng)}},
            {"serviceAccountToken": {"path": "token", **audience}},
            {"configMap": {"name": "m"}},
        )
    )


def _volume(rng):
    secret = {"name": rng.choice(NAMES)}
    return rng.choice(
        (
            {"secret": {"secretName": rng.choice(NAMES), **_items(rng)}},
            {"secret": {"secretName": rng.choice(NAMES), **_items(rng)}},
            {"projected": {"sources": [_source(rng) for _ in range(rng.randint(1, 2))]}},
            {"projected": {"sources": [_source(rng) for _ in range(rng.randint(1, 2))]}},
            {"csi": {"driver": "x", "nodePublishSecretRef": secret}},
            {"csi": {"driver": "x"}},
            {"flexVolume": {"driver": "x", "secretRef": secret}},
            {"azureFile": {"shareName": "x", "secretName": rng.choice(NAMES)}},
            {"persistentVolumeClaim": {"claimName": rng.choice(CLAIMS)}},
            {"persistentVolumeClaim": {"claimName": rng.choice(CLAIMS), "readOnly": True}},
            {"ephemeral": {"volumeClaimTemplate": {}}},
            {"hostPath": {"path": rng.choice(PATHS)}},
            {"emptyDir": {}},
        )
    )


def _mount(rng, volume):
    part = rng.choice((*KEYS, "a", "a/k", ".", "..data/k"))
    return {
        "name": volume["name"],
        "mountPath": f"/{volume['name']}",
        **({"subPath": part} if rng.random() < 0.2 else {}),
        **({"readOnly": True} if rng.random() < 0.3 else {}),
    }


def _variable(rng):
    ref = {"name": rng.choice(NAMES), "key": rng.choice(KEYS)}
    return {"name": "V", "valueFrom": {"secretKeyRef": ref}}


def _user(rng, odds):
    if rng.random() > odds:
        return {}
    return rng.choice(({"runAsUser": 0}, {"runAsUser": 7}, {"runAsNonRoot": True}))


def _restricted(rng, odds):
    """What the level restricted asks of a container, or nearly so."""
    if rng.random() > odds:
        return {}
    asked = {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "seccompProfile": {"type": "RuntimeDefault"},
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
    }
    if rng.random() < 0.1:
        del asked[rng.choice([*asked])]
    return asked


def _container(rng, name, volumes):
    return {
        "name": name,
        "env": _some(rng, 0.2, lambda: _variable(rng)),
        "envFrom": _some(rng, 0.1, lambda: {"secretRef": {"name": rng.choice(NAMES)}}),
        "volumeMounts": [_mount(rng, volume) for volume in volumes if rng.random() < 0.6],
        "securityContext": {
            "privileged": rng.random() < 0.1,
            **_user(rng, 0.2),
            **_restricted(rng, 0.6),
        },
    }


def _pod(rng, namespace, name):
    volumes = [{"name": f"v{n}", **_volume(rng)} for n in range(rng.randint(1, 3))]
    spec = {
        "serviceAccountName": rng.choice((*ACCOUNTS, "ghost")),
        "automountServiceAccountToken": False,
        "containers": [_container(rng, f"c{n}", volumes) for n in range(rng.randint(1, 2))],
        "volumes": volumes,
        "imagePullSecrets": _some(rng, 0.2, lambda: {"name": rng.choice(NAMES)}),
        "securityContext": _user(rng, 0.2),
    }
    if rng.random() < 0.4:
        policy = rng.choice(({}, {"restartPolicy": "Always"}))
        spec["initContainers"] = [{**_container(rng, "i", volumes), **policy}]
    if rng.random() < 0.15:
        spec["ephemeralContainers"] = [_container(rng, "e", volumes)]
    if rng.random() < 0.1:
        spec["hostUsers"] = False
    if rng.random() < 0.15:
        spec["runtimeClassName"] = rng.choice(("kata", "gvisor", "runc", "nvidia-cdi"))
    waits = rng.random() < 0.2
    if waits and rng.random() < 0.2:
        spec["schedulingGates"] = [{"name": "x"}]
    if not waits:
        spec["nodeName"] = rng.choice(NODES)
    phase = "Pending" if waits else rng.choice(("Running", "Running", "Running", "Succeeded"))
    return _object(
        "Pod",
        name,
        namespace,
        metadata={"labels": {"app": name}},
        spec=spec,
        status={"phase": phase},
    )


def _static(rng, namespace, name):
    """The mirror of a static Pod, which may refer to no API objects."""
    container = {
        "name": "c",
        "volumeMounts": [_mount(rng, {"name": "v"})],
        "securityContext": {"privileged": rng.random() < 0.2},
    }
    spec = {
        "nodeName": rng.choice(NODES),
        "serviceAccountName": "default",
        "containers": [container],
        "volumes": [{"name": "v", "hostPath": {"path": rng.choice(PATHS)}}],
    }
    notes = {"annotations": {"kubernetes.io/config.mirror": "x"}}
    running = {"phase": "Running"}
    return _object("Pod", name, namespace, metadata=notes, spec=spec, status=running)


def _secret(rng, namespace, name):
    kind = rng.choice(("Opaque", "Opaque", *TYPES))
    account = rng.choice(ACCOUNTS)
    notes = {"annotations": {"kubernetes.io/service-account.name": account}}
    return _object(
        "Secret",
        name,
        namespace,
        metadata=notes if kind.endswith("token") else {},
        type=kind,
        data=dict.fromkeys(TYPES[kind], "eA=="),
    )


def _account(rng, namespace, name):
    strict = {"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}
    return _object(
        "ServiceAccount",
        name,
        namespace,
        metadata=strict if rng.random() < 0.2 else {},
        secrets=_some(rng, 0.5, lambda: {"name": rng.choice(NAMES)}),
    )


def _persistent_volume(rng, name):
    ref = {"namespace": rng.choice(SPACES), "name": rng.choice(NAMES)}
    field = rng.choice(("nodePublish", "nodeStage", "nodeExpand", "controllerPublish"))
    spec = rng.choice(
        (
            {"hostPath": {"path": rng.choice(PATHS)}},
            {"hostPath": {"path": rng.choice(PATHS)}},
            {"csi": {"driver": "x", "volumeHandle": "x", f"{field}SecretRef": ref}},
            {"azureFile": {"secretName": ref["name"], "secretNamespace": ref["namespace"]}},
        )
    )
    claim = rng.choice((*CLAIMS, *BROUGHT))
    if rng.random() < 0.7:
        ref = {"namespace": rng.choice(SPACES), "name": claim}
        uid = f"PersistentVolumeClaim-{ref['namespace']}-{claim}"
        uid = rng.choice(({}, {"uid": uid}, {"uid": uid}, {"uid": "old"}))
        spec = {**spec, "claimRef": {**ref, **uid}}
    return _object("PersistentVolume", name, spec=spec)


def _claim(rng, namespace, name):
    volume = rng.choice(({}, {"volumeName": "pv0"}, {"volumeName": "pv1"}))
    return _object("PersistentVolumeClaim", name, namespace, spec=volume)


def _rules(rng, rights):
    """Enter Pods, have them made, be their kubelet, or write what they refer to."""
    volumes, claims = rng.choice((None, None, ["pv0"], ["x"])), rng.choice((None, ["c"]))
    kubelet = [f"system:node:{rng.choice(NODES)}"]
    return rng.choice(
        (
            rights.running,
            rights.running,
            rights.debugged,
            rights.workloads,
            lambda: [rights.pods()],
            lambda: [
                _rule("impersonate", "users", kubelet),
                _rule("impersonate", "groups", ["system:nodes"]),
            ],
            lambda: [_rule("create", rng.choice(("pods/binding", "bindings")))],
            lambda: [_rule(rng.choice(("create", "update", "create patch")), "secrets", ["u"])],
            lambda: [_rule("create", "secrets")],
            lambda: [_rule("create patch", "persistentvolumes", volumes)],
            lambda: [_rule(rights.change(), "persistentvolumes", volumes)],
            lambda: [rights.pods(), _rule("create patch", "persistentvolumeclaims", claims)],
            lambda: [_rule(rng.choice(("get", "create")), "nodes/proxy", rights.names(NODES))],
            lambda: [_rule("patch", "namespaces/status", rights.names(SPACES))],
            lambda: [_rule("create", "serviceaccounts", rights.names(["ghost"]))],
        )
    )()


def objects_of_pods(seed):
    """Pods with all that Pods have, beside rights to get at them, their nodes and volumes."""
    rng = random.Random(seed)
    rights = Rights(rng)
    objects = [_object("Node", "n1"), _object("Node", "cp", metadata={"labels": CONTROL})]
    for namespace in SPACES:
        level = rng.choice(("privileged", "baseline", "baseline", "restricted", ""))
        labels = {"labels": {ENFORCE: level}} if level else {}
        objects.append(_object("Namespace", namespace, metadata=labels))
        objects += [_account(rng, namespace, name) for name in ACCOUNTS[: rng.randint(1, 2)]]
        objects += [_secret(rng, namespace, name) for name in SECRETS[: rng.randint(1, 2)]]
        found = [name for name in (*CLAIMS, *BROUGHT) if rng.random() < 0.7]
        objects += [_claim(rng, namespace, name) for name in found]
        for name in ("p", "q")[: rng.randint(1, 2)]:
            make = _static if rng.random() < 0.1 else _pod
            objects.append(make(rng, namespace, name))
    objects += [_persistent_volume(rng, f"pv{n}") for n in range(rng.randint(0, 3))]
    for number in range(rng.randint(3, 6)):
        rules = [rule for _ in range(rng.randint(1, 2)) for rule in _rules(rng, rights)]
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        space = rng.choice((*SPACES, "", ""))
        kinds = ("kubelet", *("",) * 5)
        subject = _subject(rng)
        if rng.choice(kinds):
            subject = {"kind": "User", "name": f"system:node:{rng.choice(NODES)}", "apiGroup": RBAC}
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects


def objects_of_claims(seed):
    """PersistentVolumes that give a node, and claims that have them, had them or will."""
    rng = random.Random(seed)
    rights, objects = Rights(rng), [_object("Node", "n1"), _object("Node", "cp")]
    objects[1]["metadata"]["labels"] = CONTROL
    for namespace in SPACES:
        labels = {"labels": {ENFORCE: rng.choice(("baseline", "baseline", "restricted"))}}
        found = [name for name in (*CLAIMS, *BROUGHT) if rng.random() < 0.4]
        objects += [_object("Namespace", namespace, metadata=labels), _secret(rng, namespace, "s")]
        objects += [_claim(rng, namespace, name) for name in found]
        claim = {"claimName": rng.choice((*CLAIMS, *BROUGHT)), "readOnly": rng.random() < 0.5}
        pod = _pod(rng, namespace, "p")
        pod["spec"]["volumes"] = [{"name": "v0", "persistentVolumeClaim": claim}]
        objects.append(pod)
    for number in range(rng.randint(1, 2)):
        volume = _persistent_volume(rng, f"pv{number}")
        ref = volume["spec"].get("claimRef", {})
        if rng.random() < 0.5:
            ref.pop("uid", None)
        path = rng.choice(("/", "/usr", "/etc/kubernetes/pki"))
        spec = {"hostPath": {"path": path}, **({"claimRef": ref} if ref else {})}
        objects.append({**volume, "spec": spec})
    for number in range(rng.randint(1, 3)):
        debugged = [_rule(rights.change(), "pods/ephemeralcontainers")]
        claims = rng.choice((None, None, ["c"], ["p-v0"]))
        makes = [_rule("create patch", "persistentvolumeclaims", claims)]
        pods = [rng.choice((_rule("create", "pods"), _rule("create", "jobs", None, "batch")))]
        rules = rng.choice((rights.workloads(), pods, pods, makes, makes, debugged, debugged))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
        space = rng.choice((*SPACES, ""))
        objects.append(_bound(number, "ClusterRole", space, [alice, _subject(rng)]))
    return objects


def objects_of_deleted(seed):
    """Pods that outlasted their ServiceAccount, which may be created anew."""
    rng = random.Random(seed)
    rights, objects = Rights(rng), [_object("Node", "n1"), _object("Node", "cp")]
    for namespace in SPACES:
        objects += [_object("Namespace", namespace), _secret(rng, namespace, "s")]
        objects.append(_object("ServiceAccount", rng.choice(("x", "x", "ghost")), namespace))
        pod = _pod(rng, namespace, "p")
        pod["spec"]["serviceAccountName"] = "ghost"
        token = {"projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
        pod["spec"]["volumes"][0] = {"name": "v0", **rng.choice((token, token, {"emptyDir": {}}))}
        objects.append(pod)
    for number in range(rng.randint(2, 5)):
        names = rng.choice((None, ["ghost"], ["x"]))
        reads = [_rule("get", "secrets")]
        creates = [_rule(rng.choice(("create", "create patch")), "serviceaccounts", names)]
        rules = rng.choice((reads, creates, creates, rights.running()))
        alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
        subject = alice
        if number == 0 or rules == reads:
            rules = reads
            subject = {"kind": "ServiceAccount", "name": "ghost", "namespace": rng.choice(SPACES)}
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "")), [subject]))
    acts = [_rule("impersonate", "users", ["system:node:n1"])]
    acts.append(_rule("impersonate", "groups", ["system:nodes"]))
    objects.append(_object("ClusterRole", "r9", "", f"{RBAC}/v1", rules=acts))
    if rng.random() < 0.7:
        objects.append(_bound(9, "ClusterRole", "", [alice]))
    return objects


def _template(rng):
    found = _pod(rng, "a", "w")["spec"]
    for field in ("ephemeralContainers", "schedulingGates", "imagePullSecrets"):
        found.pop(field, None)
    if rng.random() < 0.8:
        found.pop("nodeName", None)
    for field in ("automountServiceAccountToken", "serviceAccountName"):
        if rng.random() < 0.6:
            del found[field]
    if rng.random() < 0.2:
        mount = {"name": "v0", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
        found["containers"][0]["volumeMounts"] = [mount]
    return {"template": {"spec": found}}


def _counted(rng, workload):
    """A manifest, or what a server's workload is with a status that counts Pods, or does not."""
    if rng.random() < 0.4:
        del workload["metadata"]["uid"]
        return workload
    if rng.random() < 0.2:
        return workload
    count = rng.choice((0, 1, 1, 2))
    status = (
        {COUNTED.get(workload["kind"], "replicas"): count} if count or rng.random() < 0.5 else {}
    )
    return {**workload, "status": {"observedGeneration": 1, **status}}


def _workload(rng, namespace):
    kind = rng.choice(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"))
    version = "batch/v1" if kind == "Job" else "apps/v1"
    count = rng.choice(({}, {"replicas": 0}, {"replicas": 1}, {"replicas": 2}))
    spec = {**_template(rng), **({} if kind in {"Job", "DaemonSet"} else count)}
    yield _counted(rng, _object(kind, "d", namespace, version, spec=spec))
    if rng.random() < 0.3:
        pod = _pod(rng, namespace, "d-0")
        made = ("ReplicaSet", "d-7f") if kind == "Deployment" else (kind, "d")
        owner = {"kind": made[0], "name": made[1], "uid": f"{made[0]}-{namespace}-{made[1]}"}
        pod["metadata"]["ownerReferences"] = [owner]
        yield pod


def _entering(rng, rights):
    """Get into Pods whose names are known beforehand, or into all."""
    names = rng.choice((None, None, ["d-0"], ["d-1"], ["d"]))
    entered = (
        *(("create", "pods/exec"), ("patch", "pods"), ("update", "pods/ephemeralcontainers")),
        *(("create", "pods/exec"), ("get", "nodes/proxy")),
    )
    entries = [_rule(*rng.choice(entered), names)]
    if rng.random() < 0.3:
        entries.append(_rule(rights.change(), "serviceaccounts", rights.names(ACCOUNTS)))
    return rng.choice((entries, entries, rights.accounts(), rights.secrets(), rights.others()))


def objects_of_templates(seed):
    """Workloads; the input holds none or some of their Pods."""
    rng = random.Random(seed)
    rights, objects = Rights(rng), [_object("Node", "n1"), _object("Node", "cp")]
    for namespace in SPACES:
        objects.append(_object("Namespace", namespace, metadata={"labels": {ENFORCE: "baseline"}}))
        for name in (*ACCOUNTS[: rng.randint(1, 2)], "default"):
            found = _account(rng, namespace, name)
            mounts = rng.choice(({}, {}, {"automountServiceAccountToken": False}))
            objects.append({**found, **mounts})
        objects += [_secret(rng, namespace, name) for name in SECRETS]
        objects += _workload(rng, namespace)
    for number in range(rng.randint(3, 6)):
        rules = _entering(rng, rights)
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subjects = [_subject(rng)]
        if rng.random() < 0.3:
            subjects = [{"kind": "ServiceAccount", "namespace": "a", "name": "default"}]
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "")), subjects))
    return objects
