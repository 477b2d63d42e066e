"""Reads the files of a dump, one after the other, into one record."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.model.stores.vault_dump import (
    VaultDump,
    VaultEntry,
    VaultList,
    VaultMount,
    VaultPolicy,
)
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.vault.fields import kept_fields
from rbacgraph.sources.vault.places import Content, DumpPlace, is_hcl
from rbacgraph.stores.vault.policy_text import Flavour, PolicyTextError, read_policy

__all__ = ["VaultReader", "wanted_flavour", "with_flavour"]

_LAYOUT = (
    "the place of a file says what it holds: vault/policy/NAME.hcl, vault/auth/MOUNT/role/R.json,"
    " vault/auth.json, vault/secrets.json; rbacgraph explain vault lists all"
)
_FLAVOURS: Mapping[str, Flavour] = {"vault": "vault", "openbao": "openbao"}


class VaultReader:
    """Collects what the files of a dump hold.

    Parameters
    ----------
    problems:
        Receives what cannot be read, with file and line.

    ``flavour`` is whose rules hold, if the caller says so.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.flavour: Flavour | None = None
        self._policies: dict[tuple[str, str], VaultPolicy] = {}
        self._mounts: dict[tuple[str, str], VaultMount] = {}
        self._entries: dict[tuple[str, str], VaultEntry] = {}
        self._lists: dict[tuple[str, str], VaultList] = {}
        self._has_openbao_plugins = False

    @property
    def any(self) -> bool:
        """Whether a file was part of a dump."""
        return bool(self._policies or self._mounts or self._entries or self._lists)

    def misplaced(self, name: str) -> None:
        """Report a file in HCL whose place says nothing."""
        self._problem(name, 0, "vault-place", "is in HCL, and no part of a Vault dump", _LAYOUT)

    def read(self, name: str, place: DumpPlace, data: bytes | bytearray) -> bool:
        """Read one file.

        Parameters
        ----------
        name:
            The file's name, for messages.
        place:
            What it is by its place.
        data:
            Its content.

        Returns
        -------
        bool
            Whether the file is part of a dump: one that holds a Kubernetes object, or no JSON at
            all, only lies in a folder of that name.
        """
        if is_hcl(name):
            self._hcl(name, place, data)
            return True
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return False
        if isinstance(value, dict) and ("apiVersion" in value or "kind" in value):
            return False
        if place.content is Content.UNKNOWN:
            if not _is_list(value):
                return False
            place = place._replace(content=Content.LIST)  # of an engine of version 1
        self.take(name, place, value)
        return True

    def take(self, name: str, place: DumpPlace, value: object) -> None:
        """Take over one answer of the API.

        Parameters
        ----------
        name:
            Where it is from, for messages.
        place:
            What it is.
        value:
            The answer.
        """
        if place.content is Content.VALUES:
            message = "holds the values of a secret: not read"
            self._problem(name, 0, "vault-secret", message, "take it out of the dump")
            return
        data = value.get("data", value) if isinstance(value, dict) else value
        match place.content:
            case Content.POLICY:
                written = data.get("policy", data.get("rules")) if isinstance(data, dict) else None
                if isinstance(written, str):
                    self._policy(name, place, written, line=0)
                else:
                    self._wrong(name, 'an object with "policy"')
            case Content.AUTH_METHODS | Content.SECRETS_ENGINES:
                self._read_mounts(name, place, data)
            case Content.LIST:
                self._list(name, place, data)
            case _:
                if isinstance(data, dict):
                    key = place.namespace, place.path
                    self._entries[key] = VaultEntry(*key, kept_fields(data), name)
                else:
                    self._wrong(name, "an object")

    def _hcl(self, name: str, place: DumpPlace, data: bytes | bytearray) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            self._problem(name, line, "not-utf-8", "holds bytes that are not UTF-8", severe=True)
        else:
            self._policy(name, place, text, line=1)

    def result(self) -> VaultDump | None:
        """Return what was read; ``None`` if no file was part of a dump.

        Policies that the server would refuse are reported and left out.
        """
        flavour = self.flavour or ("openbao" if self._is_openbao() else "vault")
        kept = tuple(_usable(self._policies.values(), flavour, self._problems))
        if not self.any:
            return None
        return VaultDump(
            policies=kept,
            mounts=tuple(self._mounts.values()),
            entries=tuple(self._entries.values()),
            lists=tuple(self._lists.values()),
            flavour=flavour,
        )

    def _is_openbao(self) -> bool:
        """Whether mounts run OpenBao's plugins, or a policy is one that OpenBao alone accepts."""
        return self._has_openbao_plugins or any(
            not _accepts(policy.text, "vault") and _accepts(policy.text, "openbao")
            for policy in self._policies.values()
        )

    def _policy(self, name: str, place: DumpPlace, text: str, *, line: int) -> None:
        key = place.namespace, place.path
        self._policies[key] = VaultPolicy(*key, text, name, line)

    def _read_mounts(self, name: str, place: DumpPlace, data: object) -> None:
        prefix = "auth/" if place.content is Content.AUTH_METHODS else ""
        mounts = data if isinstance(data, dict) else {}
        found = {
            path: mount
            for path, mount in mounts.items()
            if path.endswith("/") and isinstance(mount, dict)
        }
        if not found:
            self._wrong(name, "the answer of auth list or secrets list with -format=json")
        self._has_openbao_plugins |= any(
            str(mount.get("running_plugin_version", "")).endswith("+builtin.bao")
            for mount in found.values()
        )
        for path, mount in found.items():
            key = place.namespace, prefix + path.strip("/")
            self._mounts[key] = VaultMount(
                *key,
                type=str(mount.get("type", "")),
                accessor=str(mount.get("accessor", "")),
                version=_version(mount),
                file=name,
            )

    def _list(self, name: str, place: DumpPlace, data: object) -> None:
        names = data.get("keys", data.get("policies")) if isinstance(data, dict) else data
        if not isinstance(names, list) or not all(isinstance(entry, str) for entry in names):
            self._wrong(name, "a list of names")
            return
        key = place.namespace, place.path
        self._lists[key] = VaultList(*key, tuple(names), name)

    def _wrong(self, name: str, expected: str) -> None:
        self._problem(name, 1, "vault-content", f"does not hold {expected}", _LAYOUT, severe=True)

    def _problem(
        self,
        name: str,
        line: int,
        code: str,
        message: str,
        advice: str = "",
        *,
        severe: bool = False,
    ) -> None:
        self._problems.add(
            code,
            message,
            file=name,
            line=line,
            advice=advice,
            severity="error" if severe else "warning",
        )


def wanted_flavour(text: str | None) -> Flavour | None:
    """Return the flavour that the caller names.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if text is None or text in _FLAVOURS:
        return _FLAVOURS[text] if text else None
    raise UsageError(f"{text!r} is no flavour of Vault", advice="write vault or openbao")


def with_flavour(dump: VaultDump, flavour: Flavour, problems: Problems) -> VaultDump:
    """Return a dump that was read before as one of another flavour.

    Parameters
    ----------
    dump, flavour:
        The dump, and whose rules hold.
    problems:
        Receives the policies that this server would refuse; they are left out.
    """
    kept = tuple(_usable(dump.policies, flavour, problems))
    return replace(dump, policies=kept, flavour=flavour)


def _usable(
    policies: Iterable[VaultPolicy], flavour: Flavour, problems: Problems
) -> Iterator[VaultPolicy]:
    """Yield the policies that the server accepts; report the others."""
    for policy in policies:
        try:
            read_policy(policy.text, flavour)
        except PolicyTextError as error:
            line = policy.line + error.line - 1 if policy.line and error.line else 0
            inside = "" if line or not error.line else f" (line {error.line} of its text)"
            message = f"policy {policy.name}: {error.message}{inside}"
            problems.add("vault-policy", message, file=policy.file, line=line, severity="error")
        else:
            yield policy


def _is_list(value: object) -> bool:
    """Whether a value is what the CLI or the API answers to a LIST."""
    found = value.get("data") if isinstance(value, dict) else value
    names = found.get("keys") if isinstance(found, dict) else found
    return isinstance(names, list) and bool(names) and all(isinstance(one, str) for one in names)


def _accepts(text: str, flavour: Flavour) -> bool:
    try:
        read_policy(text, flavour)
    except PolicyTextError:
        return False
    return True


def _version(mount: Mapping[str, Any]) -> int:
    options = mount.get("options")
    if mount.get("type") not in {"kv", "generic"}:
        return 0
    version = options.get("version") if isinstance(options, dict) else None
    return 2 if str(version) == "2" else 1
