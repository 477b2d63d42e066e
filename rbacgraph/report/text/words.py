"""Nodes, evidence and counts in words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import EXTERNAL_SECRETS, one_word
from rbacgraph.model.printable import no_command
from rbacgraph.report.text.layout.text import count, listing

_KINDS = {
    "user": ("user", "users"),
    "group": ("group", "groups"),
    "serviceaccount": ("ServiceAccount", "ServiceAccounts"),
    "impersonated-serviceaccount": ("impersonated ServiceAccount", "impersonated ServiceAccounts"),
    "impersonated-user": ("impersonated user", "impersonated users"),
    "impersonated-group": ("impersonated group", "impersonated groups"),
    "impersonated-kubelet": ("impersonated kubelet", "impersonated kubelets"),
    "secret": ("Secret", "Secrets"),
    "configmap": ("ConfigMap", "ConfigMaps"),
    "pod": ("Pod", "Pods"),
    "node": ("Node", "Nodes"),
    "kubelet": ("kubelet", "kubelets"),
    "deployment": ("Deployment", "Deployments"),
    "replicaset": ("ReplicaSet", "ReplicaSets"),
    "statefulset": ("StatefulSet", "StatefulSets"),
    "daemonset": ("DaemonSet", "DaemonSets"),
    "job": ("Job", "Jobs"),
    "cronjob": ("CronJob", "CronJobs"),
    "replicationcontroller": ("ReplicationController", "ReplicationControllers"),
    "podtemplate": ("PodTemplate", "PodTemplates"),
    "role": ("Role", "Roles"),
    "clusterrole": ("ClusterRole", "ClusterRoles"),
    "rolebinding": ("RoleBinding", "RoleBindings"),
    "clusterrolebinding": ("ClusterRoleBinding", "ClusterRoleBindings"),
    "ingress": ("Ingress", "Ingresses"),
    "cluster": ("cluster", "clusters"),
    "registry": ("registry", "registries"),
    "aws-role": ("AWS role", "AWS roles"),
    "aws-user": ("AWS user", "AWS users"),
    "azure-identity": ("Azure identity", "Azure identities"),
    "google-serviceaccount": ("Google service account", "Google service accounts"),
    "google-federated": ("identity of a pool of Google", "identities of pools of Google"),
    "vault": ("secret of Vault", "secrets of Vault"),
    "aws": ("secret of AWS", "secrets of AWS"),
    "azure": ("secret of Azure", "secrets of Azure"),
    "gcp": ("secret of Google Cloud", "secrets of Google Cloud"),
    "external": ("secret of a store", "secrets of stores"),
    "age": ("age key", "age keys"),
    "pgp": ("PGP key", "PGP keys"),
    "sops": ("content of a file encrypted by SOPS", "contents of files encrypted by SOPS"),
    "secretstore": ("SecretStore", "SecretStores"),
    "clustersecretstore": ("ClusterSecretStore", "ClusterSecretStores"),
    "generator": ("generator", "generators"),
    "vaultauth": ("VaultAuth", "VaultAuths"),
    "secretproviderclass": ("SecretProviderClass", "SecretProviderClasses"),
    "vault-login": ("login to Vault", "logins to Vault"),
    "vault-token": ("token of Vault", "tokens of Vault"),
    "vault-choice": (
        "token of Vault with one more policy of choice besides",
        "tokens of Vault with one more policy of choice besides",
    ),
    "vault-namespace": ("everything in Vault's namespace", "everything in Vault's namespaces"),
    "provider-login": ("login of the nodes", "logins of the nodes"),
    "namespace": ("Namespace", "Namespaces"),
    "grant": ("role", "roles"),
}
_CREATED = "* (created)"
_BOUND = "where a RoleBinding can be created"
_COLLECTIONS = {
    "secrets": "Secret",
    "configmaps": "ConfigMap",
    "sealedsecrets": "Secret of a SealedSecret",
    "vault-secrets": "secret of Vault that the input names",
    "pods": "Pod",
    "changeable-pods": "Pod",
    "pods-on-nodes": "Pod on a Node",
    "nodes-of-pods": "Node of a Pod",
    "logged": "Secret and token that Pods may print",
    "namespaces-with": "namespace",
    "nodes": "Node",
    "serviceaccounts": "ServiceAccount",
    "named-serviceaccounts": "ServiceAccount, existing or only named,",
    "users": "user",
    "certified": "user, group and named ServiceAccount but system:masters",
    "kubelets": "kubelet",
    "impersonated-kubelets": "kubelet",
    "groups": "group",
    "roles": "Role",
    "clusterroles": "ClusterRole",
}
_OUTSIDE = frozenset(
    {"cluster", "registry", "aws-role", "aws-user", "azure-identity", "google-serviceaccount"}
)
_IN_STORES = frozenset(EXTERNAL_SECRETS)
_CLUSTER_SCOPED = (
    frozenset(
        {
            "user",
            "group",
            "node",
            "kubelet",
            "provider-login",
            "vault-login",
            "vault-token",
            "vault-choice",
            "vault-namespace",
        }
    )
    | _IN_STORES
    | _OUTSIDE - {"cluster"}
)
_IDENTITIES = frozenset({"user", "group", "serviceaccount", "kubelet"})
_GRANT = re.compile(r"(?:([^/]+)/)?(Role|ClusterRole|full control)([/ ])(.*)", re.DOTALL)
"""A slash stands before the name of a role as it is, a space before words of several parts."""


def split_node(node: str) -> tuple[str, str, str]:
    """Split a printed node into kind, namespace and name.

    No name of the cluster misleads: a kind holds no colon, a namespace no slash, and the names of
    kinds without a namespace are taken whole, as a user's name may hold a slash.

    Examples
    --------
    >>> split_node("serviceaccount:shop/ci")
    ('serviceaccount', 'shop', 'ci')
    >>> split_node("user:team/alice")
    ('user', '', 'team/alice')
    """
    kind, _, rest = node.partition(":")
    if kind.removeprefix("impersonated-").removeprefix("constrained-") in _CLUSTER_SCOPED:
        return kind, "", rest
    namespace, slash, name = rest.partition("/")
    return (kind, namespace, name) if slash else (kind, "", rest)


def kind_of(node: str) -> str:
    """Return the kind of a printed node."""
    return node.partition(":")[0]


def namespace_of(node: str) -> str:
    """Namespace of a printed node; ``""`` where it has none."""
    return split_node(node)[1]


def short(node: str) -> str:
    """Return a printed node without its kind."""
    return node.partition(":")[2]


def secret_name(node: str) -> str:
    """Return a Secret without its kind; a secret of a store outside keeps the store's system.

    Examples
    --------
    >>> secret_name("secret:shop/db"), secret_name("vault:kv/data/db")
    ('shop/db', 'vault:kv/data/db')
    """
    return node if is_in_store(kind_of(node)) else short(node)


def is_in_store(kind: str) -> bool:
    """Whether nodes of this kind are secrets of stores outside the cluster."""
    return kind in _IN_STORES


def is_identity(kind: str) -> bool:
    """Whether nodes of this kind are identities."""
    return kind.removeprefix("impersonated-") in _IDENTITIES


def is_outside(kind: str) -> bool:
    """Whether nodes of this kind are outside the cluster."""
    return kind in _OUTSIDE


def is_collection(node: str) -> bool:
    """Whether a node stands for all of its members."""
    kind = kind_of(node)
    return kind in _COLLECTIONS or kind == "all"


def kind_words(kind: str, number: int = 1) -> str:
    """Return a kind in Kubernetes' spelling, in the plural for several."""
    base = kind.partition(".")[0]
    singular, plural = _KINDS.get(base, (base, base + "s"))
    return singular if number == 1 else plural


def describe(node: str) -> str:
    r"""Return what a node stands for: a collection in words, others as printed.

    Examples
    --------
    >>> describe("secrets:shop/*"), describe("secrets:*/db"), describe("secret:shop/db")
    ('every Secret in shop', 'every Secret named db', 'secret:shop/db')
    >>> describe("grant:shop/Role/reader"), describe("grant:ClusterRole/view")
    ('Role reader in shop', 'ClusterRole view in the whole cluster')
    >>> describe("grant:shop/Role x bound to itself")  # the words of a self-bound Role x
    'Role x bound to itself in shop'
    >>> describe("grant:shop/Role/x bound to itself")  # a Role of that name
    'Role x\\ bound\\ to\\ itself in shop'
    >>> describe("grant:shop/Role reader beside user team/alice")
    'Role reader beside user team/alice in shop'
    >>> describe("secrets:* (created)/db")
    'every Secret named db where a RoleBinding can be created'
    >>> describe("namespaces-with:*/room for Pods")
    'every namespace with room for Pods'
    """
    kind, namespace, name = split_node(node)
    if kind == "grant" and (found := _GRANT.fullmatch(short(node))):
        return " ".join(_grant(found))
    if kind == "all":
        place = "every namespace" if namespace == "*" else namespace
        return f"everything in {place}" if namespace else "the whole cluster"
    if kind == "namespaces-with":
        bound = f" {_BOUND}" if namespace == _CREATED else ""
        return f"every namespace with {name}{bound}"
    if kind not in _COLLECTIONS:
        return node
    words = f"every {_COLLECTIONS[kind]}"
    if name not in {"*", "", _CREATED}:
        words += f" named {name}"
    if _CREATED in {name, namespace}:
        return f"{words} {_BOUND}"
    return f"{words} in {namespace}" if namespace not in {"*", ""} else words


def title(node: str) -> tuple[str, str]:
    """Return the two lines of a node in a picture: its kind and its name."""
    if is_collection(node):
        return "", describe(node)
    kind, namespace, name = split_node(node)
    if kind == "grant" and (found := _GRANT.fullmatch(short(node))):
        return _grant(found)
    return kind_words(kind), f"{namespace}/{name}" if namespace else name


def _grant(found: re.Match[str]) -> tuple[str, str]:
    """Return the role of a grant, with the self-bound part if any, and its scope.

    A role's own name becomes one word, so that it reads like no self-bound part.
    """
    scope, kind, separator, rest = found.groups(default="")
    name = one_word(rest) if separator == "/" else rest
    place = {"": "the whole cluster", "*": "every namespace"}.get(scope, scope)
    return f"{kind} {name}", f"in {place}"


def count_kinds(nodes: Iterable[str]) -> str:
    """Return the numbers of nodes by kind.

    Examples
    --------
    >>> count_kinds(["user:a", "user:b", "group:c"])
    '2 users and 1 group'
    """
    kinds = Counter(map(kind_of, nodes))
    return listing([count(n, kind_words(kind), kind_words(kind, 2)) for kind, n in kinds.items()])


def object_name(namespace: str, name: str) -> str:
    """Return an object's name as kubectl users write it."""
    return f"{namespace}/{name}" if namespace else name


def evidence_words(evidence: Evidence) -> str:
    """Return the object, its rule, and what it says.

    Examples
    --------
    >>> evidence_words(Evidence("Role", "shop", "reader", rule=1, detail="get on secrets"))
    'Role shop/reader rules[1]: get on secrets'
    """
    words = rule_name(evidence)
    return f"{words}: {evidence.detail}" if evidence.detail else words


def rule_name(evidence: Evidence) -> str:
    """Return the object, and which of its rules."""
    words = f"{evidence.kind} {object_name(evidence.namespace, evidence.name)}"
    return words if evidence.rule is None else f"{words} rules[{evidence.rule}]"


def is_binding(evidence: Evidence) -> bool:
    """Whether the evidence is a RoleBinding or ClusterRoleBinding."""
    return evidence.kind in {"RoleBinding", "ClusterRoleBinding"}


def place(file: str, line: int) -> str:
    """Return a place in the form that editors and terminals open."""
    name = no_command(file)
    return f"{name}:{line}" if file and line else name


def evidence_place(evidence: Evidence) -> str:
    """Return the place of evidence, or that it was assumed."""
    return "assumed" if evidence.assumed else place(evidence.file, evidence.line)


def chain(edges: Iterable[str]) -> str:
    """Return the techniques of a path in order."""
    return " > ".join(edges)


def binding_of(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the binding among the evidence."""
    return next((e for e in evidence if is_binding(e)), None)


def rules_of(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the rules among the evidence."""
    return tuple(e for e in evidence if e.rule is not None)
