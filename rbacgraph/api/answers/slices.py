"""Some records of an answer, with its table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from rbacgraph.report.answer_formats import rows_of
from rbacgraph.report.formats.frame import frame
from rbacgraph.report.formats.html_table import html_table
from rbacgraph.report.formats.rows import Row, Rows
from rbacgraph.report.text.layout.text import count

if TYPE_CHECKING:
    import pandas as pd

    from rbacgraph.api.answers.base import Answer

Item_co = TypeVar("Item_co", covariant=True)


@dataclass(frozen=True, repr=False)
class AnswerSlice(Sequence[Item_co], Generic[Item_co]):
    """Some records of an answer: ``answer[:10]``.

    Sentences about the whole answer would not hold of these records: only the answer has them.

    Parameters
    ----------
    answer:
        The answer.
    places:
        The places of the records in the answer.
    """

    answer: "Answer[Any, Item_co]"
    places: range

    @cached_property
    def items(self) -> Sequence[Item_co]:
        """The records."""
        every = self.answer.items
        return tuple([every[place] for place in self.places])

    def rows(self) -> Rows:
        """These records as flat rows."""
        whole = self.answer.rows()
        made: list[Row] = [row for some in self._results() for row in rows_of(some).rows]
        return Rows(whole.columns, whole.kinds, made, whole.types, whole.shown)

    def _results(self) -> Iterator[object]:
        """Yield results that hold these records alone, in their order."""
        for _, some in groupby(self.items, type):
            yield self.answer.kind.only(self.answer.result, tuple(some))

    @overload
    def __getitem__(self, index: int) -> Item_co: ...
    @overload
    def __getitem__(self, index: slice) -> "AnswerSlice[Item_co]": ...
    def __getitem__(self, index: int | slice) -> "Item_co | AnswerSlice[Item_co]":
        if isinstance(index, slice):
            return AnswerSlice(self.answer, self.places[index])
        return self.items[index]

    def __len__(self) -> int:
        return len(self.places)

    def __repr__(self) -> str:
        return f"<{self._title}>"

    def __str__(self) -> str:
        return "\n".join(map(str, self.items))

    @property
    def _title(self) -> str:
        answer = self.answer
        return f"{count(len(self), 'record')} of {answer.kind.title(answer.result)}"

    def _repr_html_(self) -> str:
        return html_table(self.rows(), self._title)

    def to_frame(self, *, brief: bool = False) -> "pd.DataFrame":
        """Return these records as a pandas DataFrame with the columns of the answer's."""
        return frame(self.rows(), brief=brief)
