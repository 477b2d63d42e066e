"""Constrained impersonation: who may act as which identity."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.rbac import AnyBinding, AnyRole
from rbacgraph.model.node import (
    EACH_NAMESPACE,
    KUBELET,
    MASTERS,
    NODE_USER,
    SERVICE_ACCOUNT,
    USER,
    Marker,
    Node,
)
from rbacgraph.model.node_keys import RoleGrant
from rbacgraph.techniques.impersonation.impersonate_constrained import (
    ACCOUNTS,
    GROUPS,
    MODES,
    NODES,
    OWN_NODE,
    USER_INFO,
    USERS,
    GrantedRule,
    On,
    modes_in,
    names_in,
    rights_in,
)
from rbacgraph.techniques.spec.compound_rights import meet, wider_scopes
from rbacgraph.techniques.spec.technique import End, Right
from rbacgraph.techniques.structure.member_of import closure, given_groups

_STRANGER = (USER, "", Marker("anybody else"))
"""A user that nothing names."""

_LEGACY = Right(("impersonate",), "", "serviceaccounts")
_CHECKED = frozenset(
    {
        *("roles", "clusterroles", "rolebindings", "clusterrolebindings", "clustertrustbundles"),
        *("certificatesigningrequests", "certificatesigningrequests/approval", "*/approval"),
        *("certificatesigningrequests/status", "*/status"),
    }
)
"""Resources whose writes are checked for more than the right to write."""


class Act(NamedTuple):
    """Acting as another identity, the same for all holders of certain grants.

    ``other``: the target identity.
    ``parts``: the target with all its groups in such a request.
    ``by``, ``on``: the rule that allows acting as it, and the rules that limit the requests.
    """

    other: Node
    parts: Sequence[Node]
    by: GrantedRule
    on: Sequence[On]
    grants: frozenset[RoleGrant]


class Actor(NamedTuple):
    """An identity that acts as others.

    ``sources``: its nodes, each with a condition: the identity, or Pods that run as it.
    ``bindings``: its bindings, by their grants.
    """

    sources: Sequence[tuple[End, Condition]]
    bindings: Mapping[RoleGrant, AnyBinding]


class _Part(NamedTuple):
    """A rule of a role, with its constrained impersonation."""

    role: AnyRole
    number: int
    rights: list[Right]
    modes: list[str]


class Acts:
    """Finds who may act as which identity."""

    def __init__(self, world: Facts) -> None:
        self._world = world
        self._of_roles: dict[int, Sequence[_Part]] = {}
        self._of_verbs: dict[tuple[str, ...] | None, bool] = {}
        self._looked_at: frozenset[RoleGrant] = frozenset()
        self._parts = {
            grant: parts
            for grant, (roles, _) in world.rbac.grants.items()
            if (parts := [part for role in roles for part in self._told(role)])
        }
        self.holders = frozenset(
            grant for grant, parts in self._parts.items() if any(part.rights for part in parts)
        )
        """The bound grants that allow acting as others."""

    def found(self) -> Iterator[tuple[Act, Sequence[Actor]]]:
        """Yield the targets and requests, with all identities that may act so."""
        if not self.holders:
            return
        for grants, actors in self.alike.items():
            for act in self._acts(*self._held(grants)):
                yield act, actors
        rules = (part for parts in self._parts.values() for part in parts)
        if any(OWN_NODE in part.rights for part in rules):
            yield from self._acts_on_nodes(self._wanted)

    def beside(
        self, bindable: Mapping[RoleGrant, Sequence[AnyRole]]
    ) -> Iterator[tuple[Act, frozenset[RoleGrant]]]:
        """Yield the targets and requests of bindable roles, with these roles.

        One role alone, or with another one or with the rights that an identity holds.
        """
        bound = {
            grant: parts
            for grant, roles in bindable.items()
            if (parts := [part for role in roles for part in self._told(role)])
        }
        if bound.keys() == self._looked_at:  # nothing is new
            return
        self._looked_at = frozenset(bound)
        self._parts |= bound
        acting = {grant for grant, parts in self._parts.items() if _is_enough(grant, parts)}
        adding = {grant for grant, parts in self._parts.items() if any(map(_adds, parts))}
        near = [grant for grant in bound if grant in adding]
        beside = dict.fromkeys(held & adding for held in self.alike)
        for grant in near if acting else ():
            mine = frozenset((grant,))
            others = near if grant in acting else [one for one in near if one in acting]
            pairs = [
                frozenset((grant, o))
                for o in others
                if o < grant and o[2] != grant[2] and meet(grant[1], o[1]) is not None
            ]
            ways = [(several, several) for several in (mine, *pairs)]
            wider = {(grant[0], at, grant[2]) for at in wider_scopes(grant[1])}
            ways += [(mine | held, mine) for held in beside if wider.isdisjoint(held)]
            for grants, by in ways:
                for act in () if acting.isdisjoint(grants) else self._acts(*self._held(grants)):
                    if by <= act.grants and (by == grants or by != act.grants):
                        yield act, by

    @cached_property
    def alike(self) -> Mapping[frozenset[RoleGrant], Sequence[Actor]]:
        """The holders of such rights, by the grants that give them."""
        alike: dict[frozenset[RoleGrant], list[Actor]] = {}
        for node, places in self._identities(self._wanted):
            actor = Actor([(node, CERTAIN)], self._by_grant(places))
            alike.setdefault(frozenset(actor.bindings), []).append(actor)
        return alike

    @cached_property
    def _wanted(self) -> set[int]:
        """The bindings that give such rights."""
        return {
            place for place, grant in enumerate(self._world.rbac.granted) if grant in self._parts
        }

    def _by_grant(self, places: Iterable[int]) -> dict[RoleGrant, AnyBinding]:
        world = self._world
        ordered = sorted(
            places, key=lambda place: (place in world.rbac.doubts, place), reverse=True
        )
        return {world.rbac.granted[place]: world.rbac.bindings[place][0] for place in ordered}

    def _told(self, role: AnyRole) -> Sequence[_Part]:
        """Return the relevant rules of a role, each role examined once."""
        known = self._of_roles.get(id(role))
        if known is None:
            parts = [
                _needed(_Part(role, number, rights_in(rule), modes_in(rule)))
                for number, rule in enumerate(role.rules or ())
                if self._concerns(rule.verbs)
            ]
            known = [part for part in parts if part.rights or part.modes] if parts else ()
            self._of_roles[id(role)] = known
        return known

    def _concerns(self, verbs: tuple[str, ...] | None) -> bool:
        known = self._of_verbs.get(verbs)
        if known is None:
            found = any(verb == "*" or verb.startswith("impersonate") for verb in verbs or ())
            known = self._of_verbs[verbs] = found
        return known

    def _held(
        self, grants: Iterable[RoleGrant]
    ) -> tuple[list[tuple[Right, GrantedRule]], list[On]]:
        """Return the targets and requests that grants allow."""
        acting: list[tuple[Right, GrantedRule]] = []
        on: list[On] = []
        for grant in sorted(grants):
            for role, number, rights, modes in self._parts.get(grant, ()):
                held = GrantedRule((role.rules or ())[number], grant, role, number)
                acting += [(right, held) for right in rights]
                on += [(mode, held) for mode in modes]
        if self._world.identities.binding_for_named:  # what is bound for certain comes first
            acting.sort(key=lambda one: one[1].scope == EACH_NAMESPACE)
        if self._world.rbac.versions:
            acting.sort(key=lambda one: self._world.rbac.versions.of_rule(*one[1][2:]) != ())
        return acting, on

    def _identities(self, wanted: set[int]) -> Iterator[tuple[Node, list[int]]]:
        """Yield identities with such rights of their own, each with all its bindings of these."""
        world, given = self._world, given_groups(self._world)
        bound = world.rbac.bindings_by_subject
        for node in dict.fromkeys((*bound, *given)):
            own = wanted.intersection(bound.get(node, ()))
            groups = closure(world, node, given) if own or node in given else []
            theirs = wanted.intersection(*[[p for g in groups for p in bound.get(g, ())]])
            if not own <= theirs or (node in given and theirs):
                yield node, sorted(own | theirs)

    # Whom somebody may act as

    def _acts(self, acting: Sequence[tuple[Right, GrantedRule]], on: Sequence[On]) -> Iterator[Act]:
        adding = [held for right, held in acting if right is GROUPS]
        groups = self._groups(adding)
        seen: set[tuple[Condition, tuple[Node, ...]]] = set()
        for right, held in acting:
            mode = None if right is OWN_NODE else MODES.get(right)
            if mode is None:
                continue
            ons = [one for one in on if one[0] == mode]
            rules = [held, *(one for _, one in ons), *(adding if mode == USER_INFO else ())]
            grants = frozenset(rule.grant for rule in rules)
            for other in self._others(right, held) if ons else ():
                parts = (other, *closure(self._world, other, {}))
                if mode == USER_INFO:
                    parts = tuple(dict.fromkeys((*parts, *groups)))
                known = tuple(
                    part for part in parts if part in self._world.rbac.bindings_by_subject
                )
                key = known if other[0] == SERVICE_ACCOUNT else (other, *known)
                doubt = bound_if(self._world, held.scope, other[1])
                if seen.isdisjoint(((CERTAIN, key), (doubt, key))):
                    seen.add((doubt, key))
                    yield Act(other, parts, held, ons, grants)

    def _accounts_on_nodes(self) -> Iterable[tuple[tuple[str, str], list[PodSource]]]:
        """Return the ServiceAccounts of Pods that are on a node."""
        found: dict[tuple[str, str], list[PodSource]] = {}
        for runner in self._world.running.runners:
            if runner.spec.node_name and runner.on_node is not None:
                key = runner.node[1], runner.spec.service_account
                if key in self._world.identities.service_accounts:
                    found.setdefault(key, []).append(runner)
        return found.items()

    def _acts_on_nodes(self, wanted: set[int]) -> Iterator[tuple[Act, Sequence[Actor]]]:
        """Yield the kubelets as which ServiceAccounts with Pods on their nodes may act."""
        world, given = self._world, given_groups(self._world)
        for key, runners in self._accounts_on_nodes():
            node = SERVICE_ACCOUNT, *key
            holders = (node, *closure(world, node, given))
            bound = {p for one in holders for p in world.rbac.bindings_by_subject.get(one, ())}
            bindings = self._by_grant(bound & wanted)
            acting, on = self._held(bindings)
            ons = [one for one in on if one[0] == MODES[OWN_NODE]]
            by = [
                held
                for right, held in acting
                if right is OWN_NODE and not held.scope and {"", "*"} & {*names_in(held)}
            ]
            starts = self._starts(node, runners if by and ons else ())
            for name, sources in starts.items():
                kubelet = KUBELET, "", name
                parts = (kubelet, *closure(world, kubelet, {}))
                grants = frozenset(rule.grant for rule in (by[0], *(one for _, one in ons)))
                yield Act(kubelet, parts, by[0], ons, grants), [Actor(sources, bindings)]

    def _starts(
        self, node: Node, runners: Iterable[PodSource]
    ) -> dict[str, list[tuple[End, Condition]]]:
        """Return the holders of a ServiceAccount's token that is bound to a node, by node."""
        found: dict[str, list[tuple[End, Condition]]] = {}
        for runner in runners:
            name = runner.spec.node_name
            starts = found.setdefault(name, [(node, If.TOKEN_IS_BOUND_TO_NODE(name))])
            token = best_token(self._world, runner)
            if token is not None:
                doubt = both(token[1], runner.on_node or CERTAIN)
                starts.append((runner.number, doubt))
        return found

    def _others(self, right: Right, held: GrantedRule) -> Iterator[Node]:
        """Yield the targets of a rule; an unknown user has only its groups."""
        world, names = self._world, names_in(held)
        if right is ACCOUNTS:
            for namespace, name in world.identities.known_service_accounts:
                if meet(held.scope, namespace) and (names == ("",) or name in names):
                    yield SERVICE_ACCOUNT, namespace, name
        elif held.scope:
            return
        elif right is NODES:
            for name in world.running.nodes if names == ("",) else names:
                if name in world.running.kubelet_numbers:
                    yield KUBELET, "", name
        else:
            known = [
                node for node in world.identities.known_users if not node[2].startswith(NODE_USER)
            ]
            yield from (node for node in known if names == ("",) or node[2] in names)
            if names == ("",) or not any(
                (USER, "", name) in world.identities.known_users for name in names
            ):
                yield _STRANGER  # for the groups that may be added

    def _groups(self, rules: Iterable[GrantedRule]) -> list[Node]:
        """Return the groups that may be added to a user; four of them need a right on ``*``."""
        named = {name for held in rules if not held.scope for name in names_in(held)}
        every = not named.isdisjoint(("", "*"))
        found = sorted(self._world.identities.known_groups)
        return [g for g in found if g != MASTERS and (every or g[2] in named)]


def bound_if(world: Facts, scope: str, namespace: str) -> Condition:
    """Return the condition under which a role that has a scope is bound in a namespace."""
    each = scope == EACH_NAMESPACE
    return world.identities.binding_for_named.get(namespace, CERTAIN) if each else CERTAIN


def _needed(part: _Part) -> _Part:
    """Return a part without what another rule of its role gives for all requests."""
    legacy = (r for r in part.role.rules or () if not r.resource_names and _LEGACY.verbs_in(r))
    if ACCOUNTS not in part.rights or next(legacy, None) is None:
        return part
    return part._replace(rights=[right for right in part.rights if right is not ACCOUNTS])


def _adds(part: _Part) -> bool:
    """Whether the rule allows more, as another identity, than its holder may do anyway.

    A holder of ``*`` on a resource may do the same itself, except what the API server checks within
    the request: whether the target may bind a role, or approve for a signer.
    """
    rule = (part.role.rules or ())[part.number]
    if part.rights or "*" not in (rule.verbs or ()):
        return True
    resources = rule.resources or ()
    return not _CHECKED.isdisjoint(resources) or ("*" in resources and bool(rule.resource_names))


def _is_enough(grant: RoleGrant, parts: Iterable[_Part]) -> bool:
    """Whether a grant allows acting as an identity: users and nodes are cluster-scoped."""
    rights = [right for part in parts for right in part.rights]
    return ACCOUNTS in rights or (not grant[1] and (USERS in rights or NODES in rights))
