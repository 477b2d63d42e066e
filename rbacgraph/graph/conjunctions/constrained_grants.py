"""Constrained impersonation: what one may do as another, as far as its verbs reach.

For an attacker who may act as another so, there is a node of its own with grants of its own: each
holds what the other's roles give in a place, in part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice, product
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import role_words
from rbacgraph.facts.world import Facts
from rbacgraph.graph.conjunctions.constrained_actors import Act, Actor, Acts, bound_if
from rbacgraph.graph.conjunctions.self_bound_roles import BindingNeeds
from rbacgraph.model import node
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole, PolicyRule, with_rules
from rbacgraph.model.node_keys import (
    ActedAs,
    Acting,
    NamedBy,
    PartOfActing,
    PartOfGrants,
    RoleGrant,
)
from rbacgraph.techniques.catalogue import EDGES, KINDS, ObjectEdge
from rbacgraph.techniques.impersonation.impersonate_constrained import (
    MODES,
    OWN_NODE,
    GrantedRule,
    On,
    asks,
    covers,
)
from rbacgraph.techniques.impersonation.rule_intersection import (
    NOTHING,
    asked_later,
    checks,
    limited,
    naming,
)
from rbacgraph.techniques.kubelet import any_kubelet
from rbacgraph.techniques.spec.compound_rights import meet, wider_scopes
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.technique import Edge, End, each, where

CONSTRAINED, BOUND_BY = KINDS["impersonate-constrained"], KINDS["bound-by"]
HOLDS = KINDS["holds"]
_SINCE = (1, 36)
_WIDE = ("", node.EACH_NAMESPACE)

_OF_KUBELETS = {
    KINDS["node-reads-secret"]: ({"get", "list", "watch"}, "secrets", ""),
    KINDS["node-requests-token"]: ({"create"}, "serviceaccounts", "token"),
}
"""What the Node authorizer allows to kubelets, by the requests that it takes."""

_PARTS = {
    KINDS["node-reads-secret"]: (any_kubelet.READING_KUBELET, any_kubelet.KUBELET_WITH_CLAIM),
    KINDS["node-requests-token"]: (any_kubelet.TOKEN_KUBELET,),
}
"""What one then is, for techniques that need some kubelet."""


_READS = frozenset({"get", "list", "watch"})

Grants = dict[node.GraphNode, tuple[tuple[AnyRole, ...], str]]
"""Roles and scope of each grant."""


class _InPart(NamedTuple):
    """Roles in part, and the grants that requests need of them."""

    roles: list[AnyRole]
    grants: set[RoleGrant]


class Constrained:
    """Finds what acting as others gives."""

    def __init__(self, world: Facts) -> None:
        self._world = world
        self.grants: Grants = {}
        """What is had as another: roles in part, and their scope."""
        self.holders: frozenset[RoleGrant] = frozenset()
        """The bound grants that hold part of such a right."""
        self.kubelets: list[tuple[node.GraphNode, node.GraphNode]] = []
        """Kubelets as far as somebody acts as them, each with a part of techniques it is.

        An attacker who acts so by a role bound in each namespace has the part there alone.
        """
        self._gives: dict[tuple[str, str, ActedAs], bool] = {}
        self._parts: dict[
            tuple[int, int, str], tuple[AnyRole | None, Sequence[AnyRole], AnyRole, PolicyRule]
        ] = {}
        self._checked: dict[int, tuple[Sequence[AnyRole], AnyRole]] = {}
        self._able: set[tuple[End, node.GraphNode]] = set()
        self.edges: list[tuple[int, Edge]] = []
        """From identities to others as far as they may act as them, and on to the grants."""
        self._bound: dict[
            tuple[tuple[str, str, Acting], frozenset[RoleGrant]], frozenset[RoleGrant]
        ] = {}
        """What roles that can be bound give, with these, beside what is held."""
        self._acts: Acts | None = None
        version = world.snapshot.kubernetes_version
        if version is None or version >= _SINCE:
            self._condition = If.SERVER_IS_NEWER(*_SINCE) if version is None else CERTAIN
            acts = self._acts = Acts(world)
            self.holders = acts.holders
            for act, actors in acts.found():
                able = self._add(act)
                if able is not None:
                    self._add_actors(act.grants, able, actors)

    def bind(self, bindable: Mapping[RoleGrant, Sequence[AnyRole]]) -> Grants:
        """Add what roles that can be bound give, and return the grants that are new."""
        known = len(self.grants)
        for act, bound in self._acts.beside(bindable) if self._acts is not None else ():
            able = self._add(act)
            if able is not None:
                self._add_bound(act, able, bound)
        return dict(islice(self.grants.items(), known, None))

    def joins(self, needed: Mapping[node.GraphNode, Sequence[BindingNeeds]]) -> Iterator[Hyperarc]:
        """Yield what leads to acting as others, by what the bindings of several roles need."""
        for (able, roles), held in self._bound.items():
            bound = sorted(roles)
            beside = f" beside {listed_grants(held)}" if held else ""
            words = f"can bind {listed_grants(bound)} to itself{beside}"
            part = (_part(held),) if held else ()
            for ways in product(*(needed[grant] for grant in bound)):
                inputs = tuple(dict.fromkeys(part for parts, _ in ways for part in parts))
                condition = both(*(doubt for _, doubt in ways))
                name_of_arc: NamedBy = able[2], "by", *inputs
                yield Hyperarc(
                    (*part, *inputs), (able,), words, name=name_of_arc, condition=condition
                )

    def _add(self, act: Act) -> tuple[str, str, Acting] | None:
        """Add the edges from acting as another to what that gives; return who does, if any."""
        on = act.other if act.on[0][0] == MODES[OWN_NODE] else None
        by = Acting(tuple(sorted(act.grants)), on)
        able = node.ABILITY, "", by
        acted = f"constrained-{act.other[0]}", act.other[1], ActedAs(act.other[2], by)
        if acted not in self._gives:
            self._gives[acted] = self._add_other(act, able, acted)
        return able if self._gives[acted] else None

    def _add_actors(
        self, grants: Iterable[RoleGrant], able: node.GraphNode, actors: Iterable[Actor]
    ) -> None:
        """Add the edges from those who hold grants to what these give, once."""
        for actor in actors:
            for source, doubt in actor.sources:
                if (source, able) not in self._able:
                    self._able.add((source, able))
                    bindings = tuple(actor.bindings[grant] for grant in sorted(grants))
                    condition = both(doubt, *map(self._doubt, bindings))
                    self.edges.append((HOLDS, (source, able, bindings, condition)))

    def _add_bound(
        self, act: Act, able: tuple[str, str, Acting], bound: frozenset[RoleGrant]
    ) -> None:
        """Add what leads from roles that can be bound, beside what is held, to acting so."""
        held = act.grants - bound
        if len(act.grants) == 1:
            (grant,) = bound
            if (grant, able) not in self._able:
                self._able.add((grant, able))
                self.edges.append((HOLDS, (grant, able, (), CERTAIN)))
            return
        key = able, bound
        if key in self._bound:  # by acting as somebody else, which takes the same
            return
        self._bound[key] = held
        assert self._acts is not None, "it made the act"
        part = _part(held)
        for grants, actors in self._acts.alike.items() if held else ():
            if held <= grants:
                self._add_actors(held, part, actors)

    def _add_other(self, act: Act, able: node.GraphNode, acted: tuple[str, str, ActedAs]) -> bool:
        """Add the edges to what is had of another, and return whether there are any."""
        granted = self._granted(act.parts)
        found = list(self._where_bound(granted, act.on))
        parts = self._parts_of(act) if act.other[0] == node.KUBELET else []
        targets: dict[node.GraphNode, Condition] = {acted: CERTAIN} if found or parts else {}
        if act.other[0] == node.KUBELET:
            targets |= self._of_kubelet_where_bound(act.other, act.on)
        self.kubelets += [(acted, part) for part in parts]
        words = f"can impersonate {node.format_node(act.other)} for some requests"
        join = Hyperarc((able,), tuple(targets), words, evidence=self._evidence(act))
        rests = (self._world.rbac.versions.doubt(None, *rule[2:]) for rule in _rules(act))
        acting = bound_if(self._world, act.by.scope, act.other[1])
        condition = both(self._condition, *rests, acting)
        for to, bound in targets.items():
            self.edges.append((CONSTRAINED, (able, to, join, both(condition, bound))))
        for scope, (roles, of), bound in found:
            grant = node.GRANT, scope, PartOfGrants(*act.other[:2], acted[2], newly=bool(bound))
            self.grants[grant] = tuple(roles), scope
            bindings = self._bindings(granted, of)
            doubt = both(*map(self._doubt, bindings), bound)
            self.edges.append((BOUND_BY, (acted, grant, bindings, doubt)))
        return bool(targets)

    def _where_bound(
        self, granted: Iterable[RoleGrant], on: Sequence[On]
    ) -> Iterator[tuple[str, _InPart, Condition]]:
        """Yield what identities hold in part, by scope, with the condition that it is bound there.

        Some rules may come from a role that somebody binds in each namespace.
        """
        standing = _standing(on) if self._world.identities.binding else on
        found = self._limited(granted, on)
        sure = self._limited(granted, standing) if len(standing) < len(on) else found
        for scope, part in found.items():
            bound = self._world.identities.binding.get(scope, CERTAIN)
            if sure is found or not bound:
                yield scope, part, CERTAIN
            elif scope in sure:
                yield scope, sure[scope], CERTAIN
            if sure is not found and bound and sure.get(scope) != part:
                yield scope, part, bound

    def _of_kubelet_where_bound(
        self, kubelet: node.Node, on: Sequence[On]
    ) -> dict[node.GraphNode, Condition]:
        """Return what a kubelet is allowed in part, each with the condition that it is bound."""
        sure = set(self._of_kubelet(kubelet, _standing(on)))
        return {
            target: CERTAIN
            if target in sure
            else self._world.identities.binding.get(target[1], CERTAIN)
            for target in self._of_kubelet(kubelet, on)
        }

    def _doubt(self, binding: AnyBinding) -> Condition:
        """Return on which versions a binding rests."""
        versions = self._world.rbac.versions
        return versions.condition(versions.of_binding(binding))

    def _granted(self, parts: Iterable[node.Node]) -> dict[RoleGrant, list[int]]:
        """Return the grants of identities, each with the places of the bindings that give it."""
        world, found = self._world, dict[RoleGrant, list[int]]()
        for place in sorted(
            {p for part in parts for p in world.rbac.bindings_by_subject.get(part, ())}
        ):
            found.setdefault(world.rbac.granted[place], []).append(place)
        return found

    def _bindings(
        self, granted: Mapping[RoleGrant, Sequence[int]], grants: set[RoleGrant]
    ) -> tuple[AnyBinding, ...]:
        wanted = sorted(place for grant in grants for place in granted[grant])
        return tuple(self._world.rbac.bindings[place][0] for place in wanted)

    def _limited(self, granted: Iterable[RoleGrant], on: Sequence[On]) -> dict[str, _InPart]:
        """Return what identities hold together, in part, by scope."""
        world, found, beside = self._world, dict[str, _InPart](), dict[str, list[AnyRole]]()
        grants = sorted(grant for grant in granted if grant in world.rbac.grants)
        for grant in grants:
            roles, scope = world.rbac.grants[grant]
            for mode, held in on:
                both = meet(scope, held.scope)
                for role in roles if both is not None else ():
                    assert both is not None
                    part, names = self._part(role, held.rule, mode)
                    if part is not None:
                        in_part = found.setdefault(both, _InPart([], set()))
                        in_part.roles.append(part)
                        in_part.grants.add(grant)
                    beside.setdefault(both, []).extend(names)
        for grant in grants if found else ():
            roles, scope = world.rbac.grants[grant]
            for role in roles:
                beside.setdefault(scope, []).extend(self._checks(role))
        return dict(_together(found, beside))

    def _part(
        self, role: AnyRole, on: PolicyRule, mode: str
    ) -> tuple[AnyRole | None, Sequence[AnyRole]]:
        """Return a role as far as a rule lets its holder be acted as, if at all; each pair once.

        With it, what of the role these requests need beside.
        """
        key = (id(role), id(on), mode)
        found = self._parts.get(key)
        if found is None:
            rules = tuple(limited(rule, on, mode) for rule in role.rules or ())
            names = tuple(naming(rule, on, mode) for rule in role.rules or ())
            # with the two, whose ids would be free for others else
            found = self._parts[key] = (_of_rules(role, rules), _some(role, names), role, on)
        return found[:2]

    def _checks(self, role: AnyRole) -> Sequence[AnyRole]:
        """Return a role as far as its verbs are no request of their own."""
        found = self._checked.get(id(role))
        if found is None:
            rules = role.rules or ()
            parts = _some(role, tuple(map(checks, rules)), tuple(map(asked_later, rules)))
            found = self._checked[id(role)] = (parts, role)
        return found[0]

    def _of_kubelet(self, kubelet: node.Node, on: Sequence[On]) -> Iterator[node.Node]:
        """Yield what the Node authorizer allows to a kubelet, in part."""
        world, number = self._world, self._world.index.number(kubelet)
        for kind, (verbs, resource, subresource) in _OF_KUBELETS.items():
            allowed = [
                held
                for mode, held in on
                if any(asks(held.rule, mode, verb, resource, subresource) for verb in verbs)
            ]
            for end in self._node_edges[kind].get(number, ()) if allowed else ():
                target = node.named_node(world.index.nodes[end])
                if any(covers(held, target) for held in allowed):
                    yield target

    def _parts_of(self, act: Act) -> list[node.GraphNode]:
        """Return what of some kubelet one is who acts as one everywhere and for any name."""
        found: list[node.GraphNode] = []
        for kind, (verbs, resource, subresource) in _OF_KUBELETS.items():
            scopes = {
                held.scope
                for mode, held in act.on
                if not held.rule.resource_names
                if any(asks(held.rule, mode, verb, resource, subresource) for verb in verbs)
            }
            if scopes.isdisjoint(_WIDE):
                continue
            everywhere = "" in scopes or not self._world.identities.binding
            found += [
                part if everywhere else any_kubelet.in_each(part)
                for part in _PARTS[kind]
                if part != any_kubelet.KUBELET_WITH_CLAIM or act.other[2] in self._with_claims
            ]
        return found

    @cached_property
    def _with_claims(self) -> frozenset[str]:
        return frozenset(
            name for name, condition in any_kubelet.with_claims(self._world) if not condition
        )

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

    def _evidence(self, act: Act) -> tuple[Evidence, ...]:
        find, evidence = self._world.authorizer.evidence_of, dict[Evidence, None]()
        for held in _rules(act):
            verbs, resources = held.rule.verbs or (), held.rule.resources or ()
            what = f"{', '.join(verbs)} on {', '.join(resources)}"
            evidence[find(held.role, detail=what, rule=held.number)] = None
        return tuple(evidence)


def _standing(on: Sequence[On]) -> Sequence[On]:
    """Return the rules that do not come from a role that is bound in each namespace."""
    return [one for one in on if one[1].scope != node.EACH_NAMESPACE]


def _rules(act: Act) -> Sequence[GrantedRule]:
    """Return the rules that let somebody be acted as, and those that say for what."""
    return act.by, *(held for _, held in act.on)


def _of_rules(role: AnyRole, rules: tuple[PolicyRule, ...]) -> AnyRole | None:
    """Return a role with other rules, None where none of them gives anything."""
    return with_rules(role, rules) if any(rule is not NOTHING for rule in rules) else None


def _some(role: AnyRole, *several: tuple[PolicyRule, ...]) -> Sequence[AnyRole]:
    """Return a role with other rules, once for each of several lists that give anything."""
    parts = (_of_rules(role, rules) for rules in several)
    return [part for part in parts if part is not None]


def _together(
    found: Mapping[str, _InPart], beside: Mapping[str, Sequence[AnyRole]]
) -> Iterator[tuple[str, _InPart]]:
    """Yield what is held in each place, with all of it that may add up there.

    ``beside`` is what requests need more, by the scope it holds at. What reads alone needs
    nothing more: it is found where it holds.
    """
    for scope in dict.fromkeys((*found, *beside)):
        roles, grants = found.get(scope, _InPart([], set()))
        adds = _writing((*roles, *beside.get(scope, ())))
        wider = [at for at in wider_scopes(scope) if at != scope and at in found]
        wide = [_InPart(_writing(found[at].roles), found[at].grants) for at in wider if adds]
        wide = [part for part in wide if part.roles]
        if roles or wide:
            roles = [*roles, *(role for part in wide for role in part.roles)]
            roles += [role for at in wider_scopes(scope) for role in beside.get(at, ())]
            yield scope, _InPart(roles, grants.union(*(part.grants for part in wide)))


def _writing(roles: Iterable[AnyRole]) -> list[AnyRole]:
    """Return roles without the rules that read alone."""
    return [
        part
        for role in roles
        for part in _some(role, tuple(r if _writes(r) else NOTHING for r in role.rules or ()))
    ]


def _writes(rule: PolicyRule) -> bool:
    return not _READS.issuperset(rule.verbs or ())


def listed_grants(grants: Iterable[RoleGrant]) -> str:
    """Say what some grants are of, and where.

    Examples
    --------
    >>> from rbacgraph.model.node_keys import RoleName
    >>> listed_grants([("grant", "shop", RoleName("Role", "reader"))])
    'Role reader in shop'
    """
    words = (
        role_words(role) + (f" {where(scope)}" if scope else "")
        for _, scope, role in sorted(grants)
    )
    return " and ".join(words)


def _part(held: Iterable[RoleGrant]) -> node.GraphNode:
    """Return the node of what is held for acting as another, with a role that can be bound."""
    return node.ABILITY, "", PartOfActing(tuple(sorted(held)))
