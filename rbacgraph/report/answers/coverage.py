"""``explain coverage`` as a person reads it: which rights techniques judge."""

from collections import Counter
from collections.abc import Sequence

from rbacgraph.model.answers.coverage import CoverageRow, Judgement
from rbacgraph.report.documents.catalogue import CoverageDocument
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import AnswerReport, QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines

COVERAGE = "coverage"
COVERAGE_TITLE = "Which rights techniques judge"

_FEW = 3
_WORDS: dict[Judgement, str] = {
    "judged": "judged",
    "judged-in-part": "in part",
    "harmless": "harmless",
    "unknown": "unknown",
}


def coverage_text(rows: Sequence[CoverageRow], look: Look) -> str:
    """Lay out one row per resource and judgement."""
    counts = Counter(row.judgement for row in rows)
    numbers = ", ".join(f"{counts[one]:,} {words}" for one, words in _WORDS.items())
    lines = [
        look.heading(COVERAGE_TITLE),
        *look.prose(
            f"Verbs that write, or that a technique needs, by resource: {numbers}. An"
            " answer without a path lists what a principal may do of those in part and unknown,"
            " and of resources that are not here.",
        ),
        "",
    ]
    columns = [
        Column("RESOURCE", [row.full_name for row in rows]),
        Column("JUDGEMENT", [_WORDS[row.judgement] for row in rows]),
        Column("VERBS", [", ".join(row.verbs) for row in rows], shrinks=True),
        Column("TECHNIQUES OR REASON", [_why(row, look) for row in rows], shrinks=True),
    ]
    table, _ = table_lines(columns, look)
    return "\n".join([*lines, *table]) + "\n"


def _why(row: CoverageRow, look: Look) -> str:
    shown = row.techniques if look.wide else row.techniques[:_FEW]
    more = len(row.techniques) - len(shown)
    techniques = ", ".join(shown) + (f" +{more}" if more else "")
    source = f" ({row.source})" if look.wide and row.source else ""
    return ": ".join(part for part in (techniques, row.reason) if part) + source


COVERAGE_ROWS = QuestionFormats[Sequence[CoverageRow]](
    text=coverage_text,
    columns=AnswerColumns[Sequence[CoverageRow], CoverageRow](
        lambda rows: rows,
        {
            "api_group": lambda row: row.api_group,
            "resource": lambda row: row.resource,
            "verbs": lambda row: joined(row.verbs),
            "judgement": lambda row: row.judgement,
            "techniques": lambda row: joined(row.techniques),
            "reason": lambda row: row.reason,
            "source": lambda row: row.source,
        },
        frozenset({"api_group", "judgement"}),
    ),
    document=lambda rows: CoverageDocument(resources=tuple(rows)),
)


def coverage_report(rows: Sequence[CoverageRow]) -> AnswerReport:
    """Return the table in every format."""
    return COVERAGE_ROWS.report(rows)
