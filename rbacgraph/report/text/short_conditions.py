"""Conditions in as few words as say what to look at: for a column of a table."""

from collections.abc import Iterable

from rbacgraph.model.condition import Condition, in_order
from rbacgraph.model.phrase import fill
from rbacgraph.report.text.layout.text import fitting

_ROOM = 60
"""How wide all conditions of a path may be."""


def short_condition(conditions: Iterable[Condition]) -> str:
    """Return what a path depends on: the first doubts in short words, and the number of others.

    Examples
    --------
    >>> from rbacgraph.model.condition import If
    >>> short_condition([If.OPERATOR_RUNS("Argo CD") & If.OBJECT_IS_THERE()])
    'if such an object exists and Argo CD runs'
    """
    doubts = {doubt for condition in conditions for doubt in condition.doubts}
    words = dict.fromkeys(fill(doubt.code.short, doubt.subject) for doubt in in_order(doubts))
    return f"if {fitting(list(words), _ROOM, separator=' and ')}" if words else ""
