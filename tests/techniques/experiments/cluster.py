"""The cluster around every experiment, and what a row of the tables says of one."""

from dataclasses import dataclass
from itertools import count

P, V, LOW = "sa:attackers/p", "serviceaccount:t1/v", "serviceaccount:t1/low"
GHOST = "serviceaccount:t1/ghost"
S1, S2, OTHER = "secret:t1/s1", "secret:t1/s2", "secret:t2/s1"
N1, N2 = "node:n1", "node:n2"
RBAC = "rbac.authorization.k8s.io"
YES, NO = "certain", "nothing"
PSA = "pod-security.kubernetes.io"
IF = "conditional"  # the server authorised it; what it yields depends on more


def obj(kind, namespace, name, api="v1", **fields):
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    metadata |= fields.pop("metadata", {})
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **fields}


def rule(text):
    """Read one right; returns the rule and whether it is held cluster-wide."""
    verbs, resource, *options = text.split()
    if resource.startswith("/"):
        return {"nonResourceURLs": [resource], "verbs": verbs.split(",")}, "@cluster" in options
    resource, _, group = resource.partition(".")
    found = {"apiGroups": [group], "resources": [resource], "verbs": verbs.split(",")}
    names = [option for option in options if option.startswith("names=")]
    if names:
        found["resourceNames"] = names[0].removeprefix("names=").split(",")
    return found, "@cluster" in options


def subject(kind, name, namespace=None):
    group = {} if kind == "ServiceAccount" else {"apiGroup": RBAC}
    return {"kind": kind, "name": name, **group, **({"namespace": namespace} if namespace else {})}


def grant(name, rules, *subjects, namespace="t1"):
    """A role and its binding: a Role in a namespace, or a ClusterRole for ``""``."""
    prefix = "" if namespace else "Cluster"
    ref = {"apiGroup": RBAC, "kind": f"{prefix}Role", "name": name}
    api = f"{RBAC}/v1"
    return [
        obj(f"{prefix}Role", namespace, name, api, rules=rules),
        obj(f"{prefix}RoleBinding", namespace, name, api, roleRef=ref, subjects=list(subjects)),
    ]


def reads(*subjects, namespace="t1"):
    """Let somebody read Secrets."""
    return grant("extra", [rule("get secrets")[0]], *subjects, namespace=namespace)


def default_role(name):
    """Bind ``attackers/p`` to a ClusterRole that every API server ships, in ``t1``."""
    ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": name}
    holder = subject("ServiceAccount", "p", "attackers")
    return [obj("RoleBinding", "t1", name, f"{RBAC}/v1", roleRef=ref, subjects=[holder])]


def pod(node="n1", phase="Running", volume=None, container=None, mirror=False, **spec):
    """A Pod ``t1/x`` as a server has it, on a node."""
    notes = {"annotations": {"kubernetes.io/config.mirror": "hash"}} if mirror else {}
    spec = {"containers": [{"name": "c", "image": "i", **(container or {})}], **spec}
    if volume:
        spec["volumes"] = [{"name": "vol", **volume}]
    if node:
        spec["nodeName"] = node
    return [obj("Pod", "t1", "x", metadata=notes, spec=spec, status={"phase": phase})]


def running_as(account, *, automount=True, audience=None, node="n1", phase="Running"):
    """A Pod with what admission gives it: a token, or a projected one, or none."""
    token = {} if audience is None else {"audience": audience}
    volume = {"projected": {"sources": [{"serviceAccountToken": {"path": "t", **token}}]}}
    path = "/var/run/secrets/kubernetes.io/serviceaccount"
    mount = {"volumeMounts": [{"name": "vol", "mountPath": path}]}
    held = automount or audience is not None
    return pod(
        node,
        phase,
        volume=volume if held else None,
        container=mount if held else None,
        serviceAccountName=account,
        automountServiceAccountToken=automount,
    )


def volume_secret(field, claim="claim-x"):
    """A PersistentVolume that names ``t2/s1``, and a Pod on ``n1`` that uses its claim."""
    csi = {"driver": "d", "volumeHandle": "h", field: {"name": "s1", "namespace": "t2"}}
    spec = {"claimRef": {"namespace": "t1", "name": claim}, "csi": csi}
    uses = pod(volume={"persistentVolumeClaim": {"claimName": "claim-x"}})
    return [*uses, obj("PersistentVolume", "", "pv", spec=spec)]


ENV = {"env": [{"name": "E", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k"}}}]}
ENV_FROM = {"envFrom": [{"secretRef": {"name": "s1"}}]}
SECRET_VOLUME = {"secret": {"secretName": "s1"}}
MOUNT = {"volumeMounts": [{"name": "vol", "mountPath": "/m"}]}
PROJECTED = {"projected": {"sources": [{"secret": {"name": "s1"}}]}}
CSI = {"csi": {"driver": "d", "nodePublishSecretRef": {"name": "s1"}}}
FLEX = {"flexVolume": {"driver": "d/f", "secretRef": {"name": "s1"}}}
PULL = {"imagePullSecrets": [{"name": "s1"}]}
MOUNTS_S1 = pod(volume=SECRET_VOLUME, container=MOUNT, serviceAccountName="low")


def labelled(level):
    return [obj("Namespace", "", "t1", metadata={"labels": {f"{PSA}/enforce": level}})]


CONTROL_PLANE = [
    obj("Node", "", "n1", metadata={"labels": {"node-role.kubernetes.io/control-plane": ""}})
]
MOUNTABLE = [
    obj(
        "ServiceAccount",
        "t1",
        "v",
        metadata={"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
    )
]
FINALIZED = [
    obj("Secret", "t1", "s1", data={"k": "AAAA"}, metadata={"finalizers": ["example.com/x"]})
]
DEPLOYMENT = [
    obj(
        "Deployment",
        "t1",
        "x",
        "apps/v1",
        spec={"template": {"spec": {"containers": [{"name": "c", "image": "i"}]}}},
    )
]


@dataclass(frozen=True)
class Row:
    """One experiment. ``via`` names the technique that it was about, if others matter too."""

    id: str
    held: str
    target: str
    works: str
    extra: tuple | list = ()
    source: str = P
    via: str = ""


@dataclass(frozen=True)
class Request:
    """One experiment with one request, rather than with what it leads to."""

    id: str
    held: str
    asked: dict
    allowed: bool
    user: str = "system:serviceaccount:attackers:p"
    extra: tuple = ()


def objects_of(row):
    """The objects of a row's cluster."""
    reader = [rule("get secrets")[0]]
    token_of_low = {"annotations": {"kubernetes.io/service-account.name": "low"}}
    objects = [
        *(obj("Namespace", "", name) for name in ("t1", "t2", "attackers")),
        *(obj("ServiceAccount", "t1", name) for name in ("default", "v", "low")),
        *(obj("ServiceAccount", "attackers", name) for name in ("default", "p", "x")),
        *(obj("Secret", *key, data={"k": "AAAA"}) for key in (("t1", "s1"), ("t1", "s2"))),
        obj("Secret", "t2", "s1", data={"k": "AAAA"}),
        obj(
            "Secret",
            "t1",
            "lowtok",
            type="kubernetes.io/service-account-token",
            metadata=token_of_low,
            data={"token": "AAAA"},
        ),
        *grant(
            "sr",
            reader,
            subject("ServiceAccount", "v", "t1"),
            subject("ServiceAccount", "ghost", "t1"),
            subject("User", "victim"),
            subject("Group", "vgrp"),
        ),
    ]
    for number, text in enumerate(filter(None, row.held.split("; "))):
        held, everywhere = rule(text)
        holder = subject("ServiceAccount", "p", "attackers")
        objects += grant(f"own-{number}", [held], holder, namespace="" if everywhere else "t1")
    return [*objects, *row.extra]


def server_list(objects):
    """A List as a server makes it: each object once, with a uid."""
    found = {(o["kind"], o["metadata"].get("namespace"), o["metadata"]["name"]): o for o in objects}
    uids = count(1)
    items = [{**o, "metadata": {**o["metadata"], "uid": f"u-{next(uids)}"}} for o in found.values()]
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}
