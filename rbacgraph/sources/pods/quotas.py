"""Reads which kinds of objects a ResourceQuota lets nobody create any more.

Sources: kubernetes ``staging/src/k8s.io/api/core/v1/types.go`` and ``CheckRequest`` in
``staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go``. Only counts of
objects matter: a Pod that requests no CPU and no memory fits into any quota of these.
"""

import re
from decimal import Decimal

from msgspec import Struct

from rbacgraph.model.kubernetes.core import ResourceQuota
from rbacgraph.model.kubernetes.meta import Object, ObjectMeta

_COUNT = "count/"
_COUNTED = frozenset(
    {"persistentvolumeclaims", "pods", "replicationcontrollers", "secrets", "services"}
)
"""Resources that a quota may count by their plain name."""

_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]{1,3})|([mkMGTPE]|[KMGTPE]i))?")
_FACTORS = {
    "m": Decimal("0.001"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}


class _ScopeRequirement(Struct, frozen=True, gc=False, rename="camel"):
    scope_name: str = ""
    operator: str = ""


class _ScopeSelector(Struct, frozen=True, gc=False, rename="camel"):
    match_expressions: tuple[_ScopeRequirement, ...] | None = None


class _ResourceQuotaSpec(Struct, frozen=True, gc=False, rename="camel"):
    hard: dict[str, object] | None = None
    scopes: tuple[str, ...] | None = None
    scope_selector: _ScopeSelector | None = None


class _ResourceQuotaStatus(Struct, frozen=True, gc=False):
    hard: dict[str, object] | None = None
    used: dict[str, object] | None = None


class ResourceQuotaWire(Object, frozen=True, gc=False):
    """A ResourceQuota in its wire format."""

    metadata: ObjectMeta
    spec: _ResourceQuotaSpec | None = None
    status: _ResourceQuotaStatus | None = None


def to_quota(wire: ResourceQuotaWire) -> ResourceQuota:
    """Keep what a quota allows no more of, by its status if it has one."""
    spec, status = wire.spec or _ResourceQuotaSpec(), wire.status or _ResourceQuotaStatus()
    used = status.used or {}
    hard = spec.hard or {} if status.hard is None else status.hard
    full = tuple(
        sorted(
            name
            for name, most in hard.items()
            if (name in _COUNTED or name.startswith(_COUNT)) and _is_full(most, used.get(name, 0))
        )
    )
    chosen = spec.scope_selector.match_expressions if spec.scope_selector else None
    scopes = [
        *(spec.scopes or ()),
        *(
            one.scope_name if one.operator == "Exists" else f"{one.scope_name} {one.operator}"
            for one in chosen or ()
        ),
    ]
    return ResourceQuota(metadata=wire.metadata, full=full, scopes=tuple(sorted(set(scopes))))


def _is_full(hard: object, used: object) -> bool:
    most, there = _number(hard), _number(used)
    return most is not None and there is not None and there + 1 > most


def _number(quantity: object) -> Decimal | None:
    """Return a quantity as a number; None for other values.

    Examples
    --------
    >>> _number("10"), _number(3), _number("1k"), _number("1Ki"), _number("x")
    (Decimal('10'), Decimal('3'), Decimal('1000'), Decimal('1024'), None)
    """
    found = _QUANTITY.fullmatch(str(quantity))
    if found is None or found[1].count(".") > 1 or found[1].strip("+-.") == "":
        return None
    number, exponent, suffix = Decimal(found[1]), found[2], found[3]
    if exponent:
        return number.scaleb(int(exponent))
    return number * _FACTORS[suffix] if suffix else number
