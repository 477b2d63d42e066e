"""Risks in a review: known ones that a file suppresses, and what changed since another input."""

from typing import Literal, get_args

from msgspec import Struct

RiskNews = Literal["new", "changed", "fixed"]
RISK_NEWS: tuple[RiskNews, ...] = get_args(RiskNews)
"""What became of a risk since another input: the worst first."""


class Suppression(Struct, frozen=True, kw_only=True):
    """An entry of a file of suppressions.

    ``id``: the id of the risk that it suppresses.
    ``reason``: why somebody accepts that risk.
    ``until``: the last day on which the entry holds, as ``2026-12-31``; ``""`` if it does not end.
    ``line``: its line in the file.
    """

    id: str
    reason: str
    until: str = ""
    line: int = 0

    def holds_on(self, today: str) -> bool:
        """Whether it holds on a day.

        Examples
        --------
        >>> Suppression(id="0011223344", reason="known", until="2026-12-31").holds_on("2027-01-01")
        False
        """
        return not self.until or today <= self.until


class Suppressions(Struct, frozen=True, kw_only=True):
    """A file of suppressions.

    ``entries``: its entries, in order; no two have the same id.
    """

    file: str
    entries: tuple[Suppression, ...]
