"""Small random clusters for laws, made from a seed: dense enough that paths cross."""

import random

import msgspec

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import core, rbac
from rbacgraph.sources.pods import wire_pods
from rbacgraph.sources.pods.pods import to_pod

RBAC = "rbac.authorization.k8s.io"
NAMESPACES = ("a", "b")
RULES = (
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"], "resourceNames": ["s0"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["pods/attach"], "verbs": ["create"]},
    {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["serviceaccounts/token"], "verbs": ["create"]},
    {
        "apiGroups": [""],
        "resources": ["serviceaccounts/token"],
        "verbs": ["create"],
        "resourceNames": ["x"],
    },
    {"apiGroups": [""], "resources": ["serviceaccounts"], "verbs": ["impersonate"]},
    {
        "apiGroups": [""],
        "resources": ["serviceaccounts"],
        "verbs": ["impersonate"],
        "resourceNames": ["y", "ghost"],
    },
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    {
        "apiGroups": [""],
        "resources": ["secrets"],
        "verbs": ["create", "patch"],
        "resourceNames": ["new"],
    },
    {"apiGroups": [RBAC], "resources": ["rolebindings"], "verbs": ["create"]},
    {"apiGroups": [RBAC], "resources": ["rolebindings"], "verbs": ["patch"]},
    {
        "apiGroups": [RBAC],
        "resources": ["clusterroles"],
        "verbs": ["bind"],
        "resourceNames": ["r0", "r1"],
    },
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["deletecollection"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["patch"]},
    {"apiGroups": [""], "resources": ["pods/ephemeralcontainers"], "verbs": ["update"]},
    {"apiGroups": [""], "resources": ["nodes/proxy"], "verbs": ["get"], "resourceNames": ["n1"]},
    {"apiGroups": ["apps"], "resources": ["deployments", "daemonsets"], "verbs": ["update"]},
)
JOINT = (
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"], "resourceNames": ["new"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["new"]},
    {
        "apiGroups": [""],
        "resources": ["serviceaccounts/token"],
        "verbs": ["create"],
        "resourceNames": ["x"],
    },
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"], "resourceNames": ["s0"]},
)
"""Rules: most of them are only a part of something."""

SUBJECTS = (
    {"kind": "User", "name": "alice"},
    {"kind": "User", "name": "system:serviceaccount:a:x"},
    {"kind": "Group", "name": "devs"},
    {"kind": "Group", "name": "system:serviceaccounts"},
    {"kind": "Group", "name": "system:serviceaccounts:a"},
    {"kind": "Group", "name": "system:authenticated"},
    {"kind": "ServiceAccount", "name": "x", "namespace": "a"},
    {"kind": "ServiceAccount", "name": "y", "namespace": "b"},
    {"kind": "ServiceAccount", "name": "ghost", "namespace": "b"},
)

UNSURE = (
    ("a", {"resources": ["secrets"], "verbs": ["create", "get"]}, SUBJECTS[2:6]),
    ("a", {"resources": ["secrets"], "verbs": ["create"]}, SUBJECTS[8:]),
    (
        "b",
        {"resources": ["serviceaccounts/token"], "verbs": ["create"], "resourceNames": ["ghost"]},
        SUBJECTS[:2],
    ),
    (
        "b",
        {"resources": ["secrets"], "verbs": ["get"], "resourceNames": ["s0"]},
        ({"kind": "ServiceAccount", "name": "y", "namespace": "a"},),
    ),
)
"""Rights that make up a technique for certain, or only if b/ghost exists, and who may have them."""


def random_snapshot(seed: int) -> Snapshot:
    rng = random.Random(seed)
    rules, most = rng.choice(((RULES, 4), (JOINT, 7)))
    accounts = [(namespace, name) for namespace in NAMESPACES for name in ("x", "y")]
    snapshot = Snapshot(
        kubernetes_version=(1, 36),
        listed=frozenset({("Secret", "")}) if rng.random() < 0.5 else frozenset(),
        groups=rng.choice(({}, {"alice": ("devs",)}, {"bob": ("system:masters", "devs")})),
        namespaces=tuple(_made(core.Namespace, "", name) for name in NAMESPACES),
        service_accounts=tuple(_made(core.ServiceAccount, *key) for key in accounts),
        secrets=tuple(_secrets(rng)),
        cluster_roles=tuple(
            _made(rbac.ClusterRole, "", f"r{i}", rules=rng.sample(rules, rng.randint(1, 2)))
            for i in range(3)
        ),
        role_bindings=tuple(
            _made(rbac.RoleBinding, rng.choice(NAMESPACES), f"b{i}", **_binding(rng))
            for i in range(rng.randint(1, most))
        ),
        cluster_role_bindings=tuple(
            _made(rbac.ClusterRoleBinding, "", f"c{i}", **_binding(rng))
            for i in range(rng.randint(0, 2))
        ),
        pods=tuple(_pods(rng)),
    )
    return _with_unsure(snapshot, rng) if rng.random() < 0.25 else snapshot


def _with_unsure(snapshot: Snapshot, rng: random.Random) -> Snapshot:
    """Add what a group may get for certain, and a member of it only on a condition."""
    roles, bindings = [], []
    for i, (namespace, rule, subjects) in enumerate(UNSURE):
        if rng.random() < 0.9:
            reference = {"kind": "ClusterRole", "name": f"u{i}"}
            rules = [{"apiGroups": [""], **rule}]
            roles.append(_made(rbac.ClusterRole, "", f"u{i}", rules=rules))
            bindings.append(
                _made(
                    rbac.RoleBinding,
                    namespace,
                    f"u{i}",
                    roleRef=reference,
                    subjects=[rng.choice(subjects)],
                )
            )
    return msgspec.structs.replace(
        snapshot,
        cluster_roles=(*snapshot.cluster_roles, *roles),
        role_bindings=(*snapshot.role_bindings, *bindings),
    )


def _made(kind, namespace, name, **fields):
    metadata = {"name": name, "namespace": namespace, **fields.pop("metadata", {})}
    return msgspec.convert({"metadata": metadata, **fields}, kind)


def _binding(rng):
    reference = {"kind": "ClusterRole", "name": f"r{rng.randrange(4)}"}
    return {"roleRef": reference, "subjects": rng.sample(SUBJECTS, rng.randint(1, 2))}


def _secrets(rng):
    for namespace in NAMESPACES:
        for name in ("s0", "s1"):
            yield _made(core.Secret, namespace, name)
    if rng.random() < 0.7:
        key = "kubernetes.io/service-account.name"
        yield _made(
            core.Secret,
            rng.choice(NAMESPACES),
            "token",
            metadata={"annotations": {key: rng.choice(("x", "y"))}},
            type="kubernetes.io/service-account-token",
        )


def _pods(rng):
    for i in range(rng.randint(0, 3)):
        source = {"secretKeyRef": {"name": rng.choice(("s0", "s1")), "key": "k"}}
        container = {"name": "c", "env": [{"name": "E", "valueFrom": source}]}
        place = rng.choice(("containers", "initContainers"))
        spec = {
            "serviceAccountName": rng.choice(("x", "y", "default")),
            "containers": [{"name": "main"}],
            "nodeName": rng.choice(("n1", "n2", "")),
        }
        spec[place] = [container]
        fields = {
            "metadata": {"annotations": rng.choice(({}, {}, {"kubernetes.io/config.mirror": "h"}))},
            "status": {"phase": rng.choice(("Running", "Pending", "Succeeded"))},
        }
        yield to_pod(_made(wire_pods.WirePod, rng.choice(NAMESPACES), f"p{i}", spec=spec, **fields))
