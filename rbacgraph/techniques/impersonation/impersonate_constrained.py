"""Act as another identity by constrained impersonation, for named verbs on named resources."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.authz.match import api_group_matches, resource_matches
from rbacgraph.facts.world import Facts
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule
from rbacgraph.model.node import Node
from rbacgraph.model.node_keys import RoleGrant
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights, meet, names_of
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Match, Right

_API_GROUP = "authentication.k8s.io"
USER_INFO, ACCOUNT, NODE = "user-info", "serviceaccount", "arbitrary-node"
USERS = Right(("impersonate:user-info",), _API_GROUP, "users")
GROUPS = Right(("impersonate:user-info",), _API_GROUP, "groups")
ACCOUNTS = Right(("impersonate:serviceaccount",), _API_GROUP, "serviceaccounts")
NODES = Right(("impersonate:arbitrary-node",), _API_GROUP, "nodes")
OWN_NODE = Right(("impersonate:associated-node",), _API_GROUP, "nodes")
_RIGHTS = (USERS, GROUPS, ACCOUNTS, NODES, OWN_NODE)
MODES = {USERS: USER_INFO, ACCOUNTS: ACCOUNT, NODES: NODE, OWN_NODE: "associated-node"}


class GrantedRule(NamedTuple):
    """A held rule, with its grant."""

    rule: PolicyRule
    grant: RoleGrant
    role: AnyRole
    number: int

    @property
    def scope(self) -> str:
        return self.grant[1]


On = tuple[str, GrantedRule]
"""A mode, and a rule that allows requests in it."""


def names_in(held: GrantedRule) -> tuple[str, ...]:
    """Return the names of a rule; ``""`` alone stands for any."""
    return names_of(Match((), (), held.rule.resource_names or ()))


def rights_in(rule: PolicyRule) -> list[Right]:
    """Return the rule's rights to act as others in some mode.

    Targets of legacy impersonation by the same rule are left out.
    """
    verbs = rule.verbs or ()
    if "*" in verbs and "*" in (rule.api_groups or ()):
        return [NODES, OWN_NODE] if "nodes" in (rule.resources or ()) else []
    if "*" not in verbs and not any(verb.startswith("impersonate:") for verb in verbs):
        return []
    return [right for right in _RIGHTS if right.verbs_in(rule)]


def modes_in(rule: PolicyRule) -> list[str]:
    """Return the modes in which a rule allows acting as others."""
    prefixes = {mode: f"impersonate-on:{mode}:" for mode in MODES.values()}
    verbs = rule.verbs or ()
    return [
        mode
        for mode, prefix in prefixes.items()
        if "*" in verbs or any(verb.startswith(prefix) for verb in verbs)
    ]


def asks(rule: PolicyRule, mode: str, verb: str, resource: str, subresource: str) -> bool:
    """Whether a rule allows requests in a mode for a core resource."""
    held = rule.verbs or ()
    return (
        ("*" in held or f"impersonate-on:{mode}:{verb}" in held)
        and api_group_matches(rule, "")
        and resource_matches(rule, resource, subresource)
    )


def covers(held: GrantedRule, target: Node) -> bool:
    """Whether a rule covers an object."""
    names = held.rule.resource_names
    return meet(held.scope, target[1]) is not None and (not names or target[2] in names)


def _joins(_world: Facts, _present: HeldCompoundRights) -> Iterator[Hyperarc]:
    # The target's rights decide, so the graph makes the edges.
    return iter(())


EDGE = Conjunction(
    id="impersonate-constrained",
    summary="act as others by constrained impersonation, as far as it reaches",
    effort=2,  # one header; the log names both identities
    certainty="conditional where the Kubernetes version is not known",
    abilities=(),
    joins=_joins,
    also_asks=_RIGHTS,
)
