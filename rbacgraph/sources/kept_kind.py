"""A kind of Kubernetes' or of a project's that a snapshot keeps: how to decode and keep it."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rbacgraph.model.kubernetes.meta import Object


class KeptKind(NamedTuple):
    """One kind.

    ``field``: the field of the snapshot that keeps it.
    ``wire``, ``keep``: the type of its bytes, and the function that makes the model's object.
    ``hides``: what an answer lacks without it.
    ``namespaced``: whether it is in a namespace.
    """

    kind: str
    groups: tuple[str, ...]
    resource: str
    field: str
    wire: type[Object]
    keep: Callable[[Any], Object]
    hides: str
    namespaced: bool = True
