"""What a cause of access is."""

from typing import NamedTuple

from rbacgraph.advice.edits.edits import Edit
from rbacgraph.model.answers.risk.risks import RiskKind
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.node import MASTERS

MASTERS_KEY: ObjectKey = ("Group", *MASTERS[1:])
"""What is changed where the members of group system:masters are the cause."""


class RiskCause(NamedTuple):
    """One cause.

    Parameters
    ----------
    kind:
        The kind of cause.
    key:
        The object to change: kind, namespace and name.
    edits:
        The edits that close it; none if it is no RBAC.
    subjects:
        The nodes of who holds it: principals, or Pods, or the Secret of a token.
    starts:
        The edges with which ways through it begin.
    sure:
        The edges that certainly go away with it.
    maybe:
        These, and the edges that may go away.
    rules:
        The rules of the role, where they are the cause.
    operator:
        The operator that needs it by design.
    """

    kind: RiskKind
    key: ObjectKey
    edits: tuple[Edit, ...]
    subjects: tuple[int, ...]
    starts: frozenset[int]
    sure: frozenset[int]
    maybe: frozenset[int]
    rules: tuple[int, ...] = ()
    operator: str = ""
