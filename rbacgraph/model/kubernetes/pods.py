"""Pods and what makes Pods, as far as they say who can read what.

A pod's spec is read once, at the door: what stays are the Secrets and tokens that its
containers and its kubelet get, a fraction of its size. A workload without Pods is analysed
from its template; one with Pods is the same story told twice, and the Pods are believed.
"""

from collections.abc import Iterable, Mapping
from sys import intern

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta

_VOLUME, _PART, _IDLE = "volume ", "subPath of ", ", where no container mounts it"


def by_volume(name: str, *, part: bool = False, idle: bool = False) -> str:
    """Return how a Pod names a Secret by a volume, as snapshots hold it.

    Parameters
    ----------
    name:
        Of the volume.
    part:
        Whether a container mounts one path of it.
    idle:
        Whether no container mounts it.
    """
    return f"{_PART if part else ''}{_VOLUME}{name}{_IDLE if idle else ''}"


def volume_of(how: str) -> str:
    """Return the volume by which a Pod names a Secret; ``""`` where it does so otherwise.

    Examples
    --------
    >>> volume_of(by_volume("tls", part=True)), volume_of(by_volume("tls", idle=True))
    ('tls', 'tls')
    >>> volume_of("imagePullSecrets")
    ''
    """
    whole = how.removeprefix(_PART)
    return whole.removeprefix(_VOLUME).removesuffix(_IDLE) if whole.startswith(_VOLUME) else ""


class SecretUse(Struct, frozen=True, gc=False, omit_defaults=True):
    """One way in which a container reads a Secret of its namespace.

    ``keys`` are the only keys delivered; empty means all of them. ``starting`` says that
    an init container reads it, which runs only while the pod starts.
    """

    secret: str
    keys: tuple[str, ...]
    starting: bool
    container: str
    how: str

    @property
    def volume(self) -> str:
        """The volume by which the container reads it; ``""`` for an environment variable."""
        return volume_of(self.how)

    @property
    def follows(self) -> bool:
        """Whether the container sees a change of it without a restart: not by a subPath."""
        return self.how.startswith(_VOLUME)


class TokenUse(Struct, frozen=True, gc=False, omit_defaults=True):
    """A container that holds a token of the pod's ServiceAccount; no audience: the API server's."""

    audience: str
    starting: bool
    container: str


class HostContainer(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a container has of its node beyond what every container has.

    Parameters
    ----------
    name, starting:
        The container; whether it only starts the pod.
    privileged, capabilities:
        As ``securityContext`` says; capabilities without ``CAP_``, as far as they are not
        given to every container.
    root:
        Whether it may run as root, for all that the spec says.
    unmasked:
        Whether ``/proc`` is not masked.
    host_process:
        Whether it is a HostProcess container of Windows.
    paths:
        The node's paths that it mounts, each with whether it may write there.
    claims:
        The volumes that it mounts and that are claims, each with the path in it and whether
        it may write there: the PersistentVolume may be a path of the node.
    """

    name: str = ""
    starting: bool = False
    privileged: bool = False
    capabilities: tuple[str, ...] = ()
    root: bool = True
    unmasked: bool = False
    host_process: bool = False
    paths: tuple[tuple[str, bool], ...] = ()
    claims: tuple[tuple[str, str, bool], ...] = ()

    def with_paths(self, paths: Iterable[tuple[str, bool]]) -> "HostContainer":
        """Return the same container with further paths of the node."""
        return replace(self, paths=(*self.paths, *paths))


class HostAccess(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What a pod has of its node: the node's namespaces, and containers that have more.

    ``own_users`` says that root in it is not root on the node (``hostUsers: false``),
    ``sandbox`` is its RuntimeClass, where that may run containers on a kernel of their own,
    ``windows`` whether it is for nodes that run Windows.
    """

    pid: bool = False
    network: bool = False
    ipc: bool = False
    own_users: bool = False
    sandbox: str = ""
    containers: tuple[HostContainer, ...] = ()
    windows: bool = False

    def on_windows(self) -> "HostAccess":
        """Return the same of a node that runs Windows."""
        return self if self.windows else replace(self, windows=True)

    def with_containers(self, containers: Iterable[HostContainer]) -> "HostAccess":
        """Return the same with other containers."""
        return replace(self, containers=tuple(containers))


class PodSpec(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, rename="camel"):
    """What a pod's ``spec`` gives its containers and its kubelet to read.

    Parameters
    ----------
    service_account:
        Name of the ServiceAccount that it runs as.
    node_name:
        Node that it is bound to, ``""`` for none.
    gated:
        Whether it has scheduling gates, which must go before it can be bound.
    secrets:
        What containers read of Secrets: env, envFrom and mounted volumes.
    kubelet:
        Further Secrets that the Node authorizer lets the kubelet read, each with the field
        that names it: image pull Secrets, volumes that no container mounts, volume drivers.
    claims:
        PersistentVolumeClaims by name, each with its volume; the name ``""`` is that of an
        ephemeral volume, whose claim is named after the pod.
    read_only:
        Those volumes of claims that no container may write to.
    tokens:
        The tokens that volumes deliver into containers.
    idle_tokens:
        The audiences of the tokens in volumes that no container mounts: a kubelet may ask for
        them, and a container that is added may mount them.
    automount:
        ``automountServiceAccountToken`` as it is written.
    automounts:
        The tokens that admission would mount, were this a template and automount on: into
        every container that has no mount at the token's path.
    host:
        What it has of its node; None where that is nothing.
    violates, may_violate:
        The lowest of the Pod Security Standards that it violates, and that it may violate, as
        they differ by version; ``""`` for none, None where an older snapshot does not tell.
    sandbox:
        Its RuntimeClass, where that may run containers on a kernel of their own.
    partial:
        Whether an API server would refuse it, for it has no container, or one without an
        image: what only patches another.
    """

    service_account: str = "default"
    node_name: str = ""
    gated: bool = False
    secrets: tuple[SecretUse, ...] = ()
    kubelet: tuple[tuple[str, str], ...] = ()
    claims: tuple[tuple[str, str], ...] = ()
    read_only: tuple[str, ...] = ()
    tokens: tuple[TokenUse, ...] = ()
    idle_tokens: tuple[str, ...] = ()
    automount: bool | None = None
    automounts: tuple[TokenUse, ...] = ()
    host: HostAccess | None = None
    violates: str | None = None
    may_violate: str = ""
    sandbox: str = ""
    partial: bool = False


ALWAYS_ALLOW = "AlwaysAllow"
ALWAYS_ALLOW_BY_DEFAULT = "AlwaysAllow by default"
"""Of an API server whose flags name no authorizer (``pkg/kubeapiserver/options``)."""

AUTHORIZATION_CONFIG = "an --authorization-config"
"""Of an API server whose authorizers a file names."""


class ApiServerFlags(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The flags of a kube-apiserver that decide on something here; no other is kept.

    Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/server/options/etcd.go`` and
    ``pkg/kubeapiserver/options/{admission,authentication,authorization}.go``.

    Parameters
    ----------
    config:
        ``--encryption-provider-config``; ``""`` where it is not given.
    reload:
        ``--encryption-provider-config-automatic-reload``.
    etcd_servers:
        ``--etcd-servers``, each no more than scheme and host.
    kms_v1:
        What ``--feature-gates`` says of KMSv1; None where nothing.
    bootstrap_tokens:
        ``--enable-bootstrap-token-auth``.
    authorizers:
        ``--authorization-mode``, or :data:`AUTHORIZATION_CONFIG`, or
        :data:`ALWAYS_ALLOW_BY_DEFAULT` where neither is given; empty where that is not known.
    anonymous:
        Whether requests without credentials may be let in: not by ``--anonymous-auth=false``.
    admission:
        ``--admission-control-config-file``; ``""`` where it is not given.
    refusing:
        Of ``--enable-admission-plugins`` those that may refuse Pods.
    disabled:
        ``--disable-admission-plugins``.
    owners:
        Whether ``--enable-admission-plugins`` has OwnerReferencesPermissionEnforcement.
    """

    config: str = ""
    reload: bool = False
    etcd_servers: tuple[str, ...] = ()
    kms_v1: bool | None = None
    bootstrap_tokens: bool = False
    authorizers: tuple[str, ...] = ()
    anonymous: bool = True
    admission: str = ""
    refusing: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    owners: bool = False


class Stalled(Struct, frozen=True, gc=False, omit_defaults=True):
    """A container that does not run, though its Pod may.

    Parameters
    ----------
    container:
        Its name.
    state:
        ``waiting`` or ``terminated``; ``""`` where the status lacks the container.
    reason:
        As the status has it.
    over:
        Whether its Pod never starts it again.
    """

    container: str
    state: str = ""
    reason: str = ""
    over: bool = False


class Pod(Object, frozen=True, gc=False, rename="camel"):
    """A Pod.

    ``owners`` identify what made it: each by uid and by ``Kind/name``, and by
    ``~Deployment/name`` where a ReplicaSet's name tells whose it is.
    ``labels`` are as :func:`packed_labels` makes them.
    ``mirror`` says that it mirrors a static Pod. ``api_server`` holds flags of the cluster's
    own API server, where it is one. ``deleted`` says that it has a deletionTimestamp.
    ``stalled`` are the containers that do not run, but for init containers, which end; None
    where its status does not tell of containers.
    """

    metadata: ObjectMeta
    spec: PodSpec
    phase: str = ""
    owners: tuple[str, ...] = ()
    labels: str = ""
    mirror: bool = False
    api_server: ApiServerFlags | None = None
    deleted: bool = False
    stalled: tuple[Stalled, ...] | None = None


class Workload(Object, frozen=True, gc=False, rename="camel"):
    """What holds a pod template, from a Deployment to a PodTemplate.

    ``labels`` are those of the template.
    """

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: PodSpec
    replicas: int | None = None
    owners: tuple[str, ...] = ()
    labels: str = ""


def packed_labels(labels: Mapping[str, object] | None) -> str:
    """Pack labels into one string, of which Pods of one kind share one.

    Examples
    --------
    >>> packed_labels({"b": "2", "a": "1"})
    ',a=1,b=2,'
    """
    if not labels:
        return ""
    pairs = [f"{key}={value}" for key, value in labels.items() if isinstance(value, str)]
    return intern(f",{','.join(sorted(pairs))},")


def have_labels(labels: str, wanted: Mapping[str, str]) -> bool:
    """Whether packed labels hold all that a Service selects.

    Examples
    --------
    >>> have_labels(",a=1,b=2,", {"b": "2"}), have_labels(",a=1,b=2,", {"b": "3"})
    (True, False)
    """
    return all(f",{key}={value}," in labels for key, value in wanted.items())
