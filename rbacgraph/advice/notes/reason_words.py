"""Why roles are not edited, in words."""

from collections.abc import Sequence

from rbacgraph.advice.changes.reasons import Reason, UnseenPrincipal, Why
from rbacgraph.advice.changes.wording import manager_words
from rbacgraph.model.node import format_node

_WORDS = {
    Why.ASKED_UNSEEN: "no evidence about the principal in question",
    Why.SHARED: "others have it too",
    Why.SCATTERED: "it is held in several namespaces",
    Why.NO_PODS: "for only ServiceAccounts have Pods",
    Why.OPERATORS: "for operators and controllers have it too",
}


def reason_words(reason: Reason) -> str:
    """Say why a role is not edited.

    Examples
    --------
    >>> reason_words(Reason(Why.SHARED, split=True))
    'others have it too, and it is to be split'
    """
    if reason.why is Why.FIXED and reason.fixed is not None:
        return manager_words(reason.fixed)
    if reason.why is Why.ALL_UNSEEN:
        several = any(one.members for one in reason.unseen)
        return f"no evidence about {'all' if several else 'those'} who have it"
    if reason.why is Why.SOME_UNSEEN:
        one = len(reason.unseen) == 1 and not reason.unseen[0].members
        has = "has" if one else "have"
        return f"no evidence about {unseen_words(reason.unseen)}, who {has} it too"
    return f"{_WORDS[reason.why]}{', and it is to be split' if reason.split else ''}"


def unseen_words(unseen: Sequence[UnseenPrincipal]) -> str:
    """Name the first principal without evidence, and count the others."""
    (node, members), *others = unseen
    left = len(others)
    more = f" and {left:,} {'other' if left == 1 else 'others'}" if left else ""
    return f"{'all members of ' if members else ''}{format_node(node)}{more}"


def brief_words(reason: Reason) -> str:
    """Say the same of several roles at once, without the sign and the principals."""
    if reason.why is Why.FIXED and reason.fixed is not None:
        return manager_words(reason.fixed, sign=False)
    if reason.why is Why.SOME_UNSEEN:
        return "no evidence about some who have it"
    return reason_words(reason)
