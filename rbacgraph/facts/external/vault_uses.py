"""Which requests the objects of the cluster send to Vault, by which role and ServiceAccount.

Sources: external-secrets ``providers/v1/vault/client_{get,get_all_secrets,push}.go``;
vault-secrets-operator ``controllers/vault{static,dynamic,pki}secret_controller.go``;
vault-csi-provider ``internal/provider/provider.go``; consul-template
``dependency/vault_{read,write,common}.go``.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.model.kubernetes.external_secrets import RemoteSecret, RoleLogin
from rbacgraph.model.node import VAULT
from rbacgraph.model.stores.vault_dump import VaultDump, VaultMount

__all__ = ["SentRequest", "VaultUse", "vault_uses"]

_PKI = "VaultPKISecret"
_DATA, _METADATA = "data", "metadata"
_User = tuple[str, str, str]


class SentRequest(NamedTuple):
    """One request that an object needs, or every request of its kind below a path.

    ``capability``: ``read``, ``list``, ``create``, ``update`` or ``delete``.
    ``path``: the path from the root namespace.
    ``below``: whether the operator finds the paths itself: all that begin so.
    ``surely``: whether it is needed; else the input does not show which of several is sent.
    """

    capability: str
    path: str
    below: bool = False
    surely: bool = True


class VaultUse(NamedTuple):
    """An object that logs in by a role, and what it asks for then.

    ``login``: the role, as the object names it.
    ``address``: the server; ``""`` if the input does not show it.
    ``account``: the ServiceAccount whose token logs in.
    ``user``: the kind, the namespace and the name of the object.
    ``requests``: what it asks for.
    """

    login: RoleLogin
    address: str
    account: Key
    user: _User
    requests: tuple[SentRequest, ...]


def vault_uses(external: ExternalSecrets, dump: VaultDump) -> Sequence[VaultUse]:
    """Return what the objects of the input ask of Vault, for each ServiceAccount that logs in.

    ``dump``: the dump: the engine of a mount decides which requests read a secret.
    """
    engines = _Engines(dump)
    found: dict[tuple[RoleLogin, str, Key, _User], dict[SentRequest, None]] = {}
    for login, address, account, user, requests in _all(external, engines):
        if not login.path:
            continue
        found.setdefault((login, address, account, user), {}).update(dict.fromkeys(requests))
    return [VaultUse(*key, tuple(requests)) for key, requests in sorted(found.items(), key=_order)]


def _order(item: tuple[tuple[RoleLogin, str, Key, _User], object]) -> tuple[str, ...]:
    login, address, account, user = item[0]
    return login.space, login.mount, login.role, *account, *user, address, *login.audiences


_Found = tuple[RoleLogin, str, Key, _User, Sequence[SentRequest]]


def _all(external: ExternalSecrets, engines: "_Engines") -> Iterator[_Found]:
    yield from _logins(external)
    yield from _reads(external, engines)
    yield from _pushes(external, engines)
    yield from _pods(external, engines)


def _logins(external: ExternalSecrets) -> Iterator[_Found]:
    """Yield who logs in, whatever is read then."""
    for login in external.known_logins.values():
        store = login.store
        if store.login is not None:
            for account in login.accounts:
                user = store.kind, store.metadata.namespace, store.metadata.name
                yield store.login, login.address, account, user, ()
    for runner, agent in external.agents:
        account = runner.node[1], runner.spec.service_account
        yield agent, "", account, (runner.kind, *runner.node[1:]), ()


def _reads(external: ExternalSecrets, engines: "_Engines") -> Iterator[_Found]:
    for named in external.named_remotes:
        by, place = named.login, named.place
        if by is None or by.store.login is None or place is None or place.kind != VAULT:
            continue
        user = named.maker.kind, named.namespace, named.maker.metadata.name
        for account in by.accounts:
            requests = engines.read(place.path, named.remote, user[0])
            yield by.store.login, place.address, account, user, requests


def _pushes(external: ExternalSecrets, engines: "_Engines") -> Iterator[_Found]:
    for pushed in external.pushes:
        by = external.by_login.get(pushed.login) if pushed.login else None
        if by is None or by.store.login is None or pushed.remote[0] != VAULT:
            continue
        user = pushed.push.kind, pushed.push.metadata.namespace, pushed.push.metadata.name
        for account in by.accounts:
            yield by.store.login, by.address, account, user, engines.pushed(pushed.remote[2])


def _pods(external: ExternalSecrets, engines: "_Engines") -> Iterator[_Found]:
    for read in external.pod_reads:
        maker = read.maker
        login = maker.login if maker is not None else read.login
        if login is None or read.remote[0] != VAULT or read.credential:
            continue
        account = read.runner.node[1], read.runner.spec.service_account
        user = read.runner.kind, *read.runner.node[1:]
        if maker is not None:
            user = maker.kind, maker.metadata.namespace, maker.metadata.name
        requests = engines.mounted(read.remote[2], agent=maker is None)
        yield login, read.address, account, user, requests


class _Engines:
    """Says which requests read or write a secret, by the engine of its mount."""

    def __init__(self, dump: VaultDump) -> None:
        self._mounts = {
            f"{one.namespace}/{one.path}".lstrip("/"): one
            for one in dump.mounts
            if not one.path.startswith("auth/")
        }

    def _mount(self, path: str) -> tuple[str, VaultMount | None]:
        parts = path.split("/")
        for length in range(len(parts) - 1, 0, -1):
            mount = self._mounts.get("/".join(parts[:length]))
            if mount is not None:
                return "/".join(parts[:length]), mount
        return "", None

    def read(self, path: str, secret: RemoteSecret, kind: str) -> Sequence[SentRequest]:
        """Return what an operator asks for to read a secret, or to search some."""
        if secret.every:
            return self._search(path)
        if kind == _PKI:
            return (SentRequest("update", path),)
        if kind == "VaultDynamicSecret":
            return self._either(path)
        found = [SentRequest("read", path)]
        if secret.metadata:
            found.append(SentRequest("read", _metadata_of(path)))
        return found

    @staticmethod
    def _search(path: str) -> Sequence[SentRequest]:
        return (
            SentRequest("list", _metadata_of(path), below=True),
            SentRequest("read", _metadata_of(path), below=True),
            SentRequest("read", path, below=True),
        )

    def pushed(self, path: str) -> Sequence[SentRequest]:
        """Return what External Secrets asks for to write a secret, and to remove it."""
        metadata = _metadata_of(path)
        writes = [SentRequest(one, path) for one in ("read", "create", "update")]
        if metadata == path:
            return (*writes, SentRequest("delete", path, surely=False))
        return (
            *writes,
            *(SentRequest(one, metadata) for one in ("read", "create", "update")),
            *(SentRequest("delete", one, surely=False) for one in (path, metadata)),
        )

    def mounted(self, path: str, *, agent: bool) -> Sequence[SentRequest]:
        """Return what the driver, or the injector's agent, asks for to read a path."""
        base, mount = self._mount(path)
        if mount is None or mount.type not in {"kv", "generic"}:
            return self._either(path)
        rest = path.removeprefix(f"{base}/")
        # The agent asks for the engine's version and puts data/ before the key itself.
        if agent and mount.version == 2 and rest.partition("/")[0] != _DATA:  # noqa: PLR2004
            return (SentRequest("read", f"{base}/{_DATA}/{rest}"),)
        return (SentRequest("read", path),)

    @staticmethod
    def _either(path: str) -> Sequence[SentRequest]:
        return tuple(SentRequest(one, path, surely=False) for one in ("read", "update"))


def _metadata_of(path: str) -> str:
    """Return where version 2 of the engine keeps the metadata of a secret."""
    before, found, after = path.partition(f"/{_DATA}/")
    return f"{before}/{_METADATA}/{after}" if found else path
