"""Caches the results of a method of one object, without keeping the object alive."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakMethod

Method = TypeVar("Method", bound=Callable[..., Any])


def method_cache(method: Method, size: int) -> Method:
    """Return a cached form of a bound method, for the object itself to keep.

    A plain cache of a bound method holds the object that holds the cache: a cycle, which stays in
    memory until Python looks for cycles.
    """
    weak = WeakMethod(method)

    @lru_cache(size)
    def call(*positional: object, **named: object) -> object:
        bound = weak()
        assert bound is not None, "the object keeps this cache"
        return bound(*positional, **named)

    return call  # type: ignore[return-value]  # of the same parameters
