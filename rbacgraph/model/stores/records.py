"""Records of what a cloud's API answers: fields that decide nothing are left out."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from msgspec import convert

_Record = TypeVar("_Record")


def record(
    fields: Mapping[str, object], shape: type[_Record], spelled: Callable[[str], str] = str
) -> _Record:
    """Return a record of an answer, in which a null counts as nothing.

    ``spelled``: returns the name of a field as it is compared.
    Raises ValidationError if the answer has another shape.
    """
    return convert(_without_nulls(fields, spelled), shape)


def _without_nulls(value: object, spelled: Callable[[str], str]) -> object:
    if isinstance(value, Mapping):
        items = value.items()
        return {spelled(key): _without_nulls(one, spelled) for key, one in items if one is not None}
    if isinstance(value, list):
        return [_without_nulls(one, spelled) for one in value if one is not None]
    return value
