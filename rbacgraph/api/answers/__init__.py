"""Answers as a person holds them: sequences that print, tabulate, draw and become frames."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rbacgraph.api.answers.access.exposure import Exposure
    from rbacgraph.api.answers.access.paths import Paths
    from rbacgraph.api.answers.access.reach import Reach
    from rbacgraph.api.answers.access.survey import Survey
    from rbacgraph.api.answers.base import Answer
    from rbacgraph.api.answers.other.check import Check
    from rbacgraph.api.answers.other.cut import Cut
    from rbacgraph.api.answers.other.diff import Diff
    from rbacgraph.api.answers.other.encryption import Encryption
    from rbacgraph.api.answers.other.grantees import Grantees
    from rbacgraph.api.answers.other.recheck import Recheck
    from rbacgraph.api.answers.other.suggestion import Suggestion
    from rbacgraph.api.answers.other.usage import Usage
    from rbacgraph.api.answers.other.verification import Verification

__all__ = [
    "Answer",
    "Check",
    "Cut",
    "Diff",
    "Encryption",
    "Exposure",
    "Grantees",
    "Paths",
    "Reach",
    "Recheck",
    "Suggestion",
    "Survey",
    "Usage",
    "Verification",
]

_HOMES = {
    "Answer": "rbacgraph.api.answers.base",
    "Check": "rbacgraph.api.answers.other.check",
    "Cut": "rbacgraph.api.answers.other.cut",
    "Diff": "rbacgraph.api.answers.other.diff",
    "Encryption": "rbacgraph.api.answers.other.encryption",
    "Exposure": "rbacgraph.api.answers.access.exposure",
    "Grantees": "rbacgraph.api.answers.other.grantees",
    "Paths": "rbacgraph.api.answers.access.paths",
    "Reach": "rbacgraph.api.answers.access.reach",
    "Recheck": "rbacgraph.api.answers.other.recheck",
    "Suggestion": "rbacgraph.api.answers.other.suggestion",
    "Survey": "rbacgraph.api.answers.access.survey",
    "Usage": "rbacgraph.api.answers.other.usage",
    "Verification": "rbacgraph.api.answers.other.verification",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Open one answer's module when it is asked for: no command needs more than one."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
