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


class Wire(Struct, frozen=True, gc=False, rename="camel"):
    """A part of a Pod as its JSON has it; its class has the name of its Go type."""


class SecretKeySelector(Wire, frozen=True):
    name: str = ""
    key: str = ""
    optional: bool | None = None


class EnvVarSource(Wire, frozen=True):
    secret_key_ref: SecretKeySelector | None = None


class EnvVar(Wire, frozen=True):
    """``env[]``: only the source of the value, never a value."""

    name: object = None
    value_from: EnvVarSource | None = None


class SecretEnvSource(Wire, frozen=True):
    name: str = ""
    optional: bool | None = None


class EnvFromSource(Wire, frozen=True):
    secret_ref: SecretEnvSource | None = None


class VolumeMount(Wire, frozen=True):
    name: str = ""
    mount_path: str = ""
    sub_path: str = ""
    sub_path_expr: str = ""
    read_only: bool | None = None


class VolumeDevice(Wire, frozen=True):
    name: str = ""


class Capabilities(Wire, frozen=True):
    add: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None


class Profile(Wire, frozen=True):
    type: str = ""


class SELinuxOptions(Wire, frozen=True):
    user: str = ""
    role: str = ""
    type: str = ""


class Sysctl(Wire, frozen=True):
    name: str = ""


class WindowsOptions(Wire, frozen=True):
    host_process: bool | None = None
    run_as_user_name: str | None = None


class SecurityContext(Wire, frozen=True):
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


class ContainerPortWire(Wire, frozen=True):
    host_port: int | None = None
    container_port: object = None
    name: object = None
    protocol: object = None
    host_ip: object = field(default=None, name="hostIP")


class Container(Wire, frozen=True):
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


class KeyToPath(Wire, frozen=True):
    """``items[]`` of a Secret volume: the keys it delivers, and under which paths."""

    key: str = ""
    path: str = ""


class SecretVolumeSource(Wire, frozen=True):
    """``volumes[].secret``: note ``secretName``."""

    secret_name: str = ""
    items: tuple[KeyToPath, ...] | None = None
    optional: bool | None = None


class SecretProjection(Wire, frozen=True):
    """``volumes[].projected.sources[].secret``: note ``name``."""

    name: str = ""
    items: tuple[KeyToPath, ...] | None = None
    optional: bool | None = None


class ServiceAccountTokenProjection(Wire, frozen=True):
    """A projected token; without an audience it is for the API server."""

    audience: str = ""


class VolumeProjection(Wire, frozen=True):
    secret: SecretProjection | None = None
    service_account_token: ServiceAccountTokenProjection | None = None


class ProjectedVolumeSource(Wire, frozen=True):
    sources: tuple[VolumeProjection, ...] | None = None


class CSIVolumeSource(Wire, frozen=True):
    driver: str = ""
    node_publish_secret_ref: LocalObjectReference | None = None
    volume_attributes: object = None


class PersistentVolumeClaimVolumeSource(Wire, frozen=True):
    claim_name: str = ""
    read_only: bool | None = None


class EphemeralVolumeSource(Wire, frozen=True):
    """``volumes[].ephemeral``: its claim is named POD-VOLUME."""


class VolumeSource(Wire, frozen=True):
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


class PodOS(Wire, frozen=True):
    name: str = ""


class SchedulingGate(Wire, frozen=True):
    name: str = ""


class WirePodSpec(Wire, frozen=True):
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


class RunningState(Wire, frozen=True):
    """``state.running`` of a container: only that it exists."""


class WaitingState(Wire, frozen=True):
    """``state.waiting`` of a container."""

    reason: str | None = None


class TerminatedState(Wire, frozen=True):
    reason: str | None = None
    exit_code: int | None = None


class ContainerState(Wire, frozen=True):
    """``state`` of a container; without any it waits."""

    running: RunningState | None = None
    waiting: WaitingState | None = None
    terminated: TerminatedState | None = None


class ContainerStatus(Wire, frozen=True):
    name: str = ""
    state: ContainerState | None = None


class PodStatus(Wire, frozen=True):
    phase: str = ""
    container_statuses: tuple[ContainerStatus, ...] | None = None
    init_container_statuses: tuple[ContainerStatus, ...] | None = None
    ephemeral_container_statuses: tuple[ContainerStatus, ...] | None = None


class PodMeta(ObjectMeta, frozen=True, gc=False, rename="camel"):
    labels: dict[str, object] | None = None
    annotations: dict[str, object] | None = None
    owner_references: tuple[OwnerReference, ...] | None = None
    deletion_timestamp: object = None


class WirePod(Object, frozen=True, gc=False, rename="camel"):
    metadata: PodMeta
    spec: WirePodSpec | None = None
    status: PodStatus | None = None


class PodTemplateMeta(Wire, frozen=True):
    labels: dict[str, object] | None = None
    annotations: dict[str, object] | None = None


class PodTemplateSpec(Wire, frozen=True):
    metadata: PodTemplateMeta | None = None
    spec: WirePodSpec | None = None


class WorkloadSpec(Wire, frozen=True):
    """``spec`` of everything that a :class:`WireWorkload` can be."""

    template: PodTemplateSpec | None = None
    replicas: int | None = None


class WorkloadStatus(Wire, frozen=True):
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


class JobTemplateSpec(Wire, frozen=True):
    spec: WorkloadSpec | None = None


class CronJobSpec(Wire, frozen=True):
    job_template: JobTemplateSpec | None = None
    suspend: bool | None = None


class CronJob(Object, frozen=True, gc=False, rename="camel"):
    kind: str
    api_version: str
    metadata: OwnedMeta
    spec: CronJobSpec | None = None


class PodTemplate(Object, frozen=True, gc=False, rename="camel"):
    kind: str
    api_version: str
    metadata: OwnedMeta
    template: PodTemplateSpec | None = None
