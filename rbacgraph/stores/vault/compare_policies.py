"""Compares what two sets of policies allow, request by request."""

from collections.abc import Iterable, Iterator

from rbacgraph.stores.vault.acl import AclRule
from rbacgraph.stores.vault.operations import LISTING
from rbacgraph.stores.vault.policies import Policies
from rbacgraph.stores.vault.policy_text import SUDO, Stanza

__all__ = ["covers", "limits", "widened_paths"]

_ALWAYS = frozenset({SUDO})
_NOT_LISTING = frozenset({"create", "read", "update", "patch", "delete", SUDO})


def covers(wide: AclRule | None, narrow: AclRule, relevant: frozenset[str]) -> bool:
    """Whether a rule allows all of some capabilities that another allows, without new limits."""
    given = narrow.capabilities & relevant
    if given <= _ALWAYS:
        return True
    if wide is None or not given <= wide.capabilities:
        return False
    return limits(wide) in {limits(narrow), _NO_LIMITS}


def limits(rule: AclRule | Stanza) -> tuple[object, ...]:
    """Return what a rule asks of a request besides its path and its kind, to compare it."""
    return (
        None if rule.allowed is None else repr(sorted(rule.allowed.items())),
        None if rule.denied is None else repr(sorted(rule.denied.items())),
        rule.required,
        rule.min_wrapping,
        rule.max_wrapping,
        rule.pagination,
        rule.approval,
    )


def widened_paths(
    old: Policies, new: Policies, paths: Iterable[str]
) -> Iterator[tuple[str, AclRule | None]]:
    """Yield the paths where a request is allowed that was not, with the rule that decided."""
    for path in paths:
        for listing in (False, True):
            asked = f"{path}/" if listing and not path.endswith("/") else path
            one, other = (found.rule_for(asked, listing=listing) for found in (old, new))
            relevant = LISTING | _ALWAYS if listing else _NOT_LISTING
            if other is not None and not covers(one, other, relevant):
                yield path, one


_NO_LIMITS = limits(Stanza("", frozenset()))
