"""Grants of KMS keys.

Source: KMS Developer Guide, "Grants in AWS KMS" and "Grant constraints".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rbacgraph.stores.aws.context import Context
from rbacgraph.stores.aws.principals import By, Principal
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, Truth, all_of, doubt

_ENCRYPTION_CONTEXT = "kms:EncryptionContext:"


@dataclass(frozen=True, slots=True)
class KeyGrant:
    """A grant, as ``aws kms list-grants`` prints it."""

    grantee: str
    operations: frozenset[str]
    key: str
    equals: Mapping[str, str] | None = None
    subset: Mapping[str, str] = field(default_factory=dict)
    unknown: StoreDoubts = frozenset()

    def covers(self, who: Principal, action: str, resource: str, context: Context) -> Truth:
        """Whether the grant lets this principal do this with this key."""
        if by_grant(self, who) is None or action.removeprefix("kms:") not in self.operations:
            return False
        if self.key and self.key not in (resource, resource.rpartition("/")[2]):
            return False
        return all_of([self.unknown or True, self._context_fits(context)])

    def _context_fits(self, context: Context) -> Truth:
        """Whether the encryption context is within the constraints. Its keys have case."""
        if self.equals is None and not self.subset:
            return True
        start = len(_ENCRYPTION_CONTEXT)
        given = {
            name[start:]: context.text(name)
            for name in context.names
            if name.lower().startswith(_ENCRYPTION_CONTEXT.lower())
        }
        if not given and not context.complete:
            return doubt(DoubtKind.KEY, _ENCRYPTION_CONTEXT)
        if self.equals is not None and given.keys() != self.equals.keys():
            return False
        for key, value in {**(self.equals or {}), **self.subset}.items():
            if key in given and given[key] is None:
                return doubt(DoubtKind.KEY, f"{_ENCRYPTION_CONTEXT}{key}")
            if given.get(key) != value:
                return False
        return True


def by_grant(grant: KeyGrant, who: Principal) -> By | None:
    """Return how the grant names who asks."""
    if grant.grantee == who.arn:
        return By.ITSELF
    return By.ROLE if grant.grantee == who.source else None


def read_grants(grants: object) -> tuple[KeyGrant, ...]:
    """Read grants as JSON decodes them; another shape grants what it may, in doubt."""
    items: Sequence[object] = grants if isinstance(grants, list) else []
    return tuple(_grant(item) for item in items if isinstance(item, Mapping))


def _grant(item: Mapping[str, object]) -> KeyGrant:
    constraints = item.get("Constraints") or {}
    operations = item.get("Operations") or []
    unknown: StoreDoubts = frozenset()
    if not isinstance(constraints, Mapping):
        constraints, unknown = {}, doubt(DoubtKind.POLICY, "Constraints")
    for name in constraints.keys() - {"EncryptionContextEquals", "EncryptionContextSubset"}:
        unknown |= doubt(DoubtKind.POLICY, str(name))
    equals = constraints.get("EncryptionContextEquals")
    subset = constraints.get("EncryptionContextSubset")
    return KeyGrant(
        grantee=str(item.get("GranteePrincipal", "")),
        operations=frozenset(map(str, operations)) if isinstance(operations, list) else frozenset(),
        key=str(item.get("KeyId", "")),
        equals=equals if isinstance(equals, Mapping) else None,
        subset=subset if isinstance(subset, Mapping) else {},
        unknown=unknown,
    )
