"""Asks a live server whether an identity may make a request: access reviews.

Source: kubernetes ``staging/src/k8s.io/api/authorization/v1/types.go``.
"""

from collections.abc import Callable, Sequence
from itertools import count

from msgspec import MsgspecError, Struct, json
from msgspec.structs import replace

from rbacgraph.errors import InputError
from rbacgraph.model.answers.verification import Claim, Review
from rbacgraph.sources.live.connection.connect import Connection
from rbacgraph.sources.live.connection.parallel import each
from rbacgraph.sources.live.connection.server_answer import ServerAnswer
from rbacgraph.sources.live.connection.unexpected import refused_impersonation, web_page
from rbacgraph.sources.live.pages import reason_of

PATH = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
OWN_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_FORBIDDEN = 403
_BROKEN = 3
"""How often to ask again if an answer is no review."""
_GIVE_UP = 20
"""After so many claims in a row without an answer, no more are asked about."""


class _MayNotAskError(InputError):
    """The server does not let the caller ask."""


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
    kind: str
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
    """Ask about each claim; ``progress`` gets the number of answers, and of claims.

    Raises InputError if the server does not answer access reviews.
    """
    answers = count(1)
    return each(
        claims,
        lambda claim: ask(connection, claim),
        lambda _: progress(next(answers), len(claims)),
    )


def ask_each(
    connection: Connection,
    claims: Sequence[Claim],
    taken: Callable[[Claim, Review], None],
    progress: Callable[[int, int], None],
) -> list[Review | str]:
    """Ask about each claim; return why there is no answer where the server gives none.

    If the server fails to answer many claims in a row, rbacgraph does not ask about the others.

    ``taken``: is called with each answer as soon as it is there, in this thread.
    ``progress``: gets the number of claims that are done, and of all.
    Raises InputError if the server answers none, or does not let the caller ask.
    """
    failures: list[InputError] = []
    answers, done = count(1), count(1)
    in_a_row = 0

    def answer(claim: Claim) -> tuple[Claim, Review | InputError | None]:
        if in_a_row >= _GIVE_UP:
            return claim, None
        try:
            return claim, ask(connection, claim)
        except _MayNotAskError:
            raise
        except InputError as error:
            return claim, error

    def note(found: tuple[Claim, Review | InputError | None]) -> None:
        nonlocal in_a_row
        claim, review = found
        if isinstance(review, Review):
            in_a_row = 0
            next(answers)
            taken(claim, review)
        elif review is not None:
            in_a_row += 1
            failures.append(review)
        progress(next(done), len(claims))

    found = each(claims, answer, note)
    if failures and next(answers) == 1:
        raise failures[0]
    last = str(failures[-1]) if failures else ""
    return [
        review if isinstance(review, Review) else str(review or f"not asked, because {last}")
        for _, review in found
    ]


def ask(connection: Connection, claim: Claim, *, own: bool = False) -> Review:
    """Ask about one claim.

    ``own``: whether the claim is about the asking user: that takes a SelfSubjectAccessReview, which
        an API server allows every authenticated user by default.
    Raises InputError if the server does not answer such a review.
    """
    path, body = OWN_PATH if own else PATH, json.encode(_request(claim, own=own))
    for _ in range(_BROKEN):
        answer = connection.post(path, body)
        if not answer.ok:
            raise _refused(connection, answer, own=own)
        try:
            status = json.decode(answer.body, type=_Reviewed).status
        except MsgspecError:  # a proxy's page, or one that was cut off
            continue
        return Review(status.allowed, status.reason or status.evaluation_error)
    raise InputError(f"{connection.server} answers a review with something else")


def _request(claim: Claim, *, own: bool) -> _Request:
    who = _Spec() if own else _Spec(claim.user, claim.groups)
    kind = "SelfSubjectAccessReview" if own else "SubjectAccessReview"
    if claim.path is not None:
        return _Request(replace(who, non_resource_attributes=_Url(claim.path, claim.verb)), kind)
    resource = _Resource(
        claim.verb,
        claim.group,
        claim.resource,
        claim.subresource,
        claim.namespace,
        claim.name,
    )
    return _Request(replace(who, resource_attributes=resource), kind)


def _refused(connection: Connection, answer: ServerAnswer, *, own: bool) -> InputError:
    if words := refused_impersonation(answer):
        return connection.refuses_impersonation(words)
    if answer.status != _FORBIDDEN or web_page(answer):
        return InputError(f"{connection.server} does not answer a review: {reason_of(answer)}")
    whom, resource = ("you", "selfsubject") if own else ("others", "subject")
    return _MayNotAskError(
        f"you may not ask what {whom} may do at {connection.server}",
        advice="that takes a ClusterRole with the rule {apiGroups: [authorization.k8s.io],"
        f" resources: [{resource}accessreviews], verbs: [create]}}",
    )
