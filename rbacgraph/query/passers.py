"""Who may pass on the right to read a Secret: give it to others by writing roles or bindings.

This is no path: whoever passes a right on gains nothing by it. By what is held through a
group alone the group is told, not its members.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.authz.match import api_group_matches, resource_matches, verb_matches
from rbacgraph.authz.subjects import service_account_user
from rbacgraph.edges.member_of import closure, given_groups, groups_of
from rbacgraph.edges.world import World
from rbacgraph.graph.principals import Principals
from rbacgraph.model.node import (
    ANONYMOUS,
    GROUP,
    MASTERS,
    SERVICE_ACCOUNT,
    UNAUTHENTICATED,
    Node,
    format_node,
)
from rbacgraph.model.rbac import RBAC_GROUP, AnyBinding, AnyRole
from rbacgraph.model.results import Passer, RoleWrite
from rbacgraph.query.giving import Identity, RoleKey, Target, Way, Write, subjects_of
from rbacgraph.query.giving_bindings import NEW, by_binding
from rbacgraph.query.giving_roles import Bound, bound_roles, by_role

_WRITES = ("create", "update", "patch")
_STRANGERS = frozenset({ANONYMOUS, UNAUTHENTICATED})
_WRITTEN = ("rolebindings", "clusterrolebindings", "roles", "clusterroles")


def passers_of(world: World, namespace: str, name: str, principals: Principals) -> list[Passer]:
    """Return who may pass on the right to read a Secret, each with its simplest way.

    Parameters
    ----------
    world:
        The cluster.
    namespace, name:
        The Secret.
    principals:
        Says who is folded.
    """
    opened = world.authorizer.opened is not None  # whoever is authenticated has it already
    found = (
        _told(node, way)
        for node, way in ways_of(world, namespace, name)
        if not opened or node in _STRANGERS
    )
    return sorted(one for one in found if not _is_folded(one, principals))


def ways_of(world: World, namespace: str, name: str) -> Iterator[tuple[Node, Way]]:
    """Yield everybody that may give the Secret to others, by a way that is not a group's alone."""
    return _Search(world, Target(world, namespace, name)).found()


def _is_folded(passer: Passer, principals: Principals) -> bool:
    through = (evidence for evidence in passer.evidence if evidence.rule is None)
    return all(principals.folds(passer.principal, evidence) for evidence in through)


def _told(node: Node, way: Way) -> Passer:
    return Passer(
        principal=format_node(node),
        verbs=way.verbs,
        text=way.words,
        writes=tuple(map(_write, way.writes)),
        to=way.to,
        evidence=way.evidence,
        condition=way.condition,
    )


def _write(write: Write) -> RoleWrite:
    obj = write.obj
    ref = obj.role_ref if isinstance(obj, AnyBinding) else None
    return RoleWrite(
        verb=write.verb,
        kind=type(obj).__name__,
        namespace=obj.metadata.namespace,
        name="" if obj.metadata.name == NEW else obj.metadata.name,
        role=f"{ref.kind}/{ref.name}" if ref else "",
    )


class _Search:
    """Who gives one Secret to others, each identity looked at as a whole."""

    def __init__(self, world: World, target: Target) -> None:
        self._world = world
        self._target = target
        self._given = given_groups(world)
        self._places = frozenset(world.authorizer.places_at(target.namespace))
        self._by_binding: dict[tuple[frozenset[int], bool], Way | None] = {}
        self._of_group: dict[Node, Way | None] = {}

    def found(self) -> Iterator[tuple[Node, Way]]:
        """Yield everybody that gives it, with the simplest way."""
        for node in self._candidates():
            way = self._own_way(node)
            if way:
                yield node, way

    def _candidates(self) -> Iterator[Node]:
        """Yield whoever may write roles or bindings, alone or together with its groups."""
        wrote: dict[int, bool] = {}
        writers: dict[Node, None] = {MASTERS: None}
        for binding in self._target.bindings:
            for role in self._target.authorizer.roles_of(binding):
                writes = wrote.get(id(role))
                if writes is None:
                    writes = wrote[id(role)] = _writes(role)
                if writes:
                    writers.update(dict.fromkeys(subjects_of(binding)))
        yield from writers
        if any(node[0] == GROUP and node != MASTERS for node in writers) or self._given:
            for node in {*self._target.readers, *self._given} - writers.keys():
                if not writers.keys().isdisjoint(closure(self._world, node, self._given)):
                    yield node

    def _own_way(self, node: Node) -> Way | None:
        groups = closure(self._world, node, self._given)
        way = self._way(node, groups)
        if way is None:
            return None
        of_groups = (self._group_way(g) for g in groups_of(self._world, node, self._given))
        theirs = {verb for other in of_groups if other for verb in other.verbs}
        return self._way(node, []) if theirs.issuperset(way.verbs) else way

    def _group_way(self, group: Node) -> Way | None:
        if group not in self._of_group:
            groups = closure(self._world, group, self._given)
            self._of_group[group] = self._way(group, groups)
        return self._of_group[group]

    def _way(self, node: Node, groups: list[Node]) -> Way | None:
        holders, bound = (node, *groups), self._world.bindings_by_subject
        own = (place for one in holders for place in bound.get(one, ()))
        key = self._places.intersection(own), MASTERS in holders
        who = _identity(node, groups)
        if key not in self._by_binding:
            self._by_binding[key] = by_binding(self._target, who)
        return self._by_binding[key] or by_role(self._target, self._bound, who, node)

    @cached_property
    def _bound(self) -> Mapping[RoleKey, Bound]:
        return bound_roles(self._target, self._given)


def _identity(node: Node, groups: Sequence[Node]) -> Identity:
    kind, namespace, name = node
    names = tuple(group[2] for group in groups if group[0] == GROUP)
    if kind == GROUP:
        return Identity("", (name, *names))
    user = service_account_user(namespace, name) if kind == SERVICE_ACCOUNT else name
    return Identity(user, names)


def _writes(role: AnyRole) -> bool:
    """Whether a role gives part of what writing roles or bindings needs."""
    return any(
        api_group_matches(rule, RBAC_GROUP)
        and any(verb_matches(rule, verb) for verb in _WRITES)
        and any(resource_matches(rule, resource) for resource in _WRITTEN)
        for rule in role.rules or ()
    )
