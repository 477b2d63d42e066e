"""``exposure`` as a person reads it: one line per Secret. Made for hundreds of thousands."""

from collections.abc import Callable, Sequence

from rbacgraph.model.results import ExposureResult, SecretExposure
from rbacgraph.report.footer import basis_lines
from rbacgraph.report.look import Look
from rbacgraph.report.text import GAP, clean, count, cut, listing, width
from rbacgraph.report.words import chain, short

_HEADER = ("SECRET", "TYPE", "CERTAIN", "CONDITIONAL", "MEMBERS", "OPENED BY", "CHEAPEST PATH")
_EXPENDABLE = (1, 5)
_NUMBERS = frozenset({2, 3, 4})
_OPENINGS = 2
_TYPES = "kubernetes.io/"


def exposure_text(result: ExposureResult, look: Look) -> str:
    """Lay out the table; on a terminal it loses columns and is cut, in a pipe never."""
    columns = [
        [title, *column] for title, column in zip(_HEADER, _cells(result, look), strict=True)
    ]
    padded = [_pad(column, right=index in _NUMBERS) for index, column in enumerate(columns)]
    kept, left_out = _fitting(padded, look)
    lines = [GAP.join(cells).rstrip() for cells in zip(*(padded[i] for i in kept), strict=True)]
    if look.cut:
        lines = [cut(line, look.cut) for line in lines]
    lines[0] = look.paint(lines[0], "heading")
    footer = [_summary(result) + left_out, *basis_lines(result.basis, look)]
    return "\n".join([*lines, "", *footer]) + "\n"


def _fitting(columns: Sequence[Sequence[str]], look: Look) -> tuple[list[int], str]:
    """Say which columns a terminal has room for, and what the others are."""
    kept, left_out = list(range(len(columns))), []
    for index in _EXPENDABLE:
        used = sum(width(columns[i][0]) + len(GAP) for i in kept)
        if look.wide or not look.cut or used <= look.cut:
            break
        kept.remove(index)
        left_out.append(_HEADER[index])
    return kept, f" (-o wide shows {listing(left_out)})" if left_out else ""


def _cells(result: ExposureResult, look: Look) -> list[list[str]]:
    rows = result.rows
    brief: Callable[[SecretExposure], str] = _openings if not look.wide else _all_openings
    return [
        [clean(short(row.secret)) + (" (inferred)" if row.inferred else "") for row in rows],
        [clean(row.type if look.wide else row.type.removeprefix(_TYPES)) for row in rows],
        [str(row.certain) for row in rows],
        [str(row.conditional) for row in rows],
        [str(row.members) for row in rows],
        [brief(row) for row in rows],
        [_cheapest(row) for row in rows],
    ]


def _openings(row: SecretExposure) -> str:
    more = len(row.opening) - _OPENINGS
    text = ", ".join(row.opening[:_OPENINGS])
    return f"{text} +{more}" if more > 0 else text or "-"


def _all_openings(row: SecretExposure) -> str:
    return ", ".join(row.opening) or "-"


def _cheapest(row: SecretExposure) -> str:
    if not row.cheapest:
        return "-"
    return f"{clean(row.principal)}: {chain(row.cheapest)}"


def _pad(column: Sequence[str], *, right: bool) -> list[str]:
    widths = [len(text) if text.isascii() else width(text) for text in column]
    columns = max(widths)
    if right:
        return [" " * (columns - used) + text for text, used in zip(column, widths, strict=True)]
    return [text + " " * (columns - used) for text, used in zip(column, widths, strict=True)]


def _summary(result: ExposureResult) -> str:
    reached = sum(bool(row.certain or row.conditional) for row in result.rows)
    total = count(len(result.rows), "Secret")
    if not result.rows:
        return "No Secrets: the input neither holds nor names any."
    return f"{total}, {reached:,} of them within reach of somebody."
