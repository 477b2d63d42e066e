"""Small random clusters, as the objects of a file, with wildcards wherever RBAC takes them."""

import random

RBAC = "rbac.authorization.k8s.io"
SPACES = ("aa", "bb")
MASTERS = {"labels": {"node-role.kubernetes.io/control-plane": ""}}

GROUPS = (
    ("*",),
    ("*",),
    ("",),
    ("",),
    ("", "apps"),
    ("apps", "batch"),
    ("", "*"),
    (RBAC,),
    ("operators.coreos.com", "apps"),
    ("monitoring.coreos.com",),
    ("shop.example.com",),
)
RESOURCES = (
    ("*",),
    ("*",),
    ("*",),
    ("*/exec",),
    ("*/token", "pods"),
    ("*/proxy", "nodes"),
    ("*/*",),
    ("secrets",),
    ("secrets", "*"),
    ("pods", "pods/exec", "configmaps"),
    ("pods/*",),
    ("serviceaccounts/token",),
    ("serviceaccounts", "users", "groups"),
    ("roles", "clusterroles", "rolebindings", "clusterrolebindings"),
    ("deployments", "daemonsets", "statefulsets"),
    ("prometheuses", "subscriptions"),
    ("orders",),
    ("nodes", "nodes/proxy", "persistentvolumes"),
)
VERBS = (
    ("*",),
    ("*",),
    ("get",),
    ("get", "list", "watch"),
    ("create", "get", "update"),
    ("delete", "list", "update"),
    ("create", "patch"),
    ("escalate", "patch", "*"),
    ("bind", "create"),
    ("impersonate",),
    ("deletecollection", "create"),
)
NAMES = (("p0",), ("x0",), ("default",), ("d0", "x1"), ("*",), ("admin", "edit"), ("",))
URLS = (("*",), ("/healthz", "/metrics"), ("/logs*",), ("/api/*", "*"))
SUBJECTS = (
    *(("User", name) for name in ("bob", "zoe", "*", "system:serviceaccount:aa:s0")),
    ("Group", "ops"),
    ("Group", "system:authenticated"),
    ("Group", "system:serviceaccounts"),
    ("Group", "system:serviceaccounts:aa"),
    ("Group", "system:serviceaccounts:cc"),
    ("Group", "*"),
    *(("ServiceAccount", name) for name in ("default", "s0", "s1")),
)
OWN_TYPE = ("shop.example.com", "orders", "Order")
"""A custom type that some inputs define."""


def wild_objects(seed):
    """Return the objects of a cluster."""
    rng = random.Random(seed)
    objects = [made("Node", "n0", metadata=rng.choice(({}, MASTERS)), spec={})]
    for space in SPACES:
        objects += in_namespace(rng, space)
    if rng.random() < 0.25:
        objects.append(definition())
    roles = [("ClusterRole", f"c{n}", "") for n in range(rng.randint(1, 3))]
    roles += [("Role", f"r{n}", rng.choice(SPACES)) for n in range(rng.randint(0, 2))]
    for kind, name, space in roles:
        rules = [a_rule(rng) for _ in range(rng.choice((1, 1, 2, 3)))]
        objects.append(made(kind, name, space, f"{RBAC}/v1", rules=rules))
    if rng.random() < 0.15:
        objects += aggregated(rng)
        roles.append(("ClusterRole", "agg", ""))
    for number in range(rng.randint(2, 6)):
        objects.append(bound(rng, f"b{number}", *rng.choice(roles)))
    return objects


def a_rule(rng):
    """Return a rule, with ``*`` in some of its fields, and not always with what it means."""
    if rng.random() < 0.07:
        return {"nonResourceURLs": [*rng.choice(URLS)], "verbs": [*rng.choice(VERBS)]}
    fields = {"apiGroups": GROUPS, "resources": RESOURCES, "verbs": VERBS}
    rule = {name: [*rng.choice(values)] for name, values in fields.items()}
    if rng.random() < 0.25:
        rule["resourceNames"] = [*rng.choice(NAMES)]
    return rule


def in_namespace(rng, space):
    """Yield a namespace with what is in it."""
    yield made("Namespace", space, metadata=rng.choice(({}, {}, {"labels": ENFORCED})))
    for name in ("default", "s0", "s1")[: rng.randint(1, 3)]:
        yield made("ServiceAccount", name, space)
    for name in ("x0", "x1")[: rng.randint(1, 2)]:
        yield made("Secret", name, space, type="Opaque", data={"password": "eA=="})
    if rng.random() < 0.25:
        yield made(
            "Secret",
            "t0",
            space,
            metadata={"annotations": {"kubernetes.io/service-account.name": "s0"}},
            type="kubernetes.io/service-account-token",
            data={"token": "eA=="},
        )
    if rng.random() < 0.6:
        status = {"phase": "Running", "containerStatuses": [{"name": "c", "ready": True}]}
        pod = {**pod_spec(rng), "nodeName": "n0"}
        yield made("Pod", "p0", space, metadata={"labels": {"app": "p0"}}, spec=pod, status=status)
    if rng.random() < 0.5:
        labels = {"app": "d0"}
        template = {"metadata": {"labels": labels}, "spec": pod_spec(rng)}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        yield made("Deployment", "d0", space, "apps/v1", spec=spec)


ENFORCED = {"pod-security.kubernetes.io/enforce": "restricted"}


def pod_spec(rng):
    """Return a Pod that may hold a Secret, a token, or its node."""
    container = {"name": "c", "image": "img:1"}
    spec = {
        "serviceAccountName": rng.choice(("default", "s0", "s1")),
        "automountServiceAccountToken": rng.random() < 0.7,
        "containers": [container],
    }
    if rng.random() < 0.5:
        spec["volumes"] = [{"name": "v", "secret": {"secretName": rng.choice(("x0", "x1"))}}]
        container["volumeMounts"] = [{"name": "v", "mountPath": "/v"}]
    if rng.random() < 0.15:
        container["securityContext"] = {"privileged": True}
    return spec


def definition():
    """Return the definition of a custom type, which no operator serves."""
    group, plural, kind = OWN_TYPE
    version = {"name": "v1", "served": True, "storage": True}
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"plural": plural, "kind": kind},
        "versions": [version],
    }
    name = f"{plural}.{group}"
    return made("CustomResourceDefinition", name, "", "apiextensions.k8s.io/v1", spec=spec)


def aggregated(rng):
    """Yield a role that takes the rules of others, and one that it takes."""
    labels = {"into": "agg"}
    selector = {"clusterRoleSelectors": [{"matchLabels": labels}]}
    version = f"{RBAC}/v1"
    yield made("ClusterRole", "agg", "", version, aggregationRule=selector, rules=[])
    metadata = {"labels": labels}
    yield made("ClusterRole", "part", "", version, metadata=metadata, rules=[a_rule(rng)])


def bound(rng, name, role_kind, role, space):
    """Return a binding of a role to some subjects."""
    wide = not space and rng.random() < 0.35
    where = "" if wide else space or rng.choice(SPACES)
    subjects = [a_subject(*one, rng) for one in rng.sample(SUBJECTS, rng.choice((1, 1, 2)))]
    ref = {"apiGroup": RBAC, "kind": role_kind, "name": role}
    kind = "ClusterRoleBinding" if wide else "RoleBinding"
    return made(kind, name, where, f"{RBAC}/v1", roleRef=ref, subjects=subjects)


def a_subject(kind, name, rng):
    """Return a subject of a binding."""
    if kind == "ServiceAccount":
        return {"kind": kind, "name": name, "namespace": rng.choice((*SPACES, "cc"))}
    return {"kind": kind, "name": name, "apiGroup": RBAC}


def made(kind, name, namespace="", version="v1", **fields):
    """Return an object."""
    metadata = {"name": name, "uid": f"{kind}-{namespace}-{name}", **fields.pop("metadata", {})}
    if namespace:
        metadata["namespace"] = namespace
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
