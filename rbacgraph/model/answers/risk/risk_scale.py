"""The scale of severities: what is opened, by who can start."""

from collections.abc import Mapping, Sequence

from rbacgraph.model.answers.risk import risks
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES, RiskSeverity

_CRITICAL, _HIGH, _MEDIUM, _LOW = RISK_SEVERITIES

SCALE: tuple[risks.ScaleRow, ...] = (
    risks.ScaleRow("control", (*(_CRITICAL,) * 7, _HIGH)),
    risks.ScaleRow("high", (_CRITICAL, _HIGH, _HIGH, _HIGH, _HIGH, _MEDIUM, _MEDIUM, _LOW)),
    risks.ScaleRow("medium", (_HIGH, _HIGH, _HIGH, _MEDIUM, _MEDIUM, _LOW, _LOW, _LOW)),
    risks.ScaleRow("low", (_MEDIUM, *(_LOW,) * 7)),
)
"""The severity of each value by who can start, in the order of :data:`RISK_ENTRIES`."""

MANY = 5
"""So many Secrets are worth one step more than the most valuable of them."""

_SEVERITIES: Mapping[tuple[risks.RiskValue, risks.RiskEntry], RiskSeverity] = {
    (row.value, entry): severity
    for row in SCALE
    for entry, severity in zip(risks.RISK_ENTRIES, row.severities, strict=True)
}


def severity_of(value: risks.RiskValue, entry: risks.RiskEntry, less: int = 0) -> RiskSeverity:
    """Return a severity, some steps less.

    Examples
    --------
    >>> severity_of("control", "inside"), severity_of("control", "inside", less=1)
    ('critical', 'high')
    """
    place = RISK_SEVERITIES.index(_SEVERITIES[value, entry]) + less
    return RISK_SEVERITIES[min(place, len(RISK_SEVERITIES) - 1)]


def worst(values: Sequence[risks.RiskValue], *, more: bool = False) -> risks.RiskValue:
    """Return the worst of some values of Secrets, or one step more, up to high.

    Examples
    --------
    >>> worst(["low", "medium"]), worst(["low", "medium"], more=True), worst(["high"], more=True)
    ('medium', 'high', 'high')
    >>> worst(["control", "low"])
    'control'
    """
    place = min(map(risks.RISK_VALUES.index, values))
    return risks.RISK_VALUES[max(place - 1, 1) if more and place else place]
