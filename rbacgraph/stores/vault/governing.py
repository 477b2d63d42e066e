"""What Vault asks of a request besides the policies of paths: Sentinel, and a second factor.

A policy of Sentinel is a program, and what it says is not decided here. One of a path (EGP) binds
every request to it, that of a login too; one of a role (RGP) binds what a token sends that has its
name among its policies. An advisory one refuses nothing, and a root token is bound by none.

An EGP of the path ``*`` takes effect on all requests. No document says whether those of namespaces
below its own are among them: here they are, and what they ask for is conditional. That policies
bound parents and siblings was a fault (HCSEC-2020-24), of namespaces below it says nothing.

Source: the documentation of Vault Enterprise, ``docs/enterprise/sentinel`` (Policy evaluation,
Configuration); for second factors ``buildMFAEnforcementConfigList`` in ``vault/login_mfa.go``.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.model.stores.vault_dump import VaultDump
from rbacgraph.stores.vault.operations import pattern_of
from rbacgraph.stores.vault.role_fields import texts

__all__ = ["Governing"]

_EGP, _RGP = "sys/policies/egp/", "sys/policies/rgp/"
_ENFORCEMENT = "identity/mfa/login-enforcement/"
_ADVISORY = "advisory"
_ROOT = "root"


class Governing:
    """What a dump shows of Sentinel and of second factors."""

    def __init__(self, dump: VaultDump) -> None:
        self._dump = dump

    def of_request(self, path: str, namespace: str, policies: Collection[str]) -> tuple[str, ...]:
        """Return the policies of Sentinel that may refuse a request.

        ``namespace``, ``policies``: the namespace and the policies of the token that sends it; none
            for a login.
        """
        if (not self._by_path and not self._by_role) or _ROOT in policies:
            return ()
        asked = {path.lstrip("/"), path.strip("/")}
        of_path = (
            entry
            for entry, patterns in self._by_path.items()
            if any(pattern_of(one).fullmatch(path) for one in patterns for path in asked)
        )
        of_role = (
            name
            for name in policies
            if self._by_role.get((namespace, name), _ADVISORY) != _ADVISORY
        )
        return tuple(sorted({*of_path, *of_role}))

    def is_of_role(self, namespace: str, name: str) -> bool:
        """Whether a name among a token's policies is that of one of Sentinel, which gives none."""
        return (namespace, name) in self._by_role

    def of_login(
        self, namespace: str, *, kind: str, accessor: str, entity: str, groups: Collection[str]
    ) -> tuple[str, ...]:
        """Return what asks for a second factor of a login: one of these is enough.

        ``entity``, ``groups``: the ids of who logs in, and of the groups it is in.
        """
        given = {
            "auth_method_types": {kind},
            "auth_method_accessors": {accessor},
            "identity_entity_ids": {entity},
            "identity_group_ids": {*groups},
        }
        return tuple(
            name
            for space, name, data in self._listed(_ENFORCEMENT)
            if _contains(space, namespace)
            and (
                data is None
                or any((ids - {""}).intersection(texts(data, key)) for key, ids in given.items())
            )
        )

    def _listed(self, folder: str) -> Iterator[tuple[str, str, Mapping[str, object] | None]]:
        """Yield the namespace, the name and the fields of what stands below a folder.

        What a list names and the dump lacks has no fields: it may bind anything.
        """
        for entry in self._dump.entries:
            if entry.path.startswith(folder):
                yield entry.namespace, entry.path.removeprefix(folder), entry.data
        for one in self._dump.lists:
            for name in one.names if f"{one.path}/" == folder else ():
                if self._dump.entry(f"{folder}{name}", one.namespace) is None:
                    yield one.namespace, name, None

    @cached_property
    def _by_path(self) -> Mapping[str, Sequence[str]]:
        """The policies of paths that may refuse, each with its patterns from the root namespace."""
        found: dict[str, list[str]] = {}
        for namespace, name, data in self._listed(_EGP):
            if _level(data) != _ADVISORY:
                before = f"{namespace}/" if namespace else ""
                patterns = ("*",) if data is None else texts(data, "paths")
                found.setdefault(name, []).extend(f"{before}{one.lstrip('/')}" for one in patterns)
        return found

    @cached_property
    def _by_role(self) -> Mapping[tuple[str, str], str]:
        """The levels of the policies of roles."""
        return {(namespace, name): _level(data) for namespace, name, data in self._listed(_RGP)}


def _level(data: Mapping[str, object] | None) -> str:
    return str((data or {}).get("enforcement_level", ""))


def _contains(namespace: str, other: str) -> bool:
    """Whether a namespace is another, or above it."""
    return not namespace or f"{other}/".startswith(f"{namespace}/")
