"""``exposure`` as a person reads it: one line per Secret. Made for hundreds of thousands."""

from collections.abc import Callable, Sequence

from rbacgraph.model.answers.paths import ExposureResult, SecretExposure
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.document import ExposureDocument, document
from rbacgraph.report.formats.rows import AnswerColumns, Cell, Result, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.summary import NO_RIGHTS, by_paths, limits_words
from rbacgraph.report.text.table import Column, table_lines
from rbacgraph.report.text.text import count, fitting
from rbacgraph.report.text.words import chain, namespace_of, secret_name

_LEAST = 24
"""What a principal and the first technique of its way take."""
_OPENINGS = 2
_PLACES_ROOM = 100
_TYPES = "kubernetes.io/"


def exposure_text(result: ExposureResult, look: Look) -> str:
    """Lay out the table, and what it rests on."""
    lines, left_out = table_lines(_columns(result, look), look)
    summary = exposure_sentence(result) + (f" ({left_out})" if left_out else "")
    return "\n".join([*lines, "", summary, *basis_lines(result.basis, look)]) + "\n"


def _columns(result: ExposureResult, look: Look) -> list[Column]:
    rows = result.rows
    types = [row.type if look.wide else row.type.removeprefix(_TYPES) for row in rows]
    secrets = [clean(secret_name(r.secret)) + clean(_inferred(r)) for r in rows]
    return [
        Column("SECRET", secrets),
        Column("TYPE", [clean(text) or "-" for text in types], expendable=2),
        Column("CERTAIN", [str(row.certain) for row in rows], number=True),
        Column("CONDITIONAL", [str(row.conditional) for row in rows], number=True),
        Column("MEMBERS", [str(row.members) for row in rows], number=True),
        Column("FINAL STEP", _opened_by(rows, wide=look.wide), expendable=1),
        Column("LOWEST EFFORT FOUND", [_cheapest(row) for row in rows], shrinks=True, least=_LEAST),
    ]


def _inferred(row: SecretExposure) -> str:
    if row.made_by:
        return f" (made by {row.made_by})"
    return " (inferred)" if row.inferred else ""


def _opened_by(rows: Sequence[SecretExposure], *, wide: bool) -> list[str]:
    """Say how Secrets are opened, once for all that are opened alike."""
    say = _all_openings if wide else _openings
    alike = {(row.opening, row.cheapest[-1:]): row for row in rows}
    texts = {key: say(row) for key, row in alike.items()}
    return [texts[row.opening, row.cheapest[-1:]] for row in rows]


def _openings(row: SecretExposure) -> str:
    more = len(row.opening) - _OPENINGS
    text = ", ".join(ordered_openings(row)[:_OPENINGS])
    return f"{text} +{more}" if more > 0 else text or "-"


def _all_openings(row: SecretExposure) -> str:
    return ", ".join(ordered_openings(row)) or "-"


def ordered_openings(row: SecretExposure) -> list[str]:
    """Return the opening steps, that of the shown path first."""
    return sorted(row.opening, key=lambda kind: kind not in row.cheapest[-1:])


def _cheapest(row: SecretExposure) -> str:
    if not row.cheapest:
        return "-"
    return f"{clean(row.principal)}: {chain(row.cheapest)}"


def exposure_sentence(result: ExposureResult) -> str:
    """Say how many Secrets there are, and how many of them anyone reaches."""
    basis = result.basis
    reached = sum(bool(row.certain or row.conditional) for row in result.rows)
    total = count(len(result.rows), "Secret")
    if result.elsewhere:
        places = fitting(list(map(clean, result.elsewhere)), _PLACES_ROOM)
        return f"No Secrets in namespace {clean(result.namespace)}; the input has them in {places}."
    if not result.rows:
        return "No Secrets: the input neither holds nor names any."
    if basis.unbound and not reached:
        return f"{total}; no path can be concluded: {NO_RIGHTS}."
    by = by_paths(basis)
    if basis.certain:
        by = f", by certain paths{limits_words(basis, number=2)}"
    words = f"{total}, {reached:,} of them reachable{by}"
    return f"{words}; whether others are is unknown: {NO_RIGHTS}." if basis.unbound else f"{words}."


_CELLS: dict[str, Callable[[SecretExposure], Cell]] = {
    "secret": lambda row: secret_name(row.secret),
    "namespace": lambda row: namespace_of(row.secret),
    "type": lambda row: row.type,
    "inferred": lambda row: row.inferred,
    "certain": lambda row: row.certain,
    "conditional": lambda row: row.conditional,
    "members": lambda row: row.members,
    "opening": lambda row: joined(row.opening),
    "principal": lambda row: row.principal,
    "techniques": lambda row: chain(row.cheapest),
    "effort": lambda row: row.effort,
}


def exposure_columns(
    records: Callable[[Result], Sequence[SecretExposure]],
) -> AnswerColumns[Result, SecretExposure]:
    """Return the columns of answers that have one row for each Secret."""
    return AnswerColumns(
        records,
        _CELLS,
        frozenset({"namespace", "type", "opening"}),
        types={
            "inferred": bool,
            **dict.fromkeys(("certain", "conditional", "members", "effort"), int),
        },
        shown=("secret", "certain", "conditional", "principal", "techniques"),
    )


def exposure_document(result: ExposureResult) -> ExposureDocument:
    """Return the document of an ``exposure`` answer."""
    return document(ExposureDocument, result, secrets=result.rows)


EXPOSURE = QuestionFormats[ExposureResult](
    text=exposure_text,
    columns=exposure_columns(lambda result: result.rows),
    document=exposure_document,
)
