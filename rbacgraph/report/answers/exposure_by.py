"""``exposure --by`` as a person reads it: a line for each group of pairs."""

from collections.abc import Sequence
from functools import partial

from rbacgraph.model.answers.exposure_by import ExposureByResult, ExposureGroup
from rbacgraph.model.answers.groupings import Grouping
from rbacgraph.model.answers.risk.risks import RISK_VALUES
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.access import ExposureByDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import both, count
from rbacgraph.report.text.paths.summary import NO_RIGHTS
from rbacgraph.report.text.words import place

_MOST_LINES = 60
_TECHNIQUES = 3
_NOUNS: dict[Grouping, tuple[str, str]] = {
    "principal": ("principal reaches", "principals reach"),
    "namespace": ("namespace holds", "namespaces hold"),
    "technique": ("last technique opens", "last techniques open"),
    "binding": ("binding opens", "bindings open"),
}


def exposure_by_text(result: ExposureByResult, look: Look) -> str:
    """Lay out the table, and what it rests on."""
    shown = result.groups if look.wide else result.groups[:_MOST_LINES]
    lines, left_out = table_lines(_columns(result.by, shown, look), look)
    if len(shown) < len(result.groups):
        lines.append(f"{len(result.groups) - len(shown):,} more: -o wide")
    summary = _sentence(result) + (f" ({left_out})" if left_out else "")
    return "\n".join([*lines, "", *look.prose(summary), *basis_lines(result.basis, look)]) + "\n"


def _sentence(result: ExposureByResult) -> str:
    total = count(result.secrets, "Secret")
    total += f" in namespace {clean(result.namespace)}" if result.namespace else ""
    if not result.groups:
        why = f": {NO_RIGHTS}" if result.basis.unbound else ""
        return f"{total}; no path is found{why}."
    return f"{count(len(result.groups), *_NOUNS[result.by])} some of {total}."


def _columns(by: Grouping, groups: Sequence[ExposureGroup], look: Look) -> list[Column]:
    def numbers(title: str, name: str, expendable: int = 0) -> Column:
        cells = [_both(one, name) for one in groups]
        return Column(title, cells, number=True, expendable=expendable)

    names = [clean(_name(one, by)) for one in groups]
    columns = [Column(by.upper(), names, shrinks=True, names=True)]
    if by == "principal":
        columns.append(Column("STANDING", [one.standing for one in groups]))
    columns.append(numbers("SECRETS", "secrets"))
    columns += [numbers(f"{value.upper()}", value, expendable=1) for value in RISK_VALUES]
    if by != "principal":
        columns += [numbers("READERS", "readers"), numbers("PRINCIPALS", "principals", 2)]
        columns.append(numbers("PAIRS", "pairs", 3))
    if by == "binding":
        columns.append(Column("ROLE", [clean(one.role) for one in groups], expendable=4))
        spots = [clean(place(one.file, one.line)) or "-" for one in groups]
        columns.append(Column("FILE:LINE", spots, expendable=5))
    elif by != "technique":
        how = [_techniques(one, every=look.wide) for one in groups]
        columns.append(Column("HOW", how, shrinks=True, expendable=4))
    return columns


def _name(group: ExposureGroup, by: Grouping) -> str:
    return group.name or ("(outside the cluster)" if by == "namespace" else "-")


def _both(group: ExposureGroup, name: str) -> str:
    conditional = "conditional" if name == "secrets" else f"{name}_conditional"
    return both(getattr(group, name), getattr(group, conditional))


def _techniques(group: ExposureGroup, *, every: bool) -> str:
    shown = group.techniques if every else group.techniques[:_TECHNIQUES]
    left = len(group.techniques) - len(shown)
    return ", ".join(shown) + (f" +{left}" if left else "") or "-"


_CONDITIONAL = tuple(
    f"{name}_conditional" for name in (*RISK_VALUES, "readers", "principals", "pairs")
)


def _cell(name: str, row: tuple[ExposureByResult, ExposureGroup]) -> int:
    found: int = getattr(row[1], name)
    return found


EXPOSURE_BY = QuestionFormats[ExposureByResult](
    text=exposure_by_text,
    columns=AnswerColumns[ExposureByResult, tuple[ExposureByResult, ExposureGroup]](
        lambda result: [(result, group) for group in result.groups],
        {
            "by": lambda row: row[0].by,
            "name": lambda row: row[1].name,
            "standing": lambda row: row[1].standing,
            "secrets": lambda row: row[1].secrets,
            "conditional": lambda row: row[1].conditional,
            "control": lambda row: row[1].control,
            "high": lambda row: row[1].high,
            "medium": lambda row: row[1].medium,
            "low": lambda row: row[1].low,
            "readers": lambda row: row[1].readers,
            "principals": lambda row: row[1].principals,
            "pairs": lambda row: row[1].pairs,
            "techniques": lambda row: joined(row[1].techniques),
            "role": lambda row: row[1].role,
            "file": lambda row: row[1].file,
            "line": lambda row: row[1].line,
            **{name: partial(_cell, name) for name in _CONDITIONAL},
        },
        frozenset({"by", "standing"}),
        types=dict.fromkeys(
            (
                *("secrets", "conditional", "control", "high", "medium", "low"),
                *("readers", "principals", "pairs", "line"),
                *_CONDITIONAL,
            ),
            int,
        ),
        shown=("name", "standing", "secrets", "readers", "techniques"),
    ),
    document=partial(document, ExposureByDocument),
)
