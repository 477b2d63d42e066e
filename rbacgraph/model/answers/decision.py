"""What the RBAC evaluator answers: decisions, and who holds a right."""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias, final

from msgspec import Struct

from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.phrase import Code, Phrase, listing
from rbacgraph.model.printable import clean

VaultSubject: TypeAlias = "str | VaultReason | tuple[VaultSubject, ...]"
"""What a reason is about: names of Vault, and what a login needs."""


def _allows(
    role: str,
    namespace: str,
    needs: Sequence[Phrase],
    policies: Sequence[str],
    limits: Sequence[Phrase] = (),
) -> str:
    where = f"{role} in {namespace}" if namespace else role
    needed = "".join(f", {need}" for need in needs)
    allowed = "the request needs no policy"
    if policies:
        several = len(policies) > 1
        given = f"{'policies' if several else 'policy'} {listing(policies)}"
        within = f" within {listing([str(one) for one in limits])}" if limits else ""
        allowed = f"{given} {'allow' if several else 'allows'} it{within}"
    return f"{where} admits the ServiceAccount{needed}, and {allowed}"


def _none(said: str, *foreign: str) -> str:
    return (
        f"{said}; {', '.join(foreign)} asks for the issuer of another cluster" if foreign else said
    )


class LoginCode(Code):
    """What a login does, and what it needs; called with what it is about, it is a reason."""

    ALLOWS = (_allows,)
    NONE_ALLOWS = (partial(_none, "no login that was seen allows it"),)
    NONE_IS_ADMITTED = (partial(_none, "no role that was seen admits it"),)
    NEEDS_AUDIENCE = "with a token for the audience {}"
    NEEDS_ADDRESS = "from {}"
    NEEDS_LABELS = "by labels {}"
    NEEDS_CLAIMS = "with the claims {}"
    NEEDS_ENTITY = "as entity {}"
    NEEDS_OTHER_ENTITY = "as another entity than {}"
    NEEDS_TEMPLATES = "with an alias that the templates of {} do not refuse"
    WITHIN = "{0} ({rest:list})"
    ROLE_OF_AWS_READS = "{} lets the ServiceAccount in, and reads it"
    ROLE_OF_AWS_MAY_READ = "{} lets the ServiceAccount in, and reads it, if what is open allows it"
    NO_ROLE_OF_AWS_READS = "no role of AWS that lets the ServiceAccount in reads it"

    def __call__(self, *subject: VaultSubject) -> "VaultReason":
        """Return the reason about a subject."""
        return VaultReason(self, subject)


@final
class VaultReason(Phrase):
    """Why a ServiceAccount's token leads to an answer of Vault, or to none."""

    __slots__ = ()


def _server(verb: str, reason: str) -> str:
    words = f"the API server itself {verb} it"
    return f"{words}: {reason}" if reason else words


class Adding(Code):
    """What is added; called with the words of the other, and what else it is about.

    Examples
    --------
    >>> Adding.SERVER_ALLOWS("because")
    SERVER_ALLOWS('because')
    """

    SERVER_ALLOWS = (partial(_server, "allows"),)
    SERVER_DENIES = (partial(_server, "does not allow"),)
    LOGIN_READS = "the store lets the ServiceAccount log in, and read it"
    LOGIN_MAY_READ = "the ServiceAccount reads it at the store only if more holds"
    NO_LOGIN_READS = "no login of the ServiceAccount that was seen reads it"
    ELSE_THE_SAME = "{} (if {}; else another path gives the same)"

    def __call__(self, *subject: str | Condition) -> "AddedWords":
        """Return the words of the other with what is added."""
        return AddedWords(self, subject)


@final
class AddedWords(Phrase):
    """The words of another, and what an answer adds to them."""

    __slots__ = ()


class Decision(Struct, frozen=True):
    """Whether RBAC allows a request; true as a bool only where that is known.

    ``allowed``: the answer; False also where it is :attr:`unknown`.
    ``reason``: why, in Kubernetes' own words, or of Vault.
    ``evidence``: what allows it: the binding, and the rule of the role that it grants.
    ``missing``: what the input lacks, where that could have allowed the request.
    """

    allowed: bool
    reason: str | AddedWords | VaultReason
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[Condition, ...] = ()

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
