"""The paths of secrets in Vault that a dump shows, and how they are read."""

from collections.abc import Iterator

from rbacgraph.model.stores.vault_dump import VaultDump, VaultMount
from rbacgraph.stores.vault.policy_text import read_policy
from rbacgraph.stores.vault.template import is_template

_KV, _VERSION_WITH_DATA = frozenset({"kv", "generic"}), 2
_VERSIONED = frozenset(
    {"", "config", "data", "delete", "destroy", "metadata", "subkeys", "undelete"}
)
"""What follows the mount in version 2 of the key-value engine."""
_ISSUED = {
    "pki": frozenset({"issue", "sign", "sign-verbatim"}),
    "ssh": frozenset({"creds", "sign", "issue"}),
    "kubernetes": frozenset({"creds"}),
    "transit": frozenset({"decrypt"}),
}
"""Where engines make a secret that is asked for by POST, by the type of the engine."""

_ISSUED_ANYWHERE = frozenset({"issue", "sign", "decrypt"})


class VaultPaths:
    """The paths of secrets in a dump."""

    def __init__(self, dump: VaultDump) -> None:
        self._dump = dump
        engines = [one for one in dump.mounts if not one.path.startswith("auth/")]
        self._engines = {_whole(one.namespace, one.path): one for one in engines}

    def secrets(self) -> Iterator[str]:
        """Yield the paths that lists and exact stanzas name, some of them several times.

        Paths begin at the root namespace, as in requests without a namespace of their own.
        """
        for found in self._dump.lists:
            yield from self._listed(_whole(found.namespace, found.path), found.names)
        for policy in self._dump.policies:
            for stanza in read_policy(policy.text, self._dump.flavour):
                path = _whole(policy.namespace, stanza.path)
                exact = not (stanza.is_prefix or stanza.has_wildcards or is_template(path))
                if exact and self._is_secret(path):
                    yield path

    def _listed(self, path: str, names: tuple[str, ...]) -> Iterator[str]:
        """Yield what a list of names in an engine for key-value pairs shows."""
        mount, engine = self.engine_of(f"{path}/")
        if engine is None:
            mount = path.partition("/metadata")[0]
        elif engine.type not in _KV:
            return
        folder = path.removeprefix(mount)
        if engine is None or engine.version == _VERSION_WITH_DATA:
            if not f"{folder}/".startswith("/metadata/"):
                return
            folder = f"/data{folder.removeprefix('/metadata')}"
        yield from (f"{mount}{folder}/{name}" for name in names if not name.endswith("/"))

    def _is_secret(self, path: str) -> bool:
        """Whether a path is one of a secret in an engine for key-value pairs."""
        mount, engine = self.engine_of(path)
        if engine is None:  # the list of engines is not in the input, or this one is gone
            data = path.split("/", 2)[1:]
            return not self._engines and data[:1] == ["data"] and bool(data[1:] and data[1])
        inside = path.removeprefix(f"{mount}/")
        if engine.type not in _KV or not inside or inside.endswith("/"):
            return False
        return engine.version != _VERSION_WITH_DATA or inside.startswith("data/")

    def data_path(self, path: str) -> str:
        """Return the path of a secret's value: in version 2 of the key-value engine below data.

        Examples
        --------
        >>> VaultPaths(VaultDump(mounts=(VaultMount("", "kv", "kv", version=2),))).data_path("kv/a")
        'kv/data/a'
        """
        mount, engine = self.engine_of(path)
        inside = path.removeprefix(f"{mount}/")
        if engine is None or engine.type not in _KV or engine.version != _VERSION_WITH_DATA:
            return path
        if inside.startswith("data/"):
            return path
        return f"{mount}/data/{inside.removeprefix('metadata/')}"

    def values_are_elsewhere(self, path: str) -> bool:
        """Whether a path is in version 2 of the key-value engine, and none of its API's.

        Examples
        --------
        >>> paths = VaultPaths(VaultDump(mounts=(VaultMount("", "kv", "kv", version=2),)))
        >>> paths.values_are_elsewhere("kv/a"), paths.values_are_elsewhere("kv/metadata/a")
        (True, False)
        """
        mount, engine = self.engine_of(path)
        first = path.removeprefix(f"{mount}/").partition("/")[0]
        return engine is not None and self.data_path(path) != path and first not in _VERSIONED

    def engines(self) -> frozenset[str]:
        """Return the paths at which the dump has secrets engines."""
        return frozenset(self._engines)

    def engine_of(self, path: str) -> tuple[str, VaultMount | None]:
        """Return the engine of a path, with the path of its mount."""
        place = len(path)
        while (place := path.rfind("/", 0, place)) > 0:
            found = self._engines.get(path[:place])
            if found is not None:
                return path[:place], found
        return "", None

    def method(self, path: str) -> str:
        """Return the method by which a secret is read or made.

        Examples
        --------
        >>> paths = VaultPaths(VaultDump())
        >>> paths.method("kv/data/prod/db"), paths.method("pki/issue/web")
        ('GET', 'POST')
        >>> paths.method("transit/decrypt/sops")
        'POST'
        """
        mount, engine = self.engine_of(path)
        if engine is None:
            return "POST" if _ISSUED_ANYWHERE.intersection(path.split("/")[1:2]) else "GET"
        issued = _ISSUED.get(engine.type, frozenset())
        return "POST" if path.removeprefix(f"{mount}/").split("/")[0] in issued else "GET"


def _whole(namespace: str, path: str) -> str:
    return f"{namespace}/{path}" if namespace else path
