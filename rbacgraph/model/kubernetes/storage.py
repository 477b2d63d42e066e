"""StorageClasses, which name Secrets, and CSIDrivers, which ask for tokens.

Source: kubernetes ``staging/src/k8s.io/api/storage/v1/types.go``.
"""

from msgspec import Struct, field

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta

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


class StorageClassParameters(Struct, frozen=True, gc=False, omit_defaults=True):
    """The Secret references among ``parameters`` of a StorageClass; values may be templated."""

    provisioner_secret_name: str = field(
        default="", name="csi.storage.k8s.io/provisioner-secret-name"
    )
    provisioner_secret_namespace: str = field(
        default="", name="csi.storage.k8s.io/provisioner-secret-namespace"
    )
    controller_publish_secret_name: str = field(
        default="", name="csi.storage.k8s.io/controller-publish-secret-name"
    )
    controller_publish_secret_namespace: str = field(
        default="", name="csi.storage.k8s.io/controller-publish-secret-namespace"
    )
    controller_expand_secret_name: str = field(
        default="", name="csi.storage.k8s.io/controller-expand-secret-name"
    )
    controller_expand_secret_namespace: str = field(
        default="", name="csi.storage.k8s.io/controller-expand-secret-namespace"
    )
    node_stage_secret_name: str = field(
        default="", name="csi.storage.k8s.io/node-stage-secret-name"
    )
    node_stage_secret_namespace: str = field(
        default="", name="csi.storage.k8s.io/node-stage-secret-namespace"
    )
    node_publish_secret_name: str = field(
        default="", name="csi.storage.k8s.io/node-publish-secret-name"
    )
    node_publish_secret_namespace: str = field(
        default="", name="csi.storage.k8s.io/node-publish-secret-namespace"
    )
    node_expand_secret_name: str = field(
        default="", name="csi.storage.k8s.io/node-expand-secret-name"
    )
    node_expand_secret_namespace: str = field(
        default="", name="csi.storage.k8s.io/node-expand-secret-namespace"
    )


class StorageClass(Object, frozen=True, gc=False, rename="camel"):
    """A StorageClass."""

    metadata: ObjectMeta
    parameters: StorageClassParameters | None = None


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
