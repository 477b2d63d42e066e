"""What ``risks`` answers: the causes of access, ranked, each with the change that closes it.

A cause is one mistake: what one change to one object takes away. Its ``id`` is made of what it is
(the object, its subjects, the rights), so it stays as long as the mistake does, wherever the
object stands in its file.
"""

from typing import Literal, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from rbacgraph.model.answers.paths import Basis, Path
from rbacgraph.model.answers.risk.risk_review import RiskNews, Suppression
from rbacgraph.model.answers.risk.risk_text import RiskText
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES, RiskSeverity
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.unread import Unread, UnreadKind
from rbacgraph.model.phrase import Phrase

RiskKind = Literal["binding", "role", "pod", "token", "membership", "authorizer"]
"""Subjects of a binding, rules of a role, settings of a Pod, a lasting token."""

RiskEntry = Literal[
    "anyone",
    "every-identity",
    "internet",
    "network",
    "credential",
    "person",
    "inside",
    "unused",
]
RISK_ENTRIES: tuple[RiskEntry, ...] = get_args(RiskEntry)
"""Who can start, the easiest first."""

RiskValue = Literal["control", "high", "medium", "low"]
RISK_VALUES: tuple[RiskValue, ...] = get_args(RiskValue)
"""What is opened, the worst first: control of the cluster, and Secrets by their value."""

RiskCertainty = Literal["certain", "conditional"]


class RiskFactor(Struct, frozen=True, kw_only=True):
    """One of the reasons for a severity.

    ``factor``: which: ``entry`` (who can start), ``value`` (what is opened), ``certainty`` or
        ``declared`` (a person who is bound to full control by name).
    ``level``: the level on the scale: see :data:`RiskEntry`, :data:`RiskValue`,
        :data:`RiskCertainty`.
    ``text``: the reason.
    ``condition``: what else must hold; the severity is one step less then.
    ``evidence``: what shows it.
    ``lacking``: what the input does not show: it may be worse.
    """

    factor: Literal["entry", "value", "certainty", "declared"]
    level: str
    text: Phrase
    condition: Condition = field(default_factory=lambda: CERTAIN)
    evidence: tuple[Evidence, ...] = ()
    lacking: tuple[Phrase, ...] = ()


class RiskOpens(Struct, frozen=True, kw_only=True):
    """What a cause opens, and what goes away if it alone is closed.

    A pair is a principal and a Secret that it reaches, counted as ``exposure`` does: a group
    counts once.

    ``cluster``: whether it opens full control of the cluster.
    ``control_plane``: whether it does so through a node of the control plane.
    ``principals``, ``principals_conditional``: how many principals have a way through it: come to
        it for certain, and only under a condition.
    ``secrets``, ``secrets_conditional``: how many Secrets it opens: for certain, and only under a
        condition.
    ``examples``: some of these Secrets, the most valuable first.
    ``pairs_alone``, ``pairs_alone_conditional``: how many pairs go away altogether if this cause
        alone is closed, of the certain ones and of those under a condition; 0 where second ways
        remain, even such under a condition. If a group's pair goes, members may have pairs of
        their own that stand in its place: these are not subtracted.
    ``admins_alone``, ``admins_alone_conditional``: how many principals lose full control of the
        cluster then, parted in the same way.
    ``exact``: whether these numbers were computed; otherwise each is the most that it can be.
    """

    cluster: bool
    control_plane: bool
    principals: int
    secrets: int
    examples: tuple[str, ...]
    pairs_alone: int
    admins_alone: int
    exact: bool
    principals_conditional: int = 0
    secrets_conditional: int = 0
    pairs_alone_conditional: int = 0
    admins_alone_conditional: int = 0


class Risk(Struct, frozen=True, kw_only=True):
    """One cause.

    ``id``: its stable id: 10 hexadecimal digits.
    ``kind``: the kind of cause.
    ``severity``: the severity, by the scale of the answer.
    ``object_kind``, ``namespace``, ``name``, ``file``, ``line``: the object that the change is made
        to.
    ``text``: the cause.
    ``subjects``: who holds it, printed: the subjects of the binding or of the role's bindings, the
        Pod, the ServiceAccount of a token. Never empty.
    ``opens``: what it opens, and what closing it alone removes.
    ``factors``: the reasons for the severity.
    ``evidence``: the binding, rules or settings that are the cause.
    ``path``: the shortest example; None if own bindings give every right.
    ``change``: the change that closes it.
    ``operator``: the operator or component that needs it by design; ``""`` if none is known.
    """

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
    path: Path | None
    change: RiskText
    operator: str = ""

    @property
    def by_design(self) -> bool:
        """Whether an operator needs it."""
        return bool(self.operator)

    @property
    def conditional(self) -> bool:
        """Whether all that it opens depends on a condition."""
        return any(one.level == "conditional" for one in self.factors)

    def factor(self, name: str) -> RiskFactor | None:
        """Return a factor by its name, if there is one."""
        return next((one for one in self.factors if one.factor == name), None)


class SuppressedRisk(Struct, frozen=True):
    """A risk that somebody accepts, and the entry that says so."""

    risk: Risk
    by: Suppression


class RiskChange(Struct, frozen=True, kw_only=True):
    """What became of a risk since another input.

    ``id``: the risk.
    ``news``: whether it is new, fixed, or another severity, other things opened, or another
        judgement about operators.
    ``was``: the risk as it was; None if it is new.
    """

    id: str
    news: RiskNews
    was: Risk | None


class RisksReview(Struct, frozen=True, kw_only=True):
    """What a review adds: accepted risks, and what changed.

    ``file``: the file of suppressions; ``""`` for none.
    ``today``: the day on which its entries were judged, as ``2026-12-31``.
    ``suppressed``: the risks that it suppresses; ``risks`` of the answer has them no more.
    ``expired``: its entries whose last day is over: they suppress nothing.
    ``unmatched``: its entries that no risk has as its id.
    ``since``: the name of the other input; ``""`` for none.
    ``changes``: what is new, changed or fixed since then, without suppressed risks.
    ``unread``: what was not read whole: its risks are unknown.
    ``unread_kinds``: the kinds in files of the input that are not looked into.
    ``not_manifests``: the number of files that hold no object.
    """

    file: str = ""
    today: str = ""
    suppressed: tuple[SuppressedRisk, ...] = ()
    expired: tuple[Suppression, ...] = ()
    unmatched: tuple[Suppression, ...] = ()
    since: str = ""
    changes: tuple[RiskChange, ...] = ()
    unread: tuple[Unread, ...] = ()
    unread_kinds: tuple[UnreadKind, ...] = ()
    not_manifests: int = 0

    def news(self) -> dict[str, RiskNews]:
        """Return what became of each risk that changed, by its id."""
        return {one.id: one.news for one in self.changes}


class ScaleRow(Struct, frozen=True):
    """A row of the scale: the severity of a value, by who can start, in :data:`RISK_ENTRIES`."""

    value: RiskValue
    severities: tuple[RiskSeverity, ...]


class RisksResult(Struct, frozen=True, kw_only=True):
    """Answer of ``risks``: the most severe first, then by what closing the cause alone removes.

    ``risks``: the causes, without those that are by design.
    ``by_design``: the causes that an operator needs, in the same order.
    ``pairs``, ``admins``: how many pairs of a principal and a Secret there are for certain, and how
        many principals with full control, before any change.
    ``pairs_conditional``, ``admins_conditional``: how many there are only under a condition.
    ``scale``: the scale of the severities; something conditional is one step less.
    ``basis``: what the answer rests on.
    ``top``: how many of ``risks`` the caller wants to see; 0 for all.
    ``review``: what a file of suppressions and another input add.
    """

    risks: tuple[Risk, ...]
    by_design: tuple[Risk, ...]
    pairs: int
    admins: int
    pairs_conditional: int = 0
    admins_conditional: int = 0
    scale: tuple[ScaleRow, ...]
    basis: Basis
    top: int = 0
    review: RisksReview = RisksReview()

    @property
    def counts(self) -> dict[RiskSeverity, int]:
        """How many of ``risks`` each severity has, the most severe first."""
        found = dict.fromkeys(RISK_SEVERITIES, 0)
        for risk in self.risks:
            found[risk.severity] += 1
        return found

    def with_unread(
        self, unread: tuple[Unread, ...], kinds: tuple[UnreadKind, ...], not_manifests: int
    ) -> "RisksResult":
        """Return the same answer with what was not read or not looked into."""
        review = replace(
            self.review, unread=unread, unread_kinds=kinds, not_manifests=not_manifests
        )
        return replace(self, review=review)

    def failing(self, level: RiskSeverity) -> tuple[Risk, ...]:
        """Return the risks of a severity or worse; since another input, the new and worse ones.

        Suppressed risks and those by design do not count.
        """
        worst = RISK_SEVERITIES[: RISK_SEVERITIES.index(level) + 1]
        found = (risk for risk in self.risks if risk.severity in worst)
        if not self.review.since:
            return tuple(found)
        was = {one.id: one.was for one in self.review.changes}
        return tuple(risk for risk in found if risk.id in was and _is_worse(risk, was[risk.id]))


def _is_worse(risk: Risk, was: Risk | None) -> bool:
    rank = RISK_SEVERITIES.index
    return was is None or was.by_design or rank(risk.severity) < rank(was.severity)
