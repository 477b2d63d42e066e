"""Decides how each resource is stored: which provider writes, which ones read.

Sources: kubernetes ``staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go``
and ``staging/src/k8s.io/apiserver/pkg/storage/value/transformer.go``: the first provider writes,
with its first key; stored objects are read by the provider that made them.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rbacgraph.encryption_at_rest.entry_matching import (
    ANY,
    EVERYTHING,
    GroupResource,
    ResourceEntries,
    parse_resource,
    rule_field,
)
from rbacgraph.model.answers.encryption_at_rest.encryption import Plaintext, ResourceEncryption
from rbacgraph.model.inputs.encryption_config import EncryptionConfig, Provider

ASKED = (GroupResource("", "secrets"), GroupResource("", "configmaps"))
"""The resources of every answer, besides those in the file."""

_UNKNOWN = "?"


class ProviderUse(NamedTuple):
    """A provider that stores a resource, and its field."""

    entry: int
    position: int
    provider: Provider

    @property
    def field(self) -> str:
        """The field of the file."""
        return f"resources[{self.entry}].providers[{self.position}]"


class Stored(NamedTuple):
    """A resource, the rule that decides it, its entries and their providers in order."""

    resource: GroupResource
    rule: GroupResource | None
    entries: tuple[int, ...]
    uses: tuple[ProviderUse, ...]

    @property
    def plaintext(self) -> Plaintext:
        """Whether it is written, or may remain, in plaintext."""
        kinds = [use.provider.kind for use in self.uses]
        if self.rule is None or kinds[:1] == ["identity"]:
            return "written"
        if not kinds or not kinds[0]:
            return "unknown"
        return "may-remain" if "identity" in kinds else "unreadable"


def decide(config: EncryptionConfig, rules: ResourceEntries, resource: GroupResource) -> Stored:
    """Return how one resource is stored."""
    rule = rules.decide(resource)
    entries = rules.entries[rule] if rule else ()
    uses = [
        ProviderUse(entry, position, provider)
        for entry in entries
        for position, provider in enumerate(config.entries[entry].providers)
    ]
    return Stored(resource, rule, entries, tuple(uses))


def asked(rules: ResourceEntries, more: tuple[str, ...]) -> list[GroupResource]:
    """Return the resources to list: Secrets and ConfigMaps first, all others last."""
    named = [rule for rule in rules.entries if rule.resource != ANY]
    groups = [rule for rule in rules.entries if rule.resource == ANY and rule != EVERYTHING]
    wanted = [parse_resource(text) for text in more]
    return list(dict.fromkeys([*ASKED, *wanted, *named, *groups, EVERYTHING]))


def row_of(config: EncryptionConfig, stored: Stored) -> ResourceEncryption:
    """Return the printed row of a resource."""
    first = stored.uses[0] if stored.uses else None
    place = config.place(_rule_field(config, stored))
    readers = dict.fromkeys(name for use in stored.uses for name in names(use.provider))
    writes, *reads = readers or [_UNKNOWN]
    if stored.rule is None:
        writes, reads = "identity", []
    return ResourceEncryption(
        resource=str(stored.resource),
        rule=str(stored.rule or ""),
        entry=stored.entries[0] if stored.entries else None,
        writes=writes,
        reads=tuple(reads),
        prefix=prefix(first.provider) if first else "",
        plaintext=stored.plaintext,
        file=config.file if stored.rule else "",
        line=place.line if stored.rule else 0,
        column=place.column if stored.rule else 0,
    )


def names(provider: Provider) -> tuple[str, ...]:
    """Return the names of a provider, one for each of its keys.

    Examples
    --------
    >>> names(Provider(identity=True))
    ('identity',)
    """
    kind = provider.kind
    if provider.kms and kind:
        return (f"kms {provider.kms.api_version} {provider.kms.name or _UNKNOWN}",)
    if kind in {"", "identity"}:
        return (kind or _UNKNOWN,)
    return tuple(f"{kind} {key.name or _UNKNOWN}" for key in provider.keys) or (kind,)


def prefix(provider: Provider) -> str:
    """Return the prefix of the values that a provider writes to etcd."""
    kind = provider.kind
    if provider.kms and kind:
        return f"k8s:enc:kms:{provider.kms.api_version}:{provider.kms.name}:"
    if provider.keys and kind:
        return f"k8s:enc:{kind}:v1:{provider.keys[0].name}:"
    return ""


def _rule_field(config: EncryptionConfig, stored: Stored) -> str:
    """Return the field of the deciding resource, in the first entry that names it."""
    if stored.rule is None:
        return "resources"
    return rule_field(config, stored.rule, stored.entries[0])


def writers(stored: Sequence[Stored]) -> list[tuple[ProviderUse, list[str]]]:
    """Return every provider that writes, with the resources it writes."""
    found: dict[str, tuple[ProviderUse, list[str]]] = {}
    for one in stored:
        for use in one.uses[:1]:
            found.setdefault(use.field, (use, []))[1].append(str(one.resource))
    return list(found.values())
