"""What the API server says of an EncryptionConfiguration that it refuses, in its own words.

Sources: kubernetes
``staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go`` and
``staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go``.
"""

import json
from collections.abc import Callable

from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode


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


REFUSALS: dict[FindingCode, str | Callable[..., str]] = {
    FindingCode.FAULT: lambda field, message: f"{field}: {message}" if field else message,
    FindingCode.STRICT_FAULT: "strict decoding error: {}",
    FindingCode.NO_RESOURCES: _required("at least one {0} is required"),
    FindingCode.NO_PROVIDERS: _required("at least one {0} is required"),
    FindingCode.DUPLICATE_RESOURCE: _invalid(
        "the same resource cannot be specified multiple times"
    ),
    FindingCode.OVERLAPPING_RESOURCES: _invalid(
        "using overlapping resources such as 'secrets' and '*.' in the same resource list "
        "is not allowed as they will be masked"
    ),
    FindingCode.RESOURCE_CAPITALS: _invalid("resource name should not contain capital letters"),
    FindingCode.RESOURCE_STAR: _invalid(
        "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
    ),
    FindingCode.RESOURCE_NOT_REST: _invalid(
        "resources which do not have REST API/s cannot be encrypted"
    ),
    FindingCode.RESOURCE_EVENTS_GROUP: _invalid(
        "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. "
        "Use 'events' instead in the config file"
    ),
    FindingCode.RESOURCE_EXTENSIONS_GROUP: _invalid(
        "'extensions' group has been removed and cannot be used for encryption"
    ),
    FindingCode.RESOURCE_ACROSS_GROUPS: _invalid(
        "encrypting the same resource across groups is not supported"
    ),
    FindingCode.MASKED_RESOURCE: 'resource "{}" is masked by earlier rule "{}"',
    FindingCode.NO_PROVIDER: (
        "{}: Invalid value: provider does not contain any of the expected providers: KMS, AESGCM, "
        "AESCBC, Secretbox, Identity"
    ),
    FindingCode.MANY_PROVIDERS: (
        "{}: Invalid value: more than one provider specified in a single element, should split "
        "into different list elements"
    ),
    FindingCode.NO_KEYS: _required("at least one keys is required"),
    FindingCode.KEY_WITHOUT_NAME: _required("name is a mandatory field for a key"),
    FindingCode.KEY_WITHOUT_SECRET: _required("secret is a mandatory field for a key"),
    FindingCode.KEY_NOT_BASE64: _redacted("secrets must be base64 encoded"),
    FindingCode.KEY_LENGTH: _key_length,
    FindingCode.KMS_WITHOUT_NAME: _required("name is a mandatory field for a provider"),
    FindingCode.KMS_NAME_COLON: _invalid("invalid KMS provider name {0}, must not contain ':'"),
    FindingCode.KMS_NAME_DUPLICATE: _invalid(
        "duplicate KMS provider name {0}, names must be unique"
    ),
    FindingCode.KMS_TIMEOUT: "{}: Invalid value: {:g}s: timeout should be a positive value",
    FindingCode.KMS_WITHOUT_ENDPOINT: lambda field: _invalid(
        "endpoint is a mandatory field for a kms"
    )(field, ""),
    FindingCode.KMS_ENDPOINT: _endpoint,
    FindingCode.KMS_CACHESIZE: _cache_size,
    FindingCode.KMS_APIVERSION: _invalid(
        "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported"
    ),
    FindingCode.KMS_V1_DISABLED: (
        "KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 "
        "instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature."
    ),
}
