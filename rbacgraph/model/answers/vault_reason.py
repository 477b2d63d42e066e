"""Why a store outside gives an answer to a ServiceAccount, or none."""

from collections.abc import Sequence
from functools import partial
from typing import TypeAlias, final

from rbacgraph.model.phrase import Code, Phrase, listing

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
    IDENTITY_READS = "{} lets the ServiceAccount in, and reads it"
    IDENTITY_MAY_READ = "{} lets the ServiceAccount in, and reads it, if what is open allows it"
    NO_IDENTITY_READS = "no {} that lets the ServiceAccount in reads it"
    IDENTITY_ALLOWS = "{} lets the ServiceAccount in, and its rights allow it"
    IDENTITY_MAY_ALLOW = "{} lets the ServiceAccount in, and its rights may allow it"
    NO_IDENTITY_ALLOWS = "no {} that lets the ServiceAccount in allows it"

    def __call__(self, *subject: VaultSubject) -> "VaultReason":
        """Return the reason about a subject."""
        return VaultReason(self, subject)


@final
class VaultReason(Phrase):
    """Why a ServiceAccount's token leads to an answer of Vault, or to none."""

    __slots__ = ()
