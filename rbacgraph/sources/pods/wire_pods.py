"""The wire format of Pods and templates: only what :mod:`rbacgraph.sources.pods.pods` reads.

Sources: kubernetes ``staging/src/k8s.io/api/{core,apps,batch}/v1/types.go``.
"""

from msgspec import Struct, field

from rbacgraph.model.kubernetes.core import (
    HostPathVolumeSource,
    InTreeDrivers,
    LocalObjectReference,
)
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta, OwnedMeta, OwnerReference


class SecretKeySelector(Struct, frozen=True, gc=False):
    """``env[].valueFrom.secretKeyRef``."""

    name: str = ""
    key: str = ""
    optional: bool | None = None


class EnvVarSource(Struct, frozen=True, gc=False, rename="camel"):
    """``env[].valueFrom``."""

    secret_key_ref: SecretKeySelector | None = None


class EnvVar(Struct, frozen=True, gc=False, rename="camel"):
    """``env[]``: only the source of the value, never a value."""

    name: object = None
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
    sub_path: str = ""
    sub_path_expr: str = ""
    read_only: bool | None = None


class VolumeDevice(Struct, frozen=True, gc=False):
    """``volumeDevices[]`` of a container."""

    name: str = ""


class Capabilities(Struct, frozen=True, gc=False):
    """``securityContext.capabilities``."""

    add: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None


class Profile(Struct, frozen=True, gc=False):
    """``seccompProfile`` or ``appArmorProfile`` of a security context."""

    type: str = ""


class SELinuxOptions(Struct, frozen=True, gc=False):
    """``securityContext.seLinuxOptions``."""

    user: str = ""
    role: str = ""
    type: str = ""


class Sysctl(Struct, frozen=True, gc=False):
    """``securityContext.sysctls[]`` of a pod."""

    name: str = ""


class WindowsOptions(Struct, frozen=True, gc=False, rename="camel"):
    """``securityContext.windowsOptions``."""

    host_process: bool | None = None
    run_as_user_name: str | None = None


class SecurityContext(Struct, frozen=True, gc=False, rename="camel"):
    """``securityContext`` of a container; a pod's has some of its fields."""

    privileged: bool | None = None
    capabilities: Capabilities | None = None
    run_as_user: int | None = None
    run_as_non_root: bool | None = None
    proc_mount: str | None = None
    windows_options: WindowsOptions | None = None
    allow_privilege_escalation: bool | None = None
    seccomp_profile: Profile | None = None
    app_armor_profile: Profile | None = None
    se_linux_options: SELinuxOptions | None = None
    sysctls: tuple[Sysctl, ...] | None = None


class ContainerPortWire(Struct, frozen=True, gc=False, rename="camel"):
    """``ports[]`` of a container."""

    host_port: int | None = None
    container_port: object = None
    name: object = None
    protocol: object = None
    host_ip: object = field(default=None, name="hostIP")


class Container(Struct, frozen=True, gc=False, rename="camel"):
    """A container of any of the three lists."""

    name: str = ""
    image: str | None = None
    env: tuple[EnvVar, ...] | None = None
    env_from: tuple[EnvFromSource, ...] | None = None
    volume_mounts: tuple[VolumeMount, ...] | None = None
    volume_devices: tuple[VolumeDevice, ...] | None = None
    security_context: SecurityContext | None = None
    restart_policy: str | None = None
    ports: tuple[ContainerPortWire, ...] | None = None
    command: object = None
    args: object = None


class KeyToPath(Struct, frozen=True, gc=False):
    """``items[]`` of a Secret volume: the keys it delivers, and under which paths."""

    key: str = ""
    path: str = ""


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
    """A projected token; without an audience it is for the API server."""

    audience: str = ""


class VolumeProjection(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].projected.sources[]``."""

    secret: SecretProjection | None = None
    service_account_token: ServiceAccountTokenProjection | None = None


class ProjectedVolumeSource(Struct, frozen=True, gc=False):
    """``volumes[].projected``."""

    sources: tuple[VolumeProjection, ...] | None = None


class CSIVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].csi``."""

    driver: str = ""
    node_publish_secret_ref: LocalObjectReference | None = None
    volume_attributes: object = None


class PersistentVolumeClaimVolumeSource(Struct, frozen=True, gc=False, rename="camel"):
    """``volumes[].persistentVolumeClaim``."""

    claim_name: str = ""
    read_only: bool | None = None


class EphemeralVolumeSource(Struct, frozen=True, gc=False):
    """``volumes[].ephemeral``: its claim is named POD-VOLUME."""


class VolumeSource(Struct, frozen=True, gc=False):
    """Any source of a volume: only that there is one."""


class Volume(InTreeDrivers, frozen=True, gc=False, rename="camel"):
    """``volumes[]`` of a pod."""

    name: str = ""
    secret: SecretVolumeSource | None = None
    projected: ProjectedVolumeSource | None = None
    csi: CSIVolumeSource | None = None
    persistent_volume_claim: PersistentVolumeClaimVolumeSource | None = None
    ephemeral: EphemeralVolumeSource | None = None
    host_path: HostPathVolumeSource | None = None
    aws_elastic_block_store: VolumeSource | None = None
    azure_disk: VolumeSource | None = None
    fc: VolumeSource | None = None
    flocker: VolumeSource | None = None
    gce_persistent_disk: VolumeSource | None = None
    git_repo: VolumeSource | None = None
    glusterfs: VolumeSource | None = None
    nfs: VolumeSource | None = None
    photon_persistent_disk: VolumeSource | None = None
    portworx_volume: VolumeSource | None = None
    quobyte: VolumeSource | None = None
    vsphere_volume: VolumeSource | None = None

    @property
    def outside(self) -> bool:
        """Whether an external driver of the kubelet provides it, with or without a Secret."""
        return any(getattr(self, name) is not None for name in _DRIVERS)


_DRIVERS = (
    *InTreeDrivers.__struct_fields__,
    *("aws_elastic_block_store", "azure_disk", "fc", "flocker", "gce_persistent_disk"),
    *("git_repo", "glusterfs", "nfs", "photon_persistent_disk", "portworx_volume", "quobyte"),
    "vsphere_volume",
)


class PodOS(Struct, frozen=True, gc=False):
    """``os`` of a pod."""

    name: str = ""


class SchedulingGate(Struct, frozen=True, gc=False):
    """``schedulingGates[]``."""

    name: str = ""


class WirePodSpec(Struct, frozen=True, gc=False, rename="camel"):
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
    scheduling_gates: tuple[SchedulingGate, ...] | None = None
    security_context: SecurityContext | None = None
    host_pid: bool | None = field(default=None, name="hostPID")
    host_network: bool | None = None
    host_ipc: bool | None = field(default=None, name="hostIPC")
    host_users: bool | None = None
    os: PodOS | None = None
    runtime_class_name: str | None = None
    restart_policy: str | None = None
    node_selector: dict[str, object] | None = None


class RunningState(Struct, frozen=True, gc=False):
    """``state.running`` of a container: only that it exists."""


class WaitingState(Struct, frozen=True, gc=False):
    """``state.waiting`` of a container."""

    reason: str | None = None


class TerminatedState(Struct, frozen=True, gc=False, rename="camel"):
    """``state.terminated`` of a container."""

    reason: str | None = None
    exit_code: int | None = None


class ContainerState(Struct, frozen=True, gc=False):
    """``state`` of a container; without any it waits."""

    running: RunningState | None = None
    waiting: WaitingState | None = None
    terminated: TerminatedState | None = None


class ContainerStatus(Struct, frozen=True, gc=False):
    """``containerStatuses[]`` and its like."""

    name: str = ""
    state: ContainerState | None = None


class PodStatus(Struct, frozen=True, gc=False, rename="camel"):
    """A pod's ``status``."""

    phase: str = ""
    container_statuses: tuple[ContainerStatus, ...] | None = None
    init_container_statuses: tuple[ContainerStatus, ...] | None = None
    ephemeral_container_statuses: tuple[ContainerStatus, ...] | None = None


class PodMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    """``metadata`` of a Pod."""

    labels: dict[str, object] | None = None
    annotations: dict[str, object] | None = None
    owner_references: tuple[OwnerReference, ...] | None = None
    deletion_timestamp: object = None


class WirePod(Object, frozen=True, gc=False, rename="camel"):
    """A Pod."""

    metadata: PodMeta
    spec: WirePodSpec | None = None
    status: PodStatus | None = None


class PodTemplateMeta(Struct, frozen=True, gc=False):
    """``template.metadata`` of a workload."""

    labels: dict[str, object] | None = None
    annotations: dict[str, object] | None = None


class PodTemplateSpec(Struct, frozen=True, gc=False):
    """``template`` of a workload."""

    metadata: PodTemplateMeta | None = None
    spec: WirePodSpec | None = None


class WorkloadSpec(Struct, frozen=True, gc=False, rename="camel"):
    """``spec`` of everything that a :class:`WireWorkload` can be."""

    template: PodTemplateSpec | None = None
    replicas: int | None = None


class WorkloadStatus(Struct, frozen=True, gc=False, rename="camel"):
    """``status`` of everything that a :class:`WireWorkload` can be, as far as it counts Pods."""

    replicas: int | None = None
    current_number_scheduled: int | None = None
    active: int | None = None
    observed_generation: int | None = None


class WireWorkload(Object, frozen=True, gc=False, rename="camel"):
    """A Deployment, ReplicaSet, StatefulSet, DaemonSet, Job or ReplicationController."""

    kind: str
    api_version: str
    metadata: OwnedMeta
    spec: WorkloadSpec | None = None
    status: WorkloadStatus | None = None


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


class PodTemplate(Object, frozen=True, gc=False, rename="camel"):
    """A core/v1 PodTemplate."""

    kind: str
    api_version: str
    metadata: OwnedMeta
    template: PodTemplateSpec | None = None
