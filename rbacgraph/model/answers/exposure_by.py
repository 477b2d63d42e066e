"""What ``exposure --by`` answers: the pairs of principals and Secrets, grouped."""

from msgspec import Struct

from rbacgraph.model.answers.groupings import Grouping
from rbacgraph.model.answers.paths import Basis


class ExposureGroup(Struct, frozen=True, kw_only=True):
    """One row: a principal, a namespace of Secrets, a last technique or a binding.

    ``name``: a printed principal, a namespace (``""`` for stores outside the cluster), the id of a
        technique, or ``Kind namespace/name`` of a binding.
    ``standing``: of a principal: ``reader``, ``operator`` (by design) or ``admin``; else ``""``.
    ``secrets``, ``conditional``: how many Secrets are reached for certain, and how many only under
        a condition: by the principal, in the namespace, by the technique, or by what the binding
        gives alone.
    ``control``, ``high``, ``medium``, ``low``: the Secrets that are reached for certain, by their
        value.
    ``readers``, ``principals``: how many readers, and how many principals in all, reach some of
        them for certain; of a binding, how many of its subjects do by what it gives.
    ``pairs``: how many pairs of a reader and a Secret that it reaches for certain there are.
    ``techniques``: the last techniques of paths; of a technique itself none.
    ``role``, ``file``, ``line``: the role of a binding, and where the binding is.
    ``control_conditional``, ``high_conditional``, ``medium_conditional``, ``low_conditional``: the
        ``conditional`` Secrets by their value.
    ``readers_conditional``, ``principals_conditional``, ``pairs_conditional``: the same where no
        path is certain: those who reach some only under a condition, and the pairs that depend on
        one.
    """

    name: str
    standing: str = ""
    secrets: int
    conditional: int
    control: int
    high: int
    medium: int
    low: int
    readers: int
    principals: int
    pairs: int
    techniques: tuple[str, ...] = ()
    role: str = ""
    file: str = ""
    line: int = 0
    control_conditional: int = 0
    high_conditional: int = 0
    medium_conditional: int = 0
    low_conditional: int = 0
    readers_conditional: int = 0
    principals_conditional: int = 0
    pairs_conditional: int = 0


class ExposureByResult(Struct, frozen=True, kw_only=True):
    """Answer of ``exposure --by``: what opens most to readers first.

    ``secrets`` counts the Secrets asked about, ``namespace`` is the one asked about (``""`` for
    all).
    """

    by: Grouping
    groups: tuple[ExposureGroup, ...]
    secrets: int
    namespace: str = ""
    basis: Basis
