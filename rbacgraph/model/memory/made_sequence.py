"""Sequences of values that are made whenever they are asked for, since they may be many."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Generic, TypeVar, overload

_Source = TypeVar("_Source")
_Value = TypeVar("_Value")


class _Remade(Sequence[_Value]):
    """A sequence that is equal to a tuple of its values, and is copied as one."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __reduce__(self) -> tuple[type[tuple[_Value, ...]], tuple[tuple[_Value, ...]]]:
        return tuple, (tuple(self),)  # what makes the values cannot be


class MadeSequence(_Remade[_Value], Generic[_Source, _Value]):
    """Values that are made of others, one by one.

    ``make``: makes a value, the same one each time.
    ``sources``: what the values are made of.

    Examples
    --------
    >>> MadeSequence(str, range(3)) == ("0", "1", "2")
    True
    """

    def __init__(self, make: Callable[[_Source], _Value], sources: Sequence[_Source]) -> None:
        self._make = make
        self._sources = sources

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[_Value]:
        return map(self._make, self._sources)

    @overload
    def __getitem__(self, index: int) -> _Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_Value]: ...
    def __getitem__(self, index: int | slice) -> _Value | Sequence[_Value]:
        if isinstance(index, slice):
            return MadeSequence(self._make, self._sources[index])
        return self._make(self._sources[index])


class JoinedSequence(_Remade[_Value]):
    """The values of several sequences, one after the other's.

    ``parts``: returns the sequences.

    Examples
    --------
    >>> JoinedSequence(lambda: (range(2), range(3)))[1:4]
    (1, 0, 1)
    """

    def __init__(self, parts: Callable[[], Iterable[Sequence[_Value]]]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts()))

    def __iter__(self) -> Iterator[_Value]:
        return chain.from_iterable(self._parts())

    @overload
    def __getitem__(self, index: int) -> _Value: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[_Value]: ...
    def __getitem__(self, index: int | slice) -> _Value | Sequence[_Value]:
        return tuple(self)[index]
