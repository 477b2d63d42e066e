"""Answers as flat rows with stable columns: what CSV, DataFrames and HTML tables show.

Columns are only ever added, at the end. Lists are joined: techniques by `` > ``,
everything else by ``; ``.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar, overload

from msgspec import Struct

from rbacgraph.model.answers.decision import Decision, Grantee
from rbacgraph.model.answers.encryption import Finding
from rbacgraph.model.answers.paths import (
    EdgePage,
    ExposureResult,
    Path,
    PathsResult,
    ReachResult,
    SecretExposure,
)
from rbacgraph.model.answers.verification import VerifyResult
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.report.text.conditions import condition_words
from rbacgraph.report.text.words import (
    binding_of,
    chain,
    evidence_place,
    evidence_words,
    kind_of,
    object_name,
    rules_of,
    short,
    split_node,
)

Cell = str | int | bool
Row = tuple[Cell, ...]
T = TypeVar("T")


class Rows(Struct, frozen=True):
    """Column names, the columns that hold one of few words, and the rows.

    All values of a column are of one type.
    """

    columns: tuple[str, ...]
    kinds: frozenset[str]
    rows: Sequence[Row]


class MadeRows(Sequence[Row], Generic[T]):
    """Rows that are made of records whenever they are asked for, since these may be many."""

    def __init__(self, make: Callable[[T], Row], records: Sequence[T]) -> None:
        self._make = make
        self._records = records

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Row]:
        return map(self._make, self._records)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return MadeRows(self._make, self._records[index])
        return self._make(self._records[index])


_PATH = (
    "certain",
    "effort",
    "length",
    "opening",
    "techniques",
    "through",
    "conditions",
    "evidence",
)
_PATH_KINDS = frozenset({"opening"})


def paths_rows(result: PathsResult) -> Rows:
    """One row per path."""
    rows: list[Row] = [
        (
            short(secret.secret),
            split_node(secret.secret)[1],
            secret.type,
            path.principal,
            kind_of(path.principal),
            *_path(path),
        )
        for secret in result.secrets
        for path in secret.paths
    ]
    columns = ("secret", "namespace", "type", "principal", "principal_kind", *_PATH)
    return Rows(columns, _PATH_KINDS | {"namespace", "type", "principal_kind"}, rows)


def reach_rows(result: ReachResult) -> Rows:
    """One row per target and path to it."""
    rows: list[Row] = [
        (
            result.source,
            item.target,
            item.kind,
            split_node(item.target)[1],
            item.inferred,
            *_path(path),
        )
        for item in result.reached
        for path in (item.certain, item.conditional)
        if path is not None
    ]
    columns = ("source", "target", "target_kind", "namespace", "inferred", *_PATH)
    return Rows(columns, _PATH_KINDS | {"target_kind", "namespace"}, rows)


def exposure_rows(result: ExposureResult) -> Rows:
    """One row per Secret."""
    columns = (
        *("secret", "namespace", "type", "inferred", "certain", "conditional", "members"),
        *("opening", "principal", "techniques", "effort"),
    )
    rows = MadeRows(_exposure, result.rows)
    return Rows(columns, frozenset({"namespace", "type", "opening"}), rows)


def grantees_rows(grantees: Sequence[Grantee]) -> Rows:
    """One row per subject and binding."""
    columns = (
        *("principal", "principal_kind", "scope", "only_names", "binding_kind", "binding"),
        *("role_kind", "role", "rules", "file", "line"),
    )
    kinds = frozenset({"principal_kind", "scope", "binding_kind", "role_kind"})
    return Rows(columns, kinds, [_grantee(grantee) for grantee in grantees])


def decision_rows(decision: Decision) -> Rows:
    """One row: the answer, why, and what it rests on."""
    missing = "; ".join(map(condition_words, decision.missing))
    evidence = _evidence(decision.evidence)
    row = (decision.allowed, decision.reason, evidence, missing, decision.unknown)
    return Rows(("allowed", "reason", "evidence", "missing", "unknown"), frozenset(), [row])


def pages_rows(pages: Sequence[EdgePage]) -> Rows:
    """One row per edge kind."""
    rows: list[Row] = [(p.id, p.effort, p.certainty, p.summary) for p in pages]
    return Rows(("edge", "effort", "certainty", "summary"), frozenset({"certainty"}), rows)


def findings_rows(findings: Sequence[Finding]) -> Rows:
    """One row per finding about encryption at rest."""
    rows: list[Row] = [
        (
            f.severity,
            f.id,
            "; ".join(f.resources),
            f.message,
            f.advice,
            f.field,
            f.file,
            f.line,
            f.column,
            f.reference,
        )
        for f in findings
    ]
    columns = (
        *("severity", "id", "resources", "message", "advice"),
        *("field", "file", "line", "column", "reference"),
    )
    return Rows(columns, frozenset({"severity", "id"}), rows)


def verify_rows(result: VerifyResult) -> Rows:
    """One row per disagreement."""
    rows: list[Row] = [
        (
            found.claim.principal,
            kind_of(found.claim.principal),
            found.claim.verb,
            found.claim.group,
            found.claim.resource,
            found.claim.subresource,
            found.claim.namespace,
            found.claim.name,
            found.claim.path or "",
            found.claim.allowed,
            found.claim.reason,
            found.server.allowed,
            found.server.reason,
        )
        for found in result.disagreements
    ]
    columns = (
        *("principal", "principal_kind", "verb", "group", "resource", "subresource"),
        *("namespace", "name", "path", "claimed", "reason", "allowed", "server_reason"),
    )
    kinds = frozenset({"principal_kind", "verb", "group", "resource", "subresource", "namespace"})
    return Rows(columns, kinds, rows)


def _exposure(row: SecretExposure) -> Row:
    return (
        short(row.secret),
        split_node(row.secret)[1],
        row.type,
        row.inferred,
        row.certain,
        row.conditional,
        row.members,
        "; ".join(row.opening),
        row.principal,
        chain(row.cheapest),
        row.effort,
    )


def _path(path: Path) -> Row:
    return (
        path.certain,
        path.effort,
        len(path.hops),
        path.opening,
        chain(hop.edge for hop in path.hops),
        "; ".join(hop.target for hop in path.hops[:-1]),
        "; ".join(map(condition_words, path.conditions)),
        _evidence(e for hop in path.hops for e in hop.evidence),
    )


def _grantee(grantee: Grantee) -> Row:
    binding, rules = binding_of(grantee.evidence), rules_of(grantee.evidence)
    role = rules[0] if rules else None
    return (
        grantee.principal,
        kind_of(grantee.principal),
        grantee.scope,
        "; ".join(grantee.only_names),
        binding.kind if binding else "",
        object_name(binding.namespace, binding.name) if binding else "",
        role.kind if role else "",
        object_name(role.namespace, role.name) if role else "",
        "; ".join(f"[{rule.rule}]: {rule.detail}" for rule in rules),
        binding.file if binding else "",
        binding.line if binding else 0,
    )


def _evidence(evidence: Iterable[Evidence]) -> str:
    return "; ".join(
        f"{evidence_words(e)} ({where})" if (where := evidence_place(e)) else evidence_words(e)
        for e in evidence
    )
