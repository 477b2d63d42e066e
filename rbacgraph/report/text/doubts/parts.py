"""Parts of sentences that doubts have in common."""

from collections.abc import Callable, Iterable, Mapping

from rbacgraph.model.condition import If

DoubtWords = str | Callable[..., str]
"""A text with the subject's parts in place, or a function of them."""

WordsByDoubt = Mapping[If, DoubtWords]


def either(names: Iterable[str]) -> str:
    """Join names if one of them holds."""
    return " or ".join(names)


def both(names: Iterable[str]) -> str:
    """Join what holds together."""
    return " and ".join(names)


def object_name(kind: str, namespace: str, name: str) -> str:
    """Return an object by its kind, with its namespace if it has one."""
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
