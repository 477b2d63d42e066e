"""What trust and policies of AWS admit beyond what is used, and what to write instead."""

from typing import final

from msgspec import Struct

from rbacgraph.model.phrase import Code, Phrase


class AwsFound(Code):
    """What is too wide; called with what it is about, it is a finding."""

    NO_SUBJECT = "its trust names no ServiceAccount: each of the cluster may take it"
    NO_AUDIENCE = "its trust names no audience: a token for any client of the provider takes it"
    NEW_NAMESPACE = "its trust admits {}: who creates such a namespace takes it"
    NEW_ACCOUNT = "its trust admits {}: who creates such a ServiceAccount takes it"
    LONGER_NAME = "{} also admits {rest:list}"
    LONGER_NAMES = "{} also admits longer names, if there will be some"
    HOLDER_IS_GONE = "{rest:list}, whom alone it trusts, is not in the cluster"
    PRINCIPAL_IS_GONE = "it names {}, an identity that is gone"

    def __call__(self, *subject: str) -> "AwsFinding":
        """Return the finding about a subject."""
        return AwsFinding(self, subject)


@final
class AwsFinding(Phrase):
    """One finding."""

    __slots__ = ()


class AwsAdvice(Struct, frozen=True, kw_only=True):
    """One finding about a role or a policy, where it stands, and what to write instead.

    ``subject``: the role, or what has the policy.
    ``instead``: an element of the statement as JSON; ``""`` where nobody needs it.
    """

    subject: str
    finding: AwsFinding
    instead: str
    file: str
    line: int

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}"
        better = f"\n  {self.instead}" if self.instead else ""
        return f"{self.subject}: {self.finding} ({place}){better}"
