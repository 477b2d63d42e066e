"""Reduces pod specs to what gives access.

Sources: kubernetes ``pkg/api/v1/pod/util.go`` (``VisitPodSecretNames``) and
``plugin/pkg/admission/serviceaccount/admission.go``; external-secrets
``cmd/controller/root.go``; argo-cd ``cmd/main.go``, ``manifests/base``; argocd-operator
``controllers/argocd``.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import normpath
from sys import intern

from rbacgraph.model.kubernetes.argo_cd import ArgoProgram
from rbacgraph.model.kubernetes.meta import ObjectMeta, OwnedMeta
from rbacgraph.model.kubernetes.pods import (
    ContainerPort,
    Delivery,
    KubeletUse,
    Owned,
    Pod,
    PodSpec,
    RemoteUse,
    SecretUse,
    TokenUse,
    Workload,
    deployment_of,
    packed_labels,
    packed_owners,
)
from rbacgraph.model.kubernetes.storage import MIGRATED_DRIVERS
from rbacgraph.sources.external.loose import mapping, text, texts
from rbacgraph.sources.external.vault_agent import injected
from rbacgraph.sources.pods import wire_pods as wire
from rbacgraph.sources.pods.host_access import containers, host_access, sandbox
from rbacgraph.sources.pods.pod_levels import violated
from rbacgraph.sources.pods.pod_states import counted, phase, stalled
from rbacgraph.sources.pods.proxy_flags import flag_value, proxy_flags, switched_off

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
_MIRROR = "kubernetes.io/config.mirror"
_SECRETS_STORE = "secrets-store.csi.k8s.io"
_DRIVERS = ("cephfs", "cinder", "flex_volume", "iscsi", "rbd", "scale_io", "storageos")
_LOOPBACK = ("127.", "::1")
_FLUX = re.compile(
    r"/(flux-operator|(helm|image-reflector|kustomize|notification|source)-controller)[:@]"
)
_NOTHING = PodSpec(partial=True, drivers=())

_Delivered = tuple[str, tuple[wire.KeyToPath, ...]]
"""A Secret, and the only keys of it that a volume delivers."""


def to_pod(pod: wire.WirePod) -> Pod:
    """Keep the relevant part of a Pod."""
    metadata = pod.metadata
    notes = metadata.annotations
    return Pod(
        metadata=_meta(metadata),
        spec=read_spec(pod.spec, notes, metadata.labels),
        phase=phase(pod.status) if pod.status else "",
        owned=_owners(metadata) if metadata.owner_references else (),
        labels=packed_labels(metadata.labels),
        mirror=notes is not None and notes.get(_MIRROR) is not None,
        deleted=bool(metadata.deletion_timestamp),
        stalled=stalled(pod.spec, pod.status) if pod.spec and pod.status else None,
    )


def to_workload(workload: wire.WireWorkload) -> Workload:
    """Keep the relevant part of a workload with its template directly in the spec."""
    spec = workload.spec
    return _workload(
        workload,
        spec.template if spec else None,
        spec.replicas if spec else None,
        counted(workload.status) if workload.status and workload.metadata.uid else None,
    )


def to_cron_job(job: wire.CronJob) -> Workload:
    """Keep the relevant part of a CronJob."""
    template = job.spec.job_template if job.spec else None
    return _workload(job, template.spec.template if template and template.spec else None)


def to_pod_template(template: wire.PodTemplate) -> Workload:
    """Keep the relevant part of a PodTemplate."""
    return _workload(template, template.template)


def _workload(
    found: wire.WireWorkload | wire.CronJob | wire.PodTemplate,
    template: wire.PodTemplateSpec | None,
    replicas: int | None = None,
    pods: int | None = None,
) -> Workload:
    metadata = found.metadata
    meta = template.metadata if template else None
    notes, labels = (meta.annotations, meta.labels) if meta else (None, None)
    return Workload(
        kind=intern(found.kind),
        api_version=intern(found.api_version),
        metadata=_meta(metadata),
        spec=read_spec(template.spec if template else None, notes, labels),
        replicas=replicas,
        pods=pods,
        owned=_owners(metadata) if metadata.owner_references else (),
        labels=packed_labels(labels) if meta else "",
    )


def _meta(metadata: OwnedMeta | wire.PodMeta) -> ObjectMeta:
    return ObjectMeta(metadata.name, intern(metadata.namespace), metadata.uid)


def _owners(metadata: OwnedMeta | wire.PodMeta) -> Owned:
    """Return an object's owners, as :attr:`rbacgraph.model.kubernetes.pods.Pod.owned` has them.

    A dump may hold Deployments without their ReplicaSets, whose names begin with theirs.
    """
    found: list[str] = []
    for owner in metadata.owner_references or ():
        found += filter(None, (owner.uid, f"{owner.kind}/{owner.name}"))
        if owner.kind == "ReplicaSet":
            found.append(deployment_of(owner.name))
    return packed_owners(tuple(found))


def read_spec(
    spec: wire.WirePodSpec | None,
    annotations: Mapping[str, object] | None = None,
    labels: Mapping[str, object] | None = None,
) -> PodSpec:
    """Read the spec of a Pod or of a template, and what its annotations and labels say of it."""
    if spec is None:
        return _NOTHING
    volumes = _Volumes(spec.volumes or ())
    secrets: list[SecretUse] = []
    tokens: list[TokenUse] = []
    automounts: list[TokenUse] = []
    remotes: dict[RemoteUse, None] = {}
    found = containers(spec)
    for container, starting, admitted in found:
        name = intern(container.name)
        mounts = container.volume_mounts or ()
        if container.env or container.env_from:
            secrets += _environment(container, name, starting)
        if volumes.secrets:
            secrets += volumes.mounted_secrets(mounts, name, starting)
        if volumes.classes:
            remotes.update(dict.fromkeys(volumes.mounted_classes(mounts)))
        if volumes.audiences:
            tokens += volumes.mounted_tokens(mounts, name, starting)
        if admitted and TOKEN_PATH not in [mount.mount_path for mount in mounts]:
            automounts.append(TokenUse("", starting, name))
    violates, may_violate = violated(spec, found)
    return PodSpec(
        service_account=intern(spec.service_account_name or spec.service_account or "default"),
        node_name=intern(spec.node_name),
        gated=bool(spec.scheduling_gates),
        secrets=tuple(secrets),
        kubelet=(*_pulled(spec), *volumes.unmounted()),
        claims=tuple(volumes.claims),
        drivers=tuple(dict.fromkeys(volumes.drivers)),
        read_only=tuple(name for name, writable in volumes.claimed.items() if not writable),
        tokens=tuple(tokens),
        idle_tokens=volumes.idle_tokens(),
        automount=spec.automount_service_account_token,
        automounts=tuple(automounts),
        host=host_access(spec, found, volumes.host_paths, volumes.claimed),
        violates=violates,
        may_violate=may_violate,
        sandbox=sandbox(spec),
        remotes=(*remotes, *injected(annotations)),
        ports=tuple(_ports(spec, found)),
        controller_class=_controller_class(found) if _is_controller(labels) else "",
        default_account=_default_account(found),
        own_namespace=_own_namespace(found),
        partial=not found or not all(container.image for container, _, _ in found),
        images=tuple([one.image for one in spec.containers or () if one.image]),
        proxy=proxy_flags(spec.containers or (), labels),
        argo_cd=_argo_program(spec.containers or ()),
    )


def _ports(
    spec: wire.WirePodSpec, found: Iterable[tuple[wire.Container, bool, bool]]
) -> Iterator[ContainerPort]:
    """Yield the ports that have a name, or are those of the node too."""
    for container, starting, _ in found:
        for port in container.ports or () if not starting else ():
            number = port.container_port if isinstance(port.container_port, int) else 0
            on_node = port.host_port or (number if spec.host_network else 0)
            if str(port.host_ip).startswith(_LOOPBACK):
                on_node = 0
            name = intern(text(port.name))
            if name or on_node:
                yield ContainerPort(number, name, intern(text(port.protocol) or "TCP"), on_node)


def _controller_class(found: Iterable[tuple[wire.Container, bool, bool]]) -> str:
    every = (flag_value("--controller-class", one.command, one.args) for one, _, _ in found)
    return next(filter(None, every), "")


def _default_account(found: Iterable[tuple[wire.Container, bool, bool]]) -> str:
    every = (flag_value("--default-service-account", one.command, one.args) for one in _flux(found))
    return next(filter(None, every), "")


def _own_namespace(found: Iterable[tuple[wire.Container, bool, bool]]) -> bool:
    """Whether a controller of Flux heeds its own namespace alone, which a variable names."""
    return any(
        switched_off("--watch-all-namespaces", one.command, one.args)
        and any(env.name == "RUNTIME_NAMESPACE" and env.value_from for env in one.env or ())
        for one in _flux(found)
    )


def _flux(found: Iterable[tuple[wire.Container, bool, bool]]) -> Iterator[wire.Container]:
    return (one for one, _, _ in found if one.image and _FLUX.search(one.image))


def _pulled(spec: wire.WirePodSpec) -> list[KubeletUse]:
    pulls = spec.image_pull_secrets or ()
    return [KubeletUse(pull.name, Delivery.PULL) for pull in pulls if pull.name]


def _environment(container: wire.Container, name: str, starting: bool) -> Iterable[SecretUse]:
    for env in container.env or ():
        if env.value_from is not None:
            ref = env.value_from.secret_key_ref
            if ref is not None and ref.name:
                key = intern(ref.key)
                keys = (key,) if key else ()
                yield SecretUse(ref.name, keys, starting, name, Delivery.ENV, key)
    for source in container.env_from or ():
        if source.secret_ref is not None and source.secret_ref.name:
            yield SecretUse(source.secret_ref.name, (), starting, name, Delivery.ENV_FROM)


class _Volumes:
    """A pod's volumes, as far as they concern Secrets and tokens."""

    def __init__(self, volumes: Iterable[wire.Volume]) -> None:
        self.secrets: dict[str, list[_Delivered]] = {}
        self.audiences: dict[str, list[str]] = {}
        self.driver_uses: list[KubeletUse] = []
        self.drivers: list[str] = []
        self.claims: list[tuple[str, str]] = []
        self.host_paths: dict[str, str] = {}
        self.claimed: dict[str, bool] = {}
        self.mounted: set[str] = set()
        self.read: set[tuple[str, str]] = set()
        self.classes: dict[str, RemoteUse] = {}
        for volume in volumes:
            if volume.secret is not None:
                self._add_secret(volume.name, volume.secret.secret_name, volume.secret.items)
            elif volume.projected is not None:
                self._add_projected(volume)
            elif volume.persistent_volume_claim is not None:
                claim = volume.persistent_volume_claim
                self.claims.append((claim.claim_name, volume.name))
                self.claimed[volume.name] = claim.read_only is not True
            elif volume.ephemeral is not None:
                self.claims.append(("", volume.name))
                self.claimed[volume.name] = True
            elif volume.host_path is not None:
                self.host_paths[volume.name] = intern(volume.host_path.path)
            elif volume != wire.Volume(name=volume.name):
                self.drivers += _drivers(volume)
                self.driver_uses += [
                    KubeletUse(name, Delivery.DRIVER, intern(volume.name))
                    for name in _driver_secrets(volume)
                    if name
                ]
                if volume.csi is not None and volume.csi.driver == _SECRETS_STORE:
                    attributes = mapping(volume.csi.volume_attributes)
                    if name := text(attributes.get("secretProviderClass")):
                        secret = volume.csi.node_publish_secret_ref
                        self.classes[volume.name] = RemoteUse(
                            provider_class=name, credential=secret.name if secret else ""
                        )

    def mounted_classes(self, mounts: Iterable[wire.VolumeMount]) -> Iterable[RemoteUse]:
        """Yield the SecretProviderClasses whose files a container gets through its mounts."""
        for mount in mounts:
            if mount.name in self.classes:
                yield self.classes[mount.name]

    def mounted_secrets(
        self, mounts: Iterable[wire.VolumeMount], container: str, starting: bool
    ) -> Iterable[SecretUse]:
        """Yield what a container reads through its mounts."""
        for mount in mounts:
            part = mount.sub_path or mount.sub_path_expr
            by = Delivery.SUB_PATH if part else Delivery.VOLUME
            for secret, items in self.secrets.get(mount.name, ()):
                keys = _keys_below(items, mount.sub_path)
                if keys is not None:
                    self.read.add((mount.name, secret))
                    yield SecretUse(secret, keys, starting, container, by, intern(mount.name))

    def mounted_tokens(
        self, mounts: Iterable[wire.VolumeMount], container: str, starting: bool
    ) -> Iterable[TokenUse]:
        """Yield the tokens that a container gets through its mounts."""
        for mount in mounts:
            if mount.name in self.audiences:
                self.mounted.add(mount.name)
                for audience in self.audiences[mount.name]:
                    yield TokenUse(audience, starting, container)

    def idle_tokens(self) -> tuple[str, ...]:
        """Return the audiences of the tokens that no container mounts."""
        return tuple(
            intern(audience)
            for volume, audiences in self.audiences.items()
            if volume not in self.mounted
            for audience in audiences
        )

    def unmounted(self) -> list[KubeletUse]:
        """Return the Secrets of volumes that no container mounts."""
        return self.driver_uses + [
            KubeletUse(secret, Delivery.UNMOUNTED, intern(volume))
            for volume, delivered in self.secrets.items()
            for secret, _ in delivered
            if (volume, secret) not in self.read
        ]

    def _add_secret(self, volume: str, name: str, items: tuple[wire.KeyToPath, ...] | None) -> None:
        if name:
            self.secrets.setdefault(volume, []).append((name, items or ()))

    def _add_projected(self, volume: wire.Volume) -> None:
        assert volume.projected is not None
        for source in volume.projected.sources or ():
            if source.service_account_token is not None:
                audience = source.service_account_token.audience
                self.audiences.setdefault(volume.name, []).append(audience)
            elif source.secret is not None:
                self._add_secret(volume.name, source.secret.name, source.secret.items)


def _keys_below(items: Sequence[wire.KeyToPath], sub_path: str) -> tuple[str, ...] | None:
    """Return the keys below a path of a volume: empty for all keys, None for no files."""
    first, *more = normpath(sub_path or ".").split("/")
    # A kubelet keeps the files in a folder of its own, ..data, and links to them.
    part = "/".join(more if first == "." or first.startswith("..") else (first, *more))
    if not part:
        return tuple(intern(item.key) for item in items)
    if not items:
        return None if "/" in part else (intern(part),)
    below = (item.key for item in items if f"{normpath(item.path)}/".startswith(f"{part}/"))
    return tuple(map(intern, below)) or None


def _drivers(volume: wire.Volume) -> Iterable[str]:
    """Yield the CSI driver that serves a volume without a claim, if one does."""
    if volume.csi is not None and volume.csi.driver:
        yield intern(volume.csi.driver)
    for source, driver in MIGRATED_DRIVERS.items():
        if getattr(volume, source) is not None:
            yield driver


def _driver_secrets(volume: wire.Volume) -> Iterable[str]:
    if volume.csi is not None and volume.csi.node_publish_secret_ref is not None:
        yield volume.csi.node_publish_secret_ref.name
    if volume.azure_file is not None:
        yield volume.azure_file.secret_name
    for driver in _DRIVERS:
        holder = getattr(volume, driver)
        if holder is not None and holder.secret_ref is not None:
            yield holder.secret_ref.name


def _is_controller(labels: Mapping[str, object] | None) -> bool:
    """Whether a Pod with these labels is a controller, as the chart marks it."""
    return labels is not None and labels.get("app.kubernetes.io/name") == "external-secrets"


_ARGO = "argocd-"
_ARGO_PROGRAMS = frozenset(
    f"{_ARGO}{name}"
    for name in (
        "application-controller",
        "applicationset-controller",
        "commit-server",
        "dex",
        "notifications",
        "repo-server",
        "server",
    )
)
_FLAG, _VARIABLE = "--application-namespaces", "ARGOCD_APPLICATION_NAMESPACES"
_FEW = 4
"""A starter of processes, such as tini, may come before the program."""


def _argo_program(containers: Iterable[wire.Container]) -> ArgoProgram | None:
    """Return the program of Argo CD that a Pod starts; None if its command line names none."""
    for one in containers:
        if _names_any(one.command) or _names_any(one.args):
            name = next(
                (word for word in _started(one.command, one.args) if word in _ARGO_PROGRAMS), ""
            )
            if name:
                return _argo_program_of(intern(name), one)
    return None


def _names_any(words: object) -> bool:
    """Whether a command line may name one, as every Pod is asked."""
    if isinstance(words, list):
        for word in words:
            if isinstance(word, str) and _ARGO in word:
                return True
    return False


def _started(*command: object) -> Iterator[str]:
    """Yield the names of programs that may be what a command line starts."""
    words = [word for part in command if isinstance(part, list) for word in texts(part[:_FEW])]
    for word in words[:_FEW]:
        if word.startswith("-") and word != "--":
            return
        yield word.rpartition("/")[2]


def _argo_program_of(name: str, container: wire.Container) -> ArgoProgram:
    given = flag_value(_FLAG, container.command, container.args)
    named = [one for one in container.env or () if one.name == _VARIABLE]
    return ArgoProgram(
        name=name,
        namespaces=given or None,
        by_environment=any(one.value_from is None for one in named),
    )
