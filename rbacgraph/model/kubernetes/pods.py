"""Pods and their templates, reduced to what gives access.

A pod's spec is reduced while it is read, to the Secrets and tokens that its containers and its
kubelet get: a fraction of its size. rbacgraph analyses a workload without Pods by its template;
for a workload with Pods, only the Pods count.
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from msgspec import Struct, field
from msgspec.structs import replace

from rbacgraph.model.kubernetes.argo_cd import ArgoProgram
from rbacgraph.model.kubernetes.external_secrets import RoleLogin
from rbacgraph.model.kubernetes.ingress_proxies import ProxyFlags
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta


class Delivery(Enum):
    """The field of a Pod by which it names a Secret, as snapshots hold it."""

    ENV = "env"
    ENV_FROM = "envFrom"
    VOLUME = "volume"
    SUB_PATH = "subPath"
    UNMOUNTED = "unmounted"
    """A volume that no container mounts."""
    DRIVER = "driver"
    """The driver of a volume."""
    PULL = "pull"
    """``imagePullSecrets``."""


class SecretUse(Struct, frozen=True, gc=False, omit_defaults=True):
    """One way in which a container reads a Secret of its namespace.

    ``keys`` are the delivered keys; empty means all of them. ``starting`` says that an init
    container reads it, which runs only while the pod starts. ``place`` is the key that an
    environment variable names, or the volume.
    """

    secret: str
    keys: tuple[str, ...]
    starting: bool
    container: str
    by: Delivery
    place: str = ""

    @property
    def volume(self) -> str:
        """The volume by which the container reads it; ``""`` for an environment variable."""
        return self.place if self.by in {Delivery.VOLUME, Delivery.SUB_PATH} else ""

    @property
    def follows(self) -> bool:
        """Whether the container sees a change of it without a restart: not by a subPath."""
        return self.by is Delivery.VOLUME


class KubeletUse(Struct, frozen=True, gc=False, omit_defaults=True):
    """A Secret of its namespace that a Pod names for the kubelet alone; ``place`` is the volume."""

    secret: str
    by: Delivery
    place: str = ""


class TokenUse(Struct, frozen=True, gc=False, omit_defaults=True):
    """A container with a token of the pod's ServiceAccount; no audience: the API server's."""

    audience: str
    starting: bool
    container: str


class RemoteUse(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A secret outside the cluster that something writes into a pod's files.

    ``provider_class``: the SecretProviderClass of a volume that a container mounts.
    ``credential``: the Secret with which the driver logs in, if the volume names one.
    ``path``, ``place``: without one, the path in Vault that the injector's agent reads, and the
        server.
    ``done``: whether the injector says that it has added the agent.
    ``login``: the role by which the agent logs in.
    """

    provider_class: str = ""
    credential: str = ""
    path: str = ""
    place: str = ""
    done: bool = False
    login: RoleLogin | None = None


class HostContainer(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The access of a container to its node, beyond what every container has.

    ``name``, ``starting``: the container; whether it runs only while the pod starts.
    ``privileged``, ``capabilities``: as in ``securityContext``; capabilities without ``CAP_``, and
        without those that every container has.
    ``root``: whether it may run as root, as far as the spec says.
    ``unmasked``: whether ``/proc`` is not masked.
    ``host_process``, ``system``: whether it is a HostProcess container of Windows, and runs as the
        system.
    ``paths``: the node's paths that it mounts, each with whether it may write there.
    ``claims``: the mounted volumes that are claims, each with the path in it and whether it may
        write there: the PersistentVolume may be a path of the node.
    ``devices``: the volumes that are claims and that it gets as devices, each with whether it may
        write there: a PersistentVolume may be a disk of the node.
    ``disks``: the node's disks that it reads, each with whether it may write there.
    """

    name: str = ""
    starting: bool = False
    privileged: bool = False
    capabilities: tuple[str, ...] = ()
    root: bool = True
    unmasked: bool = False
    host_process: bool = False
    system: bool = False
    paths: tuple[tuple[str, bool], ...] = ()
    claims: tuple[tuple[str, str, bool], ...] = ()
    devices: tuple[tuple[str, bool], ...] = ()
    disks: tuple[tuple[str, bool], ...] = ()

    def with_volumes(
        self, paths: Iterable[tuple[str, bool]], disks: Iterable[tuple[str, bool]]
    ) -> "HostContainer":
        """Return the same container with further paths and disks of the node."""
        return replace(self, paths=(*self.paths, *paths), disks=(*self.disks, *disks))


class HostAccess(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The access of a pod to its node: shared namespaces, and containers with more access.

    ``own_users`` says that root in the pod is not root on the node (``hostUsers: false``).
    ``sandbox`` is its RuntimeClass, if that may run containers on a kernel of their own.
    ``windows`` says whether it is for nodes that run Windows.
    """

    pid: bool = False
    network: bool = False
    ipc: bool = False
    own_users: bool = False
    sandbox: str = ""
    containers: tuple[HostContainer, ...] = ()
    windows: bool = False

    def on_windows(self) -> "HostAccess":
        """Return the same access on a node that runs Windows."""
        return self if self.windows else replace(self, windows=True)

    def on_linux(self) -> "HostAccess":
        """Return the same access on a node that runs Linux, which has no HostProcess containers."""
        if not any(one.host_process for one in self.containers):
            return self
        return self.with_containers(replace(one, host_process=False) for one in self.containers)

    def with_containers(self, containers: Iterable[HostContainer]) -> "HostAccess":
        """Return the same access with other containers."""
        return replace(self, containers=tuple(containers))


class ContainerPort(Struct, frozen=True, gc=False, omit_defaults=True):
    """A port of a container; ``on_node`` is the port of its node that leads there, 0 for none."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    on_node: int = 0


class PodSpec(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, rename="camel"):
    """What a pod's ``spec`` lets its containers and its kubelet read.

    ``service_account``: name of the ServiceAccount that it runs as.
    ``node_name``: the node that it is bound to; ``""`` for none.
    ``gated``: whether it has scheduling gates, which must be removed before it can be bound.
    ``secrets``: Secrets that containers read: env, envFrom and mounted volumes.
    ``kubelet``: further Secrets that the Node authorizer lets the kubelet read: image pull Secrets,
        those of volumes that no container mounts, and of volume drivers.
    ``claims``: PersistentVolumeClaims by name, each with its volume; the name ``""`` is that of an
        ephemeral volume, whose claim is named after the pod.
    ``drivers``: the CSI drivers of its volumes that no claim is for; None where an older snapshot
        lacks them.
    ``read_only``: the volumes of claims that no container may write to.
    ``tokens``: the tokens that volumes deliver into containers.
    ``idle_tokens``: the audiences of tokens in volumes that no container mounts: a kubelet may
        request them, and a container that is added may mount them.
    ``automount``: ``automountServiceAccountToken`` as written.
    ``automounts``: the tokens that admission would mount if this were a template and automount on:
        into every container that has no mount at the token's path.
    ``host``: its access to the node; None if it has none.
    ``violates``, ``may_violate``: the lowest Pod Security Standards that it violates, and that it
        may violate depending on the version; ``""`` for none, None where an older snapshot lacks
        them.
    ``sandbox``: its RuntimeClass, if that may run containers on a kernel of their own.
    ``remotes``: the secrets outside the cluster that it receives as files.
    ``ports``: the ports of its containers that have a name, or are those of the node too.
    ``controller_class``: the class of stores that its arguments name, if it is a controller of
        External Secrets.
    ``default_account``: the ServiceAccount as which it applies what names none, if it is a
        controller of Flux (``--default-service-account``).
    ``own_namespace``: whether it heeds objects of its own namespace alone, if it is a controller of
        Flux (``--watch-all-namespaces=false``).
    ``partial``: whether an API server would refuse it because a container or an image is missing:
        such a document only patches another one.
    ``images``: the images of its containers, without init containers.
    ``proxy``: the flags of the Ingress controller that it runs, if it runs one that is a proxy.
    ``argo_cd``: the program of Argo CD that it starts, if its command line names one.
    """

    service_account: str = "default"
    node_name: str = ""
    gated: bool = False
    secrets: tuple[SecretUse, ...] = ()
    kubelet: tuple[KubeletUse, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()
    drivers: tuple[str, ...] | None = None
    read_only: tuple[str, ...] = ()
    tokens: tuple[TokenUse, ...] = ()
    idle_tokens: tuple[str, ...] = ()
    automount: bool | None = None
    automounts: tuple[TokenUse, ...] = ()
    host: HostAccess | None = None
    violates: str | None = None
    may_violate: str = ""
    sandbox: str = ""
    remotes: tuple[RemoteUse, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    controller_class: str = ""
    default_account: str = ""
    own_namespace: bool = False
    partial: bool = False
    images: tuple[str, ...] = ()
    proxy: ProxyFlags | None = None
    argo_cd: ArgoProgram | None = None


ALWAYS_ALLOW = "AlwaysAllow"


class ApiServerFlags(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The flags of a kube-apiserver that rbacgraph reads; no other is kept.

    Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/server/options/etcd.go`` and
    ``pkg/kubeapiserver/options/{admission,authentication,authorization}.go``.

    ``config``: ``--encryption-provider-config``; ``""`` where it is not given.
    ``reload``: ``--encryption-provider-config-automatic-reload``.
    ``etcd_servers``: ``--etcd-servers``, each no more than scheme and host.
    ``kms_v1``: the value of KMSv1 in ``--feature-gates``; None where it is not given.
    ``bootstrap_tokens``: ``--enable-bootstrap-token-auth``.
    ``authorizers``: the modes that ``--authorization-mode`` names; empty where they are not known.
    ``authorizer_file``: whether ``--authorization-config`` is given: a file names the authorizers.
    ``no_authorizer``: whether no flag names an authorizer: the API server uses AlwaysAllow
        (``pkg/kubeapiserver/options``).
    ``anonymous``: whether requests without credentials may be allowed: not with
        ``--anonymous-auth=false``.
    ``admission``: ``--admission-control-config-file``; ``""`` where it is not given.
    ``refusing``: the plugins in ``--enable-admission-plugins`` that may refuse Pods.
    ``disabled``: ``--disable-admission-plugins``.
    ``owners``: whether ``--enable-admission-plugins`` has OwnerReferencesPermissionEnforcement.
    ``issuers``: each ``--service-account-issuer``; empty where other flags may name more.
    """

    config: str = ""
    reload: bool = False
    etcd_servers: tuple[str, ...] = ()
    kms_v1: bool | None = None
    bootstrap_tokens: bool = False
    authorizers: tuple[str, ...] = ()
    authorizer_file: bool = False
    no_authorizer: bool = False
    anonymous: bool = True
    admission: str = ""
    refusing: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    owners: bool = False
    issuers: tuple[str, ...] = ()

    @property
    def always_allows(self) -> bool:
        """Whether AlwaysAllow is among the authorizers."""
        return self.no_authorizer or ALWAYS_ALLOW in self.authorizers


class Stalled(Struct, frozen=True, gc=False, omit_defaults=True):
    """A container that does not run, though its Pod may run.

    ``container``: its name.
    ``state``: ``waiting`` or ``terminated``; ``""`` where the status lacks the container.
    ``reason``: as in the status.
    ``over``: whether its Pod never starts it again.
    """

    container: str
    state: str = ""
    reason: str = ""
    over: bool = False


Owned = tuple[str, ...] | bytes
"""What identifies the owners of an object, or the pack of it."""


class Pod(Object, frozen=True, gc=False, rename="camel"):
    """A Pod.

    ``owned`` holds its :attr:`owners`, packed by :func:`packed_owners` where that is possible.
    ``labels`` are packed by :func:`packed_labels`.
    ``mirror`` says that it mirrors a static Pod. ``api_server`` holds flags of the cluster's own
    API server, if it is one. ``deleted`` says that it has a deletionTimestamp. ``stalled`` are the
    containers that do not run, without init containers, which end; None where its status does not
    list containers.
    """

    metadata: ObjectMeta
    spec: PodSpec
    phase: str = ""
    owned: Owned = field(default=(), name="owners")
    labels: str = ""
    mirror: bool = False
    api_server: ApiServerFlags | None = None
    deleted: bool = False
    stalled: tuple[Stalled, ...] | None = None

    @property
    def owners(self) -> tuple[str, ...]:
        """What identifies its owners: of each the uid, ``Kind/name``, and one name more.

        That is ``~Deployment/name``, where a ReplicaSet's name shows its Deployment.
        """
        return owners_of_pack(self.owned)


class Workload(Object, frozen=True, gc=False, rename="camel"):
    """An object with a pod template, from a Deployment to a PodTemplate.

    ``labels`` are the labels of the template, ``owned`` as in :class:`Pod`. ``pods`` is the number
    of its Pods by the status that a server's object has; None where none says it. The status of a
    CronJob names Jobs, which need not have a Pod.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: PodSpec
    replicas: int | None = None
    owned: Owned = field(default=(), name="owners")
    labels: str = ""
    pods: int | None = None

    @property
    def owners(self) -> tuple[str, ...]:
        """What identifies its owners, as in :class:`Pod`."""
        return owners_of_pack(self.owned)


def packed_labels(labels: Mapping[str, object] | None) -> str:
    """Pack labels into one string.

    Examples
    --------
    >>> packed_labels({"b": "2", "a": "1"})
    ',a=1,b=2,'
    """
    if not labels:
        return ""
    pairs = [f"{key}={value}" for key, value in labels.items() if isinstance(value, str)]
    return f",{','.join(sorted(pairs))},"


def labels_of_pack(labels: str) -> dict[str, object]:
    """Return packed labels by their keys.

    Examples
    --------
    >>> labels_of_pack(",a=1,b=2,")
    {'a': '1', 'b': '2'}
    """
    pairs = (pair.partition("=") for pair in labels.split(",") if "=" in pair)
    return {key: value for key, _, value in pairs}


def have_labels(labels: str, wanted: Mapping[str, str]) -> bool:
    """Whether packed labels match a Service's selector.

    Examples
    --------
    >>> have_labels(",a=1,b=2,", {"b": "2"}), have_labels(",a=1,b=2,", {"b": "3"})
    (True, False)
    """
    return all(f",{key}={value}," in labels for key, value in wanted.items())


_UID = 16
_DEPLOYMENT = "~Deployment/"


def packed_owners(owners: tuple[str, ...]) -> Owned:
    """Pack what identifies one owner with a uid: it takes a quarter of the memory.

    Nearly every Pod has one owner. Other owners stay as they are.

    Examples
    --------
    >>> uid = "0f8fad5b-d9cb-469f-a165-70867728950e"
    >>> pack = packed_owners((uid, "ReplicaSet/web-6d4", "~Deployment/web"))
    >>> len(pack), owners_of_pack(pack)
    (35, ('0f8fad5b-d9cb-469f-a165-70867728950e', 'ReplicaSet/web-6d4', '~Deployment/web'))
    >>> packed_owners((uid,)) == (uid,)
    True
    """
    if len(owners) not in {2, 3}:
        return owners
    try:
        pack = bytes.fromhex(owners[0].replace("-", "")) + owners[1].encode()
    except ValueError:
        return owners
    pack += b"\0" * (len(owners) - 2)
    return pack if owners_of_pack(pack) == owners else owners


def owners_of_pack(owned: Owned) -> tuple[str, ...]:
    """Return what :func:`packed_owners` packed."""
    if not isinstance(owned, bytes):
        return owned
    uid, name = owned[:_UID].hex(), owned[_UID:].decode()
    uid = f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}"
    if not name.endswith("\0"):
        return uid, name
    name = name[:-1]
    return uid, name, deployment_of(name.partition("/")[2])


def deployment_of(replica_set: str) -> str:
    """Return the identity of the Deployment that the name of a ReplicaSet shows.

    Examples
    --------
    >>> deployment_of("web-6d4")
    '~Deployment/web'
    """
    return f"{_DEPLOYMENT}{replica_set.rpartition('-')[0]}"
