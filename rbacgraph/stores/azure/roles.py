"""What a role's permissions give, and where: patterns of actions, and scopes.

Source: Microsoft's documentation (azure-docs), ``role-based-access-control/role-definitions.md``
and ``scope-overview.md``.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache

from rbacgraph.model.stores.azure_dump import AzurePermission
from rbacgraph.stores.truth import DoubtKind, Truth, any_of, doubt

MANAGEMENT_GROUPS = "/providers/microsoft.management/managementgroups/"


def gives(permissions: Iterable[AzurePermission], action: str, *, data: bool) -> Truth:
    """Whether permissions hold an action: each entry's ``not…`` takes away from that entry alone.

    ``action``: one action, or with ``/*`` at its end each below it.
    ``data``: whether it is a data action.
    """
    return any_of(_entry_gives(entry, action, data=data) for entry in permissions)


def _entry_gives(entry: AzurePermission, action: str, *, data: bool) -> Truth:
    given = entry.data_actions if data else entry.actions
    taken = entry.not_data_actions if data else entry.not_actions
    if not _any_matches(given, action) or _any_matches(taken, action):
        return False
    if action.endswith("/*") and any(one.lower().startswith(action[:-1].lower()) for one in taken):
        return False
    return doubt(DoubtKind.CONDITION, entry.condition) if entry.condition else True


def _any_matches(patterns: Iterable[str], action: str) -> bool:
    return any(matches(pattern, action) for pattern in patterns)


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern covers an action, without case; ``*`` is any text, also with slashes.

    Examples
    --------
    >>> matches("Microsoft.KeyVault/*/Action", "microsoft.keyvault/vaults/secrets/getSecret/action")
    True
    """
    first, *others = pattern.lower().split("*")
    text = action.lower()
    if not others:
        return text == first
    *middle, last = others
    if not text.startswith(first):
        return False
    position = len(first)
    for part in middle:  # the earliest place leaves most for the others
        found = text.find(part, position)
        if found < 0:
            return False
        position = found + len(part)
    return len(text) - len(last) >= position and text.endswith(last)


def covers(scope: str, resource: str, above: Collection[str]) -> bool:
    """Whether a scope holds a resource: itself, or what is below it, by whole segments.

    ``resource``: its id in lower case.
    ``above``: the ids of the management groups above its subscription, in lower case.

    Examples
    --------
    >>> covers("/subscriptions/S/resourceGroups/rg1", "/subscriptions/s/resourcegroups/rg10", ())
    False
    """
    wanted = normal(scope)
    if wanted.startswith(MANAGEMENT_GROUPS):
        return wanted in above
    return wanted == resource or resource.startswith(f"{wanted}/")


@lru_cache(1 << 14)
def normal(resource: str) -> str:
    """Return an id as it is compared; ``""`` for the root."""
    return resource.lower().rstrip("/")
