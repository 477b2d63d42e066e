"""Widens what is needed as the caller asks, and drops requests that nobody can mean."""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.authz.match import ALL
from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.need_evidence import How, NeedEvidence
from rbacgraph.model.inputs.required_requests import Needed, Needing
from rbacgraph.model.node import is_label
from rbacgraph.model.request import Request

READS = ("get", "list", "watch")
SECRETS = frozenset({("", "secrets"), ("", "serviceaccounts/token")})
"""Resources that are widened only on request."""


class Widening(Struct, frozen=True, kw_only=True):
    """How much more than the evidence counts as needed.

    ``reads``: an identity that gets, lists or watches may do all three.
    ``any_name``: an identity that needs some objects of a kind may have all in the namespace.
    ``max_names``: the same from this number of names on; None for never.
    ``secrets``: whether this includes Secrets and tokens of ServiceAccounts.
    """

    reads: bool = False
    any_name: bool = False
    max_names: int | None = None
    secrets: bool = False

    @property
    def exact(self) -> bool:
        """Whether nothing is widened."""
        return not self.reads and not self.any_name and self.max_names is None


def widening(verbs: str, names: str, max_names: int | None, *, secrets: bool) -> Widening:
    """Parse how much the caller wants to widen."""
    for what, word, known in (("verbs", verbs, "read"), ("names", names, "any")):
        if word not in {"exact", known}:
            raise UsageError(f"{what} cannot be {word!r}", advice=f"choose exact or {known}")
    return Widening(
        reads=verbs == "read", any_name=names == "any", max_names=max_names, secrets=secrets
    )


Allowed = Callable[[Needing, Request], bool]
"""Whether an identity is allowed a request today."""


def widened(needing: Needing, widening: Widening, allowed: Allowed) -> Needing:
    """Add what an identity keeps besides what it needs.

    It adds only rights that are granted today.
    """
    if widening.exact:
        return needing
    found = {needed.request: needed for needed in needing.needs}
    names = "--names any" if widening.any_name else f"--max-names {widening.max_names}"
    for reason, more in (("--verbs read", _reads), (names, _names)):
        for request in list(more(list(found.values()), widening)):
            if request not in found and allowed(needing, request):
                evidence = NeedEvidence.of(How.WIDENED, reason)
                found[request] = Needed(request=request, evidence=evidence)
    return replace(needing, needs=tuple(found.values()))


def _may_widen(request: Request, widening: Widening) -> bool:
    return request.path is None and (widening.secrets or not holds_secrets(request))


def holds_secrets(request: Request) -> bool:
    """Whether a request is for Secrets or tokens, or for a ``*`` that covers them."""
    return any(
        request.group in {group, ALL} and request.full_resource in {resource, ALL}
        for group, resource in SECRETS
    )


def _reads(needs: Iterable[Needed], widening: Widening) -> Iterator[Request]:
    for needed in needs if widening.reads else ():
        request = needed.request
        if request.verb in READS and _may_widen(request, widening):
            for verb in READS:
                yield _with(request, verb=verb)


def _names(needs: Iterable[Needed], widening: Widening) -> Iterator[Request]:
    several: dict[Request, list[Needed]] = {}
    for needed in needs:
        if needed.request.name and not needed.instead and _may_widen(needed.request, widening):
            several.setdefault(_with(needed.request, name=""), []).append(needed)
    most = 0 if widening.any_name else widening.max_names
    for request, own in several.items():
        if most is not None and len(own) > most and not _is_namespace(request):
            yield request


def _is_namespace(request: Request) -> bool:
    """Whether the name of a request is also its namespace."""
    return (request.group, request.resource) == ("", "namespaces")


def _with(request: Request, *, verb: str = "", name: str | None = None) -> Request:
    return Request(
        *(verb or request.verb, request.group, request.resource, request.subresource),
        request.namespace,
        request.name if name is None else name,
    )


def meant(needing: Needing) -> tuple[Needing, tuple[Needed, ...]]:
    """Separate an identity's needs from requests that only a ``*`` could allow.

    Anyone may send a request for a resource with the name ``*``. A rule that allows exactly this
    allows everything; so such a request of a log does not count as needed, but a statement does.
    Nor is a request needed in a namespace with an impossible name: no Role can be there.
    """
    odd = tuple(n for n in needing.needs if n.count and _is_odd(n.request))
    if not odd:
        return needing, ()
    kept = tuple(needed for needed in needing.needs if needed not in odd)
    return replace(needing, needs=kept), odd


def is_nowhere(request: Request) -> bool:
    """Whether a request is for a namespace that cannot exist."""
    return bool(request.namespace) and not is_label(request.namespace)


def _is_odd(request: Request) -> bool:
    if request.path is not None:
        return request.verb == ALL or request.path.endswith(ALL)
    return ALL in {request.verb, request.group, request.resource} or is_nowhere(request)
