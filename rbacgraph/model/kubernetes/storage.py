"""Classes of volumes and of snapshots, which name Secrets, and CSIDrivers, which ask for tokens.

Sources: kubernetes ``staging/src/k8s.io/api/storage/v1/types.go``; kubernetes-csi/
external-provisioner ``pkg/controller/controller.go`` for the parameters of StorageClasses,
external-snapshotter ``pkg/utils/util.go`` for those of VolumeSnapshotClasses.
"""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import astuple

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta

_PREFIX = "csi.storage.k8s.io/"

MIGRATED_DRIVERS = {
    "aws_elastic_block_store": "ebs.csi.aws.com",
    "azure_disk": "disk.csi.azure.com",
    "azure_file": "file.csi.azure.com",
    "cinder": "cinder.csi.openstack.org",
    "gce_persistent_disk": "pd.csi.storage.gke.io",
    "portworx_volume": "pxd.portworx.com",
    "vsphere_volume": "csi.vsphere.vmware.com",
}
"""The CSI drivers that serve the volumes of in-tree sources, by the field of the source.

Source: kubernetes ``staging/src/k8s.io/csi-translation-lib/translate.go``.
"""


class SecretTemplate(NamedTuple):
    """A parameter of a class that names a Secret; both parts may hold variables."""

    field: str
    name: str
    namespace: str


class ClassParameters(Struct, frozen=True, gc=False, omit_defaults=True):
    """The Secret references among ``parameters`` of a class: names and namespaces by turns."""

    @property
    def secrets(self) -> Iterator[SecretTemplate]:
        """The Secrets that it names, each with the parameter that does.

        Both parts of one must be given, or the provisioner or snapshotter refuses the class.
        """
        values = astuple(self)
        for place in range(0, len(values), 2):
            name, namespace = values[place : place + 2]
            if name and namespace:
                yield SecretTemplate(self.__struct_encode_fields__[place], name, namespace)


class StorageClassParameters(ClassParameters, frozen=True, gc=False):
    """The Secret references of a StorageClass; values may be templated.

    ``default`` counts for each purpose that has no Secret of its own. The names that begin with
    ``csi`` alone are deprecated, and still read.
    """

    default_name: str = field(default="", name=f"{_PREFIX}secret-name")
    default_namespace: str = field(default="", name=f"{_PREFIX}secret-namespace")
    provisioner_name: str = field(default="", name=f"{_PREFIX}provisioner-secret-name")
    provisioner_namespace: str = field(default="", name=f"{_PREFIX}provisioner-secret-namespace")
    publish_name: str = field(default="", name=f"{_PREFIX}controller-publish-secret-name")
    publish_namespace: str = field(default="", name=f"{_PREFIX}controller-publish-secret-namespace")
    expand_name: str = field(default="", name=f"{_PREFIX}controller-expand-secret-name")
    expand_namespace: str = field(default="", name=f"{_PREFIX}controller-expand-secret-namespace")
    modify_name: str = field(default="", name=f"{_PREFIX}controller-modify-secret-name")
    modify_namespace: str = field(default="", name=f"{_PREFIX}controller-modify-secret-namespace")
    node_stage_name: str = field(default="", name=f"{_PREFIX}node-stage-secret-name")
    node_stage_namespace: str = field(default="", name=f"{_PREFIX}node-stage-secret-namespace")
    node_publish_name: str = field(default="", name=f"{_PREFIX}node-publish-secret-name")
    node_publish_namespace: str = field(default="", name=f"{_PREFIX}node-publish-secret-namespace")
    node_expand_name: str = field(default="", name=f"{_PREFIX}node-expand-secret-name")
    node_expand_namespace: str = field(default="", name=f"{_PREFIX}node-expand-secret-namespace")
    old_provisioner_name: str = field(default="", name="csiProvisionerSecretName")
    old_provisioner_namespace: str = field(default="", name="csiProvisionerSecretNamespace")
    old_publish_name: str = field(default="", name="csiControllerPublishSecretName")
    old_publish_namespace: str = field(default="", name="csiControllerPublishSecretNamespace")
    old_stage_name: str = field(default="", name="csiNodeStageSecretName")
    old_stage_namespace: str = field(default="", name="csiNodeStageSecretNamespace")
    old_node_publish_name: str = field(default="", name="csiNodePublishSecretName")
    old_node_publish_namespace: str = field(default="", name="csiNodePublishSecretNamespace")


class StorageClass(Object, frozen=True, gc=False, rename="camel"):
    """A StorageClass."""

    metadata: ObjectMeta
    provisioner: str = ""
    parameters: StorageClassParameters | None = None


class SnapshotClassParameters(ClassParameters, frozen=True, gc=False):
    """The Secret references of a VolumeSnapshotClass; values may be templated."""

    snapshotter_name: str = field(default="", name=f"{_PREFIX}snapshotter-secret-name")
    snapshotter_namespace: str = field(default="", name=f"{_PREFIX}snapshotter-secret-namespace")
    list_name: str = field(default="", name=f"{_PREFIX}snapshotter-list-secret-name")
    list_namespace: str = field(default="", name=f"{_PREFIX}snapshotter-list-secret-namespace")
    old_name: str = field(default="", name="csiSnapshotterSecretName")
    old_namespace: str = field(default="", name="csiSnapshotterSecretNamespace")


class VolumeSnapshotClass(Object, frozen=True, gc=False, rename="camel"):
    """A VolumeSnapshotClass of the CSI snapshot controller."""

    metadata: ObjectMeta
    driver: str = ""
    parameters: SnapshotClassParameters | None = None


class CSITokenRequest(Struct, frozen=True, gc=False, omit_defaults=True):
    """``tokenRequests[]`` of a CSIDriver; without an audience it is for the API server."""

    audience: str = ""


class CSIDriverSpec(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec`` of a CSIDriver."""

    token_requests: tuple[CSITokenRequest, ...] | None = None


class CSIDriver(Object, frozen=True, gc=False, rename="camel"):
    """A CSIDriver: kubelets give it tokens of the Pods that use its volumes."""

    metadata: ObjectMeta
    spec: CSIDriverSpec | None = None
