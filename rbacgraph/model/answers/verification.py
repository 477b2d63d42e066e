"""What ``verify`` answers: what a live server said of rights that were claimed."""

from collections.abc import Collection

from msgspec import Struct

from rbacgraph.model.request import Request


class Claim(Struct, frozen=True, kw_only=True):
    """One request of one principal, and whether it is claimed to be allowed.

    Parameters
    ----------
    principal:
        Printed as a node: ``group:ops``.
    user, groups:
        As a SubjectAccessReview names them; a group as such has no user.
    verb, group, resource, subresource, namespace, name:
        The request; ``""`` where it has none.
    path:
        A non-resource URL, in the place of a resource.
    allowed, reason:
        The claim, and what it rests on.
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
    """What the server says of a request, and why."""

    allowed: bool
    reason: str


class Disagreement(Struct, frozen=True):
    """A claim that the server says the contrary of."""

    claim: Claim
    server: Review


class VerifyResult(Struct, frozen=True, kw_only=True):
    """Answer of ``verify``.

    Parameters
    ----------
    context, server:
        Who was asked.
    allowed, denied:
        How many claims there were of each sort.
    principals:
        Of how many principals.
    seed:
        What the sample was drawn by; None where everything was asked.
    disagreements:
        What the server sees otherwise.
    """

    context: str
    server: str
    allowed: int
    denied: int
    principals: int
    seed: int | None
    disagreements: tuple[Disagreement, ...]

    @property
    def asked(self) -> int:
        """How many claims the server was asked about."""
        return self.allowed + self.denied
