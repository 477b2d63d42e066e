"""The text of a route: its principals, then each hop in words with its evidence."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from rbacgraph.model.answers.paths import Hop, Path
from rbacgraph.model.effort import path_effort
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.text import count, fitting, width, wrap
from rbacgraph.report.text.paths.fold_paths import Route, shared_evidence
from rbacgraph.report.text.words import (
    chain,
    count_kinds,
    describe,
    evidence_place,
    evidence_words,
    is_binding,
    kind_of,
    object_name,
    rule_name,
    short,
)

_LABEL = 5
_DEEP = _LABEL + 2
_EFFORT_ROOM = 20


def route_lines(route: Route, number: int, look: Look) -> list[str]:
    """Return one route as a numbered block."""
    lines = _head(route, number, look)
    ends = {route.lead.target, *route.names}
    at = route.lead.hops[0].source
    for index, hop in enumerate(route.lead.hops):
        text = hop.text if hop.source == at and not hop.others else f"{_whose(hop)} {hop.text}"
        at = hop.target
        lines += look.pair(text, hop.edge, indent=_LABEL, styles=("", "edge"))
        lines += evidence_lines(hop.evidence, look) if index else _first_evidence(route, look)
        lines += _condition(hop, look)
        if at not in ends:
            lines += look.prose(f"→ {describe(at)}", indent=_LABEL, hang=2, style="name")
    return lines


def way_lines(path: Path, look: Look, whose: str = "") -> list[str]:
    """Return the techniques of a path in one line, or in a wide look each hop with evidence.

    ``whose`` says first whose path it is.
    """
    if look.wide:
        inner = replace(look, width=look.width - 2)
        lines = route_lines(Route((path.principal,), (path,)), 0, inner)[1:]
        said = look.prose(f"{whose}:", indent=_LABEL) if whose else []
        return [*said, *(f"  {line}" for line in lines)]
    through = clean(": ".join(filter(None, (whose, chain(hop.edge for hop in path.hops)))))
    return look.pair(through, path_effort(path.effort), indent=_DEEP, styles=("edge", "quiet"))


def _whose(hop: Hop) -> str:
    """Return the source of a hop, and the other nodes it needs."""
    whose = describe(hop.source)
    return f"{whose} with {' and '.join(map(describe, hop.others))}" if hop.others else whose


def name_words(names: Sequence[str], columns: int) -> str:
    """Return as many names as fit, and count the rest.

    Examples
    --------
    >>> name_words(["serviceaccount:a/x", "serviceaccount:b/y"], 80)
    '2 ServiceAccounts: a/x, b/y'
    """
    if len(names) == 1:
        return names[0]
    same_kind = len(set(map(kind_of, names))) == 1
    shown = [short(name) if same_kind else name for name in names]
    total = count_kinds(names)
    return f"{total}: {fitting(shown, columns - width(total) - 2)}"


def _head(route: Route, number: int, look: Look) -> list[str]:
    effort = path_effort(route.lead.effort)
    names = [clean(name) for name in route.names]
    label = f"[{number}] ".ljust(_LABEL)
    room = look.width - len(label) - _EFFORT_ROOM
    several = look.wide and len(names) > 1
    words = f"{count_kinds(names)}:" if several else name_words(names, 2 * room - _EFFORT_ROOM)
    first, *rest = wrap(words, room)
    gap = " " * max(1, look.width - len(label) - width(first) - len(effort))
    lines = [
        look.paint(label, "quiet") + look.paint(first, "name") + gap + look.paint(effort, "quiet"),
        *(" " * _LABEL + look.paint(line, "name") for line in rest),
    ]
    if several:
        lines += look.prose(", ".join(names), indent=_DEEP, style="name")
    return lines


def _condition(hop: Hop, look: Look) -> list[str]:
    if not hop.condition:
        return []
    words = f"condition: {hop.condition!s}"
    return look.prose(words, indent=_DEEP, hang=2, style="conditional")


def _first_evidence(route: Route, look: Look) -> list[str]:
    common, differing = shared_evidence(route)
    if look.wide:
        lines = _each_evidence(route, common, look)
    else:
        kinds = dict.fromkeys(e.kind for e in differing)
        lines = [
            line for kind in kinds for line in _many([e for e in differing if e.kind == kind], look)
        ]
    return lines + evidence_lines(common, look)


def _each_evidence(route: Route, common: tuple[Evidence, ...], look: Look) -> list[str]:
    return [
        line
        for path in route.paths
        for e in path.hops[0].evidence
        if e not in common
        for line in _line(f"{path.principal}: {_words(e)}", evidence_place(e), look)
    ]


def _many(evidence: Sequence[Evidence], look: Look) -> list[str]:
    if len(evidence) == 1:
        return evidence_lines(evidence, look)
    names = list(dict.fromkeys(clean(object_name(e.namespace, e.name)) for e in evidence))
    places = list(dict.fromkeys(evidence_place(e) for e in evidence))
    where = places[0] if len(places) == 1 else ""
    kind = evidence[0].kind
    total = f"{count(len(names), kind, kind if kind.endswith('s') else '')}: "
    room = look.width - _DEEP - width(total) - (width(where) + 2 if where else 0)
    return _line(total + fitting(names, room), where, look)


def evidence_lines(evidence: Iterable[Evidence], look: Look, *, indent: int = _DEEP) -> list[str]:
    """Return evidence, a line each: the object, its rule in words, its place."""
    return [
        line for e in evidence for line in _line(_words(e), evidence_place(e), look, indent=indent)
    ]


def _words(evidence: Evidence) -> str:
    """Return the words of evidence; a binding's role is that of the rule after it."""
    return rule_name(evidence) if is_binding(evidence) else evidence_words(evidence)


def _line(words: str, where: str, look: Look, *, indent: int = _DEEP) -> list[str]:
    return look.pair(words, where, indent=indent, styles=("quiet", "place"))
