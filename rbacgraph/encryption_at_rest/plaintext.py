"""Finds resources that are written in plaintext, or that may remain so.

Source: https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/.
"""

from collections.abc import Iterator, Sequence

from rbacgraph.encryption_at_rest.entry_matching import ANY
from rbacgraph.encryption_at_rest.findings import FindingMaker, listed
from rbacgraph.encryption_at_rest.resource_storage import ProviderUse, Stored, names, writers
from rbacgraph.model.answers.encryption import Finding, Plaintext, Severity

_REWRITE = "kubectl get {} -A -o json | kubectl replace -f -"


def plaintext_findings(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    """Yield findings about the order of the providers, for the resources asked about."""
    yield from _uncovered(maker, stored)
    for use, resources in writers(stored):
        if use.provider.kind == "identity":
            yield _identity_first(maker, use, resources)
    yield from _remains(maker, stored)


def _uncovered(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    weights: dict[str, Severity] = {"secrets": "high", "configmaps": "low"}
    for one in stored:
        name = str(one.resource)
        if one.rule is None and name in weights:
            yield maker.at(
                "resources",
                f"{name}-not-covered",
                weights[name],
                f"No entry covers {name}: they are stored in plaintext.",
                f"Add {name} to the resources of an entry with an encrypting provider first.",
                resources=[name],
            )


def _identity_first(maker: FindingMaker, use: ProviderUse, resources: Sequence[str]) -> Finding:
    weight: Severity = "info"
    if "secrets" in resources:
        weight = "high"
    elif "configmaps" in resources:
        weight = "medium"
    others = maker.config.entries[use.entry].providers[use.position + 1 :]
    later = [name for provider in others for name in names(provider)]
    only = f", and {listed(later)} only {_verb(later, 'reads', 'read')}" if later else ""
    return maker.at(
        use.field,
        "identity-first",
        weight,
        f"New {listed(resources)} are written in plaintext: identity is the first provider{only}.",
        "As it should be where they hold nothing secret, as events do."
        if weight == "info"
        else f"Put an encrypting provider first, then rewrite: {_rewrite(resources)}",
        resources=resources,
    )


def _remains(maker: FindingMaker, stored: Sequence[Stored]) -> Iterator[Finding]:
    """Yield findings about objects that may be older than the encryption."""
    for field, resources in _grouped(stored, "may-remain").items():
        yield maker.at(
            field,
            "plaintext-may-remain",
            "low",
            f"From before encryption {listed(resources)} may remain in plaintext until each object "
            "is written again: identity still reads them.",
            f"Rewrite them, then remove identity: {_rewrite(resources)}",
            resources=resources,
        )
    for field, resources in _grouped(stored, "unreadable").items():
        yield maker.at(
            field,
            "plaintext-unreadable",
            "info",
            f"Without identity the API server reads no plaintext of {listed(resources)}: were an "
            "object left in it, listing them would fail.",
            "Where encryption is only being introduced, identity has to stand last until all is "
            "rewritten.",
            resources=resources,
        )


def _grouped(stored: Sequence[Stored], plaintext: Plaintext) -> dict[str, list[str]]:
    """Group resources by the field to show: identity, or the provider that writes instead."""
    found: dict[str, list[str]] = {}
    for one in stored:
        if one.plaintext == plaintext:
            identity = [use for use in one.uses if use.provider.kind == "identity"]
            found.setdefault([*identity, *one.uses][0].field, []).append(str(one.resource))
    return found


def _verb(subjects: Sequence[str], one: str, many: str) -> str:
    return one if len(subjects) == 1 else many


def _rewrite(resources: Sequence[str]) -> str:
    plain = [name for name in resources if not name.startswith(ANY)]
    return _REWRITE.format(",".join(plain) or "RESOURCE")
