"""``exposure`` as a person reads it: one line per Secret. Made for hundreds of thousands."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter

from rbacgraph.model.answers.paths import ExposureResult, SecretExposure
from rbacgraph.model.answers.risk.severities import RISK_SEVERITIES
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.access import ExposureDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, Cell, Result, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import both, count, fitting, plus_words
from rbacgraph.report.text.paths.summary import NO_RIGHTS, by_paths, limits_words
from rbacgraph.report.text.words import chain, namespace_of, secret_name

_PLACES_ROOM = 100
_TOGETHER = 1000
"""The number of lines in a piece of text."""


def exposure_text(result: ExposureResult, look: Look) -> Iterator[str]:
    """Lay out the table, and what it rests on, in pieces."""
    lines, left_out = table_lines(_columns(result, look), look)
    summary = exposure_sentence(result) + (f" ({left_out})" if left_out else "")
    lines += ["", summary, *basis_lines(result.basis, look)]
    for first in range(0, len(lines), _TOGETHER):
        yield "\n".join([*lines[first : first + _TOGETHER], ""])


def _columns(result: ExposureResult, look: Look) -> list[Column]:
    rows = result.rows
    secrets = [clean(secret_name(r.secret)) + clean(_inferred(r)) for r in rows]
    who = _shared(clean(reader_way(row)[0]) or "-" for row in rows)
    columns = [
        Column("SECRET", secrets),
        Column("SEVERITY", [row.severity or "-" for row in rows]),
        Column("VALUE", [row.value or "-" for row in rows], expendable=2),
        Column("READERS", _number(rows, "readers"), number=True),
        Column("OPERATORS", _number(rows, "operators"), number=True, expendable=1),
        Column("ADMINS", _number(rows, "admins"), number=True, expendable=1),
        Column("MEMBERS", _number(rows, "members"), number=True, expendable=3),
        Column("WHO", who, shrinks=True, names=True),
        Column("HOW", _shared(chain(reader_way(row)[1]) or "-" for row in rows)),
    ]
    return [*columns, *_wide_columns(rows)] if look.wide else columns


def _wide_columns(rows: Sequence[SecretExposure]) -> list[Column]:
    alike = {(row.opening, row.cheapest[-1:]): row for row in rows}
    texts = {key: ", ".join(ordered_openings(row)) or "-" for key, row in alike.items()}
    return [
        Column("ENTRY", [row.entry or "-" for row in rows]),
        Column("TYPE", [clean(row.type) or "-" for row in rows]),
        Column("FINAL STEP", [texts[row.opening, row.cheapest[-1:]] for row in rows]),
    ]


def _number(rows: Sequence[SecretExposure], name: str) -> list[str]:
    """Return counts: of those with a certain path, then of those with a conditional one."""
    return _shared(both(getattr(row, name), getattr(row, f"{name}_conditional")) for row in rows)


def _shared(cells: Iterable[str]) -> list[str]:
    """Return the cells of a column, equal ones as one text."""
    known: dict[str, str] = {}
    return [known.setdefault(cell, cell) for cell in cells]


def reader_way(row: SecretExposure) -> tuple[str, tuple[str, ...]]:
    """Return who reaches a Secret with the lowest effort, and how: a reader if there is one."""
    if row.reader:
        return row.reader, row.reader_techniques
    return row.principal, row.cheapest


def _inferred(row: SecretExposure) -> str:
    if row.made_by:
        return f" (made by {row.made_by})"
    return " (inferred)" if row.inferred else ""


def ordered_openings(row: SecretExposure) -> list[str]:
    """Return the opening steps, that of the shown path first."""
    return sorted(row.opening, key=lambda kind: kind not in row.cheapest[-1:])


def exposure_sentence(result: ExposureResult) -> str:
    """Say how many Secrets there are, and how many of them anyone reaches."""
    basis = result.basis
    reached, only = _reached(result.rows, "certain", "conditional")
    total = count(len(result.rows), "Secret")
    if result.elsewhere:
        places = fitting(list(map(clean, result.elsewhere)), _PLACES_ROOM)
        return f"No Secrets in namespace {clean(result.namespace)}; the input has them in {places}."
    if not result.rows:
        return "No Secrets: the input neither holds nor names any."
    if basis.unbound and not (reached or only):
        return f"{total}; no path can be concluded: {NO_RIGHTS}."
    by = by_paths(basis)
    if basis.certain:
        by = f", by certain paths{limits_words(basis, number=2)}"
    readers = _by_readers(result.rows)
    words = f"{total}, {both(reached, only)} of them reachable{by}{readers}"
    words += plus_words(only, _by_reader(result.rows)[1] if readers else 0)
    return f"{words}; whether others are is unknown: {NO_RIGHTS}." if basis.unbound else f"{words}."


def _reached(rows: Sequence[SecretExposure], certain: str, conditional: str) -> tuple[int, int]:
    """Count the Secrets that some principals reach for certain, and those only on a condition."""
    found = [(bool(getattr(row, certain)), bool(getattr(row, conditional))) for row in rows]
    return sum(sure for sure, _ in found), sum(maybe and not sure for sure, maybe in found)


def _by_readers(rows: Sequence[SecretExposure]) -> str:
    """Return how many Secrets are reached by others than operators and admins."""
    read = [row for row in rows if row.readers or row.readers_conditional]
    others = _reached(
        [row for row in rows if not (row.readers or row.readers_conditional)],
        *("certain", "conditional"),
    )
    if not any(others):
        return ""
    found = {name: [row for row in read if row.severity == name] for name in RISK_SEVERITIES}
    said = ", ".join(f"{both(*_by_reader(some))} {name}" for name, some in found.items() if some)
    readers = f"{both(*_by_reader(read))} by readers ({said})" if read else "none by readers"
    return f": {readers}, {both(*others)} by operators and admins alone"


def _by_reader(rows: Sequence[SecretExposure]) -> tuple[int, int]:
    return _reached(rows, "readers", "readers_conditional")


_COUNTS = (
    *("readers", "operators", "admins"),
    *("readers_conditional", "operators_conditional", "admins_conditional"),
)


def _fields(*names: str) -> dict[str, Callable[[SecretExposure], Cell]]:
    """Return the columns that are fields of a row."""
    return {name: attrgetter(name) for name in names}


_CELLS: dict[str, Callable[[SecretExposure], Cell]] = {
    "secret": lambda row: secret_name(row.secret),
    "namespace": lambda row: namespace_of(row.secret),
    **_fields("type", "inferred", "certain", "conditional", "members"),
    "opening": lambda row: joined(row.opening),
    **_fields("principal"),
    "techniques": lambda row: chain(row.cheapest),
    **_fields("effort", "severity", "value", "entry", *_COUNTS, "reader"),
    "reader_techniques": lambda row: chain(row.reader_techniques),
    **_fields("reader_effort", "members_conditional"),
}


def exposure_columns(
    records: Callable[[Result], Sequence[SecretExposure]],
) -> AnswerColumns[Result, SecretExposure]:
    """Return the columns of answers that have one row for each Secret."""
    return AnswerColumns(
        records,
        _CELLS,
        frozenset({"namespace", "type", "opening", "severity", "value", "entry"}),
        types={
            "inferred": bool,
            **dict.fromkeys(("certain", "conditional", "members", "effort"), int),
            **dict.fromkeys((*_COUNTS, "reader_effort", "members_conditional"), int),
        },
        shown=("secret", "severity", "readers", "reader", "reader_techniques"),
    )


def exposure_document(result: ExposureResult) -> ExposureDocument:
    """Return the document of an ``exposure`` answer."""
    return document(ExposureDocument, result, secrets=result.rows)


EXPOSURE = QuestionFormats[ExposureResult](
    text=exposure_text,
    columns=exposure_columns(lambda result: result.rows),
    document=exposure_document,
)
