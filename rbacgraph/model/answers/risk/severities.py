"""The severities of risks. It imports nothing heavy: the command line's help reads it."""

from typing import Literal, get_args

RiskSeverity = Literal["critical", "high", "medium", "low"]
RISK_SEVERITIES: tuple[RiskSeverity, ...] = get_args(RiskSeverity)
"""The most severe first."""
