"""The documents that ``-o json`` and ``-o yaml`` write: a versioned schema per answer.

A document holds the records of :mod:`rbacgraph.model.answers.paths` under the same names,
and what follows from them (effort, certainty) where a reader would have to compute it.
Within one version fields are only ever added. ``rule`` is an index from 0, as in
``.rules[0]``; a ``line`` of 0 means that the object was not read from a file.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, TypeVar, get_args

from msgspec import Struct, convert

from rbacgraph.model.answers.coverage import CoverageRow, UnjudgedRight
from rbacgraph.model.answers.decision import Grantee
from rbacgraph.model.answers.diff import Cause, ChangedObject, ComparedKind, Level
from rbacgraph.model.answers.encrypted_files import EncryptedFile, SopsFindingId, SopsSeverity
from rbacgraph.model.answers.encryption import ApiServer, Finding, ResourceEncryption
from rbacgraph.model.answers.exposure_by import ExposureGroup
from rbacgraph.model.answers.groupings import Grouping
from rbacgraph.model.answers.inference import Inference
from rbacgraph.model.answers.paths import (
    Basis,
    Changer,
    EdgePage,
    Hop,
    Members,
    Reference,
    SecretExposure,
)
from rbacgraph.model.answers.policy_check import Default, Excess, Expired, Unmatched
from rbacgraph.model.answers.rights import OpenedTechnique, RuleSource
from rbacgraph.model.answers.risk_review import RiskNews, Suppression
from rbacgraph.model.answers.risk_text import RiskText
from rbacgraph.model.answers.risks import RiskFactor, RiskKind, RiskOpens, ScaleRow
from rbacgraph.model.answers.severities import RiskSeverity
from rbacgraph.model.answers.usage import GrantUse, Requests
from rbacgraph.model.answers.verification import Disagreement, Unanswered
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutEdit, CutProof, Forcing, Staying, Uncut
from rbacgraph.model.changes.risk_fix import FixProof
from rbacgraph.model.changes.saved_suggestion import CutCheck, ServerWord, Standing
from rbacgraph.model.changes.statement import Statement
from rbacgraph.model.changes.suggestion import (
    Addition,
    LeftAlone,
    Leftover,
    Loss,
    Proof,
    RoleChange,
    Semantics,
)
from rbacgraph.model.changes.vault_suggestion import VaultPolicyAdvice, VaultRoleAdvice
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.inputs.unread import Unread
from rbacgraph.report.documents.object_mappings import manifest

_LONG = 100
"""How many Secrets a finding may repeat."""


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
    secrets: tuple[SecretPathsDocument, ...]
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


class RiskDocument(Struct, frozen=True, kw_only=True):
    """One cause of access, and the change that closes it."""

    id: str
    kind: RiskKind
    severity: RiskSeverity
    object_kind: str
    namespace: str
    name: str
    file: str
    line: int
    text: RiskText
    subjects: tuple[str, ...]
    opens: RiskOpens
    factors: tuple[RiskFactor, ...]
    evidence: tuple[Evidence, ...]
    path: PathDocument | None
    change: RiskText
    by_design: bool
    conditional: bool
    operator: str


class SuppressedRiskDocument(Struct, frozen=True, kw_only=True):
    """A risk that somebody accepts."""

    risk: RiskDocument
    by: Suppression


class RiskChangeDocument(Struct, frozen=True, kw_only=True):
    """What became of a risk; ``was`` is null if it is new."""

    id: str
    news: RiskNews
    was: RiskDocument | None


class RisksReviewDocument(Struct, frozen=True, kw_only=True):
    """What ``--suppress`` and ``--since`` add; ``risks`` has no suppressed ones."""

    file: str
    today: str
    suppressed: tuple[SuppressedRiskDocument, ...]
    expired: tuple[Suppression, ...]
    unmatched: tuple[Suppression, ...]
    since: str
    changes: tuple[RiskChangeDocument, ...]
    unread: tuple[Unread, ...]


class RisksDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph risks``; ``counts`` are of all risks, by severity."""

    schema: Literal["rbacgraph/risks/v1"] = "rbacgraph/risks/v1"
    counts: dict[RiskSeverity, int]
    risks: tuple[RiskDocument, ...]
    by_design: tuple[RiskDocument, ...]
    pairs: int
    admins: int
    scale: tuple[ScaleRow, ...]
    basis: Basis
    review: RisksReviewDocument


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


class DecisionDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph can-i``."""

    schema: Literal["rbacgraph/can-i/v1"] = "rbacgraph/can-i/v1"
    allowed: bool
    unknown: bool
    reason: str
    evidence: tuple[Evidence, ...]
    missing: tuple[Condition, ...]


class GranteesDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph who-can``."""

    schema: Literal["rbacgraph/who-can/v1"] = "rbacgraph/who-can/v1"
    grantees: tuple[Grantee, ...]
    missing: tuple[Condition, ...]


class DirectRuleDocument(Struct, frozen=True, kw_only=True):
    """One rule that a principal holds, with every binding that gives it and what it opens.

    ``scopes`` are the namespaces in which it holds, ``[""]`` for all of them. ``unjudged`` are the
    resources, or URLs, on which it gives a write right that no technique judges.
    """

    verbs: tuple[str, ...]
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...]
    non_resource_urls: tuple[str, ...]
    scopes: tuple[str, ...]
    techniques: tuple[OpenedTechnique, ...]
    sources: tuple[RuleSource, ...]
    unjudged: tuple[str, ...]


class RightsDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph rights``; ``namespace`` is empty where all were asked about."""

    schema: Literal["rbacgraph/rights/v1"] = "rbacgraph/rights/v1"
    principal: str
    groups: tuple[str, ...]
    namespace: str
    rules: tuple[DirectRuleDocument, ...]
    basis: Basis


class EdgesDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph explain``."""

    schema: Literal["rbacgraph/explain/v1"] = "rbacgraph/explain/v1"
    edges: tuple[EdgePage, ...]


class CoverageDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph explain coverage``."""

    schema: Literal["rbacgraph/coverage/v1"] = "rbacgraph/coverage/v1"
    resources: tuple[CoverageRow, ...]


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


class SopsFindingDocument(Struct, frozen=True, kw_only=True):
    """A finding of ``rbacgraph sops``; ``keys`` are those above the first values, by dots."""

    id: SopsFindingId
    severity: SopsSeverity
    file: str
    line: int
    message: str
    advice: str
    keys: tuple[str, ...]
    count: int
    recipients: tuple[str, ...]
    secrets: tuple[str, ...]
    rule: str


class SopsDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph sops``: of each file, ``needed`` of its ``groups`` decrypt it."""

    schema: Literal["rbacgraph/sops/v1"] = "rbacgraph/sops/v1"
    files: tuple[EncryptedFile, ...]
    findings: tuple[SopsFindingDocument, ...]
    rules: int
    unread: tuple[Unread, ...]


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


class UnansweredDocument(Struct, frozen=True, kw_only=True):
    """One request of one principal about which the server gave no answer, and ``why``."""

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
    why: str


class VerifyDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph verify``; ``seed`` is null where the questions were planned.

    ``asked`` counts the claims that the server answered: those in ``unanswered`` are not verified.
    ``impersonated`` is empty where rbacgraph asked as the user of the credentials.
    """

    schema: Literal["rbacgraph/verify/v1"] = "rbacgraph/verify/v1"
    context: str
    server: str
    asked: int
    allowed: int
    denied: int
    principals: int
    seed: int | None
    disagreements: tuple[RightDocument, ...]
    unanswered: tuple[UnansweredDocument, ...]
    impersonated: str
    certificate_checked: bool


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


class IdentityDocument(Struct, frozen=True, kw_only=True):
    """Principals, each of which gains, or loses, each of some identities and nodes.

    ``path`` is that of the first principal to the first identity. Old rights that lead to a new
    identity have no causes and no path.
    """

    gained: bool
    principals: tuple[str, ...]
    identities: tuple[str, ...]
    before: Level
    after: Level
    appeared: bool
    causes: tuple[Cause, ...]
    path: PathDocument | None


class AdminChangeDocument(Struct, frozen=True, kw_only=True):
    """Principals that each become effectively cluster-admin, or cease to be it.

    ``way`` is that of the first principal; if lost, that before the change.
    """

    gained: bool
    principals: tuple[str, ...]
    before: Level
    after: Level
    causes: tuple[Cause, ...]
    way: AdminDocument


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
    identities: tuple[IdentityDocument, ...]
    without_effect: tuple[ChangedObject, ...]
    compared: tuple[ComparedKind, ...]
    admins: tuple[AdminChangeDocument, ...]
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


class ExcessAdminDocument(Struct, frozen=True, kw_only=True):
    """Principals that are each effectively cluster-admin by the same way, and may not be it."""

    principals: tuple[str, ...]
    certain: bool
    way: AdminDocument


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
    admins: tuple[ExcessAdminDocument, ...]
    basis: Basis


class WrittenDocument(Struct, frozen=True, kw_only=True):
    """One object that is written; ``before`` and ``after`` are manifests, null for none."""

    action: Literal["create", "update", "delete"]
    kind: str
    namespace: str
    name: str
    why: Statement
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class SuggestDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph suggest``.

    ``asked`` is empty where it was about every role. ``manner`` says what was done without
    evidence of what is needed; where Pods' references to Secrets stood for that, it is
    ``guessed``, and ``left_alone`` says for whom they could not. ``needs`` is what the proof was
    made with. Of a ``log`` that was not given it is null.
    """

    schema: Literal["rbacgraph/suggest/v1"] = "rbacgraph/suggest/v1"
    asked: str
    manner: Statement
    semantics: Semantics
    changes: tuple[WrittenDocument, ...]
    deletions: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    losses: tuple[Loss, ...]
    additions: tuple[Addition, ...]
    notes: tuple[Statement, ...]
    needs: tuple[Needing, ...]
    log: LogSummary | None
    proof: Proof
    guessed: bool
    left_alone: tuple[LeftAlone, ...]


class VaultSuggestDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph vault suggest``.

    ``text`` of a policy is the smaller one in HCL; where it is empty, ``without`` says why.
    """

    schema: Literal["rbacgraph/vault-suggest/v1"] = "rbacgraph/vault-suggest/v1"
    roles: tuple[VaultRoleAdvice, ...]
    policies: tuple[VaultPolicyAdvice, ...]
    foreign: tuple[str, ...]
    unknown_roles: tuple[str, ...]
    servers: tuple[str, ...]


class RecheckDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph verify-suggestion``.

    ``proof`` is null where ``failure`` says why there is none, or where the file holds a
    ``cut``, whose proof is another; ``server`` where no server was asked.
    """

    schema: Literal["rbacgraph/verify-suggestion/v1"] = "rbacgraph/verify-suggestion/v1"
    file: str
    what: Literal["suggestion", "cut"]
    asked: str
    manner: str
    holds: bool
    standing: tuple[Standing, ...]
    failure: Statement
    proof: Proof | None
    cut: CutCheck | None
    server: ServerWord | None


class CutDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph cut``; ``uncut`` is empty where everybody is cut off.

    ``needs``, ``certain``, ``system`` and ``keep_operators`` are what the proof was made with.
    """

    schema: Literal["rbacgraph/cut/v1"] = "rbacgraph/cut/v1"
    secret: str
    inferred: Inference
    principals: int
    edits: tuple[CutEdit, ...]
    changes: tuple[WrittenDocument, ...]
    bound: int
    proven: bool
    forcing: tuple[Forcing, ...]
    apart: bool
    uncut: tuple[Uncut, ...]
    kept: tuple[Staying, ...]
    folded: tuple[str, ...]
    effect: Effect
    proof: CutProof
    certain: bool
    system: bool
    keep_operators: bool
    needs: tuple[Needing, ...]
    log: LogSummary | None
    notes: tuple[Statement, ...]
    basis: Basis


class RiskFixDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph risks --fix`` and ``--fix-set``.

    ``most`` is null unless the causes were chosen; ``by_hand`` are changes of no role or binding.
    """

    schema: Literal["rbacgraph/risk-fix/v1"] = "rbacgraph/risk-fix/v1"
    risks: tuple[RiskDocument, ...]
    edits: tuple[CutEdit, ...]
    changes: tuple[WrittenDocument, ...]
    by_hand: tuple[RiskText, ...]
    proof: FixProof
    denied: tuple[Needing, ...]
    effect: Effect
    most: int | None
    proven: bool
    log: LogSummary | None
    basis: Basis


Document = (
    PathsDocument
    | ReachDocument
    | ExposureDocument
    | ExposureByDocument
    | DecisionDocument
    | AdminsDocument
    | RisksDocument
    | GranteesDocument
    | RightsDocument
    | EdgesDocument
    | CoverageDocument
    | EncryptionDocument
    | SopsDocument
    | VerifyDocument
    | UsageDocument
    | SuggestDocument
    | RecheckDocument
    | DiffDocument
    | CheckDocument
    | CutDocument
    | RiskFixDocument
    | VaultSuggestDocument
)
DOCUMENTS: tuple[type[Document], ...] = get_args(Document)


Made = TypeVar("Made", bound=Struct)


def document(kind: type[Made], record: object, **others: object) -> Made:
    """Return a document with the fields that a record has under the same names.

    Parameters
    ----------
    kind:
        The document's class.
    record:
        The record; its properties count as fields.
    **others:
        Fields of another form, or under another name.
    """
    names = [name for name in kind.__struct_fields__ if name not in {"schema", *others}]
    held = {name: getattr(record, name) for name in names}
    return convert({**held, **others}, kind, from_attributes=True)


def right_document(found: Disagreement) -> RightDocument:
    """Return a claim with the server's decision."""
    claim, server = found.claim, found.server
    held = {name: getattr(claim, name) for name in claim.__struct_fields__ if name != "allowed"}
    return RightDocument(
        **held, claimed=claim.allowed, allowed=server.allowed, server_reason=server.reason
    )


def unanswered_document(found: Unanswered) -> UnansweredDocument:
    """Return a claim without the server's decision."""
    claim, left = found.claim, {"allowed", "reason"}
    held = {name: getattr(claim, name) for name in claim.__struct_fields__ if name not in left}
    return UnansweredDocument(**held, claimed=claim.allowed, why=found.why)


def written_document(change: Change) -> WrittenDocument:
    """Return the object of a change before and after, as manifests."""
    kind, namespace, name = change.key
    return WrittenDocument(
        action=change.action,
        kind=kind,
        namespace=namespace,
        name=name,
        why=change.why,
        before=None if change.before is None else manifest(change.before),
        after=None if change.after is None else manifest(change.after),
    )


def excess_documents(findings: Sequence[Excess]) -> Iterator[ExcessDocument]:
    """Yield the findings of a check; a long list of Secrets only once."""
    first: dict[tuple[str, ...], int] = {}
    for number, found in enumerate(findings):
        long = len(found.secrets) > _LONG
        same = first.setdefault(found.secrets, number) if long else number
        own = same == number
        secrets, secrets_as = (found.secrets, None) if own else (None, same)
        yield document(ExcessDocument, found, secrets=secrets, secrets_as=secrets_as)
