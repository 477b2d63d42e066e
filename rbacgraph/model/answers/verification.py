"""Answers of ``verify``: what a live server says about rights that rbacgraph claims."""

from collections.abc import Collection

from msgspec import Struct

from rbacgraph.model.request import Request


class Claim(Struct, frozen=True, kw_only=True):
    """One request of one principal, and whether rbacgraph says that it is allowed.

    ``principal``: the printed principal: ``group:ops``.
    ``user``, ``groups``: as a SubjectAccessReview names them; a group alone has no user.
    ``verb``, ``group``, ``resource``, ``subresource``, ``namespace``, ``name``: the request; ``""``
        where it has none.
    ``path``: a non-resource URL, instead of a resource.
    """

    principal: str
    user: str
    groups: tuple[str, ...]
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str | None = None
    allowed: bool
    reason: str

    @classmethod
    def of(
        cls,
        request: Request,
        *,
        principal: str,
        user: str,
        groups: Collection[str],
        allowed: bool,
        reason: str,
    ) -> "Claim":
        """Return a claim about a request."""
        return cls(
            principal=principal,
            user=user,
            groups=tuple(groups),
            verb=request.verb,
            group=request.group,
            resource=request.resource,
            subresource=request.subresource,
            namespace=request.namespace,
            name=request.name,
            path=request.path,
            allowed=allowed,
            reason=reason,
        )


class Review(Struct, frozen=True):
    """The server's answer to a request, and its reason."""

    allowed: bool
    reason: str


class Disagreement(Struct, frozen=True):
    """A claim with which the server disagrees."""

    claim: Claim
    server: Review


class Unanswered(Struct, frozen=True):
    """A claim about which the server gave no answer, and why."""

    claim: Claim
    why: str


class VerifyStart(Struct, frozen=True, kw_only=True):
    """What ``verify`` is about to ask.

    ``questions``: how many claims there are.
    ``kept``: how many of them an earlier run has the answers to.
    ``dropped``: how many answers of an earlier run are to claims that are none of these.
    ``changed``: whether the earlier run had other claims than this one.
    ``seconds``: how long the rest takes at the given rate, if the server keeps up.
    ``grouped``: whether principals with the same bindings count as one.
    """

    questions: int
    kept: int = 0
    dropped: int = 0
    changed: bool = False
    seconds: float
    grouped: bool = False


class VerifyResult(Struct, frozen=True, kw_only=True):
    """Answer of ``verify``.

    ``context``, ``server``: the cluster that was asked.
    ``allowed``, ``denied``: how many claims of each kind the server answered.
    ``principals``: how many principals the claims concern.
    ``seed``: the seed of the sample; None where all planned claims were checked.
    ``disagreements``: the claims with which the server disagrees.
    ``unanswered``: the claims about which the server gave no answer.
    ``impersonated``: as whom rbacgraph asked; ``""`` if as the user of the credentials.
    ``certificate_checked``: whether the server's certificate was checked.
    """

    context: str
    server: str
    allowed: int
    denied: int
    principals: int
    seed: int | None
    disagreements: tuple[Disagreement, ...]
    unanswered: tuple[Unanswered, ...] = ()
    impersonated: str = ""
    certificate_checked: bool = True

    @property
    def asked(self) -> int:
        """How many claims the server answered."""
        return self.allowed + self.denied
