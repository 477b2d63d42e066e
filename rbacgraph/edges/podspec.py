"""What a pod's spec says about Secrets and tokens, read once for all edges.

Sources: kubernetes ``pkg/api/v1/pod/util.go`` (``VisitPodSecretNames``) and
``plugin/pkg/admission/serviceaccount/admission.go``.
"""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.model.core import Container, PodSpec, Volume

TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 - a path
_DRIVERS = ("cephfs", "cinder", "flex_volume", "iscsi", "rbd", "scale_io", "storageos")


class SecretUse(NamedTuple):
    """One way in which a container reads a Secret.

    ``keys`` are the only keys delivered; empty means all of them. ``starting`` says that
    an init container reads it, which runs only while the pod starts.
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


class PodReads(NamedTuple):
    """What a pod gives its containers and its kubelet to read.

    Parameters
    ----------
    secrets:
        What containers read of Secrets: env, envFrom and mounted volumes.
    kubelet:
        The Secrets, of the pod's namespace, that the Node authorizer lets the kubelet
        read, each with the field that names it: mounted or not, of any container.
    tokens:
        The tokens that volumes deliver into containers.
    claims:
        PersistentVolumeClaims by name (``""`` for an ephemeral volume's, which is named
        after the pod), each with its volume.
    """

    secrets: tuple[SecretUse, ...]
    kubelet: tuple[tuple[str, str], ...]
    tokens: tuple[TokenUse, ...]
    claims: tuple[tuple[str, str], ...]


def service_account_of(spec: PodSpec) -> str:
    """Name of the ServiceAccount a pod runs as.

    Examples
    --------
    >>> service_account_of(PodSpec())
    'default'
    """
    return spec.service_account_name or spec.service_account or "default"


def read_spec(spec: PodSpec) -> PodReads:
    """Read a pod's spec, of a Pod or of a template."""
    volumes = _Volumes(spec.volumes) if spec.volumes else _NO_VOLUMES
    kubelet = [(p.name, "imagePullSecrets") for p in spec.image_pull_secrets or () if p.name]
    secrets: list[SecretUse] = []
    tokens: list[TokenUse] = []
    for container, starting in containers_of(spec):
        if container.env or container.env_from:
            for name, key in _environment(container):
                how = f"env from key {key}" if key else "envFrom"
                only = (key,) if key else ()
                secrets.append(SecretUse(name, only, starting, container.name, how))
                kubelet.append((name, f"env of container {container.name}"))
        for mount in container.volume_mounts or ():
            volume = mount.name
            if volume in volumes.secrets:
                for name, keys in volumes.secrets[volume]:
                    how = f"volume {volume}"
                    secrets.append(SecretUse(name, keys, starting, container.name, how))
            if volume in volumes.audiences:
                for audience in volumes.audiences[volume]:
                    how = f"volume {volume}"
                    tokens.append(TokenUse(audience, starting, container.name, how))
    kubelet.extend(volumes.kubelet)
    return PodReads(tuple(secrets), tuple(kubelet), tuple(tokens), tuple(volumes.claims))


def automounted_tokens(spec: PodSpec, account_automounts: bool | None) -> Iterator[TokenUse]:
    """Yield the tokens that admission will mount into a pod made from this template."""
    automount = spec.automount_service_account_token
    if automount is None:
        automount = account_automounts
    if automount is False:
        return
    for container, starting in _admitted_containers(spec):
        if not any(mount.mount_path == TOKEN_PATH for mount in container.volume_mounts or ()):
            yield TokenUse("", starting, container.name, "automounted token")


def containers_of(spec: PodSpec) -> list[tuple[Container, bool]]:
    """Return every container, and whether it runs only while the pod starts."""
    found = _admitted_containers(spec)
    if spec.ephemeral_containers:
        found += [(container, False) for container in spec.ephemeral_containers]
    return found


def _admitted_containers(spec: PodSpec) -> list[tuple[Container, bool]]:
    found = [(container, False) for container in spec.containers or ()]
    if spec.init_containers:
        found += [(c, c.restart_policy != "Always") for c in spec.init_containers]
    return found


def _environment(container: Container) -> Iterator[tuple[str, str]]:
    """Yield the Secrets of a container's environment, each with its key or ``""`` for all."""
    for env in container.env or ():
        if env.value_from is not None:
            ref = env.value_from.secret_key_ref
            if ref is not None and ref.name:
                yield ref.name, ref.key
    for source in container.env_from or ():
        if source.secret_ref is not None and source.secret_ref.name:
            yield source.secret_ref.name, ""


class _Volumes:
    """A pod's volumes, as far as they concern Secrets and tokens."""

    def __init__(self, volumes: tuple[Volume, ...]) -> None:
        self.secrets: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        self.audiences: dict[str, list[str]] = {}
        self.kubelet: list[tuple[str, str]] = []
        self.claims: list[tuple[str, str]] = []
        for volume in volumes:
            if volume.secret is not None:
                items = tuple(item.key for item in volume.secret.items or ())
                self._add_secret(volume.name, volume.secret.secret_name, items)
            elif volume.projected is not None:
                self._add_projected(volume)
            elif volume.persistent_volume_claim is not None:
                self.claims.append((volume.persistent_volume_claim.claim_name, volume.name))
            elif volume.ephemeral is not None:
                self.claims.append(("", volume.name))
            elif _has_driver(volume):
                field = f"driver of volume {volume.name}"
                self.kubelet.extend((name, field) for name in _driver_secrets(volume) if name)

    def _add_secret(self, volume: str, name: str, keys: tuple[str, ...]) -> None:
        if name:
            self.secrets.setdefault(volume, []).append((name, keys))
            self.kubelet.append((name, f"volume {volume}"))

    def _add_projected(self, volume: Volume) -> None:
        assert volume.projected is not None
        for source in volume.projected.sources or ():
            if source.service_account_token is not None:
                audience = source.service_account_token.audience
                self.audiences.setdefault(volume.name, []).append(audience)
            elif source.secret is not None:
                keys = tuple(item.key for item in source.secret.items or ())
                self._add_secret(volume.name, source.secret.name, keys)


_NO_VOLUMES = _Volumes(())
_NO_DRIVERS = (None,) * 9


def _has_driver(volume: Volume) -> bool:
    drivers = (
        volume.csi,
        volume.azure_file,
        volume.cephfs,
        volume.cinder,
        volume.flex_volume,
        volume.iscsi,
        volume.rbd,
        volume.scale_io,
        volume.storageos,
    )
    return drivers != _NO_DRIVERS


def _driver_secrets(volume: Volume) -> Iterator[str]:
    if volume.csi is not None and volume.csi.node_publish_secret_ref is not None:
        yield volume.csi.node_publish_secret_ref.name
    if volume.azure_file is not None:
        yield volume.azure_file.secret_name
    for driver in _DRIVERS:
        holder = getattr(volume, driver)
        if holder is not None and holder.secret_ref is not None:
            yield holder.secret_ref.name
