"""Finds objects other than Pods that name Secrets: for a node, or without giving them.

Source: kubernetes ``pkg/api/v1/persistentvolume/util.go`` (``VisitPVSecretNames``).
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rbacgraph.facts.admission.policy_parameters import secret_parameters
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import PersistentVolumeSpec, SecretReference
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.storage import StorageClass, VolumeSnapshotClass

_DRIVERS = (
    ("cephfs", "cephfs"),
    ("cinder", "cinder"),
    ("flex_volume", "flexVolume"),
    ("iscsi", "iscsi"),
    ("rbd", "rbd"),
    ("scale_io", "scaleIO"),
    ("storageos", "storageos"),
)
_NODE_FIELDS = (
    ("node_publish_secret_ref", "csi.nodePublishSecretRef"),
    ("node_stage_secret_ref", "csi.nodeStageSecretRef"),
    ("node_expand_secret_ref", "csi.nodeExpandSecretRef"),
)
_CONTROLLER_FIELDS = (
    ("controller_publish_secret_ref", "csi.controllerPublishSecretRef"),
    ("controller_expand_secret_ref", "csi.controllerExpandSecretRef"),
)


class NamingObject(NamedTuple):
    """An object that names a Secret in one of its fields."""

    obj: Object
    kind: str
    namespace: str
    name: str
    field: str


def node_secrets(spec: PersistentVolumeSpec) -> Iterator[tuple[str, SecretReference]]:
    """Yield the Secrets that a PersistentVolume names for the node, each with its field."""
    yield from _csi_secrets(spec, _NODE_FIELDS)
    for attribute, name in _DRIVERS:
        holder = getattr(spec, attribute)
        if holder and holder.secret_ref and holder.secret_ref.name:
            yield f"{name}.secretRef", holder.secret_ref
    azure = spec.azure_file
    if azure and azure.secret_name:
        yield (
            "azureFile.secretName",
            SecretReference(azure.secret_name, azure.secret_namespace or ""),
        )


def object_references(snapshot: Snapshot) -> Iterator[NamingObject]:
    """Yield references that do not give the Secret to a principal that controls the object.

    These are TLS of Ingresses, image pull Secrets of ServiceAccounts, controller-side references of
    PersistentVolumes, references without templates of classes of volumes and snapshots, parameters
    of admission policies, which only a change of the policy gives, credentials of stores outside,
    what PushSecrets copy, and logins of Flux to its sources.
    """
    yield from _of_ingresses(snapshot)
    yield from _of_service_accounts(snapshot)
    yield from _of_volumes(snapshot)
    yield from _of_classes("StorageClass", snapshot.storage_classes)
    yield from _of_classes("VolumeSnapshotClass", snapshot.volume_snapshot_classes)
    yield from _of_policies(snapshot)
    yield from _of_stores(snapshot)
    yield from _of_pushes(snapshot)
    yield from _of_flux(snapshot)


def _of_ingresses(snapshot: Snapshot) -> Iterator[NamingObject]:
    for ingress in snapshot.ingresses:
        namespace = ingress.metadata.namespace
        for tls in (ingress.spec and ingress.spec.tls) or ():
            if tls.secret_name:
                field = "spec.tls[].secretName"
                yield NamingObject(ingress, "Ingress", namespace, tls.secret_name, field)


def _of_service_accounts(snapshot: Snapshot) -> Iterator[NamingObject]:
    for account in snapshot.service_accounts:
        namespace = account.metadata.namespace
        for pull in account.image_pull_secrets or ():
            if pull.name:
                field = "imagePullSecrets"
                yield NamingObject(account, "ServiceAccount", namespace, pull.name, field)


def _of_volumes(snapshot: Snapshot) -> Iterator[NamingObject]:
    for volume in snapshot.persistent_volumes:
        if volume.spec is not None:
            claim = volume.spec.claim_ref
            for field, reference in _csi_secrets(volume.spec, _CONTROLLER_FIELDS):
                namespace = reference.namespace or (claim.namespace if claim else "")
                yield NamingObject(volume, "PersistentVolume", namespace, reference.name, field)


def _of_classes(
    kind: str, classes: Iterable[StorageClass | VolumeSnapshotClass]
) -> Iterator[NamingObject]:
    for one in classes:
        for field, name, namespace in one.parameters.secrets if one.parameters else ():
            if "$" not in name + namespace:
                yield NamingObject(one, kind, namespace, name, field)


def _of_policies(snapshot: Snapshot) -> Iterator[NamingObject]:
    for kind, parameters in secret_parameters(snapshot).items():
        for _, binding, ref in parameters:
            if ref.name and ref.namespace:
                yield NamingObject(
                    binding, f"{kind}Binding", ref.namespace, ref.name, "spec.paramRef"
                )


def _of_stores(snapshot: Snapshot) -> Iterator[NamingObject]:
    for store in (*snapshot.secret_stores, *snapshot.cluster_secret_stores):
        own = store.metadata.namespace  # only a cluster-scoped store may name another one
        for one in store.credentials:
            if namespace := own or one.namespace:
                yield NamingObject(store, store.kind, namespace, one.name, "spec")


def _of_pushes(snapshot: Snapshot) -> Iterator[NamingObject]:
    for push in snapshot.secret_pushes:
        for name in push.secrets:
            field = "spec.selector.secret.name"
            yield NamingObject(push, push.kind, push.metadata.namespace, name, field)


def _of_flux(snapshot: Snapshot) -> Iterator[NamingObject]:
    for source in snapshot.flux_sources:
        if source.secret:
            field, namespace = "spec.secretRef", source.metadata.namespace
            yield NamingObject(source, source.kind, namespace, source.secret, field)


def _csi_secrets(
    spec: PersistentVolumeSpec, fields: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, SecretReference]]:
    for attribute, name in fields:
        reference = getattr(spec.csi, attribute, None)
        if reference and reference.name:
            yield name, reference
