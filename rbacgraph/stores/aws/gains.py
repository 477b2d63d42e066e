"""What an identity of AWS obtains by changing something there, beside what it may do already.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of IAM, EKS, KMS
and Secrets Manager; EKS User Guide, "Create access entries", "Assign IAM roles to Pod Identity".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import NamedTuple

from rbacgraph.model.stores.aws_dump import AwsCluster, AwsIdentity, AwsSecret
from rbacgraph.stores.aws.arns import account_of, arn_parts
from rbacgraph.stores.aws.authority import Ask, Session, no_doubt
from rbacgraph.stores.aws.estate import POD_IDENTITY, Estate
from rbacgraph.stores.aws.policy import read_policy
from rbacgraph.stores.aws.principals import principal_of
from rbacgraph.stores.truth import DoubtKind, Truth, all_of, doubt

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_CLUSTER_ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_NEW = "00000000-0000-0000-0000-000000000000"


class GainKind(Enum):
    """What a change gives."""

    SESSION = "session"
    ANY_ACTION = "any-action"
    NO_BOUNDARY = "no-boundary"
    OTHER_VERSION = "other-version"
    SECRET = "secret"  # noqa: S105 - a word
    CLUSTER = "cluster"


class GainRow(NamedTuple):
    """A change: its requests, the kind of the identity that it is about, and what it gives."""

    actions: tuple[str, ...]
    on: str
    gives: GainKind


_ROWS = (
    GainRow(("iam:PutRolePolicy",), "role", GainKind.ANY_ACTION),
    GainRow(("iam:AttachRolePolicy",), "role", GainKind.ANY_ACTION),
    GainRow(("iam:PutUserPolicy",), "user", GainKind.ANY_ACTION),
    GainRow(("iam:AttachUserPolicy",), "user", GainKind.ANY_ACTION),
    GainRow(("iam:PutGroupPolicy",), "group", GainKind.ANY_ACTION),
    GainRow(("iam:AttachGroupPolicy",), "group", GainKind.ANY_ACTION),
    GainRow(("iam:CreatePolicyVersion",), "policy", GainKind.ANY_ACTION),
    GainRow(("iam:SetDefaultPolicyVersion",), "policy", GainKind.OTHER_VERSION),
    GainRow(("iam:DeleteRolePermissionsBoundary",), "role", GainKind.NO_BOUNDARY),
    GainRow(("iam:PutRolePermissionsBoundary",), "role", GainKind.NO_BOUNDARY),
    GainRow(("iam:DeleteUserPermissionsBoundary",), "user", GainKind.NO_BOUNDARY),
    GainRow(("iam:PutUserPermissionsBoundary",), "user", GainKind.NO_BOUNDARY),
)
"""Changes of an identity's own rights, by who is that identity or may become it."""
TRUST = GainRow(("iam:UpdateAssumeRolePolicy",), "role", GainKind.SESSION)
POD = GainRow(("eks:CreatePodIdentityAssociation", "iam:PassRole"), "role", GainKind.SESSION)
ENTRY = GainRow(("eks:CreateAccessEntry", "eks:AssociateAccessPolicy"), "", GainKind.CLUSTER)
ENTRY_THERE = GainRow(("eks:AssociateAccessPolicy",), "", GainKind.CLUSTER)
SECRET_POLICY = GainRow(("secretsmanager:PutResourcePolicy",), "", GainKind.SECRET)
KEY_POLICY = GainRow(("kms:PutKeyPolicy",), "", GainKind.SECRET)
KEY_GRANT = GainRow(("kms:CreateGrant",), "", GainKind.SECRET)
_OF_SECRETS = (SECRET_POLICY, KEY_POLICY, KEY_GRANT)
ACTIONS = tuple(
    dict.fromkeys(
        action for row in (*_ROWS, TRUST, POD, ENTRY, *_OF_SECRETS) for action in row.actions
    )
)
"""Every action that changes something."""


class AwsGain(NamedTuple):
    """What a session obtains by a change: another session, a secret, or a cluster."""

    rows: tuple[GainRow, ...]
    session: Session | None
    secret: AwsSecret | None
    answer: Truth

    @property
    def actions(self) -> tuple[str, ...]:
        """The requests of the change."""
        return tuple(action for row in self.rows for action in row.actions)


def gains(estate: Estate, session: Session) -> Iterator[AwsGain]:
    """Yield what a session obtains by one change.

    What may do everything, without a boundary, is asked for secrets and the cluster alone: no other
    identity of its account has more.
    """
    identity = estate.authority.identities.get(session.arn)
    if identity is None:
        return
    asked = _Asked(estate, session)
    if not asked.any:
        return
    own = list(asked.own_changes(identity, session))
    yield from own
    may_all = session.raised and (session.unbounded or not identity.boundary)
    if not may_all and not any(_makes_all(one) for one in own):
        yield from asked.other_sessions()
        yield from asked.secrets()
    elif may_all:
        yield from asked.secrets()
    yield from asked.clusters()


def _makes_all(gain: AwsGain) -> bool:
    """Whether the session that follows is one that may do everything."""
    return gain.answer is True and gain.session is not None and gain.session.raised


class _Asked:
    """One session, and what it obtains."""

    def __init__(self, estate: Estate, session: Session) -> None:
        self._estate, self._session = estate, session
        self._may = estate.authority.may
        self._changes = estate.authority.abouts(session.arn, ACTIONS)

    def _has(self, action: str) -> bool:
        """Whether some Allow of the session's own is about an action."""
        return self._session.raised or action in self._changes

    @property
    def any(self) -> bool:
        """Whether the session may change anything."""
        return self._session.raised or bool(self._changes)

    def own_changes(self, identity: AwsIdentity, target: Session) -> Iterator[AwsGain]:
        """Yield what the session makes of an identity that it is, or becomes."""
        kind = "user" if ":user/" in identity.arn else "role"
        for row in _ROWS:
            if not all(map(self._has, row.actions)):
                continue
            changed = _changed(row.gives, target, identity)
            if changed is None:
                continue
            for arn in self._about(row, identity, kind):
                answer = self._change(row.actions[0], arn, identity)
                if row.gives is GainKind.OTHER_VERSION and answer is not False:
                    answer = all_of([answer, doubt(DoubtKind.VERSION, arn)])
                if answer is not False:
                    yield AwsGain((row,), changed, None, answer)
                    break

    def _about(self, row: GainRow, identity: AwsIdentity, kind: str) -> Iterable[str]:
        """Return what a change of an identity's rights is sent to."""
        if row.on == kind:
            return (identity.arn,)
        groups = self._estate.authority.groups_of(identity)
        if row.on == "group":
            return [one.arn for one in groups]
        if row.on != "policy":
            return ()
        versions = self._estate.authority.versions
        several = row.gives is GainKind.OTHER_VERSION
        attached = (arn for one in (identity, *groups) for arn in one.attached)
        own = (arn for arn in attached if account_of(arn) == account_of(identity.arn))
        return [arn for arn in own if not several or versions.get(arn, 2) > 1]

    def _change(self, action: str, arn: str, identity: AwsIdentity) -> Truth:
        keys: dict[str, object] = {
            f"{start}:ResourceTag/{key}": value
            for key, value in identity.tags.items()
            for start in ("aws", "iam")
            if arn == identity.arn
        }
        if identity.boundary and arn == identity.arn:
            keys["iam:PermissionsBoundary"] = identity.boundary
        if ":Attach" in action:
            keys["iam:PolicyARN"] = _ADMINISTRATOR
        return self._may(self._session, Ask(action, arn, keys, ("aws:ResourceTag/", "iam:")))

    def other_sessions(self) -> Iterator[AwsGain]:
        """Yield the roles that the session becomes, with more rights than they have if it can."""
        estate, session = self._estate, self._session
        known = {login.session: login.doubts for login in estate.next_roles(session)}
        for other, doubts in known.items():
            identity = estate.authority.identities[other.arn]
            for gain in self.own_changes(identity, other):
                yield gain._replace(answer=all_of([gain.answer, doubts or True]))
        for row in (TRUST, POD):
            if not all(map(self._has, row.actions)):
                continue
            for role in estate.roles:
                if role.arn == session.arn or account_of(role.arn) != account_of(session.arn):
                    continue
                answer = self._trust(role) if row is TRUST else self._pass(role)
                if answer is False or known.get(Session(role.arn)) == frozenset():
                    continue
                yield AwsGain((row,), Session(role.arn), None, answer)
                if row is TRUST:
                    for gain in self.own_changes(role, Session(role.arn)):
                        both = all_of([answer, gain.answer])
                        yield gain._replace(rows=(row, *gain.rows), answer=both)

    def _trust(self, role: AwsIdentity) -> Truth:
        written = read_policy(_allowing(self._session.arn, "sts:AssumeRole"))
        return all_of(
            [
                self._change(TRUST.actions[0], role.arn, role),
                self._may(self._session, Ask("sts:AssumeRole", role.arn, policy=written)),
            ]
        )

    def _pass(self, role: AwsIdentity) -> Truth:
        """Whether the session gives a role to Pods of the cluster, and the role lets these in."""
        keys = {"iam:PassedToService": POD_IDENTITY}
        passed = self._may(self._session, Ask("iam:PassRole", role.arn, keys))
        if passed is False:
            return False
        found: list[Truth] = []
        for cluster, sure in self._clusters():
            sent = {"eks-cluster-arn": cluster.arn, "eks-cluster-name": cluster.name}
            tags = {f"aws:RequestTag/{key}": value for key, value in sent.items()}
            tags |= {"aws:SourceAccount": account_of(cluster.arn), "aws:SourceArn": cluster.arn}
            chosen = [
                f"aws:RequestTag/kubernetes-{one}"
                for one in ("namespace", "service-account", "pod-name", "pod-uid")
            ]
            asks = [
                Ask(action, role.arn, tags, ("aws:RequestTag/",), (*chosen, "aws:TagKeys"))
                for action in ("sts:AssumeRole", "sts:TagSession")
            ]
            found.append(
                all_of(
                    [
                        self._estate.authority.let_in(role, principal_of(POD_IDENTITY), asks),
                        self._may(self._session, Ask(POD.actions[0], cluster.arn)),
                        sure,
                    ]
                )
            )
        best = min(found, key=_order, default=False)
        return all_of([best, passed, doubt(DoubtKind.POD, "")])

    def _clusters(self) -> Iterator[tuple[AwsCluster, Truth]]:
        """Yield the cluster of the input, or each that may be it."""
        if self._estate.cluster is not None:
            yield self._estate.cluster, True
            return
        for one in self._estate.clusters:
            yield one, doubt(DoubtKind.CLUSTER, one.name)

    def clusters(self) -> Iterator[AwsGain]:
        """Yield the cluster, if the session makes itself its administrator."""
        if not self._has(ENTRY_THERE.actions[0]):
            return
        for cluster, sure in self._clusters():
            if cluster.mode == "CONFIG_MAP":
                continue
            _, partition, _, region, account, _ = arn_parts(cluster.arn)
            kind, _, name = arn_parts(self._session.arn)[5].partition("/")
            who = f"{kind}/{account_of(self._session.arn)}/{name.rpartition('/')[2]}"
            entry = (
                f"arn:{partition}:eks:{region}:{account}:access-entry/{cluster.name}/{who}/{_NEW}"
            )
            there = any(one.principal == self._session.arn for one in cluster.entries or ())
            row = ENTRY_THERE if there else ENTRY
            keys = {
                "eks:policyArn": _CLUSTER_ADMIN,
                "eks:accessScope": "cluster",
                "eks:principalArn": self._session.arn,
                "eks:clusterName": cluster.name,
            }
            asks = [Ask(row.actions[-1], entry, keys)]
            if not there:
                made: dict[str, object] = {
                    "eks:principalArn": self._session.arn,
                    "eks:accessEntryType": "STANDARD",
                }
                absent = ("eks:kubernetesGroups", "aws:RequestTag/", "aws:TagKeys")
                asks.append(Ask(row.actions[0], cluster.arn, made, absent))
            answer = all_of([sure, *(self._may(self._session, ask) for ask in asks)])
            if answer is not False:
                yield AwsGain((row,), None, None, answer)

    def secrets(self) -> Iterator[AwsGain]:
        """Yield the secrets that the session reads once it has changed a policy or a key."""
        rows = tuple(row for row in _OF_SECRETS if self._has(row.actions[0]))
        if not rows:
            return
        for secret in self._estate.secrets.values():
            if account_of(secret.arn) != account_of(self._session.arn):
                continue
            if self._estate.read(self._session, secret) is True:
                continue
            yield from self._secret(secret, rows)

    def _secret(self, secret: AwsSecret, rows: tuple[GainRow, ...]) -> Iterator[AwsGain]:
        session, estate = self._session, self._estate
        allowing = read_policy(_allowing(session.arn, "*"))
        gets, opens = estate.gets(session, secret), estate.decrypts(session, secret)
        used: list[GainRow] = []
        if gets is not True and SECRET_POLICY in rows and ":secretsmanager:" in secret.arn:
            ask = replace(estate.ask(secret), action=SECRET_POLICY.actions[0])
            written = all_of([self._may(session, ask), estate.gets(session, secret, allowing)])
            if _order(written) < _order(gets):
                gets = written
                used.append(SECRET_POLICY)
        found = estate.key_of(secret)
        if opens is not True and found is not None:
            for row in (KEY_POLICY, KEY_GRANT):
                if row not in rows:
                    continue
                asked = estate.ask_of_key(session, found, row.actions[0])
                written = all_of([self._may(session, asked), self._opened(secret, row)])
                if _order(written) < _order(opens):
                    opens = written
                    used.append(row)
        answer = all_of([gets, opens])
        if used and answer is not False:
            yield AwsGain(tuple(used), None, secret, answer)

    def _opened(self, secret: AwsSecret, row: GainRow) -> Truth:
        """Whether the session decrypts a secret once the key's policy, or a grant, says so."""
        if row is KEY_POLICY:
            allowing = read_policy(_allowing(self._session.arn, "kms:*"))
            return self._estate.decrypts(self._session, secret, policy=allowing)
        grant = {"GranteePrincipal": self._session.arn, "Operations": ["Decrypt"]}
        return self._estate.decrypts(self._session, secret, grant=grant)


def _changed(gives: GainKind, target: Session, identity: AwsIdentity) -> Session | None:
    """Return the session that follows from a change of rights; None if it changes nothing."""
    if gives is GainKind.NO_BOUNDARY:
        bounded = identity.boundary and not target.unbounded
        return replace(target, unbounded=True) if bounded else None
    return None if target.raised else replace(target, raised=True)


def _allowing(arn: str, action: str) -> Mapping[str, object]:
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": action, "Resource": "*"}
    if action.startswith("sts:"):
        del statement["Resource"]
    return {"Version": "2012-10-17", "Statement": [statement]}


def _order(answer: Truth) -> tuple[bool, int]:
    """Order answers: yes, then those of few doubts, then no."""
    return answer is False, 0 if isinstance(answer, bool) else len(no_doubt(answer))
