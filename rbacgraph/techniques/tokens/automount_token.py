"""Have the token of a ServiceAccount mounted into its Pods, and read it there."""

from collections.abc import Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import best_token
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.kubernetes.pods import Pod
from rbacgraph.model.node import SERVICE_ACCOUNT
from rbacgraph.techniques.spec.compound_rights import (
    HeldCompoundRights,
)
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import uses_by_name
from rbacgraph.techniques.spec.technique import Right

_CHANGE = Right(("update", "patch"), "", "serviceaccounts")

CHANGE = uses_by_name("change-automount", _CHANGE, wanted=lambda world: any(_without_token(world)))


def _without_token(world: Facts) -> Iterator[PodSource]:
    """Yield the Pods that have no token because their ServiceAccount says so."""
    accounts = world.snapshot.service_account_index
    refusing = {
        key for key, one in accounts.items() if one.automount_service_account_token is False
    } | world.identities.refusing_versions.keys()
    for runner in world.running.runners if refusing else ():
        spec = runner.spec
        if (runner.node[1], spec.service_account) not in refusing or spec.automount is not None:
            continue
        if runner.running is None or runner.static or not spec.automounts:
            continue
        made_anew = not isinstance(runner.obj, Pod) or runner.obj.owners
        token = best_token(world, runner)
        if made_anew and (token is None or token[1] != CERTAIN):
            yield runner


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    for runner in _without_token(world):
        (kind, namespace, pod), account = runner.node, runner.spec.service_account
        by_name = any(key[1] for key in present.wider(CHANGE, namespace, account))
        change = present.node(CHANGE, namespace, account if by_name else "")
        if change is not None:
            words = f"can have the token of ServiceAccount {namespace}/{account} mounted there"
            target = (SERVICE_ACCOUNT, namespace, account)
            refusing = world.identities.refusing_versions.get((namespace, account), CERTAIN)
            condition = both(runner.running or CERTAIN, If.CONTROLLER_MAKES_POD(), refusing)
            evidence = (world.rbac.evidence(runner.obj, runner.kind, f"runs as {account}"),)
            inputs, name = (change, runner.node), (kind, pod)
            yield Hyperarc(inputs, (target,), words, namespace, name, condition, evidence)


EDGE = Conjunction(
    id="automount-token",
    summary="a ServiceAccount that is changed has its token mounted into its next Pods",
    effort=7,  # an account is changed, and its Pod must be made again
    certainty="always conditional: on a Pod that is made again",
    abilities=(CHANGE,),
    joins=_joins,
)
