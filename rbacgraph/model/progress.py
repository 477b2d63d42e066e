"""How far the collecting of a live cluster is."""

from collections.abc import Callable
from typing import NamedTuple


class Listed(NamedTuple):
    """One kind that was asked for: how many objects came, and how long it took."""

    title: str
    objects: int
    seconds: float
    done: int
    total: int


Progress = Callable[[Listed], None]
"""Is told each list when it is there."""
