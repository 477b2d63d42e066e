"""Validates an EncryptionConfiguration with the API server's own messages.

Sources: kubernetes
``staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go`` and
``staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go``. The server stops at
the decoder's errors, then at those of validation, then at the first masked resource; rbacgraph
reports all of them.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.encryption_at_rest.entry_matching import (
    ANY,
    EVERYTHING,
    GroupResource,
    MaskedResource,
    name_error,
    parse_resource,
)
from rbacgraph.encryption_at_rest.kms_endpoint import parse_endpoint
from rbacgraph.model.inputs.encryption_config import (
    NOT_BASE64,
    EncryptionConfig,
    EncryptionKey,
    Kms,
    Provider,
)

_AES_SIZES = (16, 24, 32)
_SIZES = {"aesgcm": _AES_SIZES, "aescbc": _AES_SIZES, "secretbox": (32,)}
_KMS_V1 = (
    "KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 "
    "instead.  Set --feature-gates=KMSv1=true to use the deprecated KMSv1 feature."
)


class EncryptionRefusal(NamedTuple):
    """One error: a stable id, the field, and the server's message about it."""

    id: str
    field: str
    message: str


def _required(code: str, field: str, detail: str) -> EncryptionRefusal:
    return EncryptionRefusal(code, field, f"{field}: Required value: {detail}")


def _invalid(code: str, field: str, value: object, detail: str) -> EncryptionRefusal:
    shown = json.dumps(value, ensure_ascii=False)
    return EncryptionRefusal(code, field, f"{field}: Invalid value: {shown}: {detail}")


def validate(config: EncryptionConfig, *, reload: bool) -> Iterator[EncryptionRefusal]:
    """Yield the errors of ``ValidateEncryptionConfiguration``.

    Parameters
    ----------
    config:
        The file.
    reload:
        Whether the server reloads it automatically, which makes KMS v1 names unique too.
    """
    if not config.entries:
        yield _required("no-resources", "resources", "at least one resources is required")
    kms_names: set[str] = set()
    for at, entry in enumerate(config.entries):
        resources, providers = f"resources[{at}].resources", f"resources[{at}].providers"
        if not entry.resources:
            detail = f"at least one {resources} is required"
            yield _required("no-resources", resources, detail)
        yield from _overlaps(entry.resources, resources)
        for index, text in enumerate(entry.resources):
            yield from _resource_name(text, f"{resources}[{index}]")
        if not entry.providers:
            detail = f"at least one {providers} is required"
            yield _required("no-providers", providers, detail)
        for index, provider in enumerate(entry.providers):
            yield from _provider(provider, f"{providers}[{index}]", kms_names, reload=reload)


def masked(found: Iterable[MaskedResource]) -> Iterator[EncryptionRefusal]:
    """Yield an error for each resource that an earlier rule masks."""
    for mask in found:
        message = f'resource "{mask.resource}" is masked by earlier rule "{mask.rule}"'
        field = f"resources[{mask.entry}].resources[{mask.position}]"
        yield EncryptionRefusal("masked-resource", field, message)


def kms_v1_disabled(config: EncryptionConfig) -> Iterator[EncryptionRefusal]:
    """Yield an error for each KMS v1 provider, if the server is known to have none."""
    for at, entry in enumerate(config.entries):
        for index, provider in enumerate(entry.providers):
            if provider.kms and provider.kms.api_version == "v1":
                field = f"resources[{at}].providers[{index}].kms"
                yield EncryptionRefusal("kms-v1-disabled", field, _KMS_V1)


def _overlaps(resources: Sequence[str], field: str) -> Iterator[EncryptionRefusal]:
    """Compare every pair, as ``validateResourceOverlap`` does; each error occurs once."""
    parsed = [parse_resource(text) for text in resources]
    duplicate = overlap = False
    for i, one in enumerate(parsed):
        for j, other in enumerate(parsed):
            if i == j:
                continue
            if one == other and not duplicate:
                duplicate = True
            else:
                overlap = overlap or _overlap(one, other)
    if duplicate:
        detail = "the same resource cannot be specified multiple times"
        yield _invalid("duplicate-resource", field, list(resources), detail)
    if overlap:
        detail = (
            "using overlapping resources such as 'secrets' and '*.' in the same resource list "
            "is not allowed as they will be masked"
        )
        yield _invalid("overlapping-resources", field, list(resources), detail)


def _overlap(one: GroupResource, other: GroupResource) -> bool:
    if one == EVERYTHING:
        return True
    return one.group == other.group and ANY in {one.resource, other.resource}


def _resource_name(text: str, field: str) -> Iterator[EncryptionRefusal]:
    wrong = name_error(text)
    if wrong:
        code, detail = wrong
        yield _invalid(code, field, text, detail)


def _provider(
    provider: Provider, field: str, kms_names: set[str], *, reload: bool
) -> Iterator[EncryptionRefusal]:
    kinds = provider.kinds
    if not kinds:
        detail = (
            "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, "
            "Secretbox, Identity"
        )
        yield EncryptionRefusal("no-provider", field, f"{field}: Invalid value: {detail}")
        return
    if len(kinds) > 1:
        detail = (
            "more than one provider specified in a single element, should split into different "
            "list elements"
        )
        yield EncryptionRefusal("many-providers", field, f"{field}: Invalid value: {detail}")
    if provider.kms:
        yield from _kms(provider.kms, f"{field}.kms", kms_names, reload=reload)
        kms_names.add(provider.kms.name)
    elif kinds[0] in _SIZES:
        keys = getattr(provider, kinds[0])
        yield from _keys(keys, f"{field}.{kinds[0]}.keys", _SIZES[kinds[0]])


def _keys(
    keys: Sequence[EncryptionKey], field: str, sizes: Sequence[int]
) -> Iterator[EncryptionRefusal]:
    if not keys:
        yield _required("no-keys", field, "at least one keys is required")
    for index, key in enumerate(keys):
        where = f"{field}[{index}]"
        if not key.name:
            yield _required(
                "key-without-name", f"{where}.name", "name is a mandatory field for a key"
            )
        secret = f"{where}.secret"
        if key.length is None:
            detail = "secret is a mandatory field for a key"
            yield _required("key-without-secret", secret, detail)
        elif key.length == NOT_BASE64:
            yield _invalid("key-not-base64", secret, "REDACTED", "secrets must be base64 encoded")
        elif key.length not in sizes:
            wanted = " ".join(map(str, sizes))
            detail = "secret is not of the expected length, "
            detail += f"got {key.length}, expected one of [{wanted}]"
            yield _invalid("key-length", secret, "REDACTED", detail)


def _kms(kms: Kms, field: str, names: set[str], *, reload: bool) -> Iterator[EncryptionRefusal]:
    yield from _kms_name(kms, f"{field}.name", names, reload=reload)
    if kms.timeout <= 0:
        shown = kms.timeout / 1e9
        where = f"{field}.timeout"
        message = f"{where}: Invalid value: {shown:g}s: timeout should be a positive value"
        yield EncryptionRefusal("kms-timeout", where, message)
    yield from _kms_endpoint(kms.endpoint, f"{field}.endpoint")
    if kms.api_version != "v1" and kms.cache_size is not None:
        detail = "cachesize is not supported in v2"
        yield _invalid("kms-cachesize", f"{field}.cachesize", kms.cache_size, detail)
    if kms.api_version == "v1" and kms.cache_size == 0:
        detail = "cachesize should be a positive value, or negative to disable"
        yield _invalid("kms-cachesize", f"{field}.cachesize", 0, detail)
    if kms.api_version not in {"v1", "v2"}:
        detail = "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported"
        yield _invalid("kms-apiversion", f"{field}.apiVersion", kms.api_version, detail)


def _kms_name(
    kms: Kms, field: str, names: set[str], *, reload: bool
) -> Iterator[EncryptionRefusal]:
    if not kms.name:
        yield _required("kms-without-name", field, "name is a mandatory field for a provider")
    if kms.api_version != "v1" and ":" in kms.name:
        detail = f"invalid KMS provider name {kms.name}, must not contain ':'"
        yield _invalid("kms-name-colon", field, kms.name, detail)
    if (reload or kms.api_version != "v1") and kms.name in names:
        detail = f"duplicate KMS provider name {kms.name}, names must be unique"
        yield _invalid("kms-name-duplicate", field, kms.name, detail)


def _kms_endpoint(text: str, field: str) -> Iterator[EncryptionRefusal]:
    if not text:
        detail = "endpoint is a mandatory field for a kms"
        yield _invalid("kms-without-endpoint", field, "", detail)
        return
    parsed = parse_endpoint(text)
    if parsed.error:
        shown = json.dumps(text, ensure_ascii=False)
        detail = f"invalid endpoint for kms provider, error: parse {shown}: {parsed.error}"
        yield _invalid("kms-endpoint", field, text, detail)
    elif parsed.scheme != "unix":
        detail = f'unsupported scheme "{parsed.scheme}" for KMS provider, only unix is supported'
        yield _invalid("kms-endpoint", field, text, detail)
