"""A suggestion that was saved, and how it stands against a cluster of today."""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.model.answers.verification import Claim
from rbacgraph.model.changes.access_effect import Effect
from rbacgraph.model.changes.change import Change
from rbacgraph.model.changes.cut import CutProof
from rbacgraph.model.changes.suggestion import (
    Addition,
    Leftover,
    Loss,
    Proof,
    RoleChange,
)
from rbacgraph.model.inputs.rbac_write import DoubtfulWrite
from rbacgraph.model.inputs.required_requests import Needing


class SavedSuggestion(Struct, frozen=True, kw_only=True):
    """What ``suggest -o json`` wrote, as far as it can be proven again."""

    file: str
    asked: str
    changes: tuple[Change, ...]
    deletions: tuple[Leftover, ...]
    roles: tuple[RoleChange, ...]
    additions: tuple[Addition, ...]
    needs: tuple[Needing, ...]
    losses: tuple[Loss, ...]
    manner: str = ""


class SavedCut(Struct, frozen=True, kw_only=True):
    """What ``cut -o json`` wrote, as far as it can be proven again.

    Parameters
    ----------
    file:
        The file.
    namespace, name:
        The Secret.
    kept, uncut:
        Who is to reach it all the same, and who could not be cut off, as printed.
    edits:
        How many changes it makes.
    changes:
        The objects that it writes.
    needs, certain, system:
        As for :class:`.cut.CutResult`.
    """

    file: str
    namespace: str
    name: str
    kept: tuple[str, ...]
    uncut: tuple[str, ...]
    edits: int
    changes: tuple[Change, ...]
    needs: tuple[Needing, ...]
    certain: bool
    system: bool


class CutCheck(Struct, frozen=True, kw_only=True):
    """What was proven of a cut that was saved, with how many changes it makes."""

    proof: CutProof
    edits: int
    effect: Effect | None


class Standing(Struct, frozen=True, kw_only=True):
    """How one object of a suggestion stands.

    Parameters
    ----------
    action, kind, namespace, name:
        What the suggestion does with which object.
    state:
        ``open`` where the object is as it was, ``applied`` where it is as it is to be, and
        ``changed`` where it is something else.
    what:
        What is other, in words.
    """

    action: Literal["create", "update", "delete"]
    kind: str
    namespace: str
    name: str
    state: Literal["open", "applied", "changed"]
    what: str = ""


class Refusal(Struct, frozen=True):
    """An object that a server would not write, with its reason."""

    kind: str
    namespace: str
    name: str
    reason: str


class ServerWord(Struct, frozen=True, kw_only=True):
    """What a live server says of a suggestion.

    Parameters
    ----------
    context, server:
        The cluster that was asked.
    asked:
        How many needed requests it was asked about, by SubjectAccessReview.
    denied:
        Those that it does not allow today, though roles and bindings do.
    tried:
        How many objects it was asked to write by dry run.
    refused:
        Those that it would not write.
    """

    context: str
    server: str
    asked: int
    denied: tuple[Claim, ...]
    tried: int
    refused: tuple[Refusal, ...]


class RecheckResult(Struct, frozen=True, kw_only=True):
    """Answer of ``verify-suggestion``.

    Parameters
    ----------
    file, what, asked, manner:
        The file, what it holds, what that was about, and what a suggestion did where nothing
        told of needs.
    standing:
        How each object stands, in the order of the changes.
    failure:
        Why the suggestion is not proven on this cluster, ``""`` where it is.
    proof, cut:
        What was proven of a suggestion and of a cut, None where it failed.
    additions:
        What the suggestion adds, by its own word.
    server:
        What a live server says, None where none was asked.
    """

    file: str
    asked: str
    standing: tuple[Standing, ...]
    failure: str
    proof: Proof | None
    cut: CutCheck | None = None
    what: Literal["suggestion", "cut"] = "suggestion"
    additions: tuple[Addition, ...] = ()
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
        """Writes of roles and bindings that fail once it is applied, or may."""
        proof = self.proof or (self.cut.proof if self.cut else None)
        return proof.doubts if proof else ()

    def with_server(self, word: ServerWord) -> "RecheckResult":
        """Return the same with what a server says."""
        return replace(self, server=word)
