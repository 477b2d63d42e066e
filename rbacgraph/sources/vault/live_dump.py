"""Takes a dump of a live Vault or OpenBao; it asks for no value of a secret.

Each path that it asks for is in :data:`POLICY`, the smallest policy with which it sees everything.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.sources.diagnostics.problems import Problems
from rbacgraph.sources.external.addresses import server, without_login
from rbacgraph.sources.vault.places import Content, DumpPlace
from rbacgraph.sources.vault.read_dump import VaultReader

if TYPE_CHECKING:
    import hvac

__all__ = ["POLICY", "connected", "live_dump", "server_of", "start_namespace"]

POLICY = """\
# Lets rbacgraph vault dump see policies, mounts, roles and the names of secrets, and no value.
path "sys/auth"             { capabilities = ["read"] }
path "sys/mounts"           { capabilities = ["read"] }
path "sys/policies/acl"     { capabilities = ["list"] }
path "sys/policies/acl/*"   { capabilities = ["read"] }
path "sys/policies/egp"     { capabilities = ["list"] }
path "sys/policies/egp/*"   { capabilities = ["read"] }
path "sys/policies/rgp"     { capabilities = ["list"] }
path "sys/policies/rgp/*"   { capabilities = ["read"] }
path "sys/namespaces"       { capabilities = ["list"] }
path "auth/+/config"        { capabilities = ["read"] }
path "identity/group/id"    { capabilities = ["list"] }
path "identity/group/id/*"  { capabilities = ["read"] }
path "identity/entity/id"   { capabilities = ["list"] }
path "identity/entity/id/*" { capabilities = ["read"] }
path "identity/mfa/login-enforcement"   { capabilities = ["list"] }
path "identity/mfa/login-enforcement/*" { capabilities = ["read"] }
# For a LIST OpenBao looks at the pattern with the slash first, Vault at the one without.
path "auth/+/role"          { capabilities = ["list"] }
path "auth/+/role/*"        { capabilities = ["list", "read"] }
path "auth/+/roles"         { capabilities = ["list"] }
path "auth/+/roles/*"       { capabilities = ["list", "read"] }
path "auth/+/users"         { capabilities = ["list"] }
path "auth/+/users/*"       { capabilities = ["list", "read"] }
path "+/roles"              { capabilities = ["list"] }
path "+/roles/*"            { capabilities = ["list", "read"] }
path "+/metadata"           { capabilities = ["list"] }
path "+/metadata/*"         { capabilities = ["list"] }
"""

_POLICIES = "sys/policies/acl"
_MOST_NAMES = 100_000
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class Asks(Protocol):
    """What is asked of a server: one path of a namespace, by GET or LIST."""

    def __call__(self, method: str, path: str, namespace: str) -> Any:  # noqa: ANN401 - JSON
        """Return the answer; ``None`` if there is nothing.

        Raises PermissionError if the server refuses.
        """


def connected(address: str | None) -> Asks:
    """Return a function that asks the server with the token of ``VAULT_TOKEN`` or ``vault login``.

    ``address``: the server's URL; ``None`` for that of ``VAULT_ADDR``.
    Raises InputError if hvac is not installed, or there is no token.
    """
    try:
        import hvac
    except ImportError:
        raise InputError(
            "asking a live Vault needs hvac", advice="pip install 'rbacgraph[vault]'"
        ) from None
    client = hvac.Client(url=address)
    if not client.token:
        raise InputError("there is no token for Vault", advice="vault login, or set VAULT_TOKEN")
    return _asking(client)


def _asking(client: "hvac.Client") -> Asks:
    import requests
    from hvac import exceptions

    causes: tuple[tuple[type[Exception], str], ...] = (
        (requests.exceptions.SSLError, "its certificate is not trusted, or it speaks no TLS"),
        (requests.Timeout, "no answer in time"),
        (requests.ConnectionError, "nothing takes the connection"),
        (exceptions.VaultDown, "it is sealed, or stands by"),
        (exceptions.InternalServerError, "it reports an error of its own"),
        (exceptions.VaultError, "it does not understand the request"),
        (Exception, "the address is no URL of Vault, or a proxy answers"),
    )

    shown = without_login(client.url)

    def ask(method: str, path: str, namespace: str) -> Any:  # noqa: ANN401 - JSON
        # The client's own namespace would hold for every request, whatever the header says.
        headers = {"X-Vault-Namespace": namespace} if namespace else None
        try:
            answer = client.adapter.request(method, f"/v1/{path}", headers=headers)
        except exceptions.Forbidden:
            raise PermissionError(path) from None
        except (exceptions.InvalidPath, exceptions.UnsupportedOperation):
            return None
        except (exceptions.VaultError, requests.RequestException, ValueError) as error:
            cause = next(words for kinds, words in causes if isinstance(error, kinds))
            raise InputError(
                f"Vault does not answer at {shown}: {cause}",
                advice="check VAULT_ADDR, VAULT_CACERT, and that the server is unsealed",
            ) from None

        if not isinstance(answer, dict):
            raise InputError(
                f"{shown} answers, but not as Vault does",
                advice="check VAULT_ADDR: a proxy or another server may stand there",
            )
        return answer

    return ask


def server_of(address: str | None) -> str:
    """Return host and port of the server that :func:`connected` asks; ``""`` if it is local.

    A local address leads to the server by some tunnel, and nothing else calls it so.

    Examples
    --------
    >>> server_of("https://vault.example.com:8200/"), server_of("http://127.0.0.1:8200")
    ('vault.example.com:8200', '')
    """
    found = server(address or os.environ.get("VAULT_ADDR", ""))
    return "" if found.partition(":")[0] in _LOCAL else found


def start_namespace(namespace: str | None) -> str:
    """Return the namespace in which to begin: by default that of ``VAULT_NAMESPACE``.

    Examples
    --------
    >>> start_namespace("/team/app/"), start_namespace("root")
    ('team/app', '')
    """
    asked = namespace if namespace is not None else os.environ.get("VAULT_NAMESPACE", "")
    found = asked.strip("/")
    return "" if found == "root" else found  # Vault's name for the namespace above all


def live_dump(
    ask: Asks, problems: Problems, address: str = "", namespace: str = ""
) -> VaultDump | None:
    """Ask for everything that decides who may read what.

    ``ask``: see :func:`connected`.
    ``address``: the server's host and port, if they are known.
    ``namespace``: the namespace in which to begin. The dump names it, since the objects of a
        cluster do.
    Returns what the server shows; ``None`` if it refuses everything.
    Raises InputError if the server does not answer.
    """
    walk = _Walk(ask, problems)
    walk.namespace(namespace)
    dump = walk.reader.result()
    return dump and replace(dump, address=address)


class _Walk:
    """Asks path after path and hands each answer to the reader of dumps."""

    def __init__(self, ask: Asks, problems: Problems) -> None:
        self._ask = ask
        self._problems = problems
        self._names = 0
        self.reader = VaultReader(problems)

    def namespace(self, namespace: str) -> None:
        """Ask for everything in a namespace and in those below it."""
        for name in self._list(_POLICIES, namespace):
            if name != "root":
                self._read(f"{_POLICIES}/{name}", namespace, Content.POLICY, name)
        methods = self._read("sys/auth", namespace, Content.AUTH_METHODS, "auth")
        engines = self._read("sys/mounts", namespace, Content.SECRETS_ENGINES, "secrets")
        for mount, kind in _mounts(methods):
            self._method(f"auth/{mount}", kind, namespace)
        for mount, kind, version in _engines(engines):
            if kind == "kubernetes":
                self._entries(f"{mount}/roles", namespace)
            elif kind == "kv" and version == "2":
                self._secrets(f"{mount}/metadata", namespace)
        for kind in ("group", "entity"):
            self._entries(f"identity/{kind}/id", namespace)
        for path in ("sys/policies/egp", "sys/policies/rgp", "identity/mfa/login-enforcement"):
            self._entries(path, namespace)
        for name in self._list("sys/namespaces", namespace, keep=False, optional=True):
            self.namespace("/".join(filter(None, (namespace, name.strip("/")))))

    def _method(self, mount: str, kind: str, namespace: str) -> None:
        if kind in {"kubernetes", "jwt", "oidc"}:
            self._entries(f"{mount}/role", namespace)
            self._read(f"{mount}/config", namespace, Content.ENTRY, f"{mount}/config")
        elif kind in {"approle", "token"}:
            self._entries(f"{mount}/role{'s' * (kind == 'token')}", namespace)
        elif kind == "userpass":
            self._entries(f"{mount}/users", namespace)

    def _entries(self, path: str, namespace: str) -> None:
        for name in self._list(path, namespace):
            self._read(f"{path}/{name}", namespace, Content.ENTRY, f"{path}/{name}")

    def _secrets(self, path: str, namespace: str) -> None:
        """List the names of secrets, folder by folder."""
        waiting = [path]
        while waiting and self._names < _MOST_NAMES:
            folder = waiting.pop()
            names = self._list(folder, namespace)
            self._names += len(names)
            waiting += [f"{folder}/{name.rstrip('/')}" for name in names if name.endswith("/")]

    def _list(
        self, path: str, namespace: str, *, keep: bool = True, optional: bool = False
    ) -> list[str]:
        answer = self._answer("LIST", path, namespace, optional=optional)
        names = answer.get("data", {}).get("keys", []) if isinstance(answer, dict) else []
        if keep and answer is not None:
            place = DumpPlace(Content.LIST, namespace, path)
            self.reader.take(path, place, {"keys": names})
        return [name for name in names if isinstance(name, str)]

    def _read(self, path: str, namespace: str, content: Content, name: str) -> object:
        answer = self._answer("GET", path, namespace)
        if answer is not None:
            self.reader.take(path, DumpPlace(content, namespace, name), answer)
        return answer

    def _answer(self, method: str, path: str, namespace: str, *, optional: bool = False) -> Any:  # noqa: ANN401 - JSON
        try:
            return self._ask(method, path, namespace)
        except PermissionError:
            if not optional:
                inside = f" in namespace {namespace}" if namespace else ""
                self._problems.add(
                    "vault-forbidden",
                    f"Vault refuses {method} {path}{inside}",
                    advice="rbacgraph vault policy prints the policy that allows it",
                )
            return None


def _mounts(answer: object) -> Iterator[tuple[str, str]]:
    data = answer.get("data", answer) if isinstance(answer, dict) else {}
    for path, mount in data.items() if isinstance(data, dict) else ():
        if path.endswith("/") and isinstance(mount, dict):
            yield path.strip("/"), str(mount.get("type", ""))


def _engines(answer: object) -> Iterator[tuple[str, str, str]]:
    data = answer.get("data", answer) if isinstance(answer, dict) else {}
    for path, kind in _mounts(answer):
        options = data[f"{path}/"].get("options")
        yield path, kind, str(options.get("version", "")) if isinstance(options, dict) else ""
