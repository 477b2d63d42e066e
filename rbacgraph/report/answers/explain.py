"""``explain`` as a person reads it: the list of edge kinds, and one kind's page."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rbacgraph.model.answers.coverage import TechniqueResource
from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.model.effort import technique_effort
from rbacgraph.report.documents.catalogue import EdgesDocument
from rbacgraph.report.formats.rows import AnswerColumns
from rbacgraph.report.question_formats import AnswerReport, QuestionFormats
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import columns_of, wrap


def pages_text(
    pages: Sequence[EdgePage], look: Look, topics: Mapping[str, str] | None = None
) -> str:
    """List the edge kinds by group, with effort and what each gives; then the topics."""
    heads = [
        ("EDGE", "EFFORT"),
        *((page.id, str(page.effort) if page.effort else "-") for page in pages),
    ]
    widths = columns_of(heads)
    indent = sum(widths) + 4

    def row(name: str, effort: str, text: str) -> Iterator[str]:
        first, *rest = wrap(text, look.width - indent)
        yield f"{name.ljust(widths[0])}  {effort.rjust(widths[1])}  {first}"
        yield from (" " * indent + line for line in rest)

    lines = [look.heading(line) for line in row(*heads[0], "WHAT IT GIVES")]
    for group, members in groupby(zip(heads[1:], pages, strict=True), lambda each: each[1].group):
        lines += ["", look.heading(group)] if group else []
        for head, page in members:
            lines += row(*head, page.summary)
    if topics:
        lines += ["", look.heading("TOPICS: rbacgraph explain TOPIC prints the page")]
        width = max(map(len, topics))
        lines += [f"{name.ljust(width)}  {title}" for name, title in topics.items()]
    return "\n".join(lines) + "\n"


def page_text(page: EdgePage, look: Look) -> str:
    """Print one kind's page under its id, effort and certainty."""
    effort = f"effort: {technique_effort(page.effort)}" if page.effort else "structural, no effort"
    about = f"{page.id}  ({effort}; {page.certainty})"
    lines = [look.heading(about), "", page.page.rstrip()]
    if page.resources:
        lines += ["Resources", *(f"    {line}" for line in _resource_lines(page.resources, look))]
    return "\n".join(lines) + "\n"


def _resource_lines(resources: Sequence[TechniqueResource], look: Look) -> Sequence[str]:
    """Lay out the rows of the table of custom resources that a technique reads."""
    columns = [
        Column("RESOURCE", [one.full_name for one in resources]),
        Column("OPERATOR", [one.operator for one in resources]),
        Column("SOURCE", [one.source for one in resources], shrinks=True),
    ]
    if look.wide:
        columns.insert(2, Column("FIELDS", [", ".join(one.fields) for one in resources]))
    lines, _ = table_lines(columns, look)
    return list(dict.fromkeys(lines))


def pages_report(
    pages: Sequence[EdgePage], *, one: bool, topics: Mapping[str, str] | None = None
) -> AnswerReport:
    """Return every format of an ``explain`` answer: the list, or one kind's page."""

    def text(pages: Sequence[EdgePage], look: Look) -> str:
        return page_text(pages[0], look) if one else pages_text(pages, look, topics)

    return QuestionFormats[Sequence[EdgePage]](
        text=text,
        columns=AnswerColumns[Sequence[EdgePage], EdgePage](
            lambda pages: pages,
            {
                "edge": lambda page: page.id,
                "effort": lambda page: page.effort,
                "certainty": lambda page: page.certainty,
                "summary": lambda page: page.summary,
            },
            frozenset({"certainty"}),
            types={"effort": int},
        ),
        document=lambda pages: EdgesDocument(edges=tuple(pages)),
    ).report(pages)


def topic_report(text: str) -> AnswerReport:
    """Return a topic's page: Markdown, as it is."""
    return AnswerReport({form: lambda _: text for form in ("table", "wide", "markdown")})
