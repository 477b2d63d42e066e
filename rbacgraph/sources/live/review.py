"""Asks a live server whether somebody may do something: a SubjectAccessReview.

Source: kubernetes ``staging/src/k8s.io/api/authorization/v1/types.go``.
"""

from collections.abc import Callable, Sequence
from itertools import count

from msgspec import MsgspecError, Struct, json

from rbacgraph.errors import InputError
from rbacgraph.model.verification import Claim, Review
from rbacgraph.sources.live.connect import Answer, Connection
from rbacgraph.sources.live.pages import reason_of
from rbacgraph.sources.live.parallel import each

PATH = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_FORBIDDEN = 403


class _Resource(Struct, frozen=True, omit_defaults=True):
    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class _Url(Struct, frozen=True):
    path: str
    verb: str


class _Spec(Struct, frozen=True, omit_defaults=True, rename="camel"):
    user: str = ""
    groups: tuple[str, ...] = ()
    resource_attributes: _Resource | None = None
    non_resource_attributes: _Url | None = None


class _Request(Struct, frozen=True, rename="camel"):
    spec: _Spec
    kind: str = "SubjectAccessReview"
    api_version: str = "authorization.k8s.io/v1"


class _Status(Struct, frozen=True, rename="camel"):
    allowed: bool
    reason: str = ""
    evaluation_error: str = ""


class _Reviewed(Struct, frozen=True):
    status: _Status


def ask_all(
    connection: Connection, claims: Sequence[Claim], progress: Callable[[int, int], None]
) -> list[Review]:
    """Ask about each claim; ``progress`` is told how many answers are there, and of how many.

    Raises
    ------
    InputError
        Where the server does not answer such questions.
    """
    answers = count(1)
    return each(
        claims,
        lambda claim: _ask(connection, claim),
        lambda _: progress(next(answers), len(claims)),
    )


def _ask(connection: Connection, claim: Claim) -> Review:
    answer = connection.post(PATH, json.encode(_request(claim)))
    if not answer.ok:
        raise _refused(connection, answer)
    try:
        status = json.decode(answer.body, type=_Reviewed).status
    except MsgspecError:
        raise InputError(f"{connection.server} answers a review with something else") from None
    return Review(status.allowed, status.reason or status.evaluation_error)


def _request(claim: Claim) -> _Request:
    if claim.path is not None:
        spec = _Spec(claim.user, claim.groups, non_resource_attributes=_Url(claim.path, claim.verb))
        return _Request(spec)
    resource = _Resource(
        claim.verb,
        claim.group,
        claim.resource,
        claim.subresource,
        claim.namespace,
        claim.name,
    )
    return _Request(_Spec(claim.user, claim.groups, resource))


def _refused(connection: Connection, answer: Answer) -> InputError:
    if answer.status != _FORBIDDEN:
        return InputError(f"{connection.server} does not answer a review: {reason_of(answer)}")
    return InputError(
        f"you may not ask what others may do at {connection.server}",
        advice="that takes a ClusterRole with the rule {apiGroups: [authorization.k8s.io],"
        " resources: [subjectaccessreviews], verbs: [create]}",
    )
