"""Answers of ``cut``: the fewest changes after which only the kept reach a Secret."""

from msgspec import Struct, field

from rbacgraph.model.answers.inference import Inference
from rbacgraph.model.answers.paths import Basis, Path
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.inputs.required_requests import Needing


class CutEdit(Struct, frozen=True, kw_only=True):
    """One thing to take away.

    Parameters
    ----------
    kind, namespace, name, file, line:
        The object that it changes.
    text:
        The change.
    closes, closes_conditional:
        How many principals lose a path to the Secret by it: of those that reach it for certain, and
        of those that reach it only under a condition.
    loses:
        The principals that lose something by it.
    lost:
        The lost rights.
    note:
        A warning, such as which controller will restore the object.
    operators:
        The operators that need by design what it takes from them.
    """

    kind: str
    namespace: str
    name: str
    file: str
    line: int
    text: Statement
    closes: int
    closes_conditional: int = 0
    loses: tuple[str, ...]
    lost: tuple[Statement, ...]
    note: Statement = field(default_factory=Say.NOTHING)
    operators: tuple[str, ...] = ()


class Staying(Struct, frozen=True):
    """A kept principal with its path to the Secret; no path if it never had one.

    ``operator`` is that for which ``--keep-operators`` keeps it.
    """

    principal: str
    path: Path | None
    operator: str = ""


class Forcing(Struct, frozen=True):
    """A path with all edits that would block it, chosen ones first; one of them is needed."""

    path: Path
    edits: tuple[Statement, ...]


class Refused(Struct, frozen=True):
    """An edit that would block a path, and why the cut does not use it."""

    edit: Statement
    why: Statement


class Uncut(Struct, frozen=True):
    """A principal that cannot be cut off, its remaining path, and what would block it."""

    principal: str
    path: Path
    refused: tuple[Refused, ...]


class CutProof(Struct, frozen=True, kw_only=True):
    """What rbacgraph proved about the cluster after the changes.

    Parameters
    ----------
    principals, principals_conditional:
        How many principals reach the Secret before the changes and are not kept: for certain, and
        only under a condition.
    left:
        The principals that still reach it: those that cannot be cut off.
    requests:
        How many needed requests were replayed; all of them are allowed.
    unexplained:
        Further needed requests that were not allowed before either.
    covered:
        For how many principals and scopes rbacgraph checked that they hold no right that they did
        not hold before.
    fewest:
        Whether fewer changes are impossible; None where the search ended before a proof.
    writes, doubts:
        See :class:`.suggestion.Proof`.
    """

    principals: int
    principals_conditional: int = 0
    left: tuple[str, ...]
    requests: int
    unexplained: int
    covered: int
    fewest: int | None = None
    writes: int = 0
    doubts: tuple[DoubtfulWrite, ...] = ()


class CutResult(Struct, frozen=True, kw_only=True):
    """Answer of ``cut``.

    Parameters
    ----------
    secret:
        The printed Secret.
    inferred:
        Why the answer is about a Secret that the input lacks, else ``""``.
    principals, principals_conditional:
        How many principals reach it today and are not kept: for certain, and only under a
        condition.
    edits:
        The fewest edits found; those that most principals lose a path by first, of those that
        reach it for certain and then of the others.
    changes:
        The objects to apply.
    bound:
        The proven lower bound: fewer edits than this are not enough.
    proven:
        Whether the edits are proven the fewest, and among those the ones that take least away.
    forcing:
        Paths that show why so many edits are needed.
    apart:
        Whether no edit blocks two of these paths, so that each needs an edit of its own.
    uncut:
        Principals that cannot be cut off, or only by denying what must stay.
    kept:
        The principals that are kept.
    folded:
        Control-plane identities that reach the Secret by shipped bindings.
    effect:
        Who reaches which Secrets before and after.
    proof:
        The proof.
    notes:
        Notes for the reader.
    basis:
        What the answer rests on.
    certain:
        Whether conditional paths stay open.
    system:
        Whether control-plane identities were to be cut off too.
    keep_operators:
        Whether operators that need their access by design are kept.
    needs:
        The requests that must stay allowed, from logs and statements.
    log:
        The log that shows what is needed, with its time span and what it cannot show.
    diagnostics:
        What rbacgraph could not read of logs and statements.
    """

    secret: str
    inferred: Inference
    principals: int
    principals_conditional: int = 0
    edits: tuple[CutEdit, ...]
    changes: tuple[Change, ...]
    bound: int
    proven: bool
    forcing: tuple[Forcing, ...]
    apart: bool
    uncut: tuple[Uncut, ...]
    kept: tuple[Staying, ...]
    folded: tuple[str, ...]
    effect: Effect
    proof: CutProof
    notes: tuple[Statement, ...]
    basis: Basis
    certain: bool = False
    system: bool = False
    keep_operators: bool = False
    needs: tuple[Needing, ...] = ()
    log: LogSummary | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def possible(self) -> bool:
        """Whether everybody but those kept is cut off."""
        return not self.uncut
