"""Controllers and what they made are one story: which workloads stand for themselves."""

from collections.abc import Iterable, Iterator

from rbacgraph.model.core import Pod
from rbacgraph.model.meta import OwnedMeta
from rbacgraph.model.workloads import AnyWorkload

_Identity = tuple[str, ...]


def standalone(workloads: Iterable[AnyWorkload], pods: Iterable[Pod]) -> Iterator[AnyWorkload]:
    """Yield the workloads whose template is the only account of their pods.

    Left out are those that another workload of the input owns, and those that own a Pod
    of the input, directly or through another workload.
    """
    workloads = tuple(workloads)
    present = {identity for w in workloads for identity in _identities(w)}
    told: set[_Identity] = set()
    for pod in pods:
        told.update(_owners(pod.metadata))
    for _ in range(2):
        for workload in workloads:
            if not told.isdisjoint(_identities(workload)):
                told.update(_owners(workload.metadata))
    for workload in workloads:
        owned = not present.isdisjoint(_owners(workload.metadata))
        if not owned and told.isdisjoint(_identities(workload)):
            yield workload


def _identities(workload: AnyWorkload) -> Iterator[_Identity]:
    metadata = workload.metadata
    yield workload.kind, metadata.namespace, metadata.name
    if metadata.uid:
        yield (metadata.uid,)


def _owners(metadata: OwnedMeta) -> Iterator[_Identity]:
    for owner in metadata.owner_references or ():
        if owner.uid:
            yield (owner.uid,)
        else:
            yield owner.kind, metadata.namespace, owner.name
