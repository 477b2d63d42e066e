"""A saved suggestion, and how it compares with a cluster of today."""

from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.changes import suggestion
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutProof
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.inputs.required_requests import Needing


class SavedSuggestion(Struct, frozen=True, kw_only=True):
    """The content of ``suggest -o json`` that can be proven again."""

    file: str
    asked: str
    changes: tuple[Change, ...]
    deletions: tuple[suggestion.Leftover, ...]
    roles: tuple[suggestion.RoleChange, ...]
    additions: tuple[suggestion.Addition, ...]
    needs: tuple[Needing, ...]
    losses: tuple[suggestion.Loss, ...]
    manner: str = ""


class SavedCut(Struct, frozen=True, kw_only=True):
    """The content of ``cut -o json`` that can be proven again.

    ``secret``: the printed Secret, or secret of a store.
    ``kept``, ``uncut``: printed principals that are to keep access, and those that could not be cut
        off.
    ``edits``: the number of edits.
    ``changes``: the objects that the cut writes.
    ``needs``, ``certain``, ``system``: see :class:`.cut.CutResult`.
    """

    file: str
    secret: str
    kept: tuple[str, ...]
    uncut: tuple[str, ...]
    edits: int
    changes: tuple[Change, ...]
    needs: tuple[Needing, ...]
    certain: bool
    system: bool


class CutCheck(Struct, frozen=True, kw_only=True):
    """The proof of a saved cut, with its number of edits."""

    proof: CutProof
    edits: int
    effect: Effect | None


class Standing(Struct, frozen=True, kw_only=True):
    """How one object of a suggestion compares with the cluster of today.

    ``action``, ``kind``, ``namespace``, ``name``: what the suggestion does, and the object.
    ``state``: ``open``: the object is as it was; ``applied``: it is as suggested; ``changed``: it
        is neither.
    ``what``: the difference.
    """

    action: Literal["create", "update", "delete"]
    kind: str
    namespace: str
    name: str
    state: Literal["open", "applied", "changed"]
    what: Statement = field(default_factory=Say.NOTHING)


class Refusal(Struct, frozen=True):
    """An object that a server refuses to write, with its reason."""

    kind: str
    namespace: str
    name: str
    reason: str


class ServerWord(Struct, frozen=True, kw_only=True):
    """A live server's answers about a suggestion.

    ``context``, ``server``: the cluster that was asked.
    ``asked``: how many needed requests were sent as SubjectAccessReviews.
    ``denied``: the requests that the server denies today, though roles and bindings allow them.
    ``tried``: how many objects were sent as dry runs.
    ``refused``: the objects that the server refuses to write.
    ``impersonated``, ``certificate_checked``: see :class:`.verification.VerifyResult`.
    """

    context: str
    server: str
    asked: int
    denied: tuple[Claim, ...]
    tried: int
    refused: tuple[Refusal, ...]
    impersonated: str = ""
    certificate_checked: bool = True


class RecheckResult(Struct, frozen=True, kw_only=True):
    """Answer of ``verify-suggestion``.

    ``file``, ``what``, ``asked``, ``manner``: the file, what it holds, the principal or role it was
        made for, and what a suggestion did where it had no evidence of needs.
    ``standing``: how each object compares, in the order of the changes.
    ``failure``: why rbacgraph cannot prove the suggestion on this cluster; nothing if it can.
    ``proof``, ``cut``: the proof of a suggestion and of a cut; None where it failed.
    ``additions``: the rights that the suggestion says it adds.
    ``server``: a live server's answers; None where none was asked.
    """

    file: str
    asked: str
    standing: tuple[Standing, ...]
    failure: Statement
    proof: suggestion.Proof | None
    cut: CutCheck | None = None
    what: Literal["suggestion", "cut"] = "suggestion"
    additions: tuple[suggestion.Addition, ...] = ()
    manner: str = ""
    server: ServerWord | None = None

    @property
    def holds(self) -> bool:
        """Whether the suggestion can be applied as it is."""
        return (
            not self.failure
            and not any(one.known for one in self.doubts)
            and not any(one.state == "changed" for one in self.standing)
            and (self.server is None or not (self.server.denied or self.server.refused))
        )

    @property
    def doubts(self) -> tuple[DoubtfulWrite, ...]:
        """Writes of roles and bindings that fail, or may fail, after the suggestion is applied."""
        proof = self.proof or (self.cut.proof if self.cut else None)
        return proof.doubts if proof else ()

    def with_server(self, word: ServerWord) -> "RecheckResult":
        """Return the same answer with a live server's answers."""
        return replace(self, server=word)
