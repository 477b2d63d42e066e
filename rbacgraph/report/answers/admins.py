"""``admins`` as a person reads it: one line per principal, with its way to full control."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

from rbacgraph.model.answers.admins import AdminsResult
from rbacgraph.model.answers.paths import Admin
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.access import AdminsDocument
from rbacgraph.report.documents.filling import document
from rbacgraph.report.formats.rows import AnswerColumns, evidence_cell, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.admins import admin_chain
from rbacgraph.report.text.footer import basis_lines, short_basis_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column
from rbacgraph.report.text.layout.text import count, listing
from rbacgraph.report.text.paths import way_table
from rbacgraph.report.text.paths.fold_paths import Route
from rbacgraph.report.text.paths.routes import evidence_lines, route_lines
from rbacgraph.report.text.paths.summary import (
    NO_RIGHTS,
    folded_sentence,
    limits_words,
    members_sentences,
)
from rbacgraph.report.text.paths.way_table import short_condition
from rbacgraph.report.text.words import (
    binding_of,
    chain,
    describe,
    is_identity,
    kind_of,
    object_name,
    rules_of,
)

_FEW = 3
_NONE = Evidence("", "", "")
_Section: TypeAlias = tuple[str, str, Sequence[tuple[int, Admin]]]
"""A title, its style, and its numbered lines."""


def admins_text(result: AdminsResult, look: Look) -> str:
    """Lay out those who are it for certain, those who need a condition, then operators.

    They are one line each, with the number by which ``look.explain`` takes them.
    """
    sections = _numbered(result)
    way_table.check_numbers(look.explain, sum(len(found) for *_, found in sections))
    lines = [look.heading("Effectively cluster-admin")]
    if look.explain:
        chosen = [
            (title, style, [one for one in found if one[0] in look.explain])
            for title, style, found in sections
        ]
        return "\n".join([*lines, *_all_blocks(chosen, look)]) + "\n"
    lines += look.prose(_summary(result))
    lines += [*_all_blocks(sections, look), ""] if look.wide else _screen(sections, look)
    for sentence in members_sentences(result.members, look.width, every=look.wide):
        lines += look.prose(sentence)
    if result.shipped:
        names = [admin.principal for admin in result.shipped]
        lines += look.prose(folded_sentence(names, look.width))
    basis = basis_lines if look.wide or not sections else short_basis_lines
    return "\n".join([*lines, *basis(result.basis, look)]) + "\n"


def _numbered(result: AdminsResult) -> list[_Section]:
    """Return the sections that are not empty, whose lines are numbered through."""
    sections = (
        ("FOR CERTAIN", "certain", result.admins),
        ("UNDER A CONDITION", "conditional", result.conditional),
        ("OPERATORS, BY DESIGN", "quiet", result.operators),
    )
    numbered: list[_Section] = []
    first = 1
    for title, style, found in sections:
        numbered += [(title, style, list(enumerate(found, first)))] if found else []
        first += len(found)
    return numbered


def _all_blocks(sections: Sequence[_Section], look: Look) -> list[str]:
    lines: list[str] = []
    for title, style, found in sections:
        lines += ["", look.paint(title, style), *_blocks(found, look)] if found else []
    return lines


def _screen(sections: Sequence[_Section], look: Look) -> list[str]:
    if not sections:
        return [""]
    shown = [
        (title, style, [one for one in found if one[0] <= way_table.MOST_LINES])
        for title, style, found in sections
    ]
    tables = [(title, style, _columns(found)) for title, style, found in shown if found]
    total = sum(len(found) for *_, found in sections)
    return way_table.screen_lines(
        tables, look, way_table.more_words(total - way_table.MOST_LINES, 0, "principal")
    )


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


def _columns(found: Sequence[tuple[int, Admin]]) -> list[Column]:
    admins = [admin for _, admin in found]
    columns = [
        way_table.number_column([number for number, _ in found]),
        way_table.name_column("WHO", [[admin.principal] for admin in admins]),
        way_table.how_column([clean(admin_chain(admin)) for admin in admins], chains=False),
        Column("EFFORT", [str(admin.effort) for admin in admins], number=True, expendable=2),
        *way_table.by_columns([[_first(admin)] for admin in admins]),
    ]
    if any(admin.operator for admin in admins):
        names = [clean(admin.operator) for admin in admins]
        columns.insert(2, Column("OPERATOR", names, expendable=1))
    if not all(admin.certain for admin in admins):
        columns.append(way_table.if_column([short_condition(admin.conditions) for admin in admins]))
    return columns


def _blocks(found: Sequence[tuple[int, Admin]], look: Look) -> list[str]:
    lines: list[str] = []
    for number, admin in found:
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
            words = f"condition: {admin.condition!s}"
            lines += look.prose(words, indent=7, hang=2, style="conditional")
    return lines


def _conditions(admin: Admin) -> str:
    return joined(map(str, admin.conditions))


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
