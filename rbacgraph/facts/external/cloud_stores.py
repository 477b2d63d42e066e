"""What dumps of Azure and Google Cloud say of ServiceAccounts, of secrets, and of the cluster."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from rbacgraph.errors import UsageError
from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.external.paths import Place
from rbacgraph.facts.external.stores import (
    NOT_KNOWN,
    DumpedStore,
    Said,
    StoreHop,
    StoreStep,
    best_decision,
    condition_of,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.answers.assumption import Assume, Assumption
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import (
    AZURE,
    GCP,
    GOOGLE_FEDERATED,
    SERVICE_ACCOUNT,
    GraphNode,
    Node,
)
from rbacgraph.model.stores.azure_dump import AzureDump
from rbacgraph.model.stores.gcp_dump import GcpDump
from rbacgraph.stores.azure.estate import AzureEstate
from rbacgraph.stores.gcp.estate import GcpEstate
from rbacgraph.stores.steps import EstateStep, StepDeed, StepFact, doubts_of
from rbacgraph.stores.truth import Truth

_Identity = TypeVar("_Identity")


class _Estate(Protocol[_Identity]):
    """What the dumps of a cloud say, pure."""

    @property
    def decided(self) -> Collection[GraphNode]: ...
    def logins(
        self, namespace: str, name: str, uid: str
    ) -> Iterator[tuple[_Identity, EstateStep]]: ...
    def next_accounts(self, one: _Identity, /) -> Iterator[tuple[_Identity, EstateStep]]: ...
    def reads(self, one: _Identity, /) -> Iterator[EstateStep]: ...
    def gains(self, one: _Identity, /) -> Iterator[EstateStep]: ...
    def entries(self, every: Iterable[_Identity], /) -> Iterator[EstateStep]: ...
    def knows(self, secret: GraphNode) -> bool: ...
    def read(self, one: _Identity, secret: GraphNode, /) -> Truth: ...
    def facts(self, one: _Identity, secret: GraphNode, /) -> tuple[StepFact, ...]: ...
    def asked(self, action: str, place: str) -> Callable[[_Identity], Truth] | None: ...
    def identity_of(self, node: GraphNode, /) -> _Identity: ...
    def takers(self) -> Iterator[str]: ...
    def givers(self) -> Iterator[str]: ...
    def partial(self) -> Iterator[str]: ...
    def unknown_groups(self) -> Iterator[str]: ...
    def strangers(self) -> Iterator[tuple[_Identity, str]]: ...


class _Step(NamedTuple):
    """A step, and the condition of it alone."""

    step: EstateStep
    condition: Condition


class CloudStore(DumpedStore, Generic[_Identity]):
    """Decides by the dumps of a cloud.

    ``title``, ``identities``: the cloud, and its identities, in sentences.
    ``silent``: the kind of identities that count only where they may do something.
    """

    kind: str
    title: str
    identities: str
    silent = ""
    estate: _Estate[_Identity]

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._uids = {
            (one.metadata.namespace, one.metadata.name): one.metadata.uid
            for one in world.snapshot.service_accounts
        }
        notes = (
            (one, one.metadata.annotations)
            for one in world.snapshot.service_accounts
            if one.metadata.annotations
        )
        self._annotated: Mapping[Key, str] = {
            (one.metadata.namespace, one.metadata.name): name.lower()
            for one, said in notes
            if (name := self._annotation(said))
        }

    def _annotation(self, said: Any) -> str | None:  # noqa: ANN401 - annotations as they are kept
        """Return the identity that annotations of a ServiceAccount name."""
        raise NotImplementedError

    def _named(self) -> list[str]:
        external = self._world.part(ExternalSecrets)
        return [path for kind, _, path in external.nodes if kind == self.kind]

    @cached_property
    def _reached(self) -> Mapping[GraphNode, _Identity]:
        """The identities that ServiceAccounts become, at once or by others; fills ``_becoming``."""
        found: dict[GraphNode, _Identity] = {}
        for key, usable in sorted(self._world.identities.usable_accounts.items()):
            logins = self.estate.logins(*key, self._uids.get(key, ""))
            self._follow(found, [(*one, usable) for one in logins])
        return found

    def _follow(
        self,
        found: dict[GraphNode, _Identity],
        todo: list[tuple[_Identity, EstateStep, Condition]],
    ) -> None:
        """Add what steps lead to, and what that becomes further."""
        while todo:
            identity, step, usable = todo.pop(0)
            self._becoming.append(_Step(step, both(usable, self._condition(step))))
            if step.target not in found:
                found[step.target] = identity
                todo += ((*one, CERTAIN) for one in self.estate.next_accounts(identity))

    @cached_property
    def _becoming(self) -> list[_Step]:
        return []

    @cached_property
    def _steps(self) -> Mapping[str, Sequence[_Step]]:
        """The steps of each technique, of each pair of nodes the one with the least doubt."""
        every = dict(self._reached)
        entries = self._of([self.estate.entries(every.values())])
        for node in {one.step.source: None for one in entries}.keys() - every.keys():
            every[node] = self.estate.identity_of(node)
            further = self.estate.next_accounts(every[node])
            self._follow(every, [(*one, CERTAIN) for one in further])
        found = {
            "store-reads": self._of(self.estate.reads(one) for one in every.values()),
            "store-gain": self._of(self.estate.gains(one) for one in every.values()),
            "store-entry": entries,
        }
        active = {one.step.source for steps in found.values() for one in steps}
        active |= {one.step.source for one in self._becoming}
        found["store-identity"] = [
            one
            for one in self._becoming
            if one.step.target[0] != self.silent or one.step.target in active
        ]
        return {step: _least(several) for step, several in found.items()}

    def _of(self, several: Iterable[Iterable[EstateStep]]) -> list[_Step]:
        return [_Step(one, self._condition(one)) for steps in several for one in steps]

    def _condition(self, step: EstateStep) -> Condition:
        return condition_of(self.title, step.doubts)

    def hops(self, step: StoreStep) -> Iterator[StoreHop]:
        for one, condition in self._steps.get(step, ()):
            yield StoreHop(self.kind, one.source, one.target, condition, one)

    def login(self, login: Login, account: Key) -> Said:
        return NOT_KNOWN if login.store.own else self._login_as(account)

    def _login_as(self, account: Key) -> Said:
        """Return how a ServiceAccount logs in as the identity that its annotation names."""
        wanted = self._annotated.get(account, "")
        if not wanted and not self.silent:
            return NOT_KNOWN
        _ = self._reached
        source: GraphNode = (SERVICE_ACCOUNT, *account)
        first = [one for one in self._becoming if one.step.source == source]
        if not wanted:
            found = first
        elif not any(node[2] == wanted for node in self.estate.decided):
            return NOT_KNOWN
        else:
            places = {one.step.target: one.condition for one in first}
            later = [one for one in self._becoming if one.step.source in places]
            found = [one for one in (*first, *later) if one.step.target[2] == wanted]
            found = [
                _Step(one.step, both(places.get(one.step.source, CERTAIN), one.condition))
                for one in found
            ]
        hops = [
            StoreHop(self.kind, source, one.step.target, one.condition, one.step) for one in found
        ]
        return Said(known=True, login=min(hops, key=lambda hop: hop.condition, default=None))

    def read(self, logins: Sequence[StoreHop], secret: Node) -> StoreHop | None:
        found = []
        for login in logins if self.estate.knows(secret) else ():
            identity = self._reached[login.target]
            answer = self.estate.read(identity, secret)
            if answer is not False:
                facts = self.estate.facts(identity, secret)
                step = EstateStep(login.target, secret, doubts_of(answer), StepDeed.READS, facts)
                condition = both(login.condition, self._condition(step))
                found.append(StoreHop(self.kind, login.target, secret, condition, step))
        return min(found, key=lambda hop: hop.condition, default=None)

    def others(self, login: Login, logins: Sequence[StoreHop]) -> Iterator[StoreHop]:
        place = Place(self.kind, "", f"{login.store.place}/")
        prefix = self._world.part(ExternalSecrets).node(place)[2]
        for one in logins:
            for step in self.estate.reads(self._reached[one.target]):
                if str(step.target[2]).startswith(prefix):
                    condition = both(one.condition, self._condition(step))
                    yield StoreHop(self.kind, one.target, step.target, condition, step)

    def explain(self, hop: StoreHop) -> tuple[str, tuple[Evidence, ...]]:
        assert isinstance(hop.basis, EstateStep)
        return hop.basis.deed.value, tuple(map(_evidence, hop.basis.facts))

    def accounts(self) -> Iterator[Key]:
        for one in self._steps["store-identity"]:
            kind, namespace, name = one.step.source
            if kind == SERVICE_ACCOUNT:
                yield namespace, str(name)

    def decides(self, identity: GraphNode) -> bool:
        return identity in self.estate.decided

    def can_read(self, secret: Node, account: Key) -> Decision | None:
        if not self.estate.knows(secret):
            return None
        return self._decide(
            account,
            lambda one: self.estate.read(one, secret),
            lambda one: self.estate.facts(one, secret),
        )

    def can_i(self, action: str, resource: str, account: Key) -> Decision:
        place = resource.removeprefix(f"{self.kind}:")
        if place != resource:
            called = self._world.part(ExternalSecrets).called(self.kind, place)
            place = called[0][2] if called else place
        if (asked := self.estate.asked(action, place)) is None:
            what = f"{resource} is in no dump of {self.title}"
            raise UsageError(what, advice=f"rbacgraph {self.kind} commands makes one")
        return self._decide(account, asked, lambda _: ())

    def _decide(
        self,
        account: Key,
        ask: Callable[[_Identity], Truth],
        facts_of: Callable[[_Identity], tuple[StepFact, ...]],
    ) -> Decision:
        """Decide by the identities of a ServiceAccount, each on its fewest doubts."""
        seen: dict[GraphNode, None] = {}
        todo = [
            (*one, CERTAIN, tuple[StepFact, ...]())
            for one in self.estate.logins(*account, self._uids.get(account, ""))
        ]
        ways = []
        while todo:
            todo.sort(key=lambda one: both(one[2], self._condition(one[1])))
            identity, step, before, facts = todo.pop(0)
            if step.target in seen:
                continue
            seen[step.target] = None
            so_far, proofs = both(before, self._condition(step)), (*facts, *step.facts)
            todo += ((*one, so_far, proofs) for one in self.estate.next_accounts(identity))
            if (answer := ask(identity)) is not False:
                condition = both(so_far, condition_of(self.title, doubts_of(answer)))
                every = (*proofs, *facts_of(identity))
                ways.append((str(step.target[2]), condition, list(map(_evidence, every))))
        for identity, file in self.estate.strangers():
            if (answer := ask(identity)) is not False:
                lacks = If.DUMP_LACKS_NOTHING(self.title, file)
                condition = both(lacks, condition_of(self.title, doubts_of(answer)))
                ways.append((file, condition, []))
        takers = self._lacking(If.UNSEEN_TAKES_NOTHING, self.estate.takers())
        return best_decision(ways, takers, self.identities, assumed=self.assumed())

    def missing(self) -> Iterator[Condition]:
        yield from self._lacking(If.UNSEEN_TAKES_NOTHING, self.estate.takers())
        yield from self._lacking(If.UNSEEN_GIVES_NO_MORE, self.estate.givers())
        yield from self._lacking(If.UNSEEN_MEMBERS_READ_NO_MORE, self.estate.unknown_groups())
        yield from map(If.PAGES_OF_DUMP_ARE_READ, self.estate.partial())

    @staticmethod
    def _lacking(code: If, names: Iterable[str]) -> Iterator[Condition]:
        found = tuple(dict.fromkeys(names))
        if found:
            yield code(found)

    def assumed(self) -> Iterator[Assumption]:
        yield Assume.BY_DOCUMENTATION(self.title)


def _least(steps: Iterable[_Step]) -> list[_Step]:
    found: dict[tuple[GraphNode, GraphNode], _Step] = {}
    for one in steps:
        pair = one.step.source, one.step.target
        if pair not in found or one.condition < found[pair].condition:
            found[pair] = one
    return list(found.values())


def _evidence(fact: StepFact) -> Evidence:
    return Evidence(fact.kind, "", fact.name, fact.file, fact.line, detail=fact.detail)


class AzureStores(CloudStore[str]):
    """Decides by the dumps of Azure."""

    kind = AZURE
    title, identities = "Azure", "identity of Azure"

    def __init__(self, world: Facts, dump: AzureDump) -> None:
        super().__init__(world)
        snapshot = world.snapshot
        self.estate = AzureEstate(dump, snapshot.issuers, self._named(), snapshot.eks_cluster)

    def _annotation(self, said: Any) -> str | None:  # noqa: ANN401
        name: str | None = said.azure_client
        return name


class GcpStores(CloudStore[Any]):
    """Decides by the dumps of Google Cloud."""

    kind = GCP
    title, identities = "Google Cloud", "identity of Google Cloud"
    silent = GOOGLE_FEDERATED

    def __init__(self, world: Facts, dump: GcpDump) -> None:
        super().__init__(world)
        snapshot = world.snapshot
        self.estate = GcpEstate(dump, snapshot.issuers, self._named(), snapshot.eks_cluster)

    def _annotation(self, said: Any) -> str | None:  # noqa: ANN401
        name: str | None = said.google_account
        return name

    def login_of_pod(self, read: PodRead) -> Said:
        account = read.runner.node[1], read.runner.spec.service_account
        return NOT_KNOWN if read.credential else self._login_as(account)


class AzureNames:
    """The names of the secrets of key vaults, which Azure compares without case."""

    def __init__(self, dump: AzureDump) -> None:
        self.places: Collection[Place] = [
            Place(AZURE, "", f"{vault.name}/{name}")
            for one in dump.subscriptions
            for vault in one.vaults
            for name in vault.secrets or ()
        ]

    def canonical(self, place: Place) -> Place:
        """Return a place as it is compared."""
        return place._replace(path=place.path.lower())

    def called(self, text: str) -> Place | None:
        """Return the place of a secret by its URI, or by its vault and name in any case."""
        vault, slash, rest = text.removeprefix("https://").partition("/")
        name = rest.removeprefix("secrets/").partition("/")[0]
        path = f"{vault.partition('.vault.')[0]}/{name}".lower()
        return Place(AZURE, "", path) if slash and name and "*" not in path else None


class GcpNames:
    """The names of the secrets of projects: a project is one by its number and by its id."""

    def __init__(self, dump: GcpDump) -> None:
        self._ids = {one.number: one.id for one in dump.projects if one.number}
        self.places: Collection[Place] = [
            Place(GCP, "", f"{one.id}/{name}") for one in dump.projects for name in one.secret_names
        ]

    def canonical(self, place: Place) -> Place:
        """Return a place by the project's id."""
        project, _, name = place.path.partition("/")
        return place._replace(path=f"{self._ids.get(project, project)}/{name}")

    def called(self, text: str) -> Place | None:
        """Return the place of a secret by its resource's name, or by the project's number."""
        parts = text.removeprefix("projects/").split("/")
        if parts[1:2] == ["secrets"] and len(parts) > 2:  # noqa: PLR2004
            parts = [parts[0], parts[2]]
        found = self._ids.get(parts[0], parts[0])
        return (
            Place(GCP, "", f"{found}/{parts[1]}")
            if "/".join(parts[:2]) != text or found != parts[0]
            else None
        )
