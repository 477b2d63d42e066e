"""``core/v1``: pods and what they refer to, Secrets, ServiceAccounts, nodes, volumes.

Source: kubernetes ``staging/src/k8s.io/api/core/v1/types.go``.
"""

from msgspec import Struct, field

from rbacgraph.model.meta import AnnotatedMeta, LabelledMeta, Object, ObjectMeta, OwnedMeta


class LocalObjectReference(Struct, frozen=True, gc=False):
    """A Secret of the same namespace, by name."""

    name: str = ""


class SecretReference(Struct, frozen=True, gc=False):
    """A Secret by name and namespace."""

    name: str = ""
    namespace: str = ""


class KeyToPath(Struct, frozen=True, gc=False):
    """``items[]`` of a Secret volume: the keys it delivers."""

    key: str = ""


class Namespace(Object, frozen=True, gc=False, rename="camel"):
    """A Namespace; its labels decide Pod Security and more."""

    metadata: LabelledMeta


class ServiceAccount(Object, frozen=True, gc=False, rename="camel"):
    """A ServiceAccount."""

    metadata: ObjectMeta
    image_pull_secrets: tuple[LocalObjectReference, ...] | None = None
    automount_service_account_token: bool | None = None


class Secret(Object, frozen=True, gc=False, rename="camel"):
    """A Secret without its values: only the names of its keys pass the door.

    ``keys`` is None where the input says nothing about them (a metadata-only list).
    """

    metadata: AnnotatedMeta
    type: str = "Opaque"
    keys: tuple[str, ...] | None = None


class SecretKeySelector(Struct, frozen=True, gc=False):
    """``env[].valueFrom.secretKeyRef``."""

    name: str = ""
    key: str = ""
    optional: bool | None = None


class EnvVarSource(Struct, frozen=True, gc=False, rename="camel"):
    """``env[].valueFrom``."""

    secret_key_ref: SecretKeySelector | None = None


class EnvVar(Struct, frozen=True, gc=False, rename="camel"):
    """``env[]``: only where the value comes from, never a value."""

    value_from: EnvVarSource | None = None


class SecretEnvSource(Struct, frozen=True, gc=False):
    """``envFrom[].secretRef``."""

    name: str = ""
    optional: bool | None = None


class EnvFromSource(Struct, frozen=True, gc=False, rename="camel"):
    """``envFrom[]``."""

    secret_ref: SecretEnvSource | None = None


class VolumeMount(Struct, frozen=True, gc=False, rename="camel"):
    """``volumeMounts[]`` of a container."""

    name: str = ""
    mount_path: str = ""


class Container(Struct, frozen=True, gc=False, rename="camel"):
    """A container of any of the three lists."""

    name: str = ""
    env: tuple[EnvVar, ...] | None = None
    env_from: tuple[EnvFromSource, ...] | None = None
    volume_mounts: tuple[VolumeMount, ...] | None = None
    restart_policy: str | None = None


class SecretVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].secret``: note ``secretName``."""

    secret_name: str = ""
    items: tuple[KeyToPath, ...] | None = None
    optional: bool | None = None


class SecretProjection(Struct, frozen=True, gc=False):
    """``volumes[].projected.sources[].secret``: note ``name``."""

    name: str = ""
    items: tuple[KeyToPath, ...] | None = None
    optional: bool | None = None


class ServiceAccountTokenProjection(Struct, frozen=True, gc=False):
    """A projected token; without an audience it is one for the API server."""

    audience: str = ""


class VolumeProjection(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].projected.sources[]``."""

    secret: SecretProjection | None = None
    service_account_token: ServiceAccountTokenProjection | None = None


class ProjectedVolumeSource(Struct, frozen=True, gc=False):
    """``volumes[].projected``."""

    sources: tuple[VolumeProjection, ...] | None = None


class SecretRefHolder(Struct, frozen=True, gc=False, rename="camel"):
    """An in-tree volume driver that names a Secret under ``secretRef``."""

    secret_ref: SecretReference | None = None


class CSIVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].csi``."""

    driver: str = ""
    node_publish_secret_ref: LocalObjectReference | None = None


class AzureFileVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``azureFile``; ``secretNamespace`` exists on PersistentVolumes alone."""

    secret_name: str = ""
    secret_namespace: str | None = None


class PersistentVolumeClaimVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].persistentVolumeClaim``."""

    claim_name: str = ""


class EphemeralVolumeSource(Struct, frozen=True, gc=False):
    """``volumes[].ephemeral``: its claim is named POD-VOLUME."""


class Volume(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[]`` of a pod."""

    name: str = ""
    secret: SecretVolumeSource | None = None
    projected: ProjectedVolumeSource | None = None
    csi: CSIVolumeSource | None = None
    persistent_volume_claim: PersistentVolumeClaimVolumeSource | None = None
    ephemeral: EphemeralVolumeSource | None = None
    azure_file: AzureFileVolumeSource | None = None
    cephfs: SecretRefHolder | None = None
    cinder: SecretRefHolder | None = None
    flex_volume: SecretRefHolder | None = None
    iscsi: SecretRefHolder | None = None
    rbd: SecretRefHolder | None = None
    scale_io: SecretRefHolder | None = field(default=None, name="scaleIO")
    storageos: SecretRefHolder | None = None


class PodSpec(Struct, frozen=True, gc=False, rename="camel"):
    """A pod's ``spec``, of a Pod or of a template."""

    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None
    ephemeral_containers: tuple[Container, ...] | None = None
    volumes: tuple[Volume, ...] | None = None
    image_pull_secrets: tuple[LocalObjectReference, ...] | None = None
    service_account_name: str = ""
    service_account: str = ""
    automount_service_account_token: bool | None = None
    node_name: str = ""


class PodStatus(Struct, frozen=True, gc=False):
    """A pod's ``status``."""

    phase: str = ""


class Pod(Object, frozen=True, gc=False, rename="camel"):
    """A Pod."""

    metadata: OwnedMeta
    spec: PodSpec | None = None
    status: PodStatus | None = None


class NodeSystemInfo(Struct, frozen=True, gc=False, rename="camel"):
    """``status.nodeInfo`` of a Node."""

    kubelet_version: str = ""


class NodeStatus(Struct, frozen=True, gc=False, rename="camel"):
    """``status`` of a Node."""

    node_info: NodeSystemInfo | None = None


class Node(Object, frozen=True, gc=False, rename="camel"):
    """A Node."""

    metadata: LabelledMeta
    status: NodeStatus | None = None


class CSIPersistentVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``spec.csi`` of a PersistentVolume."""

    driver: str = ""
    controller_publish_secret_ref: SecretReference | None = None
    controller_expand_secret_ref: SecretReference | None = None
    node_stage_secret_ref: SecretReference | None = None
    node_publish_secret_ref: SecretReference | None = None
    node_expand_secret_ref: SecretReference | None = None


class ObjectReference(Struct, frozen=True, gc=False):
    """``claimRef`` of a PersistentVolume."""

    name: str = ""
    namespace: str = ""


class PersistentVolumeSpec(Struct, frozen=True, gc=False, rename="camel"):
    """``spec`` of a PersistentVolume."""

    claim_ref: ObjectReference | None = None
    storage_class_name: str = ""
    csi: CSIPersistentVolumeSource | None = None
    azure_file: AzureFileVolumeSource | None = None
    cephfs: SecretRefHolder | None = None
    cinder: SecretRefHolder | None = None
    flex_volume: SecretRefHolder | None = None
    iscsi: SecretRefHolder | None = None
    rbd: SecretRefHolder | None = None
    scale_io: SecretRefHolder | None = field(default=None, name="scaleIO")
    storageos: SecretRefHolder | None = None


class PersistentVolume(Object, frozen=True, gc=False, rename="camel"):
    """A PersistentVolume: may name Secrets of any namespace."""

    metadata: ObjectMeta
    spec: PersistentVolumeSpec | None = None


class PersistentVolumeClaimSpec(Struct, frozen=True, gc=False, rename="camel"):
    """``spec`` of a PersistentVolumeClaim."""

    volume_name: str = ""
    storage_class_name: str | None = None


class PersistentVolumeClaim(Object, frozen=True, gc=False, rename="camel"):
    """A PersistentVolumeClaim."""

    metadata: ObjectMeta
    spec: PersistentVolumeClaimSpec | None = None
