"""What a Secret is worth to an attacker, as a level and a code with what it is about."""

from collections.abc import Callable, Mapping
from typing import TypeAlias, final

from msgspec import Struct

from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.phrase import Code, Phrase

WorthSubject: TypeAlias = str | int
"""What a reason is about: names of keys, types, accounts."""


def _said(reason: str, by: str) -> str:
    return f"{by} says: {reason}" if reason else f"{by} says so"


def _store(kind: str, namespace: str, name: str) -> str:
    place = f"{namespace}/{name}" if namespace else name
    return f"{kind} {place} logs in with it"


def _key(what: str) -> Callable[..., str]:
    """Return what makes words of a type, or the name of a key, that shows something."""

    def words(name: str = "") -> str:
        return f"{what}: {'type' if '/' in name else 'key'} {name}" if name else what

    return words


class Worth(Code):
    """Why a Secret has its value; called with what it is about, it is a reason.

    Examples
    --------
    >>> Worth.TOKEN("shop", "ci").subject
    ('shop', 'ci')
    """

    LABEL = (lambda reason: _said(reason, "its label"),)
    FILE = (lambda reason: _said(reason, "the file of values"),)
    ADMIN = "who has it is effectively cluster-admin"
    ADMIN_TOKEN = "a token of ServiceAccount {}/{}, which is effectively cluster-admin"
    ACCOUNT_SIGNING_KEY = (_key("the key that signs tokens of ServiceAccounts"),)
    KUBEADM_CERTIFICATES = "the control plane's keys, encrypted with a key of kubeadm's"
    CLUSTER_CREDENTIAL = (_key("a credential of a cluster"),)
    CLUSTER_SIGNING_KEY = (_key("a key that signs credentials of a cluster"),)
    ETCD_CLIENT = (_key("a client certificate of etcd"),)
    CLUSTER_CLIENT = (_key("a client certificate of the control plane"),)
    DEPLOYS_AS_ADMIN = (
        "lets its reader deploy as ServiceAccount {}/{}, which is effectively cluster-admin"
    )
    CA_KEY = (_key("the key of a certificate authority"),)
    SIGNING_KEY = (_key("a key that signs"),)
    DEPLOYS = "lets its reader deploy as ServiceAccount {}/{}"
    REPOSITORY_WRITE = "a login of Argo CD that may push to a repository"
    CLOUD_CREDENTIAL = (_key("a credential of a cloud"),)
    CLOUD_IDENTITY = "an identity in a cloud"
    STORE_CREDENTIAL = (_store,)
    DECRYPTION_KEY = (_key("a key that decrypts other secrets"),)
    BOOTSTRAP_TOKEN = "a bootstrap token, with which nodes join"
    REGISTRY_PUSH = "a login to a registry; by its name it may push images"
    REGISTRY_LOGIN = (_key("a login to a registry; whether it may push is not seen"),)
    REPOSITORY_LOGIN = "a login to a repository of Argo CD"
    TOKEN = "a token of ServiceAccount {}/{} that does not expire"
    RELEASE = "a Helm release: its manifests and values"
    RELEASE_HOLDS = "a Helm release that holds Secret {}/{}"
    SSH_KEY = (_key("a key of SSH"),)
    LOGIN = (_key("a user name and password"),)
    TLS_KEY = (_key("the key of a certificate"),)
    TELLING_KEY = (_key("a password, token or key"),)
    DATABASE = (_key("a login to a database"),)
    STORED_SECRET = "a secret of a store"
    NOT_KNOWN = "what it holds is not known"
    DEAD_TOKEN = "a token of ServiceAccount {}/{} that API servers refuse"
    ONLY_CERTIFICATES = "only what is public, by the names of its keys"
    EMPTY = "it holds nothing"

    def __call__(self, *subject: WorthSubject) -> "WorthReason":
        """Return the reason about a subject."""
        return WorthReason(self, subject)


WORTH_LEVELS: Mapping[Worth, ValueLevel] = {
    Worth.ADMIN: ValueLevel.CONTROL,
    Worth.ADMIN_TOKEN: ValueLevel.CONTROL,
    Worth.ACCOUNT_SIGNING_KEY: ValueLevel.CONTROL,
    Worth.KUBEADM_CERTIFICATES: ValueLevel.CONTROL,
    Worth.CLUSTER_CREDENTIAL: ValueLevel.CONTROL,
    Worth.CLUSTER_SIGNING_KEY: ValueLevel.CONTROL,
    Worth.DEPLOYS_AS_ADMIN: ValueLevel.CONTROL,
    Worth.ETCD_CLIENT: ValueLevel.HIGH,
    Worth.CLUSTER_CLIENT: ValueLevel.HIGH,
    Worth.CA_KEY: ValueLevel.HIGH,
    Worth.SIGNING_KEY: ValueLevel.HIGH,
    Worth.DEPLOYS: ValueLevel.HIGH,
    Worth.REPOSITORY_WRITE: ValueLevel.HIGH,
    Worth.CLOUD_CREDENTIAL: ValueLevel.HIGH,
    Worth.CLOUD_IDENTITY: ValueLevel.HIGH,
    Worth.STORE_CREDENTIAL: ValueLevel.HIGH,
    Worth.DECRYPTION_KEY: ValueLevel.HIGH,
    Worth.BOOTSTRAP_TOKEN: ValueLevel.HIGH,
    Worth.REGISTRY_PUSH: ValueLevel.HIGH,
    Worth.REGISTRY_LOGIN: ValueLevel.MEDIUM,
    Worth.REPOSITORY_LOGIN: ValueLevel.MEDIUM,
    Worth.TOKEN: ValueLevel.MEDIUM,
    Worth.RELEASE: ValueLevel.MEDIUM,
    Worth.SSH_KEY: ValueLevel.MEDIUM,
    Worth.LOGIN: ValueLevel.MEDIUM,
    Worth.TLS_KEY: ValueLevel.MEDIUM,
    Worth.TELLING_KEY: ValueLevel.MEDIUM,
    Worth.DATABASE: ValueLevel.MEDIUM,
    Worth.STORED_SECRET: ValueLevel.MEDIUM,
    Worth.NOT_KNOWN: ValueLevel.MEDIUM,
    Worth.DEAD_TOKEN: ValueLevel.LOW,
    Worth.ONLY_CERTIFICATES: ValueLevel.LOW,
    Worth.EMPTY: ValueLevel.LOW,
}
"""The level of each reason; those of a label, a file and a release's Secrets are their own."""


@final
class WorthReason(Phrase):
    """Why a Secret has its value."""

    __slots__ = ()


class SecretValue(Struct, frozen=True):
    """What a Secret is worth to an attacker.

    ``level``: how much.
    ``reason``: why.
    ``evidence``: the object that shows it; None for a Secret that the input only refers to.
    """

    level: ValueLevel
    reason: WorthReason
    evidence: Evidence | None = None
