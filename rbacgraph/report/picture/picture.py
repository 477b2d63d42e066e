"""Chooses what a picture of an answer shows, and what it leaves out."""

from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial

from msgspec import Struct

from rbacgraph.model.answers.paths import Path, PathsResult, ReachResult
from rbacgraph.model.effort import is_high, is_low
from rbacgraph.report.picture.canvas import UNCHANGED, Canvas, PathChange
from rbacgraph.report.picture.merge_level import MergeLevel
from rbacgraph.report.picture.page_size import pages
from rbacgraph.report.picture.palette import PictureSeverity
from rbacgraph.report.picture.shapes import FileLine, Picture
from rbacgraph.report.text.format_names import MOST_DRAWN
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.fold_paths import certain_paths, conditional_paths
from rbacgraph.report.text.words import namespace_of, secret_name, split_node

DrawLevel = Callable[[MergeLevel], Picture]
"""Draws collected paths at a level."""
OVERVIEW_FROM = 4
"""The number of namespaces with Secrets from which each may be one box."""
_FEW, _FEW_OF_OVERVIEW = 0.3, 0.6
_OVERVIEW_ROOM = 1.25
"""An overview may take a little more than a page, as it keeps namespaces apart."""
_ENOUGH = 20


class DrawnPath(Struct, frozen=True):
    """A path, the two nodes that an answer names for it, and its change.

    If some paths stand for many alike ones, ``alike`` counts those of its kind before it.
    """

    source: str
    target: str
    path: Path
    turn: PathChange = UNCHANGED
    alike: int = 0


def severity_of(path: Path) -> PictureSeverity:
    """Return the severity of a path by its certainty and effort.

    It is that of the arrows on it; an arrow of several paths has the highest.
    """
    if not path.certain:
        return PictureSeverity.LOW
    if is_high(path.effort):
        return PictureSeverity.MEDIUM
    return PictureSeverity.CRITICAL if is_low(path.effort) else PictureSeverity.HIGH


def paths_picture(result: PathsResult, most: int = MOST_DRAWN) -> Picture:
    """Return a picture of the paths, of the least effort if there are too many."""
    secrets = tuple(result.secrets)
    places = {s.secret: FileLine(s.file, s.line) if s.file else None for s in secrets}
    nowhere = [secret.secret for secret in secrets if not secret.paths]
    roads = [DrawnPath(p.principal, p.target, p) for secret in secrets for p in secret.paths]
    goal = (
        f"Secret {secret_name(secrets[0].secret)}" if len(secrets) == 1 else _secrets(len(secrets))
    )
    namespaces = {split_node(secret.secret)[1] for secret in secrets}
    goal += f" in {next(iter(namespaces))}" if len(namespaces) == 1 < len(secrets) else ""
    words = f"How {result.source} gets at {goal}" if result.source else f"Who gets at {goal}"

    less, beyond = result.less_exposed, sum(secret.truncated for secret in secrets)
    left = [f"Not shown: {_secrets(less)}, less exposed than these"] if less else []
    left += [f"Not shown: {count(beyond, 'path')} beyond --max-paths"] if beyond else []

    def draw(some: Sequence[DrawnPath]) -> DrawLevel:
        canvas = Canvas(hubs=True)
        seen = {*nowhere, *(road.target for road in some)}
        for secret in secrets:
            if secret.secret in seen:
                canvas.asked(secret.secret, places[secret.secret])
        for road in some:
            canvas.starts(road.source)
            canvas.draw(road.path, road.target, severity=severity_of(road.path))
        unseen = _secrets(len(secrets) - len(seen))
        dear = [f"Not shown: {unseen}, to which only dearer paths lead"]
        notes = [*road_notes(roads, some), *(dear if len(seen) < len(secrets) else []), *left]
        return partial(canvas.picture, words, notes)

    return fitting_picture(roads, draw, most)


def reach_picture(result: ReachResult, most: int = MOST_DRAWN) -> Picture:
    """Return a picture of the blast radius, of the least effort if there are too many paths."""
    pairs = [*certain_paths(result.reached), *conditional_paths(result.reached)]
    roads = [DrawnPath(result.source, target, path) for target, path in pairs]

    def draw(some: Sequence[DrawnPath]) -> DrawLevel:
        canvas = Canvas(from_asked=True)
        canvas.starts(result.source)
        canvas.asked(result.source)
        for road in some:
            canvas.draw(road.path, road.target, severity=severity_of(road.path))
        return partial(canvas.picture, f"What {result.source} gets at", road_notes(roads, some))

    return fitting_picture(roads, draw, most)


def fitting_picture(
    roads: Sequence[DrawnPath],
    draw: Callable[[Sequence[DrawnPath]], DrawLevel],
    most: int,
) -> Picture:
    """Draw ``most`` of the paths of least effort, and more while their arrows stay few.

    If these do not fit, more alike nodes share a box, and if nothing helps, fewer paths are drawn.
    """
    room = max(1, most / MOST_DRAWN)
    ways = _ways(roads)

    @cache
    def collected(number: int) -> DrawLevel:
        return draw(
            roads if number == len(ways) else [road for way in ways[:number] for road in way]
        )

    def drawn(number: int, level: MergeLevel) -> Picture:
        return collected(number)(level)

    def fits(number: int, level: MergeLevel) -> bool:
        picture = drawn(number, level)
        whole = level is MergeLevel.OVERVIEW
        few = len(picture.arrows) <= most * (_FEW_OF_OVERVIEW if whole else _FEW)
        larger = _OVERVIEW_ROOM if whole else 1
        return (few or number <= most) and pages(picture) <= room * larger

    number, over = min(most, len(ways)), min(most * _ENOUGH, len(ways))
    places = {namespace_of(road.target) for road in roads} - {""}
    levels = [
        level
        for level in MergeLevel
        if level is not MergeLevel.OVERVIEW or len(places) >= OVERVIEW_FROM
    ]
    level = next((level for level in levels if fits(number, level)), levels[-1])
    low, high = (number, over) if fits(number, level) else (1, number)
    if fits(high, level):
        return drawn(high, level)
    if MergeLevel.OVERVIEW in levels and fits(over, MergeLevel.OVERVIEW):
        return drawn(over, MergeLevel.OVERVIEW)
    while high - low > 1 + low // 10:
        half = (low + high) // 2
        low, high = (half, high) if fits(half, level) else (low, half)
    return drawn(low, level)


def _ways(roads: Sequence[DrawnPath]) -> list[list[DrawnPath]]:
    """Return the paths of each way, least effort first: one right to many Secrets is one way."""
    ways: dict[Hashable, list[DrawnPath]] = {}
    for road in sorted(roads, key=lambda road: (road.alike, road.path.effort)):
        steps = tuple((hop.edge, hop.text, hop.condition) for hop in road.path.hops)
        key = road.alike, road.path.effort, road.source, road.turn.change, steps
        ways.setdefault(key, []).append(road)
    return list(ways.values())


def road_notes(roads: Sequence[DrawnPath], drawn: Sequence[DrawnPath]) -> list[str]:
    """Return how many of the paths a picture leaves out."""
    notes = [] if roads else ["No path was found"]
    if len(drawn) < len(roads):
        of = count(len(roads), "path")
        notes += [f"Only the {len(drawn):,} of least effort of {of} are shown"]
    return notes


def _secrets(number: int) -> str:
    return count(number, "Secret")
