"""Reads Pods and workloads of version 1 of the snapshot format.

It held as words how a Pod names a Secret, and where an API server takes its authorizers from. Of
both this makes what version 2 holds.
"""

from typing import Any, TypeVar

from msgspec import Raw, Struct, ValidationError, convert, json

from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.pods import Delivery

_AnyObject = TypeVar("_AnyObject", bound=Object)
_BY_CONTAINERS = (
    ("env from key ", Delivery.ENV),
    ("envFrom", Delivery.ENV_FROM),
    ("volume ", Delivery.VOLUME),
    ("subPath of volume ", Delivery.SUB_PATH),
)
_BY_KUBELET = (
    ("imagePullSecrets", Delivery.PULL),
    ("driver of volume ", Delivery.DRIVER),
    ("volume ", Delivery.UNMOUNTED),
)
_BY_NO_FLAG = "AlwaysAllow by default"
_BY_FILE = "an --authorization-config"
_UNMOUNTED = ", where no container mounts it"


class _Use(Struct, frozen=True):
    """The changed field of a use."""

    how: str


class _Spec(Struct, frozen=True):
    """The changed fields of a spec."""

    secrets: tuple[_Use, ...] = ()
    kubelet: tuple[tuple[str, str], ...] = ()


class _Item(Struct, frozen=True):
    """The changed part of a Pod or workload."""

    spec: _Spec


_decode = json.Decoder(_Item).decode


def read_version_1(item: Raw, kind: type[_AnyObject]) -> _AnyObject:
    """Decode a Pod or workload.

    Raises ValidationError if it is none, or names a Secret in an unknown way.
    """
    old = _decode(item).spec
    found: dict[str, Any] = json.decode(item)
    for use, known in zip(old.secrets, found["spec"].get("secrets", ()), strict=True):
        known.update(_delivery(use.how, _BY_CONTAINERS))
    found["spec"]["kubelet"] = [
        {"secret": secret, **_delivery(how.removesuffix(_UNMOUNTED), _BY_KUBELET)}
        for secret, how in old.kubelet
    ]
    if flags := found.get("apiServer"):
        _say_authorizers(flags)
    return convert(found, kind)


def _say_authorizers(flags: dict[str, Any]) -> None:
    """Take the two words that are no authorizer out of the list of authorizers."""
    held = flags.get("authorizers", ())
    flags["no_authorizer"] = _BY_NO_FLAG in held
    flags["authorizer_file"] = _BY_FILE in held
    flags["authorizers"] = [mode for mode in held if mode not in {_BY_NO_FLAG, _BY_FILE}]


def _delivery(how: str, known: tuple[tuple[str, Delivery], ...]) -> dict[str, str]:
    for words, by in known:
        if how.startswith(words):
            return {"by": by.value, "place": how.removeprefix(words)}
    raise ValidationError(f"unknown: {how}")
