"""Finds Helm releases, and the Secrets and ConfigMaps that hold them."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.facts.bindings.index import Index, Names
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ConfigMap, Secret
from rbacgraph.model.kubernetes.helm import DEPLOYED, RELEASE_TYPE, release_of
from rbacgraph.model.kubernetes.secret_types import RKE_STATE
from rbacgraph.model.node import CONFIG_MAP


class Releases:
    """The holders of Helm releases, computed on first use."""

    def __init__(self, snapshot: Snapshot, index: Index) -> None:
        self._snapshot = snapshot
        self._index = index

    @cached_property
    def holders(self) -> Sequence[Secret | ConfigMap]:
        """Secrets and ConfigMaps that hold releases, readable or not."""
        secrets = [
            secret
            for secret in self._snapshot.secrets
            if secret.type == RELEASE_TYPE or (secret.keys is None and secret.holds_release)
        ]
        return *secrets, *self._config_maps

    @cached_property
    def _config_maps(self) -> Sequence[ConfigMap]:
        return [one for one in self._snapshot.config_maps if release_of(one.metadata.name)]

    @cached_property
    def map_numbers(self) -> Names:
        """Numbers of the ConfigMaps that hold releases, or RKE's state, by namespace and name."""
        found: dict[str, dict[str, int]] = {}
        for config_map in self._snapshot.config_maps:
            namespace, name = config_map.metadata.namespace, config_map.metadata.name
            if not release_of(name) and (namespace, name) != RKE_STATE:
                continue
            number = self._index.number((CONFIG_MAP, namespace, name))
            found.setdefault(namespace, {})[name] = number
        return found

    def made(self) -> Iterator[tuple[str, str]]:
        """Yield the Secrets made by deployed releases."""
        for holder in self.holders:
            release = holder.release
            if release and release.status == DEPLOYED:
                yield from ((s.namespace, s.name) for s in release.secrets if not s.hook)

    @cached_property
    def latest(self) -> Mapping[tuple[str, str], int]:
        """The last revision of each release, by namespace and name."""
        found: dict[tuple[str, str], int] = {}
        for holder in self.holders:
            named = release_of(holder.metadata.name)
            if named:
                key = holder.metadata.namespace, named[0]
                found[key] = max(named[1], found.get(key, 0))
        return found
