"""What stands beside the paths to a Secret: who may change it, and what refers to it."""

from collections.abc import Sequence

from rbacgraph.model.evidence import Evidence
from rbacgraph.model.results import Changer, Reference
from rbacgraph.report.look import Look
from rbacgraph.report.routes import name_words
from rbacgraph.report.words import evidence_place, evidence_words, place

_BINDINGS = frozenset({"RoleBinding", "ClusterRoleBinding"})


def changer_lines(changers: Sequence[Changer], look: Look) -> list[str]:
    """Lay out who may change or delete a Secret, those with the same right together."""
    if not changers:
        return []
    groups: dict[tuple[tuple[str, ...], tuple[Evidence, ...]], list[Changer]] = {}
    for changer in changers:
        rules = tuple(e for e in changer.evidence if look.wide or e.kind not in _BINDINGS)
        groups.setdefault((changer.verbs, rules), []).append(changer)
    lines = ["", look.heading("CAN CHANGE OR DELETE IT") + "  (direct rights, beside the readers)"]
    for (verbs, rules), group in groups.items():
        names = [changer.principal for changer in group]
        words = name_words(names, look.width - 30)
        lines += look.pair(words, ", ".join(verbs), indent=2, hang=2, styles=("name", "edge"))
        evidence = group[0].evidence if len(group) == 1 else rules
        for e in evidence:
            where = evidence_place(e)
            lines += look.pair(evidence_words(e), where, indent=4, styles=("quiet", "place"))
    return lines


def reference_lines(references: Sequence[Reference], look: Look) -> list[str]:
    """Lay out the objects that name a Secret without yielding it."""
    if not references:
        return []
    lines = ["", look.heading("REFERRED TO BY") + "  (no way to read it)"]
    for reference in references:
        words = f"{reference.source}  {reference.detail}".rstrip()
        where = place(reference.file, reference.line)
        lines += look.pair(words, where, indent=2, styles=("", "place"))
    return lines
