"""Reads the fields of small files that people write, with the line of each."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn, TypeVar

from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.sources.config.documents import DocumentSpot, FieldSpot, parse
from rbacgraph.sources.config.whole_file import whole_file

_LARGEST = 1 << 28
_T = TypeVar("_T")


class ReadField(NamedTuple):
    """A value, and its place."""

    value: Any
    spot: DocumentSpot | None
    line: int


class FieldReader:
    """Reads the fields of a document; each error has its line.

    Parameters
    ----------
    file, kind:
        The file, and what it holds.
    form:
        How to write it: the advice of errors.
    """

    def __init__(self, file: str, *, kind: str, form: str) -> None:
        self.file = file
        self._form = form
        data = whole_file(file, file, largest=_LARGEST, kind=kind)
        self._document = parse(data)
        for fault in self._document.faults:
            raise InputError(f"{file}:{fault.place.line}: {fault.message}")

    def whole(self) -> ReadField:
        """Return the content of the file."""
        return ReadField(self._document.value, self._document.spot, 1)

    def fail(self, at: ReadField, words: str, *, advice: str = "") -> NoReturn:
        """Raise an error with the line of a field."""
        raise InputError(f"{self.file}:{at.line}: {words}", advice=advice)

    def mapping(self, at: ReadField, known: Sequence[str]) -> dict[str, ReadField]:
        """Return the fields of a mapping; an unknown or repeated field is an error."""
        if not isinstance(at.value, dict):
            self.fail(at, f"is no mapping of {', '.join(known)}", advice=self._form)
        spots = at.spot.fields() if at.spot else {}
        found = {}
        for name, value in at.value.items():
            where = spots.get(name, [])
            own = _field(value, where[-1] if where else None, at.line)
            if name not in known:
                meant = did_you_mean(near(str(name), known)) or f"keys are {', '.join(known)}"
                self.fail(own, f"unknown key {name!r}", advice=meant)
            if len(where) > 1:
                self.fail(own, f"the key {name} is given twice")
            found[name] = own
        return found

    def items(self, at: ReadField) -> list[ReadField]:
        """Return the items of a list; a single text counts as a list of one."""
        if isinstance(at.value, str):
            return [at]
        if not isinstance(at.value, list):
            self.fail(at, "is no list")
        spots = at.spot.items() if at.spot else []
        if len(spots) != len(at.value):
            return [ReadField(value, None, at.line) for value in at.value]
        return [
            ReadField(value, spot, spot.place.line)
            for value, spot in zip(at.value, spots, strict=True)
        ]

    def text(self, at: ReadField) -> str:
        """Return a text."""
        if not isinstance(at.value, str) or not at.value.strip():
            self.fail(at, f"{at.value!r} is no text")
        return at.value

    def parsed(self, at: ReadField, parse_text: Callable[[str], _T]) -> _T:
        """Return a parsed text; an error in it gets its line."""
        try:
            return parse_text(self.text(at))
        except UsageError as error:
            self.fail(at, str(error), advice=error.advice)


def _field(value: object, spot: FieldSpot | None, line: int) -> ReadField:
    return ReadField(value, spot.value if spot else None, spot.place.line if spot else line)
