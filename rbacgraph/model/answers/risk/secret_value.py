"""What a Secret is worth to an attacker, as a level and a code with what it is about.

Words are made of these in :mod:`rbacgraph.report.text.codes.factors.secret_values` alone.
"""

from collections.abc import Mapping
from enum import IntEnum, auto
from typing import TypeAlias, final

from msgspec import Struct

from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.phrase import Phrase

WorthSubject: TypeAlias = str | int
"""What a reason is about: names of keys, types, accounts."""


class Worth(IntEnum):
    """Why a Secret has its value; called with what it is about, it is a reason.

    Examples
    --------
    >>> Worth.TOKEN("shop", "ci").subject
    ('shop', 'ci')
    """

    LABEL = auto()
    FILE = auto()
    ADMIN = auto()
    ADMIN_TOKEN = auto()
    ACCOUNT_SIGNING_KEY = auto()
    KUBEADM_CERTIFICATES = auto()
    CLUSTER_CREDENTIAL = auto()
    CLUSTER_SIGNING_KEY = auto()
    ETCD_CLIENT = auto()
    CLUSTER_CLIENT = auto()
    DEPLOYS_AS_ADMIN = auto()
    CA_KEY = auto()
    SIGNING_KEY = auto()
    DEPLOYS = auto()
    REPOSITORY_WRITE = auto()
    CLOUD_CREDENTIAL = auto()
    CLOUD_IDENTITY = auto()
    STORE_CREDENTIAL = auto()
    DECRYPTION_KEY = auto()
    BOOTSTRAP_TOKEN = auto()
    REGISTRY_PUSH = auto()
    REGISTRY_LOGIN = auto()
    REPOSITORY_LOGIN = auto()
    TOKEN = auto()
    RELEASE = auto()
    RELEASE_HOLDS = auto()
    SSH_KEY = auto()
    LOGIN = auto()
    TLS_KEY = auto()
    TELLING_KEY = auto()
    DATABASE = auto()
    STORED_SECRET = auto()
    NOT_KNOWN = auto()
    DEAD_TOKEN = auto()
    ONLY_CERTIFICATES = auto()
    EMPTY = auto()

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
