"""Have an operator read a store outside the cluster into a Secret, with the store's own rights."""

from collections.abc import Iterator

from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import (
    READ_SOME_SECRET,
    SYNCERS,
    Syncer,
    logins_in,
)

_READERS = ((READ_SOME_SECRET, "read"), (MAKE_PODS, "made"), (APPLY_PODS, "applied"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for syncer in SYNCERS:
        for ability, called in _READERS:
            for scope in present.shared_scopes(syncer.write, ability):
                write, read = present.node(syncer.write, scope), present.node(ability, scope)
                if write and read:
                    name = syncer.write.id, called
                    for one in _in_scope(world, syncer, scope):
                        yield one._replace(inputs=(write, read), name=(*name, *one.name))


def _in_scope(world: Facts, syncer: Syncer, scope: str) -> Iterator[Hyperarc]:
    """Yield what a written resource reads in a scope, without what it takes to write one."""
    by_condition: dict[Condition, list[Login]] = {}
    for login in logins_in(world, scope, syncer.operator):
        by_condition.setdefault(login.condition, []).append(login)
    for condition, logins in by_condition.items():
        lead = logins[0]
        yield Hyperarc(
            (),
            tuple(login.node for login in logins),
            f"can write {syncer.kinds} {where(scope)} that read a store as its own identity",
            scope,
            (lead.node,) if condition else (),  # stores of several kinds may have one name
            both(condition, If.OPERATOR_READS_STORE(syncer.operator)),
        )


EDGE = Conjunction(
    id="write-external-secret",
    summary="an operator reads a store as the store's identity for anyone who may write a resource",
    effort=4,  # an object that remains visible, and a Secret that is read
    certainty="always conditional: on the operator",
    abilities=(*(one.write for one in SYNCERS), READ_SOME_SECRET, MAKE_PODS, APPLY_PODS),
    joins=_joins,
)
