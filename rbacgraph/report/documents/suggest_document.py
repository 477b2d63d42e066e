"""The document of ``suggest``: see :mod:`rbacgraph.report.documents.document`."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.changes.saved_suggestion import CutCheck, RecheckResult, ServerWord, Standing
from rbacgraph.model.changes.suggestion import (
    Addition,
    LeftAlone,
    Leftover,
    Loss,
    Proof,
    RoleChange,
    Semantics,
    SuggestResult,
)
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.report.documents.change_document import WrittenDocument, written_document


class SuggestDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph suggest``.

    ``asked`` is empty where it was about every role. ``manner`` says what was done where
    nothing told what is needed; where Pods' references to Secrets stood for that, it is
    ``guessed``, and ``left_alone`` says for whom they could not. By ``semantics`` served, rules
    may also name resources that their API group does not have. ``needs`` is what the proof was
    made with. Of a ``log`` that was not given it is null.
    """

    schema: Literal["rbacgraph/suggest/v1"] = "rbacgraph/suggest/v1"
    asked: str
    manner: str
    semantics: Semantics
    changes: tuple[WrittenDocument, ...]
    deletions: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    losses: tuple[Loss, ...]
    additions: tuple[Addition, ...]
    notes: tuple[str, ...]
    needs: tuple[Needing, ...]
    log: LogSummary | None
    proof: Proof
    guessed: bool
    left_alone: tuple[LeftAlone, ...]


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
    failure: str
    proof: Proof | None
    cut: CutCheck | None
    server: ServerWord | None


def recheck_document(result: RecheckResult) -> RecheckDocument:
    """Return the document of a ``verify-suggestion`` answer."""
    return RecheckDocument(
        file=result.file,
        what=result.what,
        asked=result.asked,
        manner=result.manner,
        holds=result.holds,
        standing=result.standing,
        failure=result.failure,
        proof=result.proof,
        cut=result.cut,
        server=result.server,
    )


def suggest_document(result: SuggestResult) -> SuggestDocument:
    """Return the document of a ``suggest`` answer."""
    return SuggestDocument(
        asked=result.asked,
        manner=result.manner,
        semantics=result.semantics,
        changes=tuple(map(written_document, result.changes)),
        deletions=result.leftovers,
        roles=result.roles,
        losses=result.losses,
        additions=result.additions,
        notes=result.notes,
        needs=result.needs,
        log=result.log,
        proof=result.proof,
        guessed=result.guessed,
        left_alone=result.left_alone,
    )
