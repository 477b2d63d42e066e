"""The same cluster under other names: ones that look like what stands for any name.

Every sort of name is renamed to what the API server takes for it: what is in namespaces, and
these, only to DNS labels; roles and bindings to anything without a slash or a percent sign; users
and groups to anything at all. A name that Kubernetes or a provider gives a meaning stays.

Source: kubernetes ``pkg/apis/rbac/validation/validation.go`` and
``staging/src/k8s.io/apimachinery/pkg/api/validation/path/name.go``.
"""

import random
from copy import deepcopy

LABELS = (
    *(
        "all",
        "each",
        "any",
        "anybody",
        "every",
        "join",
        "secret",
        "other",
        "role",
        "itself",
        "made",
    ),
    *("applied", "created", "changed", "claimed", "debugging", "debugged", "admitted", "project"),
)
ROLES = (
    *(
        "*",
        "*",
        "*",
        "**",
        "each",
        "all",
        "any",
        " ",
        "a b",
        ":",
        "*:*",
        "ünï☃",
        "Role",
        "\\",
        "''",
    ),
    *(
        '""',
        "-",
        "ClusterRole",
        "x either way",
        "x in all",
        "x in every namespace",
        "[x]",
        "itself",
    ),
    *("x and ClusterRole y", "x beside ClusterRole y", "x as another", "bound", "cluster-admin "),
)
PEOPLE = (
    *(
        "*",
        "*",
        "*",
        "each",
        "all",
        "any",
        "anybody",
        " ",
        "a b",
        ":",
        "/",
        "*/*",
        "ünï☃",
        "\\",
        "%",
    ),
    *("ClusterRole/x", "ClusterRole/*", "group:x", "user:x", "sa:all/each", "all/each", "''", '""'),
    *("x by ClusterRole y", "x has itself", "secret:all/secret", "x in all", "-", "kubelet n1"),
)
_KEPT = (
    *("system:", "arn:", "sh.helm.", "bootstrap-token-", "kubernetes.io/", "kube-", "openshift"),
    *("aws-", "argocd-", "kustomize-", "etcd-", "calico-etcd-"),
)
_RESERVED = {"cluster-admin", "admin", "edit", "view", "default", "privileged", "cp", "e", ""}
_RBAC = {"roles", "clusterroles", "rolebindings", "clusterrolebindings"}
_ACCOUNT, _ACCOUNTS, _NODE = "system:serviceaccount:", "system:serviceaccounts:", "system:node:"
_TOKEN_OF, _NAME_OF = "kubernetes.io/service-account.name", "kubernetes.io/metadata.name"
_FIELDS = {
    *(
        "name",
        "namespace",
        "serviceAccountName",
        "nodeName",
        "secretName",
        "claimName",
        "volumeName",
    ),
    *("secretNamespace", "policyName", _TOKEN_OF, _NAME_OF),
}
"""Fields that hold the name of an object, or of a part of one, which may change with it."""

_WITHIN = {"containers", "initContainers", "webhooks", "env"}
"""Lists of parts that have names of their own."""


class Renaming:
    """What each name of a cluster becomes, by a seed.

    Parameters
    ----------
    objects, groups:
        The cluster, and who is in which groups.
    sorts:
        What is renamed: ``labels``, ``roles`` and ``people``.
    """

    def __init__(self, objects, groups, seed, sorts=("labels", "roles", "people")):
        rng = random.Random(seed)
        self.found = {sort: set() for sort in ("labels", "roles", "people")}
        self.map = {}
        self._look_at = self.found
        self._objects(objects)
        self._groups(groups)
        self._look_at = None
        pools = {"labels": LABELS, "roles": ROLES, "people": _people(objects)}
        for sort, names in self.found.items():
            pool = sorted(set(pools[sort]) - names)
            rng.shuffle(pool)
            if sort != "labels" and "*" in pool and rng.random() < 0.7:
                pool.remove("*")
                pool.append("*")
            old = sorted(names) if sort in sorts else []
            rng.shuffle(old)
            self.map[sort] = {name: pool.pop() for name in old if pool}

    def _name(self, sort, name):
        if name in _RESERVED or name.startswith(_KEPT):
            return name
        if self._look_at is not None:
            self._look_at[sort].add(name)
            return name
        return self.map[sort].get(name, name)

    def label(self, name):
        base, dash, rest = name.partition("-")
        if dash and not name.startswith(_KEPT):  # made of another; a claim, of a volume's too
            return f"{self.label(base)}-{self.map.get('labels', {}).get(rest, rest)}"
        return self._name("labels", name)

    def role(self, name):
        return self._name("roles", name)

    def user(self, name):
        if name.startswith(_ACCOUNT):
            namespace, _, account = name.removeprefix(_ACCOUNT).partition(":")
            return f"{_ACCOUNT}{self.label(namespace)}:{self.label(account)}"
        if name.startswith(_NODE):
            return _NODE + self.label(name.removeprefix(_NODE))
        return self._name("people", name)

    def group(self, name):
        if name.startswith(_ACCOUNTS):
            return _ACCOUNTS + self.label(name.removeprefix(_ACCOUNTS))
        return self._name("people", name)

    def printed(self, text):
        """A printed node."""
        kind, _, rest = text.partition(":")
        identity = kind.removeprefix("impersonated-")
        if identity in {"user", "group"}:
            return f"{kind}:{getattr(self, identity)(rest)}"
        return f"{kind}:{'/'.join(map(self.label, rest.split('/')))}"

    def cluster(self, objects, groups):
        return self._objects(objects), self._groups(groups)

    def _groups(self, groups):
        return {self.user(one): tuple(map(self.group, of)) for one, of in groups.items()}

    def _objects(self, objects):
        return [self._object(deepcopy(obj)) for obj in objects]

    def _object(self, obj):
        kind, metadata = obj["kind"], obj["metadata"]
        if kind.startswith(("Role", "ClusterRole")):
            metadata["name"] = self.role(metadata["name"])
            if "namespace" in metadata:
                metadata["namespace"] = self.label(metadata["namespace"])
            if "roleRef" in obj:
                obj["roleRef"]["name"] = self.role(obj["roleRef"]["name"])
            for rule in obj.get("rules") or ():
                self._rule(rule)
            for subject in obj.get("subjects") or ():
                self._subject(subject)
            return obj
        if kind == "Group":
            metadata["name"] = self.group(metadata["name"])
            obj["users"] = list(map(self.user, obj["users"]))
            return obj
        if kind == "SecurityContextConstraints":
            obj["users"] = list(map(self.user, obj["users"]))
            obj["groups"] = list(map(self.group, obj["groups"]))
            return obj
        return self._deep(obj)

    def _rule(self, rule):
        names = rule.get("resourceNames")
        resources = {one.partition("/")[0] for one in rule.get("resources") or ()}
        if not names or resources & {"signers", "securitycontextconstraints"}:
            return
        rule["resourceNames"] = list(map(self.of(*resources), names))

    def of(self, *resources):
        """How names of resources are renamed."""
        if _RBAC.issuperset(resources):
            return self.role
        own = {"users": self.user, "groups": self.group}
        return own.get(resources[0], self.label) if len(resources) == 1 else self.label

    def _subject(self, subject):
        if subject["kind"] == "ServiceAccount":
            subject["name"] = self.label(subject["name"])
            subject["namespace"] = self.label(subject["namespace"])
        else:
            rename = self.user if subject["kind"] == "User" else self.group
            subject["name"] = rename(subject["name"])

    def _deep(self, value, within=""):
        if isinstance(value, list):
            return [self._deep(one, within) for one in value]
        if not isinstance(value, dict):
            return value
        for key, held in value.items():
            if key in _FIELDS and isinstance(held, str):
                value[key] = held if key == "name" and within in _WITHIN else self.label(held)
            elif key == "values" and value.get("key") == _NAME_OF:
                value[key] = list(map(self.label, held))
            elif key not in {"data", "labels"}:
                value[key] = self._deep(held, key)
        return value


def _people(objects):
    """Names that users and groups may get.

    OpenShift's own hold no colon, slash or percent sign (``pkg/user/apis/user/validation`` of
    openshift-apiserver): its login server gives nobody such a name. To add many groups by
    constrained impersonation, the API server asks for ``*``, so that there a group of this name is
    no group like another.
    """
    names = set(PEOPLE)
    if any(obj["metadata"]["name"].startswith("openshift") for obj in objects):
        names = {name for name in names if frozenset(":/%").isdisjoint(name)}
    rules = [rule for obj in objects for rule in obj.get("rules") or ()]
    if any(verb.startswith("impersonate:") for rule in rules for verb in rule["verbs"]):
        names.discard("*")
    return names
