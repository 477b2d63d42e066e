"""Answers as flat rows with stable columns: what CSV, DataFrames and HTML tables show.

Columns are only ever added, at the end. Lists are joined: techniques by `` > ``,
everything else by ``; ``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from rbacgraph.model.answers.paths import Path
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.memory.made_sequence import MadeSequence
from rbacgraph.report.text.words import chain, evidence_place, evidence_words

Cell = str | int | bool
Row = tuple[Cell, ...]
Result = TypeVar("Result")
Record = TypeVar("Record")


class Rows(Struct, frozen=True):
    """Flat rows; all values of a column are of one type.

    ``kinds``: the columns that hold one of few words.
    ``types``: the types of columns that hold no text: ``bool`` or ``int``.
    ``shown``: the columns that a notebook shows; all if it is empty.
    """

    columns: tuple[str, ...]
    kinds: frozenset[str]
    rows: Sequence[Row]
    types: Mapping[str, type] = {}
    shown: tuple[str, ...] = ()


class AnswerColumns(Struct, Generic[Result, Record], frozen=True):
    """The columns of a question's answers.

    ``records``: returns the records of an answer, one for each row.
    ``cells``: returns the value of a record, by the name of the column.
    ``kinds``: the columns with few different words.
    ``types``, ``shown``: see :class:`Rows`.
    """

    records: Callable[[Result], Sequence[Record]]
    cells: Mapping[str, Callable[[Record], Cell]]
    kinds: frozenset[str] = frozenset()
    types: Mapping[str, type] = {}
    shown: tuple[str, ...] = ()

    def rows(self, result: Result) -> Rows:
        cells = tuple(self.cells.values())

        def make(record: Record) -> Row:
            return tuple([cell(record) for cell in cells])

        made = MadeSequence(make, self.records(result))
        return Rows(tuple(self.cells), self.kinds, made, self.types, self.shown)


PATH_TYPES: Mapping[str, type] = {"certain": bool, "effort": int, "length": int}
"""The types of the columns of :func:`path_cells`."""


def path_cells(path_of: Callable[[Record], Path]) -> dict[str, Callable[[Record], Cell]]:
    """Return the columns about the path of a record."""
    return {
        "certain": lambda record: path_of(record).certain,
        "effort": lambda record: path_of(record).effort,
        "length": lambda record: len(path_of(record).hops),
        "opening": lambda record: path_of(record).opening,
        "techniques": lambda record: techniques(path_of(record)),
        "through": lambda record: joined(hop.target for hop in path_of(record).hops[:-1]),
        "conditions": lambda record: joined(map(str, path_of(record).conditions)),
        "evidence": lambda record: evidence_cell(
            evidence for hop in path_of(record).hops for evidence in hop.evidence
        ),
    }


def techniques(path: Path) -> str:
    """Return the ids of a path's techniques as one cell."""
    return chain(hop.edge for hop in path.hops)


def joined(words: Iterable[str]) -> str:
    """Return a list as one cell."""
    return "; ".join(words)


def evidence_cell(evidence: Iterable[Evidence]) -> str:
    """Return evidence with its places as one cell."""
    return joined(
        f"{evidence_words(e)} ({where})" if (where := evidence_place(e)) else evidence_words(e)
        for e in evidence
    )
