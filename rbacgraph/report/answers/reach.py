"""``reach`` as a person reads it: the blast radius of one source."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.paths import Path, Reached, ReachResult
from rbacgraph.report.answers.unjudged import unjudged_lines
from rbacgraph.report.documents.document import ReachDocument, document
from rbacgraph.report.formats.rows import PATH_TYPES, AnswerColumns, path_cells
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.fold_paths import certain_paths, conditional_paths, fold_targets
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.routes import route_lines
from rbacgraph.report.text.summary import NO_RIGHTS, by_paths, limits_words
from rbacgraph.report.text.text import count, listing
from rbacgraph.report.text.words import (
    is_identity,
    is_in_store,
    is_outside,
    kind_words,
    namespace_of,
)

_SECTIONS = ("SECRETS", "IDENTITIES", "OTHER OBJECTS", "OUTSIDE THE CLUSTER")


def reach_text(result: ReachResult, look: Look) -> str:
    """Lay out what the source gets, by kind; targets of one route together."""
    lines = [look.heading(f"From {result.source}")]
    if result.admin:
        style = "certain" if result.admin.certain else "conditional"
        lines += look.prose(admin_sentence(result.admin), style=style)
    lines += look.prose(_summary(result))
    number = 1
    for title in _SECTIONS:
        members = [item for item in result.reached if _section(item.kind) == title]
        for certainty, pairs in (
            ("certain", certain_paths(members)),
            ("conditional", conditional_paths(members)),
        ):
            lines += _routes(f"{title}, {certainty.upper()}", certainty, pairs, number, look)
            number += len(fold_targets(pairs))
    lines += ["", *unjudged_lines(result, look)]
    lines += basis_lines(result.basis, look, edges=not result.reached)
    return "\n".join(lines) + "\n"


def _section(kind: str) -> str:
    if kind == "secret" or is_in_store(kind):
        return "SECRETS"
    if is_outside(kind):
        return "OUTSIDE THE CLUSTER"
    return "IDENTITIES" if is_identity(kind) else "OTHER OBJECTS"


def _summary(result: ReachResult) -> str:
    reached, basis = result.reached, result.basis
    if not reached:
        if basis.unbound:
            return f"No path can be concluded: {NO_RIGHTS}."
        certain = "certain " if basis.certain else ""
        limits = limits_words(basis)
        nothing = f"no {certain}path{limits} was found to any Secret or identity"
        return f"Reaches nothing beyond itself: {nothing}."
    sure = _count([item for item in reached if item.certain])
    only = _count([item for item in reached if not item.certain])
    words = [f"{sure} for certain"] if sure else []
    words += [f"{only} only under a condition"] if only else []
    return f"Reaches {'; '.join(words)}{by_paths(basis)}."


def _count(items: Sequence[Reached]) -> str:
    kinds = dict.fromkeys(item.kind for item in items)
    numbers = {kind: sum(item.kind == kind for item in items) for kind in kinds}
    return listing([count(n, kind_words(kind), kind_words(kind, 2)) for kind, n in numbers.items()])


def _routes(
    title: str, style: str, pairs: list[tuple[str, Path]], first: int, look: Look
) -> list[str]:
    if not pairs:
        return []
    lines = ["", look.paint(title, style)]
    routes = sorted(fold_targets(pairs), key=lambda route: route.lead.effort)
    for number, route in enumerate(routes, first):
        lines += ["", *route_lines(route, number, look)]
    return lines


def _draw(result: ReachResult, most: int) -> Picture:
    from rbacgraph.report.picture.picture import reach_picture

    return reach_picture(result, most)


class _Row(NamedTuple):
    source: str
    item: Reached
    path: Path


def _rows(result: ReachResult) -> list[_Row]:
    return [
        _Row(result.source, item, path)
        for item in result.reached
        for path in (item.certain, item.conditional)
        if path is not None
    ]


REACH = QuestionFormats[ReachResult](
    text=reach_text,
    columns=AnswerColumns[ReachResult, _Row](
        _rows,
        {
            "source": lambda row: row.source,
            "target": lambda row: row.item.target,
            "target_kind": lambda row: row.item.kind,
            "namespace": lambda row: namespace_of(row.item.target),
            "inferred": lambda row: row.item.inferred,
            **path_cells(lambda row: row.path),
        },
        frozenset({"target_kind", "namespace", "opening"}),
        types={"inferred": bool, **PATH_TYPES},
        shown=("target", "certain", "effort", "techniques", "conditions"),
    ),
    document=partial(document, ReachDocument),
    picture=_draw,
)
