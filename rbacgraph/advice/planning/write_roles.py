"""Writes the planned roles and bindings."""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.advice.changes.changeable_grants import ChangeableGrants, Grant
from rbacgraph.advice.changes.permissions import rule_of
from rbacgraph.advice.planning.assignment import RoleSlot, needs_by_node
from rbacgraph.advice.planning.plan import Plan, without
from rbacgraph.advice.rules.fewest_rules import Fewest, fewest_rules, rule_order
from rbacgraph.authz.coverage import covers_all
from rbacgraph.authz.match import rule_allows
from rbacgraph.model.changes.change import Change, ObjectKey
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.changes.suggestion import Permission
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import ClusterRoleMeta, RbacMeta
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.request import Request


class Written(NamedTuple):
    """A written role.

    No fewer rules than ``bound`` allow the same. A new role is ``instead`` of the changeable roles
    that grant some of its permissions.
    """

    slot: RoleSlot
    change: Change
    permissions: tuple[Permission, ...]
    bound: int
    instead: tuple[str, ...] = ()


class Draft(NamedTuple):
    """The written objects: roles with new rules, new bindings, bindings with fewer subjects.

    ``taken`` are the removed grants, ``names`` the names of new roles.
    """

    roles: tuple[Written, ...]
    made: tuple[Change, ...]
    reduced: tuple[Change, ...]
    taken: tuple[Grant, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, ordered so that each replacement comes before the removal."""
        new = [w.change for w in self.roles if w.slot.role is None]
        narrowed = [w.change for w in self.roles if w.slot.role is not None]
        return (*new, *self.made, *self.reduced, *narrowed)


class GivenRules(NamedTuple):
    """Rules of slots that are decided already, and how."""

    rules: Mapping[RoleSlot, Fewest]
    done: Statement


class RoleDrafting:
    """Writes the objects of a plan.

    ``given``: the rules to use, if not the fewest.
    """

    def __init__(self, plan: Plan, given: GivenRules | None = None) -> None:
        self._plan = plan
        self._given = given
        self._keeps = given is not None
        self._grants = plan.grants
        snapshot = plan.grants.authorizer.snapshot
        self._taken_names = {
            (obj.metadata.namespace, obj.metadata.name)
            for objects in (
                *(snapshot.roles, snapshot.cluster_roles),
                *(snapshot.role_bindings, snapshot.cluster_role_bindings),
            )
            for obj in objects
        }
        self._fewest: dict[tuple[Permission, ...], Fewest] = {}

    def draft(self) -> Draft:
        """Return the written objects."""
        assigned = self._plan.assigned
        taken = tuple(
            grant
            for grant in self._plan.chosen.grants
            if grant.role not in self._plan.chosen.edited or grant not in assigned.staying
        )
        roles: list[Written] = []
        made: list[Change] = []
        names: dict[Node, dict[str, str]] = {}
        for slot, permissions in assigned.slots.items():
            if slot.role is not None:
                roles += self._narrowed(slot, permissions)
            elif slot.node is not None:
                role, binding = self._new(slot, slot.node, permissions)
                roles.append(role)
                made.append(binding)
                names.setdefault(slot.node, {})[slot.scope] = role.change.key[2]
        return Draft(tuple(roles), tuple(made), tuple(self._reduced(taken, names)), taken)

    def _rules(self, slot: RoleSlot, permissions: tuple[Permission, ...]) -> Fewest:
        if self._given is not None:
            return self._given.rules[slot]
        known = self._fewest.get(permissions)
        if known is None:
            known = self._fewest[permissions] = _fewest(permissions)
        return known

    def _narrowed(self, slot: RoleSlot, permissions: tuple[Permission, ...]) -> Iterator[Written]:
        assert slot.role is not None
        old = self._grants.roles[slot.role]
        found = self._rules(slot, permissions)
        if self._given or not covers_all(found.rules, self._grants.rules[slot.role]):
            why = self._given.done if self._given else Say.NARROWED()
            change = Change(before=old, after=rbac.with_rules(old, found.rules), why=why)
            yield Written(slot, change, permissions, found.bound)

    def _new(
        self, slot: RoleSlot, node: Node, permissions: tuple[Permission, ...]
    ) -> tuple[Written, Change]:
        name = new_name(node, slot.scope, self._taken_names)
        self._taken_names.add((slot.scope, name))
        found = self._rules(slot, permissions)
        role: rbac.AnyRole
        binding: rbac.AnyBinding
        subjects = (_subject(node),)
        if slot.scope:
            role = rbac.Role(metadata=RbacMeta(name, slot.scope), rules=found.rules)
            ref = rbac.RoleRef("Role", name, rbac.RBAC_GROUP)
            binding = rbac.RoleBinding(
                metadata=RbacMeta(name, slot.scope), role_ref=ref, subjects=subjects
            )
        else:
            role = rbac.ClusterRole(metadata=ClusterRoleMeta(name), rules=found.rules)
            ref = rbac.RoleRef("ClusterRole", name, rbac.RBAC_GROUP)
            binding = rbac.ClusterRoleBinding(
                metadata=RbacMeta(name), role_ref=ref, subjects=subjects
            )
        who = format_node(node)
        places = tuple(dict.fromkeys(self._in_place_of(slot, permissions)))
        why = Say.WHAT_IT_NEEDS(who, self._keeps, places)
        made = Change(before=None, after=role, why=why)
        written = Written(slot, made, permissions, found.bound, places)
        return written, Change(before=None, after=binding, why=Say.GIVES_ROLE(name, who))

    def _in_place_of(self, slot: RoleSlot, permissions: Iterable[Permission]) -> Iterator[str]:
        """Yield the changeable roles that grant some of a new role's permissions."""
        added = self._plan.assigned.added.get(slot, {})
        held = [rule_of(one) for one in permissions if one not in added]
        roles = dict.fromkeys(
            grant.role
            for grant in self._chosen_of.get(slot.node, ())
            if grant.scope in {"", slot.scope}
        )
        for role in roles:
            if any(covers_all(self._grants.rules[role], (rule,)) for rule in held):
                yield f"{role[0]} {role[2]}"

    @cached_property
    def _chosen_of(self) -> Mapping[Node | None, Sequence[Grant]]:
        """The changeable grants, by holder."""
        found: dict[Node | None, list[Grant]] = {}
        for grant in self._plan.chosen.grants:
            found.setdefault(grant.node, []).append(grant)
        return found

    def _reduced(
        self, taken: Iterable[Grant], names: dict[Node, dict[str, str]]
    ) -> Iterator[Change]:
        nodes: dict[ObjectKey, list[Node]] = {}
        for grant in taken:
            own = nodes.setdefault(grant.binding, [])
            if grant.node not in own:
                own.append(grant.node)
        for key, gone in nodes.items():
            old = self._grants.bindings[key]
            new = without(self._grants, old, gone)
            yield Change(before=old, after=new, why=self._why_without(key, gone, names))

    def _why_without(
        self, key: ObjectKey, gone: Sequence[Node], names: dict[Node, dict[str, str]]
    ) -> Statement:
        principals = []
        for node in gone:
            own = names.get(node, {})
            scopes = [key[1]] if key[1] else sorted(own)
            found = [
                f"{scope}/{own[scope]}" if scope else own[scope] for scope in scopes if scope in own
            ]
            has = Say.NEEDS_NOTHING_OF_IT(self._keeps)
            if found:
                has = Say.HAS_INSTEAD(*found)
            elif self._is_needed(key, node):
                has = Say.OTHERS_GIVE_ITS_NEEDS()
            principals.append((format_node(node), has))
        return Say.WITHOUT(*principals)

    def _is_needed(self, binding: ObjectKey, node: Node) -> bool:
        """Whether a binding allows a request that an identity needs."""
        rules = [
            rule
            for grant in self._grants.by_node[node]
            if grant.binding == binding
            for rule in self._grants.rules[grant.role]
        ]
        return any(
            binding[1] in {"", request.namespace} and rule_allows(rule, request)
            for request in self._needed.get(node, ())
            for rule in rules
        )

    @cached_property
    def _needed(self) -> Mapping[Node, Sequence[Request]]:
        return needs_by_node(self._plan.needing)


def _fewest(permissions: Sequence[Permission]) -> Fewest:
    """Return the fewest rules in which every part is needed.

    A rule with names could also hold some that a rule without names allows anyway, which can save a
    rule; but no reader would see why it is there.
    """
    named = [rule_of(one) for one in permissions if one.name is not None]
    others = [rule_of(one) for one in permissions if one.name is None]
    parts = [fewest_rules(rules) for rules in (others, named) if rules]
    rules = tuple(sorted((rule for part in parts for rule in part.rules), key=rule_order))
    if named and others:
        return Fewest(rules, fewest_rules((*others, *named)).bound)
    return Fewest(rules, sum(part.bound for part in parts))


def _subject(node: Node) -> rbac.Subject:
    kind, namespace, name = node
    if kind == SERVICE_ACCOUNT:
        return rbac.Subject("ServiceAccount", name, namespace)
    return rbac.Subject("Group" if kind == GROUP else "User", name, "", rbac.RBAC_GROUP)


def emptied(
    reduced: Iterable[Change],
    taken: Sequence[Grant],
    grants: ChangeableGrants,
    bound: Collection[ObjectKey] = (),
) -> tuple[list[rbac.AnyBinding], list[rbac.AnyRole]]:
    """Return the bindings without subjects, and the roles that then have no holder.

    Roles that are ``bound`` by needed writes of bindings are not among these.
    """
    bindings: list[rbac.AnyBinding] = []
    for change in reduced:
        assert isinstance(change.after, rbac.RoleBinding | rbac.ClusterRoleBinding)
        if not change.after.subjects:
            bindings.append(change.after)
    gone = set(taken)
    roles = [
        grants.roles[key]
        for key in sorted({grant.role for grant in taken})
        if key not in bound
        and not grants.fixed(key)
        and gone.issuperset(grants.by_role[key])
        and not _other_bindings(grants, key, bindings)
    ]
    return bindings, roles


def _other_bindings(
    grants: ChangeableGrants, role: ObjectKey, emptied: Sequence[rbac.AnyBinding]
) -> bool:
    """Whether another binding to a role is left."""
    empty = {(type(b).__name__, b.metadata.namespace, b.metadata.name) for b in emptied}
    return any(
        (type(b).__name__, b.metadata.namespace, b.metadata.name) not in empty
        for b in grants.authorizer.bindings
        if b.role_ref.name == role[2]
        and b.role_ref.kind == role[0]
        and (not role[1] or b.metadata.namespace == role[1])
    )


# Makes names for new roles.

_LONGEST = 253
_OTHERS = re.compile(r"[^a-z0-9]+")
_SUFFIX = "-minimal"


def new_name(node: Node, scope: str, taken: Container[tuple[str, str]]) -> str:
    """Return a name for a new role of a principal, in a namespace or cluster-wide.

    ``scope``: the namespace, ``""`` for the whole cluster.

    Examples
    --------
    >>> new_name(("serviceaccount", "shop", "ci"), "shop", {("shop", "ci-minimal")})
    'ci-minimal-2'
    >>> new_name(("serviceaccount", "shop", "ci"), "pay", ())
    'shop-ci-minimal'
    """
    kind, namespace, name = node
    words = f"{namespace}-{name}" if kind == SERVICE_ACCOUNT and namespace != scope else name
    base = _OTHERS.sub("-", words.lower()).strip("-") or kind
    for number in range(1, len(base) + 10_000):
        suffix = _SUFFIX if number == 1 else f"{_SUFFIX}-{number}"
        found = base[: _LONGEST - len(suffix)].rstrip("-") + suffix
        if (scope, found) not in taken:
            return found
    raise AssertionError
