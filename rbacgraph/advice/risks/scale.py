"""The scale of severities, which ``exposure`` shares."""

from rbacgraph.model.answers.risk_scale import MANY, SCALE, severity_of, worst

__all__ = ["MANY", "SCALE", "severity_of", "worst"]
