"""An attacker who controls an identity has the rights of its groups."""

from collections.abc import Iterator, Mapping, Sequence

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import (
    ANONYMOUS,
    AUTHENTICATED,
    EVERY_SERVICE_ACCOUNT,
    GROUP,
    KUBELET,
    NODE_USER,
    NODES_GROUP,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    USER,
    Node,
    format_node,
    service_accounts_group,
    user_node,
)
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

IMPLIED = "implied"
GIVEN = "given"


def implied_groups(node: Node) -> tuple[Node, ...]:
    """Return the groups that follow directly from the kind of an identity.

    Examples
    --------
    >>> implied_groups(("serviceaccount", "shop", "ci"))
    (('group', '', 'system:serviceaccounts:shop'),)
    """
    kind, namespace, name = node
    if kind == SERVICE_ACCOUNT:
        return (service_accounts_group(namespace),)
    if kind == KUBELET:
        return (NODES_GROUP,)
    if node == ANONYMOUS:
        return (UNAUTHENTICATED,)
    if kind == GROUP and name.startswith("system:serviceaccounts:"):
        return (EVERY_SERVICE_ACCOUNT,)
    if node in {AUTHENTICATED, UNAUTHENTICATED}:
        return ()
    return (AUTHENTICATED,)


def implied_identities(world: Facts, node: Node) -> tuple[Node, ...]:
    """Return what follows directly: the groups, and for a kubelet its user."""
    groups = implied_groups(node)
    if node[0] == KUBELET:
        user = USER, "", f"{NODE_USER}{node[2]}"
        if user in world.rbac.bindings_by_subject:
            return (user, *groups)
    return groups


Groups = Mapping[Node, Sequence[Node]]
"""The groups that a mapping gives, by identity."""


def groups_of(world: Facts, node: Node, given: Groups) -> tuple[Node, ...]:
    """Return the direct groups of an identity, by a mapping or by its kind."""
    return (*given.get(node, ()), *implied_identities(world, node))


def closure(world: Facts, node: Node, given: Groups) -> list[Node]:
    """Return the groups of an identity, with the groups they are in."""
    found = list(dict.fromkeys(groups_of(world, node, given)))
    for group in found:  # the list grows while it is read
        found.extend(g for g in groups_of(world, group, given) if g not in found)
    return found


def given_groups(world: Facts) -> dict[Node, list[Node]]:
    """Return the groups of the caller's mapping, by identity."""
    found: dict[Node, list[Node]] = {}
    for user, names in sorted(world.snapshot.groups.items()):
        if user != ANONYMOUS[2]:  # requests without credentials are in no other group
            found.setdefault(user_node(user), []).extend((GROUP, "", name) for name in names)
    return found


def _edges(world: Facts) -> Iterator[Edge]:
    for node, groups in given_groups(world).items():
        for group in groups:
            yield node, group, GIVEN, CERTAIN
        kubelet_of = node[2].removeprefix(NODE_USER)
        if (
            NODES_GROUP in groups
            and node[0] == USER
            and kubelet_of in world.running.kubelet_numbers
        ):
            yield node, (KUBELET, "", kubelet_of), GIVEN, CERTAIN
    for name in world.running.nodes:
        user = (USER, "", f"{NODE_USER}{name}")
        if user in world.rbac.bindings_by_subject:
            yield (KUBELET, "", name), user, IMPLIED, CERTAIN
    kubelets = ((KUBELET, "", name) for name in world.running.nodes)
    strangers = map(service_accounts_group, world.identities.namespaces_without_service_accounts)
    identities = [*dict.fromkeys((*world.identities.principals, *kubelets, *strangers))]
    seen = {node for node in identities if node[0] == GROUP}
    for node in identities:  # the list grows while it is read: groups are in groups
        for group in implied_groups(node):
            yield node, group, IMPLIED, CERTAIN
            if group not in seen:
                seen.add(group)
                identities.append(group)


def listed_in(world: Facts, user: Node, group: Node) -> tuple[Evidence, ...]:
    """Return the OpenShift Group that lists a user, if there is one."""
    for found in world.snapshot.user_groups:
        if found.metadata.name == group[2] and user[2] in found.members:
            return (world.rbac.evidence(found, "Group", f"lists {user[2]}"),)
    return ()


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    if target[0] == KUBELET:
        detail = "authenticates as its kubelet, by the mapping that was given"
        return "is the kubelet", (Evidence("Node", "", target[2], detail=detail),)
    listing = listed_in(world, source, target) if basis == GIVEN else ()
    if listing:
        return f"is in group {target[2]}", listing
    if target[0] == USER:
        detail = f"the kubelet of node {source[2]} authenticates as it"
    elif basis == GIVEN:
        detail = f"holds {format_node(source)}, by the mapping that was given"
    else:
        detail = f"holds {format_node(source)}, implied"
    return f"is in group {target[2]}", (Evidence(target[0].title(), "", target[2], detail=detail),)


EDGE = ObjectEdge(
    id="member-of",
    summary="an identity has the rights of its groups",
    effort=0,
    edges=_edges,
    explain=_explain,
)
