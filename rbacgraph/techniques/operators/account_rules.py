"""Finds the rules that give a ServiceAccount some right, by its own name and its groups."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.world import Facts, WorldPart
from rbacgraph.model.condition import CERTAIN, Condition, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.rbac import NamingRule
from rbacgraph.model.node import (
    AUTHENTICATED,
    EVERY,
    EVERY_SERVICE_ACCOUNT,
    SERVICE_ACCOUNT,
    Node,
    service_accounts_group,
)
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, Right, Target, listed

_REQUEST = Right(("create",), "", "serviceaccounts", "token")


class AccountTokens(WorldPart):
    """The tokens that ServiceAccounts may request, found on first use."""

    def __init__(self, world: Facts) -> None:
        super().__init__(world)
        self._known: dict[Key, Sequence[Target]] = {}

    def of(self, account: Key, namespace: str) -> Iterator[Target]:
        """Yield whose tokens of a namespace, or of all for ``""``, a ServiceAccount may request."""
        if account not in self._known:
            self._known[account] = tuple(self._find(account))
        for node, condition in self._known[account]:
            there = _inside(node, namespace) if namespace else node
            if there is not None:
                yield there, condition

    def _find(self, account: Key) -> Iterator[Target]:
        for rule in account_rules(self._world, account, _REQUEST):
            for node, _ in EXISTING_ACCOUNTS_OF.with_names(self._world, rule.scope, rule.match):
                yield node, rule.condition


class AccountRule(NamedTuple):
    """What one rule gives a ServiceAccount of a right.

    ``scope``: where the binding grants it.
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


def _inside(accounts: Node, namespace: str) -> Node | None:
    """Return the part of a ServiceAccount, or a collection of some, that lies in a namespace."""
    kind, place, name = accounts
    if kind == SERVICE_ACCOUNT:
        return accounts if place == namespace else None
    if name is not EVERY:
        return SERVICE_ACCOUNT, namespace, name
    return EXISTING_ACCOUNTS_OF.everything(namespace) if place in {"", namespace} else None
