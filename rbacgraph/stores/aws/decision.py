"""Whether AWS lets a principal do something: all kinds of policies together.

Source: IAM User Guide, "Policy evaluation logic", "Cross-account policy evaluation logic";
Organizations User Guide, "Service control policies", "Resource control policies"; KMS Developer
Guide, "Key policies". The recorded answers in ``fixtures/stores/aws``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rbacgraph.stores.aws.context import Context
from rbacgraph.stores.aws.grants import KeyGrant, by_grant, read_grants
from rbacgraph.stores.aws.policy import AwsPolicy, AwsStatement, read_policy
from rbacgraph.stores.aws.principals import (
    By,
    Principal,
    allowed_unless_named,
    denied_unless_named,
    named_by,
    principal_of,
)
from rbacgraph.stores.truth import DoubtKind, Truth, all_of, any_of, doubt, negated

# Organizations User Guide, "Services that support RCPs".
_UNDER_RCPS = frozenset(
    {"aoss", "cognito-identity", "cognito-idp", "dynamodb", "ecr", "kms", "logs", "s3"}
    | {"secretsmanager", "sqs", "sts"}
)


@dataclass(frozen=True, slots=True)
class AwsRequest:
    """Who does what to which resource."""

    who: Principal
    action: str
    resource: str
    owner: str  # the resource's account
    context: Context

    @property
    def service(self) -> str:
        """The service's prefix, such as ``kms``."""
        return self.action.partition(":")[0].lower()


@dataclass(frozen=True, slots=True)
class AwsPolicies:
    """What decides on a request.

    ``scps``, ``rcps``: for each level from the root down, the policies attached there.
    ``resource``, ``boundary``, ``session``: ``None`` if there is none.
    """

    identity: Sequence[AwsPolicy] = ()
    resource: AwsPolicy | None = None
    boundary: AwsPolicy | None = None
    session: AwsPolicy | None = None
    scps: Sequence[Sequence[AwsPolicy]] = ()
    rcps: Sequence[Sequence[AwsPolicy]] = ()
    grants: Sequence[KeyGrant] = ()


def decide_request(request: AwsRequest, policies: AwsPolicies) -> Truth:
    """Decide a request."""
    limits = [_within(request, policies.rcps)] if request.service in _UNDER_RCPS else []
    if request.who.has_policies:
        limits.append(_within(request, policies.scps))
    if any(limit is False for limit in limits):
        return False
    denied = _denied(request, policies)
    if denied is True:
        return False
    return all_of([negated(denied), *limits, _allowed(request, policies)])


def _within(request: AwsRequest, levels: Sequence[Sequence[AwsPolicy]]) -> Truth:
    """Whether each level allows the request; what a level denies counts with the other denials."""
    return all_of(
        any_of(_applies(request, policy, allow=True) for policy in level) for level in levels
    )


def _applies(request: AwsRequest, policy: AwsPolicy, *, allow: bool) -> Truth:
    """Whether a statement of this effect covers the request, whoever asks."""
    return any_of(
        statement.covers(request.action, request.resource, request.context)
        for statement in policy.about(request.action)
        if (statement.allows if allow else statement.denies)
    )


def _denied(request: AwsRequest, policies: AwsPolicies) -> Truth:
    return any_of(_denials(request, policies))


def _denials(request: AwsRequest, policies: AwsPolicies) -> Iterator[Truth]:
    own: Iterable[AwsPolicy | None] = ()
    if request.who.has_policies:
        scps = [policy for level in policies.scps for policy in level]
        own = [*policies.identity, policies.boundary, policies.session, *scps]
    for policy in own:
        if policy is not None:
            yield _applies(request, policy, allow=False)
    rcps = [policy for level in policies.rcps for policy in level]
    for policy in rcps if request.service in _UNDER_RCPS else ():
        yield _applies(request, policy, allow=False)
    for statement in policies.resource.about(request.action) if policies.resource else ():
        if statement.denies:
            yield _denied_by(request, statement, bounded=policies.boundary is not None)


def _denied_by(request: AwsRequest, statement: AwsStatement, *, bounded: bool) -> Truth:
    covered = statement.covers(request.action, request.resource, request.context)
    if covered is False:
        return False
    complete = request.context.complete
    if statement.principals is None:
        meant: Truth = statement.unknown or doubt(DoubtKind.POLICY, "Principal")
    elif statement.not_principals:
        meant = denied_unless_named(
            statement.principals, request.who, bounded=bounded, complete=complete
        )
    else:
        meant = any_of(named_by(statement.principals, request.who, complete=complete).values())
    return all_of([covered, meant])


def _granted(request: AwsRequest, policies: AwsPolicies) -> dict[By, Truth]:
    """Return by which names the resource's own policy, or a grant of a key, allows the request."""
    found: dict[By, Truth] = {}
    complete = request.context.complete
    for statement in policies.resource.about(request.action) if policies.resource else ():
        if not statement.allows:
            continue
        covered = statement.covers(request.action, request.resource, request.context)
        if covered is False:
            continue
        names: dict[By, Truth]
        if statement.principals is None:
            names = {By.ANYONE: statement.unknown or doubt(DoubtKind.POLICY, "Principal")}
        elif statement.not_principals:
            others = allowed_unless_named(statement.principals, request.who, complete=complete)
            names = {By.ANYONE: others}
        else:
            names = named_by(statement.principals, request.who, complete=complete)
        for by, answer in names.items():
            found[by] = any_of([found.get(by, False), all_of([covered, answer])])
    for grant in policies.grants:
        named = by_grant(grant, request.who)
        if named is not None:
            covered = grant.covers(request.who, request.action, request.resource, request.context)
            found[named] = any_of([found.get(named, False), covered])
    return found


def _allowed(request: AwsRequest, policies: AwsPolicies) -> Truth:
    granted = _granted(request, policies)
    if not request.who.has_policies:
        return any_of(granted.get(by, False) for by in (By.ITSELF, By.ANYONE))
    limits = all_of(
        _applies(request, policy, allow=True)
        for policy in (policies.boundary, policies.session)
        if policy is not None
    )
    identity = any_of(_applies(request, policy, allow=True) for policy in policies.identity)
    own = all_of([identity, limits])
    if request.who.account != request.owner:
        return _from_elsewhere(policies, own, granted)
    star = limits if limits is not False else doubt(DoubtKind.UNSETTLED, "Principal *")
    answers = [
        granted.get(By.ITSELF, False),
        all_of([granted.get(By.ROLE, False), limits]),
        all_of([granted.get(By.ANYONE, False), star]),
    ]
    if _resource_decides(request):  # the account's policies count if the resource's says so
        own = all_of([own, granted.get(By.ACCOUNT, False)])
    return any_of([*answers, own])


def _from_elsewhere(policies: AwsPolicies, own: Truth, granted: Mapping[By, Truth]) -> Truth:
    """Decide for a principal of another account: both accounts must allow."""
    by_policy = any_of(granted.values())
    if own is False and policies.grants and by_policy is not False:
        return doubt(DoubtKind.UNSETTLED, "Grant")
    return all_of([own, by_policy])


def _resource_decides(request: AwsRequest) -> bool:
    """Whether the resource always has a policy, which alone lets the account's own policies in."""
    return request.service in ("kms", "sts")


def decide(case: Mapping[str, object]) -> bool | None:
    """Decide one request whose context is complete.

    Parameters
    ----------
    case: ``request`` with ``principal``, ``action``, ``resource``, ``resource_account`` and
        ``context``; ``identity_policies``, and where there are any ``resource_policy``,
        ``boundary``, ``session_policy``, ``scps`` and ``rcps`` (a list of policies for each level
        from the root down) and ``grants`` (of a KMS key). A role's trust policy is its
        ``resource_policy``.

    Returns
    -------
    bool or None
        ``None`` if a policy holds what the policy language does not, or the documentation does
        not settle the case.

    Examples
    --------
    >>> statement = {"Effect": "Allow", "Action": "secretsmanager:Get*", "Resource": "*"}
    >>> secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"
    >>> request = {
    ...     "principal": "arn:aws:sts::111122223333:assumed-role/app/pod",
    ...     "action": "secretsmanager:GetSecretValue",
    ...     "resource": secret,
    ... }
    >>> decide({"request": request, "identity_policies": [{"Statement": statement}]})
    True
    """
    asked = _mapping(case["request"])
    context = Context(_mapping(asked.get("context") or {}), complete=True)
    principal = str(asked["principal"])
    resource = str(asked["resource"])
    owner = asked.get("resource_account") or (resource.split(":") + [""] * 5)[4]
    request = AwsRequest(
        who=principal_of(principal, context.text("aws:PrincipalArn")),
        action=str(asked["action"]),
        resource=resource,
        owner=str(owner),
        context=context,
    )
    policies = AwsPolicies(
        identity=_read(case.get("identity_policies")),
        resource=_optional(case.get("resource_policy") or case.get("trust")),
        boundary=_optional(case.get("boundary")),
        session=_optional(case.get("session_policy")),
        scps=[_read(level) for level in _list(case.get("scps"))],
        rcps=[_read(level) for level in _list(case.get("rcps"))],
        grants=read_grants(case.get("grants")),
    )
    answer = decide_request(request, policies)
    return answer if isinstance(answer, bool) else None


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError("a request and its context are mappings")
    return value


def _list(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, list) else [value]


def _read(value: object) -> tuple[AwsPolicy, ...]:
    return tuple(read_policy(document) for document in _list(value))


def _optional(value: object) -> AwsPolicy | None:
    return None if value is None else read_policy(value)
