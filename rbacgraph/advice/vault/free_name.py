"""Finds a name for a policy of its own, which nobody gets or writes who could not the old one."""

from collections.abc import Iterator

from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.escalations.requests import POLICY_NAMES
from rbacgraph.stores.vault.operations import pattern_of
from rbacgraph.stores.vault.policy_text import Stanza, read_policy
from rbacgraph.stores.vault.request_limits import glob_matches
from rbacgraph.stores.vault.role_fields import texts
from rbacgraph.stores.vault.template import is_template

__all__ = ["free_name"]

_TRIED = range(2, 100)
_PLACES = ("sys/policies/acl/", "sys/policy/")


def free_name(dump: VaultDump, namespace: str, policy: str) -> str:
    """Return a new name that the dump treats as it treats that of a policy; ``""`` if none.

    Examples
    --------
    >>> free_name(VaultDump(), "", "shop")
    'shop-2'
    """
    taken = set(_named(dump, namespace))
    stanzas = list(_stanzas(dump))
    for number in _TRIED:
        name = f"{policy}-{number}"
        if (
            name not in taken
            and not any(_tells_apart(one, policy, name) for one in _entries(dump, namespace))
            and not any(
                _writes_apart(stanza, place, namespace, policy, name) for place, stanza in stanzas
            )
        ):
            return name
    return ""


def _entries(dump: VaultDump, namespace: str) -> Iterator[VaultEntry]:
    return (one for one in dump.entries if one.namespace == namespace)


def _named(dump: VaultDump, namespace: str) -> Iterator[str]:
    """Yield the policies that a namespace has or that something there names."""
    yield from dump.policies_of(namespace)
    for names in dump.lists:
        if names.namespace == namespace and names.path.startswith("sys/policies/"):
            yield from names.names
    for entry in _entries(dump, namespace):
        yield entry.path.rpartition("/")[2]
        for field in POLICY_NAMES:
            yield from texts(entry.data, field)


def _tells_apart(entry: VaultEntry, policy: str, name: str) -> bool:
    """Whether a token role gives the new name and not the old."""
    allowed, disallowed = (texts(entry.data, f"{kind}_policies_glob") for kind in _KINDS)
    given = _matches(allowed, name) and not _matches(allowed, policy)
    refused = (*disallowed, *texts(entry.data, "disallowed_policies"))
    return given or (_matches(refused, policy) and not _matches(refused, name))


_KINDS = ("allowed", "disallowed")


def _stanzas(dump: VaultDump) -> Iterator[tuple[str, Stanza]]:
    """Yield every stanza with the namespace of its policy."""
    for policy in dump.policies:
        for stanza in read_policy(policy.text, dump.flavour):
            yield policy.namespace, stanza


def _writes_apart(stanza: Stanza, place: str, namespace: str, policy: str, name: str) -> bool:
    """Whether a stanza decides about writing the one or giving it, and not about the other.

    What a template stands for is not compared: it counts.
    """
    for field in POLICY_NAMES:
        allowed, denied = (
            (values or {}).get(field, ()) for values in (stanza.allowed, stanza.denied)
        )
        given = _matches(map(str, allowed), name) and not _matches(map(str, allowed), policy)
        if given or (_matches(map(str, denied), policy) and not _matches(map(str, denied), name)):
            return True
    if is_template(stanza.path):
        return stanza.path.startswith(("sys/", "+"))
    whole = pattern_of(f"{place}/{stanza.path}".lstrip("/"))
    folders = (f"{namespace}/{folder}".lstrip("/") for folder in _PLACES)
    return any(
        bool(whole.fullmatch(f"{folder}{policy}")) != bool(whole.fullmatch(f"{folder}{name}"))
        for folder in folders
    )


def _matches(patterns: "Iterator[str] | tuple[str, ...]", name: str) -> bool:
    return any(glob_matches(one, name) for one in patterns)
