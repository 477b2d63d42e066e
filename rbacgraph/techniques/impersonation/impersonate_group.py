"""Act in groups by the impersonation headers."""

from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition
from rbacgraph.model.node import (
    EACH_NAMESPACE,
    EVERY_SERVICE_ACCOUNT,
    GROUP,
    IMPERSONATED_GROUP,
    IMPERSONATED_KUBELET,
    MASTERS,
    NODE_USER,
    NODES_GROUP,
    SERVICE_ACCOUNT,
    Node,
    doubled,
    may_be_service_account,
    user_node,
)
from rbacgraph.techniques.spec.collections import IMPERSONATED_KUBELETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    cluster_wide,
    names_of,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right

_USERS = Right(("impersonate",), "", "users")
_ACCOUNTS = Right(("impersonate",), "", "serviceaccounts")
_GROUPS = Right(("impersonate",), "", "groups")


def _users(held: HeldRights) -> Iterator[tuple[str, HeldRight]]:
    """Yield usernames that can be impersonated, ``""`` for any, each with its rule."""
    for holding in cluster_wide(held.get(_USERS, ())):
        for name in names_of(holding.match):
            if user_node(name)[0] != SERVICE_ACCOUNT:
                yield name, holding


def _somebody(held: HeldRights) -> HeldRight | None:
    """Return a rule that allows impersonating some identity."""
    for _, holding in _users(held):
        return holding
    for holding in held.get(_ACCOUNTS, ()):
        names, scope = names_of(holding.match), holding.scope
        namespace = "any" if scope in {"", EACH_NAMESPACE} else scope
        if any(may_be_service_account(namespace, name or "any") for name in names):
            return holding
    return None


def _groups(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    somebody = _somebody(held)
    for holding in cluster_wide(held.get(_GROUPS, ())) if somebody else ():
        assert somebody is not None
        for name in names_of(holding.match):
            yield FoundRight("", name, (somebody, holding))


def _kubelets(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    for holding in cluster_wide(held.get(_GROUPS, ())):
        if NODES_GROUP[2] in names_of(holding.match):
            for user, acting in _users(held):
                node = user.removeprefix(NODE_USER)
                if not user or (node and node != user):  # a node has a name
                    yield FoundRight("", node, (acting, holding))


IMPERSONATE_GROUP = CompoundRight(
    id="impersonate-group",
    rights=(_USERS, _ACCOUNTS, _GROUPS),
    needs=(_GROUPS,),
    found=_groups,
    joint=True,
    together=((_GROUPS, _USERS), (_GROUPS, _ACCOUNTS)),
    impersonated=False,
    cluster_scoped=True,
)
IMPERSONATE_KUBELET = CompoundRight(
    id="impersonate-kubelet",
    rights=(_USERS, _GROUPS),
    needs=(_GROUPS,),
    found=_kubelets,
    joint=True,
    together=((_GROUPS, _USERS),),
    impersonated=False,
    cluster_scoped=True,
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for _, name in present.of(IMPERSONATE_GROUP):
        node = present.node(IMPERSONATE_GROUP, "", name)
        words = f"can impersonate somebody in {f'group {name}' if name else 'any group'}"
        for condition, targets in _as_group(world, name or MASTERS[2]).items() if node else ():
            assert node is not None
            yield Hyperarc((node,), tuple(targets), words, "", (name,), condition)
    for _, name in present.of(IMPERSONATE_KUBELET):
        if name in world.running.kubelet_numbers or not name:
            node = present.node(IMPERSONATE_KUBELET, "", name)
            one = (IMPERSONATED_KUBELET, "", name)
            targets = (one if name else IMPERSONATED_KUBELETS_OF.everything(""),)
            whom = f"the kubelet of node {name}" if name else "the kubelet of any node"
            assert node is not None
            yield Hyperarc((node,), targets, f"can impersonate {whom}", "", ("kubelet", name))


def _as_group(world: Facts, name: str) -> Mapping[Condition, Sequence[Node]]:
    """Return the effect of acting in exactly one group, by condition."""
    group = GROUP, "", name
    if group == MASTERS:
        return {CERTAIN: [MASTERS]}
    if name.startswith(f"{EVERY_SERVICE_ACCOUNT[2]}:"):
        # Its members are in system:serviceaccounts too; a request by headers is not.
        found: dict[Condition, list[Node]] = {}
        for place in world.rbac.bindings_by_subject.get(group, ()):
            targets = found.setdefault(world.rbac.doubts.get(place, CERTAIN), [])
            targets.append(doubled(world.rbac.binding_nodes[place]))
        return found
    return (
        {CERTAIN: [(IMPERSONATED_GROUP, "", name)]}
        if group in world.identities.known_groups
        else {}
    )


EDGE = Conjunction(
    id="impersonate-group",
    summary="act in groups, system:masters among them, by impersonation",
    effort=2,  # two headers
    abilities=(IMPERSONATE_GROUP, IMPERSONATE_KUBELET),
    joins=_joins,
)
