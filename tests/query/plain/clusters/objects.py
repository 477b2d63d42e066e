"""Plain objects of small random clusters: Pods, Secrets, namespaces, rules and bindings."""

RBAC, CERTIFICATES = "rbac.authorization.k8s.io", "certificates.k8s.io"
SPACES = ("a", "b")
SECRETS, ACCOUNTS, PODS, ROLES, BINDINGS = ["s", "t"], ["x", "y"], ["p", "q"], ["r0", "r1"], ["b0"]
RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""What the level restricted asks of a container."""


def _rule(verbs, resource, names=None, group=""):
    rule = {"apiGroups": [group], "resources": [resource], "verbs": verbs.split()}
    return rule if names is None else {**rule, "resourceNames": names}


def _object(kind, name, namespace="", version="v1", **fields):
    metadata = {"name": name, "uid": f"{kind}-{namespace}-{name}", **fields.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def _pod(rng, namespace, name):
    secret, other = rng.choice(SECRETS), rng.choice(SECRETS)
    volumes = [{"name": "v", "secret": {"secretName": secret}}]
    if rng.random() < 0.7:
        token = {"serviceAccountToken": {"path": "token"}}
        volumes.append({"name": "token", "projected": {"sources": [token]}})
    container = {
        "name": "c",
        "volumeMounts": [
            {"name": volume["name"], "mountPath": f"/{volume['name']}", **_part(rng, volume)}
            for volume in volumes
            if rng.random() < 0.6
        ],
        "envFrom": [{"secretRef": {"name": other}}] if rng.random() < 0.3 else [],
        "securityContext": {
            "privileged": rng.random() < 0.15,
            **({} if rng.random() < 0.4 else RESTRICTED),
        },
    }
    spec = {
        "serviceAccountName": rng.choice(ACCOUNTS),
        "automountServiceAccountToken": False,
        "nodeName": rng.choice(("n1", "n2")),
        "containers": [container],
        "volumes": volumes,
    }
    phase = rng.choice(("Running", "Running", "Succeeded"))
    labels = {"labels": {"app": name}}
    return _object("Pod", name, namespace, metadata=labels, spec=spec, status={"phase": phase})


def _part(rng, volume):
    if "secret" in volume and rng.random() < 0.2:
        return {"subPath": rng.choice(("k", "token"))}
    return {}


def _waiting(pod):
    del pod["spec"]["nodeName"]
    return {**pod, "status": {"phase": "Pending"}}


def _secret(rng, namespace, name):
    if rng.random() < 0.7:
        return _object("Secret", name, namespace, type="Opaque", data={"k": "eA=="})
    annotations = {"kubernetes.io/service-account.name": rng.choice(ACCOUNTS)}
    return _object(
        "Secret",
        name,
        namespace,
        metadata={"annotations": annotations},
        type="kubernetes.io/service-account-token",
        data={"token": "eA=="},
    )


def _in_namespace(rng, namespace):
    level = rng.choice(("privileged", "baseline", "restricted", "restricted"))
    labels = {"pod-security.kubernetes.io/enforce": level}
    yield _object("Namespace", namespace, metadata={"labels": labels})
    for name in ACCOUNTS[: rng.randint(1, 2)]:
        yield _object("ServiceAccount", name, namespace)
    for name in SECRETS[: rng.randint(1, 2)]:
        yield _secret(rng, namespace, name)
    for name in PODS[: rng.randint(0, 2)]:
        yield _pod(rng, namespace, name)
    if rng.random() < 0.3:
        yield _waiting(_pod(rng, namespace, "w"))
    if rng.random() < 0.4:
        kind = rng.choice(("Deployment", "StatefulSet", "CronJob", "Job", "ReplicaSet"))
        version = "batch/v1" if kind.endswith("Job") else "apps/v1"
        yield _object(kind, "d", namespace, version, spec={"replicas": 0})


def _subject(rng):
    account = {"kind": "ServiceAccount", "namespace": rng.choice(SPACES)}
    return rng.choice(
        (
            {**account, "name": rng.choice(ACCOUNTS)},
            {**account, "name": "ghost"},
            {"kind": "User", "name": rng.choice(("alice", "bob")), "apiGroup": RBAC},
            {
                "kind": "Group",
                "name": rng.choice(("dev", "ops", "system:serviceaccounts:a")),
                "apiGroup": RBAC,
            },
        )
    )


def _cluster(rng):
    objects = [obj for namespace in SPACES for obj in _in_namespace(rng, namespace)]
    return objects + [_object("Node", name) for name in ("n1", "n2")]


def _bound(number, kind, space, subjects, name=None):
    """Bind role ``rNUMBER``, or one of another name."""
    binding = "RoleBinding" if space else "ClusterRoleBinding"
    ref = {"apiGroup": RBAC, "kind": kind, "name": name or f"r{number}"}
    return _object(binding, f"b{number}", space, f"{RBAC}/v1", roleRef=ref, subjects=subjects)
