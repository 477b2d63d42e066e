"""Which Secrets somebody gets for certain, by definition: sets and a fixpoint over plain objects.

Each technique is a function from what an intruder has to what that gives, as the experiments
of ``fixtures/oracle`` showed it. Nothing here is shared with the package.
"""

import gzip
import json
from base64 import b64decode
from itertools import product
from typing import NamedTuple

from tests.query import plain_pods as pods
from tests.query import plain_states as states

RBAC, CERTIFICATES = "rbac.authorization.k8s.io", "certificates.k8s.io"
WORKLOADS = {
    "Deployment": "apps",
    "ReplicaSet": "apps",
    "StatefulSet": "apps",
    "DaemonSet": "apps",
    "CronJob": "batch",
    "Job": "batch",
    "ReplicationController": "",
}
GROUPS = {
    **{f"{kind.lower()}s": group for kind, group in WORKLOADS.items()},
    "controllerrevisions": "apps",
    "roles": RBAC,
    "clusterroles": RBAC,
    "rolebindings": RBAC,
    "clusterrolebindings": RBAC,
    "certificatesigningrequests": CERTIFICATES,
    "signers": CERTIFICATES,
    "csidrivers": "storage.k8s.io",
}
BY_NAME = ("get", "list", "watch", "patch", "delete")
WITHOUT_NAME = ("list", "watch", "deletecollection")
AUTHENTICATED = "system:authenticated"
ACTING = "authentication.k8s.io"
AUDIENCE = "request-serviceaccounts-token-audience"
CHECKS = ("bind", "escalate", "approve")
"""Verbs of no request of their own: of who acts as another, the other is looked at alone."""


class Somebody(NamedTuple):
    """A user in groups; ``whole`` but for one who is acted as by headers.

    ``by`` is who acts, and in which mode, where that also needs a right for each request.
    """

    user: str
    groups: frozenset
    whole: bool = True
    by: tuple = ()


def account(namespace, name):
    groups = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED}
    return Somebody(f"system:serviceaccount:{namespace}:{name}", frozenset(groups))


def user(name, *groups, whole=True):
    return Somebody(name, frozenset({AUTHENTICATED, *groups}), whole)


def named(name):
    if name.startswith("system:serviceaccount:"):
        return account(*name.split(":")[2:])
    return user(name)


def with_implied(group):
    """Groups that every member of one is in."""
    if group == "system:unauthenticated":
        return frozenset({group})
    more = {"system:serviceaccounts"} if group.startswith("system:serviceaccounts:") else set()
    return frozenset({group, AUTHENTICATED, *more})


def kubelet(node):
    return user(f"system:node:{node}", "system:nodes")


def key(obj):
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


class Cluster:
    def __init__(self, objects, version="1.36", *, pods_listed=True):
        self.version, self.old, self.pods_listed = version, version != "1.36", pods_listed
        self.kinds = {}
        for obj in objects:
            self.kinds.setdefault(obj["kind"], {})[key(obj)] = obj
        self.namespaces = [name for _, name in self.of("Namespace")]
        spaces = self.of("Namespace").items()
        self.closed = {name for (_, name), one in spaces if states.is_closed(one)}
        if not pods_listed:
            self.kinds["Pod"] = {**self.of("Pod"), **dict(self.told_by_templates())}
        self.roles = {("Role", *k): role for k, role in self.of("Role").items()}
        self.roles |= {("ClusterRole", *k): role for k, role in self.of("ClusterRole").items()}
        self.aggregated = [k for k, role in self.roles.items() if "aggregationRule" in role]
        self.bindings = [
            (kind, *k, _role(obj, k[0]), obj["subjects"])
            for kind in ("RoleBinding", "ClusterRoleBinding")
            for k, obj in self.of(kind).items()
        ]
        rules = [rule for role in self.roles.values() for rule in role["rules"]]
        named = {name for rule in rules for name in rule.get("resourceNames", ())}
        self.names = {*named, "fresh"} - {""}
        subjects = [subject for *_, subjects in self.bindings for subject in subjects]
        named = {kind: {s["name"] for s in subjects if s["kind"] == kind} for kind in SUBJECTS}
        self.users = named["User"] | {"nobody"}
        self.named_groups = named["Group"] - {"system:masters"}
        self.groups = named["Group"] | {"system:masters", "system:nodes"}
        self.kubelets = {f"system:node:{name}" for _, name in self.of("Node")}
        self.accounts = {
            *self.of("ServiceAccount"),
            *((s["namespace"], s["name"]) for s in subjects if s["kind"] == "ServiceAccount"),
        }

        prefix = "system:serviceaccounts:"
        of_groups = {one.removeprefix(prefix) for one in self.groups if one.startswith(prefix)}
        self.mentioned = {*self.namespaces, *of_groups, *(place for place, _ in self.accounts)}
        self._roles_of, self._allowed = {}, {}

    def of(self, kind):
        return self.kinds.get(kind, {})

    def roles_of(self, who, namespace, gone=None):
        """What somebody is bound to, by other bindings than one that is gone."""
        if (who, namespace, gone) not in self._roles_of:
            self._roles_of[who, namespace, gone] = frozenset(
                role
                for kind, scope, name, role, subjects in self.bindings
                if scope in {"", namespace} and (kind, scope, name) != gone
                if any(_is(subject, who) for subject in subjects)
            )
        return self._roles_of[who, namespace, gone]

    def allow(self, roles, *request):
        """Whether a rule of these roles allows a request; of no role, everything is allowed."""
        if (roles, *request) not in self._allowed:
            found = [self.roles[role] for role in roles & self.roles.keys()]
            rules = [rule for role in found for rule in role["rules"]]
            self._allowed[roles, *request] = None in roles or any(
                _allows(rule, *request) for rule in rules
            )
        return self._allowed[roles, *request]

    def told_by_templates(self):
        """Pods of workloads that the input holds no Pods of: by their names, if known."""
        owned = {pods.owner(pod) for pod in self.of("Pod").values()}
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
            for (namespace, name), obj in self.of(kind).items():
                template = obj["spec"].get("template")
                account = self.of("ServiceAccount").get((namespace, pods.account(template)))
                let_in = pods.meets((template or {}).get("spec", {}), self.level(namespace))
                if let_in and template and account and (namespace, kind, name) not in owned:
                    count = obj["spec"].get("replicas", 1)
                    spec = pods.admitted(template["spec"], account)
                    for number in range(count if kind == "StatefulSet" else min(count, 1)):
                        called = f"{name}-{number}" if kind == "StatefulSet" else f"{kind}/{name}"
                        metadata = {"namespace": namespace, "name": called}
                        told = {"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}
                        yield (namespace, called), {**told, "told": True}

    def running(self):
        """Pods that run and whose kubelets answer."""
        tell = any(map(states.tells, self.of("Pod").values()))
        return [
            (k, pod["spec"])
            for k, pod in self.of("Pod").items()
            if states.is_up(pod) and states.tells(pod) >= tell
            if not states.goes(pod) and self.answers(pod["spec"].get("nodeName"))
        ]

    def is_linux(self, node):
        """Whether a Pod that breaks out of its containers has the node."""
        return not states.is_windows(self.of("Node").get(("", node), {"metadata": {}}))

    def node_of(self, spec):
        """The node of a Pod, where breaking out gives it."""
        return [spec["nodeName"]] if "nodeName" in spec and self.is_linux(spec["nodeName"]) else []

    def answers(self, node):
        """Whether a node is there and ready; not known of that of a Pod without one."""
        found = self.of("Node").get(("", node))
        return states.is_ready(found) if found else node is None

    def changeable(self, mine):
        """Running Pods whose changes are let in, and reach their kubelets."""
        return [
            (k, spec)
            for k, spec in self.running()
            if not pods.is_mirror(self.of("Pod")[k])
            if pods.meets(spec, self.level(k[0])) or k[0] in mine.of("relabelled")
        ]

    def listed_by(self, namespace, name):
        """Secrets that alone may be in variables of a ServiceAccount's Pods; None for any."""
        found = self.of("ServiceAccount").get((namespace, name))
        if not found or "kubernetes.io/enforce-mountable-secrets" not in found["metadata"].get(
            "annotations", ()
        ):
            return None
        return [(namespace, one["name"]) for one in found.get("secrets", ())]

    def is_control_plane(self, node):
        return self._is_for(node, "control-plane", "kube-apiserver")

    def has_etcd(self, node):
        """Whether etcd runs on a node: on those of the control plane, where none is shown."""
        nodes = [name for _, name in self.of("Node")]
        if any(self._is_for(name, "etcd", "etcd") for name in nodes):
            return self._is_for(node, "etcd", "etcd")
        return self.is_control_plane(node)

    def _is_for(self, node, role, program):
        """Whether a label of a node says what it is for, or the mirror of a static Pod."""
        labels = self.of("Node").get(("", node), {"metadata": {}})["metadata"].get("labels", {})
        pod = self.of("Pod").get(("kube-system", f"{program}-{node}"))
        return f"node-role.kubernetes.io/{role}" in labels or bool(pod and pods.is_mirror(pod))

    def has_plaintext(self):
        """Whether etcd holds Secrets as they are, as far as API servers are seen."""
        found = [pod for k, pod in self.of("Pod").items() if k[0] == "kube-system"]
        commands = [pod["spec"]["containers"][0].get("command", ("",)) for pod in found]
        flags = [words for words in commands if words[0] == "kube-apiserver"]
        encrypted = any("--encryption-provider-config" in word for words in flags for word in words)
        return bool(flags) and not encrypted

    def is_open(self):
        """Whether an API server allows everything, before a webhook could deny it."""
        for place, pod in self.of("Pod").items():
            words = pod["spec"]["containers"][0].get("command", ("",))
            if place[0] != "kube-system" or words[0] != "kube-apiserver":
                continue
            flags = dict(word[2:].split("=") for word in words[1:])
            by_file = "authorization-config" in flags
            modes = flags.get("authorization-mode", "" if by_file else "AlwaysAllow").split(",")
            asked = modes[: modes.index("Webhook")] if "Webhook" in modes else modes
            if pods.is_mirror(pod) and "AlwaysAllow" in asked:
                return True
        return False

    def claimed_paths(self, namespace):
        """The claims of a namespace that are a path of the node."""
        return {
            volume["spec"]["claimRef"]["name"]: path
            for volume in self.of("PersistentVolume").values()
            if (path := pods.path_of(volume["spec"])) and self.has_claim(volume)
            if volume["spec"]["claimRef"]["namespace"] == namespace
        }

    def claim_of(self, volume):
        """The claim that a volume names, if it is there."""
        ref = volume["spec"]["claimRef"]
        return self.of("PersistentVolumeClaim").get((ref["namespace"], ref["name"]))

    def has_claim(self, volume):
        """Whether a volume is bound, or will be, to a claim that is there."""
        ref = volume["spec"].get("claimRef")
        claim = ref and self.claim_of(volume)
        if not claim or ref.get("uid", claim["metadata"]["uid"]) != claim["metadata"]["uid"]:
            return False
        return claim["spec"].get("volumeName", volume["metadata"]["name"]) == key(volume)[1]

    def read_for_claims(self, pod):
        """The Secrets that a kubelet may read for the claims of a Pod."""
        claimed = {(key(pod)[0], claim) for claim in pods.claims(pod).values()}
        for volume in self.of("PersistentVolume").values():
            ref = volume["spec"].get("claimRef")
            if ref and (ref["namespace"], ref["name"]) in claimed:
                yield from pods.of_volume(volume["spec"])

    def lets_ask(self, nodes, place, pod):
        """Whether one of some nodes' kubelets gets a token of a Pod, for the API server."""
        if self.old or pods.has_token(pod["spec"]):
            return True
        found = list(self.drivers_of(pod))
        known = [self.of("CSIDriver").get(("", one)) for one in found]
        asked = [one["spec"].get("tokenRequests", ()) for one in known if one]
        if any(not request.get("audience") for few in asked for request in few):
            return True
        name = pods.account(pod)
        rules = (self.roles_of(kubelet(node), place[0]) for node in nodes)
        return all(known) and any(self.allow(roles, AUDIENCE, "", name) for roles in rules)

    def drivers_of(self, pod):
        """The CSI drivers of a Pod's volumes; None where a claim has no volume."""
        yield from pods.drivers(pod["spec"]["volumes"])
        for claim in pods.claims(pod).values():
            found = self.of("PersistentVolumeClaim").get((key(pod)[0], claim), {"spec": {}})
            volume = self.of("PersistentVolume").get(("", found["spec"].get("volumeName")))
            yield from pods.drivers([volume["spec"]]) if volume else [None]

    def takes_tokens(self):
        """Whether the API server takes bootstrap tokens; None where it is not seen."""
        found = [pod for k, pod in self.of("Pod").items() if k[0] == "kube-system"]
        words = [word for pod in found for word in pod["spec"]["containers"][0].get("command", ())]
        return "--enable-bootstrap-token-auth=true" in words if words else None

    def level(self, namespace):
        found = self.of("Namespace").get(("", namespace), {"metadata": {}})
        labels = found["metadata"].get("labels", {})
        if self.openshift and labels.get("openshift.io/run-level") in {"0", "1"}:
            return "privileged"
        return labels.get("pod-security.kubernetes.io/enforce", "privileged")

    @property
    def on_eks(self):
        """Whether it is a cluster of EKS, which signs no client certificates."""
        found = [node.get("status", {}) for node in self.of("Node").values()]
        return any("-eks-" in one.get("nodeInfo", {}).get("kubeletVersion", "") for one in found)

    @property
    def openshift(self):
        return ("", "openshift-infra") in self.of("Namespace")

    def constrains(self, namespace, accounts):
        """Whether OpenShift keeps privileged Pods out that run as some accounts."""
        found = self.of("Namespace").get(("", namespace), {"metadata": {}})
        labels = found["metadata"].get("labels", {})
        if not self.openshift or labels.get("openshift.io/run-level") in {"0", "1"}:
            return False
        return not any(
            self.lists(one)
            or any(self.allow(self.roles_of(one, namespace), *USE, name) for name in self.giving)
            for one in accounts
        )

    @property
    def giving(self):
        """Names of constraints that let a Pod have its node."""
        held = self.of("SecurityContextConstraints")
        names = {name for (_, name), one in held.items() if one["allowPrivilegedContainer"]}
        return names | ({"privileged"} if ("", "privileged") not in held else set())

    def lists(self, who):
        """Whether such constraints list somebody."""
        held = self.of("SecurityContextConstraints")
        found = [held[key] for key in held if key[1] in self.giving]
        return any(who.user in one["users"] or who.groups & {*one["groups"]} for one in found)

    def accounts_in(self, namespace):
        return [account(*k) for k in self.of("ServiceAccount") if k[0] == namespace]

    def is_token(self, secret):
        return self.of("Secret")[secret]["type"] == "kubernetes.io/service-account-token"


RESOURCE = "securitycontextconstraints@security.openshift.io"
USE = "use", RESOURCE
SUBJECTS = ("User", "Group", "ServiceAccount")


def _role(binding, scope):
    ref = binding["roleRef"]
    return ref["kind"], scope if ref["kind"] == "Role" else "", ref["name"]


def _is(subject, who):
    if subject["kind"] == "Group":
        return subject["name"] in who.groups
    if subject["kind"] == "ServiceAccount":
        return who.user == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return who.user == subject["name"]


def _allows(rule, verb, resource, name):
    resource, _, group = resource.partition("@")
    group = group or GROUPS.get(resource.partition("/")[0], "")
    return (
        not {verb, "*"}.isdisjoint(rule["verbs"])
        and not {group, "*"}.isdisjoint(rule["apiGroups"])
        and not {resource, "*"}.isdisjoint(rule["resources"])
        and (not rule.get("resourceNames") or name in rule["resourceNames"])
    )


class Intruder:
    """What somebody has, as facts: a sort, and what it is about.

    ``first`` is somebody, or what somebody is called outside the cluster.
    """

    def __init__(self, cluster, first, techniques=None):
        self.cluster = cluster
        self.techniques = techniques or TECHNIQUES
        self.facts = {("outside" if isinstance(first, str) else "who", first)}
        self._by_sort, self._rules = {}, {}

    def run(self, *, outside=False):
        """Until nothing is new, or no Secret is left to get where nothing else is asked about."""
        secrets = {("secret", k) for k in self.cluster.of("Secret")}
        while new := set(self.given()) - self.facts:
            self.facts |= new
            self._by_sort, self._rules = {}, {}
            if secrets <= self.facts and not outside:
                break
        return self

    def given(self):
        secrets = self.cluster.of("Secret")
        for give in self.techniques:
            for sort, about in give(self, self.cluster):
                if sort != "secret" or about in secrets:
                    yield sort, about

    def of(self, sort):
        if sort not in self._by_sort:
            self._by_sort[sort] = [about for found, about in self.facts if found == sort]
        return self._by_sort[sort]

    def rules(self, role):
        return self.cluster.roles.get(role, {"rules": ()})["rules"]

    def roles(self, who, namespace, gone):
        if (who, namespace, gone) not in self._rules:
            bound = () if who.by else self.of("bound")  # which one binds to whom one likes
            mine = frozenset(
                role
                for scope, role, by in bound
                if scope in {"", namespace} and (by is None or by != gone)
            )
            self._rules[who, namespace, gone] = mine | self.cluster.roles_of(who, namespace, gone)
        return self._rules[who, namespace, gone]

    def may(
        self, who, verb, resource, namespace="", name="", *, gone=None, lost=None, beside=False
    ):
        """Whether a request is allowed; ``beside`` says that it is part of another one.

        ``gone`` is a binding, and ``lost`` a role, that is deleted by then.
        """
        if "system:masters" in who.groups:
            return True
        if who.by and verb not in CHECKS and not beside:
            actor, mode = who.by
            on = f"impersonate-on:{mode}:{verb}"
            if not self.may(actor, on, resource, namespace, name, gone=gone, lost=lost):
                return False
        roles = self.roles(who, namespace, gone) - {lost or "none"}
        return self.cluster.allow(roles, verb, resource, name)

    def any_may(self, *request):
        return any(self.may(who, *request) for who in self.of("who"))

    def makes(self, who, resource, namespace, name, *, put=False, gone=None):
        """Whether a POST, which has no name, or an apply or a PUT, which have one, is allowed."""
        writes = ("patch", "update") if put else ("patch",)
        return self.may(who, "create", resource, namespace, gone=gone) or (
            self.may(who, "create", resource, namespace, name, gone=gone, beside=True)
            and any(self.may(who, v, resource, namespace, name, gone=gone) for v in writes)
        )

    def frees(self, kind, resource, namespace, name):
        taken = (namespace, name) in self.cluster.of(kind)
        unsure = kind == "Pod" and not self.cluster.pods_listed
        return not (taken or unsure) or self.any_may("delete", resource, namespace, name)

    def makes_new(self, who, kind, resource, namespace):
        return any(
            self.makes(who, resource, namespace, name)
            for name in self.cluster.names
            if self.frees(kind, resource, namespace, name)
        )

    def places(self):
        """Namespaces in which something can be created."""
        found = (*self.cluster.namespaces, *self.of("namespace"))
        return [namespace for namespace in found if namespace not in self.cluster.closed]

    def accounts_of(self, namespace):
        for place, name in (*self.cluster.of("ServiceAccount"), *self.of("account")):
            if place == namespace:
                yield "who", account(place, name)

    def secrets_of(self, namespace):
        return [("secret", k) for k in self.cluster.of("Secret") if k[0] == namespace]

    def has_room(self, namespace, resource):
        """Whether quotas of a namespace let another object of a resource be created."""
        quotas = [one for k, one in self.cluster.of("ResourceQuota").items() if k[0] == namespace]
        group = GROUPS.get(resource, "")
        full = f"{resource}.{group}" if group else resource
        counted = f"count/{full}", *(() if group else (resource,))
        return not states.refused_by_quotas(quotas, *counted)

    def makes_pods(self, who, namespace):
        room = self.has_room(namespace, "pods")
        replaced = {pods.owner(pod) for pod in self.cluster.of("Pod").values()}
        return any(
            self.makes_new(who, kind, f"{kind.lower()}s", namespace)
            for kind in (("Pod", *WORKLOADS) if room else ())
            if all(self.has_room(namespace, f"{one.lower()}s") for one in (kind, *_more(kind)))
        ) or any(
            self.may(who, verb, f"{kind.lower()}s", *k)
            for kind in WORKLOADS.keys() - {"Job"}  # whose template cannot be changed
            for k in self.cluster.of(kind)
            for verb in ("patch", "update")
            if k[0] == namespace and (room or (namespace, kind, k[1]) in replaced)
            if all(self.has_room(namespace, f"{one.lower()}s") for one in _more(kind))
        )


def _more(kind):
    """What a controller creates for a workload, and again once its template changes."""
    return states.BETWEEN.get(kind, ())


def reads(mine, cluster):
    for who, k in product(mine.of("who"), cluster.of("Secret")):
        by_name = any(mine.may(who, verb, "secrets", *k) for verb in BY_NAME)
        if by_name or any(mine.may(who, verb, "secrets", k[0]) for verb in WITHOUT_NAME):
            yield "secret", k


def tokens(mine, cluster):
    for who, k in product(mine.of("who"), (*cluster.of("ServiceAccount"), *mine.of("account"))):
        there = k[0] in mine.places()  # else nothing can be created in it
        if there and mine.may(who, "create", "serviceaccounts/token", *k):
            yield "who", account(*k)


def revived_accounts(mine, cluster):
    for k in cluster.accounts - cluster.of("ServiceAccount").keys():
        made = any(mine.makes(who, "serviceaccounts", *k) for who in mine.of("who"))
        if made and k[0] in mine.places() and mine.has_room(k[0], "serviceaccounts"):
            yield "account", k


def new_namespaces(mine, cluster):
    """Namespaces that are not there, though bindings name them; each has an account by itself."""
    for namespace in (cluster.mentioned | cluster.names) - {*cluster.namespaces}:
        if any(mine.makes(who, "namespaces", "", namespace) for who in mine.of("who")):
            yield "namespace", namespace
            yield "account", (namespace, "default")


def held_token_secrets(mine, cluster):
    for k in filter(cluster.is_token, mine.of("secret")):
        secret = cluster.of("Secret")[k]
        found = k[0], secret["metadata"]["annotations"]["kubernetes.io/service-account.name"]
        accepted = states.takes_token(secret, version=cluster.version)
        if accepted and found in cluster.of("ServiceAccount"):
            yield "who", account(*found)


def releases(mine, cluster):
    """What Helm applied last, and deployed, is what is in the release."""
    for kind, k in releases_read(mine, cluster):
        told = unpacked(kind, cluster.of(kind)[k])
        last = max(
            unpacked(holder, obj)["version"]
            for holder in ("Secret", "ConfigMap")
            for (place, name), obj in cluster.of(holder).items()
            if place == k[0] and name.startswith(f"sh.helm.release.v1.{told['name']}.v")
        )
        if told["info"]["status"] == "deployed" and told["version"] == last:
            yield from applied(cluster, told)


def releases_read(mine, cluster):
    for k in mine.of("secret"):
        if cluster.of("Secret")[k]["type"] == "helm.sh/release.v1":
            yield "Secret", k
    for k in (one for one in cluster.of("ConfigMap") if one[1].startswith("sh.helm.release.v1.")):
        if any(mine.any_may(verb, "configmaps", *k) for verb in BY_NAME) or any(
            mine.any_may(verb, "configmaps", k[0]) for verb in WITHOUT_NAME
        ):
            yield "ConfigMap", k


def unpacked(kind, obj):
    text = obj["data"]["release"]
    return json.loads(gzip.decompress(b64decode(b64decode(text) if kind == "Secret" else text)))


def applied(cluster, told):
    """Secrets that a release gave some key that they have."""
    for text in filter(str.strip, told["manifest"].split("---\n")):
        made = json.loads(text)
        k = made["metadata"].get("namespace", told["namespace"]), made["metadata"]["name"]
        if k in cluster.of("Secret") and made["data"].keys() & cluster.of("Secret")[k]["data"]:
            yield "secret", k


def bootstrap_tokens(mine, cluster):
    """Whoever writes one chooses its id, which no other one has, and its groups."""
    if not cluster.takes_tokens():
        return
    named = {name.removeprefix("system:bootstrap:") for name in cluster.users}
    named |= {name.removeprefix("bootstrap-token-") for _, name in cluster.of("Secret")}
    named |= {name.removeprefix("bootstrap-token-") for name in cluster.names}
    for token in (*(one for one in named if len(one) == len("abcdef")), "123456"):
        if _writes_token(mine, cluster, f"bootstrap-token-{token}"):
            own = f"system:bootstrap:{token}"
            yield "who", user(own, "system:bootstrappers")
            for group in cluster.groups:
                if group.startswith("system:bootstrappers:"):
                    yield "who", user(own, "system:bootstrappers", group)


def _writes_token(mine, cluster, name):
    k = "kube-system", name
    if k in cluster.of("Secret") and any(
        mine.any_may(verb, "secrets", *k) for verb in ("patch", "update")
    ):
        return True
    room = k in cluster.of("Secret") or mine.has_room(k[0], "secrets")  # one goes, and one comes
    return (
        room
        and mine.frees("Secret", "secrets", *k)
        and any(mine.makes(who, "secrets", *k) for who in mine.of("who"))
    )


def _read_back(mine, namespace, name):
    return any(mine.any_may(verb, "secrets", namespace, name) for verb in BY_NAME) or any(
        mine.any_may(verb, "secrets", namespace) for verb in WITHOUT_NAME
    )


def _debugged(mine, cluster, namespace):
    return any(
        mine.any_may(verb, "pods/ephemeralcontainers", *k)
        for k, spec in cluster.changeable(mine)
        for verb in ("patch", "update")
        if k[0] == namespace and cluster.listed_by(namespace, spec["serviceAccountName"]) is None
    )


def _given_anew(mine, cluster):
    """Secrets that a Pod has in its files, or its kubelet may get, whenever they are written."""
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    for k, pod in cluster.of("Pod").items():
        if k in mine.of("pod"):
            yield from ((k[0], name) for name in pods.renewed(states.running_inside(pod)))
        if pod["spec"].get("nodeName") in nodes and not pods.is_mirror(pod):
            yield from ((k[0], name) for name in pods.read_by_kubelet(pod["spec"]))


def new_token_secrets(mine, cluster):
    for namespace, name in product(mine.places(), cluster.names):
        if (
            mine.has_room(namespace, "secrets")
            and mine.frees("Secret", "secrets", namespace, name)
            and any(mine.makes(who, "secrets", namespace, name) for who in mine.of("who"))
            and (_read_back(mine, namespace, name) or _debugged(mine, cluster, namespace))
        ):
            yield from mine.accounts_of(namespace)
    for k in _given_anew(mine, cluster):
        if k not in cluster.of("Secret") and k[0] not in cluster.closed:
            made = any(mine.makes(who, "secrets", *k) for who in mine.of("who"))
            yield from mine.accounts_of(k[0]) if made else ()


def changed_token_secrets(mine, cluster):
    given = set(_given_anew(mine, cluster))
    for k in filter(cluster.is_token, cluster.of("Secret")):
        if cluster.of("Secret")[k].get("immutable"):
            continue
        if mine.any_may("patch", "secrets", *k) or (
            mine.any_may("update", "secrets", *k)
            and (_read_back(mine, *k) or _debugged(mine, cluster, k[0]) or k in given)
        ):
            yield from mine.accounts_of(k[0])


def entered_pods(mine, cluster):
    for who, (k, _) in product(mine.of("who"), cluster.running()):
        verbs = ("create", "get") if cluster.old else ("create",)
        if any(mine.may(who, verb, "pods/exec", *k) for verb in verbs):
            yield "pod", k
    for k, spec in cluster.changeable(mine):
        if any(mine.any_may(verb, "pods", *k) for verb in ("patch", "update")):
            yield "pod", k
            yield "image", k
        if any(mine.any_may(v, "pods/ephemeralcontainers", *k) for v in ("patch", "update")):
            yield from _debugging(mine, cluster, k, spec)


def _debugging(mine, cluster, k, spec):
    """What a container gets that is added to a Pod: its volumes, and Secrets as variables."""
    yield "pod", k
    listed = cluster.listed_by(k[0], spec["serviceAccountName"])
    yield from mine.secrets_of(k[0]) if listed is None else (("secret", one) for one in listed)
    yield from _idle_token(cluster, k, spec)
    node = cluster.node_of(spec)
    its_account = account(k[0], spec["serviceAccountName"])
    let_in = _lets_in(mine, cluster, k[0], [its_account], _debuggers(mine, k))
    if let_in and not pods.is_apart(spec):
        yield from (("node", name) for name in node)
    for name, claim in pods.claims(cluster.of("Pod")[k]).items():
        if may_be_root(mine, cluster, k[0]):
            writes, apart = name not in pods.read_only(spec), pods.is_apart(spec)
            yield from _of_paths(cluster, k[0], claim, node, writes=writes, apart=apart)


def _debuggers(mine, k):
    """Those of one's identities that add containers to a Pod, where OpenShift lets them."""
    for who in mine.of("who"):
        if any(mine.may(who, v, "pods/ephemeralcontainers", *k) for v in ("patch", "update")):
            yield who


def may_be_root(mine, cluster, namespace):
    """Whether a Pod of one's own may run as root."""
    accounts = cluster.accounts_in(namespace)
    strict = cluster.level(namespace) != "baseline" or cluster.constrains(namespace, accounts)
    return not strict or _lets_in(mine, cluster, namespace, accounts)


def _of_paths(cluster, namespace, claim, nodes, **how):
    """What the path of a node gives that a claim is."""
    found = cluster.claimed_paths(namespace)
    if claim in found:
        yield from _by_path(cluster, found[claim], nodes, **how)


def _by_path(cluster, path, nodes, **how):
    for what, node in product(pods.by_path(path, **how), nodes):
        if what == "node":
            yield "node", node
        elif what == "kubelet":
            yield "who", kubelet(node)
        elif what == "etcd":
            if cluster.has_etcd(node) and cluster.has_plaintext():
                yield from (("secret", k) for k in cluster.of("Secret"))
        elif cluster.is_control_plane(node):
            yield "who", user("admin", "system:masters")


def _idle_token(cluster, k, spec):
    if pods.has_token(spec):
        yield from _own_account(cluster, k, spec)


def _own_account(cluster, k, spec):
    found = k[0], spec["serviceAccountName"]
    yield from (("who", account(*one)) for one in cluster.of("ServiceAccount") if one == found)


def revived(mine, k, spec):
    """The ServiceAccount of a Pod, if it was deleted and one creates another."""
    found = k[0], spec["serviceAccountName"]
    yield from (("who", account(*one)) for one in mine.of("account") if one == found)


def what_pods_hold(mine, cluster):
    found = [(k, states.running_inside(cluster.of("Pod")[k])) for k in mine.of("pod")]
    found += [(k, states.with_other_images(cluster.of("Pod")[k])) for k in mine.of("image")]
    for k, spec in found:
        pod = {**cluster.of("Pod")[k], "spec": spec}
        node = cluster.node_of(spec)
        inside = {name: one for (place, name), one in cluster.of("Secret").items() if place == k[0]}
        yield from (("secret", (k[0], name)) for name in pods.read_inside(spec, inside))
        if pods.holds_token(spec):
            yield from _own_account(cluster, k, spec)
        if pods.has_host(spec):
            yield from (("node", name) for name in node)
        for path, writes in pods.of_host(pod, cluster.claimed_paths(k[0])):
            apart = pods.is_apart(spec)
            yield from _by_path(cluster, path, node, writes=writes, apart=apart)


def _lets_in(mine, cluster, namespace, accounts, creators=()):
    """Whether privileged Pods are let in that run as these accounts, or that creators make.

    Roles that one may bind count for oneself, not for accounts.
    """
    by_level = cluster.level(namespace) == "privileged"
    if by_level and cluster.constrains(namespace, accounts):
        uses = any(
            cluster.lists(who)
            or any(mine.may(who, *USE, namespace, name) for name in cluster.giving)
            for who in creators
        )
        by_level = uses or _writes_constraints(mine, cluster)
    return by_level or namespace in mine.of("relabelled")


def _writes_constraints(mine, cluster):
    """Whether one has constraints permit what one likes, to whom one likes."""
    held = [name for _, name in cluster.of("SecurityContextConstraints")]
    names = held or ["privileged"]
    return any(
        mine.any_may(verb, RESOURCE, "", n) for verb in ("patch", "update") for n in names
    ) or any(
        mine.makes_new(who, "SecurityContextConstraints", RESOURCE, "") for who in mine.of("who")
    )


def relabelled(mine, cluster):
    writes = product(("patch", "update"), ("namespaces", "namespaces/status"))
    for verb, resource in (*writes, ("update", "namespaces/finalize")):
        for namespace in cluster.namespaces:
            if mine.any_may(verb, resource, namespace, namespace):
                yield "relabelled", namespace


def own_pods(mine, cluster):
    every = [
        name for _, name in cluster.of("Node") if cluster.answers(name) and cluster.is_linux(name)
    ]
    creates = _creates_volumes(mine)
    for who, namespace in product(mine.of("who"), mine.places()):
        if mine.makes_pods(who, namespace):
            yield "makes", namespace
            yield from mine.secrets_of(namespace)
            yield from mine.accounts_of(namespace)
            creators = [who] if mine.may(who, "create", "pods", namespace) else []
            accounts = cluster.accounts_in(namespace)
            lets_in = _lets_in(mine, cluster, namespace, accounts, creators)
            root = may_be_root(mine, cluster, namespace)
            if lets_in or (creates and root):
                yield from (("node", name) for name in every)
            for volume in cluster.of("PersistentVolume").values() if root else ():
                led = mounts_volume(mine, cluster, volume, namespace) or changes_volume(
                    mine, volume
                )
                path = pods.path_of(volume["spec"])
                if led and path and "local" not in volume["spec"]:  # which is of one node
                    yield from _by_path(cluster, path, every, writes=True)


def mounts_volume(mine, cluster, volume, namespace):
    """Whether Pods of one's own in a namespace mount a volume that nobody changes."""
    ref = volume["spec"].get("claimRef")
    if not ref or ref["namespace"] != namespace:
        return not ref
    if cluster.has_claim(volume):
        return True
    if "uid" in ref or cluster.claim_of(volume):
        return False  # it waits for one that was deleted, or that has another volume
    return any(
        mine.makes(who, "persistentvolumeclaims", namespace, ref["name"])
        or ("-" in ref["name"] and mine.makes(who, "pods", namespace, "any"))
        for who in mine.of("who")
    )


def _creates_volumes(mine):
    resource = "persistentvolumes"
    return any(mine.makes_new(who, "PersistentVolume", resource, "") for who in mine.of("who"))


def changes_volume(mine, volume):
    return any(mine.any_may(v, "persistentvolumes", *key(volume)) for v in ("patch", "update"))


def volume_secrets(mine, cluster):
    """Secrets that a PersistentVolume names, for a kubelet of whose Pods one has its claim."""
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    if not nodes:
        return
    found = cluster.of("Pod").items()
    held = [k[0] for k, pod in found if pods.claims(pod) and _is_of(mine, nodes, k, pod)]
    made = mine.of("makes")
    if (held or made) and _creates_volumes(mine):
        yield from (("secret", k) for k in cluster.of("Secret"))
    for volume in cluster.of("PersistentVolume").values():
        spec = volume["spec"]
        changes = changes_volume(mine, volume)
        if changes or "claimRef" not in spec:
            places = [*made, *held] if changes else made
        else:
            places = [one for one in made if one == spec["claimRef"]["namespace"]]
        for place in places:
            led = {**spec, "claimRef": {"namespace": place}}
            yield from (("secret", one) for one in pods.of_volume(led))


def _is_of(mine, nodes, k, pod):
    """Whether a Pod is on a node of one's kubelets, or is bound to one."""
    if pods.is_mirror(pod):
        return False
    node = pod["spec"].get("nodeName")
    return node in nodes if node or "told" in pod else _binds_pod(mine, k, pod)


def _binds_pod(mine, k, pod):
    asked = ("pods/binding", *k), ("bindings", k[0])
    gated = "schedulingGates" in pod["spec"] or k[0] in mine.cluster.closed
    return not gated and any(mine.any_may("create", *request) for request in asked)


def node_of(who):
    name = who.user.removeprefix("system:node:")
    return name if name != who.user and "system:nodes" in who.groups else None


def is_a_kubelet(mine):
    return any(node_of(who) for who in mine.of("who"))


def hosts(mine, cluster):
    for node in mine.of("node"):
        yield "who", kubelet(node)
        if cluster.is_control_plane(node) or cluster.has_etcd(node):
            yield "who", user("admin", "system:masters")
        for k, spec in cluster.running():
            if spec.get("nodeName") == node:
                yield "pod", k


def kubelets(mine, cluster):
    nodes = set(filter(None, map(node_of, mine.of("who"))))
    for k, pod in cluster.of("Pod").items() if nodes else ():
        if _is_of(mine, nodes, k, pod):
            yield from (("secret", (k[0], name)) for name in pods.read_by_kubelet(pod["spec"]))
            yield from (("secret", one) for one in cluster.read_for_claims(pod))
            asks = cluster.lets_ask(nodes, k, pod) or _has_driver_ask(mine, cluster, nodes, pod)
            asks = asks and k[0] not in cluster.closed
            yield from _own_account(cluster, k, pod["spec"]) if asks else ()
            if asks and pod["spec"].get("nodeName") in nodes:
                yield from revived(mine, k, pod["spec"])


def _has_driver_ask(mine, cluster, nodes, pod):
    """Whether a driver of a Pod is made to ask for tokens, on a node of one's kubelets."""
    if pod["spec"].get("nodeName") not in nodes:
        return False
    drivers = [driver for driver in cluster.drivers_of(pod) if driver]
    there = [driver for driver in drivers if ("", driver) in cluster.of("CSIDriver")]
    edits = product(("patch", "update"), there)
    return any(mine.any_may(verb, "csidrivers", "", driver) for verb, driver in edits) or any(
        mine.makes(who, "csidrivers", "", driver)
        for who, driver in product(mine.of("who"), {*drivers} - {*there})
    )


def certified_nodes(mine, cluster):
    requests = "certificatesigningrequests"
    whole = any(mine.any_may(verb, requests) for verb in WITHOUT_NAME)
    for who, name in () if cluster.on_eks else product(mine.of("who"), cluster.names):
        if mine.makes(who, requests, "", name) and mine.may(
            who,
            "create",
            f"{requests}/nodeclient",
            beside=True,  # it is asked later
        ):
            read = [(verb, requests) for verb in (*BY_NAME, "update")]
            read += [("get", f"{requests}/approval"), ("get", f"{requests}/status")]
            if whole or any(mine.any_may(*one, "", name) for one in read):
                yield from _any_kubelet(cluster)


def node_proxies(mine, cluster):
    for k, spec in cluster.running():
        for verb in ("get", "create"):
            if mine.any_may(verb, "nodes/proxy", "", spec.get("nodeName", "unknown")):
                yield "pod", k


def impersonated(mine, cluster):
    for who in filter(lambda one: one.whole, mine.of("who")):
        groups = [g for g in cluster.groups if mine.may(who, "impersonate", "groups", "", g)]
        for name in cluster.users | cluster.names | cluster.kubelets:
            if name.startswith("system:serviceaccount:"):
                continue  # that takes the right on ServiceAccounts
            if mine.may(who, "impersonate", "users", "", name):
                yield "who", user(name, whole=False)
                yield from (("who", user(name, group, whole=False)) for group in groups)
        for k in {*cluster.accounts, *product(cluster.mentioned, cluster.names)}:
            if mine.may(who, "impersonate", "serviceaccounts", *k):
                acted_as = account(*k)
                yield "who", acted_as._replace(whole=False)
                yield from (("who", user(acted_as.user, g, whole=False)) for g in groups)


def acted_as_for_some_requests(mine, cluster):
    for who in () if cluster.old else filter(lambda one: one.whole, mine.of("who")):
        by = who, "user-info"
        users, groups = f"users@{ACTING}", f"groups@{ACTING}"
        some = [
            group
            for group in sorted(cluster.groups - {"system:masters"})
            if mine.may(who, "impersonate:user-info", groups, "", group)
        ]
        for name in cluster.users | cluster.names:
            reserved = name.startswith(("system:serviceaccount:", "system:node:"))
            if not reserved and mine.may(who, "impersonate:user-info", users, "", name):
                acted = user(name, whole=False)._replace(by=by)
                yield "who", acted
                yield from (("who", acted._replace(groups=with_implied(g))) for g in some)
        for k in cluster.accounts:
            if mine.may(who, "impersonate:serviceaccount", f"serviceaccounts@{ACTING}", *k):
                yield "who", account(*k)._replace(whole=False, by=(who, "serviceaccount"))


def bound(mine, cluster):
    for who, role in product(mine.of("who"), cluster.roles):
        for scope in [role[1]] if role[0] == "Role" else [*cluster.namespaces, ""]:
            for by in _binds(mine, who, scope, role):
                yield "bound", (scope, role, by)


def _binds(mine, who, scope, role):
    """By which bindings somebody binds a role to itself: those that are there, or a new one."""
    kind = "RoleBinding" if scope else "ClusterRoleBinding"
    bind = "bind", f"{role[0].lower()}s", scope, role[2]
    if not mine.may(who, *bind):
        return
    resource = f"{kind.lower()}s"
    room = mine.has_room(scope, resource)
    for name in mine.cluster.names if scope not in mine.cluster.closed else ():
        taken = (scope, name) in mine.cluster.of(kind)
        gone = (kind, scope, name) if taken else None  # with all that it gives
        freed = mine.may(who, "delete", resource, scope, name) if taken else room
        made = freed and mine.makes(who, resource, scope, name, put=True, gone=gone)
        if made and mine.may(who, *bind, gone=gone):
            yield gone
    for found, place, name, fixed, _ in mine.cluster.bindings:
        if (found, place, fixed) == (kind, scope, role) and any(
            mine.may(who, verb, resource, scope, name) for verb in ("patch", "update")
        ):
            yield found, place, name


def widened(mine, cluster):
    """Roles that are written with any rights: those that are there, and new ones."""
    roles = {*cluster.roles, *(role for *_, role, _ in cluster.bindings)}
    places = (("Role", namespace) for namespace in cluster.namespaces)
    roles |= {(*at, name) for at in (*places, ("ClusterRole", "")) for name in cluster.names}
    written = {one for who, one in product(mine.of("who"), roles) if _writes(mine, who, one)}
    for role in written:
        yield from _as_its_holder(mine, cluster, role)
    for role in cluster.aggregated:
        if any(one[0] == "ClusterRole" and one != role for one in written):  # it gets the label
            yield from _as_its_holder(mine, cluster, role)


def _as_its_holder(mine, cluster, role):
    for _, scope, _, bound_to, subjects in cluster.bindings:
        mine_too = any(_is(s, one) for s, one in product(subjects, mine.of("who")) if not one.by)
        if bound_to == role and mine_too:
            yield "bound", (scope, None, None)
    for scope in [role[1]] if role[0] == "Role" else [*cluster.namespaces, ""]:
        if any(True for one in mine.of("who") for _ in _binds(mine, one, scope, role)):
            yield "bound", (scope, None, None)


def _writes(mine, who, role):
    kind, namespace, name = role
    resource = f"{kind.lower()}s"
    edits = any(mine.may(who, verb, resource, namespace, name) for verb in ("patch", "update"))
    made = namespace not in mine.cluster.closed and mine.has_room(namespace, resource)
    if mine.may(who, "escalate", resource, namespace, name) and edits:
        made = made and mine.may(who, "create", resource, namespace, name, beside=True)
        return role in mine.cluster.roles or made
    there = role in mine.cluster.roles
    freed = not there or mine.may(who, "delete", resource, namespace, name)
    made = freed and (made or (there and namespace not in mine.cluster.closed))
    lost = role if there else None  # its bindings stay, and give nothing
    return made and all(
        mine.may(who, verb, resource, namespace, lost=lost) for verb in ("create", "escalate")
    )


def certified(mine, cluster):
    requests = "certificatesigningrequests"
    for name in () if cluster.on_eks else cluster.names:
        if any(mine.makes(who, requests, "", name) for who in mine.of("who")):
            for who in mine.of("who"):
                yield from _approved(mine, cluster, who, name)


def _approved(mine, cluster, who, name):
    approval = "certificatesigningrequests/approval"
    if not any(mine.may(who, verb, approval, "", name) for verb in ("patch", "update")):
        return
    for signer, whom in (("", _anybody), ("-kubelet", _any_kubelet)):
        of = (f"kubernetes.io/kube-apiserver-client{signer}", "kubernetes.io/*")
        if any(mine.may(who, "approve", "signers", "", one) for one in of):
            yield from whom(cluster)


def opened(mine, cluster):
    if cluster.is_open() and any(AUTHENTICATED in who.groups for who in mine.of("who")):
        yield from everything(cluster)


def _any_kubelet(cluster):
    return [("who", kubelet(name)) for _, name in cluster.of("Node")]


def everything(cluster):
    yield "who", user("admin", "system:masters")
    yield from (("secret", k) for k in cluster.of("Secret"))


def _anybody(cluster):
    yield from _any_kubelet(cluster)
    accounts = {account(*k).user for k in cluster.accounts}
    for name, group in product(cluster.users | accounts, {AUTHENTICATED, *cluster.groups}):
        if group != "system:masters":
            yield "who", user(name, group)


TECHNIQUES = (
    reads,
    tokens,
    revived_accounts,
    new_namespaces,
    releases,
    bootstrap_tokens,
    held_token_secrets,
    new_token_secrets,
    changed_token_secrets,
    entered_pods,
    what_pods_hold,
    relabelled,
    own_pods,
    hosts,
    volume_secrets,
    kubelets,
    certified_nodes,
    node_proxies,
    impersonated,
    acted_as_for_some_requests,
    bound,
    widened,
    certified,
    opened,
)
