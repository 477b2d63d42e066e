"""``diff`` as SARIF: what was gained, at the line that opened it."""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from rbacgraph.model.answers.diff import AccessChange, Cause, DiffResult, Opened
from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.report.formats.sarif import SarifFinding, SarifSpot, edge_rules, sarif_text
from rbacgraph.report.review.diff_words import change_words, what_words
from rbacgraph.report.review.severity import Rated
from rbacgraph.report.text.routes import name_words
from rbacgraph.report.text.words import chain, object_name

_ROOM = 200
_FIELDS = {"rules": "rule", "subjects": "subject", "metadata.labels": "label"}


def diff_sarif(result: DiffResult, pages: Sequence[EdgePage]) -> str:
    """Return one result for each change, last technique, and certainty.

    Lost access is no finding, nor are new Secrets within old rights.
    """
    findings = [found for change in result.gained for found in _findings(change)]
    return sarif_text(findings, edge_rules(pages), result.unread)


def _findings(change: AccessChange) -> list[SarifFinding]:
    ways = sorted(change.ways, key=_sort)
    return [
        _finding(change, list(several), opening=opening, certain=after == "certain")
        for (after, opening), several in groupby(ways, key=_sort)
    ]


def _sort(way: Opened) -> tuple[str, str]:
    return way.after, way.path.opening


def _finding(
    change: AccessChange, ways: Sequence[Opened], *, opening: str, certain: bool
) -> SarifFinding:
    ways = sorted(ways, key=attrgetter("path.effort"))
    principals = tuple(sorted({name for way in ways for name in way.principals}))
    secrets = tuple(sorted({name for way in ways for name in way.secrets}))
    rated = Rated(principals, secrets, ways[0].path, certain=certain)
    verb = "gets at" if len(principals) == 1 else "get at"
    who = f"{name_words(principals, _ROOM)} {verb} {what_words(secrets, _ROOM)}"
    condition = "" if certain else ", only under a condition"
    how = "; ".join(dict.fromkeys(chain(hop.edge for hop in way.path.hops) for way in ways))
    because = "; ".join(map(_cause, change.causes))
    spots = [spot for cause in change.causes for spot in _spots(cause)]
    fallback = (SarifSpot(e.file, e.line) for h in ways[0].path.hops for e in h.evidence if e.file)
    return SarifFinding(
        rule=opening,
        level="error" if certain else "warning",
        severity=rated.severity,
        text=f"{who}{condition}. By: {how}. Because: {because}. {rated.sentence}",
        spot=spots[0] if spots else next(fallback, None),
        others=tuple(spots[1:]),
        path=ways[0].path,
        identity=(
            "gained",
            ways[0].after,
            *(object_name(f"{c.kind} {c.namespace}", c.name) for c in change.causes),
            *sorted(part.text for cause in change.causes for part in cause.parts),
        ),
    )


def _spots(cause: Cause) -> list[SarifSpot]:
    if not cause.file:
        return []
    words = _cause(cause)
    own = [SarifSpot(cause.file, part.line, words) for part in cause.parts if part.line]
    return own or [SarifSpot(cause.file, cause.line, words)]


def _cause(cause: Cause) -> str:
    name = object_name(cause.namespace, cause.name)
    said = [f"{_FIELDS.get(part.field, part.field)} {part.text}" for part in cause.parts]
    words = ", ".join(filter(None, (*said, str(cause.text))))
    return f"{cause.kind} {name} {change_words(cause)}" + (f" ({words})" if words else "")
