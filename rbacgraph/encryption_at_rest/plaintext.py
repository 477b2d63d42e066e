"""Finds resources that are written in plaintext, or that may remain so.

Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/.
"""

from collections.abc import Iterator, Sequence

from rbacgraph.encryption_at_rest.findings import FindingMaker
from rbacgraph.encryption_at_rest.resource_storage import ProviderUse, Stored, names, writers
from rbacgraph.model.answers.encryption_at_rest.encryption import Finding, Plaintext, Severity
from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode

_UNCOVERED: dict[str, tuple[FindingCode, Severity]] = {
    "secrets": (FindingCode.SECRETS_NOT_COVERED, "high"),
    "configmaps": (FindingCode.CONFIGMAPS_NOT_COVERED, "low"),
}


def plaintext_findings(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    """Yield findings about the order of the providers, for the resources asked about."""
    yield from _uncovered(maker, stored)
    for use, resources in writers(stored):
        if use.provider.kind == "identity":
            yield _identity_first(maker, use, resources)
    yield from _remains(maker, stored)


def _uncovered(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    for one in stored:
        name = str(one.resource)
        if one.rule is None and name in _UNCOVERED:
            yield maker.at("resources", *_UNCOVERED[name], resources=[name])


def _identity_first(maker: FindingMaker, use: ProviderUse, resources: Sequence[str]) -> Finding:
    weight: Severity = "info"
    if "secrets" in resources:
        weight = "high"
    elif "configmaps" in resources:
        weight = "medium"
    others = maker.config.entries[use.entry].providers[use.position + 1 :]
    later = tuple(name for provider in others for name in names(provider))
    return maker.at(
        use.field,
        FindingCode.IDENTITY_FIRST,
        weight,
        tuple(resources),
        later,
        weight == "info",
        resources=resources,
    )


def _remains(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    """Yield findings about objects that may be older than the encryption."""
    for field, resources in _grouped(stored, "may-remain").items():
        code = FindingCode.PLAINTEXT_MAY_REMAIN
        yield maker.at(field, code, "low", *resources, resources=resources)
    for field, resources in _grouped(stored, "unreadable").items():
        code = FindingCode.PLAINTEXT_UNREADABLE
        yield maker.at(field, code, "info", *resources, resources=resources)


def _grouped(stored: Sequence[Stored], plaintext: Plaintext) -> dict[str, list[str]]:
    """Group resources by the field to show: identity, or the provider that writes instead."""
    found: dict[str, list[str]] = {}
    for one in stored:
        if one.plaintext == plaintext:
            identity = [use for use in one.uses if use.provider.kind == "identity"]
            found.setdefault([*identity, *one.uses][0].field, []).append(str(one.resource))
    return found
