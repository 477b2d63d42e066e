"""Finds which Pods a Service leads to, as far as the input shows."""

from collections.abc import Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.networking import Service
from rbacgraph.model.kubernetes.pods import have_labels


def pods_behind(world: Facts, namespace: str, name: str) -> Iterator[tuple[PodSource, Condition]]:
    """Yield what runs behind a Service, each with the condition on which it does.

    If the input lacks the Service, or it has no selector, that may be anything in its namespace.
    """
    services = world.services
    service = services.get((namespace, name))
    if service is None and world.snapshot.is_listed("Service", namespace):
        return
    selector = _selector(service)
    doubt = CERTAIN if selector else If.SERVICE_LEADS_TO_POD(namespace, name)
    for runner in world.running.runners_in(namespace):
        if runner.running is not None and have_labels(runner.obj.labels, selector):
            yield runner, both(doubt, runner.running)


def _selector(service: Service | None) -> dict[str, str]:
    return (service and service.spec and service.spec.selector) or {}
