"""Lists who may change a Secret, and which objects refer to it."""

from collections.abc import Hashable, Sequence

from rbacgraph.model.answers.paths import Changer, Reference
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count
from rbacgraph.report.text.paths.routes import evidence_lines, name_words
from rbacgraph.report.text.words import evidence_place, is_binding, object_name, place, rule_name

_VERBS_ROOM = 40
_NAMES = 3


def changer_lines(changers: Sequence[Changer], look: Look) -> list[str]:
    """Return who may change or delete a Secret, grouped by right."""
    if not changers:
        return []
    lines = ["", look.heading("MAY CHANGE OR DELETE") + "  (direct rights)"]
    if look.wide:
        for changer in changers:
            lines += _head((changer,), look)
            lines += evidence_lines(changer.evidence, look, indent=4)
        return lines
    groups: dict[Hashable, list[Changer]] = {}
    for changer in changers:
        groups.setdefault((changer.verbs, rules_beside(changer)), []).append(changer)
    for group in groups.values():
        lines += [*_head(group, look), *_by(group, look)]
    return lines


def reference_lines(references: Sequence[Reference], look: Look) -> list[str]:
    """Return the objects that name a Secret without giving it."""
    if not references:
        return []
    lines = ["", look.heading("REFERRED TO BY") + "  (no way to read)"]
    for reference in references:
        words = f"{reference.source}  {reference.detail}".rstrip()
        where = place(reference.file, reference.line)
        lines += look.pair(words, where, indent=2, styles=("", "place"))
    return lines


def rules_beside(who: Changer) -> tuple[Evidence, ...]:
    """Return the evidence except bindings: principals that share it are listed together."""
    return tuple(e for e in who.evidence if not is_binding(e))


def _head(group: Sequence[Changer], look: Look) -> list[str]:
    words = name_words([who.principal for who in group], look.width - _VERBS_ROOM)
    return look.pair(words, ", ".join(group[0].verbs), indent=2, styles=("name", "edge"))


def _by(group: Sequence[Changer], look: Look) -> list[str]:
    """Return one line with the binding and rule, and how many more there are."""
    evidence = group[0].evidence
    bindings = [e for who in group for e in who.evidence if is_binding(e)]
    rules = [e for e in evidence if not is_binding(e)]
    if not rules:
        return []
    names = [f"{e.kind} {object_name(e.namespace, e.name)}" for e in dict.fromkeys(bindings)]
    words = f"{names[0]} → {rule_name(rules[0])}" if names else rule_name(rules[0])
    if more := max(len(names), len(rules)) - 1:
        words += f" ({count(more, 'more grant')})"
    return look.pair(words, evidence_place(rules[0]), indent=4, styles=("quiet", "place"))
