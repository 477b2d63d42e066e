"""Numbers the conditions of a picture: an arrow has the number, a note below has the words."""

from collections.abc import Iterable, Sequence

from rbacgraph.report.text.text import cut_middle, listing

_NOTES = 8
_ON_AN_ARROW = 3
_LONGEST = 220


class ConditionNotes:
    """The numbered conditions of all arrows.

    Parameters
    ----------
    conditions:
        The conditions of each arrow, in words.

    Examples
    --------
    >>> under = ConditionNotes([(), ("a webhook is lax",), ("a webhook is lax", "it runs")])
    >>> under.mark(("a webhook is lax", "it runs")), under.mark(())
    (' (if 1 or 2)', '')
    >>> under.notes
    ('1: a webhook is lax', '2: it runs')
    """

    def __init__(self, conditions: Iterable[Sequence[str]]) -> None:
        few = (words for some in conditions if len(some) <= _ON_AN_ARROW for words in some)
        known = list(dict.fromkeys(few))
        self._numbers = {words: number for number, words in enumerate(known[:_NOTES], 1)}
        self.notes = tuple(
            f"{number}: {cut_middle(words, _LONGEST)}" for words, number in self._numbers.items()
        )

    def mark(self, conditions: Sequence[str]) -> str:
        """Return what an arrow says of its conditions."""
        if not conditions:
            return ""
        numbers = [self._numbers[words] for words in conditions if words in self._numbers]
        if len(numbers) == len(conditions) <= _ON_AN_ARROW:
            return f" (if {listing([str(number) for number in sorted(numbers)], last='or')})"
        return f" (if: {len(conditions):,})" if len(conditions) > 1 else " (if)"
