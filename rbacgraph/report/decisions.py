"""``can-i`` and ``who-can`` as a person reads them."""

from collections.abc import Sequence

from rbacgraph.model.decision import Decision, Grantee
from rbacgraph.model.evidence import Evidence
from rbacgraph.report.look import Look
from rbacgraph.report.text import clean, columns_of, cut
from rbacgraph.report.words import (
    evidence_place,
    evidence_words,
    is_binding,
    kind_of,
    kind_words,
    object_name,
    short,
)

_HEADER = ("SUBJECT", "NAME", "SCOPE", "BINDING", "ROLE", "RULE", "FILE:LINE")


def decision_text(decision: Decision, look: Look) -> str:
    """Say yes or no as kubectl does, then why."""
    word, style = ("yes", "good") if decision.allowed else ("no", "certain")
    lines = [look.paint(word, style), *look.prose(decision.reason, indent=2, hang=2)]
    for e in decision.evidence:
        where = evidence_place(e)
        lines += look.pair(evidence_words(e), where, indent=2, styles=("quiet", "place"))
    return "\n".join(lines) + "\n"


def grantees_text(grantees: Sequence[Grantee], look: Look) -> str:
    """Lay out one row per subject and binding that gives it the right."""
    if not grantees:
        return "Nobody holds this right directly.\n"
    rows = [tuple(map(clean, _row(grantee, look))) for grantee in grantees]
    widths = tuple(columns_of([_HEADER, *rows]))
    lines = [look.row(row, widths) for row in [_HEADER, *rows]]
    if look.cut:
        lines = [cut(line, look.cut) for line in lines]
    return "\n".join([look.heading(lines[0]), *lines[1:]]) + "\n"


def binding_of(evidence: Sequence[Evidence]) -> Evidence | None:
    """Return the binding among the evidence."""
    return next((e for e in evidence if is_binding(e)), None)


def rules_of(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the rules among the evidence."""
    return tuple(e for e in evidence if e.rule is not None)


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
        _object(binding) if binding else "-",
        _object(role) if role else "-",
        "; ".join(_rule(rule, look) for rule in rules) or (where.detail if where else "-"),
        evidence_place(where) if where else "-",
    )


def _object(evidence: Evidence) -> str:
    return f"{evidence.kind} {object_name(evidence.namespace, evidence.name)}"


def _rule(rule: Evidence, look: Look) -> str:
    words = f"[{rule.rule}]: {rule.detail}"
    return f"{words} ({evidence_place(rule)})" if look.wide else words
