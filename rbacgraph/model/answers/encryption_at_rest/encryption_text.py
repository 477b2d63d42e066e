"""What a finding about encryption at rest states, and what it advises.

Words are made of both in :mod:`rbacgraph.report.text.codes.encryption_findings` alone.
"""

from enum import IntEnum, auto
from typing import TypeAlias, final

from rbacgraph.model.phrase import Phrase

FindingSubject: TypeAlias = str | int | float | tuple[str, ...]
"""What a finding is about: names, numbers and fields; never a key."""


class FindingCode(IntEnum):
    """What is found."""

    NOTHING = auto()
    # what the API server refuses: the decoder, the validation, then the providers
    FAULT = auto()
    STRICT_FAULT = auto()
    FAULT_IS_IGNORED = auto()
    NO_RESOURCES = auto()
    NO_PROVIDERS = auto()
    DUPLICATE_RESOURCE = auto()
    OVERLAPPING_RESOURCES = auto()
    RESOURCE_CAPITALS = auto()
    RESOURCE_STAR = auto()
    RESOURCE_NOT_REST = auto()
    RESOURCE_EVENTS_GROUP = auto()
    RESOURCE_EXTENSIONS_GROUP = auto()
    RESOURCE_ACROSS_GROUPS = auto()
    MASKED_RESOURCE = auto()
    NO_PROVIDER = auto()
    MANY_PROVIDERS = auto()
    NO_KEYS = auto()
    KEY_WITHOUT_NAME = auto()
    KEY_WITHOUT_SECRET = auto()
    KEY_NOT_BASE64 = auto()
    KEY_LENGTH = auto()
    KMS_WITHOUT_NAME = auto()
    KMS_NAME_COLON = auto()
    KMS_NAME_DUPLICATE = auto()
    KMS_TIMEOUT = auto()
    KMS_WITHOUT_ENDPOINT = auto()
    KMS_ENDPOINT = auto()
    KMS_CACHESIZE = auto()
    KMS_APIVERSION = auto()
    KMS_V1_DISABLED = auto()
    # flags of API servers
    NO_ENCRYPTION_CONFIG = auto()
    API_SERVER_UNSEEN = auto()
    API_SERVERS_DIFFER = auto()
    NO_RELOAD = auto()
    RELOAD_WITHOUT_CONFIG = auto()
    ETCD_WITHOUT_TLS = auto()
    # the file, and the resources in it
    LEGACY_KIND = auto()
    IGNORED_TEXT = auto()
    SPLIT_RESOURCE = auto()
    UNKNOWN_RESOURCE = auto()
    CUSTOM_RESOURCES_NOT_COVERED = auto()
    WILDCARD_TOO_NEW = auto()
    # plaintext
    SECRETS_NOT_COVERED = auto()
    CONFIGMAPS_NOT_COVERED = auto()
    IDENTITY_FIRST = auto()
    PLAINTEXT_MAY_REMAIN = auto()
    PLAINTEXT_UNREADABLE = auto()
    # providers and their keys
    WEAK_AESCBC = auto()
    AESGCM_ROTATION = auto()
    LOCAL_KEY = auto()
    SHORT_KEY = auto()
    DUPLICATE_KEY_NAME = auto()
    KMS_V1 = auto()
    KMS_V2_OFF = auto()
    KMS_ENDPOINT_HOST = auto()
    KMS_ABSTRACT_SOCKET = auto()
    DUPLICATE_KMS_NAME = auto()

    @property
    def id(self) -> str:
        """The id of the finding, as answers show it.

        Examples
        --------
        >>> FindingCode.KMS_V1.id
        'kms-v1'
        """
        return self.name.lower().replace("_", "-")


@final
class FindingMessage(Phrase):
    """What a finding states."""

    __slots__ = ()


@final
class FindingAdvice(Phrase):
    """What a finding advises; false if that is nothing."""

    __slots__ = ()

    def __bool__(self) -> bool:
        """Whether there are words of it."""
        return bool(str(self))


NO_ADVICE = FindingAdvice(FindingCode.NOTHING)
