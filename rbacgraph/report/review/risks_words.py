"""The words of risks in a review: what is suppressed, what changed, and why."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.model.answers.risk.risk_review import RISK_NEWS, RiskNews, Suppression
from rbacgraph.model.answers.risk.risks import Risk, RiskChange, RisksResult
from rbacgraph.report.text.layout.text import count, listing


class News(NamedTuple):
    """A risk, what became of it, and the risk as it was."""

    risk: Risk
    news: RiskNews
    was: Risk | None

    @property
    def words(self) -> str:
        """What became of it, such as ``changed: was high``."""
        if self.news != "changed" or self.was is None:
            return self.news
        before, now = self.was, self.risk
        said = [f"was {before.severity}"] if before.severity != now.severity else []
        if before.operator != now.operator:
            said.append(f"was by design of {before.operator}" if before.operator else "by design")
        if before.conditional != now.conditional:
            said.append("was conditional" if before.conditional else "is conditional now")
        if before.opens.cluster != now.opens.cluster:
            said.append("opens the cluster" + ("" if now.opens.cluster else " no more"))
        more, less = (
            [one for one in first.subjects if one not in second.subjects]
            for first, second in ((now, before), (before, now))
        )
        said += [
            f"{sign}{len(some):,} who hold it" for sign, some in (("+", more), ("-", less)) if some
        ]
        return f"changed: {listing(said)}" if said else "changed"


def every_news(result: RisksResult) -> list[News]:
    """Return what is new, changed and fixed, each with its risk."""
    held = {risk.id: risk for risk in (*result.risks, *result.by_design)}
    return list(_news(result.review.changes, held))


def _news(changes: Sequence[RiskChange], held: dict[str, Risk]) -> Iterator[News]:
    for change in changes:
        risk = held.get(change.id) or change.was
        if risk is not None:
            yield News(risk, change.news, change.was)


def news_sentence(result: RisksResult) -> str:
    """Return how many risks are new, changed and fixed; ``""`` if nothing was compared."""
    review = result.review
    if not review.since:
        return ""
    numbers = {news: sum(one.news == news for one in review.changes) for news in RISK_NEWS}
    said = [f"{number:,} {news}" for news, number in numbers.items() if number]
    return f"Since {review.since}: {listing(said) if said else 'nothing new, changed or fixed'}."


def suppressed_sentence(result: RisksResult) -> str:
    """Return how many risks are suppressed; ``""`` without a file of suppressions."""
    review = result.review
    if not review.file:
        return ""
    number = len(review.suppressed)
    said = [f"{count(number, 'risk')} suppressed by {review.file}"]
    if review.expired:
        one = count(len(review.expired), "entry has expired", "entries have expired")
        said.append(f"{one} by {review.today}")
    return f"{', '.join(said)}."


def until_words(one: Suppression) -> str:
    """Return how long an entry holds.

    Examples
    --------
    >>> until_words(Suppression(id="0011223344", reason="known", until="2026-12-31"))
    'until 2026-12-31'
    """
    return f"until {one.until}" if one.until else "without end"
