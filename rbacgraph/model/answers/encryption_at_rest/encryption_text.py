"""What a finding about encryption at rest states, and what it advises.

What the API server refuses stands in its own words. Sources: kubernetes
``staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go`` and
``staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go``.
"""

import json
from collections.abc import Callable, Sequence
from typing import TypeAlias, final

from rbacgraph.model.did_you_mean import did_you_mean
from rbacgraph.model.phrase import Code, Phrase, Words, fill

FindingSubject: TypeAlias = str | int | float | tuple[str, ...]
"""What a finding is about: names, numbers and fields; never a key."""


def _required(detail: str) -> str:
    return f"{{0}}: Required value: {detail}"


def _invalid(detail: str) -> Callable[..., str]:
    def say(field: str, value: object, *more: object) -> str:
        shown = json.dumps(value, ensure_ascii=False)
        return f"{field}: Invalid value: {shown}: {detail.format(value, *more)}"

    return say


def _redacted(detail: str) -> Callable[..., str]:
    return lambda field, *more: _invalid(detail)(field, "REDACTED", *more)


def _key_length(field: str, length: int, *sizes: int) -> str:
    wanted = " ".join(map(str, sizes))
    detail = "secret is not of the expected length, got {1}, expected one of [{2}]"
    return _redacted(detail)(field, length, wanted)


def _endpoint(field: str, text: str, error: str, scheme: str) -> str:
    detail = 'unsupported scheme "{1}" for KMS provider, only unix is supported'
    if error:
        detail = "invalid endpoint for kms provider, error: parse {1}: {2}"
        return _invalid(detail)(field, text, json.dumps(text, ensure_ascii=False), error)
    return _invalid(detail)(field, text, scheme)


def _cache_size(field: str, size: int, version: str) -> str:
    detail = (
        "cachesize should be a positive value, or negative to disable"
        if version == "v1"
        else "cachesize is not supported in v2"
    )
    return _invalid(detail)(field, size)


_SHOWN = 5
_FLAG = "--encryption-provider-config"
_RELOAD = f"{_FLAG}-automatic-reload"
_REWRITE = "kubectl get {} -A -o json | kubectl replace -f -"


def _listed(names: Sequence[str]) -> str:
    """Join resources or names as in a sentence; wildcards come last.

    Examples
    --------
    >>> _listed(["secrets", "*.apps", "*.*"])
    'secrets, all else in apps and everything else'
    """
    words = [_name(name) for name in names]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def _name(name: str) -> str:
    if not name.startswith("*"):
        return name
    if name == "*.*":
        return "everything else"
    return f"all else in {name.partition('.')[2] or 'the core group'}"


def _rewrite(resources: Sequence[str]) -> str:
    plain = [name for name in resources if not name.startswith("*")]
    return _REWRITE.format(",".join(plain) or "RESOURCE")


def _verb(subjects: Sequence[str], one: str, many: str) -> str:
    return one if len(subjects) == 1 else many


def _no_config(pods: Sequence[str], file: str) -> str:
    unused = f", and {file} is not in use" if file else ""
    were = _verb(pods, "was", "were")
    return f"{_listed(pods)} {were} started without {_FLAG}: all of etcd is plaintext{unused}."


def _unseen(shown: bool) -> str:
    what = (
        "The input holds no kube-apiserver Pod in kube-system"
        if shown
        else "The cluster did not show all Pods of kube-system, and no kube-apiserver"
    )
    return f"{what}: whether encryption is configured at all cannot be seen from it."


def _ask_provider(shown: bool) -> str:
    managed = "A managed control plane has none: ask its provider. Elsewhere read"
    hidden = "Let rbacgraph list Pods there. Where there are no such, ask the provider, or read"
    return f"{managed if shown else hidden} {_FLAG} of the process."


def _identity_first(resources: Sequence[str], later: Sequence[str], _: bool) -> str:
    only = f", and {_listed(later)} only {_verb(later, 'reads', 'read')}" if later else ""
    return (
        f"New {_listed(resources)} are written in plaintext: identity is the first provider{only}."
    )


def _unknown(version: str, rule: str, *_: str) -> str:
    what = f"API group {rule[2:]}" if rule.startswith("*.") else f"resource {rule}"
    return (
        f"Kubernetes {version} serves no {what} by default, and does not ask: a name that no "
        "resource has covers nothing."
    )


def _uncovered(number: int = 0, *plain: str) -> str:
    if not plain:
        return "Custom resources without an entry of their own are stored in plaintext."
    more = f" and {len(plain) - _SHOWN} more" if len(plain) > _SHOWN else ""
    return (
        f"{len(plain)} of {number} custom resources are stored in plaintext: "
        f"{', '.join(plain[:_SHOWN])}{more}."
    )


def _not_covered(name: str) -> tuple[str, str]:
    return (
        f"No entry covers {name}: they are stored in plaintext.",
        f"Add {name} to the resources of an entry with an encrypting provider first.",
    )


def _kms_v1(name: str, refused: bool) -> str:
    words = (
        ": since 1.29 an API server does not start with it unless it has --feature-gates=KMSv1=true"
    )
    return f"kms {name} speaks KMS v1, deprecated since 1.28{words if refused else ''}."


class FindingCode(Code):
    """What is found: a row holds what is stated, then what is advised."""

    def __init__(self, words: Words, advice: Words = "") -> None:
        super().__init__(words)
        self.advice: Words = advice

    NOTHING = ""
    # what the API server refuses: the decoder, the validation, then the providers
    FAULT = (lambda field, message: f"{field}: {message}" if field else message,)
    STRICT_FAULT = "strict decoding error: {}"
    FAULT_IS_IGNORED = "{}: Kubernetes {} passes over it, and since 1.31 the API server refuses it."
    NO_RESOURCES = (_required("at least one {0} is required"),)
    NO_PROVIDERS = (_required("at least one {0} is required"),)
    DUPLICATE_RESOURCE = (_invalid("the same resource cannot be specified multiple times"),)
    OVERLAPPING_RESOURCES = (
        _invalid(
            "using overlapping resources such as 'secrets' and '*.' in the same resource list "
            "is not allowed as they will be masked"
        ),
    )
    RESOURCE_CAPITALS = (_invalid("resource name should not contain capital letters"),)
    RESOURCE_STAR = (
        _invalid(
            "use '*.' to encrypt all the resources from core API group or *.* to encrypt all "
            "resources"
        ),
    )
    RESOURCE_NOT_REST = (_invalid("resources which do not have REST API/s cannot be encrypted"),)
    RESOURCE_EVENTS_GROUP = (
        _invalid(
            "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. "
            "Use 'events' instead in the config file"
        ),
    )
    RESOURCE_EXTENSIONS_GROUP = (
        _invalid("'extensions' group has been removed and cannot be used for encryption"),
    )
    RESOURCE_ACROSS_GROUPS = (
        _invalid("encrypting the same resource across groups is not supported"),
    )
    MASKED_RESOURCE = 'resource "{}" is masked by earlier rule "{}"'
    NO_PROVIDER = (
        "{}: Invalid value: provider does not contain any of the expected providers: KMS, AESGCM,"
        " AESCBC, Secretbox, Identity"
    )
    MANY_PROVIDERS = (
        "{}: Invalid value: more than one provider specified in a single element, should split into"
        " different list elements"
    )
    NO_KEYS = (_required("at least one keys is required"),)
    KEY_WITHOUT_NAME = (_required("name is a mandatory field for a key"),)
    KEY_WITHOUT_SECRET = (_required("secret is a mandatory field for a key"),)
    KEY_NOT_BASE64 = (_redacted("secrets must be base64 encoded"),)
    KEY_LENGTH = (_key_length,)
    KMS_WITHOUT_NAME = (_required("name is a mandatory field for a provider"),)
    KMS_NAME_COLON = (_invalid("invalid KMS provider name {0}, must not contain ':'"),)
    KMS_NAME_DUPLICATE = (_invalid("duplicate KMS provider name {0}, names must be unique"),)
    KMS_TIMEOUT = "{}: Invalid value: {:g}s: timeout should be a positive value"
    KMS_WITHOUT_ENDPOINT = (
        lambda field: _invalid("endpoint is a mandatory field for a kms")(field, ""),
    )
    KMS_ENDPOINT = (_endpoint,)
    KMS_CACHESIZE = (_cache_size,)
    KMS_APIVERSION = (
        _invalid(
            "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported"
        ),
    )
    KMS_V1_DISABLED = (
        "KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2"
        " instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature."
    )
    # flags of API servers
    NO_ENCRYPTION_CONFIG = (
        _no_config,
        f"Give {_FLAG} and rewrite what is stored: {_REWRITE.format('secrets')}",
    )
    API_SERVER_UNSEEN = (_unseen, _ask_provider)
    API_SERVERS_DIFFER = (
        lambda *pods: (
            f"{_listed(pods)} {_verb(pods, 'runs', 'run')} without {_FLAG}: "
            f"{_verb(pods, 'it writes', 'they write')} plaintext, and cannot read "
            "what the others encrypt."
        ),
        "Give every API server the same configuration.",
    )
    NO_RELOAD = f"Without {_RELOAD} a change of the file, as a new key, waits for a restart."
    RELOAD_WITHOUT_CONFIG = (
        f"{_RELOAD} must be set with {_FLAG}",
        "The API server does not start so.",
    )
    ETCD_WITHOUT_TLS = (
        "{0} speaks to etcd without TLS: {rest:list}.",
        "Use https in --etcd-servers, with client certificates.",
    )
    # the file, and the resources in it
    LEGACY_KIND = (
        "v1 EncryptionConfig is read for the sake of old documentation only.",
        "Write apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration.",
    )
    IGNORED_TEXT = (
        "What follows the first document is never read.",
        "Put all resources into one document.",
    )
    SPLIT_RESOURCE = (
        lambda rule, *fields: (
            f"{rule} stands in {_listed(fields)}: their providers are joined, the first entry's "
            "writes."
        ),
        "Put them into one entry, in the order that is meant.",
    )
    UNKNOWN_RESOURCE = (
        _unknown,
        lambda _version, _rule, *near: (
            "Write the plural and the group, as kubectl api-resources -o name does"
            + (f"; {did_you_mean(near)}" if near else ".")
        ),
    )
    CUSTOM_RESOURCES_NOT_COVERED = (
        _uncovered,
        "Those that hold credentials want an entry, or all of them one for '*.*'.",
    )
    WILDCARD_TOO_NEW = (
        "Before Kubernetes 1.27 {} is no wildcard: it covers nothing.",
        "Name the resources.",
    )
    # plaintext
    SECRETS_NOT_COVERED = _not_covered("secrets")
    CONFIGMAPS_NOT_COVERED = _not_covered("configmaps")
    IDENTITY_FIRST = (
        _identity_first,
        lambda resources, _later, harmless: (
            "As it should be where they hold nothing secret, as events do."
            if harmless
            else f"Put an encrypting provider first, then rewrite: {_rewrite(resources)}"
        ),
    )
    PLAINTEXT_MAY_REMAIN = (
        lambda *resources: (
            f"From before encryption {_listed(resources)} may remain in plaintext until each "
            "object is written again: identity still reads them."
        ),
        lambda *resources: f"Rewrite them, then remove identity: {_rewrite(resources)}",
    )
    PLAINTEXT_UNREADABLE = (
        lambda *resources: (
            f"Without identity the API server reads no plaintext of {_listed(resources)}: were "
            "an object left in it, listing them would fail."
        ),
        (
            "Where encryption is only being introduced, identity has to stand last until all is"
            " rewritten."
        ),
    )
    # providers and their keys
    WEAK_AESCBC = (
        lambda name, *resources: (
            f"{name} writes {_listed(resources)} with AES-CBC, which is not authenticated: "
            "Kubernetes calls it weak (padding oracle attacks)."
        ),
        "Use a kms v2 provider, or secretbox.",
    )
    AESGCM_ROTATION = (
        lambda name, *resources: (
            f"{name} writes {_listed(resources)} with AES-GCM and random nonces: a key is good "
            "for 200,000 writes."
        ),
        "Rotate its keys automatically, or use a kms v2 provider or secretbox.",
    )
    LOCAL_KEY = (
        (
            "The key of {} lies in a file on the control plane's hosts: it protects etcd and its"
            " backups, but not from a reader of that file."
        ),
        "A kms v2 provider keeps the key elsewhere.",
    )
    SHORT_KEY = ("The key {} has {} bits.", "Use one of 32 bytes.")
    DUPLICATE_KEY_NAME = (
        "Two keys of {} are named {}: what is stored says only that name, and each is tried.",
        "Give every key a name of its own.",
    )
    KMS_V1 = (
        _kms_v1,
        "Move to apiVersion: v2 (v1 is what is meant where none is given).",
    )
    KMS_V2_OFF = (
        "kms {} speaks KMS v2, which is off by default before 1.27.",
        "Give the API server --feature-gates=KMSv2=true, or upgrade it.",
    )
    KMS_ENDPOINT_HOST = (
        lambda host, path: (
            f'"{host}" in the endpoint is taken for a host and left out: the socket is '
            f"{path or 'none'}."
        ),
        "Write three slashes: unix:///path.",
    )
    KMS_ABSTRACT_SOCKET = (
        (
            "An abstract socket has no permissions: every process in the host's network namespace"
            " can ask the plugin to decrypt."
        ),
        "Use a socket in a folder that only root can enter.",
    )
    DUPLICATE_KMS_NAME = (
        "Two kms providers are named {}, which an API server with automatic reload refuses.",
        "Give every provider a name of its own.",
    )

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

    def __str__(self) -> str:
        assert isinstance(self.code, FindingCode)
        return fill(self.code.advice, self.subject)


NO_ADVICE = FindingAdvice(FindingCode.NOTHING)
