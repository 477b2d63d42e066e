"""Skips conversion of option values that need none.

Recent typer passes every value to pydantic, which takes longer to load than answering about most
clusters. A text is already text, and a default has its type.
"""

from collections.abc import Callable, Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup


class PlainCommand(TyperCommand):
    """A command that lets typer convert only what needs it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """Parse the arguments."""
        _take_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


class PlainGroup(TyperGroup):
    """A group of commands with the same treatment of its own options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """Parse the arguments."""
        _take_plainly(self.get_params(ctx))
        return super().parse_args(ctx, args)


def _take_plainly(parameters: Iterable[Any]) -> None:
    for parameter in parameters:
        convert = getattr(parameter, "get_runtime_param", None)
        if convert is not None:  # older versions convert by themselves
            plain = _Plain(parameter.type_descriptor.annotation, convert)
            parameter.get_runtime_param = lambda plain=plain: plain


class _Plain:
    """What typer calls for the value of a parameter of some type."""

    def __init__(self, annotation: object, convert: Callable[[], Any]) -> None:
        self._annotation = annotation
        self._convert = convert

    def coerce(self, value: Any, param: Any, ctx: Any) -> object:  # noqa: ANN401 - typer's own
        """Return the meaning of a value."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        if self._annotation is str and isinstance(value, str):
            return value
        if self._annotation == list[str] and isinstance(value, list | tuple):
            return list(value)
        for number in (int, float):
            if self._annotation is number and isinstance(value, int | float):
                return number(value)  # a default: what the user wrote is text
        return self._convert().coerce(value, param=param, ctx=ctx)
