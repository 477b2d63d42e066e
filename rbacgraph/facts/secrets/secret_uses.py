"""How a Pod names a Secret, in the words of its evidence."""

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
