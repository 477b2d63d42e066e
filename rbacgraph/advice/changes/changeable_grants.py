"""Finds which subjects have which roles by which bindings, and which grants may change."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from rbacgraph.advice.changes.managers import Managed, is_shipped, manager_of
from rbacgraph.advice.changes.reasons import Reason, UnseenPrincipal
from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.changes.statement import Say
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.node import Node


class Grant(NamedTuple):
    """A role that a binding grants to a subject; scope ``""`` is the whole cluster."""

    role: ObjectKey
    scope: str
    node: Node
    binding: ObjectKey


class ChangeableGrants:
    """All grants of a cluster, without those of shipped bindings, which nobody can change."""

    def __init__(self, authorizer: Authorizer) -> None:
        self.authorizer = authorizer
        self.bindings: dict[ObjectKey, rbac.AnyBinding] = {}
        self.roles: dict[ObjectKey, rbac.AnyRole] = {}
        self.rules: dict[ObjectKey, tuple[rbac.PolicyRule, ...]] = {}
        self.by_role: dict[ObjectKey, list[Grant]] = {}
        self.by_node: dict[Node, list[Grant]] = {}
        for binding in authorizer.bindings:
            roles = authorizer.roles_of(binding)
            if roles and not (is_shipped(binding) or binding.reviewed):
                self.bindings.setdefault(key_of(binding), binding)
                self._add(binding, roles)

    def _add(self, binding: rbac.AnyBinding, roles: Sequence[rbac.AnyRole]) -> None:
        role = key_of(roles[0])
        self.roles.setdefault(role, roles[0])
        self.rules.setdefault(role, tuple(rule for one in roles for rule in one.rules or ()))
        scope = binding.metadata.namespace if isinstance(binding, rbac.RoleBinding) else ""
        nodes = (subject_node(subject, scope) for subject in binding.subjects or ())
        for node in dict.fromkeys(node for node in nodes if node is not None):
            grant = Grant(role, scope, node, key_of(binding))
            if grant not in self.by_role.setdefault(role, []):
                self.by_role[role].append(grant)
                self.by_node.setdefault(node, []).append(grant)

    def fixed(self, role: ObjectKey) -> Managed | None:
        """Return why a role cannot be edited; None if it can."""
        obj = self.roles[role]
        several = self.authorizer.versions.several
        found = manager_of(obj) or (Managed(Say.IS_TWICE) if role in several else None)
        if not found and isinstance(obj, rbac.ClusterRole):
            taker = self._taker(obj)
            if taker:
                return Managed(Say.RULES_ARE_TAKEN_OVER, taker, ("aggregationRule",))
        if not found:
            bindings = (grant.binding for grant in self.by_role[role])
            twice = next((binding for binding in bindings if binding in several), None)
            if twice is not None:
                return Managed(Say.IS_BOUND_TWICE, twice)
        return found

    def is_twice(self, binding: ObjectKey) -> bool:
        """Whether the input holds a binding in several versions: then it keeps its subjects."""
        return binding in self.authorizer.versions.several

    def is_free(self, binding: ObjectKey) -> bool:
        """Whether a binding is there once, and nothing restores the subjects that it loses."""
        return not self.is_twice(binding) and not manager_of(self.bindings[binding])

    def _taker(self, role: rbac.ClusterRole) -> str:
        """Return the first aggregated ClusterRole that selects a role."""
        labels = role.metadata.labels or {}
        for other in self.authorizer.snapshot.cluster_roles:
            if other.aggregation_rule is None:
                continue
            selectors = other.aggregation_rule.cluster_role_selectors or ()
            if any(selector_matches(selector, labels) for selector in selectors):
                return other.metadata.name
        return ""


class ChangeTarget(NamedTuple):
    """The principal, or the role, that may change; both are None for every role."""

    node: Node | None = None
    role: ObjectKey | None = None

    @property
    def all(self) -> bool:
        """Whether it means every role."""
        return self.node is None and self.role is None


class Chosen(NamedTuple):
    """What a suggestion may change.

    ``edited``: Roles whose rules are rewritten for all their holders.
    ``grants``: the grants to consider: all grants of the edited roles, and those of other roles
        that new roles replace.
    ``reasons``: why a role is not edited although a holder loses it.
    ``left``: Roles that are left unchanged, with the reason.
    """

    edited: frozenset[ObjectKey]
    grants: tuple[Grant, ...]
    reasons: dict[ObjectKey, Reason]
    left: dict[ObjectKey, Reason]


def choose(
    grants: ChangeableGrants,
    asked: ChangeTarget,
    unseen_of: Callable[[Node], UnseenPrincipal | None],
    split: bool | None,
) -> Chosen:
    """Decide which roles are edited, which grants are replaced, and which stay.

    ``unseen_of``: returns the holders without evidence at a holder's role; None if there is enough
        evidence.
    """
    edited: list[ObjectKey] = []
    found: list[Grant] = []
    reasons: dict[ObjectKey, Reason] = {}
    left: dict[ObjectKey, Reason] = {}
    for role in _roles(grants, asked):
        every = grants.by_role[role]
        unseen = {node: one for node in _nodes(every) if (one := unseen_of(node))}
        own = [grant for grant in every if asked.node in (None, grant.node)]
        known = [grant for grant in own if not _is_dark(unseen.get(grant.node), split, asked)]
        fixed = grants.fixed(role)
        reason = Reason(None, fixed) if fixed else _shared(every, unseen, split, asked)
        if not known:
            why = Say.ASKED_IS_UNSEEN if asked.node else Say.ALL_ARE_UNSEEN
            left[role] = Reason(why, unseen=tuple(unseen.values()))
        elif asked.all and reason and split is not True:
            lasting = [grant for grant in known if grants.is_free(grant.binding)]
            if fixed and lasting:
                reasons[role] = reason
                found += lasting
            else:
                left[role] = reason
        elif not reason:
            edited.append(role)
            found += every
        elif once := [grant for grant in known if not grants.is_twice(grant.binding)]:
            reasons[role] = reason
            found += once
        else:
            left[role] = reason
    return Chosen(frozenset(edited), tuple(found), reasons, left)


def _is_dark(unseen: UnseenPrincipal | None, split: bool | None, asked: ChangeTarget) -> bool:
    """Whether a holder keeps everything for lack of evidence.

    For a group whose role is in question and not split, evidence about some members is enough.
    """
    return unseen is not None and (asked.all or split is not False or not unseen.members)


def _roles(grants: ChangeableGrants, asked: ChangeTarget) -> Iterable[ObjectKey]:
    if asked.role is not None:
        return [asked.role] if asked.role in grants.by_role else []
    if asked.node is not None:
        return dict.fromkeys(grant.role for grant in grants.by_node.get(asked.node, ()))
    return sorted(grants.by_role)


def _nodes(grants: Iterable[Grant]) -> Sequence[Node]:
    return list(dict.fromkeys(grant.node for grant in grants))


def _shared(
    every: Sequence[Grant],
    unseen: Mapping[Node, UnseenPrincipal],
    split: bool | None,
    asked: ChangeTarget,
) -> Reason | None:
    """Return why an editable role is not edited for the sake of its other holders."""
    nodes = _nodes(every)
    places = {(grant.node, grant.scope) for grant in every}
    if split is True and len(places) > 1:
        return Reason(Say.IS_SHARED if len(nodes) > 1 else Say.IS_SCATTERED, split=True)
    others = tuple(one for node, one in unseen.items() if node != asked.node)
    if split is None and others and len(nodes) > 1:
        return Reason(Say.SOME_ARE_UNSEEN, unseen=others)
    return None
