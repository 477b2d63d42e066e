"""What dumps of AWS say of the identities of ServiceAccounts, and what these read and obtain."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external import stores
from rbacgraph.facts.external.aws_entries import (
    NOT_BY_AWS_AUTH,
    NOT_BY_ENTRIES,
    identities_of,
    rules_of,
)
from rbacgraph.facts.external.aws_names import missing_of, place_of_secret
from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.external.stores import (
    NOT_KNOWN,
    READ_CODES,
    DumpedStore,
    Said,
    StoreHop,
    StoreStep,
    best_decision,
)
from rbacgraph.facts.identities.cloud_identities import aws_identity, mapped, signs_in_as
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.answers.vault_reason import LoginCode
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import (
    AWS,
    AWS_ROLE,
    AWS_SESSION,
    AWS_USER,
    EVERYTHING,
    KUBELET,
    SERVICE_ACCOUNT,
    GraphNode,
    Node,
    format_node,
)
from rbacgraph.model.node_keys import AwsPodSession
from rbacgraph.model.stores.aws_dump import AwsCluster, AwsDump, AwsEntry, AwsSecret
from rbacgraph.stores.aws.arns import account_of
from rbacgraph.stores.aws.authority import Session, no_doubt
from rbacgraph.stores.aws.estate import READS, AwsLogin, Estate
from rbacgraph.stores.aws.gains import ENTRY, POD, AwsGain, gains
from rbacgraph.stores.truth import DoubtKind, StoreDoubts, Truth

_CODES: Mapping[str, If] = {
    DoubtKind.CLUSTER.value: If.CLUSTER_OF_AWS_IS_THIS,
    DoubtKind.VERSION.value: If.OTHER_VERSION_ALLOWS_MORE,
    DoubtKind.POD.value: If.ATTACKER_RUNS_POD,
}
"""The words of doubts that no other store has."""
_IDENTITIES = "role of AWS"
_ALLOWS = (LoginCode.IDENTITY_ALLOWS, LoginCode.IDENTITY_MAY_ALLOW, LoginCode.NO_IDENTITY_ALLOWS)
_BECOMES = {
    SERVICE_ACCOUNT: "is let in as that",
    KUBELET: "has that role, by its instance's metadata",
}
_TAKES_AWAY = If.CONTROLS_OF_AWS_TAKE_NOTHING
_NODES = "system:nodes"
_NODE_TYPES = frozenset({"EC2", "EC2_LINUX", "EC2_WINDOWS"})


class AwsBecomes(NamedTuple):
    """A session that a ServiceAccount, a node, or another session, becomes."""

    source: GraphNode | int
    target: GraphNode
    session: Session
    condition: Condition


class AwsObtains(NamedTuple):
    """What a session obtains by a change in AWS."""

    source: GraphNode
    target: GraphNode
    session: Session
    gain: AwsGain
    condition: Condition


class AwsEnters(NamedTuple):
    """An identity of the cluster that an identity of AWS logs in as; ``entry`` or a mapping."""

    source: GraphNode
    target: Node
    entry: AwsEntry | None
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
        snapshot = world.snapshot
        self.estate = Estate(dump, snapshot.issuers, snapshot.eks_cluster)
        self._becomes: list[AwsBecomes] = []
        self._obtains: list[AwsObtains] = []

    def hops(self, step: StoreStep) -> Iterator[StoreHop]:
        found: Iterable[AwsBecomes | AwsRead | AwsObtains | AwsEnters]
        if step == "store-identity":
            found = self.becomes
        elif step == "store-reads":
            found = self.reads
        else:
            found = self.obtains if step == "store-gain" else self.enters
        yield from (StoreHop(AWS, one.source, one.target, one.condition, one) for one in found)

    def explain(self, hop: StoreHop) -> tuple[str, tuple[Evidence, ...]]:
        basis = hop.basis
        if isinstance(basis, AwsRead):
            evidence = self.evidence(basis.session, basis.secret.arn)
            return "reads that in the store", tuple(evidence)
        if isinstance(basis, AwsObtains):
            words = f"can {', then '.join(dict.fromkeys(basis.gain.actions))}"
            return words, tuple(self.evidence(basis.session, "", basis.gain.actions))
        if isinstance(basis, AwsEnters):
            return f"logs in as {format_node(basis.target)}", (self._entry(basis),)
        assert isinstance(basis, AwsBecomes)
        of_node = (
            isinstance(basis.source, int) and "gets its node's role, by the instance's metadata"
        )
        words = of_node or _BECOMES.get(basis.source[0], "takes that role")  # type: ignore[index]
        return words, tuple(self.evidence(basis.session, actions=()))

    def _entry(self, basis: AwsEnters) -> Evidence:
        if basis.entry is not None:
            return Evidence("AccessEntry", "", basis.entry.principal, basis.entry.file, 1)
        aws_auth = self._world.identities.clouds.aws_auth
        assert aws_auth is not None
        detail = f"maps it to {format_node(basis.target)}"
        return self._world.rbac.evidence(aws_auth, "ConfigMap", detail)

    def accounts(self) -> Iterator[Key]:
        for one in self.becomes:
            if not isinstance(one.source, int) and one.source[0] == SERVICE_ACCOUNT:
                yield one.source[1], str(one.source[2])

    def decides(self, identity: GraphNode) -> bool:
        kind, _, arn = identity
        return kind == AWS_ROLE and account_of(str(arn)) in self.estate.authority.accounts

    def missing(self) -> Iterator[Condition]:
        return missing_of(self._dump)

    def login(self, login: Login, account: Key) -> Said:
        """Return the role that External Secrets takes: the account's own, then each that is named.

        Source: external-secrets ``providers/v1/aws/auth/auth.go``.
        """
        return self._as(account, login.store.roles)

    def login_of_pod(self, read: PodRead) -> Said:
        """Return the role of a Pod's ServiceAccount, which the driver takes."""
        return self._as((read.runner.node[1], read.runner.spec.service_account), ())

    def _as(self, account: Key, roles: Sequence[str]) -> Said:
        node: Node = (SERVICE_ACCOUNT, *account)
        clouds = self._world.identities.clouds.identities
        named = {one.node[2] for one in clouds.get(node, ()) if one.node[0] == AWS_ROLE}
        if not all(self.decides((AWS_ROLE, "", arn)) for arn in (*named, *roles)):
            return NOT_KNOWN
        # An annotation tells the role; without one the agent of EKS may give one.
        logins = [
            one
            for one in self.estate.logins(*account)
            if one.association or one.session.arn in named
        ]
        for role in roles:
            logins = [
                AwsLogin(one.session, login.doubts | one.doubts)
                for login in logins
                for one in self.estate.next_roles(login.session, only=role)
            ]
        best = min(logins, key=lambda one: len(one.doubts), default=None)
        if best is None:
            return Said(known=True, login=None)
        usable = self._world.identities.usable_accounts.get(account, CERTAIN)
        condition = both(usable, condition_of(best.doubts))
        basis = AwsBecomes(node, node_of(best.session), best.session, condition)
        return Said(known=True, login=StoreHop(AWS, node, basis.target, condition, basis))

    def read(self, logins: Sequence[StoreHop], secret: Node) -> StoreHop | None:
        known = self.secrets.get(secret)
        found = []
        for hop in logins if known else ():
            assert isinstance(hop.basis, AwsBecomes)
            assert known is not None
            session = hop.basis.session
            answer = self.estate.read(session, known)
            if answer is not False:
                condition = both(hop.condition, condition_of(no_doubt(answer)))
                basis = AwsRead(hop.target, secret, session, known, condition)
                found.append(StoreHop(AWS, hop.target, secret, condition, basis))
        return min(found, key=lambda one: one.condition, default=None)

    def others(self, login: Login, logins: Sequence[StoreHop]) -> Iterator[StoreHop]:  # noqa: ARG002
        for secret in self.secrets:
            found = self.read(logins, secret)
            if found is not None:
                yield found

    def can_read(self, secret: Node, account: Key) -> Decision | None:
        found = self.secrets.get(secret)
        if found is None:
            return None
        return self._decided(account, lambda one: self.estate.read(one, found), found.arn, READS)

    def can_i(self, action: str, resource: str, account: Key) -> Decision:
        """Decide whether some role that lets a ServiceAccount in may do something."""
        arn = self.arn_of(resource)
        asked = lambda one: self.estate.may(one, action, arn)  # noqa: E731 - as above
        return self._decided(account, asked, arn, (action,), _ALLOWS)

    def _decided(
        self,
        account: Key,
        asked: Callable[[Session], Truth],
        resource: str,
        actions: Collection[str],
        codes: tuple[LoginCode, LoginCode, LoginCode] = READ_CODES,
    ) -> Decision:
        sessions = self.estate.sessions(self.estate.logins(*account))
        answers = {one: asked(one) for one in sessions}
        ways = (
            (
                one.arn,
                condition_of(sessions[one] | no_doubt(answer)),
                self.evidence(one, resource, actions),
            )
            for one, answer in answers.items()
            if answer is not False
        )
        lacks = tuple(self.missing())
        # What only takes away leaves a no as it is.
        adding = [one for one in lacks if one.doubts[0].code is not _TAKES_AWAY]
        return best_decision(ways, lacks, _IDENTITIES, adding=adding, codes=codes)

    def issuers(self) -> Collection[str]:
        return self.estate.issuers

    @property
    def becomes(self) -> Sequence[AwsBecomes]:
        """Every session that ServiceAccounts and nodes become, and that these become further."""
        _ = self._sessions
        return self._becomes

    @property
    def obtains(self) -> Sequence[AwsObtains]:
        """What the sessions of the cluster, and those that lead into it, obtain by changes."""
        _ = self._sessions
        return self._obtains

    @cached_property
    def _sessions(self) -> Sequence[Session]:
        """Every session of the cluster, and those outside that lead into it."""
        accounts = self._world.identities.usable_accounts
        todo: dict[Session, None] = {}
        for key in sorted(accounts):
            for login in self.estate.logins(*key):
                todo[login.session] = None
                self._add((SERVICE_ACCOUNT, *key), login, accounts[key])
        for source, role, condition in self._of_nodes():
            session = Session(role, named=False)
            todo[session] = None
            self._becomes.append(AwsBecomes(source, node_of(session), session, condition))
        todo.update(dict.fromkeys(map(Session, self._leading_in)))
        found: list[Session] = []
        while todo:
            session = next(iter(todo))
            del todo[session]
            found.append(session)
            node = node_of(session)
            further: list[Session] = []
            for login in self.estate.next_roles(session):
                self._add(node, login, CERTAIN)
                further.append(login.session)
            for gain in gains(self.estate, session):
                target = self._obtained(gain)
                condition = condition_of(_doubts(gain.answer))
                self._obtains.append(AwsObtains(node, target, session, gain, condition))
                further += [gain.session] if gain.session else []
            todo.update((one, None) for one in further if one not in found)
        return found

    def _add(self, source: GraphNode, login: AwsLogin, usable: Condition) -> None:
        condition = both(usable, condition_of(login.doubts))
        self._becomes.append(AwsBecomes(source, node_of(login.session), login.session, condition))

    def _obtained(self, gain: AwsGain) -> GraphNode:
        if gain.session is not None:
            return node_of(gain.session)
        if gain.secret is not None:
            return self._world.part(ExternalSecrets).node(place_of_secret(gain.secret))
        return EVERYTHING

    def _of_nodes(self) -> Iterator[tuple[GraphNode | int, str, Condition]]:
        """Yield the nodes, and the Pods on them, with the roles that the nodes may have.

        A Pod gets them from the instance's metadata, unless that refuses what comes from so far.
        """
        roles = sorted(self.node_roles)
        running = self._world.running
        for role in roles:
            alone = CERTAIN if len(roles) == 1 else If.NODE_HAS_ROLE(role)
            for name in running.nodes:
                yield (KUBELET, "", name), role, alone
            for runner in running.runners:
                if runner.running is not None:
                    reached = If.POD_REACHES_METADATA(role)
                    yield runner.number, role, both(runner.running, reached)

    @cached_property
    def node_roles(self) -> frozenset[str]:
        """The roles of the nodes: by the types of access entries, and by aws-auth."""
        cluster = self.estate.cluster
        entries = (cluster.entries if cluster else None) or ()
        found = {one.principal for one in entries if one.type in _NODE_TYPES}
        aws_auth = self._world.identities.clouds.aws_auth
        mapped_to_nodes = {
            one.arn.lower()
            for one in (aws_auth.mappings if aws_auth else ())
            if _NODES in one.groups
        }
        for role in self.estate.roles if mapped_to_nodes else ():
            if signs_in_as((AWS_ROLE, "", role.arn)) in mapped_to_nodes:
                found.add(role.arn)
        return frozenset(found & self.estate.authority.identities.keys())

    @cached_property
    def _leading_in(self) -> Sequence[str]:
        """The identities outside that come into the cluster, or become one that does."""
        estate, known = self.estate, self.estate.authority.identities
        clusters = [estate.cluster] if estate.cluster else estate.clusters
        found = {entry.principal for one in clusters for entry in one.entries or ()}
        found |= {node[2] for node in self._world.identities.clouds.aws_logins}
        asked = (ENTRY.actions[1], POD.actions[0])
        for arn in known if clusters else ():
            if ":group/" not in arn and estate.authority.abouts(arn, asked):
                found.add(arn)
        todo = sorted(found & known.keys())
        kept = dict.fromkeys(todo)
        while todo:
            for one in estate.assumers(todo.pop()):
                if one not in kept:
                    kept[one] = None
                    todo.append(one)
        return list(kept)

    @cached_property
    def enters(self) -> Sequence[AwsEnters]:
        """Which identities of the cluster identities of AWS log in as.

        Of one with an access entry a mapping of aws-auth does not count.
        """
        estate = self.estate
        clusters = [estate.cluster] if estate.cluster else estate.clusters
        sources: dict[str, dict[GraphNode, None]] = {}
        for session in self._sessions:
            sources.setdefault(session.arn, {})[node_of(session)] = None
        found: list[AwsEnters] = []
        for cluster in clusters:
            sure = CERTAIN if estate.cluster else If.CLUSTER_OF_AWS_IS_THIS(cluster.name)
            entries = () if cluster.mode == NOT_BY_ENTRIES else cluster.entries or ()
            for entry in entries:
                node = aws_identity(entry.principal)
                nodes = sources.get(entry.principal) or ({node: None} if node else {})
                for source in nodes:
                    named = identities_of(entry)
                    found += (AwsEnters(source, target, entry, sure) for target in named)
                    found += self._of_unknown_policies(source, entry, sure, estate.cluster)
            if cluster.mode != NOT_BY_AWS_AUTH:
                found += self._by_mappings(
                    sources, {one.principal for one in entries}, cluster, sure
                )
        return found

    def _of_unknown_policies(
        self, source: GraphNode, entry: AwsEntry, sure: Condition, known: AwsCluster | None
    ) -> Iterator[AwsEnters]:
        """Yield what access policies may give that the table lacks, or of clusters in doubt."""
        for access in entry.policies or ():
            rules = rules_of(access)
            if rules is None:
                name = access.policy.rpartition("/")[2]
                condition = both(sure, If.ACCESS_POLICY_GIVES_THAT(name))
            elif known is None and any(
                "secrets" in (one.resources or ()) or "*" in (one.resources or ()) for one in rules
            ):
                condition = sure
            else:
                continue
            if access.namespaces is None:
                yield AwsEnters(source, EVERYTHING, entry, condition)
                continue
            for namespace in access.namespaces:
                for node in self._world.secret_numbers.get(namespace, ()):
                    yield AwsEnters(source, ("secret", namespace, node), entry, condition)

    def _by_mappings(
        self,
        sources: Mapping[str, Mapping[GraphNode, None]],
        with_entries: set[str],
        cluster: AwsCluster,
        sure: Condition,
    ) -> Iterator[AwsEnters]:
        clouds = self._world.identities.clouds
        aws_auth = clouds.aws_auth
        by_arn = {one.arn.lower(): one for one in (aws_auth.mappings if aws_auth else ())}
        if not by_arn:
            return
        condition = sure if cluster.mode else both(sure, If.CLUSTER_USES_AWS_AUTH())
        named = {arn: list(nodes) for arn, nodes in sources.items()}
        for node in clouds.aws_logins:
            named.setdefault(node[2], [node])
        for arn, nodes in named.items():
            mapping = by_arn.get(signs_in_as(node_named(arn)))
            if mapping is None or arn in with_entries:
                continue
            for source in nodes:
                for target in dict.fromkeys(mapped(mapping)):
                    yield AwsEnters(source, target, None, condition)

    @cached_property
    def reads(self) -> Sequence[AwsRead]:
        """What the sessions of the cluster, and those that lead into it, read."""
        external = self._world.part(ExternalSecrets)
        found = []
        for session in self._sessions:
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

    def evidence(
        self, session: Session, resource: str = "", actions: Collection[str] = READS
    ) -> Iterator[Evidence]:
        """Yield the role of a session, and the statements that let it do something."""
        one = self.estate.authority.identities.get(session.arn)
        if one is None:
            return
        yield Evidence("AWSRole", "", session.arn, one.file, one.line)
        for policy, statement in self.estate.allowing(session, actions, resource):
            detail = statement.sid or ", ".join(statement.actions or ())
            yield Evidence("AWSPolicy", "", policy.name, policy.file, policy.line, detail=detail)

    def arn_of(self, text: str) -> str:
        """Return the ARN of what a question names: an ARN itself, or a secret by its name."""
        external = self._world.part(ExternalSecrets)
        named = external.called(AWS, text.removeprefix("aws:"))
        return next((self.secrets[one].arn for one in named if one in self.secrets), text)


def node_named(arn: str) -> Node:
    """Return the node of an identity."""
    return AWS_USER if ":user/" in arn else AWS_ROLE, "", arn


def node_of(session: Session) -> GraphNode:
    """Return a session's node: its role's, or one of its own if it may do else than that."""
    tags = dict(session.settled)
    namespace = tags.get("aws:PrincipalTag/kubernetes-namespace", "")
    if not (namespace or session.raised or session.unbounded):
        return node_named(session.arn)
    account = tags.get("aws:PrincipalTag/kubernetes-service-account", "")
    key = AwsPodSession(session.arn, namespace, account, session.raised, session.unbounded)
    return AWS_SESSION, "", key


def condition_of(doubts: StoreDoubts) -> Condition:
    """Return the condition that all doubts turn out well."""
    return stores.condition_of("AWS", doubts, _CODES)


def _doubts(answer: Truth) -> StoreDoubts:
    return frozenset() if isinstance(answer, bool) else answer
