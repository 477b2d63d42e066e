"""``admins`` as a person reads it: one line per principal, with its way to full control."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.paths import Admin
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.document import AdminsDocument, document
from rbacgraph.report.formats.rows import AnswerColumns, evidence_cell, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.admins import admin_chain
from rbacgraph.report.text.conditions import condition_words
from rbacgraph.report.text.fold_paths import Route
from rbacgraph.report.text.footer import basis_lines
from rbacgraph.report.text.look import Look
from rbacgraph.report.text.routes import evidence_lines, route_lines
from rbacgraph.report.text.summary import (
    NO_RIGHTS,
    folded_sentence,
    limits_words,
    members_sentences,
)
from rbacgraph.report.text.table import Column, table_lines
from rbacgraph.report.text.text import count, listing
from rbacgraph.report.text.words import (
    binding_of,
    chain,
    describe,
    evidence_place,
    is_identity,
    kind_of,
    object_name,
    rules_of,
)

_MOST_LINES = 60
_FEW = 3
_NONE = Evidence("", "", "")


def admins_text(result: AdminsResult, look: Look) -> str:
    """Lay out those who are it for certain, those who need a condition, then operators."""
    lines = [look.heading("Effectively cluster-admin"), *look.prose(_summary(result))]
    number = 1
    for title, style, found in (
        ("FOR CERTAIN", "certain", result.admins),
        ("UNDER A CONDITION", "conditional", result.conditional),
        ("OPERATORS, BY DESIGN", "quiet", result.operators),
    ):
        if found:
            lines += ["", look.paint(title, style)]
            lines += _blocks(found, number, look) if look.wide else _table(found, look)
            number += len(found)
    lines += [""]
    for sentence in members_sentences(result.members, look.width, every=look.wide):
        lines += look.prose(sentence)
    if result.shipped:
        names = [admin.principal for admin in result.shipped]
        lines += look.prose(folded_sentence(names, look.width))
    return "\n".join([*lines, *basis_lines(result.basis, look)]) + "\n"


def _summary(result: AdminsResult) -> str:
    limits = limits_words(result.basis)
    if not result.listed:
        if result.basis.unbound:
            return f"Nobody can be named: {NO_RIGHTS}."
        others = " but the control plane's own identities" if result.shipped else ""
        return f"Nobody is it{limits}{others}."
    parts = [f"{count(len(result.admins), 'principal')} for certain"] if result.admins else []
    if result.conditional:
        parts.append(f"{count(len(result.conditional), 'principal')} only under a condition")
    said = [f"{'; '.join(parts)}{limits}.{_through(result)}"] if parts else []
    return " ".join([*said, *_by_design(result, "" if parts else limits)])


def _by_design(result: AdminsResult, limits: str) -> list[str]:
    if not result.operators:
        return []
    accounts = count(len(result.operators), "ServiceAccount")
    operators = count(len({admin.operator for admin in result.operators}), "operator")
    return [f"{accounts} of {operators} by design{limits}."]


def _through(result: AdminsResult) -> str:
    """Say through whom several get it: what to look at first."""
    ends = Counter(
        admin.path.target
        for admin in result.every
        if admin.path and admin.rights and is_identity(kind_of(admin.path.target))
    )
    found = [f"{number:,} through {end}" for end, number in ends.most_common(_FEW) if number > 1]
    return f" Of these, {listing(found)}." if found else ""


def _table(found: Sequence[Admin], look: Look) -> list[str]:
    shown = found[:_MOST_LINES]
    conditional = any(not admin.certain for admin in shown)
    columns = [
        Column("WHO", [clean(_who(admin)) for admin in shown], shrinks=True, names=True),
        Column("HOW", [clean(admin_chain(admin)) for admin in shown], shrinks=True, names=True),
        Column("EFFORT", [str(admin.effort) for admin in shown], number=True, expendable=3),
        Column(
            "BY",
            [clean(granted_by(admin)) for admin in shown],
            expendable=1,
            shrinks=True,
            names=True,
        ),
        Column("FILE:LINE", [clean(_place(admin)) for admin in shown], expendable=2),
    ]
    if conditional:
        columns.append(Column("IF", [clean(_conditions(admin)) for admin in shown], shrinks=True))
    lines, left_out = table_lines(columns, look)
    if len(found) > len(shown):
        lines.append(f"{len(found) - len(shown):,} more: -o wide")
    return [*lines, *([f"({left_out})"] if left_out else [])]


def _blocks(found: Sequence[Admin], first: int, look: Look) -> list[str]:
    lines: list[str] = []
    for number, admin in enumerate(found, first):
        lines.append("")
        if admin.path is None:
            label = look.paint(f"[{number}]".ljust(5), "quiet")
            lines += [label + look.paint(clean(admin.principal), "name")]
        else:
            lines += route_lines(Route((admin.principal,), (admin.path,)), number, look)
        if admin.operator:
            lines += look.prose(f"by design of {admin.operator}", indent=5)
        if admin.rights:
            whose = "" if admin.path is None else f"{describe(admin.path.target)} "
            lines += look.prose(f"{whose}has every right on every resource", indent=5)
            lines += evidence_lines(admin.rights, look)
        if admin.condition:
            words = f"condition: {condition_words(admin.condition)}"
            lines += look.prose(words, indent=7, hang=2, style="conditional")
    return lines


def _who(admin: Admin) -> str:
    return f"{admin.principal} ({admin.operator})" if admin.operator else admin.principal


def _conditions(admin: Admin) -> str:
    return joined(map(condition_words, admin.conditions))


def _first(admin: Admin) -> tuple[Evidence, ...]:
    """Return the evidence with which a way begins."""
    return admin.path.hops[0].evidence if admin.path else admin.rights


def _binding(admin: Admin) -> Evidence:
    return binding_of(_first(admin)) or _NONE


def _role(admin: Admin) -> Evidence:
    return next(iter(rules_of(_first(admin))), _NONE)


def granted_by(admin: Admin) -> str:
    """Return the binding with which a way begins, and its role."""
    binding, role = _binding(admin), _role(admin)
    if binding is _NONE:
        return "; ".join(one.detail for one in _first(admin)) or "-"
    return f"{object_name(binding.namespace, binding.name)} → {role.name or '-'}"


def first_evidence(admin: Admin) -> Evidence | None:
    """Return what a way begins with: its binding, if it has one."""
    evidence = _first(admin)
    return binding_of(evidence) or next(iter(evidence), None)


def _place(admin: Admin) -> str:
    where = first_evidence(admin)
    return (evidence_place(where) if where else "") or "-"


def _end(admin: Admin) -> str:
    """Return who or what has full control at the end."""
    return admin.path.target if admin.path else admin.principal


ADMINS = QuestionFormats[AdminsResult](
    text=admins_text,
    columns=AnswerColumns[AdminsResult, Admin](
        lambda result: result.listed,
        {
            "principal": lambda admin: admin.principal,
            "principal_kind": lambda admin: kind_of(admin.principal),
            "certain": lambda admin: admin.certain,
            "effort": lambda admin: admin.effort,
            "length": lambda admin: len(admin.path.hops) if admin.path else 0,
            "techniques": lambda admin: (
                chain(hop.edge for hop in admin.path.hops) if admin.path else ""
            ),
            "target": _end,
            "binding_kind": lambda admin: _binding(admin).kind,
            "binding": lambda admin: object_name(_binding(admin).namespace, _binding(admin).name),
            "role_kind": lambda admin: _role(admin).kind,
            "role": lambda admin: object_name(_role(admin).namespace, _role(admin).name),
            "conditions": _conditions,
            "evidence": lambda admin: evidence_cell(
                (
                    *(
                        one
                        for hop in (admin.path.hops if admin.path else ())
                        for one in hop.evidence
                    ),
                    *admin.rights,
                )
            ),
            "file": lambda admin: _binding(admin).file,
            "line": lambda admin: _binding(admin).line,
            "operator": lambda admin: admin.operator,
        },
        frozenset({"principal_kind", "binding_kind", "role_kind"}),
        types={"certain": bool, "effort": int, "length": int, "line": int},
        shown=("principal", "certain", "techniques", "target", "binding"),
    ),
    document=partial(document, AdminsDocument),
)
