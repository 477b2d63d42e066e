"""Finds Secrets that PersistentVolumes name for a node."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.secrets.secret_references import node_secrets
from rbacgraph.model.kubernetes.core import PersistentVolume, SecretReference
from rbacgraph.model.kubernetes.meta import Object

_NEVER_DEFAULTED = ("cinder.", "storageos.")


class Volumes:
    """The Secrets that PersistentVolumes name."""

    def __init__(self, volumes: Sequence[PersistentVolume]) -> None:
        self._volumes = volumes

    @cached_property
    def with_secrets(self) -> Sequence[PersistentVolume]:
        """The PersistentVolumes that name a Secret for the node."""
        volumes = self._volumes
        return [one for one in volumes if one.spec is not None and any(node_secrets(one.spec))]

    @cached_property
    def secrets(self) -> Mapping[Key, list[tuple[Object, str, SecretReference]]]:
        """For a claim, the Secrets that its PersistentVolume lets a kubelet read.

        Controller-side references are not among them, and no claim need exist: the Node authorizer
        checks only ``claimRef``.
        Source: kubernetes ``pkg/api/v1/persistentvolume/util.go`` (``VisitPVSecretNames``).
        """
        found: dict[Key, list[tuple[Object, str, SecretReference]]] = {}
        for volume in self._volumes:
            spec = volume.spec
            if spec is not None and spec.claim_ref is not None:
                claim = spec.claim_ref.namespace, spec.claim_ref.name
                for field, reference in node_secrets(spec):
                    own = "" if field.startswith(_NEVER_DEFAULTED) else claim[0]
                    full = SecretReference(reference.name, reference.namespace or own)
                    found.setdefault(claim, []).append((volume, field, full))
        return found
