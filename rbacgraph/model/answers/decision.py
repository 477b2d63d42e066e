"""What the RBAC evaluator answers: decisions, and who holds a right."""

from msgspec import Struct

from rbacgraph.model.answers.added_words import AddedWords
from rbacgraph.model.answers.assumption import Assumption
from rbacgraph.model.answers.vault_reason import VaultReason
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.printable import clean


class Decision(Struct, frozen=True):
    """Whether RBAC allows a request; true as a bool only where that is known.

    ``allowed``: the answer; False also where it is :attr:`unknown`.
    ``reason``: why, in Kubernetes' own words, or of Vault.
    ``evidence``: what allows it: the binding, and the rule of the role that it grants.
    ``missing``: what the input lacks, where that could have allowed the request.
    ``assumed``: what the answer takes for granted of a store.
    """

    allowed: bool
    reason: str | AddedWords | VaultReason
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[Condition, ...] = ()
    assumed: tuple[Assumption, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether nothing seen allows the request, but something unseen may."""
        return not self.allowed and bool(self.missing)

    @property
    def word(self) -> str:
        """The answer in a word: ``yes``, ``no`` or ``unknown``."""
        return "yes" if self.allowed else "unknown" if self.unknown else "no"

    def __bool__(self) -> bool:
        return self.allowed

    def __str__(self) -> str:
        lines = [f"{self.word}: {self.reason}"]
        lines += [f"  {evidence}" for evidence in self.evidence]
        lines += [f"  Missing: {one}" for one in self.missing]
        lines += [f"  Assumed: {one}" for one in self.assumed]
        return "\n".join(map(clean, lines))


class Grantee(Struct, frozen=True, kw_only=True):
    """One subject that one binding gives the right asked about.

    ``principal``: the subject, printed as a node: ``user:alice``, ``group:ops``,
        ``serviceaccount:shop/ci``.
    ``scope``: namespace in which the right holds; ``""`` for all of them.
    ``only_names``: names to which the right is limited, where the question had none; ``()`` means
        any name.
    ``evidence``: the binding, then the rules of its role; for ``system:masters`` the group itself.
    """

    principal: str
    scope: str
    only_names: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class GranteesResult(Struct, frozen=True):
    """Answer of ``who-can``: the holders, and what was not there to be looked at."""

    grantees: tuple[Grantee, ...]
    missing: tuple[Condition, ...] = ()
