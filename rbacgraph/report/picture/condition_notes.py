"""Numbers the conditions of a picture: an arrow has the number, a note below has the words."""

from collections.abc import Iterable, Sequence

from rbacgraph.report.text.layout.text import cut_middle, listing

_NOTES = 8
_ON_AN_ARROW = 3
_LONGEST = 220
_MORE = "if without a number: an SVG has the conditions at the arrow; paths -o wide has all"


class ConditionNotes:
    """The numbered conditions of all arrows.

    ``conditions``: the conditions of each arrow, in words.

    Examples
    --------
    >>> under = ConditionNotes([(), ("a webhook is lax",), ("a webhook is lax", "it runs")])
    >>> under.mark(("a webhook is lax", "it runs")), under.mark(())
    (' (if 1 or 2)', '')
    >>> under.notes
    ('1: a webhook is lax', '2: it runs')
    """

    def __init__(self, conditions: Iterable[Sequence[str]]) -> None:
        every = [some for some in conditions if some]
        few = (words for some in every if len(some) <= _ON_AN_ARROW for words in some)
        known = list(dict.fromkeys(few))
        self._numbers = {words: number for number, words in enumerate(known[:_NOTES], 1)}
        more = any(not self._all_numbered(some) for some in every)
        self.notes = (
            *(
                f"{number}: {cut_middle(words, _LONGEST)}"
                for words, number in self._numbers.items()
            ),
            *([_MORE] if more else []),
        )

    def _all_numbered(self, conditions: Sequence[str]) -> bool:
        return len(conditions) <= _ON_AN_ARROW and self._numbers.keys() >= set(conditions)

    def mark(self, conditions: Sequence[str]) -> str:
        """Return what an arrow says of its conditions."""
        if not conditions:
            return ""
        if not self._all_numbered(conditions):
            return f" (if one of {len(conditions):,})" if len(conditions) > 1 else " (if)"
        numbers = sorted(self._numbers[words] for words in conditions)
        return f" (if {listing(list(map(str, numbers)), last='or')})"
