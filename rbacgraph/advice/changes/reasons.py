"""Why roles are not edited, or left as they are."""

from typing import NamedTuple

from rbacgraph.advice.changes.managers import Managed
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.node import Node, format_node


class UnseenPrincipal(NamedTuple):
    """A principal without evidence of its needs, or a group of such members."""

    node: Node
    members: bool = False


class Reason(NamedTuple):
    """Why a role is not edited.

    ``why``: what keeps it from that; None where it is fixed.
    ``fixed``: where it is fixed, by what.
    ``split``: whether somebody asked for roles to be split.
    """

    why: Say | None
    fixed: Managed | None = None
    unseen: tuple[UnseenPrincipal, ...] = ()
    split: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether some principal has no evidence of its needs."""
        return self.why in {Say.ASKED_IS_UNSEEN, Say.ALL_ARE_UNSEEN, Say.SOME_ARE_UNSEEN}

    @property
    def principals(self) -> tuple[str, bool, int]:
        """The first principal without evidence, whether it has members, and how many others."""
        (node, members), *others = self.unseen
        return format_node(node), members, len(others)

    def said(self, *, brief: bool = False) -> Statement:
        """State it; of several roles at once briefly, without the sign and the principals."""
        if self.why is None:
            assert self.fixed is not None, "a reason is one or the other"
            return self.fixed.said(sign=not brief)
        if self.why is Say.SOME_ARE_UNSEEN:
            return self.why() if brief else self.why(*self.principals)
        if self.why is Say.ALL_ARE_UNSEEN:
            members = any(one.members for one in self.unseen)
            return Say.ALL_ARE_UNSEEN() if members else Say.HOLDERS_ARE_UNSEEN()
        return self.why(self.split)
