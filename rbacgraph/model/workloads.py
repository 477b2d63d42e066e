"""Objects that hold a pod template, and the two other kinds that name Secrets.

A workload without Pods is analysed from its template; one with Pods is the same
story told twice, and the Pods are believed.
Source: kubernetes ``staging/src/k8s.io/api/{apps,batch,core,storage,networking}/v1/types.go``.
"""

from msgspec import Struct, field

from rbacgraph.model.core import PodSpec
from rbacgraph.model.meta import Object, ObjectMeta, OwnedMeta


class PodTemplateSpec(Struct, frozen=True, gc=False):
    """``template`` of a workload."""

    spec: PodSpec | None = None


class WorkloadSpec(Struct, frozen=True, gc=False, rename="camel"):
    """``spec`` of whatever a :class:`Workload` can be."""

    template: PodTemplateSpec | None = None
    replicas: int | None = None


class Workload(Object, frozen=True, gc=False, rename="camel"):
    """A Deployment, ReplicaSet, StatefulSet, DaemonSet, Job or ReplicationController."""

    kind: str
    api_version: str
    metadata: OwnedMeta
    spec: WorkloadSpec | None = None

    @property
    def pod_spec(self) -> PodSpec | None:
        """The pod template's spec."""
        template = self.spec and self.spec.template
        return template.spec if template else None


class JobTemplateSpec(Struct, frozen=True, gc=False):
    """``spec.jobTemplate`` of a CronJob."""

    spec: WorkloadSpec | None = None


class CronJobSpec(Struct, frozen=True, gc=False, rename="camel"):
    """``spec`` of a CronJob."""

    job_template: JobTemplateSpec | None = None
    suspend: bool | None = None


class CronJob(Object, frozen=True, gc=False, rename="camel"):
    """A CronJob."""

    kind: str
    api_version: str
    metadata: OwnedMeta
    spec: CronJobSpec | None = None

    @property
    def pod_spec(self) -> PodSpec | None:
        """The pod template's spec."""
        job = self.spec and self.spec.job_template
        template = job and job.spec and job.spec.template
        return template.spec if template else None


class PodTemplate(Object, frozen=True, gc=False, rename="camel"):
    """A core/v1 PodTemplate."""

    kind: str
    api_version: str
    metadata: OwnedMeta
    template: PodTemplateSpec | None = None

    @property
    def pod_spec(self) -> PodSpec | None:
        """The pod template's spec."""
        return self.template.spec if self.template else None


AnyWorkload = Workload | CronJob | PodTemplate


class StorageClassParameters(Struct, frozen=True, gc=False):
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


class IngressTLS(Struct, frozen=True, gc=False, rename="camel"):
    """``spec.tls[]`` of an Ingress."""

    secret_name: str = ""


class IngressSpec(Struct, frozen=True, gc=False):
    """``spec`` of an Ingress."""

    tls: tuple[IngressTLS, ...] | None = None


class Ingress(Object, frozen=True, gc=False, rename="camel"):
    """An Ingress of ``networking.k8s.io`` or the old ``extensions`` group."""

    metadata: ObjectMeta
    spec: IngressSpec | None = None
