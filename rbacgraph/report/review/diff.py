"""The text of ``diff``: what each change opens and closes, with the line that does it."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from rbacgraph.model.answers import diff
from rbacgraph.model.answers.diff import AccessChange, AdminChange, Cause, DiffResult, Opened
from rbacgraph.model.answers.paths import EdgePage, Path
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.reviews import DiffDocument
from rbacgraph.report.formats import sarif
from rbacgraph.report.formats.rows import AnswerColumns, joined, techniques
from rbacgraph.report.formats.unread import unread_lines
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.review import diff_words
from rbacgraph.report.review.diff_admins import admins_lines, admins_words, entry_verb
from rbacgraph.report.review.diff_extent import extent_lines, extent_words
from rbacgraph.report.review.diff_markdown import diff_markdown
from rbacgraph.report.review.diff_words import change_words, like_words, what_words, whose_words
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, count_both
from rbacgraph.report.text.paths.routes import name_words, way_lines
from rbacgraph.report.text.words import (
    chain,
    kind_of,
    namespace_of,
    object_name,
    place,
    secret_name,
)

NEW_ADMIN = "new-cluster-admin"
_PAGE = """Somebody becomes effectively cluster-admin.

By the change, a principal gets full control of the cluster: by bindings of its own, or by a path of
techniques to an identity or a role that has every right, to group system:masters, or to a node of
the control plane. Whatever else is limited no longer limits it.

Close
Take back what the finding names, or give a role with the rights that are needed:
rbacgraph rights PRINCIPAL shows what it may do, rbacgraph admins who else is cluster-admin.

References
https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege"""
_ROOM = 200
_FIELDS = {"rules": "rule", "subjects": "subject", "metadata.labels": "label"}

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


def diff_sarif(result: diff.DiffResult, pages: Sequence[EdgePage]) -> str:
    """Return one result for each change, last technique, and certainty.

    A new cluster-admin has a rule of its own. Lost access is no finding, nor are new Secrets within
    old rights. Gained identities are one if no finding about Secrets names the objects that give
    them.
    """
    findings = [_of_admin(one) for one in result.admins if one.gained]
    findings += [found for change in result.gained for found in _findings(change)]
    named = {_object(cause) for change in result.gained for cause in change.causes}
    findings += [
        _of_identities(one, one.path)
        for one in result.identities
        if one.gained and one.path and not named.issuperset(map(_object, one.causes))
    ]
    rules = sarif.edge_rules(pages)
    rules[NEW_ADMIN] = sarif.Rule(NEW_ADMIN, "Somebody becomes effectively cluster-admin", _PAGE)
    return sarif.sarif_text(findings, rules, result.unread)


def _of_admin(one: diff.AdminChange) -> sarif.SarifFinding:
    certain = one.after == "certain"
    because = "; ".join(map(_cause_words, one.causes))
    who = name_words(one.principals, _ROOM)
    like = like_words(one.principals, one.way.principal)
    verb = ", ".join(filter(None, (entry_verb(one), like)))
    spots = [spot for cause in one.causes for spot in _spots(cause)]
    severity = sarif.CRITICAL if certain else sarif.HIGH
    return sarif.SarifFinding(
        rule=NEW_ADMIN,
        level="error" if certain else "warning",
        severity=severity,
        text=f"{who} {verb}. {admin_sentence(one.way)} Because: {because}. "
        f"Severity {severity.name}: {'certain' if certain else 'conditional'}, "
        f"full control of the cluster.",
        spot=spots[0] if spots else None,
        others=tuple(spots[1:]),
        path=one.way.path,
        identity=(NEW_ADMIN, one.after, *_names(one.causes), *one.principals),
    )


def _object(cause: diff.Cause) -> tuple[str, str, str]:
    return cause.kind, cause.namespace, cause.name


def _of_identities(one: diff.GainedIdentity, path: Path) -> sarif.SarifFinding:
    certain = one.after == "certain"
    rated = sarif.Rated(one.principals, one.identities, path, certain=certain)
    verb = "controls" if len(one.principals) == 1 else "control"
    who = f"{name_words(one.principals, _ROOM)} {verb} {name_words(one.identities, _ROOM)}"
    condition = "" if certain else ", only under a condition"
    because = "; ".join(map(_cause_words, one.causes))
    whose = whose_words(one, path)
    how = f"{_how(path)} ({whose})" if whose else _how(path)
    spots = [spot for cause in one.causes for spot in _spots(cause)]
    return sarif.SarifFinding(
        rule=path.opening,
        level="error" if certain else "warning",
        severity=rated.severity,
        text=f"{who}{condition}. By: {how}. Because: {because}. {rated.sentence}",
        spot=spots[0] if spots else None,
        others=tuple(spots[1:]),
        path=path,
        identity=("identities", one.after, *_names(one.causes), *one.identities),
    )


def _names(causes: Sequence[diff.Cause]) -> list[str]:
    """Return the names of changed objects and of their parts, which do not move with lines."""
    objects = [object_name(f"{c.kind} {c.namespace}", c.name) for c in causes]
    return [*objects, *sorted(part.text for cause in causes for part in cause.parts)]


def _findings(change: diff.AccessChange) -> list[sarif.SarifFinding]:
    ways = sorted(change.ways, key=_sort)
    return [
        _finding(change, list(several), opening=opening, certain=after == "certain")
        for (after, opening), several in groupby(ways, key=_sort)
    ]


def _sort(way: diff.Opened) -> tuple[str, str]:
    return way.after, way.path.opening


def _finding(
    change: diff.AccessChange, ways: Sequence[diff.Opened], *, opening: str, certain: bool
) -> sarif.SarifFinding:
    ways = sorted(ways, key=attrgetter("path.effort"))
    principals = tuple(sorted({name for way in ways for name in way.principals}))
    secrets = tuple(sorted({name for way in ways for name in way.secrets}))
    rated = sarif.Rated(principals, secrets, ways[0].path, certain=certain)
    verb = "gets at" if len(principals) == 1 else "get at"
    who = f"{name_words(principals, _ROOM)} {verb} {what_words(secrets, _ROOM)}"
    condition = "" if certain else ", only under a condition"
    several, told = len(principals) > 1, dict[str, str]()
    for way in ways:
        told.setdefault(_how(way.path), f" (e.g. {way.path.principal})" if several else "")
    how = "; ".join(f"{words}{whose}" for words, whose in told.items())
    because = "; ".join(map(_cause_words, change.causes))
    spots = [spot for cause in change.causes for spot in _spots(cause)]
    fallback = (
        sarif.SarifSpot(e.file, e.line) for h in ways[0].path.hops for e in h.evidence if e.file
    )
    return sarif.SarifFinding(
        rule=opening,
        level="error" if certain else "warning",
        severity=rated.severity,
        text=f"{who}{condition}. By: {how}. Because: {because}. {rated.sentence}",
        spot=spots[0] if spots else next(fallback, None),
        others=tuple(spots[1:]),
        path=ways[0].path,
        identity=("gained", ways[0].after, *_names(change.causes)),
    )


def _how(path: Path) -> str:
    return chain(hop.edge for hop in path.hops)


def _spots(cause: diff.Cause) -> list[sarif.SarifSpot]:
    if not cause.file:
        return []
    words = _cause_words(cause)
    own = [sarif.SarifSpot(cause.file, part.line, words) for part in cause.parts if part.line]
    return own or [sarif.SarifSpot(cause.file, cause.line, words)]


def _cause_words(cause: diff.Cause) -> str:
    name = object_name(cause.namespace, cause.name)
    said = [f"{_FIELDS.get(part.field, part.field)} {part.text}" for part in cause.parts]
    words = ", ".join(filter(None, (*said, str(cause.text))))
    return f"{cause.kind} {name} {change_words(cause)}" + (f" ({words})" if words else "")


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
