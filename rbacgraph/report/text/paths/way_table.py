"""The columns of tables with one line for each way: how it goes, by which binding, and where."""

from collections.abc import Collection, Iterable, Sequence

from rbacgraph.errors import UsageError
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.condition import Condition, in_order
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.phrase import fill
from rbacgraph.model.printable import clean
from rbacgraph.report.text.layout.look import Look
from rbacgraph.report.text.layout.table import Column, lay_out
from rbacgraph.report.text.layout.text import count, fitting, listing
from rbacgraph.report.text.paths.fold_paths import granting_evidence
from rbacgraph.report.text.words import (
    chain,
    evidence_place,
    is_binding,
    object_name,
    rule_name,
)

_ROOM = 60
"""How wide all conditions of a path may be."""

MOST_LINES = 60
"""The number of lines that fill a screen."""

_NAMES_ROOM = 60
_LONG, _SHORT = "serviceaccount:", "sa:"
"""What a name begins with, and what the options take for it: a narrow terminal has room for it."""
_ENOUGH = {"WHO": 32, "HOW": 28, "BY": 28, "IF": 28}
"""What a column is cut to before another is left out on a terminal."""
_LEAST = 20
"""With less room, the binding is left to the wide format."""


def number_column(numbers: Sequence[int]) -> Column:
    """Return the numbers by which ``--explain`` takes lines."""
    return Column("N", [str(number) for number in numbers], number=True)


def name_column(title: str, names: Sequence[Sequence[str]]) -> Column:
    """Return the first of the names of each line, and the number of the others."""
    cells = [fitting([clean(name) for name in some], _NAMES_ROOM) for some in names]
    shorter = [first_name([_shorter(some[0]), *some[1:]]) for some in names]
    return Column(title, cells, shrinks=True, names=True, enough=_ENOUGH["WHO"], shorter=shorter)


def _shorter(name: str) -> str:
    return _SHORT + name.removeprefix(_LONG) if name.startswith(_LONG) else name


def first_name(names: Sequence[str]) -> str:
    """Return the first name, and how many more there are.

    Examples
    --------
    >>> first_name(["user:alice", "user:bob"])
    'user:alice (+1 more)'
    """
    return fitting([clean(name) for name in names], 0)


def way_columns(ways: Sequence[Sequence[Path]], alike: Sequence[bool]) -> list[Column]:
    """Return how each line's paths go, by which bindings, and what they depend on.

    ``ways``: for each line its paths, which have the same techniques and the same sort of
        conditions; some of them may stand for others that start with the same grants.
    ``alike``: for each line, whether all paths have the same conditions.
    """
    leads = [paths[0] for paths in ways]
    columns = [
        how_column([clean(chain(hop.edge for hop in path.hops)) for path in leads]),
        Column("STEPS", [str(len(path.hops)) for path in leads], number=True, expendable=1),
        *by_columns([[granting_evidence(path) for path in paths] for paths in ways]),
    ]
    if not all(path.certain for path in leads):
        columns.append(if_column(list(map(_if, leads, alike))))
    return columns


def how_column(cells: Sequence[str], *, chains: bool = True) -> Column:
    """Return the techniques of each line; with ``chains``, nothing but techniques."""
    enough = _ENOUGH["HOW"]
    return Column("HOW", cells, shrinks=True, names=not chains, chains=chains, enough=enough)


def by_columns(found: Sequence[Sequence[Sequence[Evidence]]]) -> list[Column]:
    """Return by which bindings each line holds, and where the first of them stands."""
    by = [clean(_by(some)) for some in found]
    where = [clean(_place(some)) for some in found]
    return [
        Column("BY", by, shrinks=True, names=True, least=_LEAST, enough=_ENOUGH["BY"]),
        Column("FILE:LINE", where, expendable=3),
    ]


def if_column(cells: Sequence[str]) -> Column:
    """Return what each line depends on."""
    return Column("IF", [clean(cell) for cell in cells], shrinks=True, enough=_ENOUGH["IF"])


def _if(path: Path, alike: bool) -> str:
    words = short_condition(path.conditions)
    return words if alike else f"{words} (others alike)"


def _by(found: Sequence[Sequence[Evidence]]) -> str:
    """Return the first binding with its role, and the number of others."""
    pairs: dict[tuple[str, str], None] = {}
    for evidence in found:
        binding = ""
        for one in evidence:
            if is_binding(one):
                binding = object_name(one.namespace, one.name)
            elif binding and one.rule is not None:
                pairs[binding, one.name] = None
    if pairs:
        return fitting([f"{binding} → {role}" for binding, role in pairs], 0)
    bindings = [e for evidence in found for e in evidence if is_binding(e)]
    words = [f"{object_name(one.namespace, one.name)} → -" for one in bindings] or [
        rule_name(one) if one.kind else one.detail for evidence in found for one in evidence
    ]
    return fitting(list(dict.fromkeys(words)), 0) if words else "-"


def _place(found: Sequence[Sequence[Evidence]]) -> str:
    every = [one for evidence in found for one in evidence]
    where = next((one for one in every if is_binding(one)), every[0] if every else None)
    return (evidence_place(where) if where else "") or "-"


def screen_lines(
    tables: Sequence[tuple[str, str, Sequence[Column]]], look: Look, more: str
) -> list[str]:
    """Return tables below each other, each with a title and its style, and what they leave out.

    ``tables``: the title, its style, and the columns of each.
    ``more``: how many lines there are besides, in words.
    """
    lines: list[str] = []
    left_out: dict[str, None] = {}
    for title, style, columns in tables:
        table, lacking = lay_out(columns, look)
        lines += ["", look.paint(title, style), *table]
        left_out |= dict.fromkeys(lacking)
    note = "--explain N shows the evidence of line N; -o wide that of all"
    if left_out:
        titles = [column.title for _, _, columns in tables for column in columns]
        order = dict.fromkeys(title for title in titles if title in left_out)
        note = f"-o wide shows {listing(list(order))} too; --explain N the evidence of line N"
    lines += [more] if more else []
    return [*lines, *look.prose(f"({note})", style="quiet"), ""]


def more_words(lines: int, names: int, noun: str) -> str:
    """Return how many lines there are besides, and how many names no shown line holds.

    There are none if the number is not positive.

    Examples
    --------
    >>> more_words(12, 30, "principal")
    '12 more with 30 more principals: -o wide'
    >>> more_words(1, 0, "principal")
    '1 more: -o wide'
    """
    if lines <= 0:
        return ""
    others = f" with {count(names, f'more {noun}')}" if names else ""
    return f"{lines:,} more{others}: -o wide"


def check_numbers(asked: Collection[int], lines: int) -> None:
    """Refuse numbers of lines that an answer does not have."""
    if wrong := sorted(number for number in asked if number > lines):
        last = f"the last one is {lines:,}" if lines else "the answer has none"
        raise UsageError(f"--explain {wrong[0]}: there is no such line", advice=last)


def short_condition(conditions: Iterable[Condition]) -> str:
    """Return what a path depends on: the first doubts in short words, and the number of others.

    Examples
    --------
    >>> from rbacgraph.model.condition import If
    >>> short_condition([If.OPERATOR_RUNS("Argo CD") & If.OBJECT_IS_THERE()])
    'if such an object exists and Argo CD runs'
    """
    doubts = {doubt for condition in conditions for doubt in condition.doubts}
    words = dict.fromkeys(fill(doubt.code.short, doubt.subject) for doubt in in_order(doubts))
    return f"if {fitting(list(words), _ROOM, separator=' and ')}" if words else ""
