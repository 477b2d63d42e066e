"""Which roles a ServiceAccount becomes, and which secrets these read, by the dumps of accounts.

Source: IAM User Guide, "Creating a role for OpenID Connect federation"; EKS User Guide, "EKS Pod
Identity"; Secrets Manager User Guide, "Secret encryption and decryption"; Systems Manager User
Guide, "Restricting access to parameters"; KMS Developer Guide, "Key policies".
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rbacgraph.model.stores.aws_dump import (
    AwsAssociation,
    AwsCluster,
    AwsDocument,
    AwsDump,
    AwsIdentity,
    AwsKey,
    AwsSecret,
)
from rbacgraph.stores.aws.arns import above, account_of, arn_parts, service_of
from rbacgraph.stores.aws.authority import Ask, Authority, Session, no_doubt
from rbacgraph.stores.aws.grants import read_grants
from rbacgraph.stores.aws.patterns import AwsPart, Variable, glob
from rbacgraph.stores.aws.policy import AwsPolicy, AwsStatement, missing_policy
from rbacgraph.stores.aws.principals import principal_of
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, Truth, all_of, any_of, doubt

_POD_IDENTITY = "pods.eks.amazonaws.com"
_READ_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
_READ_PARAMETER = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory")
_READ_BELOW = "ssm:GetParametersByPath"
_READS = (_READ_SECRET, *_READ_PARAMETER, _READ_BELOW)


@dataclass(frozen=True, slots=True)
class AwsLogin:
    """A session that a ServiceAccount or another session becomes, and on which doubts."""

    session: Session
    doubts: StoreDoubts
    association: AwsAssociation | None = None


class Estate:
    """The accounts of a dump, and the cluster of EKS that the input is of.

    ``issuers``: the issuers of the cluster's tokens; none if they are not known.
    ``cluster``: its name; ``""`` if it is not known.
    """

    def __init__(self, dump: AwsDump, issuers: Iterable[str] = (), cluster: str = "") -> None:
        self.authority = Authority(dump)
        self._said = frozenset(map(_bare, issuers))
        self._clusters = [one for account in dump.accounts for one in account.clusters]
        self._name = cluster
        self.secrets: Mapping[str, AwsSecret] = {
            one.arn: one for account in dump.accounts for one in account.secrets
        }
        self.keys = {one.arn: one for account in dump.accounts for one in account.keys}
        self._matches: dict[tuple[AwsPart, ...], Sequence[str]] = {}

    @cached_property
    def cluster(self) -> AwsCluster | None:
        """The cluster of the input: of the name that is given, of its issuer, or the only one."""
        found = self._clusters
        if self._name:
            found = [one for one in found if one.name == self._name]
        elif self._said:
            found = [one for one in found if _bare(one.issuer) in self._said]
        return found[0] if len(found) == 1 else None

    @cached_property
    def issuers(self) -> frozenset[str]:
        """The cluster's issuers, without ``https://``; none if nothing says them."""
        own = _bare(self.cluster.issuer) if self.cluster else ""
        return self._said or frozenset([own] if own else [])

    @cached_property
    def roles(self) -> Sequence[AwsIdentity]:
        """Every role."""
        return [one for arn, one in self.authority.identities.items() if ":role/" in arn]

    def logins(self, namespace: str, name: str) -> Iterator[AwsLogin]:
        """Yield the sessions that a ServiceAccount's own tokens become."""
        subject = f"system:serviceaccount:{namespace}:{name}"
        for role, issuer in self._trusting:
            answer = self._by_token(role, issuer, subject)
            if answer is not False:
                yield AwsLogin(Session(role.arn), no_doubt(answer))
        for one in (self.cluster.associations if self.cluster else None) or ():
            if (one.namespace, one.account) == (namespace, name) and one.role:
                yield from self._by_association(one)

    @cached_property
    def _trusting(self) -> Sequence[tuple[AwsIdentity, str]]:
        """The roles that trust an issuer which is, or may be, the cluster's."""
        return [
            (role, issuer)
            for role in self.roles
            for issuer in sorted(self._trusted(role))
            if issuer in self.issuers or not self.issuers
        ]

    def _trusted(self, role: AwsIdentity) -> set[str]:
        named = [
            text.rpartition(":oidc-provider/")[2]
            for statement in self.authority.trust(role).statements
            for text in (statement.principals or {}).get("Federated", ())
            if ":oidc-provider/" in text
        ]
        return {*named, *(self.issuers if _admits_anyone(self.authority.trust(role)) else ())}

    def _by_token(self, role: AwsIdentity, issuer: str, subject: str) -> Truth:
        """Whether a role lets in a token of an issuer: its trust policy and the clients' list."""
        _, partition, _, _, account, _ = arn_parts(role.arn)
        known = {one.issuer: one for one in self.authority.accounts[account].providers}
        provider = f"arn:{partition}:iam::{account}:oidc-provider/{issuer}"
        clients = known[issuer].clients if issuer in known else ()
        found = []
        for client in clients or ("",):
            keys = {f"{issuer}:sub": subject, "aws:FederatedProvider": provider}
            if client:
                keys[f"{issuer}:aud"] = client
            ask = Ask(
                "sts:AssumeRoleWithWebIdentity",
                role.arn,
                keys,
                absent=("aws:RequestTag/", "aws:TagKeys"),
                unknown=() if client else (f"{issuer}:aud",),
            )
            found.append(self.authority.let_in(role, principal_of(provider), [ask]))
        return all_of(
            [
                any_of(found),
                issuer in known or doubt(DoubtKind.MISSING, provider),
                bool(self.issuers) or doubt(DoubtKind.KEY, "iss"),
            ]
        )

    def _by_association(self, association: AwsAssociation) -> Iterator[AwsLogin]:
        """Yield the session that the agent gives to Pods of an association."""
        cluster, role = self.cluster, self.authority.identities.get(association.role)
        assert cluster is not None
        tags = {
            "eks-cluster-arn": cluster.arn,
            "eks-cluster-name": cluster.name,
            "kubernetes-namespace": association.namespace,
            "kubernetes-service-account": association.account,
        }
        tags = tags if association.tagged else {}
        settled = tuple((f"aws:PrincipalTag/{key}", value) for key, value in tags.items())
        session = Session(association.role, settled, association.policy, named=False)
        if role is None:
            yield AwsLogin(session, doubt(DoubtKind.MISSING, association.role), association)
            return
        keys = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
        keys |= {"aws:SourceAccount": account_of(cluster.arn), "aws:SourceArn": cluster.arn}
        pod = [f"aws:RequestTag/kubernetes-pod-{part}" for part in ("name", "uid") if tags]
        actions = ("sts:AssumeRole", "sts:TagSession") if tags else ("sts:AssumeRole",)
        answer = self.authority.let_in(
            role,
            principal_of(_POD_IDENTITY),
            [
                Ask(action, role.arn, keys, ("aws:RequestTag/",), (*pod, "aws:TagKeys"))
                for action in actions
            ],
        )
        if answer is False:
            return
        if not association.target:
            yield AwsLogin(session, no_doubt(answer), association)
            return
        plain = Session(association.role, settled, named=False)
        for login in self.next_roles(plain, only=association.target):
            doubts = no_doubt(answer) | login.doubts
            target = Session(association.target, settled, association.policy, named=False)
            yield AwsLogin(target, doubts, association)

    def next_roles(self, session: Session, only: str = "") -> Iterator[AwsLogin]:
        """Yield the roles that a session may assume."""
        for role in self._assumable(account_of(session.arn)):
            if role.arn == session.arn or (only and role.arn != only):
                continue
            ask = Ask("sts:AssumeRole", role.arn, policy=self.authority.trust(role))
            answer = self.authority.may(session, ask)
            if answer is not False:
                yield AwsLogin(Session(role.arn), no_doubt(answer))

    def _assumable(self, account: str) -> Sequence[AwsIdentity]:
        """Return the roles whose trust policies name an account, one of it, or everyone."""
        return [
            role
            for role in self.roles
            if _admits_anyone(trust := self.authority.trust(role))
            or any(
                account in text
                for statement in trust.statements
                for text in (statement.principals or {}).get("AWS", ())
            )
        ]

    def sessions(self, start: Iterable[AwsLogin]) -> Mapping[Session, StoreDoubts]:
        """Return these sessions and all that they become further, each on its fewest doubts."""
        found: dict[Session, StoreDoubts] = {}
        todo = list(start)
        while todo:
            todo.sort(key=lambda login: -len(login.doubts))
            login = todo.pop()
            if login.session not in found:
                found[login.session] = login.doubts
                todo += [
                    AwsLogin(one.session, login.doubts | one.doubts)
                    for one in self.next_roles(login.session)
                ]
        return found

    def can_read(self, namespace: str, name: str, secret: AwsSecret) -> Truth:
        """Whether a ServiceAccount reads a secret, by any role that it becomes."""
        sessions = self.sessions(self.logins(namespace, name))
        return any_of(
            all_of([doubts or True, self.read(session, secret)])
            for session, doubts in sessions.items()
        )

    def read(self, session: Session, secret: AwsSecret) -> Truth:
        """Whether a session reads a secret or a parameter."""
        if service_of(secret.arn) == "ssm":
            asks = [Ask(action, secret.arn) for action in _READ_PARAMETER]
            asks += [Ask(_READ_BELOW, arn) for arn in above(secret.arn)]
            reads = any_of(self.authority.may(session, ask) for ask in asks)
        else:
            tags = {
                f"{start}:ResourceTag/{key}": value
                for key, value in secret.tags.items()
                for start in ("aws", "secretsmanager")
            }
            keys = {"secretsmanager:SecretId": secret.arn, **tags}
            keys["secretsmanager:VersionStage"] = "AWSCURRENT"
            absent = ("aws:ResourceTag/", "secretsmanager:ResourceTag/")
            policy = self.policy_of(secret.arn)
            ask = Ask(_READ_SECRET, secret.arn, keys, absent, policy=policy)
            reads = self.authority.may(session, ask)
        if reads is False or not secret.secure:
            return reads
        return all_of([reads, self._decrypts(session, secret)])

    def _decrypts(self, session: Session, secret: AwsSecret) -> Truth:
        """Whether a session may have the store decrypt a secret."""
        _, _, service, region, owner, _ = arn_parts(secret.arn)
        known = self._key(secret)
        if known is None or (isinstance(known, AwsKey) and known.managed):
            return account_of(session.arn) == owner  # the account's own key, for its principals
        name = "PARAMETER_ARN" if service == "ssm" else "SecretARN"
        keys: dict[str, object] = {
            "kms:ViaService": f"{service}.{region}.amazonaws.com",
            "kms:CallerAccount": account_of(session.arn),
            "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            f"kms:EncryptionContext:{name}": secret.arn,
            "aws:ViaAWSService": True,
        }
        version = () if service == "ssm" else ("kms:EncryptionContext:SecretVersionId",)
        if isinstance(known, str):
            policy: AwsPolicy = missing_policy(known, DoubtKind.RESOURCE_POLICY)
            ask = Ask("kms:Decrypt", known, keys, ("kms:RequestAlias",), version, policy)
            return self.authority.may(session, ask)
        if not known.enabled:
            return False
        account = self.authority.accounts[owner]
        names = [name for name, key in account.aliases.items() if known.arn.endswith(f":key/{key}")]
        keys["kms:ResourceAliases"] = [name.partition(f":{owner}:")[2] for name in names]
        policy = (
            self.authority.policy(known.policy)
            if known.policy
            else missing_policy(known.arn, DoubtKind.RESOURCE_POLICY)
        )
        grants = read_grants([json.loads(one.text) for one in known.grants or ()])
        ask = Ask("kms:Decrypt", known.arn, keys, ("kms:RequestAlias",), version, policy, grants)
        answer = self.authority.may(session, ask)
        if answer is False and known.grants is None:
            return doubt(DoubtKind.GRANTS, known.arn)
        return answer

    def _key(self, secret: AwsSecret) -> AwsKey | str | None:
        """Return a secret's key; its name if the dump lacks it, ``None`` for the account's own."""
        _, partition, service, region, account, _ = arn_parts(secret.arn)
        named = secret.key
        if not named or named.endswith(f"alias/aws/{service}"):
            return None
        start = f"arn:{partition}:kms:{region}:{account}"
        if not named.startswith("arn:"):
            named = f"{start}:{named}" if named.startswith("alias/") else f"{start}:key/{named}"
        aliases = self.authority.accounts.get(account_of(named))
        if ":alias/" in named and aliases and named in aliases.aliases:
            named = f"{named.rpartition(':')[0]}:key/{aliases.aliases[named]}"
        return self.keys.get(named, named)

    def policy_of(self, secret: str) -> AwsPolicy | None:
        """Return a secret's own policy; ``None`` if it has none."""
        account = self.authority.accounts.get(account_of(secret))
        if account is None or secret not in account.resource_policies:
            return missing_policy(secret, DoubtKind.RESOURCE_POLICY)
        document = account.resource_policies[secret]
        return None if document is None else self.authority.policy(document)

    def reads(self, session: Session) -> Iterator[tuple[AwsSecret, StoreDoubts]]:
        """Yield the secrets that a session reads, each with its doubts."""
        for arn in sorted(self._candidates(session)):
            answer = self.read(session, self.secrets[arn])
            if answer is not False:
                yield self.secrets[arn], no_doubt(answer)

    def allowing(self, session: Session, secret: AwsSecret) -> Iterator[AwsDocument]:
        """Yield the documents with an Allow about reading a secret: its own policy is the last."""
        sharing = (*self._shared.get(account_of(session.arn), ()), *self._shared.get("", ()))
        policies = self.authority.accounts[account_of(secret.arn)].resource_policies
        own = policies.get(secret.arn) if secret.arn in sharing else None
        for document in (*self.authority.documents(session.arn), *([own] if own else [])):
            if any(
                statement.allows
                and any(map(statement.about_action, _READS))
                and secret.arn in self._about(statement)
                for statement in self.authority.policy(document).statements
            ):
                yield document

    def _about(self, statement: AwsStatement) -> Collection[str]:
        """Return the secrets that a statement may be about."""
        if statement.resources is None or statement.not_resources:
            return self.secrets.keys()
        return {arn for parts in statement.resources for arn in self._matching(parts)}

    def _candidates(self, session: Session) -> Iterable[str]:
        """Return the secrets that an Allow may be about: of the session's, or of their own."""
        if session.arn not in self.authority.identities:
            return ()
        found: set[str] = set()
        for policy in self.authority.own(session.arn):
            for statement in policy.statements:
                if not statement.allows or not any(map(statement.about_action, _READS)):
                    continue
                found.update(self._about(statement))
        return found.union(self._shared.get(account_of(session.arn), ()), self._shared.get("", ()))

    @cached_property
    def _shared(self) -> Mapping[str, Sequence[str]]:
        """The secrets that their own policies may open, by account; ``""`` for any."""
        found: dict[str, list[str]] = {}
        for arn in self.secrets:
            policy = self.policy_of(arn) if service_of(arn) == "secretsmanager" else None
            for statement in policy.statements if policy else ():
                named = (statement.principals or {}).get("AWS", ("*",))
                for text in named if statement.allows else ():
                    anyone = "*" in text or statement.not_principals
                    account = "" if anyone else account_of(text) or text
                    found.setdefault(account, []).append(arn)
        return found

    def _matching(self, parts: tuple[AwsPart, ...]) -> Sequence[str]:
        """Return the secrets that a resource may match; parameters by what is above them too."""
        known = self._matches.get(parts)
        if known is None:
            filled = tuple("" if isinstance(part, Variable) else part for part in parts)
            if filled != parts:
                known = list(self.secrets)
            else:
                fits = glob(filled).fits
                known = [
                    arn
                    for arn in self.secrets
                    if fits(arn) or (service_of(arn) == "ssm" and any(map(fits, above(arn))))
                ]
            self._matches[parts] = known
        return known


def _admits_anyone(trust: AwsPolicy) -> bool:
    """Whether a statement may allow whoever asks."""
    return any(
        statement.principals is None
        or statement.not_principals
        or any("*" in text or "?" in text for text in statement.principals.get("AWS", ()))
        for statement in trust.statements
        if statement.allows
    )


def _bare(issuer: str) -> str:
    return issuer.removeprefix("https://").rstrip("/")
