"""A cluster of plain objects: what it allows, what runs in it, and what states let happen."""

from tests.query.plain import pods, states
from tests.query.plain.identities import account, kubelet

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
COUNTED = {"DaemonSet": "currentNumberScheduled", "Job": "active"}
"""Where a status counts Pods, if not in ``replicas``."""
GONE = {"automountServiceAccountToken": False}
"""Of an account that a Pod outlived, it is not known whether that mounted its token."""
AUDIENCE = "request-serviceaccounts-token-audience"


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
                if any(is_subject(subject, who) for subject in subjects)
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
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"):
            for (namespace, name), obj in self.of(kind).items():
                template = obj["spec"].get("template")
                if template and (namespace, kind, name) not in owned:
                    account = self.of("ServiceAccount").get((namespace, pods.account(template)))
                    count = self.counted(obj, account)
                    if count and kind == "StatefulSet":  # the names of its Pods are known
                        count = max(count, obj["spec"].get("replicas", 1))
                    gone = {**GONE, "metadata": {"name": pods.account(template)}}
                    spec = pods.admitted(template["spec"], account or gone)
                    for number in range(count if kind == "StatefulSet" else min(count, 1)):
                        called = f"{name}-{number}" if kind == "StatefulSet" else f"{kind}/{name}"
                        metadata = {"namespace": namespace, "name": called}
                        told = {"metadata": metadata, "spec": spec, "status": {"phase": "Running"}}
                        yield (namespace, called), {**told, "told": True}

    def counted(self, obj, account):
        """How many Pods a workload has: by a server's status, or once a manifest is applied."""
        kind, spec = obj["kind"], obj["spec"]["template"]["spec"]
        if "uid" in obj["metadata"]:
            return obj.get("status", {}).get(COUNTED.get(kind, "replicas"), 0)
        let_in = pods.meets(spec, self.level(obj["metadata"]["namespace"]))
        return obj["spec"].get("replicas", 1) if let_in and account and kind != "Job" else 0

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
        if self.shows_openshift and labels.get("openshift.io/run-level") in {"0", "1"}:
            return "privileged"
        return labels.get("pod-security.kubernetes.io/enforce", "privileged")

    @property
    def on_eks(self):
        """Whether it is a cluster of EKS, which signs no client certificates."""
        found = [node.get("status", {}) for node in self.of("Node").values()]
        return any("-eks-" in one.get("nodeInfo", {}).get("kubeletVersion", "") for one in found)

    @property
    def openshift(self):
        """Whether it may be OpenShift: a namespace is called so."""
        return ("", "openshift-infra") in self.of("Namespace")

    @property
    def shows_openshift(self):
        """Whether it is OpenShift, whose own kinds are there: a mere name takes no level away."""
        return bool(self.of("SecurityContextConstraints") or self.of("Group"))

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


def is_subject(subject, who):
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
