"""Reads the few objects that are needed whole, one at a time, and drops their values."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from msgspec import MsgspecError
from msgspec.structs import force_setattr, replace

from rbacgraph.model.kubernetes.argo_cd import SETTINGS_MAP
from rbacgraph.model.kubernetes.aws_auth import AWS_AUTH
from rbacgraph.model.kubernetes.core import ConfigMap, Secret
from rbacgraph.model.kubernetes.helm import RELEASE_TYPE, release_of
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.discovery import Served
from rbacgraph.sources.live.pages import reason_of
from rbacgraph.sources.live.reports import LiveReports
from rbacgraph.sources.objects.collector import Collector

_FORBIDDEN = 403
_NOT_FOUND = 404
_NAMESPACES = Served("", "v1", "namespaces", "Namespace", namespaced=False)
_CONFIG_MAPS = Served("", "v1", "configmaps", "ConfigMap", namespaced=True)
_SECRETS = Served("", "v1", "secrets", "Secret", namespaced=True)


class WholeReader:
    """Reads whole objects, and replaces what a list had of them."""

    def __init__(self, connection: Connection, collector: Collector, reports: LiveReports) -> None:
        self._connection = connection
        self._collector = collector
        self._reports = reports

    def aws_auth(self) -> None:
        """Read the mappings of an EKS cluster, if it has any, even if no list shows them."""
        self._read("config_maps", _CONFIG_MAPS, *AWS_AUTH)

    def settings(self) -> None:
        """Read the ConfigMaps that Ingress controllers name, and Argo CD's: a list has no data."""
        maps = self._collector.objects["config_maps"]
        maps[:] = [
            replace(one, settings=None, application_namespaces=None)
            if isinstance(one, ConfigMap) and (one.settings or one.metadata.name == SETTINGS_MAP)
            else one
            for one in maps
        ]
        for place in dict.fromkeys((*self._named_by_proxies(), *self._of_argo_cd())):
            self._read("config_maps", _CONFIG_MAPS, *place)

    def _of_argo_cd(self) -> Iterator[tuple[str, str]]:
        for found in self._collector.objects["config_maps"]:
            if found.metadata.name == SETTINGS_MAP:
                yield _key(found)

    def _named_by_proxies(self) -> Iterator[tuple[str, str]]:
        objects = self._collector.objects
        for one in (*objects["pods"], *objects["workloads"]):
            if isinstance(one, Pod | Workload) and one.spec.proxy is not None:
                place = one.spec.proxy.config_map_of(one.metadata.namespace)
                if place is not None:
                    yield place

    def namespaces(self, names: Iterable[str]) -> None:
        """Read namespaces by their names, as far as that is allowed."""
        for name in names:
            self._read("namespaces", _NAMESPACES, "", name)

    def releases(self) -> None:
        """Read all Helm releases, and keep the names of their Secrets."""
        for served, field, found in list(self._holding_releases()):
            metadata = found.metadata
            self._read(field, served, metadata.namespace, metadata.name)

    def _holding_releases(self) -> Iterator[tuple[Served, str, Object]]:
        for found in self._collector.objects["secrets"]:
            if isinstance(found, Secret) and found.type == RELEASE_TYPE:
                yield _SECRETS, "secrets", found
        for found in self._collector.objects["config_maps"]:
            if release_of(found.metadata.name):
                yield _CONFIG_MAPS, "config_maps", found

    def _read(self, field: str, served: Served, namespace: str, name: str) -> None:
        key = namespace, name
        answer = self._connection.get(served.path(*key))
        absent = answer.status == _NOT_FOUND or key not in self._places[field]
        if absent and answer.status in {_FORBIDDEN, _NOT_FOUND}:
            return
        title = f"{served.kind} {namespace}/{name}"
        if not answer.ok:
            self._reports.unread(title, reason_of(answer))
            return
        slot = self._collector.slot(served.api_version, served.kind)
        assert slot is not None
        try:
            self._put(field, key, slot.decode(answer.body))
        except (MsgspecError, UnicodeDecodeError):
            self._reports.unread(title, "it is not what the API should serve")

    @cached_property
    def _places(self) -> dict[str, dict[tuple[str, str], int]]:
        """Return the index of each stored object, by field."""
        objects = self._collector.objects
        return {
            field: {_key(found): at for at, found in enumerate(objects[field])}
            for field in ("secrets", "config_maps", "namespaces")
        }

    def _put(self, field: str, key: tuple[str, str], found: Object) -> None:
        objects = self._collector.objects[field]
        at = self._places[field].setdefault(key, len(objects))
        force_setattr(found, "origin", self._collector.base)
        objects[at : at + 1] = [found]


def _key(found: Object) -> tuple[str, str]:
    return found.metadata.namespace, found.metadata.name
