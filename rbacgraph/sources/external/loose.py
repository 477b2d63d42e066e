"""Looks into parts of a custom resource whose shape nobody checks.

A definition may be older or newer than rbacgraph: what has another shape counts as not there.
"""

from collections.abc import Container, Iterator, Mapping
from typing import cast

from rbacgraph.model.kubernetes.meta import Object, ObjectMeta

_NONE: Mapping[str, object] = {}


class LooseObject(Object, frozen=True, gc=False, rename="camel"):
    """A custom resource whose spec has any shape."""

    kind: str
    api_version: str
    metadata: ObjectMeta
    spec: object = None


def mapping(value: object, *fields: str) -> Mapping[str, object]:
    """Return a mapping, or the one that some fields of it lead to; empty if there is none.

    Examples
    --------
    >>> mapping({"a": {"b": {"c": 1}}}, "a", "b"), mapping({"a": 1}, "a"), mapping(None)
    ({'c': 1}, {}, {})
    """
    for field in fields:
        value = value.get(field) if isinstance(value, dict) else None
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else _NONE


def items(value: object) -> list[object]:
    """Return a list; empty if there is none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Return a text; empty if there is none."""
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of a list."""
    return tuple(one for one in items(value) if isinstance(one, str) and one)


def is_ready(status: object) -> bool:
    """Whether a status says that its operator has done what the object asks for.

    Examples
    --------
    >>> is_ready({"conditions": [{"type": "Ready", "status": "True"}]})
    True
    """
    return any(
        (mapping(one).get("type"), mapping(one).get("status")) == ("Ready", "True")
        for one in items(mapping(status).get("conditions"))
    )


def named(value: object, but: Container[str] = ()) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield every mapping below a value that has a name, with the field that holds it.

    Fields that ``but`` names are left out at any depth.

    Examples
    --------
    >>> list(named({"a": {"b": {"name": "x"}, "c": {"name": "y"}}}, but={"c"}))
    [('b', {'name': 'x'})]
    """
    for field, inner in value.items() if isinstance(value, dict) else ():
        if field in but:
            continue
        if isinstance(inner, dict):
            if isinstance(inner.get("name"), str):
                yield field, inner
            yield from named(inner, but)
        for one in items(inner):
            yield from named({field: one}, but)
