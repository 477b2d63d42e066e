"""``reach`` as a person reads it: the blast radius of one source."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from rbacgraph.model.answers.paths import Path, Reached, ReachResult
from rbacgraph.model.inputs.value_rule import ValueLevel
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.unjudged import unjudged_lines
from rbacgraph.report.documents.access import ReachDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import PATH_TYPES, AnswerColumns, path_cells
from rbacgraph.report.picture.shapes import Picture
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.admins import admin_sentence
from rbacgraph.report.text.footer import basis_lines, short_basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import both, count, listing
from rbacgraph.report.text.paths import fold_paths, way_table
from rbacgraph.report.text.paths.routes import route_lines
from rbacgraph.report.text.paths.summary import NO_RIGHTS, by_paths, limits_words
from rbacgraph.report.text.words import (
    is_identity,
    is_in_store,
    is_outside,
    kind_words,
    namespace_of,
)

_SECTIONS = ("SECRETS", "IDENTITIES", "OTHER OBJECTS", "OUTSIDE THE CLUSTER")
_MOST_LINES = 20
_MOST_NAMESPACES = 10
_NO_NAMESPACE = "(without)"
"""No namespace is called so."""
_Values: TypeAlias = Mapping[str, ValueLevel]
"""What targets are worth, as far as that is known."""


class _Line(NamedTuple):
    """One line of the table: routes that read alike, to targets of most value first."""

    title: str
    routes: tuple[fold_paths.Route, ...]

    @property
    def lead(self) -> Path:
        return self.routes[0].lead

    @property
    def names(self) -> list[str]:
        return [name for route in self.routes for name in route.names]

    @property
    def paths(self) -> list[Path]:
        return [path for route in self.routes for path in route.paths]

    @property
    def alike(self) -> bool:
        return len({path.conditions for path in self.paths}) == 1


def reach_text(result: ReachResult, look: Look) -> str:
    """Lay out what the source gets: a line for each of the routes that matter most.

    Those that ``look.explain`` asks for, or in a wide look all, are blocks with their evidence.
    """
    values = {item.target: item.value for item in result.reached if item.value}
    found = _in_order(result, values)
    way_table.check_numbers(look.explain, len(found))
    lines = [look.heading(f"From {result.source}")]
    if look.explain:
        return "\n".join([*lines, *_blocks(found, replace(look, wide=True))]) + "\n"
    if result.admin:
        style = "certain" if result.admin.certain else "conditional"
        lines += look.prose(admin_sentence(result.admin), style=style)
    lines += [*look.prose(_summary(result)), *_by_namespace(result.reached, look)]
    if look.wide or not found:
        lines += [*_blocks(found, look), "", *unjudged_lines(result, look)]
        lines += basis_lines(result.basis, look, edges=not result.reached)
    else:
        lines += [*_screen(found, values, look), *unjudged_lines(result, look)]
        lines += short_basis_lines(result.basis, look)
    return "\n".join(lines) + "\n"


def _in_order(result: ReachResult, values: _Values) -> list[_Line]:
    """Return the routes: certain ones first, then those to what is worth most, then by effort."""
    lines = []
    for title in _SECTIONS:
        members = [item for item in result.reached if _section(item.kind) == title]
        for pairs in (fold_paths.certain_paths(members), fold_paths.conditional_paths(members)):
            pairs.sort(key=lambda pair: -values.get(pair[0], 0))
            lines += [
                _Line(title, routes)
                for routes in fold_paths.fold_alike(fold_paths.fold_targets(pairs))
            ]

    def key(line: _Line) -> tuple[bool, int, int, int]:
        value, place = values.get(line.names[0], 0), _SECTIONS.index(line.title)
        return not line.lead.certain, -value, place, line.lead.effort

    return sorted(lines, key=key)


def _screen(found: Sequence[_Line], values: _Values, look: Look) -> list[str]:
    shown = found[:_MOST_LINES]
    tables = []
    for title, certain in (("CERTAIN", True), ("CONDITIONAL", False)):
        numbered = [
            (number, line) for number, line in enumerate(shown, 1) if line.lead.certain is certain
        ]
        if numbered:
            tables.append((title, title.lower(), _columns(numbered, values)))
    others = {name for line in found for name in line.names}
    others.difference_update(*(line.names for line in shown))
    return way_table.screen_lines(
        tables, look, way_table.more_words(len(found) - len(shown), len(others), "target")
    )


def _columns(numbered: Sequence[tuple[int, _Line]], values: _Values) -> list[Column]:
    lines = [line for _, line in numbered]
    columns = [
        way_table.number_column([number for number, _ in numbered]),
        way_table.name_column("WHAT", [line.names for line in lines]),
        *way_table.way_columns([line.paths for line in lines], [line.alike for line in lines]),
    ]
    found = [values.get(line.names[0]) for line in lines]
    if any(found):
        cells = [value.name.lower() if value else "-" for value in found]
        columns.insert(2, Column("VALUE", cells, expendable=2))
    return columns


class _Numbers(NamedTuple):
    """How many things a source gets of each sort, for certain and only under a condition."""

    certain: Counter[str]
    conditional: Counter[str]

    @property
    def order(self) -> tuple[int, ...]:
        """Most Secrets for certain first, then most of all; then the same under a condition."""
        secrets = _SECTIONS[0]
        return tuple(-number for one in self for number in (one[secrets], one.total()))

    def cell(self, *titles: str) -> str:
        """Return how many there are of some sorts."""
        return both(*(sum(one[title] for title in titles) for one in self))


def _by_namespace(reached: Sequence[Reached], look: Look) -> list[str]:
    """Return how much of each namespace the source gets, if it gets something of several."""
    counts: dict[str, _Numbers] = {}
    for item in reached:
        of = counts.setdefault(namespace_of(item.target), _Numbers(Counter(), Counter()))
        (of.certain if item.certain else of.conditional)[_section(item.kind)] += 1
    outside = counts.pop("", None)
    if len(counts) < 2:  # noqa: PLR2004 - the lines name the only one
        return []
    ordered = sorted(counts.items(), key=lambda one: one[1].order)
    shown = ordered if look.wide else ordered[:_MOST_NAMESPACES]
    rows = [*shown, *([(_NO_NAMESPACE, outside)] if outside else [])]
    sorts = {"SECRETS": _SECTIONS[:1], "IDENTITIES": _SECTIONS[1:2], "OTHERS": _SECTIONS[2:]}
    columns = [
        Column("NAMESPACE", [clean(name) for name, _ in rows], shrinks=True, names=True),
        *(
            Column(title, [of.cell(*sections) for _, of in rows], number=True)
            for title, sections in sorts.items()
        ),
    ]
    lines = ["", *table_lines(columns, look)[0]]
    if more := len(ordered) - len(shown):
        lines.append(f"{count(more, 'more namespace')}: -o wide")
    return lines


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


def _blocks(found: Sequence[_Line], look: Look) -> list[str]:
    """Return the routes with their evidence, by the kind of their targets."""
    lines: list[str] = []
    numbered = [*enumerate(found, 1)]
    if look.explain:
        numbered = [numbered[number - 1] for number in sorted(set(look.explain))]
    for title in _SECTIONS:
        for certain in (True, False):
            own = [
                (number, route)
                for number, line in numbered
                if line.title == title and line.lead.certain is certain
                for route in line.routes
            ]
            style = "certain" if certain else "conditional"
            lines += ["", look.paint(f"{title}, {style.upper()}", style)] if own else []
            for number, route in own:
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
