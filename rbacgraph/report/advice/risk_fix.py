"""The text of ``risks --fix`` and ``--fix-set``: what to change, what is left, who loses what."""

from collections.abc import Iterator

from rbacgraph.model.answers.risk.risks import Risk
from rbacgraph.model.changes.cut import CutEdit
from rbacgraph.model.changes.risk_fix import RiskFixResult
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.printable import clean
from rbacgraph.report.advice.effect import effect_lines
from rbacgraph.report.advice.manifests import manifests_text
from rbacgraph.report.answers.risks import risk_lines
from rbacgraph.report.answers.usage import log_lines, request_words
from rbacgraph.report.documents.advice import written_document
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.risks import RiskFixDocument
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import both, count, count_both, fitting, plus_words
from rbacgraph.report.text.words import count_kinds, object_name, place, short

_ROOM = 70
_DENIED = 5


def risk_fix_text(result: RiskFixResult, look: Look) -> str:
    """Lay out the causes, the changes, what is left, and what would be denied."""
    sections = [
        [look.heading(_title(result)), *look.prose(_proof(result))],
        *(risk_lines(risk, str(number), look) for number, risk in enumerate(result.risks, 1)),
        _section("CHANGES", [*_edits(result, look), *_by_hand(result, look)], look),
        _section("WOULD BE DENIED", list(_denied(result, look)), look),
        _section("EFFECT", effect_lines(result.effect, look), look),
        log_lines(result.log, look) if result.log is not None else [],
        basis_lines(result.basis, look),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _section(title: str, lines: list[str], look: Look) -> list[str]:
    return [look.heading(title), *lines] if lines else []


def _title(result: RiskFixResult) -> str:
    number = count(len(result.risks), "cause")
    return f"Close {number}" if result.most is None else f"Close {number} that together remove most"


def _proof(result: RiskFixResult) -> str:
    """Return what goes away, counted in a graph of the changed cluster."""
    proof = result.proof
    pairs = proof.pairs_before, proof.pairs_before_conditional
    admins = proof.admins_before, proof.admins_before_conditional
    pairs_left = proof.pairs_after, proof.pairs_after_conditional
    admins_left = proof.admins_after, proof.admins_after_conditional
    plus = plus_words(pairs[1], admins[1], pairs_left[1], admins_left[1])
    words = (
        f"In the changed cluster {_of(pairs_left, pairs, 'pair')} of a principal and a Secret are"
        f" left, and {_of(admins_left, admins, 'principal')} with full control of the"
        f" cluster{plus}."
    )
    if result.most is None:
        return words
    if result.proven:
        return f"{words} No other choice of so many causes removes more."
    return f"{words} Another choice of so many may remove {result.most:,} at the most."


def _of(left: tuple[int, int], before: tuple[int, int], noun: str) -> str:
    return f"{both(*left)} of {count_both(*before, noun)}"


def _edits(result: RiskFixResult, look: Look) -> Iterator[str]:
    for edit in result.edits:
        name = f"{edit.kind} {object_name(edit.namespace, edit.name)}"
        yield from look.pair(
            f"  {clean(name)}", place(edit.file, edit.line), styles=("name", "place")
        )
        yield from look.prose(str(edit.text), indent=4, hang=2)
        yield from look.prose(_losing(edit), indent=4, hang=2, style="quiet")
        if edit.note:
            yield from look.prose(str(edit.note), indent=4, hang=2, style="conditional")


def _losing(edit: CutEdit) -> str:
    names = edit.loses
    if not names:
        return "nobody loses anything else"
    several = names[0]
    if len(names) > 1:
        several = f"{count_kinds(names)} ({fitting(list(map(short, names)), _ROOM)})"
    return f"{several} {'lose' if len(names) > 1 else 'loses'} {joined(map(str, edit.lost))}"


def _by_hand(result: RiskFixResult, look: Look) -> Iterator[str]:
    for change in result.by_hand:
        yield from look.prose(f"by hand: {change}", indent=2, hang=2)


def _denied(result: RiskFixResult, look: Look) -> Iterator[str]:
    for one in result.denied:
        requests = [clean(request_words(needed.request)) for needed in one.needs]
        shown = "; ".join(requests[:_DENIED])
        more = f" and {len(requests) - _DENIED:,} more" if len(requests) > _DENIED else ""
        yield from look.prose(f"{_who(one)}: {shown}{more}", indent=2, hang=2, style="conditional")
    if result.proof.requests:
        yield from look.prose(
            f"{count(result.proof.requests, 'request')} of logs and statements stay allowed",
            indent=2,
            hang=2,
        )


def _who(needing: Needing) -> str:
    return needing.user or f"members of {', '.join(needing.groups)}"


def risk_fix_document(result: RiskFixResult) -> RiskFixDocument:
    """Return the document of the answer."""
    return document(RiskFixDocument, result, changes=tuple(map(written_document, result.changes)))


RISK_FIX = QuestionFormats[RiskFixResult](
    text=risk_fix_text,
    columns=AnswerColumns[RiskFixResult, Risk](
        lambda result: result.risks,
        {
            "id": lambda risk: risk.id,
            "severity": lambda risk: risk.severity,
            "cause": lambda risk: str(risk.text),
            "change": lambda risk: str(risk.change),
            "pairs_alone": lambda risk: risk.opens.pairs_alone,
            "admins_alone": lambda risk: risk.opens.admins_alone,
            "file": lambda risk: risk.file,
            "line": lambda risk: risk.line,
            "pairs_alone_conditional": lambda risk: risk.opens.pairs_alone_conditional,
            "admins_alone_conditional": lambda risk: risk.opens.admins_alone_conditional,
        },
        frozenset({"severity"}),
        types=dict.fromkeys(
            (
                *("pairs_alone", "admins_alone", "line"),
                *("pairs_alone_conditional", "admins_alone_conditional"),
            ),
            int,
        ),
        shown=("severity", "cause", "change", "pairs_alone", "admins_alone"),
    ),
    document=risk_fix_document,
    extras={"yaml": lambda result, _: manifests_text(result.changes)},
)
