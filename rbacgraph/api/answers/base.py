"""What all answers can do: be read, counted, tabulated, drawn and written to a file."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, TypeVar, overload

from rbacgraph.api.answers.to_networkx import Step, network
from rbacgraph.report.answer_formats import Report, format_of
from rbacgraph.report.formats.frame import frame
from rbacgraph.report.formats.html_table import html_table
from rbacgraph.report.formats.rows import Rows

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

T_co = TypeVar("T_co", covariant=True)


class Answer(Sequence[T_co]):
    """A frozen sequence of records, with what a person wants to do with them.

    ``str()`` is the table that the command line prints; a notebook shows an HTML table.
    """

    @property
    @abstractmethod
    def items(self) -> Sequence[T_co]:
        """The records."""

    @abstractmethod
    def report(self) -> Report:
        """The answer in every format."""

    @abstractmethod
    def rows(self) -> Rows:
        """The answer as flat rows."""

    @abstractmethod
    def steps(self) -> Iterable[Step]:
        """The answer as edges of a graph."""

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T_co]: ...
    def __getitem__(self, index: int | slice) -> T_co | Sequence[T_co]:
        return self.items[index]

    def __len__(self) -> int:
        return len(self.items)

    def __str__(self) -> str:
        return str(self.report().render("table"))

    def _repr_html_(self) -> str:
        return html_table(self.rows(), repr(self).strip("<>"))

    def to_frame(self) -> "pd.DataFrame":
        """Return the answer as a pandas DataFrame.

        Returns
        -------
        pandas.DataFrame
            The columns of ``-o csv``, with categoricals for kinds and their like.
        """
        return frame(self.rows())

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
            are known, the pictures where the answer is one that can be drawn, ``.html``
            where it is a survey, and ``.sarif`` of what changed or is not allowed.

        Returns
        -------
        pathlib.Path
            Where it was written.

        Raises
        ------
        UsageError
            Where the suffix is none of these, or the answer has no such format.
        """
        path = FilePath(path)
        pieces = self.report().pieces(format_of(str(path)))
        with path.open("wb") as file:
            file.writelines(pieces)
        return path
