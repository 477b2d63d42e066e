"""Applies a file of suppressions to an answer about risks, and compares two answers."""

from msgspec.structs import replace

from rbacgraph.model.answers.risk.risk_review import RISK_NEWS, RiskNews, Suppressions
from rbacgraph.model.answers.risk.risks import Risk, RiskChange, RisksResult, SuppressedRisk
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES


def suppress_risks(result: RisksResult, known: Suppressions, *, today: str) -> RisksResult:
    """Take the risks that somebody accepts out of ``risks``; ``review`` holds them.

    ``today``: the day, as ``2026-12-31``; an entry that has ended by then suppresses nothing.
    """
    holding = {one.id: one for one in known.entries if one.holds_on(today)}
    every = {risk.id for risk in (*result.risks, *result.by_design)}
    suppressed = tuple(
        SuppressedRisk(risk, holding[risk.id]) for risk in result.risks if risk.id in holding
    )
    review = replace(
        result.review,
        file=known.file,
        today=today,
        suppressed=suppressed,
        expired=tuple(one for one in known.entries if not one.holds_on(today)),
        unmatched=tuple(one for one in known.entries if one.id not in every),
        changes=tuple(one for one in result.review.changes if one.id not in holding),
    )
    risks = tuple(risk for risk in result.risks if risk.id not in holding)
    return replace(result, risks=risks, review=review)


def compare(before: RisksResult, after: RisksResult, *, since: str) -> RisksResult:
    """Say in ``review`` of an answer what is new, changed or fixed since another one.

    A risk is the same as long as its id is. It has changed if its severity, what it opens or the
    operator that needs it is another.

    ``before``, ``after``: both answers, to the same question and without suppressions.
    ``since``: the name of the input that ``before`` is about.
    """
    old, new = _by_id(before), _by_id(after)
    changes: list[tuple[Risk, RiskChange]] = []
    for key, risk in new.items():
        was = old.get(key)
        if was is None and not risk.by_design:
            changes.append((risk, RiskChange(id=key, news="new", was=None)))
        elif was is not None and _matters(was) != _matters(risk):
            changes.append((risk, RiskChange(id=key, news="changed", was=was)))
    fixed = (risk for key, risk in old.items() if key not in new and not risk.by_design)
    changes += [(risk, RiskChange(id=risk.id, news="fixed", was=risk)) for risk in fixed]
    changes.sort(key=lambda pair: _order(pair[0], pair[1].news))
    found = tuple(change for _, change in changes)
    return replace(after, review=replace(after.review, since=since, changes=found))


def _by_id(result: RisksResult) -> dict[str, Risk]:
    return {risk.id: risk for risk in (*result.risks, *result.by_design)}


def _matters(risk: Risk) -> tuple[object, ...]:
    """Return what a change is: not the numbers of pairs, which each new Secret changes."""
    opens = risk.opens
    return (
        risk.severity,
        risk.operator,
        risk.conditional,
        opens.cluster,
        opens.control_plane,
        risk.subjects,
    )


def _order(risk: Risk, news: RiskNews) -> tuple[int, int, str]:
    return RISK_NEWS.index(news), RISK_SEVERITIES.index(risk.severity), risk.id
