"""Answers as a person holds them: sequences that print, tabulate, draw and become frames."""

from rbacgraph.api.answers.base import Answer
from rbacgraph.api.answers.kinds import (
    Admins,
    Check,
    Cut,
    Diff,
    Encryption,
    Exposure,
    GitSecretFindings,
    Grantees,
    Paths,
    Reach,
    Recheck,
    Rights,
    Risks,
    Suggestion,
    Survey,
    Usage,
    Verification,
)

__all__ = [
    "Admins",
    "Answer",
    "Check",
    "Cut",
    "Diff",
    "Encryption",
    "Exposure",
    "GitSecretFindings",
    "Grantees",
    "Paths",
    "Reach",
    "Recheck",
    "Rights",
    "Risks",
    "Suggestion",
    "Survey",
    "Usage",
    "Verification",
]
