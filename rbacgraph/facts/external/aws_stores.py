"""What dumps of AWS say of the identities of ServiceAccounts, and what these read."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external import stores
from rbacgraph.facts.external.aws_names import missing_of, place_of_secret
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.stores import DumpedStore, StoreHop, StoreStep, best_decision
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import AWS, AWS_ROLE, AWS_SESSION, SERVICE_ACCOUNT, GraphNode, Node
from rbacgraph.model.node_keys import AwsPodSession
from rbacgraph.model.stores.aws_dump import AwsDump, AwsSecret
from rbacgraph.stores.aws.arns import account_of
from rbacgraph.stores.aws.authority import Session, no_doubt
from rbacgraph.stores.aws.estate import AwsLogin, Estate
from rbacgraph.stores.truth import StoreDoubts


class AwsBecomes(NamedTuple):
    """A session that a ServiceAccount, or another session, becomes."""

    source: GraphNode
    target: GraphNode
    session: Session
    by: AwsLogin
    condition: Condition


class AwsRead(NamedTuple):
    """A secret that a session reads."""

    source: GraphNode
    target: Node
    session: Session
    secret: AwsSecret
    condition: Condition


class AwsStores(DumpedStore):
    """Decides by the dumps of an input that has some."""

    kind = AWS

    def __init__(self, world: Facts, dump: AwsDump) -> None:
        super().__init__(world)
        self._dump = dump
        self.estate = Estate(dump, world.snapshot.issuers)

    def hops(self, step: StoreStep) -> Iterator[StoreHop]:
        if step == "store-identity":
            for one in self.becomes:
                yield StoreHop(AWS, one.source, one.target, one.condition, one)
        if step == "store-reads":
            for read in self.reads:
                yield StoreHop(AWS, read.source, read.target, read.condition, read)

    def explain(self, hop: StoreHop) -> tuple[str, tuple[Evidence, ...]]:
        if isinstance(hop.basis, AwsRead):
            evidence = self.evidence(hop.basis.session, hop.basis.secret)
            return "reads that in the store", tuple(evidence)
        assert isinstance(hop.basis, AwsBecomes)
        by_token = hop.basis.source[0] == SERVICE_ACCOUNT
        words = "is let in as that" if by_token else "takes that role"
        return words, tuple(self.evidence(hop.basis.session))

    def accounts(self) -> Iterator[Key]:
        for kind, namespace, name in (one.source for one in self.becomes):
            if kind == SERVICE_ACCOUNT:
                yield namespace, str(name)

    def decides(self, identity: GraphNode) -> bool:
        kind, _, arn = identity
        return kind == AWS_ROLE and account_of(str(arn)) in self.estate.authority.accounts

    def can_read(self, secret: Node, account: Key) -> Decision | None:
        found = self.secrets.get(secret)
        if found is None:
            return None
        sessions = self.estate.sessions(self.estate.logins(*account))
        answers = {one: self.estate.read(one, found) for one in sessions}
        ways = (
            (
                one.arn,
                condition_of(sessions[one] | no_doubt(answer)),
                self.evidence(one, found),
            )
            for one, answer in answers.items()
            if answer is not False
        )
        return best_decision(ways, self.missing(), "role of AWS")

    def missing(self) -> Iterator[Condition]:
        return missing_of(self._dump)

    @cached_property
    def becomes(self) -> Sequence[AwsBecomes]:
        """Every session that ServiceAccounts become, and that these become further."""
        found: list[AwsBecomes] = []
        known: dict[Session, None] = {}
        accounts = self._world.identities.usable_accounts
        for key in sorted(accounts):
            for login in self.estate.logins(*key):
                known[login.session] = None
                found.append(self._becomes((SERVICE_ACCOUNT, *key), login, accounts[key]))
        todo = list(known)
        while todo:
            session = todo.pop()
            for login in self.estate.next_roles(session):
                found.append(self._becomes(node_of(session), login, CERTAIN))
                if login.session not in known:
                    known[login.session] = None
                    todo.append(login.session)
        return found

    @staticmethod
    def _becomes(source: GraphNode, login: AwsLogin, usable: Condition) -> AwsBecomes:
        condition = both(usable, condition_of(login.doubts))
        return AwsBecomes(source, node_of(login.session), login.session, login, condition)

    @cached_property
    def reads(self) -> Sequence[AwsRead]:
        """What the sessions of the cluster read."""
        external = self._world.part(ExternalSecrets)
        found = []
        for session in dict.fromkeys(one.session for one in self.becomes):
            for secret, doubts in self.estate.reads(session):
                target = external.node(place_of_secret(secret))
                condition = condition_of(doubts)
                found.append(AwsRead(node_of(session), target, session, secret, condition))
        return found

    @cached_property
    def secrets(self) -> Mapping[Node, AwsSecret]:
        """The secrets of the dumps, by node."""
        external = self._world.part(ExternalSecrets)
        every = self.estate.secrets.values()
        return {external.node(place_of_secret(one)): one for one in every}

    def evidence(self, session: Session, secret: AwsSecret | None = None) -> Iterator[Evidence]:
        """Yield the role of a session, and the policies that let it read a secret."""
        one = self.estate.authority.identities.get(session.arn)
        if one is None:
            return
        yield Evidence("AWSRole", "", session.arn, one.file, one.line)
        for policy in self.estate.allowing(session, secret) if secret else ():
            yield Evidence("AWSPolicy", "", policy.name, policy.file, policy.line)


def node_of(session: Session) -> GraphNode:
    """Return a session's node: its role's, or one of its own if its login settles more."""
    tags = dict(session.settled)
    namespace = tags.get("aws:PrincipalTag/kubernetes-namespace")
    if namespace is None:
        return AWS_ROLE, "", session.arn
    account = tags["aws:PrincipalTag/kubernetes-service-account"]
    return AWS_SESSION, "", AwsPodSession(session.arn, namespace, account)


def condition_of(doubts: StoreDoubts) -> Condition:
    """Return the condition that all doubts turn out well."""
    return stores.condition_of("AWS", doubts)
