"""Finds identities that may write any rights into roles: a write, and escalate on one name.

Without escalate, an identity may only write rights that it holds, and gains nothing.
Source: kubernetes ``pkg/registry/rbac/role/policybased/storage.go`` and ``clusterrole/``.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.node import (
    ALL,
    AUTHENTICATED,
    EACH_NAMESPACE,
    EVERY,
    GRANT,
    UNAUTHENTICATED,
    GraphNode,
    Node,
)
from rbacgraph.model.node_keys import RightName, RoleName
from rbacgraph.techniques.rbac_writes.bind_role import ADMIN, BIND_CLUSTER_WIDE, BIND_ROLE, bound_at
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRight,
    HeldRights,
    Key,
    RoleKey,
    cluster_wide,
    common_names,
    meet,
    names_of,
    wider_scopes,
)
from rbacgraph.techniques.spec.technique import Right

_WRITES = ("update", "patch")
ROLES = f"roles.{rbac.RBAC_GROUP}"


def _edits(edit: Sequence[HeldRight], escalate: Sequence[HeldRight]) -> Iterator[FoundRight]:
    for uses in product(edit, escalate):
        scope = meet(uses[0].scope, uses[1].scope)
        if scope is not None:
            for name in common_names(*(names_of(use.match) for use in uses)):
                yield FoundRight(scope, name, uses)


def _creates(
    world: Facts,
    create: Sequence[HeldRight],
    edit: Sequence[HeldRight],
    escalate: Sequence[HeldRight],
) -> Iterator[FoundRight]:
    """Yield what can be created: by a POST, which has no name, or by a PUT or apply."""
    for uses in product(create, escalate):
        scope = meet(uses[0].scope, uses[1].scope)
        if scope is not None and all(use.match.nameless for use in uses):
            yield FoundRight(scope, "", uses)
    for found in _edits(edit, escalate):
        for holding in create:
            scope = meet(holding.scope, found.scope)
            if scope is not None:
                assert isinstance(found.name, str)
                for name in common_names(names_of(holding.match), (found.name,)):
                    if may_be_made(world, holding.right.key, name):
                        yield FoundRight(scope, name, (holding, *found.uses))


def _replaces(
    world: Facts,
    create: Sequence[HeldRight],
    escalate: Sequence[HeldRight],
    delete: Sequence[HeldRight],
) -> Iterator[FoundRight]:
    """Yield the roles that can be deleted and created again: bindings to them stay.

    A role whose rules give these rights does not survive that.
    """
    if not delete:
        return
    for uses in product(create, escalate):
        scope = meet(uses[0].scope, uses[1].scope)
        if scope is None or not all(use.match.nameless for use in uses):
            continue
        for holding in delete:
            at, names = meet(scope, holding.scope), names_of(holding.match)
            for role in _roles(world, uses[0].right, at):
                named = names == ("",) or role.metadata.name in names
                if named and not any(_is_one(role, use.role) for use in uses):
                    namespace, name = role.metadata.namespace, role.metadata.name
                    doubt = world.identities.creating.get(namespace, CERTAIN)
                    yield FoundRight(namespace, name, (*uses, holding), doubt)


def _is_one(role: rbac.AnyRole, other: rbac.AnyRole) -> bool:
    """Whether two roles are the same, or versions of one role."""
    one, two = role.metadata, other.metadata
    alike = (one.namespace, one.name) == (two.namespace, two.name)
    return alike and type(role) is type(other)


def _roles(world: Facts, right: Right, scope: str | None) -> Iterator[rbac.AnyRole]:
    """Yield the roles of a right's kind, in a scope."""
    if scope is None:
        return
    if right.resource == "clusterroles":
        yield from world.rbac.cluster_roles
    elif scope in {"", EACH_NAMESPACE}:
        yield from world.snapshot.roles
    else:
        yield from world.part(_roles_by_namespace).get(scope, ())


def _roles_by_namespace(world: Facts) -> Mapping[str, Sequence[rbac.Role]]:
    found: dict[str, list[rbac.Role]] = {}
    for role in world.snapshot.roles:
        found.setdefault(role.metadata.namespace, []).append(role)
    return found


def _of(resource: str, role: str, *, cluster: bool) -> tuple[CompoundRight, CompoundRight]:
    """Return the compound rights to edit existing roles, and to create others."""
    create = Right(("create",), rbac.RBAC_GROUP, resource)
    edit = Right(_WRITES, rbac.RBAC_GROUP, resource)
    escalate = Right(("escalate",), rbac.RBAC_GROUP, resource)
    delete = Right(("delete",), rbac.RBAC_GROUP, resource)

    def holdings(held: HeldRights, *rights: Right) -> list[Sequence[HeldRight]]:
        found = [held.get(right, ()) for right in rights]
        return [cluster_wide(one) for one in found] if cluster else found

    def edits(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        if held.get(escalate):
            found = list(_edits(*holdings(held, edit, escalate)))
            yield from found
            if all(one.name for one in found):  # else every role can be edited
                yield from _replaces(world, *holdings(held, create, escalate, delete))

    def creates(world: Facts, held: HeldRights) -> Iterator[FoundRight]:
        if held.get(escalate):
            for one in _creates(world, *holdings(held, create, edit, escalate)):
                yield one._replace(condition=_created(world, one.scope))

    return (
        CompoundRight(
            id=f"edit-{role}",
            rights=(edit, escalate, create, delete),
            needs=(escalate,),
            found=edits,
            joint=True,
            together=((escalate, edit), (escalate, create, delete)),
            cluster_scoped=cluster,
        ),
        CompoundRight(
            id=f"create-{role}",
            rights=(create, edit, escalate),
            needs=(escalate,),
            found=creates,
            joint=True,
            together=((escalate, create), (escalate, create, edit)),
            inside=_created,
            cluster_scoped=cluster,
        ),
    )


def _created(world: Facts, namespace: str) -> Condition:
    """Condition under which a Role is created in a namespace; of no namespace there is none."""
    return world.identities.creating_one(namespace, ROLES)


EDIT_ROLE, CREATE_ROLE = _of("roles", "role", cluster=False)
EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE = _of("clusterroles", "cluster-role", cluster=True)
_IN_NAMESPACES = (EDIT_ROLE, CREATE_ROLE, BIND_ROLE)
WRITES_ROLES = (EDIT_ROLE, CREATE_ROLE, EDIT_CLUSTER_ROLE, CREATE_CLUSTER_ROLE)


class RoleWriters:
    """Identities that write any rights into roles and do not get everything more simply."""

    def __init__(self, world: Facts, present: HeldCompoundRights) -> None:
        self._world = world
        self.present = present
        self.everybodys = _everybodys_roles(world)
        self._full: dict[GraphNode, bool] = {}
        self._counted: dict[tuple[str, bool], dict[str, list[str]]] = {}

    def of(
        self, *abilities: CompoundRight, makers: bool = False
    ) -> Iterator[tuple[CompoundRight, Key]]:
        """Yield the scopes and names of compound rights.

        ``makers`` says whether to count identities that may create a Role and bind it.
        """
        for ability in abilities:
            for scope, names in self._by_scope(ability, makers=makers).items():
                for name in names:
                    yield ability, (scope, name)

    def of_roles(
        self, bind: CompoundRight, *, makers: bool = False
    ) -> Iterator[tuple[CompoundRight, RoleKey]]:
        """Yield the scopes and roles of a right to bind roles, as :meth:`of` does for others."""
        for key in self.present.of_roles(bind):
            if self._counts(bind, key, makers=makers):
                yield bind, key

    def meeting(self, ability: CompoundRight, place: str, *, makers: bool = False) -> Iterator[Key]:
        """Yield the keys of a compound right that hold somewhere in a scope too."""
        known = self._by_scope(ability, makers=makers)
        wide = place in {"", EACH_NAMESPACE}
        for scope in known if wide else wider_scopes(place):
            for name in known.get(scope, ()):
                yield scope, name

    def _by_scope(self, ability: CompoundRight, *, makers: bool) -> Mapping[str, Sequence[str]]:
        known = self._counted.get((ability.id, makers))
        if known is None:
            known = self._counted[ability.id, makers] = {}
            for scope, name in self.present.of(ability):
                if self._counts(ability, (scope, name), makers=makers):
                    known.setdefault(scope, []).append(name)
        return known

    def node(self, ability: CompoundRight, scope: str, name: RightName) -> GraphNode | None:
        """Return the node of a compound right, directly or as part of a wider one."""
        wider = self.present.wider(ability, scope, name)
        if any(self._counts(ability, key, makers=False) for key in wider):
            return self.present.node(ability, scope, name)
        return None

    def of_role(
        self, kind: str, namespace: str, name: str
    ) -> Iterator[tuple[tuple[GraphNode, ...], Condition]]:
        """Yield the rights that write any rules into one role, with their condition.

        An existing role must be edited, a missing one created; if the input does not show which,
        both together will do.
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
            condition = If.ROLE_IS_ABSENT(kind, namespace, name)
            doubt = _created(self._world, namespace)
            yield (create,), both(CERTAIN if listed else condition, doubt)
            if edit and not listed:
                yield (create, edit), doubt

    def _counts(self, ability: CompoundRight, key: tuple[str, RightName], *, makers: bool) -> bool:
        """Whether an identity has a compound right and does not get everything there anyway."""
        scope = key[0] or (EACH_NAMESPACE if ability in _IN_NAMESPACES else "")
        wider = wider_scopes(scope)
        if self._doubted and (scope == EACH_NAMESPACE or scope in self._doubted):
            wider = (scope, "") if scope != EACH_NAMESPACE else ("",)
        return any(
            not self._is_full(holder)
            and not any(
                (holder, wide) in self._powerful or (not makers and (holder, wide) in self._makers)
                for wide in wider
            )
            for holder in self.present.holders(ability, key)
        )

    def _is_full(self, holder: GraphNode) -> bool:
        """Whether a holder is full control, or the grant of it."""
        known = self._full.get(holder)
        if known is None:
            kind, scope, role = holder
            known = kind == ALL
            if kind == GRANT and isinstance(role, RoleName):
                roles = self._world.authorizer.find_role(role.kind, scope, role.name)
                known = any(map(self._gives_all, roles))
            self._full[holder] = known
        return known

    def _gives_all(self, role: rbac.AnyRole) -> bool:
        """Whether a role grants every right in each of its versions."""
        of_rule = self._world.rbac.versions.of_rule
        numbered = enumerate(role.rules or ())
        return any(is_full(rule) and not of_rule(role, number) for number, rule in numbered)

    @cached_property
    def _doubted(self) -> frozenset[str]:
        """Namespaces in which a role or a binding is created under a condition alone."""
        return frozenset(
            (*self._world.identities.binding, *self._world.identities.creating_each(ROLES))
        )

    @cached_property
    def _powerful(self) -> frozenset[tuple[GraphNode, str]]:
        """Identities that can bind the full role, or edit everyone's role; with the scope."""
        found: set[tuple[GraphNode, str]] = set()
        if self.everybodys:
            found.update((n, "") for n in self.present.certain(EDIT_CLUSTER_ROLE, ("", "")))
        if self._world.authorizer.find_role("ClusterRole", "", ADMIN):
            for bind in (BIND_ROLE, BIND_CLUSTER_WIDE):
                for scope, role in self.present.of_roles(bind):
                    if role.kind == "ClusterRole" and role.name in {"", ADMIN}:
                        holders = self.present.certain(bind, (scope, role))
                        found.update((holder, bound_at(bind, scope)) for holder in holders)
        return frozenset(found)

    @cached_property
    def _makers(self) -> frozenset[tuple[GraphNode, str]]:
        """Identities that may create any Role with any rights, and bind it; with the scope."""
        present = self.present
        return frozenset(
            (holder, bound_at(BIND_ROLE, scope))
            for scope, role in present.of_roles(BIND_ROLE)
            if role == RoleName("Role", "")
            for holder in present.certain(BIND_ROLE, (scope, role))
            & present.certain(CREATE_ROLE, (scope, ""))
        )


def is_full(rule: rbac.PolicyRule) -> bool:
    """Whether a rule grants every right on every resource."""
    parts = rule.verbs, rule.api_groups, rule.resources
    return not rule.resource_names and all("*" in (part or ()) for part in parts)


def _everybodys_roles(world: Facts) -> Mapping[str, rbac.AnyBinding]:
    """Return the ClusterRoles that every identity holds everywhere, each with a binding."""
    held = [
        {
            world.rbac.granted[place][2].name: world.rbac.bindings[place][0]
            for place in world.rbac.bindings_by_subject.get(group, ())
            if world.rbac.granted[place] in world.rbac.grants and not world.rbac.granted[place][1]
            if place not in world.rbac.doubts
        }
        for group in (AUTHENTICATED, UNAUTHENTICATED)
    ]
    return {name: held[0][name] for name in sorted(held[0].keys() & held[1].keys())}


def everything_in(place: str) -> Node:
    """Return the node of full control of a namespace, of each, or for ``""`` of the cluster."""
    return ALL, place, EVERY
