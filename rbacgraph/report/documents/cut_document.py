"""The document of ``cut``: see :mod:`rbacgraph.report.documents.document`."""

from typing import Literal

from msgspec import Struct

from rbacgraph.model.answers.paths import Basis
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.cut import CutEdit, CutProof, CutResult, Forcing, Staying, Uncut
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.report.documents.change_document import WrittenDocument, written_document


class CutDocument(Struct, frozen=True, kw_only=True):
    """Answer of ``rbacgraph cut``; ``uncut`` is empty where everybody is cut off.

    ``needs``, ``certain`` and ``system`` are what the proof was made with.
    """

    schema: Literal["rbacgraph/cut/v1"] = "rbacgraph/cut/v1"
    secret: str
    inferred: str
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
    needs: tuple[Needing, ...]
    log: LogSummary | None
    notes: tuple[str, ...]
    basis: Basis


def cut_document(result: CutResult) -> CutDocument:
    """Return the document of a ``cut`` answer."""
    return CutDocument(
        secret=result.secret,
        inferred=result.inferred,
        principals=result.principals,
        edits=result.edits,
        changes=tuple(map(written_document, result.changes)),
        bound=result.bound,
        proven=result.proven,
        forcing=result.forcing,
        apart=result.apart,
        uncut=result.uncut,
        kept=result.kept,
        folded=result.folded,
        effect=result.effect,
        proof=result.proof,
        certain=result.certain,
        system=result.system,
        needs=result.needs,
        log=result.log,
        notes=result.notes,
        basis=result.basis,
    )
