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

    ``kind``, ``namespace``, ``name``, ``file``, ``line``: the object that it changes.
    ``text``: the change.
    ``closes``, ``closes_conditional``: how many principals lose a path to the Secret by it: of
        those that reach it for certain, and of those that reach it only under a condition.
    ``loses``: the principals that lose something by it.
    ``lost``: the lost rights.
    ``not_listed``: what a ``*`` may have covered that the list in its place lacks.
    ``note``: a warning, such as which controller will restore the object.
    ``operators``: the operators that need by design what it takes from them.
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
    not_listed: Statement = field(default_factory=Say.NOTHING)
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

    ``principals``, ``principals_conditional``: how many principals reach the Secret before the
        changes and are not kept: for certain, and only under a condition.
    ``left``: the principals that still reach it: those that cannot be cut off.
    ``requests``: how many needed requests were replayed; all of them are allowed.
    ``unexplained``: further needed requests that were not allowed before either.
    ``covered``: for how many principals and scopes rbacgraph checked that they hold no right that
        they did not hold before.
    ``fewest``: whether fewer changes are impossible; None where the search ended before a proof.
    ``writes``, ``doubts``: see :class:`.suggestion.Proof`.
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

    ``secret``: the printed Secret.
    ``inferred``: why the answer is about a Secret that the input lacks, else ``""``.
    ``principals``, ``principals_conditional``: how many principals reach it today and are not kept:
        for certain, and only under a condition.
    ``edits``: the fewest edits found; those that most principals lose a path by first, of those
        that reach it for certain and then of the others.
    ``changes``: the objects to apply.
    ``bound``: the proven lower bound: fewer edits than this are not enough.
    ``proven``: whether the edits are proven the fewest, and among those the ones that take least
        away.
    ``forcing``: paths that show why so many edits are needed.
    ``apart``: whether no edit blocks two of these paths, so that each needs an edit of its own.
    ``uncut``: principals that cannot be cut off, or only by denying what must stay.
    ``kept``: the principals that are kept.
    ``folded``: control-plane identities that reach the Secret by shipped bindings.
    ``effect``: who reaches which Secrets before and after.
    ``notes``: notes for the reader.
    ``basis``: what the answer rests on.
    ``certain``: whether conditional paths stay open.
    ``system``: whether control-plane identities were to be cut off too.
    ``keep_operators``: whether operators that need their access by design are kept.
    ``needs``: the requests that must stay allowed, from logs and statements.
    ``log``: the log that shows what is needed, with its time span and what it cannot show.
    ``diagnostics``: what rbacgraph could not read of logs and statements.
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
