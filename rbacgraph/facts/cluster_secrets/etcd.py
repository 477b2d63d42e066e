"""Recognises client certificates of the API server's etcd among Secrets."""

import re
from collections.abc import Iterator
from functools import lru_cache

from rbacgraph.model.kubernetes.core import Secret

_PRIVATE = re.compile(r"(?P<stem>.*?)[-_.]?key(\.pem)?")
_CERTIFICATES = ("{}.crt", "{}.pem", "{}.cert", "{}-cert", "{}-crt", "{}-cert.pem", "{}")
_BY_KUBEADM = frozenset({"apiserver-etcd-client", "healthcheck-client"})
_GIVEN = frozenset(
    {
        "calico-etcd-secrets",
        "cilium-etcd-secrets",
        "etcd-certs",
        "etcd-client-cert",
        "etcd-client-certs",
        "kube-etcd-client-certs",
    }
)
_SYSTEM = "kube-system"
_OPENSHIFT = "openshift-"
_WORD = re.compile(r"(?<![a-z0-9])etcd(?![a-z0-9])")


def etcd_key(secret: Secret) -> str | None:
    """Return the key of a Secret that is for a client certificate of etcd; None for none."""
    pairs = _private_keys(secret.keys or ())
    return next((key for key, stem in pairs if _is_for_etcd(secret, stem)), None)


@lru_cache(maxsize=4096)
def _private_keys(keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return a Secret's private keys that have a certificate, with their common part."""
    return tuple(_with_certificates(keys))


def _with_certificates(keys: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for key in keys:
        found = _PRIVATE.fullmatch(key)
        if found and any(form.format(found["stem"]) in keys for form in _CERTIFICATES):
            yield key, found["stem"]


def _is_for_etcd(secret: Secret, stem: str) -> bool:
    name = secret.metadata.name
    if name in _GIVEN or stem in _BY_KUBEADM:
        return True
    return _is_system(secret.metadata.namespace) and _of_etcd(name, stem)


def _is_system(namespace: str) -> bool:
    return namespace == _SYSTEM or namespace.startswith(_OPENSHIFT)


def _of_etcd(*words: str) -> bool:
    """Whether some words name etcd, except its metrics, which have a separate port."""
    return any(_WORD.search(word) for word in words) and not any("metric" in w for w in words)
