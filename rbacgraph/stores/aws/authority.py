"""What decides on the requests of the identities of a dump: every policy that applies to one.

Source: IAM User Guide, "Policy evaluation logic"; Organizations User Guide, "SCP evaluation",
"RCP evaluation"; "AWS global condition context keys".
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rbacgraph.model.stores.aws_dump import (
    AwsAccount,
    AwsControl,
    AwsDocument,
    AwsDump,
    AwsIdentity,
    AwsOrganization,
)
from rbacgraph.stores.aws.arns import account_of, arn_parts, session_arn
from rbacgraph.stores.aws.context import Context
from rbacgraph.stores.aws.decision import AwsPolicies, AwsRequest, decide_request
from rbacgraph.stores.aws.grants import KeyGrant
from rbacgraph.stores.aws.policy import AwsPolicy, missing_policy, read_document, read_policy
from rbacgraph.stores.aws.principals import Principal, principal_of
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, Truth, all_of, any_of, doubt

_FULL_ACCESS = read_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
_ABSENT = ("aws:username", "aws:SourceAccount", "aws:SourceArn", "aws:SourceOrg", "aws:CalledVia")
_ANY_NAME = "-"
_LINKED = ":role/aws-service-role/"


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a role, or a user.

    ``settled``: the condition keys that its login settles, and their values.
    ``policy``: the text of its session policy; ``""`` without one.
    ``named``: whether who logs in chooses its name.
    ``raised``, ``unbounded``: whether somebody gave it a policy that allows everything, and took
        its boundary away.
    """

    arn: str
    settled: tuple[tuple[str, str], ...] = ()
    policy: str = ""
    named: bool = True
    raised: bool = False
    unbounded: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, without who asks.

    ``keys``: condition keys that it settles.
    ``absent``: beginnings of keys that it does not have otherwise; ``unknown``: keys that it has.
    ``policy``, ``grants``: of the resource.
    """

    action: str
    resource: str
    keys: Mapping[str, object] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    policy: AwsPolicy | None = None
    grants: Sequence[KeyGrant] = ()


class Authority:
    """Decides requests by the policies of a dump's accounts."""

    def __init__(self, dump: AwsDump) -> None:
        self.accounts: Mapping[str, AwsAccount] = {one.id: one for one in dump.accounts}
        self.identities: Mapping[str, AwsIdentity] = {
            one.arn: one for account in dump.accounts for one in account.identities
        }
        self._documents: dict[str, AwsPolicy] = {}
        self._own: dict[str, tuple[AwsPolicy, ...]] = {}
        self._about: dict[tuple[int, tuple[str, ...]], frozenset[str]] = {}
        self._kept: list[AwsPolicy] = []
        self._controls: dict[tuple[str, bool], Sequence[Sequence[AwsPolicy]]] = {}

    def policy(self, document: AwsDocument | str) -> AwsPolicy:
        """Return a document's policy."""
        text = document if isinstance(document, str) else document.text
        known = self._documents.get(text)
        if known is None:
            known = self._documents[text] = read_document(text)
        return known

    def own(self, arn: str) -> tuple[AwsPolicy, ...]:
        """Return the policies of a role or user, with those of its groups."""
        known = self._own.get(arn)
        if known is None:
            one = self.identities[arn]
            holders = [one, *self.groups_of(one)]
            known = self._own[arn] = (
                *(self.policy(document) for holder in holders for document in holder.inline),
                *(self._managed(name) for holder in holders for name in holder.attached),
                *(missing_policy(name) for name in one.groups if not self._has(arn, name)),
            )
        return known

    def documents(self, arn: str) -> Iterator[AwsDocument]:
        """Yield the documents of a role or user, and of its groups, that the dump holds."""
        one = self.identities[arn]
        for holder in (one, *self.groups_of(one)):
            yield from holder.inline
            managed = (self._managed_policies.get(name) for name in holder.attached)
            yield from (document for document in managed if document)

    def groups_of(self, one: AwsIdentity) -> Sequence[AwsIdentity]:
        """Return a user's groups, as far as the dump holds them."""
        named = (self._groups.get((account_of(one.arn), name)) for name in one.groups)
        return [group for group in named if group]

    def is_about(self, arn: str, action: str) -> bool:
        """Whether some Allow of an identity's own policies is about an action."""
        return bool(self.abouts(arn, (action,)))

    def abouts(self, arn: str, actions: tuple[str, ...]) -> frozenset[str]:
        """Return those of some actions that an Allow of an identity's own policies is about."""
        return frozenset().union(*(self._allowed_by(one, actions) for one in self.own(arn)))

    def _allowed_by(self, policy: AwsPolicy, actions: tuple[str, ...]) -> frozenset[str]:
        key = id(policy), actions
        known = self._about.get(key)
        if known is None:
            found = (action for action in actions if any(s.allows for s in policy.about(action)))
            known = self._about[key] = frozenset(found)
            self._kept.append(policy)  # no other one gets its id
        return known

    def _has(self, arn: str, group: str) -> bool:
        return (account_of(arn), group) in self._groups

    @cached_property
    def _groups(self) -> Mapping[tuple[str, str], AwsIdentity]:
        return {
            (account_of(arn), one.name): one
            for arn, one in self.identities.items()
            if ":group/" in arn
        }

    @cached_property
    def _managed_policies(self) -> Mapping[str, AwsDocument | None]:
        every = (one for account in self.accounts.values() for one in account.managed)
        return {one.arn: one.document for one in every}

    @cached_property
    def versions(self) -> Mapping[str, int]:
        """How many versions each managed policy has."""
        every = (one for account in self.accounts.values() for one in account.managed)
        return {one.arn: one.versions for one in every}

    def _managed(self, arn: str) -> AwsPolicy:
        document = self._managed_policies.get(arn)
        return missing_policy(arn) if document is None else self.policy(document)

    def organization_of(self, account: str) -> AwsOrganization | None:
        """Return the organisation that the dump shows an account in."""
        one = self.accounts.get(account)
        if one and one.organization:
            return one.organization
        others = [each.organization for each in self.accounts.values() if each.organization]
        return next((each for each in others if account in each.parents), None)

    def controls(self, account: str, *, of_resources: bool) -> Sequence[Sequence[AwsPolicy]]:
        """Return the SCPs or RCPs of an account, for each level from the root down.

        They do not limit the management account.
        """
        key = account, of_resources
        if key not in self._controls:
            found = self.organization_of(account)
            managed = found is None or found.management == account
            levels = () if found is None or managed else self._levels(found, account, of_resources)
            self._controls[key] = levels
        return self._controls[key]

    def _levels(
        self, organization: AwsOrganization, account: str, of_resources: bool
    ) -> Sequence[Sequence[AwsPolicy]]:
        controls = [one for one in organization.controls if one.of_resources == of_resources]
        if not controls:
            return ()
        # AWS attaches its full access itself; a dump that lacks the policy lacks the attachments.
        complete = any(
            _FULL_ACCESS.statements == self.policy(one.document).statements for one in controls
        )
        levels: list[Sequence[AwsPolicy]] = []
        place: str | None = account
        while place is not None and len(levels) <= len(organization.parents):
            level = [self._attached(one, place) for one in controls]
            found = [policy for policy in level if policy is not None]
            if of_resources:
                found.append(_FULL_ACCESS)
            elif not complete:
                found.append(missing_policy("SCPs"))
            levels.append(found)
            place = organization.parents.get(place)
        return levels[::-1]

    def _attached(self, control: AwsControl, place: str) -> AwsPolicy | None:
        if control.targets is None:
            return missing_policy(control.id)
        return self.policy(control.document) if place in control.targets else None

    def may(self, session: Session, ask: Ask) -> Truth:
        """Whether a session, or a user, may do something."""
        identity = self.identities.get(session.arn)
        if identity is None:
            return doubt(DoubtKind.MISSING, session.arn)
        account = account_of(session.arn)
        owner = account_of(ask.resource) or account
        linked = _LINKED in session.arn
        policies = AwsPolicies(
            identity=(*self.own(session.arn), *((_FULL_ACCESS,) if session.raised else ())),
            resource=ask.policy,
            boundary=self._managed(identity.boundary)
            if identity.boundary and not session.unbounded
            else None,
            session=self.policy(session.policy) if session.policy else None,
            scps=() if linked else self.controls(account, of_resources=False),
            rcps=() if linked else self.controls(owner, of_resources=True),
            grants=ask.grants,
        )
        context = self._context(session, identity, ask)
        found = []
        for name in _names(session, ask.policy):
            who = principal_of(session_arn(session.arn, name), session.arn)
            answer = decide_request(
                AwsRequest(who, ask.action, ask.resource, owner, context), policies
            )
            if name != _ANY_NAME and not session.named:
                answer = all_of([answer, doubt(DoubtKind.KEY, "sts:RoleSessionName")])
            found.append(answer)
        return any_of(found)

    def let_in(self, role: AwsIdentity, who: Principal, asks: Iterable[Ask]) -> Truth:
        """Whether a role's trust policy lets a service or a provider of identities in."""
        account = account_of(role.arn)
        rcps = self.controls(account, of_resources=True)
        policies = AwsPolicies(resource=self.trust(role), rcps=rcps)
        return all_of(
            decide_request(
                AwsRequest(
                    who,
                    ask.action,
                    role.arn,
                    account,
                    _login_context(ask),
                ),
                policies,
            )
            for ask in asks
        )

    def trust(self, role: AwsIdentity) -> AwsPolicy:
        """Return a role's trust policy."""
        return self.policy(role.trust) if role.trust else missing_policy(role.arn)

    def _context(self, session: Session, identity: AwsIdentity, ask: Ask) -> Context:
        _, _, _, region, owner, _ = arn_parts(ask.resource)
        account = account_of(session.arn)
        is_user = ":user/" in session.arn
        keys: dict[str, object] = {
            "aws:PrincipalArn": session.arn,
            "aws:PrincipalAccount": account,
            "aws:PrincipalType": "User" if is_user else "AssumedRole",
            "aws:PrincipalIsAWSService": False,
            "aws:ViaAWSService": False,
            "aws:SecureTransport": True,
            "aws:ResourceAccount": owner or account,
            **{f"aws:PrincipalTag/{key}": value for key, value in identity.tags.items()},
        }
        if region:
            keys["aws:RequestedRegion"] = region
        if is_user:
            keys["aws:username"] = identity.name
        for name, of in (("Principal", account), ("Resource", owner or account)):
            organization = self.organization_of(of)
            if organization and organization.id:
                keys[f"aws:{name}OrgID"] = organization.id
                path = _org_path(organization, of)
                if path:
                    keys[f"aws:{name}OrgPaths"] = [path]
        keys.update(session.settled)
        keys.update(ask.keys)
        absent = ("aws:PrincipalTag/", *_ABSENT, *ask.absent)
        return Context(keys, settled=absent, unknown=ask.unknown)


def _login_context(ask: Ask) -> Context:
    settled = ("aws:Principal", *ask.absent)
    return Context(ask.keys, settled=settled, unknown=ask.unknown, claims=True)


def _org_path(organization: AwsOrganization, account: str) -> str:
    """Return the path of an account's units, ``o-…/r-…/ou-…/``; ``""`` if it is not known."""
    above: list[str] = []
    place = organization.parents.get(account)
    while place and len(above) <= len(organization.parents):
        above.append(place)
        place = organization.parents.get(place)
    known = bool(above) and above[-1].startswith("r-")
    return "/".join([organization.id, *reversed(above), ""]) if known else ""


def _names(session: Session, policy: AwsPolicy | None) -> Sequence[str]:
    """Return the session names that a policy tells apart, and one that it does not name."""
    prefix = session_arn(session.arn, "")
    if prefix == session.arn or policy is None:
        return [_ANY_NAME]
    named = {
        text.removeprefix(prefix)
        for statement in policy.statements
        for text in (statement.principals or {}).get("AWS", ())
        if text.startswith(prefix)
    }
    return [_ANY_NAME, *sorted(named)]


def no_doubt(answer: Truth) -> StoreDoubts:
    """Return the doubts of an answer that is not no."""
    assert answer is not False
    return frozenset() if answer is True else answer
