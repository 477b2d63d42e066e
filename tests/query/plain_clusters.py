"""Small random clusters of plain objects, with most of the rights that techniques need."""

import gzip
import json
import random
from base64 import b64encode

ACTING = "authentication.k8s.io"
RBAC, CERTIFICATES = "rbac.authorization.k8s.io", "certificates.k8s.io"
SPACES = ("a", "b")
SECRETS, ACCOUNTS, PODS, ROLES, BINDINGS = ["s", "t"], ["x", "y"], ["p", "q"], ["r0", "r1"], ["b0"]
WORKLOADS = [("statefulsets", "apps"), ("cronjobs", "batch"), ("jobs", "batch")]
READS = ("get", "list", "watch", "patch", "delete", "deletecollection")
RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""What the level restricted asks of a container."""

SIGNER = "kubernetes.io/kube-apiserver-client"


def _rule(verbs, resource, names=None, group=""):
    rule = {"apiGroups": [group], "resources": [resource], "verbs": verbs.split()}
    return rule if names is None else {**rule, "resourceNames": names}


class Rights:
    """What a technique needs, now and then by a name or with a near miss."""

    def __init__(self, rng):
        self.rng = rng

    def one_of(self, *choices):
        return self.rng.choice(choices)

    def names(self, names):
        return self.one_of(None, None, [self.rng.choice(names)])

    def made(self, resource, group=""):
        writes = self.one_of("create patch", "create update", "create")
        return self.one_of(
            _rule("create", resource, None, group), _rule(writes, resource, ["x"], group)
        )

    def pods(self):
        return self.one_of(self.made("pods"), self.made("pods"), self.made(*self.workload()))

    def workload(self):
        return self.one_of(("deployments", "apps"), *WORKLOADS)

    def change(self):
        return self.one_of("patch", "update")

    def secrets(self):
        verbs = self.one_of(*READS, "create", "update")
        return [_rule(verbs, "secrets", self.one_of(None, SECRETS[:1], [""]))]

    def token_secrets(self):
        return [
            self.one_of(self.made("secrets"), _rule("update", "secrets", self.names(SECRETS))),
            _rule(self.one_of(*READS), "secrets", self.one_of(None, ["x"], SECRETS[:1])),
        ]

    def accounts(self):
        verbs = self.one_of("create", "impersonate")
        resource = self.one_of("serviceaccounts/token", "serviceaccounts")
        return [_rule(verbs, resource, self.names([*ACCOUNTS, "ghost"]))]

    def running(self):
        verb, resource = self.one_of(
            ("create", "pods/exec"),
            ("get", "pods/exec"),
            ("patch", "pods"),
            ("update", "pods/ephemeralcontainers"),
            ("patch", "pods/status"),
        )
        return [_rule(verb, resource, self.names(PODS))]

    def debugged(self):
        entered = self.one_of(("patch", "pods/ephemeralcontainers"), ("create", "pods/exec"))
        return [
            _rule(*entered, self.names(PODS)),
            self.one_of(self.made("secrets"), _rule("update", "secrets", self.names(SECRETS))),
        ]

    def lifted(self):
        """Change Pods of a namespace whose level one may take away."""
        changed = self.one_of("pods", "pods/ephemeralcontainers")
        return [
            _rule(self.change(), "namespaces", self.names(SPACES)),
            _rule(self.change(), changed, self.names(PODS)),
        ]

    def workloads(self):
        resource, group = self.workload()
        return [self.one_of(self.pods(), _rule(self.change(), resource, self.names("d"), group))]

    def hosts(self):
        return [
            self.one_of(
                _rule("get", "nodes/proxy", self.names(["n1"])),
                _rule("delete", "nodes/proxy"),
                _rule("create", "persistentvolumes"),
                _rule(self.change(), "namespaces", self.names(SPACES)),
                _rule(self.change(), "namespaces/finalize"),
            ),
            self.pods(),
        ]

    def others(self):
        return [
            _rule("impersonate", self.one_of("users", "serviceaccounts"), self.names(["alice"])),
            _rule("impersonate", "groups", [self.one_of("dev", "ops", "system:masters")]),
        ]

    def bindings(self):
        resource = self.one_of("rolebindings", "clusterrolebindings")
        written = self.one_of(
            self.made(resource, RBAC), _rule(self.change(), resource, self.names(BINDINGS), RBAC)
        )
        on = self.one_of("roles", "clusterroles", "rolebindings")
        return [written, _rule("bind", on, self.names(ROLES), RBAC)]

    def roles(self):
        resource = self.one_of("roles", "clusterroles")
        written = self.one_of(
            self.made(resource, RBAC), _rule(self.change(), resource, self.names(ROLES), RBAC)
        )
        return [written, _rule("escalate", resource, self.one_of(None, ROLES[:1], ["x"]), RBAC)]

    def aggregation(self):
        verbs = self.one_of("create", "patch", "update", "create patch")
        names = self.one_of(None, ["view"], ["r0"], ["x"])
        return [
            _rule(verbs, "clusterroles", names, RBAC),
            _rule("escalate", "clusterroles", self.one_of(None, names), RBAC),
        ]

    def acting(self):
        """Act as another for some requests."""
        mode, resource, names = self.one_of(
            ("user-info", "users", ["alice", "bob"]),
            ("user-info", "users", ["alice", "bob"]),
            ("serviceaccount", "serviceaccounts", ["x", "ghost"]),
        )
        verb, on, named = self.one_of(
            ("get", "secrets", SECRETS),
            ("list", "secrets", SECRETS),
            ("create", "pods/exec", PODS),
            ("create", "pods", None),
            ("create", "serviceaccounts/token", ACCOUNTS),
        )
        found = [
            _rule(f"impersonate:{mode}", resource, self.names(names), ACTING),
            _rule(f"impersonate-on:{mode}:{verb}", on, named and self.names(named)),
        ]
        if self.rng.random() < 0.4:
            groups = self.one_of(None, ["dev"], ["ops"])
            found.append(_rule(f"impersonate:{mode}", "groups", groups, ACTING))
        return found

    def applying(self):
        """Patch or update as another, which creates what is not there."""
        mode, resource = self.one_of(("user-info", "users"), ("serviceaccount", "serviceaccounts"))
        on, group, names = self.one_of(
            *((one, "", ["x", *ACCOUNTS]) for one in ("pods", "secrets", "serviceaccounts")),
            *((one, RBAC, ["x", *ROLES]) for one in ("roles", "clusterroles", "rolebindings")),
            ("clusterrolebindings", RBAC, ["x"]),
            ("certificatesigningrequests", CERTIFICATES, ["x"]),
            *((*one, ["x", "d"]) for one in WORKLOADS),
            ("persistentvolumes", "", ["x"]),
        )
        write = self.one_of("patch", "patch", "update")
        found = [
            _rule(f"impersonate:{mode}", resource, None, ACTING),
            _rule(f"impersonate-on:{mode}:{write}", on, self.names(names), group),
        ]
        writes = f"create {write}" if self.rng.random() < 0.8 else "create"
        owned = [_rule(writes, on, self.names(names), group), *self.beside(on)]
        if mode == "user-info":
            return found, owned, {"kind": "User", "name": "bob", "apiGroup": RBAC}
        account = {"kind": "ServiceAccount", "namespace": self.one_of(*SPACES)}
        return found, owned, {**account, "name": self.one_of(*ACCOUNTS)}

    def beside(self, resource):
        """What one must also have to gain by writing something."""
        if resource.endswith("roles"):
            return [_rule("escalate", resource, None, RBAC)]
        if resource.endswith("rolebindings"):
            return [_rule("bind", self.one_of("roles", "clusterroles"), self.names(ROLES), RBAC)]
        if resource == "certificatesigningrequests":
            return self.one_of(self.certificates()[1:], self.nodes()[1:])
        return self.one_of([], [], self.pods_of_level())

    def pods_of_level(self):
        return [self.made("pods"), _rule(self.change(), "namespaces", self.names(SPACES))]

    def nodes(self):
        """Be a kubelet, and bind a Pod that waits."""
        requests = "certificatesigningrequests"
        return [
            self.made(requests, CERTIFICATES),
            _rule("create", f"{requests}/nodeclient", None, CERTIFICATES),
            _rule(self.one_of(*READS, "update"), requests, self.names(["x"]), CERTIFICATES),
            _rule("create", self.one_of("pods/binding", "bindings"), self.names(["w"])),
        ]

    def certificates(self):
        requests = "certificatesigningrequests"
        signer = self.one_of(SIGNER, f"{SIGNER}-kubelet", "kubernetes.io/*")
        return [
            self.made(requests, CERTIFICATES),
            _rule(self.change(), f"{requests}/approval", self.one_of(None, ["x"]), CERTIFICATES),
            _rule("approve", "signers", [signer], CERTIFICATES),
        ]

    def freed(self):
        """Make something of a name that is taken, once it is deleted."""
        resource, group, name = self.one_of(
            ("secrets", "", "s"),
            ("pods", "", "p"),
            ("deployments", "apps", "d"),
            ("jobs", "batch", "d"),
            ("rolebindings", RBAC, "b0"),
            ("clusterrolebindings", RBAC, "b1"),
        )
        writes = self.one_of("create patch", "create patch delete", "create update delete")
        rules = [_rule(writes, resource, [name], group)]
        if group == RBAC:
            rules.append(_rule("bind", self.one_of("roles", "clusterroles"), ROLES, RBAC))
        return rules

    def reached(self):
        """Roles; one may bind some of them to itself."""
        resource = self.one_of("rolebindings", "clusterrolebindings")
        names = self.one_of(["r2", "r3"], ["r1", "r4"], ["edit", "r0"])
        return [_rule("create", resource, None, RBAC), _rule("bind", "clusterroles", names, RBAC)]

    def half(self):
        """One rule of a technique that needs several."""
        find = self.one_of(
            *(self.secrets, self.token_secrets, self.bindings, self.roles, self.others),
            self.certificates,
        )
        return [self.one_of(*find())]

    def held(self):
        """Read what holds Secrets, or an identity."""
        names = self.one_of([TOKEN], ["bootstrap-token-fedcba"], RELEASES, RELEASES[1::2])
        verbs = self.one_of(*READS, "update", "create patch", "create patch delete")
        return [
            _rule(verbs, "secrets", names),
            _rule(self.one_of(*READS), "configmaps", self.one_of(None, names)),
        ]

    def finds(self):
        alone = (self.half, self.half, self.of_a_technique, self.of_a_technique)
        return (*alone, self.aggregation, self.acting, self.freed, self.reached)

    def of_a_technique(self):
        find = self.one_of(
            *(self.secrets, self.secrets, self.token_secrets, self.accounts, self.accounts),
            *(self.running, self.debugged, self.workloads, self.hosts, self.others),
            *(self.bindings, self.roles, self.certificates, self.nodes, self.lifted),
        )
        found = find()
        if len(found) > 1 and self.rng.random() < 0.25:
            found.remove(self.one_of(*found))
        return found


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


def random_objects(seed):
    rng = random.Random(seed)
    objects = _cluster(rng)
    rights = Rights(rng)
    for number in range(rng.randint(3, 7)):
        space = rng.choice((*SPACES, ""))
        kind = "Role" if space and rng.random() < 0.5 else "ClusterRole"
        inside = space if kind == "Role" else ""
        rules = rights.of_a_technique()
        objects.append(_object(kind, f"r{number}", inside, f"{RBAC}/v1", rules=rules))
        name = None if rng.random() < 0.9 else "x"
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, kind, space, subjects, name))
    return objects


def objects_of_halves(seed):
    """Roles that do little alone; a user may bind some of them to itself beside others."""
    rng = random.Random(seed)
    objects = _cluster(rng)
    rights = Rights(rng)
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    numbers = range(7)
    for number in numbers:
        rules = [rule for _ in range(rng.randint(1, 2)) for rule in rights.half()]
        space = rng.choice((*SPACES, "", ""))
        subject = _subject(rng)
        if number < 2:
            resource = rng.choice(("rolebindings", "clusterrolebindings"))
            names = [f"r{rng.choice(numbers)}" for _ in range(2)]
            rules += [
                _rule("create", resource, None, RBAC),
                _rule("bind", "clusterroles", names, RBAC),
            ]
            subject = alice
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        if number < 2 or rng.random() < 0.5:
            objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects


READING = _rule("get list watch", "pods")
EDITING = [
    _rule("get list watch", "secrets"),
    _rule("create delete deletecollection patch update", "secrets"),
    _rule("create delete deletecollection patch update", "pods"),
    _rule("create delete deletecollection patch update", "deployments", None, "apps"),
    _rule("create", "pods/exec"),
    _rule("impersonate", "serviceaccounts"),
    _rule("create", "serviceaccounts/token"),
]
ADMINISTERING = [
    _rule("create delete deletecollection get list patch update watch", "rolebindings", None, RBAC),
    _rule("create delete deletecollection get list patch update watch", "roles", None, RBAC),
]
SHIPPED = {"view": [READING], "edit": [READING, *EDITING]}
SHIPPED |= {"admin": [*SHIPPED["edit"], *ADMINISTERING]}
"""What matters of the roles that users are bound to, as the server fills them in."""

GROUPS = (
    *("system:authenticated", "system:serviceaccounts", "system:serviceaccounts:b"),
    *("system:unauthenticated", "system:nodes", "dev"),
)
NAMED = ("system:node:n1", "system:serviceaccount:a:x", "alice", "bob")


def _shipped(name):
    label = {f"rbac.authorization.k8s.io/aggregate-to-{name}": "true"}
    selected = {"clusterRoleSelectors": [{"matchLabels": label}]}
    version = f"{RBAC}/v1"
    return _object("ClusterRole", name, "", version, rules=SHIPPED[name], aggregationRule=selected)


def _somebody(rng):
    if rng.random() < 0.3:
        return _subject(rng)
    kind = rng.choice(("Group", "Group", "User"))
    return {
        "kind": kind,
        "name": rng.choice(GROUPS if kind == "Group" else NAMED),
        "apiGroup": RBAC,
    }


def objects_of_defaults(seed):
    """The roles that users are bound to, and the groups that every server knows."""
    rng = random.Random(seed)
    objects = [*_cluster(rng), *map(_shipped, SHIPPED)]
    rights = Rights(rng)
    for number in range(rng.randint(3, 6)):
        find = rng.choice((rights.of_a_technique, rights.aggregation))
        role = _object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=find())
        space = rng.choice((*SPACES, ""))
        name = rng.choice((None, None, *SHIPPED))
        objects += [role, _bound(number, "ClusterRole", space, [_somebody(rng)], name)]
    return objects


def objects_of_acting(seed):
    """Rights to act as others for some requests, beside rights of these others."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    for number in range(rng.randint(4, 8)):
        acting = rng.random() < 0.4
        rules = rights.acting() if acting else rights.of_a_technique()
        space = rng.choice((*SPACES, "", "")) if acting else rng.choice((*SPACES, ""))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subjects = [_subject(rng) for _ in range(rng.randint(1, 2))]
        objects.append(_bound(number, "ClusterRole", space, subjects))
    return objects


def objects_of_applying(seed):
    """Rights to patch and update as others who may create, and some more of everybody."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    numbers = iter(range(100))

    def give(rules, subject):
        number = next(numbers)
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "", "", "")), [subject]))

    for _ in range(rng.randint(1, 3)):
        acting, owned, other = rights.applying()
        give(acting, _subject(rng))
        for part in rng.choice(([owned], [owned], [owned[:1], owned[1:]])):
            give(part, other)
    if rng.random() < 0.3:
        give(rights.of_a_technique(), _subject(rng))
    return objects


def objects_of_all(seed):
    """Some of everything above: roles of several techniques, bound to whomever a server knows."""
    rng = random.Random(seed)
    shipped = [_shipped(name) for name in SHIPPED if rng.random() < 0.4]
    objects, rights = [*_cluster(rng), *shipped], Rights(rng)
    names = [None, None, None, "x", *(role["metadata"]["name"] for role in shipped)]
    for number in range(rng.randint(3, 8)):
        space = rng.choice((*SPACES, "", ""))
        kind = "Role" if space and rng.random() < 0.3 else "ClusterRole"
        finds = rng.choices(rights.finds(), k=rng.choice((1, 1, 2, 3)))
        rules = [rule for find in finds for rule in find()]
        inside = space if kind == "Role" else ""
        objects.append(_object(kind, f"r{number}", inside, f"{RBAC}/v1", rules=rules))
        if rng.random() < 0.8:
            name = rng.choice(names) if kind == "ClusterRole" else None
            subjects = [_somebody(rng) for _ in range(rng.randint(1, 2))]
            objects.append(_bound(number, kind, space, subjects, name))
    return objects


NOWHERE = "c"
"""A namespace that bindings name and that is not there."""


def _of_nowhere(rng):
    account = {"kind": "ServiceAccount", "namespace": NOWHERE}
    group = {"kind": "Group", "name": f"system:serviceaccounts:{NOWHERE}", "apiGroup": RBAC}
    names = rng.choice(("default", "ghost"))
    return rng.choice(({**account, "name": names}, {**account, "name": names}, group))


def objects_of_nowhere(seed):
    """Bindings to accounts of a namespace that is not there, beside rights to make it."""
    rng = random.Random(seed)
    objects, rights = _cluster(rng), Rights(rng)
    finds = rights.secrets, rights.token_secrets, rights.accounts, rights.workloads, rights.others
    for number in range(rng.randint(4, 8)):
        name = rng.choice((None, [NOWHERE], [NOWHERE], ["x"]))
        rules = rng.choice(finds)()
        if rng.random() < 0.4:
            rules = [
                _rule(rng.choice(("create", "create patch")), "namespaces", name),
                rng.choice(
                    (
                        _rule("create", "pods"),
                        _rule("create", "serviceaccounts/token"),
                        _rule("create", "serviceaccounts/token", ["default"]),
                    )
                ),
            ]
        elif rng.random() < 0.3:
            rules = [_rule("create", rng.choice(("serviceaccounts", "secrets"))), *rules]
        space = rng.choice((*SPACES, "", "", ""))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subject = _of_nowhere(rng) if rng.random() < 0.4 else _subject(rng)
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects + _left_behind(rng)


def _left_behind(rng):
    """What outlasted a namespace, or came with it after the namespaces were listed."""
    secret = _object("Secret", rng.choice(SECRETS), NOWHERE, type="Opaque", data={"k": "eA=="})
    account = _object("ServiceAccount", rng.choice(("default", "ghost", "x")), NOWHERE)
    return [one for one in (secret, account) if rng.random() < 0.4]


RELEASES = [f"sh.helm.release.v1.{name}.v{number}" for name in "hi" for number in (1, 2)]
TOKEN = "bootstrap-token-abcdef"
SYSTEM = "kube-system"
BOOTSTRAPPERS = ("system:bootstrappers", "system:bootstrappers:x", "system:bootstrap:abcdef")


def _release(rng, space, full_name):
    """What Helm keeps of a release, in a Secret or a ConfigMap."""
    *_, name, revision = full_name.split(".")
    made = {"kind": "Secret", "apiVersion": "v1", "data": {rng.choice("kkkj"): "eA=="}}
    texts = [
        json.dumps({**made, "metadata": {"name": secret, **rng.choice(({}, {"namespace": "b"}))}})
        for secret in rng.sample(SECRETS, rng.randint(1, 2))
    ]
    told = {
        "name": name,
        "namespace": space,
        "version": int(revision[1:]),
        "info": {"status": rng.choice(("deployed", "deployed", "superseded", "failed"))},
        "manifest": "".join(f"---\n{text}\n" for text in texts),
        "hooks": [],
    }
    packed = b64encode(gzip.compress(json.dumps(told).encode(), mtime=0)).decode()
    if rng.random() < 0.3:
        return _object("ConfigMap", full_name, space, data={"release": packed})
    twice = b64encode(packed.encode()).decode()
    return _object("Secret", full_name, space, type="helm.sh/release.v1", data={"release": twice})


def _control_plane(rng):
    """A namespace of the control plane, its node, and maybe a bootstrap token."""
    yield from (_object("Namespace", SYSTEM), _object("Node", "cp", metadata={"labels": CONTROL}))
    if rng.random() < 0.7:
        pod = _pod(rng, SYSTEM, "kube-apiserver-cp")
        takes = rng.choice(("true", "true", "false"))
        tokens = f"--enable-bootstrap-token-auth={takes}"
        container = {
            **pod["spec"]["containers"][0],
            "command": ["kube-apiserver", "--authorization-mode=Node,RBAC", tokens],
            "volumeMounts": [],
            "envFrom": [],
        }
        spec = {**pod["spec"], "nodeName": "cp", "volumes": [], "containers": [container]}
        yield {**pod, "spec": spec, "status": {"phase": "Running"}}
    if rng.random() < 0.5:
        data = {
            "token-id": "eA==",
            "token-secret": "eA==",
            "usage-bootstrap-authentication": "eA==",
        }
        token_type = "bootstrap.kubernetes.io/token"
        yield _object("Secret", TOKEN, SYSTEM, type=token_type, data=data)


CONTROL = {"node-role.kubernetes.io/control-plane": ""}


def objects_of_holders(seed):
    """Secrets and ConfigMaps that hold other Secrets, and Secrets that are an identity."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_control_plane(rng)], Rights(rng)
    objects += [
        _release(rng, space, name) for space in SPACES for name in RELEASES if rng.random() < 0.4
    ]
    for number in range(rng.randint(3, 7)):
        find = rng.choice((rights.held, rights.held, rights.of_a_technique))
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=find()))
        name = rng.choice(BOOTSTRAPPERS)
        kind = "User" if name == BOOTSTRAPPERS[-1] else "Group"
        if find == rights.held or rng.random() < 0.3:
            space, subject = rng.choice((*SPACES, SYSTEM, SYSTEM, "")), _subject(rng)
        else:
            space, subject = "", {"kind": kind, "name": name, "apiGroup": RBAC}
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects


ADMISSION = "admissionregistration.k8s.io"
CUSTOM = (
    *("rollouts.argoproj.io", "workflows.argoproj.io", "applications.argoproj.io"),
    *("prometheuses.monitoring.coreos.com", "servicemonitors.monitoring.coreos.com"),
    *("kustomizations.kustomize.toolkit.fluxcd.io", "gitrepositories.source.toolkit.fluxcd.io"),
    *("helmcharts.helm.cattle.io", "bundles.fleet.cattle.io", "taskruns.tekton.dev"),
    *("pushsecrets.external-secrets.io", "clusterpushsecrets.external-secrets.io"),
    *("secretstores.external-secrets.io", "clustersecretstores.external-secrets.io"),
)
CONFIGURED = (
    *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
    *("mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
    *("validatingadmissionpolicies", "validatingadmissionpolicies"),
)
OPERATORS = ("argocd-application-controller", "kustomize-controller")


def _on_operators(rights):
    """What lets one have an operator, or a webhook of one's own, do something."""
    verbs = rights.one_of("create", "patch", "update", "create patch", "get list")
    names = rights.one_of(None, None, ["x"], ["hook"])
    resource, _, group = rights.one_of(*CUSTOM).partition(".")
    served = rights.one_of("pods/attach", "pods/portforward", "pods/proxy")
    return rights.one_of(
        [_rule(verbs, resource, names, group)],
        [_rule(verbs, resource, names, group)],
        [_rule(verbs, rights.one_of(*CONFIGURED), names, ADMISSION)],
        [_rule(verbs, one, names, ADMISSION) for one in CONFIGURED[2:4]],
        [_rule(rights.one_of("create", "get"), served, rights.names(PODS))],
        [_rule(rights.one_of("get", "list"), "services/proxy", rights.names(["svc"]))],
        [_rule(rights.change(), "serviceaccounts", rights.names(ACCOUNTS)), *rights.nodes()],
        [_rule(rights.one_of(*READS), "secrets", ["sealed"])],
    )


def _admission(rng):
    """A webhook that Pods serve, and a policy that is bound."""
    service = {"namespace": rng.choice(SPACES), "name": "svc"}
    rules = {
        "apiGroups": ["*"],
        "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [rng.choice(("secrets", "pods", "clusterrolebindings", "nodes"))],
    }
    webhook = {"name": "hook.example.com", "clientConfig": {"service": service}, "rules": [rules]}
    kind = rng.choice(("Mutating", "Validating")) + "WebhookConfiguration"
    version = f"{ADMISSION}/v1"
    if rng.random() < 0.6:
        yield _object(kind, "hook", "", version, webhooks=[webhook])
        selector = {"selector": {"app": rng.choice(PODS)}}
        yield _object("Service", "svc", rng.choice(SPACES), spec=selector)
    if rng.random() < 0.4:
        yield _object("MutatingAdmissionPolicy", "hook", "", version, spec={})
        spec = {"policyName": rng.choice(("hook", "x"))}
        yield _object("MutatingAdmissionPolicyBinding", "hook", "", version, spec=spec)


def _sealing(rng):
    """A key of the Sealed Secrets controller, and what is sealed with it."""
    labels = {"sealedsecrets.bitnami.com/sealed-secrets-key": "active"}
    tls = {"type": "kubernetes.io/tls", "data": {"tls.key": "eA=="}}
    yield _object("Secret", "sealed", "b", metadata={"labels": labels}, **tls)
    yield _object("SealedSecret", rng.choice(SECRETS), "a", "bitnami.com/v1alpha1", spec={})


def _with_parameters(rng):
    """A policy that takes Secrets as parameters, with those that its binding names."""
    taking = {"paramKind": {"apiVersion": "v1", "kind": "Secret"}}
    version = f"{ADMISSION}/v1"
    yield _object("ValidatingAdmissionPolicy", "hook", "", version, spec=taking)
    ref = rng.choice(({"name": "s"}, {"name": "t"}, {"selector": {}}))
    place = rng.choice(({}, {"namespace": "a"}))
    spec = {
        "policyName": rng.choice(("hook", "hook", "x")),
        "paramRef": {**ref, **place, "parameterNotFoundAction": "Allow"},
        "validationActions": ["Deny"],
    }
    yield _object("ValidatingAdmissionPolicyBinding", "hook", "", version, spec=spec)


def objects_of_operators(seed):
    """Operators, admission and ports beside other techniques; few of them give anything."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_admission(rng)], Rights(rng)
    objects += [_object("ServiceAccount", rng.choice(OPERATORS), "b"), *_with_parameters(rng)]
    objects += _sealing(rng) if rng.random() < 0.3 else []
    for number in range(rng.randint(3, 6)):
        find = rng.choice(rights.finds())
        rules = _on_operators(rights) if rng.random() < 0.6 else find()
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=rules))
        subject = _subject(rng)
        if rng.random() < 0.2:
            subject = {"kind": "ServiceAccount", "namespace": "b", "name": rng.choice(OPERATORS)}
        space = rng.choice((*SPACES, ""))
        objects.append(_bound(number, "ClusterRole", space, [subject]))
    return objects


def objects_of_pairs(seed):
    """A user with a few single rules, each for itself somewhere, as techniques need them."""
    rng = random.Random(seed)
    objects, rights = [*_cluster(rng), *_admission(rng), *_with_parameters(rng)], Rights(rng)
    alice = {"kind": "User", "name": "alice", "apiGroup": RBAC}
    for number in range(rng.randint(2, 4)):
        rule = rng.choice(
            (
                _rule("create", "pods"),
                _rule(rights.change(), "serviceaccounts"),
                _rule("create", "persistentvolumes"),
                _rule(rights.change(), rng.choice(CONFIGURED), None, ADMISSION),
                _rule("create", rng.choice(("configmaps", "events", "pods/exec"))),
                rng.choice(rng.choice(rights.finds())()),
            )
        )
        objects.append(_object("ClusterRole", f"r{number}", "", f"{RBAC}/v1", rules=[rule]))
        objects.append(_bound(number, "ClusterRole", rng.choice((*SPACES, "", "")), [alice]))
    return objects
