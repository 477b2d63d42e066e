"""Risks in a review: known ones that a file suppresses, and what changed since another input."""

from typing import Literal, get_args

from msgspec import Struct

RiskNews = Literal["new", "changed", "fixed"]
RISK_NEWS: tuple[RiskNews, ...] = get_args(RiskNews)
"""What became of a risk since another input: the worst first."""


class Suppression(Struct, frozen=True, kw_only=True):
    """An entry of a file of suppressions.

    Parameters
    ----------
    id:
        The id of the risk that it suppresses.
    reason:
        Why somebody accepts that risk.
    until:
        The last day on which the entry holds, as ``2026-12-31``; ``""`` if it does not end.
    line:
        Its line in the file.
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

    Parameters
    ----------
    file:
        The file.
    entries:
        Its entries, in order; no two have the same id.
    """

    file: str
    entries: tuple[Suppression, ...]
