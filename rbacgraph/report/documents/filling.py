"""Fills documents with what records hold."""

from typing import TypeVar

from msgspec import Struct, convert

Made = TypeVar("Made", bound=Struct)


def document(kind: type[Made], record: object, **others: object) -> Made:
    """Return a document with the fields that a record has under the same names.

    ``**others``: fields of another form, or under another name.
    """
    names = [name for name in kind.__struct_fields__ if name not in {"schema", *others}]
    held = {name: getattr(record, name) for name in names}
    return convert({**held, **others}, kind, from_attributes=True)
