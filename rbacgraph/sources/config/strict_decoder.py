"""Decodes a configuration file as Go does: known fields, each of its type.

Every text is checked before it is kept or printed: text in the wrong place that looks like a key
is replaced by a number.

Source: kubernetes
``staging/src/k8s.io/apimachinery/pkg/runtime/serializer/json/json.go`` (strict since 1.31).
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from rbacgraph.model.go.duration import parse_duration
from rbacgraph.model.inputs.encryption_config import EncryptionConfig, Fault, FieldPlace
from rbacgraph.sources.config.documents import ConfigDocument, DocumentSpot

_INT32 = 1 << 31
_KEY_LIKE = re.compile(
    r"[A-Za-z0-9+/]{22,}={1,2}|\A(?=.*[A-Z0-9+/])(?:[A-Za-z0-9+/]{32}|[A-Za-z0-9+/]{40,})\Z"
)
_TYPES = {str: "a string", bool: "a boolean", list: "a list", dict: "a mapping"}


class FieldValue(NamedTuple):
    """A value, the field that holds it, and its place."""

    value: Any
    field: str
    spot: DocumentSpot | None


class Decoder:
    """Reads a parsed document, and collects faults and places."""

    def __init__(self, document: ConfigDocument) -> None:
        self.document = document
        self.faults = list(document.faults)
        self.places: dict[str, FieldPlace] = {}
        self._hidden: dict[str, str] = {}

    def mapping(self, at: FieldValue, known: tuple[str, ...]) -> dict[str, FieldValue]:
        """Return the fields that are set; null counts as unset, an unknown field is a fault."""
        if not isinstance(at.value, Mapping):
            if at.value is not None:
                self._wrong_type(at, "a mapping")
            return {}
        where = at.spot.fields() if at.spot else {}
        found = {}
        for name, value in at.value.items():
            field = f"{at.field}.{name}" if at.field else name
            spots = where.get(name, [])
            place = spots[-1].place if spots else None
            if name not in known:
                shown = f"{at.field}.{self.shown(name)}" if at.field else self.shown(name)
                holder = place or self.place(at.field)
                message = f'unknown field "{shown}"'
                self.faults.append(Fault("unknown-field", shown, message, holder, strict=True))
                continue
            if place:
                self.places[field] = place
            for again in spots[1:]:
                message = f'key "{name}" already set in map'
                self.faults.append(
                    Fault("duplicate-field", field, message, again.place, strict=True)
                )
            if value is not None:
                found[name] = FieldValue(value, field, spots[-1].value if spots else None)
        return found

    def items(self, at: FieldValue | None) -> list[FieldValue]:
        """Return the items of a list; null has none."""
        if at is None:
            return []
        if not isinstance(at.value, list):
            self._wrong_type(at, "a list")
            return []
        spots = at.spot.items() if at.spot else []
        found = []
        for index, value in enumerate(at.value):
            field = f"{at.field}[{index}]"
            spot = spots[index] if len(spots) == len(at.value) else None
            if spot:
                self.places[field] = spot.place
            found.append(FieldValue(value, field, spot))
        return found

    def string(self, at: FieldValue | None) -> str:
        """Return a string; null is an empty one."""
        if at is None or at.value is None:
            return ""
        if not isinstance(at.value, str):
            self._wrong_type(at, "a string")
            return ""
        return at.value

    def text(self, at: FieldValue | None) -> str:
        """Return a text that is safe to keep and show."""
        return self.shown(self.string(at))

    def integer(self, at: FieldValue) -> int | None:
        """Return a number of 32 bits."""
        value = at.value
        if isinstance(value, float) and value.is_integer() and self.document.yaml:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            self._wrong_type(at, "an integer")
            return None
        if not -_INT32 <= value < _INT32:
            self.fault("wrong-type", at.field, "the number does not fit into 32 bits")
            return None
        return value

    def duration(self, at: FieldValue) -> int | None:
        """Return the nanoseconds of a duration."""
        text = self.string(at)
        if not isinstance(at.value, str):
            return None
        duration = parse_duration(text)
        if duration is None:
            message = f'time: invalid duration "{self.shown(text)}"'
            self.fault("invalid-timeout", at.field, message)
            return None
        return duration

    def _wrong_type(self, at: FieldValue, wanted: str) -> None:
        got = next((words for kind, words in _TYPES.items() if isinstance(at.value, kind)), None)
        self.fault("wrong-type", at.field, f"must be {wanted}, not {got or 'a number'}")

    def fault(self, code: str, field: str, message: str) -> None:
        """Record what the decoder refuses."""
        self.faults.append(Fault(code, field, message, self.place(field)))

    def place(self, field: str) -> FieldPlace:
        """Return the place of a field."""
        found = EncryptionConfig(file="", places=self.places).place(field)
        return found if found.line or self.document.spot is None else FieldPlace(1, 1)

    def shown(self, text: str) -> str:
        """Return the text, with a number instead of anything that looks like a key."""
        return _KEY_LIKE.sub(self._number, text.strip())

    def _number(self, key: re.Match[str]) -> str:
        return self._hidden.setdefault(key[0], f"[REDACTED {len(self._hidden) + 1}]")
