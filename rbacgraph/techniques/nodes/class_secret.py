"""Have a StorageClass name a Secret for a claim's volume, and read it as the Pod's kubelet."""

from collections.abc import Iterator

from rbacgraph.facts.secrets.class_secrets import chosen, for_the_node
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.kubernetes.storage import SecretTemplate, StorageClass
from rbacgraph.model.node import EACH_NAMESPACE, SECRET, Node
from rbacgraph.techniques.kubelet.any_kubelet import READING_KUBELET
from rbacgraph.techniques.new_pods.pod_makers import (
    MAKE_PODS,
    MAKE_PODS_SOMEWHERE,
    makers,
    makers_somewhere,
)
from rbacgraph.techniques.new_pods.server_side_apply import APPLY_PODS
from rbacgraph.techniques.nodes.cluster_scoped_writes import makes
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc
from rbacgraph.techniques.spec.technique import where


def _taken(world: Facts) -> frozenset[str]:
    return frozenset(one.metadata.name for one in world.snapshot.storage_classes)


CREATE_CLASS = makes(
    "create-storage-class", "StorageClass", "storageclasses", _taken, "storage.k8s.io"
)


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    if not world.running.nodes:
        return
    create, every = present.node(CREATE_CLASS, ""), (SECRETS_OF.everything(""),)
    for scope, make, called in makers_somewhere(present) if create is not None else ():
        assert create is not None
        words = "can name any Secret for the kubelet in a StorageClass, for a Pod of one's own"
        inputs, made = (create, make, READING_KUBELET), If.DRIVER_MAKES_VOLUME()
        yield Hyperarc(inputs, every, words, scope, ("created", called), made)
    named = [(one, by) for one in world.snapshot.storage_classes for by in for_the_node(one)]
    for scope, ability, called in makers(present) if named else ():
        make_there = present.node(ability, scope)
        for one, template in named if make_there is not None else ():
            assert make_there is not None
            targets = tuple(_targets(world, template, scope))
            if targets:
                name, room = one.metadata.name, world.identities.making_pods.get(scope, CERTAIN)
                yield Hyperarc(
                    (make_there, READING_KUBELET),
                    targets,
                    f"can claim a volume of StorageClass {name} by Pods {where(scope)}",
                    scope,
                    ("claimed", name, template.field, called),
                    both(If.DRIVER_MAKES_VOLUME_OF(name), room),
                    (_evidence(world, one, template),),
                )


def _targets(world: Facts, template: SecretTemplate, scope: str) -> Iterator[Node]:
    """Yield the Secrets that claims made in a scope can have a volume name, each once."""
    everywhere = scope in {"", EACH_NAMESPACE}
    known = set[Node]()
    for home in world.identities.namespaces if everywhere else (scope,):
        found = chosen(template, home)
        if found is None or found.namespace == home:
            continue  # a Pod there has the Secrets of its namespace anyway
        for name in world.secret_numbers.get(found.namespace, ()):
            node = SECRET, found.namespace, name
            if node not in known and (found.names is None or found.names.fullmatch(name)):
                known.add(node)
                yield node


def _evidence(world: Facts, one: StorageClass, template: SecretTemplate) -> Evidence:
    detail = f"{template.field}: {template.name} of {template.namespace}"
    return world.rbac.evidence(one, "StorageClass", detail)


EDGE = Conjunction(
    id="class-secret",
    summary="a Secret that a StorageClass has volumes name is read by the kubelet of a claim's Pod",
    effort=6,  # a volume is made by a driver and remains visible, and a read as the kubelet
    certainty="always conditional: the driver must run and make the volume",
    abilities=(CREATE_CLASS, MAKE_PODS, MAKE_PODS_SOMEWHERE, APPLY_PODS),
    joins=_joins,
)
