"""``diff`` as a comment on a pull request: a summary, a table, a picture, folded details."""

from collections.abc import Mapping, Sequence

from rbacgraph.model.answers.diff import AccessChange, Cause, DiffResult, Opened
from rbacgraph.model.answers.paths import Path
from rbacgraph.report.formats.as_markdown import (
    code,
    comment,
    escaped,
    folded,
    numbered_table,
)
from rbacgraph.report.formats.unread import unread_markdown
from rbacgraph.report.picture.mermaid import markdown_text
from rbacgraph.report.review import diff_words
from rbacgraph.report.review.diff_admins import admins_blocks, admins_words
from rbacgraph.report.review.diff_extent import compared_words, extent_blocks, extent_words
from rbacgraph.report.review.diff_picture import diff_picture
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.words import (
    chain,
    count_kinds,
    evidence_place,
    evidence_words,
    place,
    secret_name,
)

_NAMES = 3
_NAMES_FOLDED = 40
_CAUSES = 4
_PATHS_DRAWN = (60, 25, 10, 4)
_PICTURE = 24_000
_SIGNS = {True: "\N{LARGE RED CIRCLE} gained", False: "\N{LARGE GREEN CIRCLE} lost"}


def diff_markdown(result: DiffResult) -> str:
    """Return the comment, no longer than GitHub accepts."""
    changes = (*result.gained, *result.lost)
    admins = admins_words(result)
    lines = [f"**\N{POLICE CARS REVOLVING LIGHT} {escaped(admins)}**", ""] if admins else []
    lines += [f"**{escaped(diff_words.summary_sentence(result))}**", ""]
    said = extent_words(result)
    lines += [escaped(said), ""] if said else []
    sides = f"From {code(result.before)} to {code(result.after)}."
    lines += [f"{sides} {escaped(compared_words(result))}".rstrip(), ""]
    lines += unread_markdown(result.unread)
    if changes:
        titles = ("", "because", "who", "Secrets", "how")
        lines += [*numbered_table(titles, changes, _row), "", *_picture(result)]
    blocks = admins_blocks(result)
    blocks += [_details(change, number) for number, change in enumerate(changes, 1)]
    beside = [change for change in result.changes if change.only_secrets]
    blocks += [_secrets(beside)] if beside else []
    blocks += extent_blocks(result)
    return comment(lines, blocks, "more entry", "more entries")


def _row(change: AccessChange) -> tuple[str, ...]:
    causes = [_cause(cause, change) for cause in change.causes[:_CAUSES]]
    left = len(change.causes) - len(causes)
    causes += [f"and {left:,} more"] if left else []
    return (
        _sign(change),
        "<br>".join(causes),
        stacked(change.principals, _NAMES),
        stacked([secret_name(secret) for secret in change.secrets], _NAMES),
        stacked(list(dict.fromkeys(map(_how, change.ways))), _NAMES),
    )


def _sign(change: AccessChange) -> str:
    sure = any("certain" in {way.before, way.after} for way in change.ways)
    return _SIGNS[change.gained] + ("" if sure else ", on a condition")


def _cause(cause: Cause, change: AccessChange) -> str:
    where = diff_words.cause_places(cause)
    shown = where[: diff_words.PARTS_SHOWN]
    words = code(diff_words.cause_words(cause, gained=change.gained))
    left = [f"and {len(where) - len(shown):,} more"] if len(where) > len(shown) else []
    return "<br>".join([words, *map(code, shown), *left])


def stacked(names: Sequence[str], most: int) -> str:
    """Return some names for a cell, one below the other."""
    left = len(names) - most
    shown = [code(name) for name in names[:most]]
    return "<br>".join([*shown, *([f"and {left:,} more"] if left > 0 else [])])


def _how(way: Opened) -> str:
    return chain(hop.edge for hop in way.path.hops)


def _picture(result: DiffResult) -> list[str]:
    """Return a picture of as many paths as leave room for the rest."""
    for most in _PATHS_DRAWN:
        drawn = markdown_text(diff_picture(result, most))
        if len(drawn) <= _PICTURE:
            return drawn.split("\n")
    return ["The picture is too large to be shown here: `-o svg` draws it.", ""]


def _details(change: AccessChange, number: int) -> list[str]:
    who = escaped(count_kinds(change.principals))
    secrets = count(len(change.secrets), "Secret")
    lines: list[str] = []
    for way in change.ways:
        lines += [*_way(way, _rule_lines(change)), ""]
    return folded(f"{number}. {_sign(change)}: {who}, {secrets}", lines)


_RuleLines = Mapping[tuple[str, str, str, int | None], int]
"""The line of each rule, by kind, namespace and name of its role and by its index."""


def _rule_lines(change: AccessChange) -> _RuleLines:
    return {
        (cause.kind, cause.namespace, cause.name, part.index): part.line
        for cause in change.causes
        for part in cause.parts
        if part.field == "rules" and part.line
    }


def _way(way: Opened, rules: _RuleLines) -> list[str]:
    level = diff_words.level_words(way)
    who, what = inline(way.principals), inline([secret_name(secret) for secret in way.secrets])
    like = escaped(diff_words.like_words(way.principals, way.path.principal))
    words = "; ".join(filter(None, (level, like)))
    lines = [f"- {who} → {what}{f' ({words})' if words else ''}"]
    return [*lines, *hop_lines(way.path, rules)]


def hop_lines(path: Path, rules: _RuleLines | None = None) -> list[str]:
    """Return a path as items of a list, each hop with its evidence at a rule's own line."""
    lines, known = [], rules or {}
    for hop in path.hops:
        others = f" with {', '.join(map(code, hop.others))}" if hop.others else ""
        condition = f", {escaped(str(hop.condition))}" if hop.condition else ""
        words = f"{code(hop.source)}{others} {escaped(hop.text)} ({code(hop.edge)}){condition}"
        lines.append(f"  - {words}")
        for evidence in hop.evidence:
            key = evidence.kind, evidence.namespace, evidence.name, evidence.rule
            own = known.get(key)
            where = place(evidence.file, own) if own else evidence_place(evidence)
            lines.append(f"    - {code(evidence_words(evidence))} {code(where) if where else ''}")
    return [line.rstrip() for line in lines]


def inline(names: Sequence[str]) -> str:
    """Return some names for a sentence."""
    left = len(names) - _NAMES_FOLDED
    shown = [code(name) for name in names[:_NAMES_FOLDED]]
    return ", ".join([*shown, *([f"and {left:,} more"] if left > 0 else [])])


def _secrets(changes: Sequence[AccessChange]) -> list[str]:
    """Return who reaches new Secrets, and reached vanished ones, by old rights."""
    lines = []
    for change in changes:
        verb = "came" if change.gained else "went"
        who = inline(change.principals)
        lines.append(f"- {inline([secret_name(s) for s in change.secrets])} {verb}: {who}")
    return folded(
        f"{count(len(changes), 'Secret')} came or went, within rights as they were", lines
    )
