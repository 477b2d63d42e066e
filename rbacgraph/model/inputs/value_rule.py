"""What the owner of a cluster says that its Secrets are worth."""

from enum import IntEnum

from msgspec import Struct


class ValueLevel(IntEnum):
    """How much an attacker gains by the values of a Secret; more is worse."""

    LOW = 1
    """Nothing that opens anything, as far as the input shows."""
    MEDIUM = 2
    """One application, account or host."""
    HIGH = 3
    """Many systems: a cloud, certificates that others trust, other secrets, what is deployed."""
    CONTROL = 4
    """A whole cluster."""


class ValueRule(Struct, frozen=True):
    """What a file says Secrets are worth.

    ``namespace``, ``name``: which Secrets: patterns in which ``*`` and ``?`` stand for any
        characters, or any one.
    ``level``, ``reason``: what they are worth, and why, in the file's own words.
    ``file``, ``line``: where it is said.
    """

    namespace: str
    name: str
    level: ValueLevel
    reason: str = ""
    file: str = ""
    line: int = 0
