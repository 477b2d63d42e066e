"""What the table says of one path of a node."""

from typing import Literal

from msgspec import Struct

from rbacgraph.facts.host_paths.paths import on_drive, real_path
from rbacgraph.model.condition import Condition, If, both

Access = Literal["connect", "read", "write"]
"""What a container does there: a socket or device is used through a read-only mount too."""

Gives = Literal[
    "account",
    "admin-config",
    "audit-log",
    "cluster-keys",
    "container-records",
    "etcd",
    "kubelet-key",
    "node",
    "pod-files",
    "pod-logs",
    "pod-variables",
    "secret",
]
"""What that gives: the node is given by writing or connecting, everything else by reading."""


class HostPath(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A path of a node, and what it gives.

    ``path``: of a file or folder; at its end, ``*`` stands for any characters.
    ``access``: what a container must do there.
    ``gives``: what that gives to root.
    ``needs``: names of the conditions on which it does.
    ``below``: whether a part of the folder is enough. Where a folder of Linux is written to without
        further condition, root must run what lies in that part.
    ``by``: names of the distributions whose nodes have it; none for any.
    ``runtime``: the container runtime whose nodes have it; ``""`` for any.
    ``objects``: what the file holds, as ``NAMESPACE/NAME``: ServiceAccounts, or Secrets.
    ``windows``: whether it is a path of Windows.
    ``source``: where this was read: repository and path, or a page.
    """

    path: str
    access: Access
    gives: Gives
    needs: tuple[str, ...] = ()
    below: bool = False
    by: tuple[str, ...] = ()
    runtime: str = ""
    objects: tuple[str, ...] = ()
    windows: bool = False
    source: str

    @property
    def place(self) -> str:
        """The path by which mounts are compared with it."""
        return on_drive(self.path) if self.windows else real_path(self.path)

    @property
    def condition(self) -> Condition:
        """What it needs."""
        return both(*(If[name]() for name in self.needs))

    @property
    def condition_below(self) -> Condition:
        """What it needs where a container has a part of the folder."""
        plain = self.access != "write" or self.needs or self.windows
        return self.condition if plain else If.ROOT_RUNS_FILES()
