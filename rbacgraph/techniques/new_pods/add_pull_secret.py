"""Add a Secret to a ServiceAccount as a pull Secret, and read it as its next Pod's kubelet."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import EACH_NAMESPACE
from rbacgraph.techniques.kubelet.any_kubelet import READING_KUBELET
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import (
    CompoundRight,
    FoundRight,
    HeldCompoundRights,
    HeldRights,
    names_of,
    wider_scopes,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import Right, where

_CHANGE = Right(("update", "patch"), "", "serviceaccounts")
_READ = Right(("get", "list", "watch"), "", "secrets")


def _changes(_world: Facts, held: HeldRights) -> Iterator[FoundRight]:
    """Yield where ServiceAccounts may be changed, except by identities that read every Secret."""
    reads = {holding.scope for holding in held.get(_READ, ()) if not holding.match.names}
    for holding in held.get(_CHANGE, ()):
        if reads.isdisjoint(wider_scopes(holding.scope)):
            for name in names_of(holding.match):
                yield FoundRight(holding.scope, name, (holding,))


CHANGE_ACCOUNT = CompoundRight(
    id="change-serviceaccount", rights=(_CHANGE, _READ), needs=(_CHANGE,), found=_changes
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    keys = present.of(CHANGE_ACCOUNT) if world.running.nodes else ()
    places = dict.fromkeys((*at, key[1]) for key in keys for at in _places(world, *key))
    for namespace, exists, name in places:
        change = present.node(CHANGE_ACCOUNT, namespace, name)
        assert change is not None
        accounts = f"ServiceAccount {name}" if name else "ServiceAccounts"
        words = f"can give {accounts} {where(namespace)} a pull Secret, for the kubelet to read"
        targets = (SECRETS_OF.everything(namespace),)
        condition = both(If.SOMEBODY_CREATES_POD_ON_NODE(), exists)
        yield Hyperarc((change, READING_KUBELET), targets, words, namespace, (name,), condition)


def _places(world: Facts, scope: str, name: str) -> Iterator[tuple[str, Condition]]:
    """Yield where such ServiceAccounts exist, each with the condition."""
    everywhere = scope in {"", EACH_NAMESPACE}
    if not name:
        yield scope, CERTAIN
        return
    for namespace in world.identities.namespaces if everywhere else (scope,):
        exists = world.identities.service_accounts.get((namespace, name))
        if exists is not None:
            yield namespace, exists


EDGE = Conjunction(
    id="add-pull-secret",
    summary="a Secret that a ServiceAccount names for pulling is read by its next Pod's kubelet",
    effort=7,  # an account is changed, and a Pod must come to the right node
    certainty="always conditional: on others who create Pods",
    abilities=(CHANGE_ACCOUNT,),
    joins=_joins,
)
