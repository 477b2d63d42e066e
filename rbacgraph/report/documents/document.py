"""The documents that ``-o json`` and ``-o yaml`` write: a versioned schema per answer.

A document holds the records of :mod:`rbacgraph.model.answers.paths` under the same names,
and what follows from them (effort, certainty) where a reader would have to compute it.
Within one version fields are only ever added. ``rule`` is an index from 0, as in
``.rules[0]``; a ``line`` of 0 means that the object was not read from a file.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.decision import Decision, Grantee
from rbacgraph.model.answers.diff import Cause, Change, DiffResult, Level, Opened
from rbacgraph.model.answers.encryption import (
    ApiServer,
    EncryptionResult,
    Finding,
    ResourceEncryption,
)
from rbacgraph.model.answers.paths import (
    Basis,
    Changer,
    EdgePage,
    ExposureResult,
    Hop,
    Members,
    Path,
    PathsResult,
    Reached,
    ReachResult,
    Reference,
    SecretExposure,
    SecretPaths,
)
from rbacgraph.model.answers.policy_check import CheckResult, Default, Excess, Expired, Unmatched
from rbacgraph.model.answers.usage import GrantUse, Requests, UsageResult
from rbacgraph.model.answers.verification import Disagreement, VerifyResult
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.unread import Unread
from rbacgraph.report.documents.cut_document import CutDocument
from rbacgraph.report.documents.suggest_document import RecheckDocument, SuggestDocument
from rbacgraph.report.text.conditions import condition_words

_LONG = 100
"""How many Secrets a finding may repeat."""


class PathDocument(Struct, frozen=True, kw_only=True):
    """One path; ``opening`` is the edge id of its last hop."""

    principal: str
    target: str
    certain: bool
    effort: int
    opening: str
    conditions: tuple[str, ...]
    hops: tuple[Hop, ...]


class SecretPathsDocument(Struct, frozen=True, kw_only=True):
    """One Secret, with every path to it."""

    secret: str
    type: str
    inferred: str
    file: str
    line: int
    paths: tuple[PathDocument, ...]
    members: tuple[Members, ...]
    folded: tuple[str, ...]
    truncated: int
    changers: tuple[Changer, ...]
    references: tuple[Reference, ...]


class PathsDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph paths``; ``source`` is empty where everybody was asked about."""

    schema: Literal["rbacgraph/paths/v1"] = "rbacgraph/paths/v1"
    source: str
    secrets: tuple[SecretPathsDocument, ...]
    basis: Basis


class ReachedDocument(Struct, frozen=True, kw_only=True):
    """One thing that the source gets, with the path of the lowest effort found of each sort."""

    target: str
    kind: str
    inferred: bool
    certain: PathDocument | None
    conditional: PathDocument | None


class ReachDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph reach``."""

    schema: Literal["rbacgraph/reach/v1"] = "rbacgraph/reach/v1"
    source: str
    reached: tuple[ReachedDocument, ...]
    basis: Basis


class ExposureDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph exposure``."""

    schema: Literal["rbacgraph/exposure/v1"] = "rbacgraph/exposure/v1"
    secrets: tuple[SecretExposure, ...]
    basis: Basis


class DecisionDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph can-i``."""

    schema: Literal["rbacgraph/can-i/v1"] = "rbacgraph/can-i/v1"
    allowed: bool
    unknown: bool
    reason: str
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]


class GranteesDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph who-can``."""

    schema: Literal["rbacgraph/who-can/v1"] = "rbacgraph/who-can/v1"
    grantees: tuple[Grantee, ...]
    missing: tuple[str, ...]


class EdgesDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph explain``."""

    schema: Literal["rbacgraph/explain/v1"] = "rbacgraph/explain/v1"
    edges: tuple[EdgePage, ...]


class EncryptionDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph encryption``.

    ``file`` is empty and ``loads`` null where only the API servers were looked at; ``searched``
    says that they were. ``entry`` is an index from 0, null where no entry covers the resource.
    """

    schema: Literal["rbacgraph/encryption/v1"] = "rbacgraph/encryption/v1"
    file: str
    loads: bool | None
    resources: tuple[ResourceEncryption, ...]
    findings: tuple[Finding, ...]
    searched: bool
    servers: tuple[ApiServer, ...]
    kubernetes_version: str


class RightDocument(Struct, frozen=True, kw_only=True):
    """One request of one principal: what is claimed of it, and what the server says.

    ``user`` and ``groups`` are those of the SubjectAccessReview; ``path`` is null where a
    resource is asked about.
    """

    principal: str
    user: str
    groups: tuple[str, ...]
    verb: str
    group: str
    resource: str
    subresource: str
    namespace: str
    name: str
    path: str | None
    claimed: bool
    reason: str
    allowed: bool
    server_reason: str


class VerifyDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph verify``; ``seed`` is null where everything was asked."""

    schema: Literal["rbacgraph/verify/v1"] = "rbacgraph/verify/v1"
    context: str
    server: str
    asked: int
    allowed: int
    denied: int
    principals: int
    seed: int | None
    disagreements: tuple[RightDocument, ...]


class UsageDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph usage``; ``source`` is empty where everybody was asked about."""

    schema: Literal["rbacgraph/usage/v1"] = "rbacgraph/usage/v1"
    source: str
    grants: tuple[GrantUse, ...]
    unexplained: tuple[Requests, ...]
    denied: tuple[Requests, ...]
    log: LogSummary


class WayDocument(Struct, frozen=True, kw_only=True):
    """Principals, each of which gains, or loses, each of some Secrets by the same way."""

    principals: tuple[str, ...]
    secrets: tuple[str, ...]
    before: Level
    after: Level
    path: PathDocument


class ChangeDocument(Struct, frozen=True, kw_only=True):
    """Everything that the same causes opened, or closed."""

    gained: bool
    certain: bool
    only_secrets: bool
    causes: tuple[Cause, ...]
    ways: tuple[WayDocument, ...]


class DiffDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph diff``; ``line`` of a part is 0 where only the object's is known."""

    schema: Literal["rbacgraph/diff/v1"] = "rbacgraph/diff/v1"
    before: str
    after: str
    changes: tuple[ChangeDocument, ...]
    new_secrets: tuple[str, ...]
    gone_secrets: tuple[str, ...]
    new_principals: tuple[str, ...]
    gone_principals: tuple[str, ...]
    unread: tuple[Unread, ...]
    basis: Basis


class ExcessDocument(Struct, frozen=True, kw_only=True):
    """Principals, each of which reaches each of some Secrets, by the same way, and may not.

    Of a long list of Secrets that an earlier finding has too, ``secrets`` is null and
    ``secrets_as`` the number of that finding, counted from 0.
    """

    principals: tuple[str, ...]
    secrets: tuple[str, ...] | None
    secrets_as: int | None
    certain: bool
    path: PathDocument


class CheckDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph check``; ``known`` and ``gone`` count pairs of the baseline."""

    schema: Literal["rbacgraph/check/v1"] = "rbacgraph/check/v1"
    policy: str
    today: str
    findings: tuple[ExcessDocument, ...]
    expired: tuple[Expired, ...]
    unmatched: tuple[Unmatched, ...]
    secrets: int
    without_entry: tuple[str, ...]
    default: Default
    known: int
    gone: int
    unread: tuple[Unread, ...]
    basis: Basis


Document = (
    PathsDocument
    | ReachDocument
    | ExposureDocument
    | DecisionDocument
    | GranteesDocument
    | EdgesDocument
    | EncryptionDocument
    | VerifyDocument
    | UsageDocument
    | SuggestDocument
    | RecheckDocument
    | DiffDocument
    | CheckDocument
    | CutDocument
)
DOCUMENTS = (
    PathsDocument,
    ReachDocument,
    ExposureDocument,
    DecisionDocument,
    GranteesDocument,
    EdgesDocument,
    EncryptionDocument,
    VerifyDocument,
    UsageDocument,
    SuggestDocument,
    RecheckDocument,
    DiffDocument,
    CheckDocument,
    CutDocument,
)


def paths_document(result: PathsResult) -> PathsDocument:
    """Document of a ``paths`` answer, with all paths unfolded."""
    secrets = tuple(map(_secret, result.secrets))
    return PathsDocument(source=result.source, secrets=secrets, basis=result.basis)


def reach_document(result: ReachResult) -> ReachDocument:
    """Document of a ``reach`` answer."""
    reached = tuple(map(_reached, result.reached))
    return ReachDocument(source=result.source, reached=reached, basis=result.basis)


def exposure_document(result: ExposureResult) -> ExposureDocument:
    """Document of an ``exposure`` answer."""
    return ExposureDocument(secrets=result.rows, basis=result.basis)


def decision_document(decision: Decision) -> DecisionDocument:
    """Document of a ``can-i`` answer."""
    return DecisionDocument(
        allowed=decision.allowed,
        unknown=decision.unknown,
        reason=decision.reason,
        evidence=decision.evidence,
        missing=tuple(map(condition_words, decision.missing)),
    )


def grantees_document(
    grantees: Sequence[Grantee], missing: Sequence[Condition]
) -> GranteesDocument:
    """Document of a ``who-can`` answer."""
    return GranteesDocument(grantees=tuple(grantees), missing=tuple(map(condition_words, missing)))


def edges_document(pages: Sequence[EdgePage]) -> EdgesDocument:
    """Document of an ``explain`` answer."""
    return EdgesDocument(edges=tuple(pages))


def encryption_document(result: EncryptionResult) -> EncryptionDocument:
    """Document of an ``encryption`` answer."""
    return EncryptionDocument(
        file=result.file,
        loads=result.loads,
        resources=result.resources,
        findings=result.findings,
        searched=result.searched,
        servers=result.servers,
        kubernetes_version=result.kubernetes_version,
    )


def _path(path: Path) -> PathDocument:
    return PathDocument(
        principal=path.principal,
        target=path.target,
        certain=path.certain,
        effort=path.effort,
        opening=path.opening,
        conditions=tuple(map(condition_words, path.conditions)),
        hops=path.hops,
    )


def _secret(secret: SecretPaths) -> SecretPathsDocument:
    return SecretPathsDocument(
        secret=secret.secret,
        type=secret.type,
        inferred=secret.inferred,
        file=secret.file,
        line=secret.line,
        paths=tuple(map(_path, secret.paths)),
        members=secret.members,
        folded=secret.folded,
        truncated=secret.truncated,
        changers=secret.changers,
        references=secret.references,
    )


def _reached(item: Reached) -> ReachedDocument:
    return ReachedDocument(
        target=item.target,
        kind=item.kind,
        inferred=item.inferred,
        certain=_path(item.certain) if item.certain else None,
        conditional=_path(item.conditional) if item.conditional else None,
    )


def verify_document(result: VerifyResult) -> VerifyDocument:
    """Return the document of a ``verify`` answer."""
    return VerifyDocument(
        context=result.context,
        server=result.server,
        asked=result.asked,
        allowed=result.allowed,
        denied=result.denied,
        principals=result.principals,
        seed=result.seed,
        disagreements=tuple(map(_right, result.disagreements)),
    )


def usage_document(result: UsageResult) -> UsageDocument:
    """Return the document of a ``usage`` answer."""
    return UsageDocument(
        source=result.source,
        grants=result.grants,
        unexplained=result.unexplained,
        denied=result.denied,
        log=result.log,
    )


def _right(found: Disagreement) -> RightDocument:
    claim, server = found.claim, found.server
    return RightDocument(
        principal=claim.principal,
        user=claim.user,
        groups=claim.groups,
        verb=claim.verb,
        group=claim.group,
        resource=claim.resource,
        subresource=claim.subresource,
        namespace=claim.namespace,
        name=claim.name,
        path=claim.path,
        claimed=claim.allowed,
        reason=claim.reason,
        allowed=server.allowed,
        server_reason=server.reason,
    )


def diff_document(result: DiffResult) -> DiffDocument:
    """Return the document of a ``diff`` answer."""
    return DiffDocument(
        before=result.before,
        after=result.after,
        changes=tuple(map(_change, result.changes)),
        new_secrets=result.new_secrets,
        gone_secrets=result.gone_secrets,
        new_principals=result.new_principals,
        gone_principals=result.gone_principals,
        unread=result.unread,
        basis=result.basis,
    )


def _change(change: Change) -> ChangeDocument:
    return ChangeDocument(
        gained=change.gained,
        certain=change.certain,
        only_secrets=change.only_secrets,
        causes=change.causes,
        ways=tuple(map(_way, change.ways)),
    )


def _way(way: Opened) -> WayDocument:
    return WayDocument(
        principals=way.principals,
        secrets=way.secrets,
        before=way.before,
        after=way.after,
        path=_path(way.path),
    )


def check_document(result: CheckResult) -> CheckDocument:
    """Return the document of a ``check`` answer; long lists of Secrets are told once."""
    told: dict[tuple[str, ...], int] = {}
    for number, found in enumerate(result.findings):
        if len(found.secrets) > _LONG:
            told.setdefault(found.secrets, number)
    return CheckDocument(
        policy=result.policy,
        today=result.today,
        findings=tuple(
            _excess(found, number, told) for number, found in enumerate(result.findings)
        ),
        expired=result.expired,
        unmatched=result.unmatched,
        secrets=result.secrets,
        without_entry=result.without_entry,
        default=result.default,
        known=result.known,
        gone=result.gone,
        unread=result.unread,
        basis=result.basis,
    )


def _excess(found: Excess, number: int, told: Mapping[tuple[str, ...], int]) -> ExcessDocument:
    first = told.get(found.secrets, number)
    return ExcessDocument(
        principals=found.principals,
        secrets=found.secrets if first == number else None,
        secrets_as=None if first == number else first,
        certain=found.certain,
        path=_path(found.path),
    )
