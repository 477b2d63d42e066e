"""Reads the files of a dump, one after the other, into one record."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePath
from typing import Any

from msgspec.structs import replace

from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.stores.vault_dump import (
    VaultDump,
    VaultEntry,
    VaultList,
    VaultMount,
    VaultPolicy,
)
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.vault.fields import FieldTypeError, kept_fields
from rbacgraph.sources.vault.merge_dumps import (
    FoundDump,
    VaultAnswer,
    answer_of,
    merged_stores,
    mounts_answer,
    same_answer,
)
from rbacgraph.sources.vault.places import Content, DumpPlace, folder_of, is_hcl, place_of
from rbacgraph.stores.vault.policy_text import Flavour, PolicyTextError, read_policy

__all__ = ["VaultDumps", "VaultReader"]

_LAYOUT = (
    "the place of a file says what it holds: vault/policy/NAME.hcl, vault/auth/MOUNT/role/R.json,"
    " vault/auth.json, vault/secrets.json; rbacgraph explain vault lists all"
)
_LEFT_OUT = "it is left out, as if the dump lacked it"
_FLAVOURS: Mapping[str, Flavour] = {"vault": "vault", "openbao": "openbao"}


class VaultReader:
    """Collects what the files of a dump hold.

    ``flavour`` is whose rules hold, if the caller says so.

    ``problems``: receives what cannot be read, with file and line.
    """

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self.flavour: Flavour | None = None
        self._policies: dict[tuple[str, str], VaultPolicy] = {}
        self._mounts: dict[tuple[str, str], VaultMount] = {}
        self._entries: dict[tuple[str, str], VaultEntry] = {}
        self._lists: dict[tuple[str, str], VaultList] = {}
        self._answers: dict[tuple[str, str, str], VaultAnswer] = {}
        self._has_openbao_plugins = False
        self.unplaced: list[str] = []
        """Files whose places say nothing."""

    @property
    def any(self) -> bool:
        """Whether a file was part of a dump."""
        return bool(self._policies or self._mounts or self._entries or self._lists)

    @property
    def is_dump(self) -> bool:
        """Whether some file stands where a dump alone has one."""
        paths = (path for part in (self._entries, self._lists) for _, path in part)
        return bool(self._policies or self._mounts) or any(map(_is_own, paths))

    def read(self, name: str, place: DumpPlace, data: bytes | bytearray) -> bool:
        """Read one file.

        ``name``: the file's name, for messages.
        Returns whether the file is part of a dump: one that holds a Kubernetes object, or no JSON
            at all, only lies in a folder of that name.
        """
        if is_hcl(name):
            self._hcl(name, place, data)
            return True
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            return False
        if _is_kubernetes(value):
            return False
        if place.content is Content.UNKNOWN:
            if not _is_list(value):
                self.unplaced.append(name)
                return False
            place = place._replace(content=Content.LIST)  # of an engine of version 1
        self.take(name, place, value, data)
        return True

    def take(
        self, name: str, place: DumpPlace, value: object, text: bytes | bytearray = b""
    ) -> None:
        """Take over one answer of the API.

        ``name``: where it is from, for messages.
        ``text``: the JSON that holds it, for lines.
        Raises InputError if another file holds another answer to the same.
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
                    self._entry(name, place, data, text)
                else:
                    self._wrong(name, "an object")

    def _entry(
        self, name: str, place: DumpPlace, data: Mapping[str, Any], text: bytes | bytearray
    ) -> None:
        key = place.namespace, place.path
        try:
            entry = VaultEntry(*key, kept_fields(data, engine=not _is_own(place.path)), name)
        except FieldTypeError as error:
            line = error.line_in(bytes(text).decode(errors="replace"))
            self._problem(name, line, "vault-content", str(error), _LEFT_OUT, severe=True)
        else:
            self._same(answer_of(entry))
            self._entries[key] = entry

    def _same(self, answer: VaultAnswer) -> None:
        """Look whether no other file has another answer."""
        same_answer(self._answers.setdefault(answer.about, answer), answer)

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
        flavour = self.flavour or ("openbao" if self.is_openbao() else "vault")
        kept = tuple(_usable(self._policies.values(), flavour, self._problems))
        if not self.any:
            return None
        if self.is_dump:
            self._report_unplaced()
        return VaultDump(
            policies=kept,
            mounts=tuple(self._mounts.values()),
            entries=tuple(self._entries.values()),
            lists=tuple(self._lists.values()),
            flavour=flavour,
        )

    def _report_unplaced(self) -> None:
        """Report the files that are not read, those of a folder together."""
        by_folder: dict[str, list[str]] = {}
        for name in self.unplaced:
            by_folder.setdefault(str(PurePath(name).parent), []).append(PurePath(name).name)
        for folder, (first, *others) in by_folder.items():
            more = f" and {len(others):,} more" if others else ""
            message = f"holds {first}{more} at a place where rbacgraph knows nothing of a dump"
            self._problem(folder, 0, "vault-place", message, _LAYOUT)

    def is_openbao(self) -> bool:
        """Whether mounts run OpenBao's plugins, or a policy is one that OpenBao alone accepts."""
        return self._has_openbao_plugins or any(
            not _accepts(policy.text, "vault") and _accepts(policy.text, "openbao")
            for policy in self._policies.values()
        )

    def _policy(self, name: str, place: DumpPlace, text: str, *, line: int) -> None:
        key = place.namespace, place.path
        policy = VaultPolicy(*key, text, name, line)
        self._same(answer_of(policy))
        self._policies[key] = policy

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
        mounted = [
            VaultMount(
                place.namespace,
                prefix + path.strip("/"),
                type=str(mount.get("type", "")),
                accessor=str(mount.get("accessor", "")),
                version=_version(mount),
                file=name,
            )
            for path, mount in found.items()
        ]
        if mounted:
            self._same(mounts_answer(mounted))
        self._mounts.update({(one.namespace, one.path): one for one in mounted})

    def _list(self, name: str, place: DumpPlace, data: object) -> None:
        names = data.get("keys", data.get("policies")) if isinstance(data, dict) else data
        if not isinstance(names, list) or not all(isinstance(entry, str) for entry in names):
            self._wrong(name, "a list of names")
            return
        key = place.namespace, place.path
        listed = VaultList(*key, tuple(names), name)
        self._same(answer_of(listed))
        self._lists[key] = listed

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


class VaultDumps:
    """Collects the dumps of one input: a folder ``vault`` each, and those of snapshots.

    ``problems``: receives what cannot be read, with file and line.
    ``flavour``: whose rules hold, if the caller says so.
    """

    def __init__(self, problems: Problems, flavour: str | None = None) -> None:
        self._problems = problems
        self._flavour = _wanted_flavour(flavour)
        self._folders: dict[str, VaultReader] = {}
        self._saved: list[FoundDump] = []

    def wants(self, name: str, *, named: bool) -> bool | None:
        """Whether a file may be part of a dump: one in HCL is nothing else.

        Of HCL whose place says nothing the caller's own file is reported, and another one if it
        lies below a dump.
        """
        place = place_of(name)
        if not is_hcl(name) or (place is not None and place.content is not Content.UNKNOWN):
            return place is not None
        if named:
            message = "is in HCL, and no part of a Vault dump"
            self._problems.add("vault-place", message, file=name, advice=_LAYOUT)
        elif place is not None:
            self._folder(name).unplaced.append(name)
        return None

    def read(self, name: str, data: bytes | bytearray) -> bool:
        """Read one file of a folder: see :meth:`VaultReader.read`."""
        place = place_of(name)
        return place is not None and self._folder(name).read(name, place, data)

    def _folder(self, name: str) -> VaultReader:
        return self._folders.setdefault(folder_of(name), VaultReader(self._problems))

    def take(self, dump: Iterable[VaultDump], file: str) -> None:
        """Take over the dumps that a snapshot holds."""
        self._saved += [FoundDump(one, file) for one in dump]

    def result(self) -> tuple[VaultDump, ...]:
        """Return the dump of each store.

        Raises InputError if two dumps of one server disagree, or one does not say of which it is.
        """
        flavour = self._flavour
        shown = {one.dump.address for one in self._saved if one.dump.flavour == "openbao"}
        several = sum(one.any for one in self._folders.values()) + len(self._saved) > 1
        servers = {one.dump.address for one in self._saved} - {""}
        if flavour is None and several and len(servers) <= 1:
            of_folders = any(one.is_openbao() for one in self._folders.values())
            flavour = "openbao" if shown or of_folders else "vault"
        found, by_chance = [], {}
        for name, folder in self._folders.items():
            folder.flavour = flavour
            if (dump := folder.result()) is not None and folder.is_dump:
                found.append(FoundDump(dump))
            elif dump is not None:
                by_chance[name] = FoundDump(dump)
        for one in self._saved:
            wanted = flavour or ("openbao" if one.dump.address in shown else "vault")
            if wanted == one.dump.flavour:
                found.append(one)
            else:
                again = _with_flavour(one.dump, wanted, self._problems)
                found.append(one._replace(dump=again))
        for name, one in by_chance.items():
            self._add(found, one, name)
        return merged_stores(found)

    def _add(self, found: list[FoundDump], one: FoundDump, name: str) -> None:
        """Add what a folder holds that need not be a dump, if it disagrees with nothing."""
        try:
            merged_stores([*found, one])
        except InputError as error:
            message = f"is not read as a dump of Vault: {error}"
            self._problems.add("vault-place", message, file=name, advice=_LAYOUT)
        else:
            found.append(one)


def _wanted_flavour(text: str | None) -> Flavour | None:
    """Return the flavour that the caller names.

    Raises UsageError if there is none of that name.
    """
    if text is None or text in _FLAVOURS:
        return _FLAVOURS[text] if text else None
    raise UsageError(f"{text!r} is no flavour of Vault", advice="write vault or openbao")


def _with_flavour(dump: VaultDump, flavour: Flavour, problems: Problems) -> VaultDump:
    """Return a dump that was read before as one of another flavour.

    ``problems``: receives the policies that this server would refuse; they are left out.
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


def _is_kubernetes(value: object) -> bool:
    """Whether a value is an object of Kubernetes, or an array that holds one."""
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, list):
            todo += one
        elif isinstance(one, dict) and ("apiVersion" in one or "kind" in one):
            return True
    return False


def _is_list(value: object) -> bool:
    """Whether a value is what the CLI or the API answers to a LIST."""
    found = value.get("data") if isinstance(value, dict) else value
    names = found.get("keys") if isinstance(found, dict) else found
    return isinstance(names, list) and bool(names) and all(isinstance(one, str) for one in names)


def _is_own(path: str) -> bool:
    """Whether an entry is of an auth method, the identity store or Vault itself."""
    return path.startswith(("auth/", "identity/", "sys/"))


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
