"""Which roles a ServiceAccount becomes, and which secrets these read, by the dumps of accounts.

Source: IAM User Guide, "Creating a role for OpenID Connect federation"; EKS User Guide, "EKS Pod
Identity"; Secrets Manager User Guide, "Secret encryption and decryption"; Systems Manager User
Guide, "Restricting access to parameters"; KMS Developer Guide, "Key policies".
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, TypeAlias

from rbacgraph.model.stores.aws_dump import (
    AwsAssociation,
    AwsCluster,
    AwsDocument,
    AwsDump,
    AwsIdentity,
    AwsKey,
    AwsSecret,
)
from rbacgraph.stores.aws.arns import above, account_of, arn_parts, service_of, session_arn
from rbacgraph.stores.aws.authority import Ask, Authority, Session, no_doubt
from rbacgraph.stores.aws.grants import read_grants
from rbacgraph.stores.aws.patterns import AwsPart, Variable, Wild, glob
from rbacgraph.stores.aws.policy import AwsPolicy, AwsStatement, missing_policy
from rbacgraph.stores.aws.principals import account_named, is_name, principal_of
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, Truth, all_of, any_of, doubt

POD_IDENTITY = "pods.eks.amazonaws.com"
_ASSUME = "sts:AssumeRole"
_READ_SECRET = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
_READ_PARAMETER = ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory")
_READ_BELOW = "ssm:GetParametersByPath"
_NO_KMS_KEYS = ("kms:RequestAlias", "kms:ViaService", "kms:EncryptionContext")
READS = (_READ_SECRET, *_READ_PARAMETER, _READ_BELOW)

_WITHOUT_POLICIES = frozenset({"iam", "eks", "ec2", "ssm", "organizations", "rds", "autoscaling"})
"""Services whose resources have no policies. Source: IAM User Guide, "AWS services that work with
IAM", column "Resource-based policies".
"""


@dataclass(frozen=True, slots=True)
class AwsLogin:
    """A session that a ServiceAccount or another session becomes, and on which doubts."""

    session: Session
    doubts: StoreDoubts
    association: AwsAssociation | None = None


class _Trusted(NamedTuple):
    role: AwsIdentity
    issuer: str

    def __hash__(self) -> int:
        return hash((self.role.arn, self.issuer))


_Trusting: TypeAlias = Mapping[str, Sequence[_Trusted]]
_COLONS = 3
"""How many a subject has, ``system:serviceaccount:NAMESPACE:NAME``."""


class Estate:
    """The accounts of a dump, and the cluster of EKS that the input is of.

    ``issuers``: the issuers of the cluster's tokens; none if they are not known.
    ``cluster``: its name; ``""`` if it is not known.
    """

    def __init__(self, dump: AwsDump, issuers: Iterable[str] = (), cluster: str = "") -> None:
        self.authority = Authority(dump)
        self._said = frozenset(map(_bare, issuers))
        self._dumped = [one for account in dump.accounts for one in account.clusters]
        self._name = cluster
        self.secrets: Mapping[str, AwsSecret] = {
            one.arn: one for account in dump.accounts for one in account.secrets
        }
        self.keys = {one.arn: one for account in dump.accounts for one in account.keys}
        self._matches: dict[tuple[AwsPart, ...], Sequence[str]] = {}

    @cached_property
    def clusters(self) -> Sequence[AwsCluster]:
        """The clusters that may be the input's: of its name, of its issuer, otherwise all."""
        if self._name:
            return [one for one in self._dumped if one.name == self._name]
        said = {*self._said, ""} if self._said else ()
        return [one for one in self._dumped if not said or _bare(one.issuer) in said]

    @property
    def cluster(self) -> AwsCluster | None:
        """The cluster of the input, if no other one may be it."""
        return self.clusters[0] if len(self.clusters) == 1 else None

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
        by_subject, by_namespace, others = self._trusting
        starting = by_namespace.get(subject.rpartition(":")[0], ())
        for role, issuer in dict.fromkeys((*by_subject.get(subject, ()), *starting, *others)):
            answer = self._by_token(role, issuer, subject)
            if answer is not False:
                yield AwsLogin(Session(role.arn), no_doubt(answer))
        for one in (self.cluster.associations if self.cluster else None) or ():
            if (one.namespace, one.account) == (namespace, name) and one.role:
                yield from self._by_association(one)

    @cached_property
    def _trusting(self) -> tuple[_Trusting, _Trusting, Sequence[_Trusted]]:
        """The roles that trust an issuer which is, or may be, the cluster's.

        By the only subjects that they may let in, by the beginning of these up to the namespace,
        and the others.
        """
        exact: dict[str, list[_Trusted]] = {}
        starting: dict[str, list[_Trusted]] = {}
        others: list[_Trusted] = []
        for role in self.roles:
            for issuer in sorted(self._trusted(role)):
                if self.issuers and issuer not in self.issuers:
                    continue
                one = _Trusted(role, issuer)
                for text, whole in self._subjects(role, issuer):
                    if whole:
                        exact.setdefault(text, []).append(one)
                    elif text.count(":") >= _COLONS:
                        starting.setdefault(":".join(text.split(":")[:_COLONS]), []).append(one)
                    else:
                        others.append(one)
        return exact, starting, others

    def _subjects(self, role: AwsIdentity, issuer: str) -> Iterator[tuple[str, bool]]:
        """Yield how the subjects begin that a role may let in, and whether that is all of one."""
        for statement in self.authority.trust(role).statements:
            if not statement.allows:
                continue
            asked = (one.begins(f"{issuer}:sub") for one in statement.conditions)
            yield from next((found for found in asked if found is not None), [("", False)])

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
            principal_of(POD_IDENTITY),
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
        for role in self._assumable(session):
            if role.arn == session.arn or (only and role.arn != only):
                continue
            ask = Ask(_ASSUME, role.arn, policy=self.authority.trust(role))
            answer = self.authority.may(session, ask)
            if answer is not False:
                yield AwsLogin(Session(role.arn), no_doubt(answer))

    def assumers(self, role: str) -> Iterator[str]:
        """Yield the identities of the dump that may assume a role."""
        for arn in self.authority.identities if role in self.authority.identities else ():
            if ":group/" not in arn and any(
                one.session.arn == role for one in self.next_roles(Session(arn), only=role)
            ):
                yield arn

    def _assumable(self, session: Session) -> Iterable[AwsIdentity]:
        """Return the roles whose trust policies name a session, its account, or everyone.

        That of the account counts for those whose own policies are about that.
        """
        names = [session.arn, session_arn(session.arn, "")]
        if session.raised or self.authority.is_about(session.arn, _ASSUME):
            names += _roots(session.arn)
        by_name = self._naming
        return {one.arn: one for name in (*names, "") for one in by_name.get(name, ())}.values()

    @cached_property
    def _naming(self) -> Mapping[str, Sequence[AwsIdentity]]:
        """The roles by the names in their trust policies; ``""`` for those that admit anyone."""
        found: dict[str, list[AwsIdentity]] = {}
        for role in self.roles:
            trust = self.authority.trust(role)
            names = {
                text
                for statement in trust.statements
                for text in (statement.principals or {}).get("AWS", ())
            }
            anyone = _admits_anyone(trust) or not all(map(_names_somebody, names))
            for name in names if not anyone else ("",):
                of_session = ":assumed-role/" in name
                named = f"{name.rpartition('/')[0]}/" if of_session else name
                found.setdefault(named, []).append(role)
        return found

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

    def may(self, session: Session, action: str, resource: str) -> Truth:
        """Whether a session may do something with a resource, by the policies of the dump."""
        service, secret = action.partition(":")[0].lower(), self.secrets.get(resource)
        if secret and action.lower() in map(str.lower, READS):
            return self.read(session, secret)
        if secret and service == "secretsmanager":
            ask = replace(self.ask(secret), action=action)
        elif service == "kms":
            known = self.keys.get(resource, resource)
            ask = self.ask_of_key(session, known, action)
            texts = (known.grants or ()) if isinstance(known, AwsKey) else ()
            ask = replace(ask, grants=read_grants([json.loads(one.text) for one in texts]))
        elif service == "sts" and (role := self.authority.identities.get(resource)):
            ask = Ask(action, resource, policy=self.authority.trust(role))
        elif service in _WITHOUT_POLICIES:
            ask = Ask(action, resource)
        else:
            ask = Ask(action, resource, policy=missing_policy(resource, DoubtKind.RESOURCE_POLICY))
        return self.authority.may(session, ask)

    def read(self, session: Session, secret: AwsSecret) -> Truth:
        """Whether a session reads a secret or a parameter."""
        reads = self.gets(session, secret)
        return False if reads is False else all_of([reads, self.decrypts(session, secret)])

    def gets(self, session: Session, secret: AwsSecret, policy: AwsPolicy | None = None) -> Truth:
        """Whether the store answers a session, apart from decryption.

        ``policy``: in place of the secret's own.
        """
        if service_of(secret.arn) == "ssm":
            asks = [Ask(action, secret.arn) for action in _READ_PARAMETER]
            asks += [Ask(_READ_BELOW, arn) for arn in above(secret.arn)]
            return any_of(self.authority.may(session, ask) for ask in asks)
        return self.authority.may(session, self.ask(secret, policy))

    def ask(self, secret: AwsSecret, policy: AwsPolicy | None = None) -> Ask:
        """Return the request for a secret's value."""
        tags = {
            f"{start}:ResourceTag/{key}": value
            for key, value in secret.tags.items()
            for start in ("aws", "secretsmanager")
        }
        keys = {"secretsmanager:SecretId": secret.arn, **tags}
        keys["secretsmanager:VersionStage"] = "AWSCURRENT"
        absent = ("aws:ResourceTag/", "secretsmanager:ResourceTag/")
        policy = policy or self.policy_of(secret.arn)
        return Ask(_READ_SECRET, secret.arn, keys, absent, policy=policy)

    def decrypts(
        self,
        session: Session,
        secret: AwsSecret,
        *,
        policy: AwsPolicy | None = None,
        grant: Mapping[str, object] | None = None,
    ) -> Truth:
        """Whether a session may have the store decrypt a secret.

        ``policy``: in place of the key's own; ``grant``: one more.
        """
        if not secret.secure:
            return True
        _, _, service, region, owner, _ = arn_parts(secret.arn)
        known = self._key(secret)
        if known is None or (isinstance(known, AwsKey) and known.managed):
            return account_of(session.arn) == owner  # the account's own key, for its principals
        name = "PARAMETER_ARN" if service == "ssm" else "SecretARN"
        keys: dict[str, object] = {
            "kms:ViaService": f"{service}.{region}.amazonaws.com",
            "kms:EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            f"kms:EncryptionContext:{name}": secret.arn,
            "aws:ViaAWSService": True,
        }
        version = () if service == "ssm" else ("kms:EncryptionContext:SecretVersionId",)
        ask = self.ask_of_key(session, known, "kms:Decrypt")
        ask = replace(ask, keys={**ask.keys, **keys}, unknown=version, policy=policy or ask.policy)
        if isinstance(known, str):
            return self.authority.may(session, ask)
        if not known.enabled:
            return False
        texts = [json.loads(one.text) for one in known.grants or ()]
        grants = read_grants([*texts, *([grant] if grant else [])])
        answer = self.authority.may(session, replace(ask, grants=grants))
        if answer is False and known.grants is None:
            return doubt(DoubtKind.GRANTS, known.arn)
        return answer

    def ask_of_key(self, session: Session, key: AwsKey | str, action: str) -> Ask:
        """Return a request about a key: its policy, and its aliases."""
        keys: dict[str, object] = {
            "kms:CallerAccount": account_of(session.arn),
            "kms:GrantIsForAWSResource": False,
            "kms:GranteePrincipal": session.arn,
            "kms:GrantOperations": ["Decrypt"],
        }
        if isinstance(key, str):
            policy = missing_policy(key, DoubtKind.RESOURCE_POLICY)
            return Ask(action, key, keys, _NO_KMS_KEYS, policy=policy)
        owner = account_of(key.arn)
        aliases = self.authority.accounts[owner].aliases
        names = [name for name, one in aliases.items() if key.arn.endswith(f":key/{one}")]
        keys["kms:ResourceAliases"] = [name.partition(f":{owner}:")[2] for name in names]
        policy = (
            self.authority.policy(key.policy)
            if key.policy
            else missing_policy(key.arn, DoubtKind.RESOURCE_POLICY)
        )
        return Ask(action, key.arn, keys, _NO_KMS_KEYS, policy=policy)

    def key_of(self, secret: AwsSecret) -> AwsKey | None:
        """Return the key of a secret whose policy somebody may change: a customer's."""
        found = self._key(secret)
        return found if isinstance(found, AwsKey) and not found.managed else None

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

    def allowing(
        self, session: Session, actions: Iterable[str], resource: str
    ) -> Iterator[tuple[AwsDocument, AwsStatement]]:
        """Yield the statements that allow an action on a resource: a secret's own are the last."""
        account = self.authority.accounts.get(account_of(resource))
        sharing = (*self._shared.get(account_of(session.arn), ()), *self._shared.get("", ()))
        own = account.resource_policies.get(resource) if account and resource in sharing else None
        for document in (*self.authority.documents(session.arn), *([own] if own else [])):
            for statement in self.authority.policy(document).statements:
                about = (
                    not resource
                    or resource not in self.secrets
                    or (resource in self._about(statement))
                )
                if about and statement.allows and any(map(statement.about_action, actions)):
                    yield document, statement

    def _about(self, statement: AwsStatement) -> Collection[str]:
        """Return the secrets that a statement may be about."""
        if statement.resources is None or statement.not_resources:
            return self.secrets.keys()
        return {arn for parts in statement.resources for arn in self._matching(parts)}

    def _candidates(self, session: Session) -> Iterable[str]:
        """Return the secrets that an Allow may be about: of the session's, or of their own."""
        if session.arn not in self.authority.identities:
            return ()
        if session.raised:
            return self.secrets
        found: set[str] = set()
        for policy in self.authority.own(session.arn):
            for action in READS:
                for statement in policy.about(action):
                    found.update(self._about(statement) if statement.allows else ())
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

    @cached_property
    def _by_name(self) -> Sequence[tuple[str, str]]:
        """What a policy may name a secret by, and the secret: of a parameter what is above too."""
        names = [(arn, arn) for arn in self.secrets]
        for arn in self.secrets:
            names += [(name, arn) for name in (above(arn) if service_of(arn) == "ssm" else ())]
        return sorted(names)

    def _matching(self, parts: tuple[AwsPart, ...]) -> Sequence[str]:
        """Return the secrets that a resource may match; parameters by what is above them too."""
        known = self._matches.get(parts)
        if known is None:
            head = parts[0] if parts and isinstance(parts[0], str) else ""
            begin = bisect_left(self._by_name, (head, ""))
            end = bisect_left(self._by_name, (f"{head}\U0010ffff", ""))
            filled = tuple(Wild.RUN if isinstance(part, Variable) else part for part in parts)
            fits = glob(filled).fits
            found = (arn for name, arn in self._by_name[begin:end] if fits(name))
            known = list(dict.fromkeys(found))
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


def _names_somebody(text: str) -> bool:
    return is_name(text) or account_named(text) is not None


def _roots(arn: str) -> tuple[str, str]:
    """Return the two names of an identity's account."""
    _, partition, _, _, account, _ = arn_parts(arn)
    return account, f"arn:{partition}:iam::{account}:root"


def _bare(issuer: str) -> str:
    return issuer.removeprefix("https://").rstrip("/")
