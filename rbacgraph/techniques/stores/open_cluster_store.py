"""Label a namespace so that a ClusterSecretStore admits it, and read the store from there."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.external.controllers import EXTERNAL_SECRETS_OPERATOR
from rbacgraph.facts.external.external_secrets import ExternalSecrets
from rbacgraph.facts.external.namespaces import admits, opened_by_labels
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.node import Node
from rbacgraph.techniques.new_pods.pod_makers import MAKE_PODS
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.relabel_namespace import RELABEL
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where
from rbacgraph.techniques.stores.resource_writers import READ_SOME_SECRET, SYNCERS, WIDE

_WRITE = next(one.write for one in SYNCERS if one.operator == EXTERNAL_SECRETS_OPERATOR)
_READERS = ((READ_SOME_SECRET, "read"), (MAKE_PODS, "made"), (APPLY_PODS, "applied"))


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    logins = world.part(ExternalSecrets).logins
    if not any(map(opened_by_labels, logins.cluster_stores)):
        return
    for ability, called in _READERS:
        scopes = {scope for one in (_WRITE, RELABEL, ability) for scope in present.scopes(one)}
        for scope in sorted(scopes):
            tail = [present.node(one, scope) for one in (_WRITE, RELABEL, ability)]
            inputs = tuple(node for node in tail if node is not None)
            opened = _opened(world, scope) if len(inputs) == len(tail) else {}
            for heeded, targets in opened.items():
                words = f"can label namespaces {where(scope)} for a ClusterSecretStore and read it"
                runs = both(heeded, If.OPERATOR_READS_STORE(EXTERNAL_SECRETS_OPERATOR))
                name = (called, targets[0][2]) if heeded else (called,)
                yield Hyperarc(inputs, tuple(targets), words, scope, name, runs)


def _opened(world: Facts, scope: str) -> dict[Condition, list[Node]]:
    """Return the logins of the stores that labels open in a scope, and nothing else does.

    By the condition on which a controller heeds the store.
    """
    logins = world.part(ExternalSecrets).logins
    everywhere = world.identities.namespaces
    found: dict[Condition, list[Node]] = {}
    for store in filter(opened_by_labels, logins.cluster_stores):
        heeding = logins.controllers.heeding(store)
        if heeding.nobody:
            continue
        places: Sequence[str]
        if scope not in WIDE:
            opened = admits(store, scope, logins.labels) != CERTAIN
            places = (scope,) if opened else ()
        elif any(admits(store, one, logins.labels) == CERTAIN for one in everywhere):
            places = ()  # who may write everywhere reads it from there
        else:
            places = tuple(everywhere)
        for namespace in places:
            node = logins.cluster_login(store, namespace, CERTAIN).node
            several = found.setdefault(heeding.condition, [])
            if node not in several:
                several.append(node)
    return found


EDGE = Conjunction(
    id="open-cluster-store",
    summary="labels of a namespace open a ClusterSecretStore to the resources in it",
    effort=5,  # a label changes, and an object remains visible
    certainty="always conditional: on the operator",
    abilities=(_WRITE, RELABEL, READ_SOME_SECRET, MAKE_PODS, APPLY_PODS),
    joins=_joins,
)
