"""Why roles are not edited, or left as they are; in words in :mod:`rbacgraph.advice.notes`."""

from enum import Enum, auto
from typing import NamedTuple

from rbacgraph.advice.changes.managers import Managed
from rbacgraph.model.node import Node


class Unseen(NamedTuple):
    """Somebody of whom nothing tells: a principal, or all members of a group."""

    node: Node
    members: bool = False


class Why(Enum):
    """What keeps a role from being edited."""

    FIXED = auto()
    """Somebody else writes it, or the input holds it in several versions."""

    ASKED_UNSEEN = auto()
    """Nothing tells of the one asked about."""

    ALL_UNSEEN = auto()
    """Nothing tells of those who have it."""

    SOME_UNSEEN = auto()
    """Nothing tells of some who have it too."""

    SHARED = auto()
    """Others have it too."""

    SCATTERED = auto()
    """It is held in several namespaces."""

    NO_PODS = auto()
    """Only ServiceAccounts have Pods."""

    OPERATORS = auto()
    """Operators and controllers have it too."""


class Reason(NamedTuple):
    """Why a role is not edited.

    Parameters
    ----------
    why:
        What keeps it from that.
    fixed:
        Where it is fixed, by what.
    unseen:
        Those of whom nothing tells.
    split:
        Whether somebody asked for roles to be split.
    """

    why: Why
    fixed: Managed | None = None
    unseen: tuple[Unseen, ...] = ()
    split: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether nothing tells of somebody."""
        return self.why in {Why.ASKED_UNSEEN, Why.ALL_UNSEEN, Why.SOME_UNSEEN}
