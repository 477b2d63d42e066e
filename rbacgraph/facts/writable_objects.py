"""Writable objects: changing one gives more of its namespace than the object itself.

Any object of a kind is enough. It exists if the input holds it; if its kind was not listed
completely, there may be others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rbacgraph.authz.questions.known_resources import named_types, rules_of
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.states.full_quotas import MADE_BY
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.pods import Workload
from rbacgraph.model.node import EVERY, SECRETS, SERVICE_ACCOUNTS, STANDING_SERVICE_ACCOUNTS, Node


@dataclass(frozen=True)
class WritableObject:
    """One kind of such objects.

    ``resource``: the resource, in the plural.
    ``gives``: Node kinds of the collections in its namespace that a change gives.
    ``somewhere``: yields the namespaces that hold or may hold one, each with the condition; a
        namespace may occur several times.
    ``named``: returns the condition for a namespace and a name.
    ``creates``: whether a change makes something new in the namespace.
    """

    resource: str
    gives: tuple[str, ...]
    somewhere: Callable[[Facts], Iterable[tuple[str, Condition]]]
    named: Callable[[Facts, str, str], Condition | None]
    creates: bool = False

    def doubts(self, world: Facts) -> Mapping[str, Condition]:
        """Return namespaces in which a change has no certain effect, with the condition."""
        return world.identities.creating if self.creates else world.identities.doubted_namespaces

    def given(self, world: Facts, namespace: str) -> Iterator[Node]:
        """Yield the collections of its namespace that a change gives.

        Collections of ServiceAccounts are those whose token or Pod is created.
        """
        for kind in self.gives:
            changed = kind == SERVICE_ACCOUNTS and not self.creates
            standing = changed and namespace in world.identities.closed_namespaces
            yield STANDING_SERVICE_ACCOUNTS if standing else kind, namespace, EVERY


class WritableObjects(WorldPart):
    """The writable objects of a cluster, and facts about them, computed on first use."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._somewhere: dict[str, Mapping[str, Sequence[Condition]]] = {}
        self._needed: dict[tuple[WritableObject, ...], tuple[WritableObject, ...]] = {}

    def somewhere(self, sort: WritableObject) -> Mapping[str, Sequence[Condition]]:
        """Return namespaces that hold or may hold one, in order, each with :func:`telling` ones."""
        found = self._somewhere.get(sort.resource)
        if found is None:
            every: dict[str, list[Condition]] = {}
            doubts = sort.doubts(self._world)
            for namespace, found_if in sort.somewhere(self._world):
                condition = found_if or doubts.get(namespace, CERTAIN)
                every.setdefault(namespace, []).append(condition)
            ordered = sorted(every.items())
            found = self._somewhere[sort.resource] = {n: telling(some) for n, some in ordered}
        return found

    def needed(self, sorts: tuple[WritableObject, ...]) -> tuple[WritableObject, ...]:
        """Return the kinds that add a namespace to those before them, or a weaker condition.

        Or a version of an object, where none gives the namespace for certain.
        """
        found = self._needed.get(sorts)
        if found is None:
            found = self._needed[sorts] = tuple(self._find_needed(sorts))
        return found

    def _find_needed(self, sorts: tuple[WritableObject, ...]) -> Iterator[WritableObject]:
        known: dict[str, Condition] = {}
        for sort in sorts:
            somewhere = self.somewhere(sort).items()
            more = {n: c[0] for n, c in somewhere if n not in known or c[0] < known[n]}
            if more:
                known.update(more)
            if more or any(known[n] and len(several) > 1 for n, several in somewhere):
                yield sort

    @cached_property
    def workloads(self) -> Mapping[str, Mapping[str, set[str]]]:
        """The names of the workloads by kind and namespace."""
        found: dict[str, dict[str, set[str]]] = {}
        for workload in self._world.snapshot.workloads:
            metadata = workload.metadata
            names = found.setdefault(workload.kind, {}).setdefault(metadata.namespace, set())
            names.add(metadata.name)
        return found

    @cached_property
    def without_pods(self) -> frozenset[Node]:
        """The workloads without a Pod, of the input or by their status."""
        running = self._world.running
        return frozenset(
            runner.node
            for runner in running.runners[len(running.pods) :]
            if runner.running is None or not (isinstance(runner.obj, Workload) and runner.obj.pods)
        )

    @cached_property
    def named_resources(self) -> frozenset[tuple[str, str]]:
        """The resources outside Kubernetes' own groups that rules name, by (group, resource)."""
        return named_types(rules_of(self._world.snapshot))

    @cached_property
    def strict_accounts(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """ServiceAccounts whose Pods' variables may name only some Secrets, with their names."""
        index = self._world.snapshot.service_account_index
        return {
            key: tuple(dict.fromkeys(secret.name for secret in found.secrets or ()))
            for key, found in index.items()
            if found.enforces_mountable_secrets
        }

    @cached_property
    def refused(self) -> Mapping[str, Sequence[PodSource]]:
        """Running Pods that violate the Pod Security level of their namespace, by namespace.

        Or may violate it, depending on its version.
        """
        security, found = self._world.pod_security, dict[str, list[PodSource]]()
        for namespace in sorted(security.enforcing):
            for runner in self._world.running.runners_in(namespace):
                runs = runner.running is not None and not runner.static
                if runs and security.lets_be(namespace, runner.node[2], runner.spec) != CERTAIN:
                    found.setdefault(namespace, []).append(runner)
        return found

    @cached_property
    def with_fixed_pods(self) -> frozenset[str]:
        """Namespaces with Pods that cannot all be changed for certain."""
        pods = self._world.snapshot.pods
        static = (pod.metadata.namespace for pod in pods if pod.mirror)
        return frozenset((*static, *self.refused))


def telling(conditions: Iterable[Condition]) -> Sequence[Condition]:
    """Return the weakest of some conditions, and those by which only versions of objects differ.

    Each version may give it by another way, and what each gives is certain.
    """
    least, *others = sorted(set(conditions))
    return least, *(one for one in others if least and _is_of_versions(one))


def _is_of_versions(condition: Condition) -> bool:
    return all(doubt.code is If.OBJECT_IS_AS_IN for doubt in condition.doubts)


def change_condition(world: Facts, runner: PodSource) -> Condition | None:
    """Return the condition on which a change of a running Pod is admitted and takes effect."""
    if runner.static:
        return None
    return world.pod_security.lets_be(runner.node[1], runner.node[2], runner.spec)


def _unlisted(world: Facts, kind: str) -> Iterator[str]:
    """Yield the namespaces that may hold an object that the input lacks."""
    for namespace in world.identities.namespaces:
        if not world.snapshot.is_listed(kind, namespace):
            yield namespace


def _running_pods(world: Facts) -> Iterator[tuple[str, Condition]]:
    certain = set[str]()
    for runner in world.running.runners:
        namespace = runner.node[1]
        if namespace not in certain:
            condition = _running(world, runner)
            if condition is not None:
                yield namespace, condition
                if not condition:
                    certain.add(namespace)
    yield from ((one, If.UNLISTED_POD_RUNS(one)) for one in _unlisted(world, "Pod"))


def _running_pod(world: Facts, namespace: str, name: str) -> Condition | None:
    runner = world.running.runner(namespace, name) or next(
        world.running.made_by_name(namespace, (name,)), None
    )
    if runner is None:
        listed = world.snapshot.is_listed("Pod", namespace)
        return None if listed else If.LACKING_POD_RUNS(namespace, name)
    found = (_running(world, one) for one in world.running.versions_of(runner))
    return min((one for one in found if one is not None), default=None)


def _running(world: Facts, runner: PodSource) -> Condition | None:
    change = None if runner.running is None else change_condition(world, runner)
    if change is None:
        return None
    running = both(runner.running or CERTAIN, change)
    if not is_limited(world, runner):
        return running
    account = runner.node[1], runner.spec.service_account
    names = world.part(WritableObjects).strict_accounts.get(account)
    return both(running, If.ACCOUNT_MAY_MOUNT(*account)) if names else None


def is_limited(world: Facts, runner: PodSource) -> bool:
    """Whether a Pod's ServiceAccount, or that of one of its versions, limits its variables."""
    strict = world.part(WritableObjects).strict_accounts
    same = bool(runner.spec.service_account)  # else versions have different ones
    versions = (runner,) if same else world.running.versions_of(runner)
    return any((one.node[1], one.spec.service_account) in strict for one in versions)


def _token_secrets(world: Facts) -> Iterator[tuple[str, Condition]]:
    for (namespace, name), secret in world.secrets.items():
        condition = _token_secret_condition(namespace, name, secret)
        if condition is not None:
            yield namespace, condition
    yield from ((one, If.UNLISTED_TOKEN_SECRET(one)) for one in _unlisted(world, "Secret"))


def _token_secret(world: Facts, namespace: str, name: str) -> Condition | None:
    key = namespace, name
    if key not in world.secrets:
        return None
    return _token_secret_condition(namespace, name, world.secrets[key])


def _token_secret_condition(namespace: str, name: str, secret: Secret | None) -> Condition | None:
    if secret is not None and not secret.bare:
        return CERTAIN if secret.type == TOKEN_TYPE and not secret.immutable else None
    return If.SECRET_HOLDS_TOKEN(namespace, name)


def _workloads(kind: str) -> WritableObject:
    """Return the writable objects of one kind of workload, by its Pod template."""

    def somewhere(world: Facts) -> Iterator[tuple[str, Condition]]:
        for namespace, names in world.part(WritableObjects).workloads.get(kind, {}).items():
            yield namespace, min(_room(world, kind, namespace, name) for name in names)
        yield from ((one, If.UNLISTED_WORKLOAD(kind, one)) for one in _unlisted(world, kind))

    def named(world: Facts, namespace: str, name: str) -> Condition | None:
        if name in world.part(WritableObjects).workloads.get(kind, {}).get(namespace, ()):
            return _room(world, kind, namespace, name)
        listed = world.snapshot.is_listed(kind, namespace)
        return None if listed else If.LACKING_WORKLOAD(kind, namespace, name)

    gives = SECRETS, SERVICE_ACCOUNTS
    return WritableObject(f"{kind.lower()}s", gives, somewhere, named, creates=True)


def _room(world: Facts, kind: str, namespace: str, name: str) -> Condition:
    """Condition under which a changed workload has a Pod: one that has some replaces them."""
    if not world.identities.full_quotas.get(namespace):
        return CERTAIN
    idle = (kind.lower(), namespace, name) in world.part(WritableObjects).without_pods
    more = MADE_BY[f"{kind.lower()}s"][1:]
    pods = world.identities.making_pods.get(namespace, CERTAIN) if idle else CERTAIN
    return both(pods, *(world.identities.creating_one(namespace, resource) for resource in more))


def _new(
    resource: str, gives: tuple[str, ...], doubts_of: Callable[[Facts], Mapping[str, Condition]]
) -> WritableObject:
    """Make the foothold of namespaces themselves: what is created in each needs no more of one."""

    def somewhere(world: Facts) -> Iterator[tuple[str, Condition]]:
        doubts = doubts_of(world)
        if doubts:  # else it is created wherever there is what it gives
            yield from (
                (namespace, doubts.get(namespace, CERTAIN))
                for namespace in world.identities.namespaces
            )

    return WritableObject(resource, gives, somewhere, lambda *_: None, creates=True)


def _new_makers(resource: str) -> WritableObject:
    """Make the foothold of namespaces in which one kind of workload is created."""

    def doubts(world: Facts) -> Mapping[str, Condition]:
        found = world.identities.making_where((resource,))
        return found if found != world.identities.making_pods else {}

    return _new(f"room for {resource}", (SECRETS, SERVICE_ACCOUNTS), doubts)


NAMESPACES = _new(
    "room for Pods", (SECRETS, SERVICE_ACCOUNTS), lambda world: world.identities.making_pods
)
"""Those in which Pods are created."""

NEW_MAKERS = {resource: _new_makers(resource) for resource in MADE_BY}
"""Those in which workloads are created, by resource, where quotas of these are used up."""

NEW_SECRETS = _new(
    "room for Secrets", (SERVICE_ACCOUNTS,), lambda world: world.identities.creating_each("secrets")
)
"""Those in which token Secrets are created."""

RUNNING_PODS = WritableObject("pods", (SECRETS,), _running_pods, _running_pod)
TOKEN_SECRETS = WritableObject(
    "serviceaccount-token-secrets", (SERVICE_ACCOUNTS,), _token_secrets, _token_secret
)
WORKLOADS = {
    f"{kind.lower()}s": _workloads(kind)
    for kind in (
        "ReplicationController",
        "Deployment",
        "ReplicaSet",
        "StatefulSet",
        "DaemonSet",
        "CronJob",
    )
}
"""By resource. The template of a Job cannot be changed."""

FOOTHOLDS = (
    *(NAMESPACES, *NEW_MAKERS.values(), NEW_SECRETS, RUNNING_PODS, TOKEN_SECRETS),
    *WORKLOADS.values(),
)
