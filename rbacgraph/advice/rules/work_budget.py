"""How much is done for an answer before a lesser one is given: steps, which are repeatable.

A step is a pass through a loop, or one operation on a few thousand bits. A clock would let the
same question have different answers.
"""

_BITS = 2048
"""What one step does with bits."""


class TooMuch(Exception):  # noqa: N818
    """All steps are taken."""


class Work:
    """Steps that are left.

    Parameters
    ----------
    steps:
        How many there are.

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
        """Take some steps.

        Raises
        ------
        TooMuch
            Where fewer are left.
        """
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
