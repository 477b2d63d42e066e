"""Finds weak providers and keys that the API server accepts silently.

Sources: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/ and
https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rbacgraph.encryption_at_rest.findings import KMS, FindingMaker
from rbacgraph.encryption_at_rest.kms_endpoint import parse_endpoint
from rbacgraph.encryption_at_rest.resource_storage import ProviderUse, Stored, names, writers
from rbacgraph.model.answers.encryption_at_rest.encryption import Finding, Severity
from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode
from rbacgraph.model.inputs.encryption_config import Kms

_LOCAL = ("aesgcm", "aescbc", "secretbox")
_KMS_V1_OFF = (1, 29)
_KMS_V2_ON = (1, 27)

_Version = tuple[int, int] | None


def provider_findings(
    maker: FindingMaker, stored: Sequence[Stored], version: _Version
) -> Iterator[Finding]:
    """Yield findings about the providers themselves."""
    for use, resources in writers(stored):
        if use.provider.kind in _LOCAL:
            yield from _local(maker, use, resources)
    yield from _keys(maker)
    for at, entry in enumerate(maker.config.entries):
        for index, provider in enumerate(entry.providers):
            if provider.kms and provider.kind:
                field = f"resources[{at}].providers[{index}].kms"
                yield from _kms(maker, provider.kms, field, version)
    yield from _kms_names(maker)


def _local(maker: FindingMaker, use: ProviderUse, resources: Sequence[str]) -> Iterator[Finding]:
    kind, name = use.provider.kind, names(use.provider)[0]
    field = f"{use.field}.{kind}"
    if kind == "aescbc":
        code = FindingCode.WEAK_AESCBC
        yield maker.at(field, code, "medium", name, *resources, resources=resources)
    if kind == "aesgcm":
        code = FindingCode.AESGCM_ROTATION
        yield maker.at(field, code, "medium", name, *resources, resources=resources)
    yield maker.at(field, FindingCode.LOCAL_KEY, "low", name, resources=resources)


def _keys(maker: FindingMaker) -> Iterator[Finding]:
    for at, entry in enumerate(maker.config.entries):
        seen: Counter[tuple[str, str]] = Counter()
        for index, provider in enumerate(entry.providers):
            kind = provider.kind
            for number, key in enumerate(provider.keys if kind else ()):
                field = f"resources[{at}].providers[{index}].{kind}.keys[{number}]"
                if kind != "secretbox" and key.length in {16, 24}:
                    bits = key.length * 8
                    yield maker.at(
                        f"{field}.secret",
                        FindingCode.SHORT_KEY,
                        "low",
                        key.name or "?",
                        bits,
                    )
                seen[kind, key.name] += 1
                if key.name and seen[kind, key.name] == 2:  # noqa: PLR2004 - report the second one
                    weight: Severity = "medium" if kind == "aescbc" else "low"
                    code = FindingCode.DUPLICATE_KEY_NAME
                    yield maker.at(f"{field}.name", code, weight, kind, key.name)


def _kms(maker: FindingMaker, kms: Kms, field: str, version: _Version) -> Iterator[Finding]:
    if kms.api_version == "v1" and maker.kms_v1 is not False:
        off = version is None or version >= _KMS_V1_OFF
        refused = off and not maker.kms_v1
        weight: Severity = "high" if refused else "medium"
        yield maker.at(field, FindingCode.KMS_V1, weight, kms.name, refused, reference=KMS)
    if kms.api_version == "v2" and version and version < _KMS_V2_ON:
        yield maker.at(field, FindingCode.KMS_V2_OFF, "high", kms.name, reference=KMS)
    field = f"{field}.endpoint"
    parsed = parse_endpoint(kms.endpoint)
    if parsed.scheme == "unix" and parsed.host:
        code = FindingCode.KMS_ENDPOINT_HOST
        yield maker.at(field, code, "medium", parsed.host, parsed.path, reference=KMS)
    if parsed.scheme == "unix" and parsed.path.startswith("/@"):
        yield maker.at(field, FindingCode.KMS_ABSTRACT_SOCKET, "medium", reference=KMS)


def _kms_names(maker: FindingMaker) -> Iterator[Finding]:
    """Yield KMS v1 providers that share a name, which automatic reload would refuse."""
    seen: set[str] = set()
    for at, entry in enumerate(maker.config.entries):
        for index, provider in enumerate(entry.providers):
            kms = provider.kms
            if not kms:
                continue
            if kms.api_version == "v1" and kms.name in seen and not maker.reload:
                field = f"resources[{at}].providers[{index}].kms.name"
                code = FindingCode.DUPLICATE_KMS_NAME
                yield maker.at(field, code, "low", kms.name, reference=KMS)
            seen.add(kms.name)
