"""Finds the credentials of clusters among Secrets, by the table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

from rbacgraph.facts.admission.security_context_constraints import shows_openshift
from rbacgraph.facts.cluster_secrets.row import CredentialRow, credential_rows
from rbacgraph.facts.world import WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ConfigMap, Secret
from rbacgraph.model.kubernetes.meta import SecretLabels

_RKE_LABEL = "node-role.kubernetes.io/controlplane"
"""Kubernetes' own label has a dash in it."""


ARGO = "Argo CD"
"""The product whose Secrets name the API server, which is read."""


class FoundCredential(NamedTuple):
    """A credential that a Secret or a ConfigMap holds.

    ``cluster``: the name of its cluster, as far as a name or a label shows it.
    ``key``: the key that shows it; ``""`` if the input names no keys, or any will do.
    ``condition``: what must hold, that the input does not settle.
    """

    row: CredentialRow
    cluster: str
    key: str
    condition: Condition


class ClusterCredentials(WorldPart):
    """The Secrets that hold a credential of a cluster."""

    @cached_property
    def found(self) -> Sequence[tuple[Secret | ConfigMap, FoundCredential]]:
        """Each Secret or ConfigMap of the input with each credential that it holds."""
        held: list[Secret | ConfigMap] = [
            *self._world.snapshot.secrets,
            *self._world.snapshot.config_maps,
        ]
        return [(one, found) for one in held for found in self._credentials_of(one)]

    def of(self, obj: Secret | ConfigMap) -> Sequence[FoundCredential]:
        """Return the credentials that one of them holds: generic ones only without others."""
        return self._by_object.get(id(obj), ())

    @cached_property
    def _by_object(self) -> Mapping[int, Sequence[FoundCredential]]:
        """The same by identity: the cluster keeps its objects, and few of them hold any."""
        by_object: dict[int, list[FoundCredential]] = {}
        for one, found in self.found:
            by_object.setdefault(id(one), []).append(found)
        return by_object

    def _credentials_of(self, obj: Secret | ConfigMap) -> Iterator[FoundCredential]:
        if isinstance(obj, Secret) and obj.only_verifies:
            return
        rows = _rows_of(obj) if isinstance(obj, Secret) else _rows_of_map(obj)
        empty = isinstance(obj, Secret) and obj.hosts == ()
        for row in rows:
            if empty and row.product == ARGO:
                continue  # it logs in by a program or an identity of its own
            yield FoundCredential(row, _cluster(row, obj), *self._shown(row, obj))

    def _shown(self, row: CredentialRow, obj: Secret | ConfigMap) -> tuple[str, Condition]:
        place = obj.metadata.namespace, obj.metadata.name
        if isinstance(obj, ConfigMap):
            key, seen = "", If.CONFIG_MAP_IS_CREDENTIAL(*place)
        else:
            key = row.has_key(obj.keys or ()) or ""
            seen = CERTAIN if obj.keys else If.SECRET_IS_CREDENTIAL(*place)
        needs = (If[code](*place) for code in row.needs)
        return key, both(seen, self._is_product(row.product), *needs)

    def _is_product(self, product: str) -> Condition:
        """Return the condition on which the cluster is of a product that must have set it up."""
        shown = self._products.get(product, True)
        return CERTAIN if shown else If.CLUSTER_IS_SET_UP_BY(product)

    @cached_property
    def _products(self) -> Mapping[str, bool]:
        return {
            "OpenShift": shows_openshift(self._world.snapshot),
            "RKE": _is_rke(self._world.snapshot),
        }


def _is_rke(snapshot: Snapshot) -> bool:
    return any(_RKE_LABEL in (node.metadata.labels or ()) for node in snapshot.nodes)


def _cluster(row: CredentialRow, obj: Secret | ConfigMap) -> str:
    for pattern, text in (
        (row.name, obj.metadata.name),
        (row.namespace, obj.metadata.namespace),
    ):
        found = re.fullmatch(pattern, text) if "(?P<cluster>" in pattern else None
        if found:
            return str(found["cluster"])
    value = None if "=" in row.label or isinstance(obj, ConfigMap) else _labels(obj).get(row.label)
    return value or obj.metadata.name


def _labels(secret: Secret) -> Mapping[str, str]:
    labels = secret.metadata.labels
    return {} if labels is None else labels.of_clusters


_OF_SECRETS = tuple(row for row in credential_rows() if row.kind == "Secret")
_SPECIFIC = tuple(row for row in _OF_SECRETS if not row.generic)
_GENERIC = tuple(row for row in _OF_SECRETS if row.generic)
_NAMED = re.compile(
    "|".join(
        f"(?:{row.name.replace('?P<cluster>', '?:')})"
        for row in _SPECIFIC
        if row.name and not (row.label or row.owner) and (row.namespace or not row.type)
    )
)
"""The names of Secrets that neither a label nor a type alone would show."""

_OWNERS = tuple(row.owner for row in _SPECIFIC if row.owner)
_TYPES = frozenset(row.type for row in _SPECIFIC if row.type and not (row.namespace and row.name))


def _rows_of(secret: Secret) -> Sequence[CredentialRow]:
    """Return the rows that a Secret matches."""
    metadata, rows = secret.metadata, []
    if (
        (metadata.labels is not None and metadata.labels.of_a_cluster)
        or secret.type in _TYPES
        or _is_owned(secret, *_OWNERS)
        or _NAMED.fullmatch(metadata.name)
    ):
        rows = [row for row in _SPECIFIC if _matches(row, secret)]
    return rows or _by_keys(secret.keys or ())


def _is_owned(secret: Secret, *owners: str) -> bool:
    """Whether something of a group and kind, ``GROUP/KIND``, owns a Secret."""
    return any(
        f"{one.api_version.rpartition('/')[0]}/{one.kind}" in owners
        for one in secret.metadata.owner_references or ()
    )


@lru_cache(maxsize=4096)
def _by_keys(keys: tuple[str, ...]) -> tuple[CredentialRow, ...]:
    return tuple(row for row in _GENERIC if keys and row.has_key(keys) is not None)


def _matches(row: CredentialRow, secret: Secret) -> bool:
    metadata = secret.metadata
    if not all(
        re.fullmatch(pattern, text)
        for pattern, text in ((row.namespace, metadata.namespace), (row.name, metadata.name))
        if pattern
    ):
        return False
    if row.owner and not _is_owned(secret, row.owner):
        return False
    if row.label and not _is_labelled(row.label, metadata.labels):
        return False
    if row.type and secret.type != row.type and not _may_have_type(row, secret):
        return False
    return not secret.keys or row.has_key(secret.keys) is not None


def _may_have_type(row: CredentialRow, secret: Secret) -> bool:
    """Whether a Secret whose type the input lacks may be of a row's type, by what else it has."""
    labels = secret.metadata.labels
    marked = labels is not None and labels.of_a_cluster
    return secret.bare and (marked or bool(row.namespace and row.name))


def _is_labelled(label: str, labels: SecretLabels | None) -> bool:
    key, _, value = label.partition("=")
    held = None if labels is None else labels.of_clusters.get(key)
    return held is not None and value in {"", held}


def _rows_of_map(config_map: ConfigMap) -> list[CredentialRow]:
    place = config_map.metadata.namespace, config_map.metadata.name
    return [
        row
        for row in credential_rows()
        if row.kind == "ConfigMap" and place == (row.namespace, row.name)
    ]
