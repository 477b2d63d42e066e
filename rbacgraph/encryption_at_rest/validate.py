"""Validates an EncryptionConfiguration as the API server does.

Sources: kubernetes
``staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go`` and
``staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go``. The server stops at
the decoder's errors, then at those of validation, then at the first masked resource; rbacgraph
reports all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.encryption_at_rest import entry_matching
from rbacgraph.encryption_at_rest.kms_endpoint import parse_endpoint
from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode, FindingSubject
from rbacgraph.model.inputs import encryption_config

_AES_SIZES = (16, 24, 32)
_SIZES = {"aesgcm": _AES_SIZES, "aescbc": _AES_SIZES, "secretbox": (32,)}


class EncryptionRefusal(NamedTuple):
    """One error: what it is, the field, and what the server's message about it names."""

    code: FindingCode
    field: str
    subject: tuple[FindingSubject, ...]

    @property
    def id(self) -> str:
        """The id of its finding."""
        return self.code.id


def _refusal(code: FindingCode, field: str, *more: FindingSubject) -> EncryptionRefusal:
    """Return an error whose message begins with the field."""
    return EncryptionRefusal(code, field, (field, *more))


def validate(
    config: encryption_config.EncryptionConfig, *, reload: bool
) -> Iterator[EncryptionRefusal]:
    """Yield the errors of ``ValidateEncryptionConfiguration``.

    ``reload``: whether the server reloads it automatically, which makes KMS v1 names unique too.
    """
    if not config.entries:
        yield _refusal(FindingCode.NO_RESOURCES, "resources")
    kms_names: set[str] = set()
    for at, entry in enumerate(config.entries):
        resources, providers = f"resources[{at}].resources", f"resources[{at}].providers"
        if not entry.resources:
            yield _refusal(FindingCode.NO_RESOURCES, resources)
        yield from _overlaps(entry.resources, resources)
        for index, text in enumerate(entry.resources):
            yield from _resource_name(text, f"{resources}[{index}]")
        if not entry.providers:
            yield _refusal(FindingCode.NO_PROVIDERS, providers)
        for index, provider in enumerate(entry.providers):
            yield from _provider(provider, f"{providers}[{index}]", kms_names, reload=reload)


def masked(found: Iterable[entry_matching.MaskedResource]) -> Iterator[EncryptionRefusal]:
    """Yield an error for each resource that an earlier rule masks."""
    for mask in found:
        field = f"resources[{mask.entry}].resources[{mask.position}]"
        subject = str(mask.resource), str(mask.rule)
        yield EncryptionRefusal(FindingCode.MASKED_RESOURCE, field, subject)


def kms_v1_disabled(config: encryption_config.EncryptionConfig) -> Iterator[EncryptionRefusal]:
    """Yield an error for each KMS v1 provider, if the server is known to have none."""
    for at, entry in enumerate(config.entries):
        for index, provider in enumerate(entry.providers):
            if provider.kms and provider.kms.api_version == "v1":
                field = f"resources[{at}].providers[{index}].kms"
                yield EncryptionRefusal(FindingCode.KMS_V1_DISABLED, field, ())


def _overlaps(resources: Sequence[str], field: str) -> Iterator[EncryptionRefusal]:
    """Compare every pair, as ``validateResourceOverlap`` does; each error occurs once."""
    parsed = [entry_matching.parse_resource(text) for text in resources]
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
        yield _refusal(FindingCode.DUPLICATE_RESOURCE, field, tuple(resources))
    if overlap:
        yield _refusal(FindingCode.OVERLAPPING_RESOURCES, field, tuple(resources))


def _overlap(one: entry_matching.GroupResource, other: entry_matching.GroupResource) -> bool:
    if one == entry_matching.EVERYTHING:
        return True
    return one.group == other.group and entry_matching.ANY in {one.resource, other.resource}


def _resource_name(text: str, field: str) -> Iterator[EncryptionRefusal]:
    code = entry_matching.name_error(text)
    if code:
        yield _refusal(code, field, text)


def _provider(
    provider: encryption_config.Provider, field: str, kms_names: set[str], *, reload: bool
) -> Iterator[EncryptionRefusal]:
    kinds = provider.kinds
    if not kinds:
        yield _refusal(FindingCode.NO_PROVIDER, field)
        return
    if len(kinds) > 1:
        yield _refusal(FindingCode.MANY_PROVIDERS, field)
    if provider.kms:
        yield from _kms(provider.kms, f"{field}.kms", kms_names, reload=reload)
        kms_names.add(provider.kms.name)
    elif kinds[0] in _SIZES:
        keys = getattr(provider, kinds[0])
        yield from _keys(keys, f"{field}.{kinds[0]}.keys", _SIZES[kinds[0]])


def _keys(
    keys: Sequence[encryption_config.EncryptionKey], field: str, sizes: Sequence[int]
) -> Iterator[EncryptionRefusal]:
    if not keys:
        yield _refusal(FindingCode.NO_KEYS, field)
    for index, key in enumerate(keys):
        where = f"{field}[{index}]"
        if not key.name:
            yield _refusal(FindingCode.KEY_WITHOUT_NAME, f"{where}.name")
        secret = f"{where}.secret"
        if key.length is None:
            yield _refusal(FindingCode.KEY_WITHOUT_SECRET, secret)
        elif key.length == encryption_config.NOT_BASE64:
            yield _refusal(FindingCode.KEY_NOT_BASE64, secret)
        elif key.length not in sizes:
            yield _refusal(FindingCode.KEY_LENGTH, secret, key.length, *sizes)


def _kms(
    kms: encryption_config.Kms, field: str, names: set[str], *, reload: bool
) -> Iterator[EncryptionRefusal]:
    yield from _kms_name(kms, f"{field}.name", names, reload=reload)
    if kms.timeout <= 0:
        yield _refusal(FindingCode.KMS_TIMEOUT, f"{field}.timeout", kms.timeout / 1e9)
    yield from _kms_endpoint(kms.endpoint, f"{field}.endpoint")
    size, version = kms.cache_size, kms.api_version
    if size is not None and (version != "v1" or size == 0):
        yield _refusal(FindingCode.KMS_CACHESIZE, f"{field}.cachesize", size, version)
    if version not in {"v1", "v2"}:
        yield _refusal(FindingCode.KMS_APIVERSION, f"{field}.apiVersion", version)


def _kms_name(
    kms: encryption_config.Kms, field: str, names: set[str], *, reload: bool
) -> Iterator[EncryptionRefusal]:
    if not kms.name:
        yield _refusal(FindingCode.KMS_WITHOUT_NAME, field)
    if kms.api_version != "v1" and ":" in kms.name:
        yield _refusal(FindingCode.KMS_NAME_COLON, field, kms.name)
    if (reload or kms.api_version != "v1") and kms.name in names:
        yield _refusal(FindingCode.KMS_NAME_DUPLICATE, field, kms.name)


def _kms_endpoint(text: str, field: str) -> Iterator[EncryptionRefusal]:
    if not text:
        yield _refusal(FindingCode.KMS_WITHOUT_ENDPOINT, field)
        return
    parsed = parse_endpoint(text)
    if parsed.error or parsed.scheme != "unix":
        yield _refusal(FindingCode.KMS_ENDPOINT, field, text, parsed.error, parsed.scheme)
