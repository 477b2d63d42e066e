"""Matches resources with the entries of an EncryptionConfiguration.

Sources: kubernetes ``staging/src/k8s.io/apimachinery/pkg/runtime/schema/group_version.go``
(``ParseGroupResource``) and
``staging/src/k8s.io/apiserver/pkg/server/options/encryptionconfig/config.go``.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rbacgraph.model.answers.encryption_at_rest.encryption_text import FindingCode
from rbacgraph.model.inputs.encryption_config import EncryptionConfig, ResourcesEntry

ANY = "*"
_GROUPS = {
    "events.k8s.io": FindingCode.RESOURCE_EVENTS_GROUP,
    "extensions": FindingCode.RESOURCE_EXTENSIONS_GROUP,
}
_NOT_REST = frozenset({"apiserveripinfo", "serviceipallocations", "servicenodeportallocations"})


class GroupResource(NamedTuple):
    """A resource and its API group; either may be ``*``."""

    group: str
    resource: str

    def __str__(self) -> str:
        if self == ("", ANY):
            return "*."
        return f"{self.resource}.{self.group}" if self.group else self.resource


EVERYTHING = GroupResource(ANY, ANY)


def parse_resource(text: str) -> GroupResource:
    """Split at the first dot: the resource is before it, its group after it.

    Examples
    --------
    >>> parse_resource("pandas.awesome.bears.example")
    GroupResource(group='awesome.bears.example', resource='pandas')
    >>> parse_resource("*.") == parse_resource("*")
    True
    """
    resource, _, group = text.partition(".")
    return GroupResource(group, resource)


def name_error(text: str) -> FindingCode | None:
    """Return why no resource can have this name.

    Source: kubernetes
    ``staging/src/k8s.io/apiserver/pkg/apis/apiserver/validation/validation_encryption.go``
    (``validateResourceNames``).
    """
    group, resource = parse_resource(text)
    if text.lower() != text:
        return FindingCode.RESOURCE_CAPITALS
    if text == ANY:
        return FindingCode.RESOURCE_STAR
    if text in _NOT_REST:
        return FindingCode.RESOURCE_NOT_REST
    if group == ANY and resource != ANY:
        return FindingCode.RESOURCE_ACROSS_GROUPS
    return _GROUPS.get(group)


class MaskedResource(NamedTuple):
    """A resource for which an earlier rule leaves nothing: the server refuses the file."""

    entry: int
    position: int
    resource: GroupResource
    rule: GroupResource


class ResourceEntries(NamedTuple):
    """For each resource in the file, the entries that name it, in order."""

    entries: Mapping[GroupResource, tuple[int, ...]]
    masked: tuple[MaskedResource, ...]

    def decide(self, resource: GroupResource) -> GroupResource | None:
        """Return the rule that decides a resource: its own, its group's, or ``*.*``.

        Source: ``transformerFromOverrides`` of ``config.go``.
        """
        candidates = (resource, GroupResource(resource.group, ANY), EVERYTHING)
        return next((rule for rule in candidates if rule in self.entries), None)


def read_rules(entries: Sequence[ResourcesEntry]) -> ResourceEntries:
    """Return the rules of a file; masked and invalid names decide nothing.

    A resource that an earlier entry already names is not masked: its providers are joined.
    """
    found: dict[GroupResource, list[int]] = {}
    masked: list[MaskedResource] = []
    for at, entry in enumerate(entries):
        earlier = set(found)
        for index, text in enumerate(entry.resources):
            if not text or name_error(text):
                continue
            resource = parse_resource(text)
            wide = (GroupResource(resource.group, ANY), EVERYTHING)
            rule = next((rule for rule in wide if rule in earlier), None)
            if rule:
                masked.append(MaskedResource(at, index, resource, rule))
            elif at not in found.setdefault(resource, []):
                found[resource].append(at)
    return ResourceEntries({rule: tuple(at) for rule, at in found.items()}, tuple(masked))


def rule_field(config: EncryptionConfig, rule: GroupResource, entry: int) -> str:
    """Return the field of an entry that holds a rule."""
    texts = config.entries[entry].resources
    position = next(i for i, text in enumerate(texts) if parse_resource(text) == rule)
    return f"resources[{entry}].resources[{position}]"
