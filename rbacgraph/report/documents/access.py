"""The documents of who gets at what: paths, reach, exposure, admins."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.coverage import UnjudgedRight
from rbacgraph.model.answers.exposure_by import ExposureGroup
from rbacgraph.model.answers.groupings import Grouping
from rbacgraph.model.answers.inference import Inference
from rbacgraph.model.answers.paths import Basis, Changer, Hop, Members, Reference, SecretExposure
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence


class PathDocument(Struct, frozen=True, kw_only=True):
    """One path; ``opening`` is the edge id of its last hop."""

    principal: str
    target: str
    certain: bool
    effort: int
    opening: str
    conditions: tuple[Condition, ...]
    hops: tuple[Hop, ...]


class SecretPathsDocument(Struct, frozen=True, kw_only=True):
    """One Secret, with every path to it."""

    secret: str
    type: str
    inferred: Inference
    file: str
    line: int
    paths: tuple[PathDocument, ...]
    members: tuple[Members, ...]
    folded: tuple[str, ...]
    truncated: int
    changers: tuple[Changer, ...]
    references: tuple[Reference, ...]


class PathsDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph paths``; ``source`` is empty where everybody was asked about.

    ``unjudged`` are the write rights of a source without a path to some Secret that no technique
    judges; ``unjudged_holders`` counts their holders where nobody reaches some Secret.
    """

    schema: Literal["rbacgraph/paths/v1"] = "rbacgraph/paths/v1"
    source: str
    secrets: Sequence[SecretPathsDocument]
    basis: Basis
    unjudged: tuple[UnjudgedRight, ...]
    unjudged_holders: int


class ReachedDocument(Struct, frozen=True, kw_only=True):
    """One thing that the source gets, with the path of the lowest effort found of each sort."""

    target: str
    kind: str
    inferred: bool
    certain: PathDocument | None
    conditional: PathDocument | None


class AdminDocument(Struct, frozen=True, kw_only=True):
    """The way by which a principal gets full control of the cluster.

    ``path`` is null if its own bindings give it every right; ``rights`` are the binding and the
    rule that give every right to the principal, or to the end of the path. ``operator`` is the
    operator that needs this by design.
    """

    principal: str
    certain: bool
    effort: int
    path: PathDocument | None
    rights: tuple[Evidence, ...]
    condition: Condition
    operator: str


class ReachDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph reach``; ``admin`` is null if the source gets no full control.

    ``unjudged`` are the write rights of a source that gets no Secret that no technique judges.
    """

    schema: Literal["rbacgraph/reach/v1"] = "rbacgraph/reach/v1"
    source: str
    reached: tuple[ReachedDocument, ...]
    basis: Basis
    admin: AdminDocument | None
    unjudged: tuple[UnjudgedRight, ...]


class AdminsDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph admins``.

    ``operators`` need it by design, ``shipped`` are identities of the control plane.
    """

    schema: Literal["rbacgraph/admins/v1"] = "rbacgraph/admins/v1"
    admins: tuple[AdminDocument, ...]
    conditional: tuple[AdminDocument, ...]
    operators: tuple[AdminDocument, ...]
    shipped: tuple[AdminDocument, ...]
    members: tuple[Members, ...]
    basis: Basis


class ExposureDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph exposure``."""

    schema: Literal["rbacgraph/exposure/v1"] = "rbacgraph/exposure/v1"
    secrets: tuple[SecretExposure, ...]
    basis: Basis


class ExposureByDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph exposure --by``."""

    schema: Literal["rbacgraph/exposure-by/v1"] = "rbacgraph/exposure-by/v1"
    by: Grouping
    groups: tuple[ExposureGroup, ...]
    secrets: int
    namespace: str
    basis: Basis
