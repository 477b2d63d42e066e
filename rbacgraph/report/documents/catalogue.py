"""The documents of what rbacgraph knows: techniques, and the rights that they judge."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.coverage import CoverageRow
from rbacgraph.model.answers.paths import EdgePage


class EdgesDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph explain``."""

    schema: Literal["rbacgraph/explain/v1"] = "rbacgraph/explain/v1"
    edges: tuple[EdgePage, ...]


class CoverageDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph explain coverage``."""

    schema: Literal["rbacgraph/coverage/v1"] = "rbacgraph/coverage/v1"
    resources: tuple[CoverageRow, ...]
