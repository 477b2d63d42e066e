"""Who may write any rights into roles: a write, and the verb escalate on the same name.

Whoever lacks escalate may only write what it holds itself, and gains nothing by it.
Source: kubernetes ``pkg/registry/rbac/role/policybased/storage.go`` and ``clusterrole/``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product

from rbacgraph.edges.abilities import (
    Ability,
    Found,
    Held,
    Holding,
    Key,
    Present,
    cluster_wide,
    common_names,
    meet,
    names_of,
)
from rbacgraph.edges.base import CERTAIN, Right
from rbacgraph.edges.world import World
from rbacgraph.model.node import ALL, AUTHENTICATED, UNAUTHENTICATED, Node
from rbacgraph.model.rbac import RBAC_GROUP, AnyBinding

_WRITES = ("update", "patch")


def _edits(edit: Sequence[Holding], escalate: Sequence[Holding]) -> Iterator[Found]:
    for uses in product(edit, escalate):
        scope = meet(uses[0].scope, uses[1].scope)
        if scope is not None:
            for name in common_names(*(names_of(use.match) for use in uses)):
                yield Found(scope, name, uses)


def _creates(
    create: Sequence[Holding], edit: Sequence[Holding], escalate: Sequence[Holding]
) -> Iterator[Found]:
    """Yield what can be created: by a POST, which has no name, or by a PUT or apply."""
    for uses in product(create, escalate):
        scope = meet(uses[0].scope, uses[1].scope)
        if scope is not None and all(use.match.nameless for use in uses):
            yield Found(scope, "", uses)
    for found in _edits(edit, escalate):
        for holding in create:
            scope = meet(holding.scope, found.scope)
            if scope is not None:
                for name in common_names(names_of(holding.match), (found.name,)):
                    yield Found(scope, name, (holding, *found.uses))


def _of(resource: str, role: str, *, cluster: bool) -> tuple[Ability, Ability]:
    """Return the abilities to edit the roles that there are, and to create others."""
    create = Right(("create",), RBAC_GROUP, resource)
    edit = Right(_WRITES, RBAC_GROUP, resource)
    escalate = Right(("escalate",), RBAC_GROUP, resource)

    def found(
        tell: Callable[..., Iterator[Found]], *rights: Right
    ) -> Callable[[World, Held], Iterator[Found]]:
        def of(_world: World, held: Held) -> Iterator[Found]:
            holdings = [held.get(right, ()) for right in rights]
            if holdings[-1]:
                yield from tell(*(map(cluster_wide, holdings) if cluster else holdings))

        return of

    return (
        Ability(
            id=f"edit-{role}",
            rights=(edit, escalate),
            found=found(_edits, edit, escalate),
            joint=True,
        ),
        Ability(
            id=f"create-{role}",
            rights=(create, edit, escalate),
            found=found(_creates, create, edit, escalate),
            joint=True,
        ),
    )


EDIT_ROLE, CREATE_ROLE = _of("roles", "role", cluster=False)
EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE = _of("clusterroles", "cluster-role", cluster=True)
WRITES_ROLES = (EDIT_ROLE, CREATE_ROLE, EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE)


class Writers:
    """Who writes any rights into roles and does not get everything anyway.

    Whoever may edit any ClusterRole does: everybody is bound to some.

    Parameters
    ----------
    world:
        The cluster.
    present:
        What somebody is able to do.
    """

    def __init__(self, world: World, present: Present) -> None:
        self._world = world
        self._present = present
        self.everybodys = _everybodys_roles(world)
        whole = present.holders(EDIT_CLUSTER_ROLE, ("", "")) if self.everybodys else frozenset()
        self._powerful = whole

    def of(self, *abilities: Ability) -> Iterator[tuple[Ability, Key]]:
        """Yield where and for which names somebody has abilities."""
        for ability in abilities:
            for key in self._present.of(ability):
                if self._counts(ability, key):
                    yield ability, key

    def node(self, ability: Ability, scope: str, name: str) -> Node | None:
        """Return an ability's node where somebody has it there, as such or as part of more."""
        wider = self._present.wider(ability, scope, name)
        if any(self._counts(ability, key) for key in wider):
            return self._present.node(ability, scope, name)
        return None

    def of_role(
        self, kind: str, namespace: str, name: str
    ) -> Iterator[tuple[tuple[Node, ...], str]]:
        """Yield the abilities that write any rights into one role, with their condition.

        A role that there is must be edited, another be created; where the input does not show
        which, both together will do.
        """
        edits, creates = (
            (EDIT_ROLE, CREATE_ROLE) if kind == "Role" else (EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE)
        )
        edit = self.node(edits, namespace, name)
        if self._world.authorizer.find_role(kind, namespace, name):
            if edit:
                yield (edit,), CERTAIN
            return
        create = self.node(creates, namespace, name)
        listed = self._world.snapshot.is_listed(kind, namespace)
        if create:
            place = f"{namespace}/" if namespace else ""
            condition = f"{kind} {place}{name} does not exist, as in the input"
            yield (create,), CERTAIN if listed else condition
            if edit and not listed:
                yield (create, edit), CERTAIN

    def _counts(self, ability: Ability, key: Key) -> bool:
        holders = self._present.holders(ability, key)
        return any(node[0] != ALL and node not in self._powerful for node in holders)


def _everybodys_roles(world: World) -> Mapping[str, AnyBinding]:
    """Return the ClusterRoles that everybody holds everywhere, with a binding that says so."""
    held = [
        {
            world.granted[place][2].partition("/")[2]: world.bindings[place][0]
            for place in world.bindings_by_subject.get(group, ())
            if world.granted[place] in world.grants and not world.granted[place][1]
        }
        for group in (AUTHENTICATED, UNAUTHENTICATED)
    ]
    return {name: held[0][name] for name in sorted(held[0].keys() & held[1].keys())}


def everything_in(place: str) -> Node:
    """Node of the full control of a namespace, of each, or for ``""`` of the cluster."""
    return ALL, place, "*"
