"""Reads YAML that people write for rbacgraph: strictly, and each error has its file and line."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple, NoReturn, TypeVar

from rbacgraph.errors import InputError, UsageError
from rbacgraph.model.did_you_mean import did_you_mean, near
from rbacgraph.sources.config.documents import DocumentSpot, FieldSpot, parse
from rbacgraph.sources.config.whole_file import whole_file

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_LARGEST = 1 << 28
_T = TypeVar("_T")


def day(text: str) -> str:
    """Return a day as ``2026-12-31``.

    Raises UsageError if the text is no day.

    Examples
    --------
    >>> day("2026-12-31")
    '2026-12-31'
    """
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "").isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no day", advice="write it as 2026-12-31") from None


class YamlValue(NamedTuple):
    """A value, and its place."""

    value: Any
    spot: DocumentSpot | None
    line: int


class YamlReader:
    """Reads the fields of a file of one YAML document; each error has its line.

    ``kind``: what the file is, for messages.
    ``form``: how to write it, for advice.
    Raises InputError if the file cannot be read, or is no YAML.
    """

    def __init__(self, file: str, *, kind: str, form: str) -> None:
        self.file = file
        self._form = form
        data = whole_file(file, file, largest=_LARGEST, kind=kind)
        self._document = parse(data)
        for fault in self._document.faults:
            raise InputError(f"{file}:{fault.place.line}: {fault.message}")

    def whole(self) -> YamlValue:
        """Return the whole document."""
        return YamlValue(self._document.value, self._document.spot, 1)

    def fail(self, at: YamlValue, words: str, *, advice: str = "") -> NoReturn:
        """Raise an error about a value, with its line."""
        raise InputError(f"{self.file}:{at.line}: {words}", advice=advice)

    def entries(self, name: str) -> list[YamlValue]:
        """Return the items of the only field of the document."""
        top = self.mapping(self.whole(), (name,))
        if name not in top:
            self.fail(self.whole(), f"names no {name}", advice=self._form)
        return self.items(top[name])

    def entry(
        self, at: YamlValue, known: Sequence[str], required: Sequence[str]
    ) -> dict[str, YamlValue]:
        """Return the fields of an entry; one that is required and lacks is an error."""
        fields = self.mapping(at, known)
        for name in required:
            if name not in fields:
                self.fail(at, f"the entry has no {name}", advice=self._form)
        return fields

    def mapping(self, at: YamlValue, known: Sequence[str]) -> dict[str, YamlValue]:
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

    def items(self, at: YamlValue) -> list[YamlValue]:
        """Return the items of a list; a single text counts as a list of one."""
        if isinstance(at.value, str):
            return [at]
        if not isinstance(at.value, list):
            self.fail(at, "is no list")
        spots = at.spot.items() if at.spot else []
        if len(spots) != len(at.value):
            return [YamlValue(value, None, at.line) for value in at.value]
        return [
            YamlValue(value, spot, spot.place.line)
            for value, spot in zip(at.value, spots, strict=True)
        ]

    def text(self, at: YamlValue) -> str:
        if not isinstance(at.value, str) or not at.value.strip():
            self.fail(at, f"{at.value!r} is no text")
        return at.value

    def parsed(self, at: YamlValue, parse_text: Callable[[str], _T]) -> _T:
        """Return a parsed text; an error in it gets its line."""
        try:
            return parse_text(self.text(at))
        except UsageError as error:
            self.fail(at, error.message, advice=error.advice)


def _field(value: object, spot: FieldSpot | None, line: int) -> YamlValue:
    return YamlValue(value, spot.value if spot else None, spot.place.line if spot else line)
