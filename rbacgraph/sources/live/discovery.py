"""Finds which resources the API serves, and in which version.

Source: kubernetes ``staging/src/k8s.io/api/apidiscovery/v2/types.go``.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec import MsgspecError, Struct, json

from rbacgraph.sources.live.connection.connect import JSON, Connection
from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.unexpected import foreign, refused_impersonation
from rbacgraph.sources.objects.object_kinds import KINDS

_DISCOVERY = f"{JSON};g=apidiscovery.k8s.io;v={{}};as=APIGroupDiscoveryList"
AGGREGATED = f"{_DISCOVERY.format('v2')},{_DISCOVERY.format('v2beta1')},{JSON}"
"""One answer for all groups if the server supports it (since 1.26), else their names."""


class Served(NamedTuple):
    """A resource that the API serves, in the version that the server prefers."""

    group: str
    version: str
    resource: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """The apiVersion, as objects write it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of its objects: all, those of one namespace, or one of them."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"{root}{scope}/{self.resource}{f'/{name}' if name else ''}"


class Catalogue(NamedTuple):
    """The resources that the API serves.

    ``stale`` names groups that the server itself could not reach; ``guessed`` says that discovery
    was refused, and that rbacgraph assumes what every server has. ``entries`` are all resources
    and subresources of the groups, as rules write them, including those that cannot be listed.
    """

    served: dict[tuple[str, str], Served]
    stale: tuple[str, ...] = ()
    guessed: bool = False
    entries: frozenset[tuple[str, str]] = frozenset()

    def find(self, groups: Iterable[str], resource: str) -> Served | None:
        """Return a resource of the first group that serves it."""
        found = (self.served.get((group, resource)) for group in groups)
        return next(filter(None, found), None)

    def lacks(self, groups: Iterable[str], resource: str) -> bool:
        """Whether it is certain that none of the groups serves a resource."""
        unknown = {text.rpartition("/")[0] for text in self.stale}
        known = not self.guessed and unknown.isdisjoint(groups)
        return known and self.find(groups, resource) is None


class _ResponseKind(Struct, frozen=True):
    kind: str = ""


class _Subresource(Struct, frozen=True):
    subresource: str


class _Resource(Struct, frozen=True, rename="camel"):
    resource: str
    subresources: tuple[_Subresource, ...] | None = None
    scope: str = ""
    response_kind: _ResponseKind | None = None
    verbs: tuple[str, ...] | None = None
    short_names: tuple[str, ...] | None = None


class _Version(Struct, frozen=True):
    version: str
    resources: tuple[_Resource, ...] | None = None
    freshness: str = ""


class _Meta(Struct, frozen=True):
    name: str = ""


class _Group(Struct, frozen=True):
    metadata: _Meta = _Meta()
    versions: tuple[_Version, ...] | None = None


class _GroupDiscoveryList(Struct, frozen=True, tag_field="kind", tag="APIGroupDiscoveryList"):
    items: tuple[_Group, ...] | None = None


class _GroupVersion(Struct, frozen=True, rename="camel"):
    group_version: str


class _ApiGroup(Struct, frozen=True):
    name: str
    versions: tuple[_GroupVersion, ...] | None = None


class _GroupList(Struct, frozen=True, tag_field="kind", tag="APIGroupList"):
    groups: tuple[_ApiGroup, ...] | None = None


class _Versions(Struct, frozen=True, tag_field="kind", tag="APIVersions"):
    versions: tuple[str, ...] | None = None


class _ApiResource(Struct, frozen=True, rename="camel"):
    name: str
    kind: str = ""
    namespaced: bool = False
    verbs: tuple[str, ...] | None = None
    short_names: tuple[str, ...] | None = None


class _ResourceList(Struct, frozen=True):
    resources: tuple[_ApiResource, ...] | None = None


_decode = json.Decoder(_GroupDiscoveryList | _GroupList | _Versions).decode
_decode_resources = json.Decoder(_ResourceList).decode
_NOT_FOUND = 404
_VERSIONS = {"bitnami.com": "v1alpha1"}


class _Found(NamedTuple):
    """The resources found so far."""

    served: dict[tuple[str, str], Served]
    entries: set[tuple[str, str]]
    stale: list[str]


def discover(connection: Connection) -> Catalogue:
    """Ask the server for its resources.

    Raises InputError if it is not an API server.
    """
    taken = _Found({}, set(), [])
    for path in ("/api", "/apis"):
        answer = connection.get(path, AGGREGATED)
        if answer.status == _NOT_FOUND or foreign(answer):
            raise connection.is_another(
                f"it answers {path} with {foreign(answer) or answer.status}"
            )
        if words := refused_impersonation(answer):
            raise connection.refuses_impersonation(words)
        if not answer.ok:
            return _guessed()
        try:
            found = _decode(answer.body)
        except MsgspecError:
            raise connection.is_another(f"it answers {path} with something else") from None
        if isinstance(found, _GroupDiscoveryList):
            _aggregated(found, taken)
        elif isinstance(found, _GroupList):
            for group in found.groups or ():
                _each(connection, [v.group_version for v in group.versions or ()], taken)
        else:
            _each(connection, found.versions or (), taken)
    return Catalogue(taken.served, tuple(taken.stale), entries=frozenset(taken.entries))


def _aggregated(found: _GroupDiscoveryList, taken: _Found) -> None:
    for group in found.items or ():
        for version in group.versions or ():
            name = group.metadata.name
            if version.freshness == "Stale":
                taken.stale.append(f"{name}/{version.version}")
            for one in version.resources or ():
                taken.entries.add((name, one.resource))
                for below in one.subresources or ():
                    taken.entries.add((name, f"{one.resource}/{below.subresource}"))
                kind = one.response_kind.kind if one.response_kind else ""
                if "list" in (one.verbs or ()):
                    resource = Served(
                        name,
                        version.version,
                        one.resource,
                        kind,
                        one.scope == "Namespaced",
                        one.short_names or (),
                    )
                    taken.served.setdefault((name, one.resource), resource)


def _each(connection: Connection, versions: Iterable[str], taken: _Found) -> None:
    """Ask for each version of a group, as a server before 1.26 requires."""
    for text in versions:
        group, _, version = text.rpartition("/")
        answer = connection.get(f"/apis/{text}" if group else f"/api/{text}")
        resources = _resources(answer)
        if resources is None:
            taken.stale.append(text)
        for one in resources or ():
            taken.entries.add((group, one.name))
            if "list" in (one.verbs or ()) and "/" not in one.name:
                short = one.short_names or ()
                resource = Served(group, version, one.name, one.kind, one.namespaced, short)
                taken.served.setdefault((group, one.name), resource)


def _resources(answer: ServerAnswer) -> tuple[_ApiResource, ...] | None:
    if not answer.ok:
        return None
    try:
        return _decode_resources(answer.body).resources or ()
    except MsgspecError:
        return None


def _guessed() -> Catalogue:
    """Return the resources that every server has: listing will show whether they exist."""
    return Catalogue({(s.group, s.resource): s for s in _usual()}, guessed=True)


def _usual() -> Iterator[Served]:
    for wanted in KINDS:
        group = wanted.groups[0]
        version = _VERSIONS.get(group, "v1")
        yield Served(group, version, wanted.resource, wanted.name, wanted.namespaced)
