"""Parses two revisions, as Git writes them."""

from typing import NamedTuple

from rbacgraph.errors import UsageError


class Span(NamedTuple):
    """Two revisions; ``after`` is None for the work tree."""

    before: str
    after: str | None


def parse_span(text: str) -> Span:
    """Parse ``BASE..HEAD``, ``BASE...HEAD`` (from the merge base) or ``BASE..``.

    Raises UsageError if it is none of these.

    Examples
    --------
    >>> parse_span("main..HEAD"), parse_span("main..")
    (Span(before='main', after='HEAD'), Span(before='main', after=None))
    >>> parse_span("main...")
    Span(before='main...HEAD', after=None)
    """
    dots = "..." if "..." in text else ".."
    before, found, after = text.partition(dots)
    if not found or not before or ".." in after:
        raise UsageError(
            f"{text!r} is not a revision range: use BASE..HEAD",
            advice="BASE...HEAD compares since HEAD left BASE, BASE.. compares with the work tree",
        )
    if dots == "...":
        before = f"{before}...{after or 'HEAD'}"
    return Span(before, after or None)
