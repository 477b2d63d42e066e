"""What a pod's spec says about Secrets and tokens: pure readings, shared by several edges.

Sources: kubernetes ``pkg/api/v1/pod/util.go`` (``VisitPodSecretNames``) and
``plugin/pkg/admission/serviceaccount/admission.go``.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.model.core import Container, KeyToPath, PodSpec, Volume

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
API_AUDIENCES = frozenset(
    {
        "https://kubernetes.default.svc.cluster.local",
        "https://kubernetes.default.svc",
        "kubernetes.default.svc",
    }
)
_DRIVERS = ("cephfs", "cinder", "flex_volume", "iscsi", "rbd", "scale_io", "storageos")


class SecretUse(NamedTuple):
    """One way in which a container reads a Secret.

    ``keys`` are the only keys delivered; empty means all of them. ``starting`` says that
    only an init container reads it, which runs when the pod starts.
    """

    secret: str
    keys: tuple[str, ...]
    starting: bool
    container: str
    how: str


class TokenUse(NamedTuple):
    """A container that holds a token of the pod's ServiceAccount."""

    audience: str
    starting: bool
    container: str
    how: str


def service_account_of(spec: PodSpec) -> str:
    """Name of the ServiceAccount a pod runs as.

    Examples
    --------
    >>> service_account_of(PodSpec())
    'default'
    """
    return spec.service_account_name or spec.service_account or "default"


def containers_of(spec: PodSpec) -> Iterator[tuple[Container, bool]]:
    """Every container, and whether it runs only while the pod starts."""
    for container in spec.containers or ():
        yield container, False
    for container in spec.init_containers or ():
        yield container, container.restart_policy != "Always"
    for container in spec.ephemeral_containers or ():
        yield container, False


def container_secrets(spec: PodSpec) -> Iterator[SecretUse]:
    """The Secrets that a pod's containers can read: env, envFrom and mounted volumes."""
    volumes = {v.name: v for v in spec.volumes or () if v.secret or v.projected}
    for container, starting in containers_of(spec):
        for name, key in _environment_secrets(container):
            how = f"env from key {key}" if key else "envFrom"
            yield SecretUse(name, (key,) if key else (), starting, container.name, how)
        if volumes:
            for mount in container.volume_mounts or ():
                volume = volumes.get(mount.name)
                if volume:
                    for name, items in volume_secrets(volume):
                        keys = tuple(item.key for item in items or ())
                        how = f"volume {volume.name}"
                        yield SecretUse(name, keys, starting, container.name, how)


def _environment_secrets(container: Container) -> Iterator[tuple[str, str]]:
    """Yield the Secrets of a container's environment, each with its key or ``""`` for all."""
    for env in container.env or ():
        ref = env.value_from and env.value_from.secret_key_ref
        if ref and ref.name:
            yield ref.name, ref.key
    for source in container.env_from or ():
        if source.secret_ref and source.secret_ref.name:
            yield source.secret_ref.name, ""


def volume_secrets(volume: Volume) -> Iterator[tuple[str, tuple[KeyToPath, ...] | None]]:
    """The Secrets whose keys a volume delivers as files, with the items it selects."""
    if volume.secret and volume.secret.secret_name:
        yield volume.secret.secret_name, volume.secret.items
    if volume.projected:
        for source in volume.projected.sources or ():
            if source.secret and source.secret.name:
                yield source.secret.name, source.secret.items


def kubelet_secrets(spec: PodSpec) -> Iterator[tuple[str, str]]:
    """The Secrets of its namespace that a pod lets its kubelet read, each with the field.

    Mounted or not, of any container: as the Node authorizer counts them.
    """
    for reference in spec.image_pull_secrets or ():
        if reference.name:
            yield reference.name, "imagePullSecrets"
    for container, _ in containers_of(spec):
        for name, _ in _environment_secrets(container):
            yield name, f"env of container {container.name}"
    for volume in spec.volumes or ():
        for name, _ in volume_secrets(volume):
            yield name, f"volume {volume.name}"
        for name in _driver_secrets(volume):
            yield name, f"driver of volume {volume.name}"


def _driver_secrets(volume: Volume) -> Iterator[str]:
    if volume.csi and volume.csi.node_publish_secret_ref:
        yield volume.csi.node_publish_secret_ref.name
    if volume.azure_file and volume.azure_file.secret_name:
        yield volume.azure_file.secret_name
    for driver in _DRIVERS:
        holder = getattr(volume, driver)
        if holder and holder.secret_ref and holder.secret_ref.name:
            yield holder.secret_ref.name


def claims_of(pod: str, spec: PodSpec) -> Iterator[tuple[str, str]]:
    """PersistentVolumeClaims of a pod, each with its volume; an ephemeral one is POD-VOLUME."""
    for volume in spec.volumes or ():
        if volume.persistent_volume_claim and volume.persistent_volume_claim.claim_name:
            yield volume.persistent_volume_claim.claim_name, volume.name
        elif volume.ephemeral:
            yield f"{pod}-{volume.name}", volume.name


def mounted_tokens(spec: PodSpec) -> Iterator[TokenUse]:
    """The ServiceAccount tokens that volumes deliver into containers."""
    audiences = {
        volume.name: [
            source.service_account_token.audience
            for source in volume.projected.sources or ()
            if source.service_account_token
        ]
        for volume in spec.volumes or ()
        if volume.projected
    }
    if not any(audiences.values()):
        return
    for container, starting in containers_of(spec):
        for mount in container.volume_mounts or ():
            for audience in audiences.get(mount.name, ()):
                yield TokenUse(audience, starting, container.name, f"volume {mount.name}")


def automounted_tokens(spec: PodSpec, account_automounts: bool | None) -> Iterator[TokenUse]:
    """The tokens that admission will mount into a pod made from this template."""
    automount = spec.automount_service_account_token
    if automount is None:
        automount = account_automounts
    if automount is False:
        return
    for container, starting in containers_of(spec):
        if container in (spec.ephemeral_containers or ()):
            continue
        if not any(mount.mount_path == TOKEN_PATH for mount in container.volume_mounts or ()):
            yield TokenUse("", starting, container.name, "automounted token")
