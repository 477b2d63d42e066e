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

    ``kind``: the kind of cause.
    ``key``: the object to change: kind, namespace and name.
    ``edits``: the edits that close it; none if it is no RBAC.
    ``subjects``: the nodes of who holds it: principals, or Pods, or the Secret of a token.
    ``starts``: the edges with which ways through it begin.
    ``sure``: the edges that certainly go away with it.
    ``maybe``: these, and the edges that may go away.
    ``rules``: the rules of the role, where they are the cause.
    ``operator``: the operator that needs it by design.
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
