"""Where an attacker can start: at a principal, a Pod or a workload, and what shows it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.entry.ci_names import ci_mark, ci_word, is_ci_login
from rbacgraph.facts.entry.pod_services import PodServices
from rbacgraph.facts.entry.workloads import Workloads
from rbacgraph.facts.identities.control_plane import CONTROL_PLANE
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.answers.risk.entry import Enter, Entering, Entry, Lack, LackingFact
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.core import Secret, token_account
from rbacgraph.model.node import (
    ANONYMOUS,
    AUTHENTICATED,
    EVERY_SERVICE_ACCOUNT,
    GROUP,
    MASTERS,
    NODE_USER,
    NODES_GROUP,
    OUTSIDE,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    USER,
    Node,
    service_accounts_group,
)

_ACCOUNTS_OF = service_accounts_group("")[2]
_BOOTSTRAP_USER, _BOOTSTRAP_GROUP = "system:bootstrap:", "system:bootstrappers"
_SYSTEM = "system:"


class Entries(WorldPart):
    """Knows where an attacker can start, computed on first use."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._snapshot = world.snapshot
        self._workloads = Workloads(world)
        self._services = world.part(PodServices)
        self._known: dict[Node, tuple[Entry, ...]] = {}

    def of(self, node: Node) -> tuple[Entry, ...]:
        """Return the entries to a principal, a Pod or a workload, the easiest first.

        None for what an attacker cannot start at, such as a role or a Secret.
        """
        found = self._known.get(node)
        if found is None:
            entries = sorted(self._of(node), key=_ease)
            found = self._known[node] = tuple(entries)
        return found

    def _of(self, node: Node) -> Iterable[Entry]:
        kind, namespace, name = node
        if kind == USER:
            return self._of_user(node)
        if kind == GROUP:
            return self._of_group(node)
        if kind == SERVICE_ACCOUNT:
            return self._of_account((namespace, name))
        if kind in OUTSIDE:
            return (Entry(way=Enter.OUTSIDE()),)
        runner = self._runners.get(node)
        runs = None if runner is None else self._services.runs(runner)
        if runner is None or runs is None:
            return ()
        return _first_of_each(one.under(runs) for one in self._workloads.of(runner))

    # --- logins --------------------------------------------------------------------------

    def _of_user(self, node: Node) -> Iterator[Entry]:
        name = node[2]
        if node == ANONYMOUS:
            yield from self._anonymous()
        elif name.startswith(_BOOTSTRAP_USER):
            wanted = name.removeprefix(_BOOTSTRAP_USER)
            tokens = self._world.bootstrap_tokens
            yield from self._bootstrap(
                one for called, one in tokens.items() if called.endswith(f"-{wanted}")
            )
        elif name.startswith(NODE_USER):
            yield Entry(way=Enter.NODES())
        elif name.startswith(_SYSTEM):
            yield Entry(way=Enter.CONTROL_PLANE())
        else:
            yield Entry(way=_login(name, Enter.USER))

    def _of_group(self, node: Node) -> Iterator[Entry]:
        name = node[2]
        if node == UNAUTHENTICATED:
            yield from self._anonymous()
        elif node == AUTHENTICATED:
            yield Entry(way=Enter.EVERY_LOGIN())
        elif node == EVERY_SERVICE_ACCOUNT:
            yield Entry(way=Enter.EVERY_ACCOUNT())
        elif name.startswith(_ACCOUNTS_OF):
            yield from self._of_accounts_in(name.removeprefix(_ACCOUNTS_OF))
        elif node == MASTERS:
            yield Entry(way=Enter.MASTERS())
        elif node == NODES_GROUP:
            yield Entry(way=Enter.NODES())
        elif name.startswith(_BOOTSTRAP_GROUP):
            yield from self._bootstrap(self._world.bootstrap_tokens.values())
        elif name.startswith(_SYSTEM):
            yield Entry(way=Enter.CONTROL_PLANE())
        else:
            yield Entry(way=_login(name, Enter.GROUP))

    def _anonymous(self) -> Iterator[Entry]:
        if not self._snapshot.refuses_anonymous:
            yield Entry(way=Enter.ANONYMOUS())

    def _bootstrap(self, tokens: Iterable[Secret]) -> Iterator[Entry]:
        found = False
        for secret in tokens:
            found = True
            metadata = secret.metadata
            way = Enter.BOOTSTRAP_TOKEN(metadata.namespace, metadata.name)
            evidence = self._world.rbac.evidence(secret, "Secret", secret.type)
            yield Entry(way=way, evidence=(evidence,))
        if not found:
            yield Entry(way=Enter.NODES(), lacking=self._lacking_secrets("kube-system"))

    # --- ServiceAccounts -----------------------------------------------------------------

    def _of_accounts_in(self, namespace: str) -> Iterator[Entry]:
        """Yield an entry for the group of a namespace: the easiest ones of its members too."""
        yield Entry(way=Enter.ACCOUNTS_OF_NAMESPACE(namespace))
        members = self._accounts_by_namespace.get(namespace, ())
        yield from _first_of_each(
            one for name in members for one in self.of((SERVICE_ACCOUNT, namespace, name))
        )

    def _of_account(self, key: Key) -> Iterator[Entry]:
        exists = self._world.identities.service_accounts.get(key)
        if exists is None and (SERVICE_ACCOUNT, *key) in CONTROL_PLANE:
            yield Entry(way=Enter.CONTROL_PLANE())
            return
        if exists is None:
            yield Entry(way=Enter.ACCOUNT_IS_MISSING(*key))
            return
        found = [*self._by_tokens(key), *self._by_ci(key), *self._by_runners(key)]
        if exists:
            found = [one.under(exists) for one in found]
        yield from _first_of_each(found)
        if not found and (SERVICE_ACCOUNT, *key) in CONTROL_PLANE:
            yield Entry(way=Enter.CONTROL_PLANE())
        elif not found:
            pods = self._lacking_pods(key[0])
            way = Enter.PODS_NOT_SHOWN(*key) if pods else Enter.NOBODY_HAS_TOKEN(*key)
            yield Entry(way=way, lacking=pods + self._lacking_secrets(key[0]))

    def _by_tokens(self, key: Key) -> Iterator[Entry]:
        for secret in self._token_secrets.get(key, ()):
            metadata = secret.metadata
            if metadata.labels and metadata.labels.invalid_since:
                continue
            way = Enter.TOKEN_SECRET(metadata.namespace, metadata.name)
            evidence = self._world.rbac.evidence(secret, "Secret", secret.type)
            yield Entry(way=way, evidence=(evidence,))

    def _by_ci(self, key: Key) -> Iterator[Entry]:
        runners = self._runners_of.get(key, ())
        for runner in runners:
            mark = self._ci_marks.get(runner.number)
            if mark:
                evidence = self._evidence(runner, mark)
                yield Entry(way=Enter.CI_WORKLOAD(mark), evidence=(evidence,))
                return
        beside = self._ci_namespaces.get(key[0])
        if beside is not None:
            evidence = self._evidence(beside, self._ci_marks[beside.number])
            yield Entry(way=Enter.CI_NAMESPACE(key[0]), evidence=(evidence,))
            return
        word = ci_word(key[1]) or ci_word(key[0])
        if word:
            yield Entry(way=Enter.CI_NAME(word))

    def _by_runners(self, key: Key) -> Iterator[Entry]:
        for runner in self._runners_of.get(key, ()):
            token = best_token(self._world, runner)
            if token is None or runner.running is None:
                continue
            condition = both(token[1], runner.running)
            for one in self.of(runner.node):
                yield one.by(runner.node).under(condition)

    # --- Pods and workloads --------------------------------------------------------------

    def _evidence(self, runner: PodSource, detail: str) -> Evidence:
        return self._world.rbac.evidence(runner.obj, runner.kind, detail)

    # --- what the input holds ------------------------------------------------------------

    @cached_property
    def _runners(self) -> Mapping[Node, PodSource]:
        return {one.node: one for one in self._world.running.runners}

    @cached_property
    def _runners_of(self) -> Mapping[Key, list[PodSource]]:
        """What runs, by its ServiceAccount."""
        found: defaultdict[Key, list[PodSource]] = defaultdict(list)
        for one in self._world.running.runners:
            if one.spec.service_account:
                found[one.node[1], one.spec.service_account].append(one)
        return found

    @cached_property
    def _ci_namespaces(self) -> Mapping[str, PodSource]:
        """The namespaces in which a known CI system runs, each with one of its Pods."""
        found: dict[str, PodSource] = {}
        for one in self._world.running.runners:
            if one.number in self._ci_marks and self._services.runs(one) is not None:
                found.setdefault(one.node[1], one)
        return found

    @cached_property
    def _ci_marks(self) -> Mapping[int, str]:
        """What shows a CI system, by the number of what runs there: few have any."""
        marks = (
            (one, ci_mark(one.obj.labels, one.spec.images)) for one in self._world.running.runners
        )
        return {one.number: mark for one, mark in marks if mark}

    @cached_property
    def _token_secrets(self) -> Mapping[Key, list[Secret]]:
        found: defaultdict[Key, list[Secret]] = defaultdict(list)
        for secret in self._world.token_secrets.values():
            found[secret.metadata.namespace, token_account(secret)].append(secret)
        return found

    @cached_property
    def _accounts_by_namespace(self) -> Mapping[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for namespace, name in self._world.identities.service_accounts:
            found[namespace].append(name)
        return found

    def _lacking_pods(self, namespace: str) -> tuple[LackingFact, ...]:
        """Return that Pods are lacking: workloads without Pods may be some of several sources."""
        snapshot = self._snapshot
        some = snapshot.pods and not snapshot.is_partial("Pod")
        return () if some or snapshot.is_listed("Pod", namespace) else (Lack.PODS(namespace),)

    def _lacking_secrets(self, namespace: str) -> tuple[LackingFact, ...]:
        snapshot = self._snapshot
        if snapshot.is_listed("Secret", namespace):
            return ()
        if snapshot.secrets and not snapshot.is_partial("Secret"):
            return ()
        return (Lack.TOKEN_SECRETS(namespace),)


def _login(name: str, person: Enter) -> Entering:
    if is_ci_login(name):
        return Enter.CI_LOGIN(name)
    word = ci_word(name)
    return Enter.CI_NAME(word) if word else person()


def _ease(entry: Entry) -> tuple[int, bool, int]:
    """Order entries: the easiest first, and certain ones before others."""
    return -entry.level, entry.condition != CERTAIN, int(entry.kind)


def _first_of_each(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Yield one entry for each way in: a certain one if there is one."""
    best: dict[Entering, Entry] = {}
    for one in entries:
        known = best.get(one.way)
        if known is None or one.condition < known.condition:
            best[one.way] = one
    yield from best.values()
