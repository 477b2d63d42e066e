"""Nodes of the graph: their names, and how they are printed.

A node is a plain ``(kind, namespace, name)`` tuple: there are hundreds of thousands of them. The
kind of an object outside the core, apps and batch groups carries its group
(``service.serving.knative.dev``), so that equal names never collide. What is no object has a key
in place of a name.
"""

import re
from collections.abc import Callable
from typing import ClassVar, TypeGuard, TypeVar

NodeKey = tuple[object, ...]
"""What stands in place of a name: one of the records in :mod:`rbacgraph.model.node_keys`."""

Node = tuple[str, str, str]
GraphNode = tuple[str, str, str | NodeKey]
"""A node of the graph: what a name stands for, or a key."""

Called = TypeVar("Called", bound=str | NodeKey)


class Marker(str):
    """A marker that can stand in the place of a name and equals no name.

    Examples
    --------
    >>> each = Marker("*")
    >>> each == each, each == "*", {each: 1}.get("*"), f"{each}/db"
    (True, False, None, '*/db')
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __lt__ = str.__le__  # before the name that is written alike

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


USER = "user"
GROUP = "group"
SERVICE_ACCOUNT = "serviceaccount"
STANDING_SERVICE_ACCOUNT = "standing-serviceaccount"
IMPERSONATED_SERVICE_ACCOUNT = "impersonated-serviceaccount"
IMPERSONATED_GROUP = "impersonated-group"
IMPERSONATED_USER = "impersonated-user"
IMPERSONATED_KUBELET = "impersonated-kubelet"
POD = "pod"
NODE = "node"
KUBELET = "kubelet"
SECRET = "secret"  # noqa: S105 - the name of a kind
CONFIG_MAP = "configmap"
GRANT = "grant"
ROLE_BINDING = "rolebinding"
CLUSTER_ROLE_BINDING = "clusterrolebinding"
IMPERSONATED_ROLE_BINDING = "impersonated-rolebinding"
IMPERSONATED_CLUSTER_ROLE_BINDING = "impersonated-clusterrolebinding"

SECRETS = "secrets"
CONFIG_MAPS = "configmaps"
PODS = "pods"
CHANGEABLE_PODS = "changeable-pods"
PODS_ON_NODES = "pods-on-nodes"
NODES_OF_PODS = "nodes-of-pods"
PODS_ON_MACHINES = "pods-on-machines"
LOGGED = "logged"
NODES = "nodes"
SERVICE_ACCOUNTS = "serviceaccounts"
STANDING_SERVICE_ACCOUNTS = "standing-serviceaccounts"
NAMED_SERVICE_ACCOUNTS = "named-serviceaccounts"
USERS = "users"
CERTIFIED = "certified"
KUBELETS = "kubelets"
KUBELETS_OF_HOSTS = "kubelets-of-hosts"
IMPERSONATED_KUBELETS = "impersonated-kubelets"
NAMESPACES_WITH = "namespaces-with"
ALL = "all"
ABILITY = "ability"
JOIN = "join"

CLUSTER = "cluster"
REGISTRY = "registry"
AWS_ROLE = "aws-role"
AWS_USER = "aws-user"
AWS_SESSION = "aws-session"
"""Node kind of a role's session that Pods of one ServiceAccount get by EKS Pod Identity."""

AZURE_IDENTITY = "azure-identity"
GOOGLE_ACCOUNT = "google-serviceaccount"
GOOGLE_FEDERATED = "google-federated"
"""Node kind of what a ServiceAccount is to Google Cloud: ``POOL[NAMESPACE/NAME]``."""

OUTSIDE = (CLUSTER, REGISTRY, AWS_ROLE, AWS_USER, AZURE_IDENTITY, GOOGLE_ACCOUNT)
"""Node kinds outside the cluster, where paths end or start."""

VAULT = "vault"
AWS = "aws"
AZURE = "azure"
GCP = "gcp"
EXTERNAL = "external"
AGE = "age"
PGP = "pgp"
SOPS_FILE = "sops"
EXTERNAL_SECRETS = (VAULT, AWS, AZURE, GCP, EXTERNAL, AGE, PGP, SOPS_FILE)
"""Node kinds of secrets outside the cluster, by the store's system.

An attacker who has a key of SOPS (``age``, ``pgp``, a key in a store) decrypts with it; ``sops`` is
what an encrypted file holds. The name is the path in the store. Where the input names one path of
several stores, the place of the namespace holds the store's address; with dumps of several Vaults
all that is in one of them has it, tokens too.
"""

SECRET_STORE = "secretstore.external-secrets.io"  # noqa: S105 - the name of a kind
CLUSTER_SECRET_STORE = "clustersecretstore.external-secrets.io"  # noqa: S105 - the same
VAULT_AUTH = "vaultauth.secrets.hashicorp.com"
PROVIDER_CLASS = "secretproviderclass.secrets-store.csi.x-k8s.io"
PROVIDER_LOGIN = "provider-login"
GENERATOR_LOGIN = "generator.external-secrets.io"
STORE_LOGINS = (
    *(SECRET_STORE, CLUSTER_SECRET_STORE, GENERATOR_LOGIN),
    *(VAULT_AUTH, PROVIDER_CLASS, PROVIDER_LOGIN),
)
"""Node kinds of logins at a store: an attacker who has one reads what the store lets it read."""

VAULT_TOKEN = "vault-token"  # noqa: S105 - the name of a kind
"""Node kind of a token of Vault or OpenBao: an attacker who has one may what its policies allow."""

VAULT_LOGIN = "vault-login"
"""Node kind of a login to Vault that only labels of a namespace are lacking for."""

VAULT_CHOICE = "vault-choice"
"""Node kind of a token of Vault that has one policy of the attacker's choice."""

VAULT_NAMESPACE = "vault-namespace"
"""Node kind of a namespace of Vault in which the attacker may send every request."""

VAULT_SECRETS = "vault-secrets"
"""Node kind of every secret of Vault that the input names."""

SEALED_SECRETS = "sealedsecrets"

EACH_NAMESPACE = Marker("*")
"""Scope of rights granted in every namespace, without cluster-scoped resources."""

EVERY = Marker("*")
"""Name of a collection of every member, and of full control."""

CREATED = Marker("* (created)")
"""The same for what created objects give in each namespace, if some namespaces refuse them."""

PRINCIPALS = frozenset({USER, GROUP, SERVICE_ACCOUNT})
_OF_ONE_OBJECT = frozenset({SERVICE_ACCOUNT, SECRET, CONFIG_MAP, POD})
"""Kinds whose nodes never stand for objects of every namespace: questions name them so."""


EVERYTHING: Node = (ALL, "", EVERY)
"""Full control of the cluster."""

MASTERS: Node = (GROUP, "", "system:masters")
MASTERS_GRANT: GraphNode = (GRANT, "", "system:masters")
AUTHENTICATED: Node = (GROUP, "", "system:authenticated")
UNAUTHENTICATED: Node = (GROUP, "", "system:unauthenticated")
ANONYMOUS: Node = (USER, "", "system:anonymous")
EVERY_SERVICE_ACCOUNT: Node = (GROUP, "", "system:serviceaccounts")
NODES_GROUP: Node = (GROUP, "", "system:nodes")

NODE_USER = "system:node:"
"""The prefix of a kubelet's username, before the node's name."""

_LABEL = re.compile(r"(?=.{1,63}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
)
_SERVICE_ACCOUNT_USER = "system:serviceaccount:"


def is_subdomain(text: str) -> bool:
    """Whether a text is a DNS subdomain, as names of API groups are.

    Examples
    --------
    >>> is_subdomain("apps"), is_subdomain("apps/v1")
    (True, False)
    """
    return _SUBDOMAIN.fullmatch(text) is not None


def is_label(text: str) -> bool:
    """Whether a text is a DNS label, as names of namespaces are.

    Examples
    --------
    >>> is_label("shop"), is_label("shop.v1")
    (True, False)
    """
    return _LABEL.fullmatch(text) is not None


def is_path_segment(text: str) -> bool:
    """Whether a text is one segment of a URL's path, as every name is.

    Source: ``IsValidPathSegmentName`` in kubernetes
    ``staging/src/k8s.io/apimachinery/pkg/api/validation/path/name.go``.

    Examples
    --------
    >>> is_path_segment("*"), is_path_segment("a/b"), is_path_segment("..")
    (True, False, False)
    """
    return text not in {"", ".", ".."} and not {"/", "%"}.intersection(text)


class KeyWords:
    """How keys are printed."""

    say: ClassVar[Callable[[NodeKey], str]] = repr
    """:mod:`rbacgraph.report.text.node_words` sets it."""


def printed_name(name: str | NodeKey) -> str:
    return str(name) if isinstance(name, str) else KeyWords.say(name)


def format_node(node: GraphNode) -> str:
    r"""Print a node as ``kind:namespace/name`` or ``kind:name``.

    Examples
    --------
    >>> format_node(("secret", "shop", "db"))
    'secret:shop/db'
    >>> format_node(("user", "", "alice"))
    'user:alice'
    >>> format_node(("secrets", EACH_NAMESPACE, "db")), format_node(("secrets", "*", "db"))
    ('secrets:*/db', 'secrets:\\*/db')
    """
    kind, namespace, name = node
    printed = name if isinstance(name, str) else KeyWords.say(name)
    # Files may name a namespace as markers are printed; no server has one.
    literal = kind in _OF_ONE_OBJECT or isinstance(namespace, Marker)
    if namespace[:1] in {"*", "\\"} and not literal:
        namespace = one_word(namespace)
    return f"{kind}:{namespace}/{printed}" if namespace else f"{kind}:{printed}"


def one_word(name: str) -> str:
    r"""Write a name as one word of a node's name; the empty name becomes ``*``.

    Different names give different words, and no word holds a bare space or star: names of roles,
    users and groups hold spaces, and may even be ``*``.

    Examples
    --------
    >>> one_word("web"), one_word("a b"), one_word(""), one_word("*")
    ('web', 'a\\ b', '*', '\\*')
    """
    if isinstance(name, Marker) or not name:
        return f"{name or EVERY}"
    return "\\*" if name == "*" else name.replace("\\", "\\\\").replace(" ", "\\ ")


def is_named(node: GraphNode) -> TypeGuard[Node]:
    """Whether a node has a name: no right, AND node or part of an identity, nor a grant."""
    return isinstance(node[2], str)


def named_node(node: GraphNode) -> Node:
    """Return a node that has a name."""
    assert is_named(node), "its kind says so"
    return node


def doubled(node: tuple[str, str, Called]) -> tuple[str, str, Called]:
    """Return the node of another identity's rights by impersonation headers alone.

    Examples
    --------
    >>> doubled(("user", "", "alice"))
    ('impersonated-user', '', 'alice')
    """
    return f"impersonated-{node[0]}", node[1], node[2]


def user_node(name: str) -> Node:
    """Node of a username; that of a ServiceAccount is the ServiceAccount itself.

    Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/authentication/serviceaccount/util.go``.

    Examples
    --------
    >>> user_node("system:serviceaccount:shop:ci")
    ('serviceaccount', 'shop', 'ci')
    """
    if name.startswith(_SERVICE_ACCOUNT_USER):
        namespace, _, account = name.removeprefix(_SERVICE_ACCOUNT_USER).partition(":")
        if may_be_service_account(namespace, account):
            return SERVICE_ACCOUNT, namespace, account
    return USER, "", name


def misnamed_account(username: str) -> Node | None:
    """Return the ServiceAccount of a username that a server takes for a plain one, else None.

    The input may use placeholders that are filled in later; a literal ``*`` is not one.

    Examples
    --------
    >>> misnamed_account("system:serviceaccount:${NS:-shop}:ci")
    ('serviceaccount', '${NS:-shop}', 'ci')
    >>> misnamed_account("system:serviceaccount:shop:ci"), misnamed_account("alice")
    (None, None)
    >>> misnamed_account("system:serviceaccount:*:ci")
    """
    if not username.startswith(_SERVICE_ACCOUNT_USER):
        return None
    key = username.removeprefix(_SERVICE_ACCOUNT_USER)
    namespace, _, account = key.partition(":")
    if not is_label(namespace):
        namespace, _, account = key.rpartition(":")
    if not namespace or not account or may_be_service_account(namespace, account):
        return None
    if "*" in {namespace, account} or ":" in account:
        return None
    return SERVICE_ACCOUNT, namespace, account


def may_be_service_account(namespace: str, name: str) -> bool:
    """Whether a ServiceAccount can have this name; else its username is a plain one.

    Source: ``SplitUsername`` in kubernetes
    ``staging/src/k8s.io/apiserver/pkg/authentication/serviceaccount/util.go``.

    Examples
    --------
    >>> may_be_service_account("shop", "web.v1"), may_be_service_account("shop", "*")
    (True, False)
    """
    return is_label(namespace) and is_subdomain(name)


def service_accounts_group(namespace: str) -> Node:
    """Node of the group that holds every ServiceAccount of a namespace."""
    return GROUP, "", f"system:serviceaccounts:{namespace}"
