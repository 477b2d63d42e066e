"""Who is able to do what, and the joints that follow from it.

What single grants are able to do is found once, at the grant. An identity is looked at as a
whole only where rules of several of its bindings and groups may add up.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

from rbacgraph.facts.world import Facts
from rbacgraph.graph.conjunctions import role_rights
from rbacgraph.graph.conjunctions.constrained_grants import Constrained, Grants
from rbacgraph.graph.conjunctions.self_bound_roles import BindingNeeds, SelfBound, SelfBoundPart
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.kubernetes.rbac import AnyRole
from rbacgraph.model.node import (
    ABILITY,
    ALL,
    EACH_NAMESPACE,
    EVERYTHING,
    GRANT,
    JOIN,
    KUBELET,
    NODE_USER,
    USER,
    GraphNode,
    Node,
    NodeKey,
    doubled,
)
from rbacgraph.model.node_keys import (
    AS_ANOTHER,
    ConjunctionName,
    RightName,
    RoleGrant,
    RoleName,
    Variant,
)
from rbacgraph.techniques.catalogue import EDGES, KINDS
from rbacgraph.techniques.kubelet.any_kubelet import PARTS, in_each
from rbacgraph.techniques.spec import compound_rights
from rbacgraph.techniques.spec.collections import in_each_namespace
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Edge, Right
from rbacgraph.techniques.structure.member_of import Groups, closure, given_groups, groups_of

HOLDS, NEEDS = KINDS["holds"], KINDS["needs"]

_JOINT_KINDS = tuple((n, kind) for n, kind in enumerate(EDGES) if isinstance(kind, Conjunction))
_ABILITIES = tuple({a.id: a for _, kind in _JOINT_KINDS for a in kind.abilities}.values())
_JOINT_RIGHTS = frozenset(right for a in _ABILITIES if a.joint for right in a.rights)

_BIND_ROLE = next(number for number, kind in _JOINT_KINDS if kind.id == "bind-role")

Bindings = Mapping[GraphNode, Sequence[BindingNeeds]]
"""Roles that can be bound, each with all that this needs."""

_BY_HAND = frozenset(right for a in _ABILITIES if not a.impersonated for right in a.rights)
"""Rights of abilities that an attacker who acts by impersonation cannot use."""


class CompoundRights:
    """Finds who is able to do what, and makes the joint edges."""

    def __init__(self, world: Facts, constrained: Constrained) -> None:
        self._world = world
        self._wanted = [ability for ability in _ABILITIES if ability.wanted(world)]
        self._rights = role_rights.RightsOfRoles(world, self._wanted)
        self._holders: dict[
            str, defaultdict[compound_rights.AnyKey, list[compound_rights.Holder]]
        ] = {ability.id: defaultdict(list) for ability in _ABILITIES}
        self._present = compound_rights.HeldCompoundRights(self._holders)
        self._sizes = dict.fromkeys(self._holders, 0)
        self._joint = self._rights.as_set(_JOINT_RIGHTS)
        self._joint_grants: dict[GraphNode, role_rights.ScopedRole] = {}
        self._by_grant: dict[GraphNode, role_rights.RoleRights] = {}
        self._together: dict[tuple[int, ...], role_rights.RoleRights] = {}
        self._joins: list[tuple[int, Variant, Hyperarc]] = []
        self._constrained = constrained
        self._several: list[tuple[Node, tuple[int, ...]]] = []
        self._self_bound = SelfBound(world, self._rights, self._wanted)
        self.more = dict(constrained.grants)
        """Grants that nobody is bound to, but that some edge leads to."""
        self._known = {*world.rbac.grants, *self.more}

    def find(self) -> compound_rights.HeldCompoundRights:
        """Find everything that anybody is able to do, and what follows, to a fixpoint."""
        self._add(
            EVERYTHING, self._rights.of_grant(self._rights.grant((role_rights.FULL_CONTROL,), ""))
        )
        for grant, (roles, scope) in (*self._world.rbac.grants.items(), *self.more.items()):
            self._look_at(grant, roles, scope)
        self._look_at_identities()
        for ability in self._wanted:
            for key, holder in ability.objects(self._world) if ability.objects else ():
                self._holders[ability.id][key].append(holder)
                self._sizes[ability.id] += 1
        present = self._present
        joins, bindings = self._find_grants(present)
        bound = list(self._self_bound.joins(joins[_BIND_ROLE]))
        self._forget_search()
        for number, kind in _JOINT_KINDS:
            if not kind.grants:
                joins[number] = list(kind.joins(self._world, present))
            _check_names(kind, joins[number])
        joins[_BIND_ROLE] = [*bound, *self._constrained.joins(bindings)]
        self._joins = [(number, None, j) for number, _ in _JOINT_KINDS for j in joins[number]]
        others = (j for n, kind in _JOINT_KINDS if not kind.grants for j in joins[n])
        assert not self._new_grants((*others, *joins[_BIND_ROLE])), "an edge kind says: none"
        return present

    def _forget_search(self) -> None:
        """Free what only the search asks for: the edges need as much memory again."""
        for known in (self._joint_grants, self._by_grant, self._together):
            known.clear()
        self._several.clear()
        self._rights.forget_search()
        self._self_bound.forget_search()

    def _find_grants(
        self, present: compound_rights.HeldCompoundRights
    ) -> tuple[dict[int, list[Hyperarc]], Bindings]:
        """Look at what more can be granted, until nothing is new; return the joins that do it.

        With them the roles that can be bound, and what that needs.
        """
        joins: dict[int, list[Hyperarc]] = {}
        sizes: dict[int, tuple[int, ...]] = {}
        while True:
            fresh: list[Hyperarc] = []
            for number, kind in _JOINT_KINDS:
                size = tuple(self._sizes[ability.id] for ability in kind.abilities)
                if kind.grants and sizes.get(number) != size:  # else nothing new is found
                    sizes[number] = size
                    joins[number] = list(kind.joins(self._world, present))
                    fresh += joins[number]
            new = self._new_grants(fresh)
            bindings = {} if new else _bindings(joins)
            if not new and not self._add_self_bound(bindings):
                new = self._constrained.bind(dict(self._bindable(bindings)))
                if not new:
                    return joins, bindings
            for grant, (roles, scope) in new.items():
                self.more[grant] = roles, scope
                self._known.add(grant)
                self._look_at(grant, roles, scope)

    def _new_grants(self, joins: Iterable[Hyperarc]) -> Grants:
        found: Grants = {}
        for join in joins:
            for target in join.targets:
                kind, scope, name = target
                if kind != GRANT and not (kind == ALL and scope):
                    continue
                if target in self._known or target in found:
                    continue
                if kind == ALL:
                    found[target] = (role_rights.FULL_CONTROL,), scope
                else:
                    roles = self._roles_of(scope, name)
                    if roles:
                        found[target] = roles, scope
        return found

    def _roles_of(self, scope: str, name: str | NodeKey) -> tuple[AnyRole, ...]:
        """Return the roles of a grant; none where what is granted is no role as it is."""
        if not isinstance(name, RoleName):
            return ()
        return self._world.authorizer.find_role(name.kind, scope, name.name)

    def _add_self_bound(self, bindings: Bindings) -> bool:
        """Look at roles that can be bound with what is held; return whether that is new."""
        grants = self._joint_grants
        bindable = [SelfBoundPart(node, (grants[node],)) for node in self._worth_binding(bindings)]
        found = list(self._self_bound.more(bindable, self._parts(), self._rights_of_grant))
        for node, had in found:
            self._add(node, (had,))
        return bool(found)

    def _worth_binding(self, bindings: Bindings) -> Iterator[GraphNode]:
        """Yield the roles that can be bound and may add something to what is held.

        Not those that only holders of everything can bind: these have it all. Nor those that
        only holders of full control of their namespace can bind, if full control can be bound
        there too: it gives what the role does.
        """
        grants = self._joint_grants
        full = {node for node in bindings if self._gives_all(node)}
        there = {scope for _, scope, _ in full}
        for node, ways in bindings.items():
            if node in grants:
                lone = node in full or there.isdisjoint(compound_rights.wider_scopes(node[1]))
                covering = ("",) if lone else tuple(compound_rights.wider_scopes(node[1]))
                if not all(self._takes_full_control(inputs, covering) for inputs, _ in ways):
                    yield node

    def _takes_full_control(self, inputs: Iterable[GraphNode], scopes: Collection[str]) -> bool:
        """Whether one of some nodes is held by none but holders of full control in scopes."""
        return any(self._held_by_full(node, scopes) for node in inputs)

    def _held_by_full(self, node: GraphNode, scopes: Collection[str]) -> bool:
        if node[0] != ABILITY:
            return self._is_full(node, scopes)
        ability, scope, name = self._present.asked[node]
        wider = self._present.wider(ability, scope, name)
        holders = (one for key in wider for one in self._present.holders(ability, key))
        return all(self._is_full(holder, scopes) for holder in holders)

    def _is_full(self, node: GraphNode, scopes: Collection[str]) -> bool:
        """Whether a node is full control in one of some scopes, or a grant of it."""
        return node[1] in scopes and (node[0] == ALL or self._gives_all(node))

    def _gives_all(self, node: GraphNode) -> bool:
        """Whether a node is the grant of one role that gives everything."""
        grant = self._joint_grants.get(node)
        return grant is not None and len(grant.roles) == 1 and grant.gives.full

    def _bindable(self, bindings: Bindings) -> Iterator[tuple[RoleGrant, Sequence[AnyRole]]]:
        """Yield what can be bound and may add something to acting as others."""
        for node in bindings:
            kind, scope, role = node
            if isinstance(role, RoleName):
                grant = kind, scope, role
                roles, _ = self._given(grant)
                if not self._rights.find(roles).full:
                    yield grant, roles

    def _given(self, grant: RoleGrant) -> tuple[tuple[AnyRole, ...], str]:
        """Return the roles of a grant and their scope."""
        return self.more[grant] if grant in self.more else self._world.rbac.grants[grant]

    def _rights_of_grant(self, grant: GraphNode) -> role_rights.RoleRights:
        return self._by_grant.get(grant, ())

    def _parts(self) -> Iterator[SelfBoundPart]:
        """Yield what somebody holds, by one grant or by several bindings of an identity."""
        for node, grant in self._joint_grants.items():
            yield SelfBoundPart(node, (grant,), node in self._constrained.grants)
        for node, places in self._several:
            yield SelfBoundPart(node, tuple(map(self._held_by, places)))

    def _held_by(self, place: int) -> role_rights.ScopedRole:
        """Return what a binding gives."""
        roles, scope, gives, _ = self._joint_grants[self._world.rbac.granted[place]]
        return role_rights.ScopedRole(roles, scope, gives, self._world.rbac.bindings[place][0])

    # What grants give

    def _look_at(self, grant: GraphNode, roles: Sequence[AnyRole], scope: str) -> None:
        one = self._rights.grant(roles, scope)
        if one.gives.rights & self._joint:
            self._joint_grants[grant] = one
        found_rights = self._rights.of_grant(one)
        if scope == EACH_NAMESPACE and self._world.identities.binding:
            found_rights = [self._where_bound(had) for had in found_rights]
        if found_rights:
            self._by_grant[grant] = found_rights
            self._add(grant, found_rights)

    def _where_bound(self, had: role_rights.RoleRight) -> role_rights.RoleRight:
        """Return what a role gives in a namespace that is bound in each, if it is bound there."""
        doubt = self._world.identities.binding.get(had.scope, CERTAIN)
        return had._replace(condition=both(had.condition, doubt))

    def _add(self, holder: GraphNode, found_rights: role_rights.RoleRights) -> None:
        for ability, scope, name, uses, condition in found_rights:
            self._holders[ability.id][scope, name].append(
                compound_rights.Holder(holder, uses, condition)
            )
            self._sizes[ability.id] += 1

    # What identities have beyond their parts

    def _look_at_identities(self) -> None:
        given = given_groups(self._world)
        self._several = list(self._identities(given))
        for node, bindings in self._several:
            self._add(node, self._beyond_parts(node, bindings, given))
        if not given:
            return
        for node, bindings in self._identities({}):
            if node in given:  # headers do not bring the groups of a mapping
                self._several.append((doubled(node), bindings))
                self._add(doubled(node), self._beyond_parts(node, bindings, {}))

    def _identities(self, given: Groups) -> Iterator[tuple[Node, tuple[int, ...]]]:
        """Yield every identity with all bindings that may add up, where there are several."""
        world = self._world
        bound = world.rbac.bindings_by_subject
        kubelets = [
            (KUBELET, "", name)
            for name in world.running.nodes
            if (USER, "", f"{NODE_USER}{name}") in bound
        ]
        held = self._joint_grants
        wanted = {place for place, grant in enumerate(world.rbac.granted) if grant in held}
        of_groups: dict[tuple[Node, ...], set[int]] = {}
        for node in dict.fromkeys((*bound, *given, *kubelets)):
            own = wanted.intersection(bound.get(node, ()))
            if not own and node not in given and node[0] != KUBELET:
                continue  # its groups are in each other: what they give is theirs
            groups = groups_of(world, node, given)
            if groups not in of_groups:
                theirs = (bound.get(group, ()) for group in closure(world, node, given))
                of_groups[groups] = wanted.intersection(chain.from_iterable(theirs))
            places = own | of_groups[groups]
            if len(places) > 1:
                yield node, tuple(sorted(places))

    def _beyond_parts(
        self, node: Node, places: Sequence[int], given: Groups
    ) -> role_rights.RoleRights:
        """Return what rules give together but neither a single grant nor a group of the node."""
        world = self._world
        if not self._rights.may_add_up(map(self._held_by, places)):
            return ()
        parts: set[tuple[str, str, RightName]] = set()
        for place in places:
            if place not in world.rbac.doubts:
                parts.update(
                    map(_key, self._whole(self._by_grant.get(world.rbac.granted[place], ())))
                )
        for group in groups_of(world, node, given):
            holders = (group, *closure(world, group, given))
            of_group = {p for one in holders for p in world.rbac.bindings_by_subject.get(one, ())}
            theirs = tuple(place for place in places if place in of_group)
            parts.update(map(_key, self._whole(self._found_together(theirs))))
        together = self._found_together(tuple(places))
        return [had for had in together if parts.isdisjoint(_wider(world, had))]

    def _whole(self, found_rights: role_rights.RoleRights) -> role_rights.RoleRights:
        """Leave out what rests on versions: all of them together may be certain of more."""
        return (
            [had for had in found_rights if not had.condition]
            if self._world.rbac.versions
            else found_rights
        )

    def _found_together(self, places: tuple[int, ...]) -> role_rights.RoleRights:
        known = self._together.get(places)
        if known is None:
            held: dict[Right, list[compound_rights.HeldRight]] = {}
            rights = 0
            for roles, scope, gives, binding in map(self._held_by, places):
                rights |= gives.rights
                for right, more in self._rights.held(roles, scope, binding).items():
                    held.setdefault(right, []).extend(more)
            known = self._together[places] = self._rights.together(held, rights)
        return known

    def impersonate(self, roles: Sequence[AnyRole]) -> bool:
        """Whether roles give part of an ability that impersonation does not carry."""
        return bool(self._rights.of(roles) & self._rights.as_set(_BY_HAND))

    # Edges

    def targets(self) -> Iterator[GraphNode]:
        """Yield what joint edges lead to."""
        for _, _, join in (*self._joins, *self._as_kubelets_in_each):
            yield from (target for target, _ in self._reached(join))

    def joint_edges(self, resolve: Callable[[GraphNode], GraphNode]) -> Iterator[tuple[int, Edge]]:
        """Yield the joint edges, each with the number of its kind, and what joins need.

        ``resolve`` returns the node of an identity that is acted as.
        """
        for number, variant, join in (*self._joins, *self._as_kubelets_in_each):
            yield from self._joint_edges(number, variant, join, join.inputs, resolve)

    @cached_property
    def _as_kubelets_in_each(self) -> Sequence[tuple[int, Variant, Hyperarc]]:
        """The joins once more for kubelets as whom somebody acts by a role bound in each namespace.

        Where the RoleBinding waits for a condition, what these reach does too.
        """
        acted = {part for _, part in self._constrained.kubelets}
        parts = {part: in_each(part) for part in PARTS if in_each(part) in acted}
        found: list[tuple[int, Variant, Hyperarc]] = []
        for number, _, join in self._joins if parts else ():
            inputs = tuple(parts.get(part, part) for part in join.inputs)
            if inputs != join.inputs:
                targets: dict[Condition, list[GraphNode]] = {}
                for target in join.targets:
                    to, condition = in_each_namespace(self._world, target, join.condition)
                    targets.setdefault(condition, []).append(to)
                for place, (condition, several) in enumerate(targets.items()):
                    again = join._replace(
                        inputs=inputs, targets=tuple(several), condition=condition
                    )
                    found.append((number, place, again))
        return found

    def doubled(
        self, double_of: Callable[[GraphNode], GraphNode | None]
    ) -> Iterator[tuple[int, Edge]]:
        """Yield the joint edges once more for what is had by impersonation alone."""
        for number, _, join in self._joins:
            parts = tuple(double_of(part) or part for part in join.inputs)
            if parts != join.inputs:
                yield from self._joint_edges(number, AS_ANOTHER, join, parts, lambda to: to)

    def _joint_edges(
        self,
        number: int,
        variant: Variant,
        join: Hyperarc,
        parts: Sequence[GraphNode],
        resolve: Callable[[GraphNode], GraphNode],
    ) -> Iterator[tuple[int, Edge]]:
        source = parts[0]
        if len(parts) > 1:
            source = JOIN, join.scope, ConjunctionName(EDGES[number].id, join.name, variant)
            for part in parts:
                yield NEEDS, (part, source, None, CERTAIN)
        for target, condition in self._reached(join):
            yield number, (source, resolve(target), join, condition)

    def _reached(self, join: Hyperarc) -> Iterator[tuple[GraphNode, Condition]]:
        """Yield what a join leads to, each with the condition."""
        for target in join.targets:
            if join.scope == EACH_NAMESPACE:
                yield in_each_namespace(self._world, target, join.condition)
            else:
                yield target, join.condition

    def self_bound(self) -> Iterator[tuple[int, Edge]]:
        """Yield the edges by which roles that are bound add to what is held."""
        yield from self._self_bound.edges()

    def holders(
        self, present: compound_rights.HeldCompoundRights
    ) -> Iterator[
        tuple[GraphNode, compound_rights.CompoundRight, Sequence[compound_rights.Holder]]
    ]:
        """Yield the abilities that joints need: each one's node, the ability, who has it."""
        done: set[GraphNode] = set()
        for ability, scope, name in present.asked.values():
            for wider in present.wider(ability, scope, name):
                node = ability.node(*wider)
                if node not in done:
                    done.add(node)
                    yield node, ability, self._holders[ability.id][wider]
        yield from self._self_bound.holders()

    def containment(self, present: compound_rights.HeldCompoundRights) -> Iterator[Edge]:
        """Yield the edges from wider abilities to the narrower ones that joints need."""
        for node, (ability, scope, name) in present.asked.items():
            for wider in present.wider(ability, scope, name):
                if wider != (scope, name):
                    condition = ability.narrowed(self._world, wider[0], scope)
                    yield ability.node(*wider), node, (), condition


def _bindings(joins: Mapping[int, Sequence[Hyperarc]]) -> Bindings:
    """Return the roles that can be bound to whom one likes, each with all that this needs.

    Full control of a namespace may bind itself there.
    """
    found: dict[GraphNode, list[BindingNeeds]] = {}
    for number, several in joins.items():
        for join in several:
            for target in join.targets:
                if target[0] == ALL and target[1]:
                    found.setdefault(target, [((target,), CERTAIN)])
                elif target[0] == GRANT and number == _BIND_ROLE:
                    found.setdefault(target, []).append((join.inputs, join.condition))
    return found


def _check_names(kind: Conjunction, joins: Sequence[Hyperarc]) -> None:
    names = [(join.scope, join.name) for join in joins if len(join.inputs) > 1]
    assert len(names) == len(set(names)), f"two joins of {kind.id} have the same name"


def _key(had: role_rights.RoleRight) -> tuple[str, str, RightName]:
    return had.ability.id, had.scope, had.name


def _wider(world: Facts, had: role_rights.RoleRight) -> Iterator[tuple[str, str, RightName]]:
    for scope in compound_rights.wider_scopes(had.scope):
        if had.condition or not had.ability.narrowed(world, scope, had.scope):
            for name in dict.fromkeys((had.name, "")):
                yield had.ability.id, scope, name
