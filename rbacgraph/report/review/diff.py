"""The text of ``diff``: what each change opens and closes, with the line that does it."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.diff import AccessChange, AdminChange, Cause, DiffResult, Opened
from rbacgraph.model.answers.paths import Path
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.reviews import DiffDocument
from rbacgraph.report.formats.rows import AnswerColumns, joined, techniques
from rbacgraph.report.formats.unread import unread_lines
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.review import diff_words
from rbacgraph.report.review.diff_admins import admins_lines, admins_words
from rbacgraph.report.review.diff_extent import extent_lines, extent_words
from rbacgraph.report.review.diff_markdown import diff_markdown
from rbacgraph.report.review.diff_sarif import diff_sarif
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, count_both
from rbacgraph.report.text.paths.routes import name_words, way_lines
from rbacgraph.report.text.words import kind_of, namespace_of, place, secret_name

_LABEL = 5
_WAYS = 5
_SHOWN = 50
_ALL = 10**6
_SECTIONS = (
    ("GAINED", "certain"),
    ("LOST", "good"),
    ("NEW SECRETS: who reaches them by rights that existed before", "heading"),
    ("DELETED SECRETS: who reached them", "heading"),
)


def diff_text(result: DiffResult, look: Look) -> str:
    """Return all changes: opened before closed, the most serious first."""
    compared = f"From {result.before} to {result.after}"
    lines = look.prose(compared, style="heading")
    lines += look.prose(admins_words(result), style="certain") if result.admins else []
    lines += look.prose(diff_words.summary_sentence(result))
    lines += look.prose(extent_words(result)) if extent_words(result) else []
    beside = [c for c in result.changes if c.only_secrets]
    sections = (
        result.gained,
        result.lost,
        [change for change in beside if change.gained],
        [change for change in beside if not change.gained],
    )
    lines += admins_lines(result, look)
    number = 1 + len(result.admins)
    for (title, style), changes in zip(_SECTIONS, sections, strict=True):
        lines += _section(title, style, changes, number, look)
        number += len(changes)
    lines += extent_lines(result, number, look)
    lines += unread_lines(result.unread, look)
    return "\n".join([*lines, "", *basis_lines(result.basis, look)]) + "\n"


def _section(
    title: str, style: str, changes: Sequence[AccessChange], first: int, look: Look
) -> list[str]:
    if not changes:
        return []
    lines = ["", look.paint(title, style)]
    shown = changes if look.wide else changes[:_SHOWN]
    for number, change in enumerate(shown, first):
        lines += ["", *_change(change, number, look)]
    if len(shown) < len(changes):
        lines += ["", f"… and {len(changes) - len(shown):,} more; -o wide shows them"]
    return lines


def _change(change: AccessChange, number: int, look: Look) -> list[str]:
    lines: list[str] = []
    for cause in change.causes:
        words = diff_words.cause_words(cause, gained=change.gained)
        lines += _cause(cause, words, "" if lines else f"[{number}] ", look)
    shown = change.ways if look.wide else change.ways[:_WAYS]
    for way in shown:
        lines += _way(way, change, look)
    if len(shown) < len(change.ways):
        left = change.ways[len(shown) :]
        sure = sum(way.pairs for way in left if way.certain)
        only = sum(way.pairs for way in left if not way.certain)
        paths = count_both(sure, only, "path")
        words = f"… and {count(len(left), 'more way')} ({paths}); -o wide shows all"
        lines += look.prose(words, indent=_LABEL, style="quiet")
    return lines


def _cause(cause: Cause, words: str, label: str, look: Look) -> list[str]:
    own = look.pair(words, place(*cause.place), indent=_LABEL, styles=("name", "place"))
    if label:
        own[0] = look.paint(label.ljust(_LABEL), "quiet") + own[0][_LABEL:]
    if len(cause.parts) > 1:
        for part in cause.parts if look.wide else cause.parts[: diff_words.PARTS_SHOWN]:
            own += look.pair(
                diff_words.part_words(part),
                place(cause.file, part.line or cause.line),
                indent=_LABEL + 2,
                styles=("quiet", "place"),
            )
    return own


def _way(way: Opened, change: AccessChange, look: Look) -> list[str]:
    room = _ALL if look.wide else look.width - _LABEL
    verb = diff_words.verb_words(way, gained=change.gained, unseen=change.unseen)
    words = f"{name_words(way.principals, room)} {verb} "
    words += diff_words.what_words(way.secrets, room)
    level = diff_words.level_words(way)
    words += f" ({level})" if level else ""
    lines = look.prose(words, indent=_LABEL, hang=2)
    return [
        *lines,
        *way_lines(way.path, look, diff_words.like_words(way.principals, way.path.principal)),
    ]


class _Row(NamedTuple):
    """A principal that gains or loses a Secret; or, without a Secret, full control."""

    change: AccessChange | AdminChange
    causes: str
    way: Opened | AdminChange
    path: Path | None
    principal: str
    secret: str = ""


def _rows(result: DiffResult) -> list[_Row]:
    admins = (
        _Row(one, _causes(one), one, one.way.path, principal)
        for one in result.admins
        for principal in one.principals
    )
    pairs = (
        _Row(change, causes, way, way.path, principal, secret)
        for change in result.changes
        for causes in [_causes(change)]
        for way in change.ways
        for principal in way.principals
        for secret in way.secrets
    )
    return [*admins, *pairs]


def _causes(change: AccessChange | AdminChange) -> str:
    wordings = (
        (diff_words.cause_words(c, gained=change.gained), ", ".join(diff_words.cause_places(c)))
        for c in change.causes
    )
    return joined(f"{words} ({where})" if where else words for words, where in wordings)


def _draw(result: DiffResult, most: int) -> Picture:
    from rbacgraph.report.review.diff_picture import diff_picture

    return diff_picture(result, most)


DIFF = QuestionFormats[DiffResult](
    text=diff_text,
    columns=AnswerColumns[DiffResult, _Row](
        _rows,
        {
            "change": lambda row: "gained" if row.change.gained else "lost",
            "principal": lambda row: row.principal,
            "principal_kind": lambda row: kind_of(row.principal),
            "secret": lambda row: secret_name(row.secret) if row.secret else "",
            "namespace": lambda row: namespace_of(row.secret) if row.secret else "",
            "before": lambda row: row.way.before,
            "after": lambda row: row.way.after,
            "techniques": lambda row: techniques(row.path) if row.path else "",
            "effort": lambda row: row.path.effort if row.path else 0,
            "causes": lambda row: row.causes,
            "only_secrets": lambda row: (
                isinstance(row.change, AccessChange) and row.change.only_secrets
            ),
            "cluster_admin": lambda row: isinstance(row.change, AdminChange),
        },
        frozenset({"change", "principal_kind", "namespace", "before", "after"}),
        types={"effort": int, "only_secrets": bool, "cluster_admin": bool},
        shown=("change", "principal", "secret", "techniques", "causes"),
    ),
    document=partial(document, DiffDocument),
    picture=_draw,
    extras={"markdown": lambda result, _: diff_markdown(result), "sarif": diff_sarif},
)
