"""Footholds: objects that give more of their namespace than themselves to whoever changes them.

Any one of a sort will do. An object exists if the input holds it; where its kind was not
listed completely there may be others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rbacgraph.facts.pods.pod_sources import Runner
from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import TOKEN_TYPE, Secret
from rbacgraph.model.kubernetes.rbac import AnyRole
from rbacgraph.model.node import EVERY, SECRETS, SERVICE_ACCOUNTS, STANDING_SERVICE_ACCOUNTS, Node


@dataclass(frozen=True)
class Foothold:
    """One sort of such objects.

    Parameters
    ----------
    resource:
        What they go by, in the plural.
    gives:
        Node kinds of the collections that one gives, those of its namespace.
    somewhere:
        From the world to the namespaces that hold or may hold one, with the condition; a
        namespace may be told several times.
    named:
        From the world, a namespace and a name to the condition; None where there is none.
    creates:
        Whether something is created there for whoever changes one.
    """

    resource: str
    gives: tuple[str, ...]
    somewhere: Callable[[World], Iterable[tuple[str, Condition]]]
    named: Callable[[World, str, str], Condition | None]
    creates: bool = False

    def doubts(self, world: World) -> Mapping[str, Condition]:
        """Namespaces in which changing one has no effect for certain, with the condition."""
        return world.creating if self.creates else world.doubted_namespaces

    def given(self, world: World, namespace: str) -> Iterator[Node]:
        """Yield the collections that one gives of its namespace.

        Those of ServiceAccounts are of whom something is created, a token or a Pod.
        """
        for kind in self.gives:
            changed = kind == SERVICE_ACCOUNTS and not self.creates
            standing = changed and namespace in world.closed_namespaces
            yield STANDING_SERVICE_ACCOUNTS if standing else kind, namespace, EVERY


class Footholds:
    """Where a cluster has its footholds, and what bears on them, found when first asked for.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._somewhere: dict[str, Mapping[str, Condition]] = {}
        self._needed: dict[tuple[Foothold, ...], tuple[Foothold, ...]] = {}

    def somewhere(self, sort: Foothold) -> Mapping[str, Condition]:
        """Namespaces that hold or may hold one, in order, each with its least condition."""
        found = self._somewhere.get(sort.resource)
        if found is None:
            least: dict[str, Condition] = {}
            doubts = sort.doubts(self._world)
            for namespace, found_if in sort.somewhere(self._world):
                condition = found_if or doubts.get(namespace, CERTAIN)
                least[namespace] = min(condition, least.get(namespace, condition))
            found = self._somewhere[sort.resource] = dict(sorted(least.items()))
        return found

    def needed(self, sorts: tuple[Foothold, ...]) -> tuple[Foothold, ...]:
        """Those of some sorts that add a namespace, or certainty of one, to those before them."""
        found = self._needed.get(sorts)
        if found is None:
            found = self._needed[sorts] = tuple(self._find_needed(sorts))
        return found

    def _find_needed(self, sorts: tuple[Foothold, ...]) -> Iterator[Foothold]:
        known: dict[str, Condition] = {}
        for sort in sorts:
            somewhere = self.somewhere(sort).items()
            more = {n: c for n, c in somewhere if n not in known or c < known[n]}
            if more:
                known.update(more)
                yield sort

    @cached_property
    def workloads(self) -> Mapping[str, Mapping[str, set[str]]]:
        """Names of the workloads by kind and namespace."""
        found: dict[str, dict[str, set[str]]] = {}
        for workload in self._world.snapshot.workloads:
            metadata = workload.metadata
            names = found.setdefault(workload.kind, {}).setdefault(metadata.namespace, set())
            names.add(metadata.name)
        return found

    @cached_property
    def without_pods(self) -> frozenset[Node]:
        """The workloads of which the input shows no Pod."""
        pods = len(self._world.snapshot.pods)
        return frozenset(runner.node for runner in self._world.runners[pods:])

    @cached_property
    def named_resources(self) -> frozenset[tuple[str, str]]:
        """What rules of other groups than Kubernetes' own name, by (group, resource)."""
        snapshot = self._world.snapshot
        roles: tuple[AnyRole, ...] = (*snapshot.roles, *snapshot.cluster_roles)
        return frozenset(
            (group, resource)
            for role in roles
            for rule in role.rules or ()
            for group in rule.api_groups or ()
            if "." in group
            for resource in rule.resources or ()
        )

    @cached_property
    def strict_accounts(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """ServiceAccounts whose Pods' variables may name but some Secrets, with their names."""
        index = self._world.snapshot.service_account_index
        return {
            key: tuple(dict.fromkeys(secret.name for secret in found.secrets or ()))
            for key, found in index.items()
            if found.enforces_mountable_secrets
        }

    @cached_property
    def refused(self) -> Mapping[str, Sequence[Runner]]:
        """Running Pods that violate the Pod Security level of their namespace, by namespace.

        Or may violate it, by its version.
        """
        security, found = self._world.pod_security, dict[str, list[Runner]]()
        for namespace in sorted(security.enforcing):
            for runner in self._world.runners_in(namespace):
                runs = runner.running is not None and not runner.static
                if runs and security.lets_be(namespace, runner.node[2], runner.spec) != CERTAIN:
                    found.setdefault(namespace, []).append(runner)
        return found

    @cached_property
    def with_fixed_pods(self) -> frozenset[str]:
        """Namespaces that hold Pods of which not every one can be changed for certain."""
        pods = self._world.snapshot.pods
        static = (pod.metadata.namespace for pod in pods if pod.mirror)
        return frozenset((*static, *self.refused))


def change_condition(world: World, runner: Runner) -> Condition | None:
    """Condition under which a change of a running Pod is let in and heeded; None for never."""
    if runner.static:
        return None
    return world.pod_security.lets_be(runner.node[1], runner.node[2], runner.spec)


def _unlisted(world: World, kind: str) -> Iterator[str]:
    """Yield the namespaces that may hold one the input lacks."""
    for namespace in world.namespaces:
        if not world.snapshot.is_listed(kind, namespace):
            yield namespace


def _running_pods(world: World) -> Iterator[tuple[str, Condition]]:
    certain = set[str]()
    for runner in world.runners:
        namespace = runner.node[1]
        if namespace not in certain:
            condition = _running(world, runner)
            if condition is not None:
                yield namespace, condition
                if not condition:
                    certain.add(namespace)
    yield from ((one, If.UNLISTED_POD_RUNS(one)) for one in _unlisted(world, "Pod"))


def _running_pod(world: World, namespace: str, name: str) -> Condition | None:
    runner = world.runner(namespace, name) or next(world.made_by_name(namespace, (name,)), None)
    if runner is None:
        listed = world.snapshot.is_listed("Pod", namespace)
        return None if listed else If.LACKING_POD_RUNS(namespace, name)
    found = (_running(world, one) for one in world.versions_of(runner))
    return min((one for one in found if one is not None), default=None)


def _running(world: World, runner: Runner) -> Condition | None:
    change = None if runner.running is None else change_condition(world, runner)
    if change is None or not runner.spec.service_account:  # versions have different ones
        return None
    running = both(runner.running or CERTAIN, change)
    account = runner.node[1], runner.spec.service_account
    if account not in world.part(Footholds).strict_accounts:
        return running
    if not world.part(Footholds).strict_accounts[account]:
        return None
    return both(running, If.ACCOUNT_MAY_MOUNT(*account))


def _token_secrets(world: World) -> Iterator[tuple[str, Condition]]:
    for (namespace, name), secret in world.secrets.items():
        condition = _token_secret_condition(namespace, name, secret)
        if condition is not None:
            yield namespace, condition
    yield from ((one, If.UNLISTED_TOKEN_SECRET(one)) for one in _unlisted(world, "Secret"))


def _token_secret(world: World, namespace: str, name: str) -> Condition | None:
    key = namespace, name
    if key not in world.secrets:
        return None
    return _token_secret_condition(namespace, name, world.secrets[key])


def _token_secret_condition(namespace: str, name: str, secret: Secret | None) -> Condition | None:
    if secret is not None and not secret.bare:
        return CERTAIN if secret.type == TOKEN_TYPE and not secret.immutable else None
    return If.SECRET_HOLDS_TOKEN(namespace, name)


def _workloads(kind: str) -> Foothold:
    """Make the foothold of one kind of workload, by its Pod template."""

    def somewhere(world: World) -> Iterator[tuple[str, Condition]]:
        for namespace, names in world.part(Footholds).workloads.get(kind, {}).items():
            yield namespace, min(_room(world, kind, namespace, name) for name in names)
        yield from ((one, If.UNLISTED_WORKLOAD(kind, one)) for one in _unlisted(world, kind))

    def named(world: World, namespace: str, name: str) -> Condition | None:
        if name in world.part(Footholds).workloads.get(kind, {}).get(namespace, ()):
            return _room(world, kind, namespace, name)
        listed = world.snapshot.is_listed(kind, namespace)
        return None if listed else If.LACKING_WORKLOAD(kind, namespace, name)

    gives = SECRETS, SERVICE_ACCOUNTS
    return Foothold(f"{kind.lower()}s", gives, somewhere, named, creates=True)


def _room(world: World, kind: str, namespace: str, name: str) -> Condition:
    """Condition under which a changed workload has a Pod: one that has some replaces them."""
    room = world.making_pods.get(namespace, CERTAIN)
    idle = (kind.lower(), namespace, name) in world.part(Footholds).without_pods if room else False
    return room if idle else CERTAIN


def _namespaces(world: World) -> Iterator[tuple[str, Condition]]:
    doubts = world.making_pods
    if doubts:  # else Pods are created wherever Secrets are
        yield from ((namespace, doubts.get(namespace, CERTAIN)) for namespace in world.namespaces)


NAMESPACES = Foothold(
    "namespaces", (SECRETS, SERVICE_ACCOUNTS), _namespaces, lambda *_: None, creates=True
)
"""Namespaces themselves: whoever may create Pods everywhere needs no more of one."""

RUNNING_PODS = Foothold("pods", (SECRETS,), _running_pods, _running_pod)
TOKEN_SECRETS = Foothold(
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

FOOTHOLDS = (NAMESPACES, RUNNING_PODS, TOKEN_SECRETS, *WORKLOADS.values())
