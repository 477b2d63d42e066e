"""How many random clusters the laws try.

A run tries a part of them; ``TRIALS=all`` tries all, as ``.ci/run`` does on one Python.
"""

import os

ALL = os.environ.get("TRIALS") == "all"


def trials(most: int) -> int:
    """Return how many are tried: all, or a third."""
    return most if ALL else -(-most // 3)
