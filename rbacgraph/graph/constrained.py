"""Constrained impersonation: what somebody may do as another, as far as its verbs reach.

For whoever may act as another so, there is a node of its own with grants of its own: each
holds what the other's roles give in a place, in part.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from rbacgraph.edges import EDGES, KINDS, ObjectEdge
from rbacgraph.edges.abilities import meet
from rbacgraph.edges.base import CERTAIN, Edge, Right, each
from rbacgraph.edges.impersonate_constrained import (
    ACCOUNTS,
    GROUPS,
    MODES,
    NODES,
    USER_INFO,
    HeldRule,
    On,
    asks,
    covers,
    modes_in,
    names_in,
    rights_in,
)
from rbacgraph.edges.joint import Join
from rbacgraph.edges.limited import NOTHING, checks, limited
from rbacgraph.edges.member_of import closure, given_groups
from rbacgraph.edges.world import World
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import (
    GRANT,
    KUBELET,
    MASTERS,
    NODE_USER,
    SERVICE_ACCOUNT,
    USER,
    Node,
    format_node,
)
from rbacgraph.model.rbac import AnyRole, with_rules

CONSTRAINED, HOLDS = KINDS["impersonate-constrained"], KINDS["holds"]
_SINCE = (1, 36)
_CONDITION = "the API server is Kubernetes 1.36 or newer"
_STRANGER = (USER, "", "anybody")

_OF_KUBELETS = {
    KINDS["node-reads-secret"]: ({"get", "list", "watch"}, "secrets", ""),
    KINDS["node-requests-token"]: ({"create"}, "serviceaccounts", "token"),
}
"""What the Node authorizer allows to kubelets, by the requests that it takes."""


class Constrained:
    """Finds who may act as whom so, and what that gives.

    Parameters
    ----------
    world:
        The cluster.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.grants: dict[Node, tuple[tuple[AnyRole, ...], str]] = {}
        """What is had as another: roles in part, and their scope."""
        self.holders: frozenset[Node] = frozenset()
        """The bound grants that hold part of such a right."""
        self.edges: list[tuple[int, Edge]] = []
        """From identities to others as far as they may act as them, and on to the grants."""
        self._of_roles: dict[int, list[tuple[int, list[Right], list[str]]]] = {}
        version = world.snapshot.kubernetes_version
        if version is None or version >= _SINCE:
            self._condition = _CONDITION if version is None else CERTAIN
            self._find()

    def _find(self) -> None:
        world = self._world
        rights: dict[Node, list[tuple[Right, HeldRule]]] = {}
        ons: dict[Node, list[On]] = {}
        for grant, (roles, scope) in world.grants.items():
            for role in roles:
                for number, found, modes in self._told(role):
                    held = HeldRule((role.rules or ())[number], scope, role, number)
                    if found:
                        rights.setdefault(grant, []).extend((right, held) for right in found)
                    if modes:
                        ons.setdefault(grant, []).extend((mode, held) for mode in modes)
        self.holders = frozenset(rights)
        if not rights:
            return
        wanted = {n for n, grant in enumerate(world.granted) if grant in rights or grant in ons}
        for node, places in self._identities(wanted):
            grants = dict.fromkeys(world.granted[place] for place in places)
            acting = [found for grant in grants for found in rights.get(grant, ())]
            on = [found for grant in grants for found in ons.get(grant, ())]
            if acting and on:
                self._act(node, acting, on)

    def _told(self, role: AnyRole) -> list[tuple[int, list[Right], list[str]]]:
        """Return the rules of a role that have to do with it, each role looked at once."""
        known = self._of_roles.get(id(role))
        if known is None:
            told = ((n, rights_in(r), modes_in(r)) for n, r in enumerate(role.rules or ()))
            known = self._of_roles[id(role)] = [one for one in told if one[1] or one[2]]
        return known

    def _identities(self, wanted: set[int]) -> Iterator[tuple[Node, list[int]]]:
        """Yield identities that have something of it themselves, with all they have of it."""
        world, given = self._world, given_groups(self._world)
        bound = world.bindings_by_subject
        for node in dict.fromkeys((*bound, *given)):
            own = wanted.intersection(bound.get(node, ()))
            groups = closure(world, node, given) if own or node in given else []
            theirs = wanted.intersection(*[[p for g in groups for p in bound.get(g, ())]])
            if not own <= theirs or (node in given and theirs):
                yield node, sorted(own | theirs)

    # Whom somebody may act as

    def _act(self, node: Node, acting: Sequence[tuple[Right, HeldRule]], on: Sequence[On]) -> None:
        groups = self._groups([held for right, held in acting if right is GROUPS])
        seen: set[tuple[Node, ...]] = set()
        for right, held in acting:
            mode = MODES.get(right)
            for other in self._others(right, held) if mode else ():
                assert mode is not None
                parts = (other, *closure(self._world, other, {}))
                if mode == USER_INFO:
                    parts = tuple(dict.fromkeys((*parts, *groups)))
                known = tuple(part for part in parts if part in self._world.bindings_by_subject)
                key = known if other[0] == SERVICE_ACCOUNT else (other, *known)
                if key not in seen:
                    seen.add(key)
                    self._act_as(node, other, parts, held, [one for one in on if one[0] == mode])

    def _others(self, right: Right, held: HeldRule) -> Iterator[Node]:
        """Yield whom a rule lets one act as; the groups of a stranger are all that he has."""
        world, names = self._world, names_in(held)
        if right is ACCOUNTS:
            for namespace, name in world.known_service_accounts:
                if held.scope in {"", namespace} and (names == ("",) or name in names):
                    yield SERVICE_ACCOUNT, namespace, name
        elif held.scope:
            return
        elif right is NODES:
            for name in world.nodes if names == ("",) else names:
                if name in world.kubelet_numbers:
                    yield KUBELET, "", name
        else:
            known = [node for node in world.known_users if not node[2].startswith(NODE_USER)]
            yield from (node for node in known if names == ("",) or node[2] in names)
            if names == ("",) or not any((USER, "", name) in world.known_users for name in names):
                yield _STRANGER  # for the groups that may be added

    def _groups(self, rules: Iterable[HeldRule]) -> list[Node]:
        """Return the groups that may be added to a user; with four of them ``*`` is asked for."""
        named = {name for held in rules if not held.scope for name in names_in(held)}
        every = not named.isdisjoint(("", "*"))
        found = sorted(self._world.known_groups)
        return [g for g in found if g != MASTERS and (every or g[2] in named)]

    # What that gives

    def _act_as(
        self,
        node: Node,
        other: Node,
        parts: Sequence[Node],
        by: HeldRule,
        on: Sequence[On],
    ) -> None:
        found = self._limited(parts, on)
        acted = f"constrained-{other[0]}", other[1], f"{other[2]} by {format_node(node)}"
        targets: list[Node] = [acted] if found else []
        if other[0] == KUBELET:
            targets += self._of_kubelet(other, on)
        if not targets:
            return
        words = f"can impersonate {format_node(other)} for some requests"
        join = Join((node,), tuple(targets), words, evidence=self._evidence(by, on))
        for target in targets:
            self.edges.append((CONSTRAINED, (node, target, join, self._condition)))
        for scope, roles in found.items():
            grant = GRANT, scope, f"{format_node(other)} by {format_node(node)}"
            self.grants[grant] = roles, scope
            self.edges.append((HOLDS, (acted, grant, (), CERTAIN)))

    def _limited(self, parts: Sequence[Node], on: Sequence[On]) -> dict[str, tuple[AnyRole, ...]]:
        """Return what identities hold together, in part, by scope."""
        world, found = self._world, dict[str, list[AnyRole]]()
        places = {p for part in parts for p in world.bindings_by_subject.get(part, ())}
        grants = {world.granted[place] for place in places} & world.grants.keys()
        for grant in sorted(grants):
            roles, scope = world.grants[grant]
            for mode, held in on:
                both = meet(scope, held.scope)
                for role in roles if both is not None else ():
                    rules = tuple(limited(rule, held.rule, mode) for rule in role.rules or ())
                    if both is not None and any(rule is not NOTHING for rule in rules):
                        found.setdefault(both, []).append(with_rules(role, rules))
        for grant in sorted(grants) if found else ():
            roles, scope = world.grants[grant]
            for role in roles:
                rules = tuple(map(checks, role.rules or ()))
                if any(rule is not NOTHING for rule in rules):
                    for at in found if not scope else {scope} & found.keys():
                        found[at].append(with_rules(role, rules))
        return {scope: tuple(roles) for scope, roles in found.items()}

    def _of_kubelet(self, kubelet: Node, on: Sequence[On]) -> Iterator[Node]:
        """Yield what the Node authorizer allows to a kubelet, in part."""
        world, number = self._world, self._world.index.number(kubelet)
        for kind, (verbs, resource, subresource) in _OF_KUBELETS.items():
            allowed = [
                held
                for mode, held in on
                if any(asks(held.rule, mode, verb, resource, subresource) for verb in verbs)
            ]
            for end in self._node_edges[kind].get(number, ()) if allowed else ():
                target = world.index.nodes[end]
                if any(covers(held, target) for held in allowed):
                    yield target

    @cached_property
    def _node_edges(self) -> dict[int, dict[int, list[int]]]:
        """What the Node authorizer allows for certain, by kind of edge and kubelet."""
        found: dict[int, dict[int, list[int]]] = {kind: {} for kind in _OF_KUBELETS}
        for kind, ends in found.items():
            edge = EDGES[kind]
            assert isinstance(edge, ObjectEdge)
            for source, target, _, condition in each(edge.edges(self._world)):
                if not condition:
                    assert isinstance(source, int)
                    assert isinstance(target, int)
                    ends.setdefault(source, []).append(target)
        return found

    def _evidence(self, by: HeldRule, on: Sequence[On]) -> tuple[Evidence, ...]:
        tell = self._world.authorizer.evidence_of
        told = dict.fromkeys(
            tell(held.role, detail=f"{', '.join(held.rule.verbs or ())}", rule=held.number)
            for held in (by, *(held for _, held in on))
        )
        return tuple(told)
