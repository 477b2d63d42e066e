"""The file device of OpenBao and Vault: a line for each request, and one for its response.

Source: https://openbao.org/docs/audit/ and ``audit/format.go`` of OpenBao 2.7; the values in it are
HMACs, of which none is kept.
"""

from collections.abc import Iterable

from msgspec import Raw, Struct

from rbacgraph.model.inputs.store_log import StoredSecret
from rbacgraph.model.node import VAULT
from rbacgraph.sources.audit.stores.facts import (
    Attempt,
    SessionStart,
    StoreEvent,
    StoreFact,
    account_of,
    fields_of,
)

_KV = frozenset({"kv", "generic"})
_BESIDE_DATA = frozenset(
    {"config", "delete", "destroy", "detailed-metadata", "metadata", "subkeys", "undelete"}
)
"""What version 2 of the key-value engine has beside ``data``: no value of a secret."""

_OF_ACCOUNTS = frozenset({"kubernetes", "jwt", "oidc"})
"""The types of auth methods whose logins may be of ServiceAccounts."""

_NAMESPACE, _NAME = "service_account_namespace", "service_account_name"
_SUBJECT = "system:serviceaccount:"
_DENIED = "permission denied"
_ERRORS = 300


class _Auth(Struct, frozen=True, gc=False):
    accessor: str = ""
    client_token: str = ""
    display_name: str = ""
    metadata: dict[str, str] | None = None

    @property
    def session(self) -> str:
        """What the requests of one token have in common: a batch token has no accessor."""
        return self.accessor or self.client_token

    def account(self, method: str = "") -> str:
        """Return the ServiceAccount that logged in, printed; ``""`` if it was none.

        Whoever makes a token or a secret id of AppRole chooses its metadata.

        ``method``: the type of the auth method; ``""`` if it is not known.
        """
        data = self.metadata or {}
        chosen = {"role_name", "username"} & data.keys() or self._is_made
        if (method not in _OF_ACCOUNTS) if method else chosen:
            return ""
        if data.get(_NAMESPACE) and data.get(_NAME):
            return f"sa:{data[_NAMESPACE]}/{data[_NAME]}"
        _, found, rest = self.display_name.partition(f"-{_SUBJECT}")
        return account_of(f"{_SUBJECT}{rest}") if found else ""

    @property
    def _is_made(self) -> bool:
        return self.display_name == "token" or self.display_name.startswith("token-")

    def identity(self, mount: str = "") -> str:
        """Return who it is at the store, printed.

        ``mount``: the path of the auth method; ``""`` if it is not known.
        """
        data, shown = self.metadata or {}, self.display_name
        name = data.get("username") or data.get("role_name") or ""
        if mount:
            method = mount.removeprefix("auth/").strip("/")
            name = name or shown.removeprefix(f"{method.replace('/', '-')}-")
        elif name and shown.endswith(f"-{name}"):
            method = shown.removesuffix(f"-{name}")
        else:
            method, _, rest = shown.partition("-")
            name = name or rest
        return f"vault:{method}/{name}" if name and name != method else f"vault:{method}"


class _Namespace(Struct, frozen=True, gc=False):
    path: str = ""


class _Request(Struct, frozen=True, gc=False):
    id: str = ""
    operation: str = ""
    path: str = ""
    mount_point: str = ""
    mount_type: str = ""
    namespace: _Namespace | None = None

    def secret(self) -> tuple[str, str]:
        """Return the path of a secret from the root namespace, and what follows the mount."""
        space = (self.namespace.path if self.namespace else "").strip("/")
        path = f"{space}/{self.path}" if space else self.path
        for mount in (self.mount_point, f"{space}/{self.mount_point}"):
            if self.mount_point and path.startswith(mount):
                return path, path.removeprefix(mount)
        return path, self.path.partition("/")[2]


class _Response(Struct, frozen=True, gc=False):
    auth: _Auth | None = None
    data: Raw = Raw()
    secret: Raw = Raw()
    wrap_info: Raw = Raw()

    @property
    def has_value(self) -> bool:
        """Whether it returned a value, wrapped or not: a deleted version has another status."""
        if self.wrap_info:
            return True
        data = fields_of(self.data)
        status = data.get("http_status_code")
        return bool(data) and not (isinstance(status, int) and status >= _ERRORS)


class VaultDevice(StoreEvent, frozen=True, gc=False):
    """A request before it was answered, or with its response."""

    time: str = ""
    type: str = ""
    auth: _Auth | None = None
    request: _Request | None = None
    response: _Response | None = None
    error: str = ""

    @property
    def is_own(self) -> bool:
        """Whether it is a line of the device."""
        return self.type in {"request", "response"} and self.request is not None

    def facts(self) -> Iterable[StoreFact]:
        """Yield the read of a secret, or a login, or a token that another token made."""
        auth, request, answer = self.auth or _Auth(), self.request, self.response
        assert request is not None, "is_own says so"
        made = answer.auth if answer else None
        if made is not None and made.session and not self.error:
            if request.path.startswith("auth/token/create"):
                yield SessionStart(made.session, parent=auth.session)
            elif not request.path.startswith("auth/token/"):  # else it is renewed
                known, mount = made.account(request.mount_type), request.mount_point
                account = known or made.identity(mount)
                yield SessionStart(made.session, account, mount.strip("/") if known else "")
        if request.operation != "read" or not auth.display_name:
            return  # nobody whom the server knows
        path, inside = request.secret()
        refused = _DENIED in self.error
        if not _is_secret(request.mount_type, inside, answer, refused=refused):
            return
        if refused or (answer is not None and not self.error and answer.has_value):
            yield Attempt(
                ("vault", request.id),
                self.time,
                auth.account() or auth.identity(),
                auth.session,
                (StoredSecret(VAULT, "", path),),
                not refused,
            )


def _is_secret(engine: str, inside: str, answer: _Response | None, *, refused: bool) -> bool:
    """Whether a path below a mount is that of a secret's value.

    A response of version 1 of the key-value engine alone has a lease.
    """
    head, _, rest = inside.partition("/")
    if not engine:
        return head == "data" and bool(rest)
    if engine not in _KV or not inside:
        return False
    if head in _BESIDE_DATA:
        return not refused and answer is not None and bool(answer.secret)
    return True
