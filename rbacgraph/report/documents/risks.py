"""The documents of what to fix first."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.answers.risk.risk_review import RiskNews, Suppression
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.risk.risks import RiskFactor, RiskKind, RiskOpens, ScaleRow
from rbacgraph.model.answers.risk.severities import RiskSeverity
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.cut import CutEdit
from rbacgraph.model.changes.risk_fix import FixProof
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.inputs.unread import Unread, UnreadKind
from rbacgraph.report.documents.access import PathDocument
from rbacgraph.report.documents.advice import WrittenDocument


class RiskDocument(Struct, frozen=True, kw_only=True):
    """One cause of access, and the change that closes it."""

    id: str
    kind: RiskKind
    severity: RiskSeverity
    object_kind: str
    namespace: str
    name: str
    file: str
    line: int
    text: RiskText
    subjects: tuple[str, ...]
    opens: RiskOpens
    factors: tuple[RiskFactor, ...]
    evidence: tuple[Evidence, ...]
    path: PathDocument | None
    change: RiskText
    by_design: bool
    conditional: bool
    operator: str


class SuppressedRiskDocument(Struct, frozen=True, kw_only=True):
    """A risk that somebody accepts."""

    risk: RiskDocument
    by: Suppression


class RiskChangeDocument(Struct, frozen=True, kw_only=True):
    """What became of a risk; ``was`` is null if it is new."""

    id: str
    news: RiskNews
    was: RiskDocument | None


class RisksReviewDocument(Struct, frozen=True, kw_only=True):
    """What ``--suppress`` and ``--since`` add; ``risks`` has no suppressed ones."""

    file: str
    today: str
    suppressed: tuple[SuppressedRiskDocument, ...]
    expired: tuple[Suppression, ...]
    unmatched: tuple[Suppression, ...]
    since: str
    changes: tuple[RiskChangeDocument, ...]
    unread: tuple[Unread, ...]
    unread_kinds: tuple[UnreadKind, ...]
    not_manifests: int


class RisksDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph risks``; ``counts`` are of all risks, by severity."""

    schema: Literal["rbacgraph/risks/v1"] = "rbacgraph/risks/v1"
    counts: dict[RiskSeverity, int]
    risks: tuple[RiskDocument, ...]
    by_design: tuple[RiskDocument, ...]
    pairs: int
    admins: int
    pairs_conditional: int
    admins_conditional: int
    scale: tuple[ScaleRow, ...]
    basis: Basis
    review: RisksReviewDocument


class RiskFixDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph risks --fix`` and ``--fix-set``.

    ``most`` is null unless the causes were chosen; ``by_hand`` are changes of no role or binding.
    """

    schema: Literal["rbacgraph/risk-fix/v1"] = "rbacgraph/risk-fix/v1"
    risks: tuple[RiskDocument, ...]
    edits: tuple[CutEdit, ...]
    changes: tuple[WrittenDocument, ...]
    by_hand: tuple[RiskText, ...]
    proof: FixProof
    denied: tuple[Needing, ...]
    effect: Effect
    most: int | None
    proven: bool
    log: LogSummary | None
    basis: Basis
