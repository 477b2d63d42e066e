"""``core/v1``: Secrets, ServiceAccounts, namespaces, nodes and volumes.

Source: kubernetes ``staging/src/k8s.io/api/core/v1/types.go``.
"""

import re

from msgspec import Struct, field

from rbacgraph.model.go.boolean import parse_bool
from rbacgraph.model.kubernetes import meta
from rbacgraph.model.kubernetes.aws_auth import AwsMapping
from rbacgraph.model.kubernetes.helm import RELEASE_TYPE, Release, release_of
from rbacgraph.model.kubernetes.ingress_proxies import ProxySettings

TOKEN_TYPE = "kubernetes.io/service-account-token"  # noqa: S105 - a type


class LocalObjectReference(Struct, frozen=True, gc=False, omit_defaults=True):
    """A Secret of the same namespace, by name."""

    name: str = ""


class SecretReference(Struct, frozen=True, gc=False, omit_defaults=True):
    """A Secret by name and namespace."""

    name: str = ""
    namespace: str = ""


TERMINATING = "Terminating"


class NamespaceStatus(Struct, frozen=True, gc=False, omit_defaults=True):
    """``status`` of a Namespace; the phase is kept only if it is not ``Active``."""

    phase: object = "Active"


class Namespace(meta.Object, frozen=True, gc=False, rename="camel"):
    """A Namespace; its labels decide Pod Security and more."""

    metadata: meta.NamespaceMeta
    status: NamespaceStatus | None = None

    @property
    def goes(self) -> bool:
        """Whether the Namespace is being deleted."""
        phase = self.status.phase if self.status else ""
        return bool(self.metadata.deletion_timestamp) or phase == TERMINATING


class ResourceQuota(meta.Object, frozen=True, gc=False):
    """A ResourceQuota, as far as it prevents the creation of objects.

    ``full``: the names of the resources whose limit is used up: ``count/secrets``.
    ``scopes``: the Pods it applies to; a scope with another operator than ``Exists`` includes the
        operator.
    """

    metadata: meta.ObjectMeta
    full: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class ServiceAccount(meta.Object, frozen=True, gc=False, rename="camel"):
    """A ServiceAccount."""

    metadata: meta.AnnotatedMeta
    image_pull_secrets: tuple[LocalObjectReference, ...] | None = None
    automount_service_account_token: bool | None = None
    secrets: tuple[LocalObjectReference, ...] | None = None

    @property
    def enforces_mountable_secrets(self) -> bool:
        """Whether its Pods may use only the Secrets that it lists in their variables.

        Source: kubernetes ``plugin/pkg/admission/serviceaccount/admission.go``.
        """
        annotations = self.metadata.annotations
        return annotations is not None and bool(parse_bool(annotations.enforce_mountable_secrets))


class Secret(meta.Object, frozen=True, gc=False, rename="camel"):
    """A Secret without its values; only the names of its keys are kept.

    ``keys`` is None where the input does not name them: a metadata-only list, or a table, which
    has only their number (``size``). ``release`` holds the names kept from a Helm release.
    ``hosts`` are the registries or API servers that it logs in to; None where it is for neither,
    or where that is not known. ``immutable`` says that its data cannot be changed; a table does
    not show that.
    """

    metadata: meta.SecretMeta
    type: str = "Opaque"
    keys: tuple[str, ...] | None = None
    release: Release | None = None
    hosts: tuple[str, ...] | None = None
    size: int | None = None
    immutable: bool = False

    @property
    def bare(self) -> bool:
        """Whether the input holds only its metadata, and so not its type either."""
        return self.keys is None and self.size is None and self.type == "Opaque"

    @property
    def only_verifies(self) -> bool:
        """Whether all that it holds is public, and verifies others: it lets nobody in.

        Sources: fluxcd/pkg ``git/options.go`` (``NewAuthOptions``: ``ca.crt``, ``known_hosts``),
        sigstore/cosign ``pkg/cosign/keys.go`` (``cosign.pub``).
        """
        return bool(self.keys) and all(map(_verifies, self.keys or ()))

    @property
    def is_bootstrap_token(self) -> bool:
        """Whether it is a bootstrap token, as far as the input shows."""
        if self.metadata.namespace != BOOTSTRAP_NAMESPACE or not token_id(self.metadata.name):
            return False
        return self.bare or self.type == BOOTSTRAP_TYPE

    @property
    def holds_release(self) -> bool:
        """Whether it holds a Helm release, readable or not."""
        if self.type == RELEASE_TYPE:
            return True
        return self.bare and release_of(self.metadata.name) is not None


_VERIFYING = frozenset({"ca.crt", "known_hosts", "tls.crt"})


def _verifies(key: str) -> bool:
    return key in _VERIFYING or key.endswith(".pub")


def token_account(secret: Secret) -> str:
    """Return the name of the ServiceAccount whose token a Secret holds; ``""`` for none."""
    annotations = secret.metadata.annotations
    name = annotations.service_account_name if annotations else None
    return name or "" if secret.type == TOKEN_TYPE else ""


BOOTSTRAP_NAMESPACE = "kube-system"
"""The namespace of bootstrap tokens; the API server ignores them elsewhere."""

BOOTSTRAP_TYPE = "bootstrap.kubernetes.io/token"
_BOOTSTRAP_NAME = re.compile(r"bootstrap-token-([a-z0-9]{6})")


def token_id(name: str) -> str | None:
    """Return the id of the bootstrap token in a Secret of this name; None if it is none.

    Examples
    --------
    >>> token_id("bootstrap-token-abcdef"), token_id("bootstrap-token-x")
    ('abcdef', None)
    """
    found = _BOOTSTRAP_NAME.fullmatch(name)
    return found[1] if found else None


class SealedSecret(meta.Object, frozen=True, gc=False, rename="camel"):
    """A SealedSecret: its controller makes the Secret of the same name.

    By its annotations it can be unsealed under other names of its namespace, or everywhere.
    """

    metadata: meta.SealedMeta

    @property
    def is_cluster_wide(self) -> bool:
        """Whether it can be unsealed in each namespace."""
        notes = self.metadata.annotations
        return notes is not None and notes.cluster_wide == "true"

    @property
    def is_wide(self) -> bool:
        """Whether it can be unsealed under another name."""
        notes = self.metadata.annotations
        return notes is not None and "true" in (notes.cluster_wide, notes.namespace_wide)


class ConfigMap(meta.Object, frozen=True, gc=False, rename="camel"):
    """A ConfigMap of the few kinds that concern access, without its values.

    ``settings`` are those of an Ingress controller; None where it is not one's, or its data was not
    read. ``application_namespaces`` are those from which Argo CD takes Applications, as its
    settings list them; None likewise.
    """

    metadata: meta.ObjectMeta
    release: Release | None = None
    mappings: tuple[AwsMapping, ...] = ()
    settings: ProxySettings | None = None
    application_namespaces: str | None = None


class SecretRefHolder(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """An in-tree volume driver that names a Secret under ``secretRef``."""

    secret_ref: SecretReference | None = None


class AzureFileVolumeSource(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``azureFile``; ``secretNamespace`` exists on PersistentVolumes alone."""

    secret_name: str = ""
    secret_namespace: str | None = None


class NodeSystemInfo(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``status.nodeInfo`` of a Node."""

    kubelet_version: str = ""
    operating_system: str = ""
    container_runtime_version: str = ""


OS_LABEL = "kubernetes.io/os"
LINUX, WINDOWS = "linux", "windows"
"""The values of that label, and of ``status.nodeInfo.operatingSystem``."""

READY = "Ready"


class NodeCondition(Struct, frozen=True, gc=False, omit_defaults=True):
    """``status.conditions[]`` of a Node."""

    type: object = ""
    status: object = ""


class NodeStatus(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``status`` of a Node; only the condition ``Ready`` is kept."""

    node_info: NodeSystemInfo | None = None
    conditions: tuple[NodeCondition, ...] | None = None


class Node(meta.Object, frozen=True, gc=False, rename="camel"):
    """A Node."""

    metadata: meta.NodeMeta
    status: NodeStatus | None = None

    @property
    def runs_windows(self) -> bool:
        labels, info = self.metadata.labels, self.status.node_info if self.status else None
        reported = info is not None and info.operating_system == WINDOWS
        return reported or (labels is not None and labels.get(OS_LABEL) == WINDOWS)

    @property
    def runs_linux(self) -> bool:
        """Whether it is known to run Linux, and nothing says that it runs Windows."""
        labels, info = self.metadata.labels or {}, self.status.node_info if self.status else None
        said = {labels.get(OS_LABEL), info.operating_system if info is not None else ""}
        return LINUX in said and WINDOWS not in said


class CSIPersistentVolumeSource(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec.csi`` of a PersistentVolume."""

    driver: str = ""
    controller_publish_secret_ref: SecretReference | None = None
    controller_expand_secret_ref: SecretReference | None = None
    node_stage_secret_ref: SecretReference | None = None
    node_publish_secret_ref: SecretReference | None = None
    node_expand_secret_ref: SecretReference | None = None


class ObjectReference(Struct, frozen=True, gc=False, omit_defaults=True):
    """``claimRef`` of a PersistentVolume."""

    name: str = ""
    namespace: str = ""
    uid: str = ""


class InTreeDrivers(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """The in-tree drivers that name a Secret, of a pod's volume or of a PersistentVolume."""

    azure_file: AzureFileVolumeSource | None = None
    cephfs: SecretRefHolder | None = None
    cinder: SecretRefHolder | None = None
    flex_volume: SecretRefHolder | None = None
    iscsi: SecretRefHolder | None = None
    rbd: SecretRefHolder | None = None
    scale_io: SecretRefHolder | None = field(default=None, name="scaleIO")
    storageos: SecretRefHolder | None = None


class HostPathVolumeSource(Struct, frozen=True, gc=False, omit_defaults=True):
    """``hostPath`` and ``local``: a path of the node."""

    path: str = ""


class VolumeNodeAffinity(Struct, frozen=True, gc=False):
    """``nodeAffinity`` of a PersistentVolume: only whether there is one."""


class InTreeSource(Struct, frozen=True, gc=False, omit_defaults=True):
    """An in-tree source of a PersistentVolume that names no Secret: only that there is one."""


class PersistentVolumeSpec(InTreeDrivers, frozen=True, gc=False, rename="camel"):
    """``spec`` of a PersistentVolume, with all sources that it may have: it has one of them.

    Older snapshots lack the sources of type ``InTreeSource``.

    Source: kubernetes ``staging/src/k8s.io/api/core/v1/types.go`` (PersistentVolumeSource).
    """

    aws_elastic_block_store: InTreeSource | None = None
    azure_disk: InTreeSource | None = None
    gce_persistent_disk: InTreeSource | None = None
    portworx_volume: InTreeSource | None = None
    vsphere_volume: InTreeSource | None = None
    fc: InTreeSource | None = None
    flocker: InTreeSource | None = None
    glusterfs: InTreeSource | None = None
    nfs: InTreeSource | None = None
    photon_persistent_disk: InTreeSource | None = None
    quobyte: InTreeSource | None = None
    host_path: HostPathVolumeSource | None = None
    local: HostPathVolumeSource | None = None
    node_affinity: VolumeNodeAffinity | None = None
    claim_ref: ObjectReference | None = None
    storage_class_name: str = ""
    volume_mode: str = ""
    csi: CSIPersistentVolumeSource | None = None

    @property
    def shows_source(self) -> bool:
        """Whether the input shows its source, and of CSI the driver."""
        if self.csi is not None:
            return bool(self.csi.driver)
        return any(getattr(self, name) is not None for name in _SOURCES)


_SOURCES = frozenset(PersistentVolumeSpec.__struct_fields__) - {
    *("claim_ref", "node_affinity", "storage_class_name", "volume_mode")
}


class PersistentVolumeStatus(Struct, frozen=True, gc=False, omit_defaults=True):
    """``status`` of a PersistentVolume."""

    phase: str = ""


class PersistentVolume(meta.Object, frozen=True, gc=False, rename="camel"):
    """A PersistentVolume: may name Secrets of any namespace."""

    metadata: meta.ObjectMeta
    spec: PersistentVolumeSpec | None = None
    status: PersistentVolumeStatus | None = None


class PersistentVolumeClaimSpec(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec`` of a PersistentVolumeClaim."""

    volume_name: str = ""
    storage_class_name: str | None = None


class PersistentVolumeClaim(meta.Object, frozen=True, gc=False, rename="camel"):
    """A PersistentVolumeClaim."""

    metadata: meta.ObjectMeta
    spec: PersistentVolumeClaimSpec | None = None
