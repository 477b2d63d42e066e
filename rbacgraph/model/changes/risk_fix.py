"""Answers of ``risks --fix`` and ``--fix-set``: changes that close causes, with their proof."""

from msgspec import Struct

from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.risk.risks import Risk
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutEdit
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.required_requests import Needing


class FixProof(Struct, frozen=True, kw_only=True):
    """What rbacgraph counted in the graph that it built of the changed cluster.

    ``pairs_before``, ``pairs_after``: pairs of a principal and a Secret that it reaches for
        certain.
    ``admins_before``, ``admins_after``: principals with full control of the cluster for certain.
    ``pairs_before_conditional``, ``pairs_after_conditional``: pairs whose paths all depend on a
        condition. What only becomes conditional is among them.
    ``admins_before_conditional``, ``admins_after_conditional``: principals with full control only
        under a condition.
    ``requests``: how many requests of logs and statements stay allowed.
    """

    pairs_before: int
    pairs_after: int
    admins_before: int
    admins_after: int
    pairs_before_conditional: int = 0
    pairs_after_conditional: int = 0
    admins_before_conditional: int = 0
    admins_after_conditional: int = 0
    requests: int = 0


class RiskFixResult(Struct, frozen=True, kw_only=True):
    """Causes with the changes that close them all.

    ``risks``: the causes.
    ``edits``: what is taken away of roles and bindings, and who loses what by it; ``closes`` is how
        many principals lose it.
    ``changes``: the objects to apply.
    ``by_hand``: the changes that no role or binding makes.
    ``proof``: what is left.
    ``denied``: the requests of logs and statements that are allowed now and would be denied.
    ``effect``: who reaches which Secrets before and after.
    ``most``: of the best so many changes, how many pairs and admins they could remove at the most,
        certain or not: the search weighs all alike; None if the caller chose the causes.
    ``proven``: whether no other choice of so many causes removes more.
    ``basis``: what the answer rests on.
    ``log``: the log that shows what is needed.
    ``diagnostics``: what rbacgraph could not read of logs and statements.
    """

    risks: tuple[Risk, ...]
    edits: tuple[CutEdit, ...]
    changes: tuple[Change, ...]
    by_hand: tuple[RiskText, ...]
    proof: FixProof
    denied: tuple[Needing, ...]
    effect: Effect
    basis: Basis
    most: int | None = None
    proven: bool = False
    log: LogSummary | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
