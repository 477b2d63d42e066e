"""How much a picture merges, and what it says of that."""

from enum import IntEnum

from rbacgraph.report.picture.arrow_words import LINES_SHOWN


class MergeLevel(IntEnum):
    """What shares a box: each level merges more than the one before it."""

    SAME = 0
    """Nodes with exactly the same arrows."""
    TIGHT = 1
    """The same, drawn with little space."""
    NAMESPACES = 2
    """Also nodes that differ only in the namespace."""
    OVERVIEW = 3
    """What is in a namespace is one box, but for the Secrets of the question."""
    ONWARD = 4
    """Also nodes with the same arrows toward the question, whatever leads to them."""
    TECHNIQUES = 5
    """Also nodes with the same techniques toward the question."""
    KINDS = 6
    """Also users, groups and ServiceAccounts together."""


_WHICH = f"Which does what: point at an arrow in an SVG (it shows the first {LINES_SHOWN})"
LEVEL_NOTES = {
    MergeLevel.SAME: (),
    MergeLevel.TIGHT: (),
    MergeLevel.NAMESPACES: (
        "To fit a page, what differs by the namespace alone is one box",
        _WHICH,
    ),
    MergeLevel.OVERVIEW: (
        "To fit a page, what is in a namespace is one box, without what goes on inside of it",
        "An arrow says what some of a box can do to some of the next",
        "To see more, ask for less, as render -n NAMESPACE does",
    ),
    MergeLevel.ONWARD: (
        "To fit a page, what goes on alike is one box, in whatever namespace",
        _WHICH,
    ),
    MergeLevel.TECHNIQUES: (
        "To fit a page, what goes on by the same techniques is one box",
        _WHICH,
    ),
    MergeLevel.KINDS: (
        "To fit a page, principals that go on by the same techniques are one box",
        _WHICH,
    ),
}
"""What a picture says of its level."""
