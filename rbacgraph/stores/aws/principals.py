"""Who asks, and the Principal elements of policies that name them.

Source: IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal"; "Permissions
boundaries for IAM entities" (a Deny with NotPrincipal denies everyone who has a boundary).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from rbacgraph.stores.truth import DoubtKind as Kind
from rbacgraph.stores.truth import Truth, any_of, doubt

_ACCOUNT = re.compile(r"\d{12}")
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{6,}")  # what AWS shows for an identity that is gone
_ARN = re.compile(r"arn:[^:]*:(iam|sts)::(\d{12}):(.*)", re.DOTALL)
_SESSION = re.compile(r"(arn:[^:]*):sts::(\d{12}):assumed-role/([^/]+)/.*", re.DOTALL)


class By(IntEnum):
    """How a Principal element names who asks: what else may limit the grant follows from it."""

    ACCOUNT = 0  # only hands over to the account's own policies
    ROLE = 1  # a role, not its session: its boundary and session policy limit
    ANYONE = 2
    ITSELF = 3  # the session, the user, the service, the provider


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    ``arn``: of the session, user or provider, or the name of a service.
    ``source``: the role's ARN for a session, with its path; otherwise ``arn`` itself.
    ``account``: empty for a service.
    ``federated``: whether it is a provider of identities and not an identity.
    """

    arn: str
    source: str
    account: str
    federated: bool = False

    @property
    def is_session(self) -> bool:
        """Whether it is a session of a role."""
        return self.source != self.arn

    @property
    def has_policies(self) -> bool:
        """Whether policies of its own account decide too: not for services and providers."""
        return bool(self.account) and not self.federated


def principal_of(arn: str, role: str | None = None) -> Principal:
    """Return who an ARN or a service's name is.

    ``role``: the role's ARN, which a session's ARN does not tell if the role has a path.
    """
    if session := _SESSION.fullmatch(arn):
        named = f"{session[1]}:iam::{session[2]}:role/{session[3]}"
        return Principal(arn, role if role and ":role/" in role else named, session[2])
    found = _ARN.fullmatch(arn)
    federated = found is not None and found[3].startswith(("oidc-provider/", "saml-provider/"))
    return Principal(arn, arn, found[2] if found else "", federated)


def named_by(
    principals: Mapping[str, tuple[str, ...]], who: Principal, *, complete: bool
) -> dict[By, Truth]:
    """Return by which forms a Principal element names who asks.

    ``complete``: whether all that the request is about is known.
    """
    found: dict[By, Truth] = {}
    for kind, texts in principals.items():
        for text in texts:
            by, answer = _named(kind, text, who, complete)
            if answer is not False:
                found[by] = any_of([found.get(by, False), answer])
    return found


def _named(kind: str, text: str, who: Principal, complete: bool) -> tuple[By, Truth]:
    if kind == "AWS":
        return _named_aws(text, who)
    if kind == "Service":
        return By.ITSELF, not who.account and text == who.arn
    if kind == "Federated":
        return By.ITSELF, who.federated and text == who.arn
    if kind == "CanonicalUser":  # an account, by an identifier that no dump holds
        return By.ACCOUNT, False if complete else doubt(Kind.UNSETTLED, kind)
    return By.ITSELF, doubt(Kind.POLICY, kind)


def _named_aws(text: str, who: Principal) -> tuple[By, Truth]:
    if text == "*":
        return By.ANYONE, True
    account = account_named(text)
    if account is not None:
        return By.ACCOUNT, account == who.account and who.has_policies
    if text == who.source and who.is_session:
        return By.ROLE, True
    if text == who.arn or is_name(text):
        return By.ITSELF, text == who.arn and who.has_policies
    return By.ITSELF, doubt(Kind.POLICY, "Principal")


def is_name(text: str) -> bool:
    """Whether a text names one identity, there or gone, and not several by a pattern."""
    if "*" in text or "?" in text:
        return False
    return bool(_UNIQUE_ID.fullmatch(text) or _ARN.fullmatch(text))


def account_named(text: str) -> str | None:
    """Return the account that a principal stands for as a whole."""
    if _ACCOUNT.fullmatch(text):
        return text
    found = _ARN.fullmatch(text)
    return found[2] if found and found[1] == "iam" and found[3] == "root" else None


def denied_unless_named(
    principals: Mapping[str, tuple[str, ...]], who: Principal, *, bounded: bool, complete: bool
) -> Truth:
    """Whether a Deny with NotPrincipal denies who asks.

    All of account, role and session must be named; the documentation leaves open what holds if
    only some are.

    ``bounded``: whether who asks has a permissions boundary.
    """
    named = named_by(principals, who, complete=complete)
    if By.ANYONE in named:
        return False
    if bounded:
        return True
    own = [by for by in (By.ITSELF, By.ROLE) if by in named]
    if not own:
        return True
    wanted = {By.ITSELF, By.ROLE} if who.is_session else {By.ITSELF}
    if who.has_policies:
        wanted.add(By.ACCOUNT)
    if all(named.get(by) is True for by in wanted):
        return False
    return doubt(Kind.UNSETTLED, "NotPrincipal")


def allowed_unless_named(
    principals: Mapping[str, tuple[str, ...]], who: Principal, *, complete: bool
) -> Truth:
    """Whether an Allow with NotPrincipal allows who asks."""
    named = named_by(principals, who, complete=complete)
    if not named:
        return True
    if any(named.get(by) is True for by in (By.ITSELF, By.ROLE, By.ANYONE)):
        return False
    return doubt(Kind.UNSETTLED, "NotPrincipal")
