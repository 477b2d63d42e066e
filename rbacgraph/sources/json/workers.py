"""Divides a large List into parts that other processes read at the same time.

The bytes alone show where items begin, so that a process can begin anywhere in the file. It
decodes items that are whole and valid; it leaves all else to the reader of the List, which takes
the parts over in the order of the file. So the result is the same, however many processes there
are, and even if they fail.
"""

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import DecodeError, Struct, msgpack

from rbacgraph.model.kubernetes import admission, core, networking, openshift, rbac, storage
from rbacgraph.model.kubernetes.copy_rules import SecretCopier
from rbacgraph.model.kubernetes.external_secrets import SecretPush, SecretStore
from rbacgraph.model.kubernetes.flux import FluxApplier, FluxSource
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.monitoring import MonitoringProgram
from rbacgraph.model.kubernetes.pod_policies import PodPolicy
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.kubernetes.secret_makers import SecretMaker
from rbacgraph.sources.files.streams import Window
from rbacgraph.sources.json.items import HEAD, Layout
from rbacgraph.sources.objects import object_kinds
from rbacgraph.sources.objects.wire import CustomResourceDefinition

if TYPE_CHECKING:
    from subprocess import Popen

_MOST = 4
_OWN = 0.85
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    "from rbacgraph.sources.json.worker import main; main(sys.argv[2])"
)
_MARK = b"block"  # a process may print other text as it starts
_SIZE = 4


class Processes(NamedTuple):
    """The number of processes that may read one file, and of bytes worth a process."""

    most: int
    worth: int = 1 << 25

    @classmethod
    def here(cls) -> "Processes":
        """Return the processes that this machine has room for."""
        if hasattr(os, "sched_getaffinity"):
            return cls(min(_MOST, len(os.sched_getaffinity(0))))
        return cls(min(_MOST, os.cpu_count() or 1))


class ReadTask(Struct, frozen=True):
    """The items to read: those that begin at ``begin`` or later, and before ``until``."""

    begin: int
    until: int
    layout: Layout


class WorkerBlock(Struct, omit_defaults=True):
    """Decoded items that follow each other.

    ``begin``, ``end``: offsets in the file: of the first item, and of the one after the last.
    ``lines``: the lines of the part, up to ``end``; the objects' origins are lines of the part,
        too.
    ``odd``: the last item, if it was not decoded: offset, length, line.
    ``skipped``: the number of objects of kinds that are not read, by kind.
    ``openshift_roles``: whether roles or bindings were in OpenShift's form.
    """

    begin: int
    end: int
    lines: int
    odd: tuple[int, int, int] | None = None
    skipped: dict[str, int] = {}
    openshift_roles: bool = False

    namespaces: list[core.Namespace] = []
    resource_quotas: list[core.ResourceQuota] = []
    service_accounts: list[core.ServiceAccount] = []
    services: list[networking.Service] = []
    secrets: list[core.Secret] = []
    config_maps: list[core.ConfigMap] = []
    sealed_secrets: list[core.SealedSecret] = []
    roles: list[rbac.Role] = []
    cluster_roles: list[rbac.ClusterRole] = []
    role_bindings: list[rbac.RoleBinding] = []
    cluster_role_bindings: list[rbac.ClusterRoleBinding] = []
    pods: list[Pod] = []
    workloads: list[Workload] = []
    nodes: list[core.Node] = []
    persistent_volumes: list[core.PersistentVolume] = []
    persistent_volume_claims: list[core.PersistentVolumeClaim] = []
    storage_classes: list[storage.StorageClass] = []
    csi_drivers: list[storage.CSIDriver] = []
    volume_snapshot_classes: list[storage.VolumeSnapshotClass] = []
    ingresses: list[networking.Ingress] = []
    mutating_webhooks: list[admission.WebhookConfiguration] = []
    validating_webhooks: list[admission.WebhookConfiguration] = []
    validating_policies: list[admission.AdmissionPolicy] = []
    validating_policy_bindings: list[admission.AdmissionPolicyBinding] = []
    mutating_policies: list[admission.AdmissionPolicy] = []
    mutating_policy_bindings: list[admission.AdmissionPolicyBinding] = []
    security_context_constraints: list[openshift.SecurityContextConstraints] = []
    user_groups: list[openshift.UserGroup] = []
    oauths: list[openshift.OAuth] = []
    pod_policies: list[PodPolicy] = []
    namespace_policies: list[PodPolicy] = []
    secret_makers: list[SecretMaker] = []
    cluster_secret_makers: list[SecretMaker] = []
    secret_stores: list[SecretStore] = []
    cluster_secret_stores: list[SecretStore] = []
    secret_pushes: list[SecretPush] = []
    cluster_secret_pushes: list[SecretPush] = []
    endpoints: list[networking.Endpoints] = []
    endpoint_slices: list[networking.EndpointSlice] = []
    ingress_classes: list[networking.IngressClass] = []
    network_policies: list[networking.NetworkPolicy] = []
    gateways: list[networking.Gateway] = []
    gateway_routes: list[networking.GatewayRoute] = []
    reference_grants: list[networking.ReferenceGrant] = []
    openshift_routes: list[networking.OpenShiftRoute] = []
    flux_appliers: list[FluxApplier] = []
    flux_sources: list[FluxSource] = []
    monitoring_programs: list[MonitoringProgram] = []
    secret_copiers: list[SecretCopier] = []
    cluster_secret_copiers: list[SecretCopier] = []
    custom_resources: list[CustomResourceDefinition] = []

    def objects(self) -> Iterator[tuple[str, list[Object]]]:
        """Yield the objects by field of the snapshot."""
        for field in object_kinds.NAMESPACED:
            yield field, getattr(self, field)

    def message(self) -> bytes:
        """Return the block in the form that is sent."""
        content = msgpack.encode(self)
        return _MARK + len(content).to_bytes(_SIZE, "big") + content


_decode_block = msgpack.Decoder(WorkerBlock).decode


class WorkerPart:
    """The part that one process reads."""

    def __init__(self, begin: int, process: "Popen[bytes]") -> None:
        self.begin = begin
        self._process = process

    def blocks(self, offset: int) -> Iterator[WorkerBlock]:
        """Yield the blocks from an offset on; there may be none, and they may end early."""
        stream = self._process.stdout
        assert stream is not None
        while stream.read(len(_MARK)) == _MARK:
            content = stream.read(int.from_bytes(stream.read(_SIZE), "big"))
            try:
                block = _decode_block(content)
            except DecodeError:
                return
            if block.begin != offset:
                return
            yield block
            offset = block.end

    def close(self) -> None:
        """End the process."""
        with self._process as process:
            process.kill()


@contextmanager
def divide(
    window: Window,
    layout: Layout,
    processes: Processes | None,
    meanwhile: Callable[[], object] | None = None,
) -> Iterator[list[WorkerPart]]:
    """Start processes that read parts of the List whose first item is next.

    Only a regular file that begins with the List is divided, and only a large one. ``meanwhile``
    is called while the processes start.
    """
    parts: list[WorkerPart] = []
    try:
        parts += _started(window, layout, processes or Processes.here(), ahead=not meanwhile)
        if parts and meanwhile:
            meanwhile()
        yield parts
    finally:
        for part in parts:
            part.close()


def _started(
    window: Window, layout: Layout, processes: Processes, *, ahead: bool
) -> Iterator[WorkerPart]:
    file = window.file
    usable = file is not None and layout.named and hasattr(os, "preadv")
    if file is None or not usable or not sys.executable or getattr(sys, "frozen", False):
        return
    status = os.fstat(file.fileno())
    begin = window.offset
    size = status.st_size - begin
    count = min(processes.most, size // processes.worth)
    if count <= 1 or begin > HEAD or not stat.S_ISREG(status.st_mode):
        return
    from subprocess import DEVNULL, PIPE, Popen

    # Their shares leave out what this process reads while they start. It then reads less itself:
    # small objects, which take more work, mostly come first, and it takes over the rest.
    share = int((size - ahead * processes.worth) / (count - 1 + _OWN))
    cuts = [status.st_size - share * left for left in range(count - 1, -1, -1)]
    path = [entry for entry in sys.path if isinstance(entry, str)]
    for start, until in pairwise(cuts):
        task = msgspec.json.encode(ReadTask(start, until, layout)).decode()
        command = [sys.executable, "-IB", "-c", _START, json.dumps(path), task]
        with suppress(OSError):
            process = Popen(command, stdin=file, stdout=PIPE, stderr=DEVNULL)  # noqa: S603 - this program
            yield WorkerPart(start, process)
