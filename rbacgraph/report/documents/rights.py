"""The documents of rights: decisions, their comparison with a server, and their use."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.assumption import Assumption
from rbacgraph.model.answers.decision import Grantee
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.answers.rights import OpenedTechnique, RuleSource
from rbacgraph.model.answers.usage import (
    GrantUse,
    Requests,
    StoreUse,
    UnexplainedRead,
    UnusedRead,
)
from rbacgraph.model.answers.verification import Disagreement, Unanswered
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.evidence import Evidence


class DecisionDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph can-i``."""

    schema: Literal["rbacgraph/can-i/v1"] = "rbacgraph/can-i/v1"
    allowed: bool
    unknown: bool
    reason: str
    evidence: tuple[Evidence, ...]
    missing: tuple[Condition, ...]


class AssumingDecisionDocument(DecisionDocument, frozen=True, kw_only=True):
    """The same of a store whose answers take something for granted."""

    assumed: tuple[Assumption, ...]


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


class ClaimDocument(Struct, frozen=True, kw_only=True):
    """One request of one principal, and what is claimed of it."""

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


class RightDocument(ClaimDocument, frozen=True, kw_only=True):
    """One request of one principal: what is claimed of it, and what the server says.

    ``user`` and ``groups`` are those of the SubjectAccessReview; ``path`` is null where a
    resource is asked about.
    """

    reason: str
    allowed: bool
    server_reason: str


class UnansweredDocument(ClaimDocument, frozen=True, kw_only=True):
    """One request of one principal about which the server gave no answer, and ``why``."""

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
    stores: tuple[StoreUse, ...]
    stores_unused: tuple[UnusedRead, ...]
    stores_unexplained: tuple[UnexplainedRead, ...]


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
