"""StorageClasses, which name Secrets.

Source: kubernetes ``staging/src/k8s.io/api/storage/v1/types.go``.
"""

from msgspec import Struct, field

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta


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
