"""The documents of advice: least privilege, cuts, and their proof."""

from typing import Any, Literal

from msgspec import Struct

from rbacgraph.model.answers.inference import Inference
from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.changes import suggestion
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutEdit, CutProof, Forcing, Staying, Uncut
from rbacgraph.model.changes.saved_suggestion import CutCheck, ServerWord, Standing
from rbacgraph.model.changes.statement import Statement
from rbacgraph.model.changes.vault_suggestion import VaultPolicyAdvice, VaultRoleAdvice
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.report.documents.object_mappings import manifest


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
    semantics: suggestion.Semantics
    changes: tuple[WrittenDocument, ...]
    deletions: tuple[suggestion.Leftover, ...]
    roles: tuple[suggestion.RoleChange, ...]
    losses: tuple[suggestion.Loss, ...]
    additions: tuple[suggestion.Addition, ...]
    notes: tuple[Statement, ...]
    needs: tuple[Needing, ...]
    log: LogSummary | None
    proof: suggestion.Proof
    guessed: bool
    left_alone: tuple[suggestion.LeftAlone, ...]


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
    proof: suggestion.Proof | None
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
    principals_conditional: int
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
