"""Why roles are not edited, or left as they are; in words in :mod:`rbacgraph.advice.notes`."""

from enum import Enum, auto
from typing import NamedTuple

from rbacgraph.advice.changes.managers import Managed
from rbacgraph.model.node import Node


class UnseenPrincipal(NamedTuple):
    """A principal without evidence of its needs, or a group of such members."""

    node: Node
    members: bool = False


class Why(Enum):
    """What keeps a role from being edited."""

    FIXED = auto()
    """Somebody else writes it, or the input holds it in several versions."""

    ASKED_UNSEEN = auto()
    """There is no evidence about the principal asked about."""

    ALL_UNSEEN = auto()
    """There is no evidence about the principals that have it."""

    SOME_UNSEEN = auto()
    """There is no evidence about some of the principals that have it too."""

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
        The principals without evidence of their needs.
    split:
        Whether somebody asked for roles to be split.
    """

    why: Why
    fixed: Managed | None = None
    unseen: tuple[UnseenPrincipal, ...] = ()
    split: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether some principal has no evidence of its needs."""
        return self.why in {Why.ASKED_UNSEEN, Why.ALL_UNSEEN, Why.SOME_UNSEEN}
