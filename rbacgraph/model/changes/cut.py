"""What ``cut`` answers: the fewest changes after which nobody but those kept reaches a Secret."""

from typing import final

from msgspec import Struct

from rbacgraph.model.answers.paths import Basis, Path
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.inputs.audit import LogSummary
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.inputs.required_requests import Needing


class CutEdit(Struct, frozen=True, kw_only=True):
    """One thing that is taken away.

    Parameters
    ----------
    kind, namespace, name, file, line:
        The object it is taken from.
    text:
        What is done, in words.
    closes:
        Of how many principals it closes a path.
    loses:
        Who loses something by it.
    lost:
        What they lose, in words.
    note:
        What must be heeded, such as who will put it back.
    """

    kind: str
    namespace: str
    name: str
    file: str
    line: int
    text: str
    closes: int
    loses: tuple[str, ...]
    lost: tuple[str, ...]
    note: str = ""


class Staying(Struct, frozen=True):
    """Who reaches the Secret as before, since it is kept; None where it never did."""

    principal: str
    path: Path | None


@final
class EditText:
    """An edit in words, with the object that it is of; one string in JSON.

    Parameters
    ----------
    object:
        Kind, namespace and name.
    change:
        What is done to it; ``""`` where the object alone is told.
    """

    __slots__ = ("change", "object")

    def __init__(self, object: str, change: str = "") -> None:  # noqa: A002
        self.object = object
        self.change = change

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EditText) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return f"EditText{self._parts}"

    def __str__(self) -> str:
        return f"{self.object}: {self.change}" if self.change else self.object

    @property
    def _parts(self) -> tuple[str, str]:
        return self.object, self.change


class Forcing(Struct, frozen=True):
    """A path with all edits that would close it: one of them must be made; those made first."""

    path: Path
    edits: tuple[EditText, ...]


class Refused(Struct, frozen=True):
    """An edit that would close a path, and why it is not made."""

    edit: EditText
    why: str


class Uncut(Struct, frozen=True):
    """Somebody who cannot be cut off, a path that stays, and what would close it."""

    principal: str
    path: Path
    refused: tuple[Refused, ...]


class CutProof(Struct, frozen=True, kw_only=True):
    """What was proven of the cluster after the changes.

    Parameters
    ----------
    principals:
        How many principals reach the Secret before and are not kept.
    left:
        Those who still do: who could not be cut off.
    requests:
        How many needed requests were replayed, all of which are allowed.
    unexplained:
        Needed requests beside these that are not allowed before either.
    covered:
        For how many principals and scopes was compared that nothing is held which was not
        held before.
    fewest:
        With fewer changes it cannot be done; None where the search was ended before a proof.
    writes, doubts:
        As for :class:`.suggestion.Proof`.
    """

    principals: int
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
        The Secret, as printed.
    inferred:
        Why it is answered about though the input does not hold it, else ``""``.
    principals:
        How many principals reach it now and are not kept.
    edits:
        The fewest.
    changes:
        The objects to apply.
    bound:
        With fewer edits than this it cannot be done.
    proven:
        Whether these are the fewest, and of them those that take the least away.
    forcing:
        Paths that show that there must be so many.
    apart:
        Whether no edit closes two of these paths: each needs one of its own.
    uncut:
        Who cannot be cut off, or not without denying what must stay.
    kept:
        Who is kept.
    folded:
        The control plane's own identities that reach it by shipped bindings.
    effect:
        Who reaches which Secrets before and after.
    proof:
        What was proven.
    notes:
        What must be heeded, in sentences.
    basis:
        What the answer was concluded from.
    certain:
        Whether conditional paths were left as they are.
    system:
        Whether the control plane's own identities were to be cut off too.
    needs:
        The requests that had to stay allowed, by logs and statements.
    log:
        The log that shows what is needed, with its window and what it cannot show.
    diagnostics:
        What of logs and statements could not be read.
    """

    secret: str
    inferred: str
    principals: int
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
    notes: tuple[str, ...]
    basis: Basis
    certain: bool = False
    system: bool = False
    needs: tuple[Needing, ...] = ()
    log: LogSummary | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
