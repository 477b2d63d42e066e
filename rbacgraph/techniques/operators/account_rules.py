"""Finds the rules that give a ServiceAccount some right, by its own name and its groups."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import NamingRule
from rbacgraph.model.node import (
    AUTHENTICATED,
    EVERY_SERVICE_ACCOUNT,
    SERVICE_ACCOUNT,
    Node,
    service_accounts_group,
)
from rbacgraph.techniques.spec.technique import Match, Right, listed


class AccountRule(NamedTuple):
    """What one rule gives a ServiceAccount of a right.

    ``scope``: where the binding grants it.
    ``match``: what the rule gives.
    ``evidence``: the binding and the rule.
    ``condition``: the condition on which the ServiceAccount exists, and is so bound.
    """

    scope: str
    match: Match
    evidence: tuple[Evidence, ...]
    condition: Condition


def account_rules(world: Facts, account: Key, right: Right) -> Iterator[AccountRule]:
    """Yield the rules that give a ServiceAccount a right; none if it does not exist."""
    exists = world.identities.usable_accounts.get(account)
    if exists is None:
        return
    rbac, authorizer = world.rbac, world.rbac.authorizer
    names: tuple[Node, ...] = (
        (SERVICE_ACCOUNT, *account),
        service_accounts_group(account[0]),
        EVERY_SERVICE_ACCOUNT,
        AUTHENTICATED,
    )
    for place in (place for node in names for place in rbac.bindings_by_subject.get(node, ())):
        binding, scope = rbac.bindings[place]
        condition = both(exists, rbac.doubts.get(place, CERTAIN))
        ref = binding.role_ref
        grants = f"grants {ref.kind} {ref.name} to ServiceAccount {'/'.join(account)}"
        for role in authorizer.roles_of(binding):
            for index, rule in enumerate(role.rules or ()):
                verbs = right.verbs_in(rule)
                if not verbs:
                    continue
                names_alone = isinstance(rule, NamingRule)
                match = Match(verbs, (right.key,), rule.resource_names or (), names_alone)
                detail = f"{listed(verbs)} on {right.full_resource}"
                evidence = (
                    authorizer.evidence_of(binding, detail=grants),
                    authorizer.evidence_of(role, rule=index, detail=detail),
                )
                yield AccountRule(scope, match, evidence, condition)
