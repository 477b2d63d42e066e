"""Reports the progress of collecting a live cluster."""

from collections.abc import Callable
from typing import NamedTuple


class Listed(NamedTuple):
    """One listed kind: the number of its objects, and the time it took."""

    title: str
    objects: int
    seconds: float
    done: int
    total: int


Progress = Callable[[Listed], None]
"""A function that is called after each list."""
