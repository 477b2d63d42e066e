"""Have a CSI driver ask for tokens of its Pods, so that their node's kubelet gets them."""

from collections.abc import Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.kubelet_tokens import KubeletTokens
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import KUBELET, SERVICE_ACCOUNT, GraphNode, Node
from rbacgraph.techniques.kubelet.node_requests_token import token_condition
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.rights_by_name import creates_by_name, uses_by_name
from rbacgraph.techniques.spec.rights_to_write import rights_to_write
from rbacgraph.techniques.spec.technique import Right

_GROUP, _DRIVERS = "storage.k8s.io", "csidrivers"
_CHANGE = Right(("update", "patch"), _GROUP, _DRIVERS)


def _matters(world: Facts) -> bool:
    """Whether some Pod has a driver's volume, and no token that its kubelet gets anyway."""
    return any(_without_token(world))


CHANGE_DRIVER = uses_by_name("change-csi-driver", _CHANGE, wanted=_matters, cluster_scoped=True)
CREATE_DRIVER = creates_by_name(
    "create-csi-driver", _GROUP, _DRIVERS, wanted=_matters, cluster_scoped=True
)


def _without_token(world: Facts) -> Iterator[tuple[PodSource, Condition]]:
    """Yield the Pods on nodes, with the condition on which their account exists."""
    for runner in world.running.runners:
        spec = runner.spec
        may_have = spec.drivers is None or spec.drivers or spec.claims
        if not may_have or runner.on_node is None or runner.static:
            continue
        account = world.identities.service_accounts.get((runner.node[1], spec.service_account))
        if account is not None and token_condition(world, runner) != CERTAIN:
            yield runner, account


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    found: dict[tuple[str, str, Condition], dict[Node, PodSource]] = {}
    for runner, account in _without_token(world):
        closed = world.identities.creating.get(runner.node[1], CERTAIN)
        condition = both(runner.on_node or CERTAIN, account, closed)
        target = SERVICE_ACCOUNT, runner.node[1], runner.spec.service_account
        for driver in world.part(KubeletTokens).drivers(runner):
            key = driver, runner.spec.node_name, condition
            found.setdefault(key, {}).setdefault(target, runner)
    for number, ((driver, node, condition), pods) in enumerate(found.items()):
        which = f"CSIDriver {driver}" if driver else "a CSIDriver"
        words = f"can have {which} ask for tokens, which the kubelet of {node} gets"
        detail = f"on node {node}, has a volume of {driver}" if driver else f"on node {node}"
        evidence = tuple(world.rbac.evidence(one.obj, one.kind, detail) for one in pods.values())
        for right, doubt in _rights(world, present, driver, node):
            inputs, name = (right, (KUBELET, "", node)), (str(number), str(right[2]))
            combined = both(condition, doubt)
            yield Hyperarc(inputs, tuple(pods), words, "", name, combined, evidence)


def _rights(
    world: Facts, present: HeldCompoundRights, driver: str, node: str
) -> Iterator[tuple[GraphNode, Condition]]:
    """Yield the rights to write a CSIDriver: ``""`` for that of a volume which is not shown."""
    if driver:
        there = world.part(KubeletTokens).has_driver(driver)
        written = (CHANGE_DRIVER, CREATE_DRIVER), ("CSIDriver", driver)
        yield from rights_to_write(world, present, *written, there=there)
        return
    for ability in (CHANGE_DRIVER, CREATE_DRIVER):
        for _, name in present.of(ability):
            right = present.node(ability, "", name)
            if right is not None:
                yield right, If.VOLUME_IS_OF_DRIVER(node, *filter(None, (name,)))


EDGE = Conjunction(
    id="edit-csi-driver",
    summary="a CSI driver that asks for tokens of its Pods gives them to their kubelets",
    effort=5,  # a driver of the whole cluster is changed, and a kubelet asks for the token
    certainty="conditional where the input does not show whose driver makes a volume, or whether"
    " there is the CSIDriver, or the namespace is being deleted",
    abilities=(CHANGE_DRIVER, CREATE_DRIVER),
    joins=_joins,
)
