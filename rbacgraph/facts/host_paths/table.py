"""The table of host paths, and the rows that a mount matches.

It is data: ``rows.jsonl``, one row per line, each with its source.
"""

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec

from rbacgraph.facts.host_paths.paths import covers, on_drive, real_path
from rbacgraph.facts.host_paths.row import Access, Gives, HostPath
from rbacgraph.model.condition import Condition
from rbacgraph.model.packaged import packaged

_OWN = (
    "/etc/kubernetes",
    "/etc/rancher",
    "/etc/ssl/etcd",
    "/opt/rke",
    "/run/k0s",
    "/run/k3s",
    "/srv/kubernetes",
    "/var/lib/etcd",
    "/var/lib/k0s",
    "/var/lib/kubelet",
    "/var/lib/minikube",
    "/var/lib/rancher",
    "/var/snap/microk8s",
)
"""Folders that exist for a distribution of Kubernetes, and for nothing else."""


class MatchedRow(NamedTuple):
    """A row that a mount matches, and its condition."""

    row: HostPath
    condition: Condition


@cache
def rows() -> Sequence[HostPath]:
    """Return the whole table.

    Examples
    --------
    >>> [row.access for row in rows() if row.path == "/run/docker.sock"]
    ['connect']
    """
    data = packaged("rbacgraph.facts.host_paths", "rows.jsonl")
    return tuple(msgspec.json.Decoder(HostPath).decode_lines(data))


@lru_cache(maxsize=4096)
def ways_to_node(path: str, *, windows: bool) -> Sequence[MatchedRow]:
    """Return the rows by which a mount gives the node: first those of files that are written.

    Examples
    --------
    >>> [(one.row.path, one.condition) for one in ways_to_node("/var/run/dbus", windows=False)]
    [('/run/dbus/system_bus_socket', Condition(NO_POLICY_OF_NODE()))]
    """
    real = on_drive(path) if windows else real_path(path)
    return tuple(
        one
        for access in ("write", "connect")
        for one in _matched(real, _placed(access, "node", windows=windows))
    )


def matched(path: str, gives: Gives, *, windows: bool) -> Sequence[MatchedRow]:
    """Return the rows of one kind of files that a mount lets a container read."""
    real = on_drive(path) if windows else real_path(path)
    return tuple(_matched(real, _placed("read", gives, windows=windows)))


def is_named(path: str, *, windows: bool = False) -> bool:
    """Whether a path lies in a folder that exists for Kubernetes alone.

    Examples
    --------
    >>> is_named("/var/lib/k0s/pki"), is_named("/var/lib")
    (True, False)
    """
    real = on_drive(path) if windows else real_path(path)
    return any(covers(own, real) for own in _OWN)


def is_device(row: HostPath) -> bool:
    """Whether a row is about devices."""
    return covers("/dev", row.place)


@cache
def _placed(access: Access, gives: Gives, *, windows: bool) -> Sequence[tuple[str, HostPath]]:
    """Return rows of a kind with the paths by which mounts are compared with them."""
    return tuple(
        (row.place, row)
        for row in rows()
        if (row.access, row.gives, row.windows) == (access, gives, windows)
    )


def _matched(path: str, placed: Iterable[tuple[str, HostPath]]) -> Iterator[MatchedRow]:
    """Yield the rows of what lies in a folder, and the narrowest of those that it is a part of."""
    within = list[tuple[str, HostPath]]()
    for place, row in placed:
        if covers(path, place) or fnmatchcase(path, place):
            yield MatchedRow(row, row.condition)
        elif row.below and covers(place, path):
            within.append((place, row))
    longest = max((len(place) for place, _ in within), default=0)
    yield from (
        MatchedRow(row, row.condition_below) for place, row in within if len(place) == longest
    )
