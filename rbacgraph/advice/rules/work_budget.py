"""Limits the work for an answer in steps, which are repeatable.

A step is one pass of a loop, or one operation on a few thousand bits. A clock would give the same
question different answers.
"""

_BITS = 2048
"""The number of bits that one step handles."""


class TooMuch(Exception):  # noqa: N818
    """All steps are used up."""


class Work:
    """The remaining steps.

    Examples
    --------
    >>> work = Work(3)
    >>> work.spend(2)
    >>> work.spend(2)
    Traceback (most recent call last):
        ...
    rbacgraph.advice.rules.work_budget.TooMuch
    """

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Use some steps."""
        self._left -= steps
        if self._left < 0:
            raise TooMuch


def steps_for(bits: int) -> int:
    """Return the steps of one operation on some bits.

    Examples
    --------
    >>> steps_for(8), steps_for(10_000)
    (1, 5)
    """
    return 1 + bits // _BITS
