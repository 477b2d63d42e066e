"""Small clusters in which the rights of one technique are split at random over who gives them.

A right is held by a user, by a group that it may be in, by a ServiceAccount whose token it may
have, or by a role that one of these may bind to itself.
"""

import random
from typing import NamedTuple

from tests.query.plain.clusters.objects import CERTIFICATES, RBAC, _object, _rule
from tests.query.plain.clusters.rights import SIGNER

APPS, BATCH, SECURITY, USERS = "apps", "batch", "security.openshift.io", "user.openshift.io"
ADMISSION, STORAGE = "admissionregistration.k8s.io", "storage.k8s.io"
SNAPSHOT = f"snapshot.{STORAGE}"
CLUSTER_SCOPED = {
    *("persistentvolumes", "namespaces", "certificatesigningrequests", "signers", "clusterroles"),
    *("certificatesigningrequests/approval", "certificatesigningrequests/nodeclient"),
    *("clusterrolebindings", "users", "groups", "securitycontextconstraints"),
    *("mutatingadmissionpolicies", "mutatingadmissionpolicybindings"),
    *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
    *("nodes", "nodes/proxy", "csidrivers", "storageclasses", "volumesnapshotclasses"),
}
TOKEN = "bootstrap-token-123456"
SYSTEM = "kube-system"


class Right(NamedTuple):
    """Verbs on a resource; ``names`` are those that a rule may have, if any."""

    verbs: str
    resource: str
    names: tuple = ()
    group: str = ""


class Conjunction(NamedTuple):
    """What several rights give together.

    ``certain`` says whether the second engine knows it for certain, ``openshift`` and ``place``
    where it is, ``driver`` which CSI driver a Pod has a volume of, and ``readers`` which groups
    read all Secrets.
    """

    rights: tuple
    certain: bool = True
    openshift: bool = False
    driver: str = ""
    place: str = "a"
    readers: tuple = ("ops", "system:serviceaccounts:c")


def _by_name(resource, group="", name="x"):
    """Create by POST, or by a name and patch."""
    return Right("create", resource, (name,), group), Right("patch", resource, (name,), group)


def _read(resource):
    return Right("get", resource)


PODS, TOKENS = Right("create", "pods"), Right("create", "serviceaccounts/token")
WRITTEN = (
    Right("create", "rolebindings", ("x", "taken"), RBAC),
    Right("update", "rolebindings", ("x", "taken"), RBAC),
)
WRITTEN_EVERYWHERE = tuple(right._replace(resource="clusterrolebindings") for right in WRITTEN)
BOUND = Right("bind", "clusterroles", ("reader",), RBAC)


def _roles(resource, *verbs):
    names = ("mine", "x")
    return tuple(Right(verb, resource, names, RBAC) for verb in verbs)


CONJUNCTIONS = {
    "groups of a user": Conjunction(
        (Right("impersonate", "groups", ("ops",)), Right("impersonate", "users", ("carol",)))
    ),
    "groups of an account": Conjunction(
        (
            Right("impersonate", "groups", ("ops",)),
            Right("impersonate", "serviceaccounts", ("y",)),
        )
    ),
    "kubelet": Conjunction(
        (
            Right("impersonate", "groups", ("system:nodes",)),
            Right("impersonate", "users", ("system:node:n1",)),
        )
    ),
    "driver": Conjunction(
        (
            Right("impersonate", "groups", ("system:nodes",)),
            Right("impersonate", "users", ("system:node:n1",)),
            *_by_name("csidrivers", STORAGE),
        ),
        driver="x",
        place=SYSTEM,
        readers=("system:serviceaccounts:b",),
    ),
    "new node": Conjunction(
        (*_by_name("nodes"), Right("get", "nodes/proxy", ("x",))), certain=False
    ),
    "volume": Conjunction((*_by_name("persistentvolumes"), PODS)),
    "storage class": Conjunction((*_by_name("storageclasses", STORAGE), PODS), certain=False),
    "claim of a class": Conjunction(
        (*_by_name("storageclasses", STORAGE), *_by_name("persistentvolumeclaims")), certain=False
    ),
    "snapshot class": Conjunction(
        (*_by_name("volumesnapshotclasses", SNAPSHOT), *_by_name("volumesnapshots", SNAPSHOT)),
        certain=False,
    ),
    "pods": Conjunction(_by_name("pods")),
    "pods whose name is freed": Conjunction(
        (*_by_name("pods", name="p"), Right("delete", "pods", ("p",)))
    ),
    **{
        resource: Conjunction(
            (*_by_name(resource, group), Right("delete", resource, ("x",), group))
        )
        for resource, group in (
            *((f"{one}s", APPS) for one in ("deployment", "daemonset", "statefulset")),
            *(("replicasets", APPS), ("jobs", BATCH), ("cronjobs", BATCH)),
            ("replicationcontrollers", ""),
        )
    },
    "constraint for new pods": Conjunction(
        (PODS, Right("use", "securitycontextconstraints", ("privileged",), SECURITY)),
        openshift=True,
    ),
    "constraint for debugging": Conjunction(
        (
            Right("patch", "pods/ephemeralcontainers", ("p",)),
            Right("use", "securitycontextconstraints", ("privileged",), SECURITY),
        ),
        openshift=True,
    ),
    "new constraint": Conjunction(
        (*_by_name("securitycontextconstraints", SECURITY), PODS), openshift=True
    ),
    "namespace": Conjunction(
        (*_by_name("namespaces", name="c"), TOKENS),
        place="",
    ),
    "claim": Conjunction((*_by_name("persistentvolumeclaims", name="later"), PODS)),
    "named pods": Conjunction(
        (*_by_name("pods", name="any"), Right("patch", "namespaces", ("a",)))
    ),
    "secret read back": Conjunction(
        (
            Right("create", "secrets"),
            Right("get", "secrets", ("s", "x")),
            Right("delete", "secrets", ("s",)),
        )
    ),
    "applied secret": Conjunction((*_by_name("secrets"), Right("delete", "secrets", ("x",)))),
    "bootstrap token": Conjunction(
        _by_name("secrets", name=TOKEN), place=SYSTEM, readers=("system:bootstrappers",)
    ),
    "bootstrap token anew": Conjunction(
        (Right("create", "secrets"), Right("delete", "secrets", (TOKEN,))),
        place=SYSTEM,
        readers=("system:bootstrappers",),
    ),
    "certificate": Conjunction(
        (
            *_by_name("certificatesigningrequests", CERTIFICATES),
            Right("update", "certificatesigningrequests/approval", ("x",), CERTIFICATES),
            Right("approve", "signers", (SIGNER, "kubernetes.io/*"), CERTIFICATES),
        )
    ),
    "kubelet's certificate": Conjunction(
        (
            *_by_name("certificatesigningrequests", CERTIFICATES),
            Right("update", "certificatesigningrequests/approval", ("x",), CERTIFICATES),
            Right("approve", "signers", (f"{SIGNER}-kubelet",), CERTIFICATES),
        )
    ),
    "certificate by a controller": Conjunction(
        (
            *_by_name("certificatesigningrequests", CERTIFICATES),
            Right("create", "certificatesigningrequests/nodeclient", (), CERTIFICATES),
            Right("get", "certificatesigningrequests", ("x",), CERTIFICATES),
        )
    ),
    "binding": Conjunction((*WRITTEN, BOUND)),
    "binding of a role": Conjunction(
        (*WRITTEN, Right("bind", "roles", ("reader",), RBAC)),
    ),
    "binding of a role anew": Conjunction(
        (
            *WRITTEN,
            Right("delete", "rolebindings", ("taken",), RBAC),
            Right("bind", "roles", ("reader",), RBAC),
        )
    ),
    "binding anew": Conjunction(
        (*WRITTEN, Right("delete", "rolebindings", ("taken",), RBAC), BOUND)
    ),
    "binding everywhere": Conjunction((*WRITTEN_EVERYWHERE, BOUND)),
    "binding everywhere anew": Conjunction(
        (*WRITTEN_EVERYWHERE, Right("delete", "clusterrolebindings", ("taken",), RBAC), BOUND)
    ),
    "role": Conjunction(_roles("roles", "patch", "escalate")),
    "role anew": Conjunction(_roles("roles", "create", "delete", "escalate")),
    "role of a name": Conjunction(_roles("roles", "create", "update", "escalate")),
    "cluster role": Conjunction(_roles("clusterroles", "patch", "escalate")),
    "cluster role anew": Conjunction(_roles("clusterroles", "create", "delete", "escalate")),
    "cluster role of a name": Conjunction(_roles("clusterroles", "create", "update", "escalate")),
    "account": Conjunction((*_by_name("serviceaccounts", name="ghost"), TOKENS)),
    "group": Conjunction(
        (*_by_name("groups", USERS, "ops"), Right("delete", "groups", ("ops",), USERS)),
        certain=False,
        openshift=True,
    ),
    "policy": Conjunction(
        (
            *_by_name("mutatingadmissionpolicies", ADMISSION),
            *_by_name("mutatingadmissionpolicybindings", ADMISSION),
        ),
        certain=False,
    ),
    "mutating webhook": Conjunction(
        _by_name("mutatingwebhookconfigurations", ADMISSION), certain=False
    ),
    "validating webhook": Conjunction(
        _by_name("validatingwebhookconfigurations", ADMISSION), certain=False
    ),
}

ALICE = {"kind": "User", "name": "alice", "apiGroup": RBAC}
DEV = {"kind": "Group", "name": "dev", "apiGroup": RBAC}
OTHER = {"kind": "ServiceAccount", "name": "x", "namespace": "a"}
NOBODY = {"kind": "User", "name": "nobody", "apiGroup": RBAC}


def _pod(name, namespace, secret):
    mounts = [{"name": "v", "mountPath": "/v"}]
    return _object(
        "Pod",
        name,
        namespace,
        spec={
            "serviceAccountName": "y",
            "automountServiceAccountToken": False,
            "nodeName": "n1",
            "containers": [{"name": "c", "volumeMounts": mounts}],
            "volumes": [{"name": "v", "secret": {"secretName": secret}}],
        },
        status={"phase": "Running"},
    )


def _volume(name, claim):
    spec = {"hostPath": {"path": "/"}, "claimRef": {"namespace": "a", "name": claim}}
    return _object("PersistentVolume", name, spec=spec)


def _world(conjunction):
    """A cluster in which each conjunction gives Secrets that nothing else does."""
    places = ["a", "b", *([SYSTEM] if conjunction.place == SYSTEM else ())]
    for place in (*places, *(["openshift-infra"] if conjunction.openshift else ())):
        yield _object("Namespace", place)
    for place in places:
        yield from (_object("ServiceAccount", name, place) for name in ("x", "y"))
        yield _object("Secret", "s", place, type="Opaque", data={"k": "eA=="})
    yield _object("Node", "n1")
    yield _pod("p", "a", "s")
    pod = _pod("q", "b", "s")
    if conjunction.driver:
        pod["spec"]["volumes"].append({"name": "d", "csi": {"driver": conjunction.driver}})
    yield pod
    yield _volume("v0", "later")
    if conjunction.place == SYSTEM:
        yield _api_server()
    if conjunction.openshift:
        fields = {"allowPrivilegedContainer": True, "users": [], "groups": []}
        fields |= {"runAsUser": {"type": "RunAsAny"}, "seLinuxContext": {"type": "RunAsAny"}}
        kind = "SecurityContextConstraints"
        yield _object(kind, "privileged", "", f"{SECURITY}/v1", **fields)
    reading = [_rule("get", "secrets")]
    yield _object("ClusterRole", "reader", "", f"{RBAC}/v1", rules=reading)
    yield _object("Role", "reader", "a", f"{RBAC}/v1", rules=reading)
    subjects = [
        *({"kind": "Group", "name": name, "apiGroup": RBAC} for name in conjunction.readers),
        {"kind": "User", "name": "keeper", "apiGroup": RBAC},
        {"kind": "ServiceAccount", "name": "ghost", "namespace": "a"},
    ]
    yield _binding("readers", "", "ClusterRole", "reader", subjects)
    for kind, space in (("Role", "a"), ("ClusterRole", "")):
        yield _object(kind, "mine", space, f"{RBAC}/v1", rules=[_rule("get", "pods")])
        yield _binding("mine", space, kind, "mine", [ALICE])
    for space in ("a", ""):
        yield _binding("taken", space, "ClusterRole", "view", [NOBODY])


def _api_server():
    flags = ["kube-apiserver", "--authorization-mode=Node,RBAC"]
    pod = _pod("kube-apiserver-n1", SYSTEM, "s")
    container = {"name": "c", "command": [*flags, "--enable-bootstrap-token-auth=true"]}
    return {**pod, "spec": {**pod["spec"], "volumes": [], "containers": [container]}}


def _binding(name, space, kind, role, subjects):
    ref = {"apiGroup": RBAC, "kind": kind, "name": role}
    made = "RoleBinding" if space else "ClusterRoleBinding"
    return _object(made, name, space, f"{RBAC}/v1", roleRef=ref, subjects=subjects)


class _Splitter:
    def __init__(self, rng, place):
        self.rng, self.place, self.objects, self.number = rng, place, [], 0

    def role(self, rules):
        self.number += 1
        name = f"r{self.number}"
        self.objects.append(_object("ClusterRole", name, "", f"{RBAC}/v1", rules=rules))
        return name

    def bind(self, role, subject, wide):
        space = "" if wide else self.place
        self.objects.append(_binding(f"b-{role}", space, "ClusterRole", role, [subject]))

    def give(self, rules, subject, wide):
        self.bind(self.role(rules), subject, wide)

    def let_bind(self, rules, subject, wide):
        """Have somebody bind a role to itself, by one of three ways."""
        role = self.role(rules)
        resource = "clusterrolebindings" if wide else "rolebindings"
        way = self.rng.choice(("create", "create update", "patch"))
        names = {"create": None, "create update": [f"new-{role}"], "patch": [f"b-{role}"]}[way]
        if way == "patch":
            self.bind(role, NOBODY, wide)
        binds = [_rule("bind", "clusterroles", [role], RBAC), _rule(way, resource, names, RBAC)]
        self.give(binds, subject, wide or self.rng.random() < 0.3)

    def split(self, rights):
        """Give each right to somebody, now and then two of them by one role."""
        parts = []
        for right in rights:
            rule = self._rule(right)
            wide = right.resource in CLUSTER_SCOPED or not self.place
            if parts and self.rng.random() < 0.15:
                last, was_wide = parts[-1]
                parts[-1] = [*last, rule], was_wide or wide
            else:
                parts.append(([rule], wide))
        for rules, needed in parts:
            wide = needed or self.rng.random() < 0.2
            subject = self.rng.choice((ALICE, ALICE, ALICE, ALICE, DEV, OTHER))
            self.rng.choice((self.give, self.let_bind, self.let_bind))(rules, subject, wide)

    def _rule(self, right):
        names = self.rng.choice((None, right.names, right.names[:1])) if right.names else None
        return _rule(right.verbs, right.resource, names and [*names], right.group)


def objects_of_split(seed, conjunction):
    """One conjunction, and with it who has which of its rights."""
    rng = random.Random(seed)
    splitter = _Splitter(rng, conjunction.place)
    splitter.split(conjunction.rights)
    if rng.random() < 0.7:
        splitter.give([_rule("create", "serviceaccounts/token", ["x"])], ALICE, wide=False)
    return [*_world(conjunction), *splitter.objects]


def groups_of_split(seed):
    return {} if seed % 3 == 0 else {"alice": ("dev",)}


ROLES = [f"r{number}" for number in range(4)]


def _writing(rng):
    """A right of writing roles or bindings, on few names, so that these cross."""
    names = rng.choice((None, rng.sample(ROLES, 1), rng.sample(ROLES, 1), rng.sample(ROLES, 2)))
    bindings = rng.choice((None, rng.sample(["b0", "b1", "x"], 2)))
    return rng.choice(
        (
            _rule("escalate", "roles", names, RBAC),
            _rule("escalate", "roles", names, RBAC),
            _rule("patch", "roles", names, RBAC),
            _rule("patch", "roles", names, RBAC),
            _rule("create", "roles", rng.choice((None, names)), RBAC),
            _rule("delete", "roles", names, RBAC),
            _rule("bind", "roles", names, RBAC),
            _rule("bind", "roles", names, RBAC),
            _rule("create", "rolebindings", bindings, RBAC),
            _rule("update", "rolebindings", bindings, RBAC),
            _rule("delete", "rolebindings", bindings, RBAC),
        )
    )


def objects_of_crossing(seed):
    """Roles of one namespace that let their holders write, or bind, some of each other."""
    rng = random.Random(seed)
    objects = [
        _object("Namespace", "a"),
        _object("ServiceAccount", "x", "a"),
        _object("Secret", "s", "a", type="Opaque", data={"k": "eA=="}),
    ]
    for number, name in enumerate(ROLES):
        rules = [_writing(rng) for _ in range(rng.randint(1, 3))]
        objects.append(_object("Role", name, "a", f"{RBAC}/v1", rules=rules))
        if rng.random() < 0.6:
            subjects = [rng.choice((ALICE, ALICE, DEV, OTHER))]
            objects.append(_binding(f"b{number}", "a", "Role", name, subjects))
    binds = [
        _rule("bind", "roles", rng.sample(ROLES, 2), RBAC),
        _rule("create", "rolebindings", None, RBAC),
    ]
    objects.append(_object("Role", "binds", "a", f"{RBAC}/v1", rules=binds))
    return [*objects, _binding("binds", "a", "Role", "binds", [rng.choice((ALICE, DEV))])]


def crossed(*, binds):
    """Two roles, each with half of the right to write two others; one is held, one is bound.

    ``binds`` says whether it is.
    """

    def half(escalated, patched):
        return [
            _rule("escalate", "roles", [escalated], RBAC),
            _rule("patch", "roles", [patched], RBAC),
        ]

    rules = {
        "r1": [_rule("create get", "configmaps")],
        "r2": [_rule("create get", "configmaps")],
        "held": half("r1", "r2"),
        "bound": half("r2", "r1"),
        "binds": [
            _rule("bind", "roles", ["bound"], RBAC),
            _rule("create", "rolebindings", None, RBAC),
        ],
    }
    objects = [
        _object("Namespace", "a"),
        _object("ServiceAccount", "x", "a"),
        _object("Secret", "s", "a", type="Opaque", data={"k": "eA=="}),
    ]
    objects += [_object("Role", name, "a", f"{RBAC}/v1", rules=rules[name]) for name in rules]
    for name in ("r1", "r2", "held", *(["binds"] if binds else ())):
        objects.append(_binding(name, "a", "Role", name, [ALICE]))
    return objects


def nested():
    """Somebody acts by headers as a user, who may act in a group by two roles together."""
    objects = [
        _object("Namespace", "a"),
        _object("Secret", "s", "a", type="Opaque", data={"k": "eA=="}),
    ]
    rules = {
        "users": _rule("impersonate", "users", ["carol"]),
        "groups": _rule("impersonate", "groups", ["ops"]),
        "acts": _rule("impersonate", "users", ["alice"]),
        "reader": _rule("get", "secrets"),
    }
    ops = {"kind": "Group", "name": "ops", "apiGroup": RBAC}
    bob = {**ALICE, "name": "bob"}
    for (name, rule), subject in zip(rules.items(), (ALICE, ALICE, bob, ops), strict=True):
        objects.append(_object("ClusterRole", name, "", f"{RBAC}/v1", rules=[rule]))
        objects.append(_binding(name, "", "ClusterRole", name, [subject]))
    return objects


def acted_as_alice(seed, conjunction):
    """The same split; somebody has in part what alice does by headers."""
    acts = _rule("impersonate", "users", ["alice"])
    yield from objects_of_split(seed, conjunction)
    yield _object("ClusterRole", "acts", "", f"{RBAC}/v1", rules=[acts])
    yield _binding("acts", "", "ClusterRole", "acts", [{**ALICE, "name": "bob"}])
