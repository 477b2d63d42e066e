"""Checks whether the file is complete, its resources exist, and all resources are covered."""

from collections.abc import Iterator

from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.encryption_at_rest.entry_matching import (
    ANY,
    EVERYTHING,
    GroupResource,
    ResourceEntries,
    rule_field,
)
from rbacgraph.encryption_at_rest.findings import DATA, FORMAT, FindingMaker, listed
from rbacgraph.model.answers.encryption import Finding
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot

_WILDCARDS = (1, 27)
_SHOWN = 5
_NEWEST = ".".join(map(str, NEWEST_KUBERNETES))


def file_findings(maker: FindingMaker, rules: ResourceEntries) -> Iterator[Finding]:
    """Yield findings about the file as a whole."""
    config = maker.config
    if config.legacy:
        yield maker.at(
            "apiVersion",
            "legacy-kind",
            "info",
            "v1 EncryptionConfig is read for the sake of old documentation only.",
            "Write apiVersion: apiserver.config.k8s.io/v1, kind: EncryptionConfiguration.",
        )
    if config.ignored:
        yield maker.at(
            "",
            "ignored-text",
            "medium",
            "What follows the first document is never read.",
            "Put all resources into one document.",
            place=config.ignored,
        )
    for rule, entries in rules.entries.items():
        if len(entries) > 1:
            where = listed([f"resources[{at}]" for at in entries])
            yield maker.at(
                f"resources[{entries[1]}]",
                "split-resource",
                "low",
                f"{rule} stands in {where}: their providers are joined, the first entry's writes.",
                "Put them into one entry, in the order that is meant.",
                resources=[str(rule)],
            )


def named_findings(
    maker: FindingMaker, rules: ResourceEntries, snapshot: Snapshot | None
) -> Iterator[Finding]:
    """Yield names that no API server has, which the server accepts silently."""
    custom = _custom(snapshot)
    known = {GroupResource(found.group, found.resource) for found in known_resources()}
    own = {found.group for found in known}
    known |= {EVERYTHING, *custom}
    known |= {GroupResource(found.group, ANY) for found in known}
    complete = snapshot is not None and snapshot.is_listed("CustomResourceDefinition")
    for rule, field in _fields(maker, rules):
        foreign = "." in rule.group and rule.group not in own
        if rule in known or (foreign and not complete):
            continue
        meant = did_you_mean(near(str(rule), map(str, known)))
        what = f"API group {rule.group}" if rule.resource == ANY else f"resource {rule}"
        yield maker.at(
            field,
            "unknown-resource",
            "medium",
            f"Kubernetes {_NEWEST} serves no {what} by default, and does not ask: a name that no "
            "resource has covers nothing.",
            "Write the plural and the group, as kubectl api-resources -o name does"
            + (f"; {meant}" if meant else "."),
            resources=[str(rule)],
            reference=FORMAT,
        )


def custom_findings(
    maker: FindingMaker, rules: ResourceEntries, snapshot: Snapshot | None
) -> Iterator[Finding]:
    """Yield custom resources that are stored in plaintext because no entry covers them."""
    custom = _custom(snapshot)
    if custom:
        plain = [str(found) for found in custom if rules.decide(found) is None]
        if plain:
            more = f" and {len(plain) - _SHOWN} more" if len(plain) > _SHOWN else ""
            yield maker.at(
                "resources",
                "custom-resources-not-covered",
                "low",
                f"{len(plain)} of {len(custom)} custom resources are stored in plaintext: "
                f"{', '.join(plain[:_SHOWN])}{more}.",
                "Those that hold credentials want an entry, or all of them one for '*.*'.",
                resources=plain,
            )
    elif EVERYTHING not in rules.entries:
        yield maker.at(
            "resources",
            "custom-resources-not-covered",
            "info",
            "Custom resources without an entry of their own are stored in plaintext.",
            "Those that hold credentials want an entry, or all of them one for '*.*'.",
            resources=[str(EVERYTHING)],
        )


def wildcard_findings(
    maker: FindingMaker, rules: ResourceEntries, version: tuple[int, int] | None
) -> Iterator[Finding]:
    """Yield wildcards that an old API server reads as a name."""
    if version is None or version >= _WILDCARDS:
        return
    for rule, field in _fields(maker, rules):
        if rule.resource == ANY:
            yield maker.at(
                field,
                "wildcard-too-new",
                "high",
                f"Before Kubernetes 1.27 {rule} is no wildcard: it covers nothing.",
                "Name the resources.",
                resources=[str(rule)],
                reference=DATA,
            )


def _custom(snapshot: Snapshot | None) -> list[GroupResource]:
    if snapshot is None:
        return []
    return [GroupResource(found.group, found.resource) for found in snapshot.custom_resources]


def _fields(maker: FindingMaker, rules: ResourceEntries) -> Iterator[tuple[GroupResource, str]]:
    """Yield each rule with its first field."""
    for rule, entries in rules.entries.items():
        yield rule, rule_field(maker.config, rule, entries[0])
