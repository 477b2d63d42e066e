"""What a Pod reads of a Secret, and how it names one, in the words of its evidence."""

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import BOOTSTRAP_TYPE, TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.pods import Delivery, KubeletUse, SecretUse

PULL_WORDS = "imagePullSecrets"
_WORDS = {
    Delivery.ENV: "env from key {}",
    Delivery.ENV_FROM: "envFrom",
    Delivery.VOLUME: "volume {}",
    Delivery.SUB_PATH: "subPath of volume {}",
    Delivery.UNMOUNTED: "volume {}, where no container mounts it",
    Delivery.DRIVER: "driver of volume {}",
    Delivery.PULL: PULL_WORDS,
}

_KEY_BY_TYPE = {
    TOKEN_TYPE: "token",
    BOOTSTRAP_TYPE: "token-secret",
    "kubernetes.io/tls": "tls.key",
}
"""By type, the key that makes a Secret one: the other keys may be known."""


def is_delivered(secret: Secret | None, use: SecretUse) -> bool:
    """Whether a Secret has a key that a container is to read."""
    known = secret.keys if secret else None
    return known is None or not use.keys or not set(known).isdisjoint(use.keys)


def keys_condition(secret: Secret | None, use: SecretUse) -> Condition:
    """Return the condition on which the keys that a container reads are not public."""
    telling = _KEY_BY_TYPE.get(secret.type) if secret else None
    public = use.keys and telling and telling not in use.keys
    return If.MORE_THAN_KEYS_IS_READ(*use.keys) if public else CERTAIN


def read_condition(runner: PodSource, secret: Secret | None, use: SecretUse) -> Condition | None:
    """Return the condition on which a container reads its part of a Secret; None for never."""
    runs = runner.stalled.get(use.container, CERTAIN)
    if runs is None or not is_delivered(secret, use):
        return None
    starting = If.INIT_CONTAINER_IS_CAUGHT(use.container) if use.starting else CERTAIN
    return both(starting, keys_condition(secret, use), runs)


def container_words(use: SecretUse) -> str:
    """Return which container reads a Secret, and how.

    Examples
    --------
    >>> container_words(SecretUse("db", (), False, "web", Delivery.VOLUME, "tls"))
    'container web: volume tls'
    """
    return f"container {use.container}: {_WORDS[use.by].format(use.place)}"


def kubelet_words(use: KubeletUse) -> str:
    """Return by which field a Pod names a Secret for the kubelet.

    Examples
    --------
    >>> kubelet_words(KubeletUse("db", Delivery.DRIVER, "data"))
    'driver of volume data'
    """
    return _WORDS[use.by].format(use.place)
