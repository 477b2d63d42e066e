"""What Vault asks of a request besides the policies of paths: Sentinel, and a second factor.

A policy of Sentinel is a program, and what it says is not decided here. One of a path (EGP) binds
every request to it, that of a login too; one of a role (RGP) binds what a token sends that has its
name among its policies. An advisory one refuses nothing, and a root token is bound by none.

Source: the documentation of Vault Enterprise, ``docs/enterprise/sentinel``; for second factors
``buildMFAEnforcementConfigList`` in ``vault/login_mfa.go``.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.operations import pattern_of
from rbacgraph.stores.vault.role_fields import texts

__all__ = ["Governing"]

_EGP, _RGP = "sys/policies/egp/", "sys/policies/rgp/"
_ENFORCEMENT = "identity/mfa/login-enforcement/"
_ADVISORY = "advisory"
_ROOT = "root"


class Governing:
    """What a dump shows of Sentinel and of second factors.

    Parameters
    ----------
    dump:
        The dump.
    """

    def __init__(self, dump: VaultDump) -> None:
        self._dump = dump

    def of_request(self, path: str, namespace: str, policies: Collection[str]) -> tuple[str, ...]:
        """Return the policies of Sentinel that may refuse a request.

        Parameters
        ----------
        path:
            The path, from the root namespace.
        namespace, policies:
            The namespace and the policies of the token that sends it; none for a login.
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

        Parameters
        ----------
        namespace:
            The namespace of the login.
        kind, accessor:
            The type and the accessor of its mount.
        entity, groups:
            The ids of who logs in, and of the groups it is in.
        """
        given = {
            "auth_method_types": {kind},
            "auth_method_accessors": {accessor},
            "identity_entity_ids": {entity},
            "identity_group_ids": {*groups},
        }
        return tuple(
            one.path.removeprefix(_ENFORCEMENT)
            for one in self._enforcements
            if _contains(one.namespace, namespace)
            and any(
                (values - {""}).intersection(texts(one.data, key)) for key, values in given.items()
            )
        )

    @cached_property
    def _enforcements(self) -> tuple[VaultEntry, ...]:
        return tuple(one for one in self._dump.entries if one.path.startswith(_ENFORCEMENT))

    @cached_property
    def _by_path(self) -> Mapping[str, tuple[str, ...]]:
        """The policies of paths that may refuse, each with its patterns from the root namespace."""
        found: dict[str, tuple[str, ...]] = {}
        for name, patterns in self._of_paths():
            found[name] = (*found.get(name, ()), *patterns)
        return found

    def _of_paths(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for entry in self._dump.entries:
            if entry.path.startswith(_EGP) and _level(entry) != _ADVISORY:
                before = f"{entry.namespace}/" if entry.namespace else ""
                patterns = (one.lstrip("/") for one in texts(entry.data, "paths"))
                yield entry.path.removeprefix(_EGP), tuple(f"{before}{one}" for one in patterns)

    @cached_property
    def _by_role(self) -> Mapping[tuple[str, str], str]:
        """The levels of the policies of roles."""
        return {
            (entry.namespace, entry.path.removeprefix(_RGP)): _level(entry)
            for entry in self._dump.entries
            if entry.path.startswith(_RGP)
        }


def _level(entry: VaultEntry) -> str:
    return str(entry.data.get("enforcement_level", ""))


def _contains(namespace: str, other: str) -> bool:
    """Whether a namespace is another, or above it."""
    return not namespace or f"{other}/".startswith(f"{namespace}/")
