"""The rights that techniques need, drawn at random, some with a near miss."""

from tests.query.plain.clusters.objects import (
    ACCOUNTS,
    BINDINGS,
    CERTIFICATES,
    PODS,
    RBAC,
    ROLES,
    SECRETS,
    SPACES,
    _rule,
)

ACTING = "authentication.k8s.io"
WORKLOADS = [("statefulsets", "apps"), ("cronjobs", "batch"), ("jobs", "batch")]
READS = ("get", "list", "watch", "patch", "delete", "deletecollection")

SIGNER = "kubernetes.io/kube-apiserver-client"


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


RELEASES = [f"sh.helm.release.v1.{name}.v{number}" for name in "hi" for number in (1, 2)]
TOKEN = "bootstrap-token-abcdef"
