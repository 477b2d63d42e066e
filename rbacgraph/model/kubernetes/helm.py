"""Helm releases: a Secret or ConfigMap keeps each revision, with all objects it applied.

Source: helm ``pkg/storage/driver/{secrets,cfgmaps,util}.go``, ``pkg/release/v1/release.go``.
"""

import re

from msgspec import Struct

RELEASE_TYPE = "helm.sh/release.v1"
DEPLOYED = "deployed"

_NAME = re.compile(r"sh\.helm\.release\.v1\.(?P<name>.+)\.v(?P<revision>[0-9]{1,9})")


class ReleasedSecret(Struct, frozen=True, gc=False, omit_defaults=True):
    """A Secret of a release, with the keys that the release sets.

    ``hook`` says that Helm applies it separately, before or after the rest.
    """

    namespace: str
    name: str
    keys: tuple[str, ...]
    hook: bool = False


class Release(Struct, frozen=True, omit_defaults=True):
    """One revision of a Helm release, reduced to the names of the Secrets that it applied."""

    name: str
    revision: int
    status: str
    secrets: tuple[ReleasedSecret, ...]


def release_of(name: str) -> tuple[str, int] | None:
    """Return release and revision from an object's name; None if it is not a release.

    Examples
    --------
    >>> release_of("sh.helm.release.v1.shop.v3"), release_of("shop")
    (('shop', 3), None)
    """
    found = _NAME.fullmatch(name)
    return (found["name"], int(found["revision"])) if found else None
