"""Collections: one node for many members, so that a rule needs no edge per member.

A rule leads to ``secrets:shop/*`` (every Secret of shop), ``secrets:*`` (of the cluster)
or ``secrets:*/db`` (that name in any namespace), and the collection to its members.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, overload

from rbacgraph.facts.containers.log_contents import LogContents
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import FOOTHOLDS, WritableObjects, change_condition
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.node import (
    ANONYMOUS,
    CERTIFIED,
    CHANGEABLE_PODS,
    CONFIG_MAP,
    CONFIG_MAPS,
    CREATED,
    EACH_NAMESPACE,
    EVERY,
    IMPERSONATED_GROUP,
    IMPERSONATED_KUBELET,
    IMPERSONATED_KUBELETS,
    IMPERSONATED_SERVICE_ACCOUNT,
    IMPERSONATED_USER,
    KUBELET,
    KUBELETS,
    KUBELETS_OF_HOSTS,
    LOGGED,
    MASTERS,
    NAMED_SERVICE_ACCOUNTS,
    NAMESPACES_WITH,
    NODE,
    NODES,
    NODES_OF_PODS,
    POD,
    PODS,
    PODS_ON_MACHINES,
    PODS_ON_NODES,
    SEALED_SECRETS,
    SECRET,
    SECRETS,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNTS,
    STANDING_SERVICE_ACCOUNT,
    STANDING_SERVICE_ACCOUNTS,
    USER,
    USERS,
    GraphNode,
    Node,
    named_node,
    service_accounts_group,
    user_node,
)
from rbacgraph.techniques.spec.technique import Match, RuleTarget, Target, where


class MemberColumns(NamedTuple):
    """Members of one kind as columns; their names are read only if a rule has names.

    ``conditions`` are the conditions on which members exist, by position, if any.
    """

    numbers: list[int]
    namespaces: list[str]
    names: Callable[[], list[str]]
    conditions: Mapping[int, Condition]


@dataclass(frozen=True)
class Collection:
    """One kind of collection.

    ``kind``, ``member``: Node kinds of the collection and of its members; ``""`` for members that
        no rule reaches by name.
    ``plural``: the members in words.
    ``members``: returns every member, each once.
    ``condition``: returns the condition on which such a member exists, from a namespace and a name;
        None if it does not.
    """

    kind: str
    member: str
    plural: str
    members: Callable[[Facts], MemberColumns]
    condition: Callable[[Facts, str, str], Condition | None]

    def everything(self, scope: str) -> Node:
        """Return the collection of every member in a namespace, or of all for ``""``."""
        return self.kind, "" if scope == EACH_NAMESPACE else scope, EVERY

    def named(self, scope: str, name: str) -> Node:
        """Return one member of a namespace, or the collection of that name everywhere."""
        if scope in {"", EACH_NAMESPACE}:
            return self.kind, EACH_NAMESPACE, name
        return self.member, scope, name

    def with_names(self, _world: Facts, scope: str, match: Match) -> Iterator[Target]:
        """Yield what requests with a name reach: all, or exactly the given names.

        No member has the empty name.
        """
        if match.names:
            for name in match.exact_names:
                yield self.named(scope, name), CERTAIN
        else:
            yield self.everything(scope), CERTAIN

    def words(self, scope: str, match: Match) -> str:
        """Return the targets of ``with_names`` in words."""
        place = where(scope)
        if match.names:
            names = match.exact_names
            things = self.plural.removesuffix("s") if len(names) == 1 else self.plural
            return f"{things} {', '.join(names) or '(no name)'} {place}"
        return f"all {self.plural} {place}"


_IN_NAMESPACES = frozenset(
    {
        *(SECRETS, CONFIG_MAPS, PODS, CHANGEABLE_PODS, NODES_OF_PODS, NAMESPACES_WITH, LOGGED),
        *(SERVICE_ACCOUNTS, STANDING_SERVICE_ACCOUNTS, NAMED_SERVICE_ACCOUNTS),
    }
)
"""Collections whose members are in namespaces, or are had by what is in one."""


_NAMED = frozenset({NAMED_SERVICE_ACCOUNTS, IMPERSONATED_SERVICE_ACCOUNT, IMPERSONATED_GROUP})
"""Kinds of what is acted as by headers in a namespace, which need not exist."""


def binding_for(world: Facts, kind: str) -> Mapping[str, Condition]:
    """Return the namespaces in which a role that gives a kind of target is bound conditionally."""
    return world.identities.binding_for_named if kind in _NAMED else world.identities.binding


@overload
def in_each_namespace(world: Facts, target: Node, condition: Condition) -> Target: ...
@overload
def in_each_namespace(
    world: Facts, target: GraphNode, condition: Condition
) -> tuple[GraphNode, Condition]: ...
def in_each_namespace(
    world: Facts, target: GraphNode, condition: Condition
) -> tuple[GraphNode, Condition]:
    """Return what a grant that is created in each namespace leads to, in place of a target.

    Where RoleBindings cannot be created in some namespaces for certain, what is in these is
    apart.
    """
    kind, namespace, name = target
    binding = binding_for(world, kind)
    if not binding:
        return target, condition
    if kind in _IN_NAMESPACES and name is EVERY and not namespace:
        return (kind, "", CREATED), condition
    if kind in _IN_NAMESPACES and namespace is EACH_NAMESPACE:
        return (kind, CREATED, name), condition
    if kind == IMPERSONATED_GROUP and isinstance(name, str):
        namespace = name.removeprefix(service_accounts_group("")[2])
    return target, both(condition, binding.get(namespace, CERTAIN))


def _secrets(world: Facts) -> MemberColumns:
    secrets = world.secret_numbers
    numbers: list[int] = []
    namespaces: list[str] = []
    for namespace, found in secrets.items():
        numbers += found.values()
        namespaces += [namespace] * len(found)
    return MemberColumns(
        numbers, namespaces, lambda: [n for found in secrets.values() for n in found], {}
    )


def _is_secret(world: Facts, namespace: str, name: str) -> Condition | None:
    return CERTAIN if name in world.secret_numbers.get(namespace, ()) else None


def _config_maps(world: Facts) -> MemberColumns:
    maps = world.releases.map_numbers
    return MemberColumns(
        [number for found in maps.values() for number in found.values()],
        [namespace for namespace, found in maps.items() for _ in found],
        lambda: [name for found in maps.values() for name in found],
        {},
    )


def _is_config_map(world: Facts, namespace: str, name: str) -> Condition | None:
    return CERTAIN if name in world.releases.map_numbers.get(namespace, ()) else None


def _unsealed(world: Facts) -> MemberColumns:
    secrets = world.secret_numbers
    keys = [(s.metadata.namespace, s.metadata.name) for s in world.snapshot.sealed_secrets]
    found = [(key[0], secrets[key[0]][key[1]]) for key in keys if key in world.secrets]
    return MemberColumns([number for _, number in found], [""] * len(found), list, {})


def _running(world: Facts) -> MemberColumns:
    return _as_members(world.running.runners)


def _as_members(runners: Iterable[PodSource]) -> MemberColumns:
    running = [runner for runner in runners if runner.running is not None]
    return MemberColumns(
        [runner.number for runner in running],
        [runner.node[1] for runner in running],
        # The Pods of a template have generated names, which a rule cannot know.
        lambda: [runner.name if runner.kind == "Pod" else "" for runner in running],
        _doubts(runner.running for runner in running),
    )


def _doubts(conditions: Iterable[Condition | None]) -> Mapping[int, Condition]:
    return {place: condition for place, condition in enumerate(conditions) if condition}


def _changeable(world: Facts) -> MemberColumns:
    found = ((runner, change_condition(world, runner)) for runner in world.running.runners)
    return _as_members(
        runner._replace(running=both(runner.running, change))
        if change and runner.running is not None
        else runner
        for runner, change in found
        if change is not None
    )


def _on_nodes(world: Facts) -> MemberColumns:
    placed = [r for r in world.running.runners if r.running is not None and r.spec.node_name]
    return MemberColumns(
        [runner.number for runner in placed],
        [""] * len(placed),
        lambda: [runner.spec.node_name for runner in placed],
        _doubts(runner.running for runner in placed),
    )


def _of_pods(world: Facts) -> MemberColumns:
    found: dict[tuple[str, str], Condition] = {}
    for runner in world.running.runners:
        condition, name = runner.running, runner.spec.node_name
        if (
            condition is not None
            and name
            and not (runner.static or name in world.running.windows_nodes)
        ):
            virtual = world.running.virtual_nodes.get(name)
            condition = both(condition, virtual.lets) if virtual else condition
            key = runner.node[1], name
            if found.setdefault(key, condition) > condition:
                found[key] = condition
    nodes = world.running.node_numbers
    return MemberColumns(
        [nodes[name] for _, name in found],
        [namespace for namespace, _ in found],
        lambda: [""] * len(found),
        _doubts(found.values()),
    )


def _logged(world: Facts) -> MemberColumns:
    found = world.part(LogContents).everything
    return MemberColumns(
        [world.index.number(node) for node in found],
        [namespace for _, namespace, _ in found],
        lambda: [""] * len(found),
        _doubts(found.values()),
    )


def _given_by_footholds(world: Facts) -> MemberColumns:
    resources = [
        (world.index.number(node), namespace, sort.resource, condition)
        for sort in FOOTHOLDS
        for namespace, several in world.part(WritableObjects).somewhere(sort).items()
        for condition in several
        for node in sort.given(world, namespace)
    ]
    return MemberColumns(
        [number for number, *_ in resources],
        [namespace for _, namespace, _, _ in resources],
        lambda: [resource for *_, resource, _ in resources],
        _doubts(condition for *_, condition in resources),
    )


def _is_running(world: Facts, namespace: str, name: str) -> Condition | None:
    runner = world.running.runner(namespace, name)
    return runner.running if runner else None


def _none(_world: Facts, _namespace: str, _name: str) -> Condition | None:
    return None


def _existing_accounts(world: Facts) -> MemberColumns:
    keys = world.identities.usable_accounts
    return MemberColumns(
        world.identities.accounts,
        [namespace for namespace, _ in keys],
        lambda: [name for _, name in keys],
        _doubts(keys.values()),
    )


def _standing_accounts(world: Facts) -> MemberColumns:
    keys = world.identities.service_accounts
    namespaces = [namespace for namespace, _ in keys]
    return MemberColumns(world.identities.accounts, namespaces, list, _doubts(keys.values()))


def _is_account(world: Facts, namespace: str, name: str) -> Condition | None:
    return world.identities.usable_accounts.get((namespace, name))


def _is_standing_account(world: Facts, namespace: str, name: str) -> Condition | None:
    exists = world.identities.service_accounts.get((namespace, name))
    doubt = world.identities.doubted_namespaces.get(namespace, CERTAIN)
    return None if exists is None else both(exists, doubt)


def _named_accounts(world: Facts) -> MemberColumns:
    keys = world.identities.known_service_accounts
    named = [*keys][len(world.identities.accounts) :]
    return MemberColumns(
        [
            *world.identities.accounts,
            *(world.index.number((SERVICE_ACCOUNT, *key)) for key in named),
        ],
        [namespace for namespace, _ in keys],
        lambda: [name for _, name in keys],
        {},
    )


def _is_known_account(world: Facts, namespace: str, name: str) -> Condition | None:
    return CERTAIN if (namespace, name) in world.identities.known_service_accounts else None


def _known_users(world: Facts) -> MemberColumns:
    numbers = [world.index.number(node) for node in world.identities.known_users]
    return MemberColumns(
        numbers, [""] * len(numbers), lambda: [n[2] for n in world.identities.known_users], {}
    )


def _is_known_user(world: Facts, _namespace: str, name: str) -> Condition | None:
    return CERTAIN if (USER, "", name) in world.identities.known_users else None


def _certified(world: Facts) -> MemberColumns:
    given, number = world.snapshot.groups, world.index.number
    masters = {user_node(user) for user, groups in given.items() if MASTERS[2] in groups}
    identities = [
        *(
            user
            for user in world.identities.known_users
            if user != ANONYMOUS and user not in masters
        ),
        *sorted(world.identities.known_groups - {MASTERS}),
        *((SERVICE_ACCOUNT, *key) for key in sorted(world.rbac.named_service_accounts)),
    ]
    numbers = [number(node) for node in identities if node not in masters]
    # For a user whom a mapping puts in system:masters, a certificate gives only its own bindings.
    places = [p for user in sorted(masters) for p in world.rbac.bindings_by_subject.get(user, ())]
    doubts = {
        len(numbers) + n: world.rbac.doubts[p]
        for n, p in enumerate(places)
        if p in world.rbac.doubts
    }
    numbers += [world.rbac.binding_numbers[place] for place in places]
    return MemberColumns(numbers, [""] * len(numbers), lambda: [""] * len(numbers), doubts)


def _kubelets(world: Facts) -> MemberColumns:
    numbers = world.running.kubelet_numbers
    return MemberColumns([*numbers.values()], [""] * len(numbers), lambda: [*numbers], {})


def _of_hosts(world: Facts) -> MemberColumns:
    doubts = _doubts(map(world.running.host_doubt, world.running.kubelet_numbers))
    return _kubelets(world)._replace(conditions=doubts)


def _nodes(world: Facts) -> MemberColumns:
    shared = {name: _shared(world, name) for name in world.running.nodes}
    names = [name for name, condition in shared.items() if condition is not None]
    numbers = world.running.node_numbers
    return MemberColumns(
        [numbers[name] for name in names],
        [""] * len(names),
        lambda: names,
        _doubts(both(shared[name] or CERTAIN, world.running.host_doubt(name)) for name in names),
    )


def _shared(world: Facts, node: str) -> Condition | None:
    """Return the condition on which a node is a machine that Pods share; None if it is not."""
    virtual = world.running.virtual_nodes.get(node)
    return CERTAIN if virtual is None else virtual.shared


def _on_machines(world: Facts) -> MemberColumns:
    def runners() -> Iterator[PodSource]:
        for runner in world.running.runners:
            node = runner.spec.node_name
            shared = _shared(world, node)
            if shared is not None and runner.running is not None:
                doubt = both(
                    shared, world.running.host_doubt(node) if world.running.odd_hosts else CERTAIN
                )
                yield runner._replace(running=both(runner.running, doubt)) if doubt else runner

    return _as_members(runners())


def _is_node(world: Facts, _namespace: str, name: str) -> Condition | None:
    return CERTAIN if name in world.running.node_numbers else None


SECRETS_OF = Collection(SECRETS, SECRET, "Secrets", _secrets, _is_secret)
CONFIG_MAPS_OF = Collection(CONFIG_MAPS, CONFIG_MAP, "ConfigMaps", _config_maps, _is_config_map)
RUNNING_PODS_OF = Collection(PODS, POD, "running Pods", _running, _is_running)
EXISTING_ACCOUNTS_OF = Collection(
    SERVICE_ACCOUNTS, SERVICE_ACCOUNT, "ServiceAccounts", _existing_accounts, _is_account
)
STANDING_ACCOUNTS_OF = Collection(
    STANDING_SERVICE_ACCOUNTS,
    STANDING_SERVICE_ACCOUNT,
    "ServiceAccounts",
    _standing_accounts,
    _is_standing_account,
)
NAMED_ACCOUNTS_OF = Collection(
    NAMED_SERVICE_ACCOUNTS,
    IMPERSONATED_SERVICE_ACCOUNT,
    "ServiceAccounts",
    _named_accounts,
    _is_known_account,
)
NAMED_USERS_OF = Collection(USERS, IMPERSONATED_USER, "users", _known_users, _is_known_user)
IMPERSONATED_KUBELETS_OF = Collection(
    IMPERSONATED_KUBELETS, IMPERSONATED_KUBELET, "kubelets", _kubelets, _is_node
)
KUBELETS_OF = Collection(KUBELETS, KUBELET, "kubelets", _kubelets, _is_node)
KUBELETS_OF_HOSTS_OF = Collection(KUBELETS_OF_HOSTS, "", "kubelets", _of_hosts, _none)
CERTIFIED_OF = Collection(CERTIFIED, "", "identities", _certified, _none)
NODES_OF = Collection(NODES, NODE, "Nodes", _nodes, _is_node)
CHANGEABLE_PODS_OF = Collection(CHANGEABLE_PODS, "", "running Pods", _changeable, _none)
PODS_ON_NODES_OF = Collection(PODS_ON_NODES, "", "running Pods", _on_nodes, _none)
NODES_OF_PODS_OF = Collection(NODES_OF_PODS, "", "Nodes of running Pods", _of_pods, _none)
PODS_ON_MACHINES_OF = Collection(PODS_ON_MACHINES, "", "running Pods", _on_machines, _none)
LOGGED_OF = Collection(LOGGED, "", "Secrets and tokens that Pods may print", _logged, _none)
NAMESPACES_OF = Collection(NAMESPACES_WITH, "", "namespaces", _given_by_footholds, _none)

UNSEALED = Collection(SEALED_SECRETS, "", "Secrets of SealedSecrets", _unsealed, _none)

COLLECTIONS = (
    SECRETS_OF,
    CONFIG_MAPS_OF,
    UNSEALED,
    RUNNING_PODS_OF,
    EXISTING_ACCOUNTS_OF,
    STANDING_ACCOUNTS_OF,
    NAMED_ACCOUNTS_OF,
    NAMED_USERS_OF,
    IMPERSONATED_KUBELETS_OF,
    KUBELETS_OF,
    KUBELETS_OF_HOSTS_OF,
    CERTIFIED_OF,
    NODES_OF,
    CHANGEABLE_PODS_OF,
    PODS_ON_NODES_OF,
    NODES_OF_PODS_OF,
    PODS_ON_MACHINES_OF,
    LOGGED_OF,
    NAMESPACES_OF,
)

_BY_MEMBER = {collection.member: collection for collection in COLLECTIONS if collection.member}


def is_member(target: GraphNode) -> bool:
    """Whether a target is no target where the cluster lacks it."""
    return target[0] in _BY_MEMBER


def existing(world: Facts, target: GraphNode, condition: Condition) -> RuleTarget | None:
    """Return a target with the condition on which it exists too; None if it does not."""
    collection = _BY_MEMBER.get(target[0])
    if collection is None:
        return target, condition
    kind, namespace, name = named_node(target)
    exists = collection.condition(world, namespace, name)
    if exists is None:
        return None
    kind = SERVICE_ACCOUNT if kind == STANDING_SERVICE_ACCOUNT else kind
    return (kind, namespace, name), both(condition, exists)


IMPERSONATED_OF = (NAMED_ACCOUNTS_OF, NAMED_USERS_OF, IMPERSONATED_KUBELETS_OF)
"""Collections of header identities: the graph replaces a member by another node where acting by
headers gives less."""


def every_host(world: Facts) -> tuple[Node, Node]:
    """Return every node that Pods share, and every Pod on any of them."""
    alike = not (world.running.virtual_nodes or world.running.windows_nodes)
    pods = RUNNING_PODS_OF if alike else PODS_ON_MACHINES_OF
    return NODES_OF.everything(""), pods.everything("")


def every_kubelet(world: Facts) -> Node:
    """Return the kubelets of every node that runs Pods."""
    return (KUBELETS_OF_HOSTS_OF if world.running.odd_hosts else KUBELETS_OF).everything("")


def changeable_pods(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    """Yield running Pods, except those whose changes are refused or have no effect."""
    for made in world.running.made_by_name(scope, match.exact_names):
        yield made.node, made.running or CERTAIN
    fixed = world.part(WritableObjects).with_fixed_pods
    # Elsewhere every change is certain; whether a Pod runs is asked of what the Pod gives.
    if not (fixed & {scope} if scope else fixed):
        yield from RUNNING_PODS_OF.with_names(world, scope, match)
    elif scope and match.names:
        for name in match.exact_names:
            runner = world.running.runner(scope, name)
            for one in world.running.versions_of(runner) if runner else ():
                change = change_condition(world, one)
                if change is not None:
                    yield one.node, change
    else:
        yield from CHANGEABLE_PODS_OF.with_names(world, scope, match)
