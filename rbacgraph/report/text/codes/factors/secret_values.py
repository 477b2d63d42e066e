"""The value of Secrets in words: the one place where words are made of it."""

from collections.abc import Callable

from rbacgraph.model.answers.risk.secret_value import Worth, WorthReason
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.report.text.codes.by_table import by_table

VALUE_LEVEL_WORDS: dict[ValueLevel, str] = {
    ValueLevel.CONTROL: "a whole cluster",
    ValueLevel.HIGH: "a cloud, certificates that others trust, other secrets, what is deployed",
    ValueLevel.MEDIUM: "one application, account or host",
    ValueLevel.LOW: "nothing, as far as the input shows",
}


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


WORDS: dict[Worth, str | Callable[..., str]] = {
    Worth.LABEL: lambda reason: _said(reason, "its label"),
    Worth.FILE: lambda reason: _said(reason, "the file of values"),
    Worth.ADMIN: "who has it is effectively cluster-admin",
    Worth.ADMIN_TOKEN: "a token of ServiceAccount {}/{}, which is effectively cluster-admin",
    Worth.ACCOUNT_SIGNING_KEY: _key("the key that signs tokens of ServiceAccounts"),
    Worth.KUBEADM_CERTIFICATES: "the control plane's keys, encrypted with a key of kubeadm's",
    Worth.CLUSTER_CREDENTIAL: _key("a credential of a cluster"),
    Worth.CLUSTER_SIGNING_KEY: _key("a key that signs credentials of a cluster"),
    Worth.ETCD_CLIENT: _key("a client certificate of etcd"),
    Worth.CLUSTER_CLIENT: _key("a client certificate of the control plane"),
    Worth.DEPLOYS_AS_ADMIN: (
        "lets its reader deploy as ServiceAccount {}/{}, which is effectively cluster-admin"
    ),
    Worth.CA_KEY: _key("the key of a certificate authority"),
    Worth.SIGNING_KEY: _key("a key that signs"),
    Worth.DEPLOYS: "lets its reader deploy as ServiceAccount {}/{}",
    Worth.REPOSITORY_WRITE: "a login of Argo CD that may push to a repository",
    Worth.CLOUD_CREDENTIAL: _key("a credential of a cloud"),
    Worth.CLOUD_IDENTITY: "an identity in a cloud",
    Worth.STORE_CREDENTIAL: _store,
    Worth.DECRYPTION_KEY: _key("a key that decrypts other secrets"),
    Worth.BOOTSTRAP_TOKEN: "a bootstrap token, with which nodes join",
    Worth.REGISTRY_PUSH: "a login to a registry; by its name it may push images",
    Worth.REGISTRY_LOGIN: _key("a login to a registry; whether it may push is not seen"),
    Worth.REPOSITORY_LOGIN: "a login to a repository of Argo CD",
    Worth.TOKEN: "a token of ServiceAccount {}/{} that does not expire",
    Worth.RELEASE: "a Helm release: its manifests and values",
    Worth.RELEASE_HOLDS: "a Helm release that holds Secret {}/{}",
    Worth.SSH_KEY: _key("a key of SSH"),
    Worth.LOGIN: _key("a user name and password"),
    Worth.TLS_KEY: _key("the key of a certificate"),
    Worth.TELLING_KEY: _key("a password, token or key"),
    Worth.DATABASE: _key("a login to a database"),
    Worth.STORED_SECRET: "a secret of a store",
    Worth.NOT_KNOWN: "what it holds is not known",
    Worth.DEAD_TOKEN: "a token of ServiceAccount {}/{} that API servers refuse",
    Worth.ONLY_CERTIFICATES: "only what is public, by the names of its keys",
    Worth.EMPTY: "it holds nothing",
}

WorthReason.words = by_table(WORDS)
