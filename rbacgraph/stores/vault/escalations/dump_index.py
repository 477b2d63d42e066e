"""What a dump holds, by namespace and folder of the API."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.role_fields import texts


class DumpIndex:
    """Finds mounts, entries and names of a dump."""

    def __init__(self, dump: VaultDump) -> None:
        self.dump = dump
        self._lists = {(one.namespace, one.path): frozenset(one.names) for one in dump.lists}

    @cached_property
    def namespaces(self) -> Sequence[str]:
        """Every namespace that the dump shows something of."""
        dump = self.dump
        return sorted(
            {
                "",
                *(one.namespace for one in dump.policies),
                *(one.namespace for one in dump.mounts),
                *(one.namespace for one in dump.entries),
                *(one.namespace for one in dump.lists),
            }
        )

    def below(self, namespace: str) -> Sequence[str]:
        """Return a namespace and those below it."""
        return [one for one in self.namespaces if within(one, namespace)]

    def path(self, namespace: str, path: str) -> str:
        """Return the path of a request from the root namespace."""
        return f"{namespace}/{path}" if namespace else path

    def auth_mounts(self, namespace: str, *types: str) -> Sequence[str]:
        """Return the paths of the auth mounts of these types."""
        return [
            path
            for path, kind in self._mounts.get(namespace, {}).items()
            if kind in types and path.startswith("auth/")
        ]

    def auth_mounts_of(self, namespace: str) -> Sequence[str]:
        """Return the paths of all auth mounts of a namespace."""
        return [path for path in self._mounts.get(namespace, {}) if path.startswith("auth/")]

    def engines(self, namespace: str, *types: str) -> Sequence[str]:
        """Return the paths of the secrets engines, of these types if there are any."""
        return [
            path
            for path, kind in self._mounts.get(namespace, {}).items()
            if not path.startswith("auth/") and (not types or kind in types)
        ]

    @cached_property
    def _mounts(self) -> Mapping[str, Mapping[str, str]]:
        """The type of each mount; a mount that only its roles show has the type that they have."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for entry in self.dump.entries:
            mount, kind = _implied(entry)
            if mount:
                found[entry.namespace][mount] = kind
        for one in self.dump.mounts:
            found[one.namespace][one.path] = one.type
        return found

    def entries(self, namespace: str, folder: str) -> Mapping[str, VaultEntry]:
        """Return the entries of a folder by name."""
        return self._folders.get((namespace, folder), {})

    @cached_property
    def _folders(self) -> Mapping[tuple[str, str], Mapping[str, VaultEntry]]:
        found: dict[tuple[str, str], dict[str, VaultEntry]] = defaultdict(dict)
        for entry in self.dump.entries:
            folder, _, name = entry.path.rpartition("/")
            found[entry.namespace, folder][name] = entry
        return found

    def names(self, namespace: str, folder: str) -> Iterator[str]:
        """Yield the names that exist in a folder, as far as the dump shows."""
        yield from dict.fromkeys(
            (*self.entries(namespace, folder), *self._lists.get((namespace, folder), ()))
        )

    def exists(self, namespace: str, folder: str, name: str) -> bool | None:
        """Whether an entry exists; ``None`` if the dump does not show it."""
        if name in self.entries(namespace, folder):
            return True
        listed = self._lists.get((namespace, folder))
        return None if listed is None else name in listed

    def policies(self, namespace: str) -> Sequence[str]:
        """Return the names of the policies whose texts are known."""
        return [name for name in self.dump.policies_of(namespace) if name != "root"]

    @cached_property
    def held(self) -> Mapping[str, frozenset[str]]:
        """By namespace, the policies that a role, a user, an entity or a group gives."""
        found: dict[str, set[str]] = defaultdict(lambda: {"default"})
        for entry in self.dump.entries:
            for key in ("token_policies", "policies", "allowed_policies"):
                found[entry.namespace].update(one.lower() for one in texts(entry.data, key))
        return {namespace: frozenset(names) for namespace, names in found.items()}


def within(namespace: str, above: str) -> bool:
    """Whether a namespace is another or below it.

    Examples
    --------
    >>> within("team/app", "team"), within("teams", "team"), within("team", "")
    (True, False, True)
    """
    return not above or namespace == above or namespace.startswith(f"{above}/")


def _implied(entry: VaultEntry) -> tuple[str, str]:
    """Return the auth mount that an entry shows, with its type."""
    if not entry.path.startswith("auth/") or entry.path.startswith("auth/token/"):
        return "", ""
    for part in ("/role/", "/users/"):
        mount, found, _ = entry.path.rpartition(part)
        if found and part == "/users/":
            return mount, "userpass"
        if found and "bound_service_account_names" in entry.data:
            return mount, "kubernetes"
        if found and "role_type" in entry.data:
            return mount, "jwt"
        if found and "bind_secret_id" in entry.data:
            return mount, "approle"
    return "", ""
