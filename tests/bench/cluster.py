"""Made-up clusters of three sizes, the same objects for the same seed.

Names, roles and pods are drawn so that shares look like those of real clusters: most
rights are narrow, a few are not, big namespaces are few.
"""

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple

from objects import RBAC, Object, api_token_volume, pod_spec, pod_status


class Size(NamedTuple):
    """How many there are of each kind."""

    namespaces: int
    pods: int
    service_accounts: int
    roles: int
    cluster_roles: int
    role_bindings: int
    cluster_role_bindings: int
    secrets: int
    nodes: int
    deployments: int


SIZES = {
    "XS": Size(10, 100, 100, 80, 20, 80, 20, 200, 5, 20),
    "S": Size(100, 1_000, 1_000, 850, 150, 900, 100, 2_000, 30, 200),
    "M": Size(1_000, 10_000, 5_000, 4_500, 500, 4_600, 400, 20_000, 330, 2_000),
    "L": Size(10_000, 150_000, 50_000, 48_000, 2_000, 48_500, 1_500, 200_000, 5_000, 30_000),
}
_WORDS = ("api", "auth", "cart", "feed", "mail", "order", "pay", "queue", "sync", "user", "web")
_SECRET_TYPES = {
    "Opaque": 55,
    "kubernetes.io/tls": 15,
    "kubernetes.io/dockerconfigjson": 10,
    "helm.sh/release.v1": 15,
    "kubernetes.io/service-account-token": 5,
}
_READ = ["get", "list", "watch"]
_WRITE = ["create", "delete", "get", "list", "patch", "update", "watch"]
_WORKLOADS = ["daemonsets", "deployments", "replicasets", "statefulsets"]
_CERTIFICATES = ["certificates", "certificates/status", "challenges", "issuers", "orders"]

Rule = dict[str, list[str]]


def _rule(groups: str, resources: list[str], verbs: list[str]) -> Rule:
    return {"apiGroups": groups.split(","), "resources": resources, "verbs": verbs}


_BY_NAME = "secrets by name"
_RULES: list[tuple[int, list[Rule] | str]] = [
    (18, [_rule("", ["configmaps"], _READ)]),
    (
        14,
        [
            _rule("coordination.k8s.io", ["leases"], ["get", "create", "update", "patch"]),
            _rule("", ["events"], ["create", "patch"]),
        ],
    ),
    (12, [_rule("", ["pods", "pods/log"], _READ)]),
    (12, _BY_NAME),
    (9, [_rule("", ["secrets"], _READ)]),
    (
        8,
        [
            _rule("apps", _WORKLOADS, _READ),
            _rule("apps", ["deployments/scale"], ["get", "update", "patch"]),
        ],
    ),
    (6, [_rule("apps", ["deployments"], _WRITE), _rule("", ["configmaps", "services"], ["*"])]),
    (5, [_rule("", ["pods"], ["create", "delete", *_READ])]),
    (4, [_rule("batch", ["cronjobs", "jobs"], ["create", "delete", *_READ])]),
    (
        4,
        [
            _rule("", ["pods/exec", "pods/portforward"], ["create", "get"]),
            _rule("", ["pods"], ["get", "list"]),
        ],
    ),
    (2, [_rule("", ["serviceaccounts/token"], ["create"])]),
    (1, [_rule("", ["serviceaccounts"], ["impersonate"])]),
    (1, [_rule(RBAC, ["rolebindings", "roles"], ["bind", "create", "escalate", "update"])]),
    (3, [_rule("*", ["*"], ["*"])]),
    (
        6,
        [_rule("cert-manager.io,acme.cert-manager.io", _CERTIFICATES, ["patch", "update", *_READ])],
    ),
    (5, [{"nonResourceURLs": ["/healthz", "/metrics"], "verbs": ["get"]}]),
]
_WEIGHTS = [weight for weight, _ in _RULES]
_HARMLESS = (0, 1, 2, 5, 14, 15)
_URLS = 15

_VIEW = [
    _rule("", ["configmaps", "pods", "serviceaccounts", "services"], _READ),
    _rule("apps", _WORKLOADS, _READ),
]
_EDIT = [
    *_VIEW,
    _rule("", ["pods/attach", "pods/exec", "secrets"], _READ),
    _rule("", ["serviceaccounts"], ["impersonate"]),
    _rule(
        "",
        ["pods", "pods/attach", "pods/exec", "secrets", "serviceaccounts/token"],
        ["create", "delete", "patch", "update"],
    ),
    _rule("apps", _WORKLOADS, ["create", "delete", "patch", "update"]),
]
_SHIPPED = {
    "cluster-admin": [_rule("*", ["*"], ["*"]), {"nonResourceURLs": ["*"], "verbs": ["*"]}],
    "admin": [*_EDIT, _rule(RBAC, ["rolebindings", "roles"], _WRITE)],
    "edit": _EDIT,
    "view": _VIEW,
}


class Cluster:
    """One cluster that is being made up.

    Parameters
    ----------
    size:
        Name of the size.
    seed:
        Another seed, another cluster.
    """

    def __init__(self, size: str, seed: int = 1) -> None:
        self._size = SIZES[size]
        self._random = Random(f"{size}/{seed}")
        self._version = 100_000
        shipped = ("kube-system", "default", "monitoring", "ingress-nginx", "cert-manager")
        own = (
            f"{self._word()}-{self._word()}-{number:05d}"
            for number in range(self._size.namespaces - len(shipped))
        )
        self._namespaces = [*shipped, *own]
        self._shares = list(
            accumulate(1 / (1 + n % 97) ** 0.5 for n in range(len(self._namespaces)))
        )
        self._accounts: dict[str, list[str]] = {}
        self._secrets: dict[str, list[str]] = {}
        self._roles: dict[str, list[str]] = {}
        self._cluster_roles = list(_SHIPPED)

    def objects(self) -> Iterator[Object]:
        """Yield every object, in the order in which kubectl lists kinds."""
        yield from self._make_namespaces()
        yield from self._make_nodes()
        yield from self._make_accounts()
        yield from self._make_secrets()
        yield from self._make_cluster_roles()
        yield from self._make_roles()
        yield from self._make_bindings()
        yield from self._make_deployments()
        yield from self._make_pods()

    # --- drawing -------------------------------------------------------------------

    def _word(self) -> str:
        return self._random.choice(_WORDS)

    def _places(self, count: int) -> list[str]:
        return self._random.choices(self._namespaces, cum_weights=self._shares, k=count)

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _uid(self) -> str:
        return "-".join(self._hex(n) for n in (8, 4, 4, 4, 12))

    def _time(self) -> str:
        draw = self._random.randint
        return f"2025-{draw(1, 12):02d}-{draw(1, 28):02d}T{draw(0, 23):02d}:{draw(0, 59):02d}:00Z"

    def _object(self, api: str, kind: str, name: str, namespace: str = "", **meta: Any) -> Object:
        self._version += self._random.randint(1, 40)
        metadata = {
            "creationTimestamp": self._time(),
            "name": name,
            "resourceVersion": str(self._version),
            "uid": self._uid(),
            **meta,
        }
        if namespace:
            metadata["namespace"] = namespace
        return {"apiVersion": api, "kind": kind, "metadata": metadata}

    def _rules(self, secrets: list[str], *, everywhere: bool) -> list[Rule]:
        """Draw rules; in a ClusterRole three of four dangerous ones are drawn again."""
        drawn: list[Rule] = []
        for _ in range(self._random.choice((1, 1, 1, 2, 2, 3))):
            (number,) = self._random.choices(range(len(_RULES)), _WEIGHTS)
            if not everywhere and number == _URLS:
                number = 0
            if everywhere and number not in _HARMLESS and self._random.random() < 0.75:
                number = self._random.choice(_HARMLESS)
            rules = _RULES[number][1]
            drawn += rules if isinstance(rules, list) else self._named_secrets(secrets)
        return drawn

    def _named_secrets(self, secrets: list[str]) -> list[Rule]:
        rule = _rule("", ["secrets"], ["get"])
        if secrets:
            count = min(len(secrets), self._random.randint(1, 3))
            rule["resourceNames"] = sorted(self._random.sample(secrets, count))
        return [rule]

    def _subject(self, namespace: str) -> dict[str, str]:
        draw = self._random.random()
        if draw < 0.78:
            home = namespace
            if self._random.random() > 0.9:
                home = self._random.choice(self._namespaces)
            name = self._random.choice(self._accounts[home])
            return {"kind": "ServiceAccount", "name": name, "namespace": home}
        if draw < 0.92:
            team = self._random.randint(1, max(5, self._size.namespaces // 5))
            return {"apiGroup": RBAC, "kind": "Group", "name": f"oidc:team-{team}"}
        if draw < 0.94:
            return {
                "apiGroup": RBAC,
                "kind": "Group",
                "name": f"system:serviceaccounts:{namespace}",
            }
        user = self._random.randint(1, max(20, self._size.namespaces))
        return {"apiGroup": RBAC, "kind": "User", "name": f"user{user}@shop.example"}

    # --- making --------------------------------------------------------------------

    def _make_namespaces(self) -> Iterator[Object]:
        for name in self._namespaces:
            labels = {"kubernetes.io/metadata.name": name}
            found = self._object("v1", "Namespace", name, labels=labels)
            yield {**found, "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}

    def _make_nodes(self) -> Iterator[Object]:
        for number in range(self._size.nodes):
            found = self._object(
                "v1", "Node", f"node-{number}", labels={"kubernetes.io/os": "linux"}
            )
            yield {**found, "status": {"nodeInfo": {"kubeletVersion": "v1.36.2"}}}

    def _make_accounts(self) -> Iterator[Object]:
        for namespace in self._namespaces:
            self._accounts[namespace] = ["default"]
        own = max(0, self._size.service_accounts - self._size.namespaces)
        for number, namespace in enumerate(self._places(own)):
            self._accounts[namespace].append(f"{self._word()}-{self._word()}-{number}")
        for namespace, names in self._accounts.items():
            for name in names:
                yield self._object("v1", "ServiceAccount", name, namespace)

    def _make_secrets(self) -> Iterator[Object]:
        types, weights = list(_SECRET_TYPES), list(_SECRET_TYPES.values())
        for number, namespace in enumerate(self._places(self._size.secrets)):
            (secret_type,) = self._random.choices(types, weights)
            sort = "tls" if secret_type.endswith("tls") else "creds"
            name = f"{self._word()}-{self._word()}-{sort}-{number}"
            self._secrets.setdefault(namespace, []).append(name)
            meta: dict[str, Any] = {"labels": {"app.kubernetes.io/managed-by": "Helm"}}
            if secret_type.endswith("account-token"):
                account = self._random.choice(self._accounts[namespace])
                meta["annotations"] = {"kubernetes.io/service-account.name": account}
            found = self._object("v1", "Secret", name, namespace, **meta)
            yield {**found, "data": {"password": "Q0FOQVJZ"}, "type": secret_type}

    def _make_cluster_roles(self) -> Iterator[Object]:
        api = f"{RBAC}/v1"
        for name, shipped in _SHIPPED.items():
            labels = {"kubernetes.io/bootstrapping": "rbac-defaults"}
            yield {**self._object(api, "ClusterRole", name, labels=labels), "rules": shipped}
        for number in range(self._size.cluster_roles - len(_SHIPPED)):
            name = f"{self._word()}:{self._word()}-{number}"
            self._cluster_roles.append(name)
            rules = self._rules([], everywhere=True)
            yield {**self._object(api, "ClusterRole", name), "rules": rules}

    def _make_roles(self) -> Iterator[Object]:
        sorts = ("editor", "leader-election", "manager", "operator", "reader")
        for number, namespace in enumerate(self._places(self._size.roles)):
            name = f"{self._word()}-{self._random.choice(sorts)}-{number}"
            self._roles.setdefault(namespace, []).append(name)
            rules = self._rules(self._secrets.get(namespace, []), everywhere=False)
            yield {**self._object(f"{RBAC}/v1", "Role", name, namespace), "rules": rules}

    def _make_bindings(self) -> Iterator[Object]:
        for number, namespace in enumerate(self._places(self._size.role_bindings)):
            roles = self._roles.get(namespace)
            if roles and self._random.random() < 0.7:
                kind, role = "Role", self._random.choice(roles)
            else:
                own = self._random.choice(self._cluster_roles[len(_SHIPPED) :])
                kind = "ClusterRole"
                role = self._random.choice(["view", "view", "edit", "admin", own])
            name = f"{role.replace(':', '-')}-{number}"
            found = self._object(f"{RBAC}/v1", "RoleBinding", name, namespace)
            count = self._random.choice((1, 1, 1, 2, 3))
            yield self._bound(found, kind, role, [self._subject(namespace) for _ in range(count)])
        for number in range(self._size.cluster_role_bindings):
            admins = 3 + self._size.cluster_role_bindings // 100
            own = self._random.choice(self._cluster_roles[len(_SHIPPED) :])
            role = "cluster-admin" if number < admins else own
            found = self._object(f"{RBAC}/v1", "ClusterRoleBinding", f"{role}-{number}")
            subject = self._subject(self._random.choice(self._namespaces))
            yield self._bound(found, "ClusterRole", role, [subject])

    def _bound(self, binding: Object, kind: str, role: str, subjects: list[Any]) -> Object:
        ref = {"apiGroup": RBAC, "kind": kind, "name": role}
        return {**binding, "roleRef": ref, "subjects": subjects}

    def _spec(self, namespace: str, node: str = "") -> dict[str, Any]:
        secrets = self._secrets.get(namespace) or [""]
        return pod_spec(
            namespace=namespace,
            account=self._random.choice(self._accounts[namespace]),
            token=api_token_volume(self._hex(5)) if node else None,
            env_secret=self._random.choice(secrets) if self._random.random() < 0.4 else "",
            volume_secret=self._random.choice(secrets) if self._random.random() < 0.3 else "",
            sidecar=self._random.random() < 0.25,
            tag=f"v{self._random.randint(0, 9)}.{self._random.randint(0, 30)}",
            node=node,
        )

    def _make_deployments(self) -> Iterator[Object]:
        for number, namespace in enumerate(self._places(self._size.deployments)):
            name = f"{self._word()}-deployment-{number}"
            labels = {"app": name}
            template = {"metadata": {"labels": labels}, "spec": self._spec(namespace)}
            found = self._object("apps/v1", "Deployment", name, namespace, labels=labels)
            spec = {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}
            yield {**found, "spec": spec, "status": {"readyReplicas": 2, "replicas": 2}}

    def _make_pods(self) -> Iterator[Object]:
        for number, namespace in enumerate(self._places(self._size.pods)):
            app, template_hash = f"{self._word()}-{self._word()}", self._hex(9)
            owner = {
                "apiVersion": "apps/v1",
                "blockOwnerDeletion": True,
                "controller": True,
                "kind": "ReplicaSet",
                "name": f"{app}-{template_hash}",
                "uid": self._uid(),
            }
            found = self._object(
                "v1",
                "Pod",
                f"{app}-{template_hash}-{number:05x}",
                namespace,
                annotations={"checksum/config": self._hex(64), "prometheus.io/scrape": "true"},
                generateName=f"{app}-{template_hash}-",
                labels={"app": app, "pod-template-hash": template_hash},
                ownerReferences=[owner],
            )
            spec = self._spec(namespace, f"node-{self._random.randrange(self._size.nodes)}")
            status = pod_status(spec["containers"], self._time(), self._hex(64))
            yield {**found, "spec": spec, "status": status}
