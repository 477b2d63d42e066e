"""``rights`` as a person reads it: what a principal may do, by which binding and role."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from rbacgraph.model.answers.coverage import full_name
from rbacgraph.model.answers.rights import DirectRule, OpenedTechnique, RightsResult, RuleSource
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.documents.filling import document
from rbacgraph.report.documents.rights import RightsDocument
from rbacgraph.report.formats.rows import AnswerColumns, joined
from rbacgraph.report.question_formats import QuestionFormats
from rbacgraph.report.text.footer import missing_lines
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, table_lines
from rbacgraph.report.text.layout.text import count, fitting, listing
from rbacgraph.report.text.paths.routes import evidence_lines
from rbacgraph.report.text.words import (
    binding_of,
    evidence_place,
    object_name,
    rules_of,
    short,
)

_HEADER = ("WHERE", "VERBS", "ON", "OPENS", "VIA", "BY", "FILE:LINE")
_EXPENDABLE = {"FILE:LINE": 2, "VIA": 1}
_SHRINKS = frozenset({"WHERE", "VERBS", "ON", "OPENS", "BY"})
_ROOM = {"WHERE": 24, "VERBS": 48, "ON": 44, "OPENS": 40}
"""How wide a list may be in the plain table."""
_LEAST = 20
"""With less room, the binding is left to the wide format."""

_ITSELF = "itself"
_LABEL = 5
_NONE = Evidence("", "", "")


def rights_text(result: RightsResult, look: Look) -> str:
    """Lay out one row per rule, and say in a line what every user may do anyway."""
    common = [rule for rule in result.rules if not look.wide and _is_common(rule, result)]
    rules = [rule for rule in result.rules if rule not in common]
    lines = [look.heading(_title(result)), *look.prose(_summary(result))]
    if rules and look.wide:
        lines += [
            line for number, rule in enumerate(rules, 1) for line in _block(number, rule, look)
        ]
    elif rules:
        lines += ["", *_table(result, rules, look)]
    if common:
        roles = dict.fromkeys(rule.name for one in common for rule in _roles(one))
        lines += [
            "",
            *look.prose(
                f"Not shown: {count(len(common), 'rule')} that everybody has and that"
                f" {'opens' if len(common) == 1 else 'open'} no technique, by"
                f" {listing(list(roles))}; -o wide lists them.",
                style="quiet",
            ),
        ]
    if result.principal.startswith("kubelet:"):
        lines += look.prose(
            "The Node authorizer allows a kubelet more: what the Pods on its node need.",
            style="quiet",
        )
    for one in result.basis.assumptions if look.wide else ():
        lines += look.prose(f"Assumed: {one}", hang=2, style="quiet")
    return "\n".join([*lines, *missing_lines(result.basis.missing, look)]) + "\n"


def _title(result: RightsResult) -> str:
    where = f" in {result.namespace}" if result.namespace else ""
    return f"Rights of {result.principal}{where}"


def _summary(result: RightsResult) -> str:
    bindings = {
        (binding.kind, binding.namespace, binding.name)
        for rule in result.rules
        for source in rule.sources
        if (binding := binding_of(source.evidence))
    }
    opening = sum(bool(rule.techniques) for rule in result.rules)
    groups = ", ".join(map(short, result.groups))
    through = f" Groups that count: {groups}." if groups else ""
    if not result.rules:
        seen = "As far as rights were seen, it" if result.basis.missing else "It"
        return f"{seen} holds no rights.{through}"
    opens = (
        f"{opening:,} of them {'opens' if opening == 1 else 'open'}" if opening else "none opens"
    )
    unjudged = sum(bool(rule.unjudged) for rule in result.rules)
    gives = "gives rights" if unjudged == 1 else "give rights"
    more = f", {unjudged:,} {gives} that no technique judges" if unjudged else ""
    return (
        f"{count(len(result.rules), 'rule')} by {count(len(bindings), 'binding')};"
        f" {opens} a technique{more}.{through}"
    )


def _is_common(rule: DirectRule, result: RightsResult) -> bool:
    """Whether everybody has a rule, and nothing follows from it."""
    return (
        result.principal not in _EVERYBODY
        and not rule.techniques
        and not rule.unjudged
        and all(source.subject in _EVERYBODY for source in rule.sources)
    )


_EVERYBODY = frozenset({"group:system:authenticated", "group:system:unauthenticated"})


def _roles(rule: DirectRule) -> Iterable[Evidence]:
    return (role for source in rule.sources for role in rules_of(source.evidence))


def _block(number: int, rule: DirectRule, look: Look) -> list[str]:
    """Return a rule with all of its sources."""
    label = f"[{number}] ".ljust(_LABEL)
    first, *rest = look.prose(rule_words(rule), indent=_LABEL, hang=2)
    lines = ["", look.paint(label, "quiet") + look.paint(first.strip(), "name"), *rest]
    for source in rule.sources:
        where = f"in {source.scope}" if source.scope else "cluster-wide"
        lines += look.prose(f"{where}, {source.subject}", indent=_LABEL)
        lines += evidence_lines(source.evidence, look)
        if source.condition:
            words = f"condition: {source.condition!s}"
            lines += look.prose(words, indent=_LABEL + 2, hang=2, style="conditional")
        if source.techniques:
            words = f"opens {', '.join(_opened(source.techniques))}"
            lines += look.prose(words, indent=_LABEL + 2, hang=2, style="edge")
    if rule.unjudged:
        words = f"not judged: {', '.join(rule.unjudged)}"
        lines += look.prose(words, indent=_LABEL, hang=2, style="conditional")
    return lines


def _table(result: RightsResult, rules: Sequence[DirectRule], look: Look) -> list[str]:
    rows = [_row(result, rule) for rule in rules]
    cells = dict(zip(_HEADER, zip(*rows, strict=True), strict=True))
    columns = [
        Column(
            title,
            [clean(cell) for cell in column],
            expendable=_EXPENDABLE.get(title, 0),
            shrinks=title in _SHRINKS,
            names=title == "BY",
            least=_LEAST if title == "BY" else 0,
        )
        for title, column in cells.items()
        if title != "VIA" or any(cell != _ITSELF for cell in column)
    ]
    lines, left_out = table_lines(columns, look)
    return [*lines, *([f"({left_out})"] if left_out else [])]


def _row(result: RightsResult, rule: DirectRule) -> tuple[str, ...]:
    first, more = rule.sources[0], len(rule.sources) - 1
    places = [binding_of(first.evidence) or first.evidence[0]] if first.evidence else []
    via = dict.fromkeys(
        _ITSELF if source.subject == result.principal else source.subject for source in rule.sources
    )
    return (
        fitting([scope or "cluster-wide" for scope in rule.scopes], _ROOM["WHERE"]),
        fitting(rule.verbs, _ROOM["VERBS"]),
        _what(rule),
        _opens(rule),
        ", ".join(via),
        f"{_by(first)} (+{more:,} more)" if more else _by(first),
        *(evidence_place(one) for one in places or [_NONE]),
    )


def _opens(rule: DirectRule) -> str:
    if rule.techniques:
        return fitting(_opened(rule.techniques), _ROOM["OPENS"])
    return "not judged" if rule.unjudged else "-"


def rule_words(rule: DirectRule) -> str:
    """Return a rule in words, whole."""
    names = ", ".join(name or '""' for name in rule.resource_names)
    named = f" named {names}" if names else ""
    return f"{', '.join(rule.verbs)} on {', '.join(_things(rule))}{named}"


def _what(rule: DirectRule) -> str:
    words = fitting(_things(rule), _ROOM["ON"])
    names = [name or '""' for name in rule.resource_names]
    return f"{words} named {fitting(names, _ROOM['ON'])}" if names else words


def _things(rule: DirectRule) -> Sequence[str]:
    """Return what a rule is about: what opens something, what no technique judges, the rest."""
    if rule.non_resource_urls:
        return rule.non_resource_urls
    opening = {resource for one in rule.techniques for resource in one.resources}
    pairs = sorted(
        ((group, resource) for resource in rule.resources for group in rule.api_groups),
        key=lambda one: (one[1] not in opening, full_name(*one) not in rule.unjudged),
    )
    return [f"{resource}.{group}" if group else resource for group, resource in pairs]


def _opened(techniques: Sequence[OpenedTechnique]) -> list[str]:
    sure = [one.technique for one in techniques if one.certain]
    return sure + [f"{one.technique}?" for one in techniques if not one.certain]


def _by(source: RuleSource) -> str:
    binding, roles = binding_of(source.evidence), rules_of(source.evidence)
    if binding is None or not roles:
        return "; ".join(one.detail for one in source.evidence) or "-"
    origin = f" (from {source.aggregated_from})" if source.aggregated_from else ""
    return f"{object_name(binding.namespace, binding.name)} → {roles[0].name}{origin}"


class _Row(NamedTuple):
    """A rule with one of its sources."""

    principal: str
    rule: DirectRule
    source: RuleSource

    @property
    def binding(self) -> Evidence:
        return binding_of(self.source.evidence) or _NONE

    @property
    def role(self) -> Evidence:
        return next(iter(rules_of(self.source.evidence)), _NONE)


def _records(result: RightsResult) -> list[_Row]:
    return [
        _Row(result.principal, rule, source) for rule in result.rules for source in rule.sources
    ]


RIGHTS = QuestionFormats[RightsResult](
    text=rights_text,
    columns=AnswerColumns[RightsResult, _Row](
        _records,
        {
            "principal": lambda row: row.principal,
            "subject": lambda row: row.source.subject,
            "scope": lambda row: row.source.scope,
            "verbs": lambda row: joined(row.rule.verbs),
            "groups": lambda row: joined(row.rule.api_groups),
            "resources": lambda row: joined(row.rule.resources),
            "only_names": lambda row: joined(row.rule.resource_names),
            "paths": lambda row: joined(row.rule.non_resource_urls),
            "opens": lambda row: joined(one.technique for one in row.source.techniques),
            "opens_for_certain": lambda row: joined(
                one.technique for one in row.source.techniques if one.certain
            ),
            "binding_kind": lambda row: row.binding.kind,
            "binding": lambda row: object_name(row.binding.namespace, row.binding.name),
            "role_kind": lambda row: row.role.kind,
            "role": lambda row: object_name(row.role.namespace, row.role.name),
            "rule": lambda row: row.role.rule or 0,
            "aggregated_from": lambda row: row.source.aggregated_from,
            "conditions": lambda row: str(row.source.condition),
            "file": lambda row: row.role.file,
            "line": lambda row: row.role.line,
        },
        frozenset({"subject", "scope", "binding_kind", "role_kind"}),
        types={"rule": int, "line": int},
        shown=("scope", "verbs", "resources", "opens", "binding"),
    ),
    document=partial(document, RightsDocument),
)
