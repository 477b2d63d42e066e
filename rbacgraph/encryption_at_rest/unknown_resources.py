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
from rbacgraph.encryption_at_rest.findings import DATA, FORMAT, FindingMaker
from rbacgraph.model.answers.encryption_at_rest.encryption import Finding
from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode
from rbacgraph.model.did_you_mean import near
from rbacgraph.model.inputs.snapshot import NEWEST_KUBERNETES, Snapshot

_WILDCARDS = (1, 27)
_NEWEST = ".".join(map(str, NEWEST_KUBERNETES))


def file_findings(maker: FindingMaker, rules: ResourceEntries) -> Iterator[Finding]:
    """Yield findings about the file as a whole."""
    config = maker.config
    if config.legacy:
        yield maker.at("apiVersion", FindingCode.LEGACY_KIND, "info")
    if config.ignored:
        yield maker.at("", FindingCode.IGNORED_TEXT, "medium", place=config.ignored)
    for rule, entries in rules.entries.items():
        if len(entries) > 1:
            yield maker.at(
                f"resources[{entries[1]}]",
                FindingCode.SPLIT_RESOURCE,
                "low",
                str(rule),
                *(f"resources[{at}]" for at in entries),
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
        yield maker.at(
            field,
            FindingCode.UNKNOWN_RESOURCE,
            "medium",
            _NEWEST,
            str(rule),
            *near(str(rule), map(str, known)),
            resources=[str(rule)],
            reference=FORMAT,
        )


def custom_findings(
    maker: FindingMaker, rules: ResourceEntries, snapshot: Snapshot | None
) -> Iterator[Finding]:
    """Yield custom resources that are stored in plaintext because no entry covers them."""
    custom, code = _custom(snapshot), FindingCode.CUSTOM_RESOURCES_NOT_COVERED
    if custom:
        plain = [str(found) for found in custom if rules.decide(found) is None]
        if plain:
            yield maker.at("resources", code, "low", len(custom), *plain, resources=plain)
    elif EVERYTHING not in rules.entries:
        yield maker.at("resources", code, "info", resources=[str(EVERYTHING)])


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
                FindingCode.WILDCARD_TOO_NEW,
                "high",
                str(rule),
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
