"""The formats of ``risks``: its table, what a review adds to it, and reports for reviews."""

from msgspec.structs import replace

from rbacgraph.model.answers.risk.risk_review import Suppression
from rbacgraph.model.answers.risk.risks import RisksResult
from rbacgraph.model.printable import clean
from rbacgraph.report.answers.risks import RISKS as ANSWER
from rbacgraph.report.answers.risks import risks_text
from rbacgraph.report.formats.unread import passed_over_words, unread_lines
from rbacgraph.report.review.risks_html import risks_html
from rbacgraph.report.review.risks_markdown import risks_markdown
from rbacgraph.report.review.risks_sarif import risks_sarif
from rbacgraph.report.review.risks_words import (
    every_news,
    news_sentence,
    suppressed_sentence,
    until_words,
)
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.words import place


def reviewed_text(result: RisksResult, look: Look) -> str:
    """Return the causes, then what changed and what is suppressed."""
    blocks = [_changes(result, look), _suppressed(result, look), _ended(result, look)]
    lines = [line for block in blocks if block for line in ("", *block)]
    lines += unread_lines(result.review.unread, look)
    beside = passed_over_words(result.review.unread_kinds, result.review.not_manifests)
    lines += ["", *look.prose(beside, hang=2, style="quiet")] if beside else []
    return risks_text(result, look, lines[1:])


def _changes(result: RisksResult, look: Look) -> list[str]:
    sentence = news_sentence(result)
    lines = look.prose(clean(sentence), style="heading") if sentence else []
    found = every_news(result)
    if not found:
        return lines
    columns = [
        Column("SINCE", [clean(one.words) for one in found], shrinks=True),
        Column("SEVERITY", [one.risk.severity for one in found]),
        Column("CAUSE", [clean(str(one.risk.text)) for one in found], shrinks=True, names=True),
        Column("ID", [one.risk.id for one in found], expendable=1),
    ]
    table, left_out = table_lines(columns, look)
    return [*lines, *table, *([f"({left_out})"] if left_out else [])]


def _suppressed(result: RisksResult, look: Look) -> list[str]:
    sentence = suppressed_sentence(result)
    lines = look.prose(clean(sentence), style="heading") if sentence else []
    found = result.review.suppressed
    if not found:
        return lines
    columns = [
        Column("SUPPRESSED", [one.risk.id for one in found]),
        Column("SEVERITY", [one.risk.severity for one in found]),
        Column("CAUSE", [clean(str(one.risk.text)) for one in found], shrinks=True, names=True),
        Column("REASON", [clean(one.by.reason) for one in found], shrinks=True),
        Column("UNTIL", [clean(one.by.until) or "-" for one in found]),
    ]
    table, left_out = table_lines(columns, look)
    return [*lines, *table, *([f"({left_out})"] if left_out else [])]


def _ended(result: RisksResult, look: Look) -> list[str]:
    """Return the entries that suppress nothing."""
    review = result.review
    return [
        *(line for one in review.expired for line in _entry(one, "expired", result, look)),
        *(line for one in review.unmatched for line in _entry(one, "no such risk", result, look)),
    ]


def _entry(one: Suppression, why: str, result: RisksResult, look: Look) -> list[str]:
    words = clean(f"{why}: {one.id}, {until_words(one)} ({one.reason})")
    where = place(result.review.file, one.line)
    return look.pair(words, where, styles=("conditional", "place"))


RISKS = replace(
    ANSWER,
    text=reviewed_text,
    extras={
        "markdown": lambda result, _: risks_markdown(result),
        "sarif": lambda result, _: risks_sarif(result),
        "html": lambda result, _: risks_html(result),
    },
)
