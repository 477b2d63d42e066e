"""What a picture of an answer shows, and what it leaves out."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from rbacgraph.model.results import Path, PathsResult, ReachResult
from rbacgraph.report.canvas import UNCHANGED, Canvas, Picture, Place, Turn
from rbacgraph.report.fold import certain_paths, conditional_paths
from rbacgraph.report.text import count
from rbacgraph.report.words import short, split_node

MOST_DRAWN = 200
"""How many paths a picture shows always; it shows more while its arrows stay few."""
_FEW = 0.3
_ENOUGH = 20


class Road(Struct, frozen=True):
    """A path, the two nodes that an answer names for it, and the change it is part of."""

    source: str
    target: str
    path: Path
    turn: Turn = UNCHANGED


def paths_picture(result: PathsResult, most: int = MOST_DRAWN) -> Picture:
    """Show the paths, the cheapest where they are too many; one box for what is alike."""
    secrets = result.secrets
    places = {s.secret: Place(s.file, s.line) if s.file else None for s in secrets}
    nowhere = [secret.secret for secret in secrets if not secret.paths]
    roads = [Road(p.principal, p.target, p) for secret in secrets for p in secret.paths]
    goal = f"Secret {short(secrets[0].secret)}" if len(secrets) == 1 else _secrets(len(secrets))
    namespaces = {split_node(secret.secret)[1] for secret in secrets}
    goal += f" in {next(iter(namespaces))}" if len(namespaces) == 1 < len(secrets) else ""
    words = f"How {result.source} gets at {goal}" if result.source else f"Who gets at {goal}"

    def draw(some: Sequence[Road]) -> Canvas:
        canvas = Canvas()
        for secret in secrets:
            if secret.secret in seen(some):
                canvas.asked(secret.secret, places[secret.secret])
        for road in some:
            canvas.starts(road.source)
            canvas.draw(road.path, road.target)
        return canvas

    def seen(some: Sequence[Road]) -> set[str]:
        return {*nowhere, *(road.target for road in some)}

    canvas, drawn = fitting_roads(roads, draw, most)
    notes = road_notes(roads, drawn)
    unseen = len(secrets) - len(seen(drawn))
    notes += [f"Not shown: {_secrets(unseen)}, to which only dearer paths lead"] if unseen else []
    less = result.less_exposed
    notes += [f"Not shown: {_secrets(less)}, less exposed than these"] if less else []
    beyond = sum(secret.truncated for secret in secrets)
    notes += [f"Not shown: {count(beyond, 'path')} beyond --max-paths"] if beyond else []
    return canvas.picture(words, notes)


def reach_picture(result: ReachResult, most: int = MOST_DRAWN) -> Picture:
    """Show the blast radius, the cheapest paths where they are too many."""
    pairs = [*certain_paths(result.reached), *conditional_paths(result.reached)]
    roads = [Road(result.source, target, path) for target, path in pairs]

    def draw(some: Sequence[Road]) -> Canvas:
        canvas = Canvas()
        canvas.starts(result.source)
        canvas.asked(result.source)
        for road in some:
            canvas.draw(road.path, road.target)
        return canvas

    canvas, drawn = fitting_roads(roads, draw, most)
    return canvas.picture(f"What {result.source} gets at", road_notes(roads, drawn))


def fitting_roads(
    roads: Sequence[Road], draw: Callable[[Sequence[Road]], Canvas], most: int
) -> tuple[Canvas, Sequence[Road]]:
    """Draw ``most`` of the cheapest paths, and more while the arrows stay few."""
    if len(roads) <= most:
        return draw(roads), roads
    ordered = sorted(roads, key=lambda road: road.path.effort)
    few, fits, over = int(most * _FEW), most, min(len(ordered), most * _ENOUGH)
    if draw(ordered[:over]).arrows() <= few:
        return draw(ordered[:over]), ordered[:over]
    while over - fits > 1 + fits // 10:
        half = (fits + over) // 2
        fits, over = (half, over) if draw(ordered[:half]).arrows() <= few else (fits, half)
    return draw(ordered[:fits]), ordered[:fits]


def road_notes(roads: Sequence[Road], drawn: Sequence[Road]) -> list[str]:
    """Say how many of the paths a picture leaves out."""
    notes = [] if roads else ["No path was found"]
    if len(drawn) < len(roads):
        notes += [f"Only the {len(drawn):,} cheapest of {count(len(roads), 'path')} are shown"]
    return notes


def _secrets(number: int) -> str:
    return count(number, "Secret")
