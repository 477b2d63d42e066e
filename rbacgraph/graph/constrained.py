"""Constrained impersonation: what one may do as another, as far as its verbs reach.

For whoever may act as another so, there is a node of its own with grants of its own: each
holds what the other's roles give in a place, in part.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.edges import EDGES, KINDS, ObjectEdge
from rbacgraph.edges.abilities import meet
from rbacgraph.edges.base import CERTAIN, Edge, each
from rbacgraph.edges.impersonate_constrained import MODES, OWN_NODE, HeldRule, On, asks, covers
from rbacgraph.edges.joint import Join
from rbacgraph.edges.limited import NOTHING, checks, limited
from rbacgraph.edges.world import World
from rbacgraph.graph.acts import Act, Acts
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.node import GRANT, KUBELET, Node, format_node
from rbacgraph.model.rbac import AnyBinding, AnyRole, with_rules

CONSTRAINED, BOUND_BY = KINDS["impersonate-constrained"], KINDS["bound-by"]
_SINCE = (1, 36)
_CONDITION = "the API server is Kubernetes 1.36 or newer"

_OF_KUBELETS = {
    KINDS["node-reads-secret"]: ({"get", "list", "watch"}, "secrets", ""),
    KINDS["node-requests-token"]: ({"create"}, "serviceaccounts", "token"),
}
"""What the Node authorizer allows to kubelets, by the requests that it takes."""


class _InPart(NamedTuple):
    """Roles in part, and the grants that requests need of them."""

    roles: list[AnyRole]
    grants: set[Node]


class Constrained:
    """Finds what acting as others gives.

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
        version = world.snapshot.kubernetes_version
        if version is None or version >= _SINCE:
            self._condition = _CONDITION if version is None else CERTAIN
            acts = Acts(world)
            self.holders = acts.holders
            for act in acts.found():
                self._add(act)

    def _add(self, act: Act) -> None:
        """Add the edges from who acts as another to what that gives."""
        sources, holder, other, parts, by, on = act
        found = self._limited(parts, on)
        name = f"{other[2]} by {format_node(holder)}"
        if on and on[0][0] == MODES[OWN_NODE]:
            name = f"{name} on it"
        acted = f"constrained-{other[0]}", other[1], name
        targets: list[Node] = [acted] if found else []
        if other[0] == KUBELET:
            targets += self._of_kubelet(other, on)
        if not targets:
            return
        words = f"can impersonate {format_node(other)} for some requests"
        join = Join((holder,), tuple(targets), words, evidence=self._evidence(by, on))
        for source, doubt in sources:
            condition = " and ".join(filter(None, (doubt, self._condition)))
            self.edges += [(CONSTRAINED, (source, target, join, condition)) for target in targets]
        for scope, (roles, of) in found.items():
            grant = GRANT, scope, f"{other[0]}:{name}"
            self.grants[grant] = tuple(roles), scope
            self.edges.append((BOUND_BY, (acted, grant, self._bindings(parts, of), CERTAIN)))

    def _bindings(self, parts: Iterable[Node], grants: set[Node]) -> tuple[AnyBinding, ...]:
        """Return the bindings of identities that give one of some grants."""
        world = self._world
        places = {p for part in parts for p in world.bindings_by_subject.get(part, ())}
        wanted = sorted(place for place in places if world.granted[place] in grants)
        return tuple(world.bindings[place][0] for place in wanted)

    def _limited(self, parts: Sequence[Node], on: Sequence[On]) -> dict[str, _InPart]:
        """Return what identities hold together, in part, by scope."""
        world, found = self._world, dict[str, _InPart]()
        places = {p for part in parts for p in world.bindings_by_subject.get(part, ())}
        grants = {world.granted[place] for place in places} & world.grants.keys()
        for grant in sorted(grants):
            roles, scope = world.grants[grant]
            for mode, held in on:
                both = meet(scope, held.scope)
                for role in roles if both is not None else ():
                    rules = tuple(limited(rule, held.rule, mode) for rule in role.rules or ())
                    if both is not None and any(rule is not NOTHING for rule in rules):
                        in_part = found.setdefault(both, _InPart([], set()))
                        in_part.roles.append(with_rules(role, rules))
                        in_part.grants.add(grant)
        for grant in sorted(grants) if found else ():
            roles, scope = world.grants[grant]
            for role in roles:
                rules = tuple(map(checks, role.rules or ()))
                if any(rule is not NOTHING for rule in rules):
                    for at in found if not scope else {scope} & found.keys():
                        found[at].roles.append(with_rules(role, rules))
        return found

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
        tell, told = self._world.authorizer.evidence_of, dict[Evidence, None]()
        for held in (by, *(held for _, held in on)):
            ref, rule = held.binding.role_ref, held.rule
            what = f"{', '.join(rule.verbs or ())} on {', '.join(rule.resources or ())}"
            told[tell(held.binding, detail=f"grants {ref.kind} {ref.name}")] = None
            told[tell(held.role, detail=what, rule=held.number)] = None
        return tuple(told)
