"""Limits how fast to ask, and computes how long to wait before a retry."""

import random
import threading
import time
from collections.abc import Callable
from math import inf
from typing import NamedTuple

Clock = Callable[[], float]
Sleep = Callable[[float], None]

LONGEST = 60.0
"""The longest wait in seconds; a server that asks for more is not asked again."""
_FIRST = 0.25
_LAST = 8.0


class Pace(NamedTuple):
    """The clock of the requests; tests replace it.

    ``clock``, ``sleep``: see :mod:`time`.
    ``jitter``: returns a random number from 0 to 1.
    """

    clock: Clock = time.monotonic
    sleep: Sleep = time.sleep
    jitter: Clock = random.random


class Limiter:
    """Allows ``burst`` requests at once, and then ``qps`` each second.

    Examples
    --------
    >>> waits = []
    >>> limiter = Limiter(2, 1, Pace(clock=lambda: 0.0, sleep=waits.append))
    >>> for _ in range(3):
    ...     assert limiter.wait()
    >>> waits, limiter.wait(until=1.5)
    ([0.5, 1.0], False)
    """

    def __init__(self, qps: float, burst: int, pace: Pace) -> None:
        self._qps = qps
        self._burst = burst
        self._pace = pace
        self._lock = threading.Lock()
        self._tokens = float(burst)
        self._last = pace.clock()

    def wait(self, until: float = inf) -> bool:
        """Wait for the next free slot, and return whether it comes before some time."""
        with self._lock:
            now = self._pace.clock()
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._qps) - 1
            self._last = now
            delay = max(0.0, -self._tokens / self._qps)
            if now + delay >= until:
                self._tokens += 1
                return False
        if delay:
            self._pace.sleep(delay)
        return True


def backoff(attempt: int, jitter: float) -> float:
    """Return the wait after an attempt, counted from 0.

    Examples
    --------
    >>> backoff(0, 0.0), backoff(1, 1.0), backoff(20, 1.0)
    (0.125, 0.5, 8.0)
    """
    whole = min(_LAST, _FIRST * 2.0**attempt)
    return whole * (0.5 + 0.5 * jitter)


def retry_after(header: str | None, jitter: float) -> float | None:
    """Return the wait that the server asks for, plus jitter that spreads clients.

    It is infinite if the server asks for more than the longest one.

    Examples
    --------
    >>> retry_after("2", 0.0), retry_after("60", 1.0), retry_after("61", 0.0)
    (2.0, 60.0, inf)
    >>> retry_after("soon", 0.0)
    """
    if header is None or not header.strip().isdecimal():
        return None
    asked = float(header)
    return min(LONGEST, asked * (1 + 0.1 * jitter)) if asked <= LONGEST else inf
