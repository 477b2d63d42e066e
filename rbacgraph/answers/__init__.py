"""Answers as a person holds them: sequences that print, tabulate, draw and become frames."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rbacgraph.answers.answer import Answer
    from rbacgraph.answers.check import Check
    from rbacgraph.answers.cut import Cut
    from rbacgraph.answers.diff import Diff
    from rbacgraph.answers.encryption import Encryption
    from rbacgraph.answers.exposure import Exposure
    from rbacgraph.answers.grantees import Grantees
    from rbacgraph.answers.paths import Paths
    from rbacgraph.answers.reach import Reach
    from rbacgraph.answers.recheck import Recheck
    from rbacgraph.answers.suggestion import Suggestion
    from rbacgraph.answers.survey import Survey
    from rbacgraph.answers.usage import Usage
    from rbacgraph.answers.verification import Verification

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


def __getattr__(name: str) -> Any:  # noqa: ANN401 - PEP 562
    """Open one answer's module when it is asked for: no command needs more than one."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{name.lower()}"), name)
