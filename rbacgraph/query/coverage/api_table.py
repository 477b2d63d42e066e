"""The table of API resources: what an API server v1.36 serves, and which writes are harmless.

It is data: ``data/api_table.json``. Its resources come from the recorded discovery of a server,
and, for APIs that are off by default, from Kubernetes' own discovery files; each row names its
source. A write is harmless only with a reason and a source, checked one by one.
"""

from functools import cache

import msgspec
from msgspec import Struct

from rbacgraph.authz.match import ALL
from rbacgraph.model.packaged import packaged

READS = frozenset({"get", "list", "watch"})


class TableResource(Struct, frozen=True, forbid_unknown_fields=True):
    """A resource or subresource with its verbs; ``source`` is a key of the table's sources."""

    group: str
    resource: str
    namespaced: bool
    verbs: tuple[str, ...]
    source: str


class HarmlessWrite(Struct, frozen=True, forbid_unknown_fields=True):
    """Verbs that give an attacker nothing.

    ``*`` stands for any group, resource or verb, ``*/SUBRESOURCE`` for that of any resource.
    ``since`` is the first Kubernetes version where it is true; none for all.
    """

    group: str
    resource: str
    verbs: tuple[str, ...]
    reason: str
    source: str
    since: tuple[int, int] | None = None

    def covers(self, group: str, resource: str, verb: str) -> bool:
        """Whether it is about a verb on a resource."""
        _, _, subresource = resource.partition("/")
        return (
            self.group in {group, ALL}
            and (self.resource in {resource, ALL} or self.resource == f"*/{subresource}")
            and (verb in self.verbs or ALL in self.verbs)
        )


class PartialTechnique(Struct, frozen=True, forbid_unknown_fields=True):
    """A technique whose rights it asks about do more than it judges."""

    technique: str
    reason: str


class ApiTable(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole table.

    ``of_operators`` says what a technique judges of a resource of Kubernetes that it only knows by
    the table of custom resources.
    """

    sources: dict[str, str]
    resources: tuple[TableResource, ...]
    harmless: tuple[HarmlessWrite, ...]
    of_operators: str
    in_part: tuple[PartialTechnique, ...]

    def why_harmless(
        self, group: str, resource: str, verb: str, version: tuple[int, int]
    ) -> HarmlessWrite | None:
        """Return why a verb gives an attacker nothing; None if nobody has shown that."""
        for one in self.harmless:
            if one.covers(group, resource, verb) and (one.since is None or one.since <= version):
                return one
        return None


@cache
def api_table() -> ApiTable:
    """Return the table.

    Examples
    --------
    >>> [one.verbs for one in api_table().resources if one.resource == "pods/eviction"]
    [('create',)]
    """
    data = packaged("rbacgraph.query.coverage", "data/api_table.json")
    return msgspec.json.decode(data, type=ApiTable)
