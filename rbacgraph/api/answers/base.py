"""The one class of answers: a sequence that prints, tabulates, draws and writes files."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, overload

from rbacgraph.api.answers.slices import AnswerSlice, Item_co
from rbacgraph.api.answers.to_networkx import AnswerEdge, network
from rbacgraph.model.answers.paths import EdgePage
from rbacgraph.report.answer_formats import report_of, rows_of
from rbacgraph.report.formats.frame import frame
from rbacgraph.report.formats.html_table import html_table
from rbacgraph.report.formats.rows import Rows
from rbacgraph.report.question_formats import AnswerReport, format_of
from rbacgraph.report.text.format_names import MOST_DRAWN

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


_Result = TypeVar("_Result")


@dataclass(frozen=True)
class AnswerKind(Generic[_Result]):
    """The parts of one question's answers.

    Parameters
    ----------
    items:
        The records of an answer, in its order.
    only:
        Returns an answer that holds only some of its records, which are all of one type.
    title:
        An answer in a few words.
    steps:
        An answer as edges of a graph; none by default.
    pages:
        Returns the techniques' pages where SARIF gives them as help.
    """

    items: Callable[[_Result], Sequence[Any]]
    only: Callable[[_Result, tuple[Any, ...]], _Result]
    title: Callable[[_Result], str]
    steps: Callable[[_Result], Iterable[AnswerEdge]] = lambda _: ()
    pages: Callable[[], Sequence[EdgePage]] = tuple


@dataclass(frozen=True, repr=False)
class Answer(Sequence[Item_co], Generic[_Result, Item_co]):
    """A frozen sequence of records, in every form that a person may want.

    It has every attribute of its ``result``; its class declares the important ones.
    ``str()`` is the table that the command line prints; a notebook shows an HTML table. A slice is
    a sequence that has ``to_frame()`` too. Where ``len()`` counts other things than the frame has
    rows, the class says so.

    Parameters
    ----------
    result:
        The whole answer as one record.
    """

    kind: ClassVar[AnswerKind[Any]]
    result: _Result

    @cached_property
    def items(self) -> Sequence[Item_co]:
        """The records."""
        return self.kind.items(self.result)

    def report(self, most: int = MOST_DRAWN) -> AnswerReport:
        """The answer in every format; a picture shows about ``most`` paths."""
        return report_of(self.result, most, pages=self.kind.pages())

    def rows(self) -> Rows:
        """The answer as flat rows."""
        return rows_of(self.result)

    def steps(self) -> Iterable[AnswerEdge]:
        """The answer as edges of a graph."""
        return self.kind.steps(self.result)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            if name == "result" or name.startswith("_"):
                raise AttributeError(name)
            return getattr(self.result, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *(n for n in dir(self.result) if n[0] != "_")})

    @overload
    def __getitem__(self, index: int) -> Item_co: ...
    @overload
    def __getitem__(self, index: slice) -> AnswerSlice[Item_co]: ...
    def __getitem__(self, index: int | slice) -> Item_co | AnswerSlice[Item_co]:
        if isinstance(index, slice):
            return AnswerSlice(self, range(len(self))[index])
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        return f"<{self.kind.title(self.result)}>"

    def __str__(self) -> str:
        return str(self.report().render("table"))

    def _repr_html_(self) -> str:
        return html_table(self.rows(), self.kind.title(self.result))

    def to_frame(self, *, brief: bool = False) -> "pd.DataFrame":
        """Return the answer as a pandas DataFrame.

        Parameters
        ----------
        brief:
            Whether to take only the five columns that a notebook shows of the answer itself.

        Returns
        -------
        pandas.DataFrame
            The columns of ``-o csv``, with categoricals for kinds and their like.
        """
        return frame(self.rows(), brief=brief)

    def to_networkx(self) -> "nx.MultiDiGraph[str]":
        """Return the answer as a networkx graph.

        Returns
        -------
        networkx.MultiDiGraph
            Nodes are printed names with ``kind``, ``namespace`` and ``name``; edges have
            ``edge`` (the kind's id), ``text``, ``effort``, ``condition`` and ``evidence``.
        """
        return network(self.steps())

    def render(self, path: str | FilePath) -> FilePath:
        """Write the answer to a file, in the format that its suffix names.

        Parameters
        ----------
        path:
            For example ``paths.svg``; ``.txt``, ``.json``, ``.yaml``, ``.csv``, ``.dot``,
            ``.mmd`` (Mermaid), ``.md`` (Mermaid in Markdown), ``.svg``, ``.png`` and ``.pdf``
            are known, pictures only if the answer can be drawn, ``.html`` for a survey, and
            ``.sarif`` for a diff or a check.

        Returns
        -------
        pathlib.Path
            The path of the file.

        Raises
        ------
        UsageError
            If the suffix is none of these, or the answer has no such format.
        """
        path = FilePath(path)
        pieces = self.report().pieces(format_of(str(path)))
        from rbacgraph.model.replacing import replacing

        with replacing(path, private=False) as file:
            file.writelines(pieces)
        return path


_SIZE = re.compile(r'<svg width="([\d.]+)pt" height="[\d.]+pt"')
_FITTING = '<svg width="{width}" style="max-width: {natural}pt; height: auto"'
_CELL = 600
"""Points that every cell has: a wider picture takes the width of its cell."""


@dataclass(frozen=True, repr=False)
class NotebookPicture:
    """The paths of an answer, drawn; ``str()`` is the DOT text.

    Parameters
    ----------
    report:
        The answer in every format.
    """

    report: AnswerReport

    def __repr__(self) -> str:
        return "<Picture>"

    def __str__(self) -> str:
        return str(self.report.render("dot"))

    def _repr_svg_(self) -> str:
        """Draw it as wide as the cell that it stands in, but no larger than it is."""
        drawn = self.report.render("svg")
        text = drawn.decode() if isinstance(drawn, bytes) else drawn
        return _SIZE.sub(_fitting, text, count=1)


def _fitting(size: re.Match[str]) -> str:
    """Return the start of an SVG whose ``viewBox`` gives its height."""
    natural = size[1]
    width = "100%" if float(natural) > _CELL else f"{natural}pt"
    return _FITTING.format(width=width, natural=natural)


class DrawnAnswer(Answer[_Result, Item_co]):
    """An answer that has a picture."""

    def picture(self, most: int = MOST_DRAWN) -> NotebookPicture:
        """Draw about ``most`` paths, those of least effort: a notebook shows them as SVG."""
        return NotebookPicture(self.report(most))
