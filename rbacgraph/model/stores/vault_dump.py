"""A dump of HashiCorp Vault or OpenBao: policies, mounts, roles; never a secret's value."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

Field = str | int | bool | tuple[str, ...] | dict[str, str | tuple[str, ...]]
"""What a role's field may hold here."""


class VaultPolicy(Struct, frozen=True, omit_defaults=True):
    """The text of one policy, and where it was read.

    ``namespace``: the namespace of Vault, as ``team/app``; ``""`` for the root namespace.
    ``name``, ``text``: the policy's name, and its HCL or JSON.
    ``file``, ``line``: where its first line stands; line 0 if JSON holds the whole text in one
        string.
    """

    namespace: str
    name: str
    text: str
    file: str = ""
    line: int = 0


class VaultMount(Struct, frozen=True, omit_defaults=True):
    """A secrets engine or an auth method, and where it is mounted.

    ``namespace``: the namespace of Vault.
    ``path``: the mount's path without slashes at its ends: ``kv`` or ``auth/kubernetes``.
    ``type``: ``kv``, ``kubernetes``, ``approle`` …
    ``accessor``: Vault's own name for the mount, which templates use.
    ``version``: the version of a KV mount; 0 for others.
    ``file``: where it was read.
    """

    namespace: str
    path: str
    type: str
    accessor: str = ""
    version: int = 0
    file: str = ""


class VaultEntry(Struct, frozen=True, omit_defaults=True):
    """One role, group, entity or configuration: the fields that decide something.

    ``namespace``: the namespace of Vault.
    ``path``: the path by which the API reads it: ``auth/kubernetes/role/shop``.
    ``data``: its fields.
    ``file``: where it was read.
    """

    namespace: str
    path: str
    data: dict[str, Field]
    file: str = ""


class VaultList(Struct, frozen=True, omit_defaults=True):
    """What a LIST answered: the names under a path."""

    namespace: str
    path: str
    names: tuple[str, ...]
    file: str = ""


class VaultDump(Struct, frozen=True, omit_defaults=True, dict=True):
    """Everything that the input holds of one Vault or OpenBao server.

    ``flavour`` is ``openbao`` where the dump shows that OpenBao wrote it. ``address`` is the
    server's host and port, ``""`` where files do not say it.
    """

    policies: tuple[VaultPolicy, ...] = ()
    mounts: tuple[VaultMount, ...] = ()
    entries: tuple[VaultEntry, ...] = ()
    lists: tuple[VaultList, ...] = ()
    flavour: Literal["vault", "openbao"] = "vault"
    address: str = ""

    def entry(self, path: str, namespace: str = "") -> VaultEntry | None:
        """Return the entry that the API reads by a path."""
        return self._entries.get((namespace, path))

    def policies_of(self, namespace: str = "") -> Mapping[str, VaultPolicy]:
        """Return the policies of a namespace by name."""
        return self._policies_by_name.get(namespace, {})

    @property
    def mount_names(self) -> frozenset[str]:
        """The mounts that it shows, with their namespace; auth methods also without ``auth``."""
        found = {(mount.namespace, mount.path) for mount in self.mounts}
        for entry in self.entries:
            for behind in "/role/", "/roles/", "/config":
                mount, between, _ = entry.path.partition(behind)
                found.update({(entry.namespace, mount)} if between else ())
        whole = {f"{namespace}/{path}".strip("/") for namespace, path in found}
        return frozenset({*whole, *(name.removeprefix("auth/") for name in whole)})

    @property
    def _policies_by_name(self) -> Mapping[str, Mapping[str, VaultPolicy]]:
        known: dict[str, dict[str, VaultPolicy]] | None = self.__dict__.get("_by_name")
        if known is None:
            known = {}
            for policy in self.policies:
                known.setdefault(policy.namespace, {})[policy.name] = policy
            self.__dict__["_by_name"] = known
        return known

    @property
    def _entries(self) -> Mapping[tuple[str, str], VaultEntry]:
        known: dict[tuple[str, str], VaultEntry] | None = self.__dict__.get("_by_path")
        if known is None:
            known = {(entry.namespace, entry.path): entry for entry in self.entries}
            self.__dict__["_by_path"] = known
        return known
