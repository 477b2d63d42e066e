"""Chooses what a picture of a change shows: opened paths, and closed ones."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice, product

from msgspec.structs import replace

from rbacgraph.model.answers.diff import AccessChange, DiffResult, Opened
from rbacgraph.model.answers.paths import Path
from rbacgraph.report.picture.canvas import Canvas, PathChange
from rbacgraph.report.picture.picture import DrawLevel, DrawnPath, fitting_picture
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.review.diff_words import summary_sentence
from rbacgraph.report.text.format_names import MOST_DRAWN
from rbacgraph.report.text.layout.text import count

_PAIRS = 400
"""The largest number of drawn pairs of a principal and a Secret per path."""


def diff_picture(result: DiffResult, most: int = MOST_DRAWN) -> Picture:
    """Return a picture of what was gained and lost, without merely new or vanished Secrets.

    Each path has one pair drawn before any path has a second one.
    """
    changes = (*result.gained, *result.lost)
    roads = [road for change in changes for way in change.ways for road in _roads(change, way)]
    pairs = sum(change.pairs + change.pairs_conditional for change in changes)
    words = summary_sentence(result)

    def draw(some: Sequence[DrawnPath]) -> DrawLevel:
        canvas = Canvas()
        for secret in dict.fromkeys(road.target for road in some):
            canvas.asked(secret)
        for road in some:
            canvas.starts(road.source)
            canvas.draw(road.path, road.target, road.turn)
        left = pairs - len(some)
        notes = [f"Not shown: {left:,} of {count(pairs, 'path')}"] if left else []
        return partial(canvas.picture, words, notes)

    return fitting_picture(roads, draw, most)


def _roads(change: AccessChange, way: Opened) -> Iterator[DrawnPath]:
    objects = frozenset(
        (cause.kind, cause.namespace, name)
        for cause in change.causes
        for name in (cause.name, *cause.into)
    )
    turn = PathChange("gained" if change.gained else "lost", objects)
    pairs = islice(product(way.principals, way.secrets), _PAIRS)
    for number, (principal, secret) in enumerate(pairs):
        yield DrawnPath(principal, secret, as_of(way.path, principal, secret), turn, number)


def as_of(path: Path, principal: str, secret: str) -> Path:
    """Return the same path for another principal and another Secret."""
    ends = {path.principal: principal, path.target: secret}
    hops = (
        replace(
            hop,
            source=principal if hop.source == path.principal else hop.source,
            target=ends.get(hop.target, hop.target),
        )
        for hop in path.hops
    )
    return Path(principal, secret, tuple(hops))
