"""Controllers and what they made are one story: which workloads stand for themselves."""

from collections.abc import Iterable, Iterator

from rbacgraph.model.pods import Pod, Workload

_Identity = tuple[str, str]
"""Namespace, and one of the forms of :attr:`rbacgraph.model.pods.Pod.owners`."""


def standalone(workloads: Iterable[Workload], pods: Iterable[Pod]) -> Iterator[Workload]:
    """Yield the workloads whose template is the only account of their pods.

    Left out are those that another workload of the input owns, and those that own a Pod
    of the input, directly or through another workload.
    """
    workloads = tuple(workloads)
    present = {identity for w in workloads for identity in _identities(w)}
    told = {identity for pod in pods for identity in _owners(pod)}
    for _ in range(2):
        for workload in workloads:
            if not told.isdisjoint(_identities(workload)):
                told.update(_owners(workload))
    for workload in workloads:
        owned = not present.isdisjoint(_owners(workload))
        if not owned and told.isdisjoint(_identities(workload)):
            yield workload


def _identities(workload: Workload) -> tuple[_Identity, _Identity]:
    """Return what an owner reference can call it: by uid where it has one, else by name."""
    metadata = workload.metadata
    name = f"{workload.kind}/{metadata.name}"
    return (metadata.namespace, metadata.uid or name), (metadata.namespace, f"~{name}")


def _owners(owned: Pod | Workload) -> list[_Identity]:
    return [(owned.metadata.namespace, owner) for owner in owned.owners]
