"""Finds workloads that count by themselves: a controller with Pods counts by its Pods."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rbacgraph.model.kubernetes.pods import Pod, PodSpec, Workload


def standalone(workloads: Iterable[Workload], pods: Iterable[Pod]) -> Iterator[Workload]:
    """Yield the workloads whose template is the only information about their Pods.

    Workloads that own a Pod of the input are left out, directly or through another workload, and
    those that another workload of the input owns, unless they show what it does not: by its status
    a Job of a CronJob has Pods, or a ReplicaSet has some of a template that its Deployment had
    before.
    """
    identified = [(w, w.metadata.namespace, _identities(w)) for w in workloads]
    present: dict[str, set[str]] = {}
    shown: dict[tuple[str, str], list[PodSpec]] = {}
    for workload, namespace, identities in identified:
        present.setdefault(namespace, set()).update(identities)
        for identity in identities if workload.pods else ():
            shown.setdefault((namespace, identity), []).append(workload.spec)
    known = _makers(identified, present, pods)
    for workload, namespace, identities in identified:
        owned = not present[namespace].isdisjoint(workload.owners)
        if owned and workload.pods:
            of_owners = (shown.get((namespace, owner), ()) for owner in workload.owners)
            owned = any(workload.spec in specs for specs in of_owners)
        if not owned and known[namespace].isdisjoint(identities):
            yield workload


def _makers(
    identified: Sequence[tuple[Workload, str, tuple[str, str]]],
    present: Mapping[str, set[str]],
    pods: Iterable[Pod],
) -> Mapping[str, set[str]]:
    """Return the identities of what made the Pods of the input, by namespace."""
    known: dict[str, set[str]] = {namespace: set() for namespace in present}
    for pod in pods:
        owners, namespace = pod.owners, pod.metadata.namespace
        if owners and namespace in known and not present[namespace].isdisjoint(owners):
            known[namespace].update(owners)
    for _ in range(2):
        for workload, namespace, identities in identified:
            if workload.owners and not known[namespace].isdisjoint(identities):
                known[namespace].update(workload.owners)
    return known


def made_by(
    workload: Workload, workloads: Iterable[Workload], pods: Iterable[Pod]
) -> Iterator[Pod]:
    """Yield the Pods of the input that a workload made, directly or through another one."""
    namespace = workload.metadata.namespace
    makers = set(_identities(workload))
    for other in workloads:
        if other.metadata.namespace == namespace and not makers.isdisjoint(other.owners):
            makers.update(_identities(other))
    for pod in pods:
        if pod.metadata.namespace == namespace and not makers.isdisjoint(pod.owners):
            yield pod


class WorkloadOwners:
    """Finds the workload that people write for a Pod."""

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self._known = {
            (one.metadata.namespace, identity): one
            for one in workloads
            for identity in _identities(one)
        }

    def of(self, obj: Pod | Workload) -> Pod | Workload:
        """Return the workload that made an object, directly or through another; else the object."""
        for _ in range(2):  # a Deployment's ReplicaSet, a CronJob's Job
            namespace, owners = obj.metadata.namespace, obj.owners or ()
            found = (self._known.get((namespace, owner)) for owner in owners)
            obj = next((one for one in found if one is not None), obj)
        return obj


def _identities(workload: Workload) -> tuple[str, str]:
    """Return the identity that an owner reference uses: the uid if it has one, else the name."""
    metadata = workload.metadata
    name = f"{workload.kind}/{metadata.name}"
    return metadata.uid or name, f"~{name}"
