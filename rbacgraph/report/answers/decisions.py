"""``can-i`` and ``who-can`` as a person reads them."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.decision import Decision, Grantee, GranteesResult
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.rights import (
    AssumingDecisionDocument,
    DecisionDocument,
    GranteesDocument,
)
from rbacgraph.report.formats.rows import AnswerColumns, evidence_cell, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import missing_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.words import (
    binding_of,
    evidence_place,
    evidence_words,
    kind_of,
    kind_words,
    object_name,
    rules_of,
    short,
)

_HEADER = ("SUBJECT", "NAME", "SCOPE", "BINDING", "ROLE", "FILE:LINE", "RULE")
_EXPENDABLE = {"FILE:LINE": 3, "RULE": 2, "SCOPE": 1}
_SHRINKS = frozenset({"NAME", "BINDING", "ROLE"})


def decision_text(decision: Decision, look: Look) -> str:
    """Say yes or no as kubectl does, or that it is unknown, then why."""
    style = {"yes": "good", "no": "certain", "unknown": "conditional"}[decision.word]
    lines = [look.paint(decision.word, style), *look.prose(str(decision.reason), indent=2, hang=2)]
    for e in decision.evidence:
        where = evidence_place(e)
        lines += look.pair(evidence_words(e), where, indent=2, styles=("quiet", "place"))
    lines += missing_lines(decision.missing, look)
    for one in decision.assumed:
        lines += look.prose(f"Assumed: {one}", indent=2, hang=2, style="quiet")
    return "\n".join(lines) + "\n"


def _document(decision: Decision) -> DecisionDocument:
    """Return the document of a decision, with what it takes for granted if it does."""
    shape = AssumingDecisionDocument if decision.assumed else DecisionDocument
    return document(shape, decision, reason=str(decision.reason))


def grantees_text(result: GranteesResult, look: Look) -> str:
    """Lay out one row per subject and binding that gives it the right, and what is missing."""
    lines = _grantee_lines(result.grantees, look) or [_nobody(result.missing)]
    lines += ["", *missing_lines(result.missing, look)] if result.missing else []
    return "\n".join(lines) + "\n"


def _nobody(missing: Sequence[Condition]) -> str:
    seen = "As far as rights were seen, nobody" if missing else "Nobody"
    return f"{seen} holds this right directly."


def _grantee_lines(grantees: Sequence[Grantee], look: Look) -> list[str]:
    if not grantees:
        return []
    rows = [tuple(map(clean, _row(grantee, look))) for grantee in grantees]
    cells = zip(*rows, strict=True)
    columns = [
        Column(
            title,
            column,
            expendable=_EXPENDABLE.get(title, 0),
            shrinks=title in _SHRINKS,
            names=True,
        )
        for title, column in zip(_HEADER, cells, strict=True)
    ]
    lines, left_out = table_lines(columns, look)
    return [*lines, *([f"({left_out})"] if left_out else [])]


def scope_words(grantee: Grantee) -> str:
    """Say where the right holds, and for which names."""
    scope = grantee.scope or "cluster-wide"
    return f"{scope}: {', '.join(grantee.only_names)}" if grantee.only_names else scope


def _row(grantee: Grantee, look: Look) -> tuple[str, ...]:
    binding, rules = binding_of(grantee.evidence), rules_of(grantee.evidence)
    role = rules[0] if rules else None
    where = binding or (grantee.evidence[0] if grantee.evidence else None)
    return (
        kind_words(kind_of(grantee.principal)),
        short(grantee.principal),
        scope_words(grantee),
        _object(binding, look),
        _object(role, look),
        evidence_place(where) if where else "-",
        "; ".join(_rule(rule, look) for rule in rules) or (where.detail if where else "-"),
    )


def _object(evidence: Evidence | None, look: Look) -> str:
    """Name a binding or role; only a Role and a RoleBinding have a namespace."""
    if evidence is None:
        return "-"
    name = object_name(evidence.namespace, evidence.name)
    return f"{evidence.kind} {name}" if look.wide else name


def _rule(rule: Evidence, look: Look) -> str:
    words = f"rules[{rule.rule}]: {rule.detail}"
    return f"{words} ({evidence_place(rule)})" if look.wide else words


DECISION = QuestionFormats[Decision](
    text=decision_text,
    columns=AnswerColumns[Decision, Decision](
        lambda decision: [decision],
        {
            "allowed": lambda decision: decision.allowed,
            "reason": lambda decision: str(decision.reason),
            "evidence": lambda decision: evidence_cell(decision.evidence),
            "missing": lambda decision: joined(map(str, decision.missing)),
            "unknown": lambda decision: decision.unknown,
        },
        types={"allowed": bool, "unknown": bool},
    ),
    document=_document,
)


class _Grant(NamedTuple):
    """A grantee, and the binding and the rules that its evidence holds."""

    of: Grantee
    binding: Evidence
    rules: tuple[Evidence, ...]
    role: Evidence


_NONE = Evidence("", "", "")


def _grants(result: GranteesResult) -> list[_Grant]:
    found = ((one, binding_of(one.evidence), rules_of(one.evidence)) for one in result.grantees)
    return [
        _Grant(one, binding or _NONE, rules, rules[0] if rules else _NONE)
        for one, binding, rules in found
    ]


GRANTEES = QuestionFormats[GranteesResult](
    text=grantees_text,
    columns=AnswerColumns[GranteesResult, _Grant](
        _grants,
        {
            "principal": lambda grant: grant.of.principal,
            "principal_kind": lambda grant: kind_of(grant.of.principal),
            "scope": lambda grant: grant.of.scope,
            "only_names": lambda grant: joined(grant.of.only_names),
            "binding_kind": lambda grant: grant.binding.kind,
            "binding": lambda grant: object_name(grant.binding.namespace, grant.binding.name),
            "role_kind": lambda grant: grant.role.kind,
            "role": lambda grant: object_name(grant.role.namespace, grant.role.name),
            "rules": lambda grant: joined(f"[{rule.rule}]: {rule.detail}" for rule in grant.rules),
            "file": lambda grant: grant.binding.file,
            "line": lambda grant: grant.binding.line,
        },
        frozenset({"principal_kind", "scope", "binding_kind", "role_kind"}),
        types={"line": int},
        shown=("principal", "scope", "binding", "role", "rules"),
    ),
    document=partial(document, GranteesDocument),
)
