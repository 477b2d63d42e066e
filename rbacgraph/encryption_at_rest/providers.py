"""Finds weak providers and keys that the API server accepts silently.

Sources: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/ and
https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from rbacgraph.encryption_at_rest.findings import KMS, FindingMaker, listed
from rbacgraph.encryption_at_rest.kms_endpoint import parse_endpoint
from rbacgraph.encryption_at_rest.resource_storage import ProviderUse, Stored, names, writers
from rbacgraph.model.answers.encryption import Finding, Severity
from rbacgraph.model.inputs.encryption_config import Kms

_LOCAL = ("aesgcm", "aescbc", "secretbox")
_FULL = 32
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
        yield maker.at(
            field,
            "weak-aescbc",
            "medium",
            f"{name} writes {listed(resources)} with AES-CBC, which is not authenticated: "
            "Kubernetes calls it weak (padding oracle attacks).",
            "Use a kms v2 provider, or secretbox.",
            resources=resources,
        )
    if kind == "aesgcm":
        yield maker.at(
            field,
            "aesgcm-rotation",
            "medium",
            f"{name} writes {listed(resources)} with AES-GCM and random nonces: a key is good "
            "for 200,000 writes.",
            "Rotate its keys automatically, or use a kms v2 provider or secretbox.",
            resources=resources,
        )
    yield maker.at(
        field,
        "local-key",
        "low",
        f"The key of {name} lies in a file on the control plane's hosts: it protects etcd and "
        "its backups, but not from a reader of that file.",
        "A kms v2 provider keeps the key elsewhere.",
        resources=resources,
    )


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
                        "short-key",
                        "low",
                        f"The key {key.name or '?'} has {bits} bits.",
                        f"Use one of {_FULL} bytes.",
                    )
                seen[kind, key.name] += 1
                if key.name and seen[kind, key.name] == 2:  # noqa: PLR2004 - report the second one
                    weight: Severity = "medium" if kind == "aescbc" else "low"
                    yield maker.at(
                        f"{field}.name",
                        "duplicate-key-name",
                        weight,
                        f"Two keys of {kind} are named {key.name}: what is stored says only that "
                        "name, and each is tried.",
                        "Give every key a name of its own.",
                    )


def _kms(maker: FindingMaker, kms: Kms, field: str, version: _Version) -> Iterator[Finding]:
    if kms.api_version == "v1" and maker.kms_v1 is not False:
        off = version is None or version >= _KMS_V1_OFF
        refused = (
            ": since 1.29 an API server does not start with it unless it has "
            "--feature-gates=KMSv1=true"
        )
        yield maker.at(
            field,
            "kms-v1",
            "high" if off and not maker.kms_v1 else "medium",
            f"kms {kms.name} speaks KMS v1, deprecated since 1.28"
            f"{refused if off and not maker.kms_v1 else ''}.",
            "Move to apiVersion: v2 (v1 is what is meant where none is given).",
            reference=KMS,
        )
    if kms.api_version == "v2" and version and version < _KMS_V2_ON:
        yield maker.at(
            field,
            "kms-v2-off",
            "high",
            f"kms {kms.name} speaks KMS v2, which is off by default before 1.27.",
            "Give the API server --feature-gates=KMSv2=true, or upgrade it.",
            reference=KMS,
        )
    parsed = parse_endpoint(kms.endpoint)
    if parsed.scheme == "unix" and parsed.host:
        yield maker.at(
            f"{field}.endpoint",
            "kms-endpoint-host",
            "medium",
            f'"{parsed.host}" in the endpoint is taken for a host and left out: the socket is '
            f"{parsed.path or 'none'}.",
            "Write three slashes: unix:///path.",
            reference=KMS,
        )
    if parsed.scheme == "unix" and parsed.path.startswith("/@"):
        yield maker.at(
            f"{field}.endpoint",
            "kms-abstract-socket",
            "medium",
            "An abstract socket has no permissions: every process in the host's network "
            "namespace can ask the plugin to decrypt.",
            "Use a socket in a folder that only root can enter.",
            reference=KMS,
        )


def _kms_names(maker: FindingMaker) -> Iterator[Finding]:
    """Yield KMS v1 providers that share a name, which automatic reload would refuse."""
    seen: set[str] = set()
    for at, entry in enumerate(maker.config.entries):
        for index, provider in enumerate(entry.providers):
            kms = provider.kms
            if not kms:
                continue
            if kms.api_version == "v1" and kms.name in seen and not maker.reload:
                yield maker.at(
                    f"resources[{at}].providers[{index}].kms.name",
                    "duplicate-kms-name",
                    "low",
                    f"Two kms providers are named {kms.name}, which an API server with automatic "
                    "reload refuses.",
                    "Give every provider a name of its own.",
                    reference=KMS,
                )
            seen.add(kms.name)
