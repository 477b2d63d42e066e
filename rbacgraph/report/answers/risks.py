"""``risks`` as a person reads it: one line a cause, the most severe first."""

from collections.abc import Iterator, Sequence

from rbacgraph.model.answers.risk.risks import Risk, RiskFactor, RisksResult
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.risks import RisksDocument
from rbacgraph.report.formats.rows import AnswerColumns, evidence_cell, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import (
    GAP,
    both,
    count,
    count_both,
    cut,
    cut_middle,
    listing,
    plus_words,
    width,
)
from rbacgraph.report.text.paths.routes import evidence_lines
from rbacgraph.report.text.paths.summary import NO_RIGHTS, limits_words
from rbacgraph.report.text.words import chain

_MOST_LINES = 20
_SHORT_NAMES = ("serviceaccount:", "sa:")


def risks_text(result: RisksResult, look: Look, beside: Sequence[str] = ()) -> str:
    """Lay out the causes as a table, in the wide format each in full; then other lines."""
    shown = shown_risks(result, look)
    lines = [look.heading("What to fix first"), *look.prose(risks_sentence(result)), ""]
    if shown:
        lines += _blocks(shown, look) if look.wide else _table(shown, look)
        if len(result.risks) > len(shown):
            lines.append(f"{len(result.risks) - len(shown):,} more: --top 0")
        lines.append("")
    if result.by_design:
        lines += look.prose(_by_design(result))
    not_known = _not_known(result, look)
    lines += look.prose(not_known) if not_known else []
    lines += [*beside, ""] if beside else []
    return "\n".join([*lines, *basis_lines(result.basis, look)]) + "\n"


def shown_risks(result: RisksResult, look: Look) -> Sequence[Risk]:
    """Return the causes that are shown."""
    most = result.top or (0 if look.wide else _MOST_LINES)
    return result.risks[:most] if most else result.risks


def risks_sentence(result: RisksResult) -> str:
    """Return how many causes of each severity there are, and how much they open."""
    if not result.risks:
        if result.basis.unbound:
            return f"No cause can be named: {NO_RIGHTS}."
        beside = " but what operators need" if result.by_design else ""
        return f"No cause{beside}{limits_words(result.basis)}."
    counts = [f"{number:,} {severity}" for severity, number in result.counts.items() if number]
    apart = f"; {len(result.by_design):,} by design" if result.by_design else ""
    pairs = count_both(result.pairs, result.pairs_conditional, "pair")
    admins = count_both(result.admins, result.admins_conditional, "principal")
    plus = plus_words(result.pairs_conditional, result.admins_conditional)
    return (
        f"{count(len(result.risks), 'cause')}: {listing(counts)}{apart}. {pairs} of a principal and"
        f" a Secret, and {admins} with full control of the cluster{plus}"
        f"{limits_words(result.basis)}."
    )


def _not_known(result: RisksResult, look: Look) -> str:
    """Return for how many causes the input lacks facts; ``""`` for none."""
    number = sum(any(factor.lacking for factor in risk.factors) for risk in result.risks)
    if not number:
        return ""
    where = "" if look.wide else ": -o wide says what it lacks"
    return f"Of {count(number, 'cause')} the input does not show all ways in from outside{where}."


def _by_design(result: RisksResult) -> str:
    numbers: dict[str, int] = {}
    for risk in result.by_design:
        numbers[risk.operator] = numbers.get(risk.operator, 0) + 1
    found = [f"{clean(name)} ({number:,})" for name, number in sorted(numbers.items())]
    return f"By design: {listing(found)}."


def _table(shown: Sequence[Risk], look: Look) -> list[str]:
    columns = [
        Column("#", [str(number) for number, _ in enumerate(shown, 1)], number=True),
        Column("SEVERITY", [risk.severity for risk in shown]),
        Column("CAUSE", [clean(str(risk.text)) for risk in shown], shrinks=True, names=True),
        Column("OPENS", [clean(opens_words(risk)) for risk in shown], shrinks=True),
        Column("ALONE", [alone_words(risk) for risk in shown], expendable=2),
        Column("WHO STARTS", [clean(_who(risk)) for risk in shown], shrinks=True, names=True),
        Column("FIX", [risk.change.short for risk in shown], expendable=1),
        Column("FILE:LINE", [clean(_place(risk)) for risk in shown], expendable=3),
    ]
    if look.cut and _width(columns) > look.cut:
        return list(_two_lines(shown, look))
    return table_lines(columns, look)[0]


def _width(columns: Sequence[Column]) -> int:
    """Return the columns that a table takes if nothing is cut."""
    widths = (max(map(width, (one.title, *one.cells))) for one in columns)
    return sum(widths) + len(GAP) * (len(columns) - 1)


def _two_lines(shown: Sequence[Risk], look: Look) -> Iterator[str]:
    """Yield each cause on two lines: what it is and the change, then who opens what and where."""
    digits = len(str(len(shown)))
    longest = max(len(risk.severity) for risk in shown)
    head = f"{'#':>{digits}}{GAP}{'SEVERITY':<{longest}}{GAP}"
    yield look.paint(_apart(f"{head}CAUSE", "FIX", look.cut), "heading")
    for number, risk in enumerate(shown, 1):
        head = f"{number:>{digits}}{GAP}{risk.severity:<{longest}}{GAP}"
        yield _apart(head + clean(str(risk.text)), risk.change.short, look.cut)
        ways = f"{clean(_who(risk))} → {clean(opens_words(risk))}; {alone_words(risk)}"
        yield _apart(" " * len(head) + ways, clean(_place(risk)), look.cut)


def _apart(left: str, right: str, room: int) -> str:
    """Return two texts at the edges of a line; the right one at most a third of it."""
    right = cut_middle(right, room // 3)
    left = cut(left, room - width(right) - len(GAP))
    return left + " " * (room - width(left) - width(right)) + right


def opens_words(risk: Risk) -> str:
    """Return what a cause opens, and by which techniques."""
    opens = risk.opens
    secrets = count_both(opens.secrets, opens.secrets_conditional, "Secret")
    what = "the cluster" if opens.cluster else secrets
    if risk.path:
        what += f": {chain(hop.edge for hop in risk.path.hops)}"
    elif risk.kind == "binding":
        what += ": own rights"
    return what + (" (conditional)" if risk.conditional else "")


def factor_words(factor: RiskFactor) -> str:
    """Return the level of a factor, its reason, and what else must hold."""
    reason = "" if str(factor.text) == factor.level else f", {factor.text}"
    condition = f", if {factor.condition}" if factor.condition else ""
    return f"{factor.level}{reason}{condition}"


def alone_words(risk: Risk) -> str:
    """Return what goes away if a cause alone is closed."""
    opens = risk.opens
    parts = [_minus(opens.pairs_alone, opens.pairs_alone_conditional, "pair")]
    if opens.admins_alone or opens.admins_alone_conditional:
        parts.append(_minus(opens.admins_alone, opens.admins_alone_conditional, "admin"))
    return ("" if opens.exact else "at most ") + ", ".join(parts)


def _minus(certain: int, conditional: int, noun: str) -> str:
    if conditional:
        return f"-({both(certain, conditional)}) {noun}s"
    return f"-{count(certain, noun)}"


def _who(risk: Risk) -> str:
    first, *more = risk.subjects
    entry = risk.factor("entry")
    level = f" ({entry.level})" if entry else ""
    others = f" +{len(more):,}" if more else ""
    return first.replace(*_SHORT_NAMES, 1) + others + level


def _place(risk: Risk) -> str:
    return f"{risk.file}:{risk.line}" if risk.file and risk.line else risk.file or "-"


def _blocks(shown: Sequence[Risk], look: Look) -> list[str]:
    lines: list[str] = []
    for number, risk in enumerate(shown, 1):
        lines += ["", *risk_lines(risk, str(number), look)]
    return lines[1:]


def risk_lines(risk: Risk, number: str, look: Look) -> list[str]:
    """Return a cause in full, with its factors and evidence."""
    title = f"[{number}] {risk.severity}: {risk.text}"
    lines = look.pair(title, risk.id, styles=("heading", "quiet"))
    opens = f"opens {opens_words(risk)}; alone {alone_words(risk)}"
    lines += look.prose(opens, indent=4, hang=2)
    for factor in risk.factors:
        lines += look.prose(f"{factor.factor}: {factor_words(factor)}", indent=4, hang=2)
        for lack in factor.lacking:
            lines += look.prose(f"not known: {lack}", indent=6, hang=2, style="conditional")
    lines += look.prose(f"fix: {risk.change}", indent=4, hang=2, style="good")
    return lines + evidence_lines(risk.evidence, look)


def risks_document(result: RisksResult) -> RisksDocument:
    """Return the document of a ``risks`` answer; the caller's limit is kept."""
    shown = result.risks[: result.top] if result.top else result.risks
    return document(RisksDocument, result, risks=shown)


def _level(risk: Risk, name: str) -> str:
    factor = risk.factor(name)
    return factor.level if factor else ""


RISKS = QuestionFormats[RisksResult](
    text=risks_text,
    columns=AnswerColumns[RisksResult, Risk](
        lambda result: (*result.risks, *result.by_design),
        {
            "id": lambda risk: risk.id,
            "severity": lambda risk: risk.severity,
            "kind": lambda risk: risk.kind,
            "cause": lambda risk: str(risk.text),
            "object_kind": lambda risk: risk.object_kind,
            "namespace": lambda risk: risk.namespace,
            "name": lambda risk: risk.name,
            "subjects": lambda risk: joined(risk.subjects),
            "cluster": lambda risk: risk.opens.cluster,
            "control_plane": lambda risk: risk.opens.control_plane,
            "principals": lambda risk: risk.opens.principals,
            "secrets": lambda risk: risk.opens.secrets,
            "pairs_alone": lambda risk: risk.opens.pairs_alone,
            "admins_alone": lambda risk: risk.opens.admins_alone,
            "exact": lambda risk: risk.opens.exact,
            "entry": lambda risk: _level(risk, "entry"),
            "value": lambda risk: _level(risk, "value"),
            "conditional": lambda risk: risk.conditional,
            "techniques": lambda risk: chain(h.edge for h in risk.path.hops) if risk.path else "",
            "change": lambda risk: str(risk.change),
            "operator": lambda risk: risk.operator,
            "evidence": lambda risk: evidence_cell(risk.evidence),
            "file": lambda risk: risk.file,
            "line": lambda risk: risk.line,
            "principals_conditional": lambda risk: risk.opens.principals_conditional,
            "secrets_conditional": lambda risk: risk.opens.secrets_conditional,
            "pairs_alone_conditional": lambda risk: risk.opens.pairs_alone_conditional,
            "admins_alone_conditional": lambda risk: risk.opens.admins_alone_conditional,
        },
        frozenset({"severity", "kind", "object_kind", "namespace", "entry", "value"}),
        types={
            **dict.fromkeys(("cluster", "control_plane", "exact", "conditional"), bool),
            **dict.fromkeys(("principals", "secrets", "pairs_alone", "admins_alone", "line"), int),
            **dict.fromkeys(("principals_conditional", "secrets_conditional"), int),
            **dict.fromkeys(("pairs_alone_conditional", "admins_alone_conditional"), int),
        },
        shown=("severity", "cause", "pairs_alone", "admins_alone", "change"),
    ),
    document=risks_document,
)
