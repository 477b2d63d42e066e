"""See Secrets as they are written, or change Pods, from a Pod behind an admission webhook."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rbacgraph.facts.services import pods_behind
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import Condition, If, both
from rbacgraph.model.kubernetes.admission import Webhook, WebhookConfiguration
from rbacgraph.model.node import CHANGEABLE_PODS, SECRETS, SERVICE_ACCOUNTS, Node
from rbacgraph.techniques.admission.webhook_rules import Selected, selecting
from rbacgraph.techniques.spec.collections import (
    CHANGEABLE_PODS_OF,
    EXISTING_ACCOUNTS_OF,
    SECRETS_OF,
)
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_TEMPLATES = (
    ("apps", "deployments"),
    ("apps", "daemonsets"),
    ("apps", "statefulsets"),
    ("apps", "replicasets"),
    ("batch", "cronjobs"),
    ("", "replicationcontrollers"),
)
_ONCE = (("batch", "jobs"),)
_GIVEN = (SECRETS, SERVICE_ACCOUNTS, CHANGEABLE_PODS)
_WRITES = ("CREATE", "UPDATE", "DELETE")


class _Called(NamedTuple):
    """A webhook that calls a Service, with its configuration."""

    configuration: WebhookConfiguration
    webhook: Webhook
    mutating: bool

    @property
    def kind(self) -> str:
        return f"{'Mutating' if self.mutating else 'Validating'}WebhookConfiguration"

    def operations(self) -> list[str]:
        """The operations on Secrets that it sees."""
        return [one for one in _WRITES if self.webhook.looks_at("", "secrets", one)]

    def pods(self) -> list[str]:
        """The operations by which it can have its own Pods made."""
        if not self.mutating:
            return []
        found = ["pods"] if self.webhook.looks_at("", "pods", "CREATE") else []
        if any(self.webhook.looks_at(*workload, "CREATE", "UPDATE") for workload in _TEMPLATES):
            found.append("workloads")
        elif any(self.webhook.looks_at(*workload, "CREATE") for workload in _ONCE):
            found.append("jobs")
        return found

    def makes_pods(self) -> bool:
        return bool(self.pods())

    def changes_pods(self) -> bool:
        """Whether it can give existing Pods other images when they are updated."""
        return self.mutating and self.webhook.looks_at("", "pods", "UPDATE")

    def gives(self, what: str) -> bool:
        """Whether it gives such a collection."""
        if what == CHANGEABLE_PODS:
            return self.changes_pods()
        return self.makes_pods() or (what == SECRETS and bool(self.operations()))


def _called(world: Facts) -> dict[tuple[str, str], list[_Called]]:
    """Return the webhooks that see Secrets or change Pods, by the Service that they call."""
    snapshot = world.snapshot
    found: dict[tuple[str, str], list[_Called]] = {}
    for mutating, configurations in (
        (True, snapshot.mutating_webhooks),
        (False, snapshot.validating_webhooks),
    ):
        for configuration in configurations:
            for webhook in configuration.webhooks or ():
                service = webhook.client_config.service
                one = _Called(configuration, webhook, mutating)
                if service and any(map(one.gives, _GIVEN)):
                    found.setdefault((service.namespace, service.name), []).append(one)
    return found


def _edges(world: Facts) -> Iterator[Edge]:
    for service, called in _called(world).items():
        gives = list(_gives(called))
        for runner, doubt in pods_behind(world, *service):
            for target, condition in gives:
                full = both(condition, doubt)
                yield runner.number, target, (service, tuple(called)), full


def _matching(called: Iterable[_Called]) -> Selected:
    return selecting([(one.configuration, one.webhook) for one in called])


def _gives(called: list[_Called]) -> Iterator[tuple[Node, Condition]]:
    secrets, accounts, pods = ([one for one in called if one.gives(what)] for what in _GIVEN)
    done = tuple(dict.fromkeys(done for one in secrets for done in one.operations()))
    made = tuple(dict.fromkeys(made for one in accounts for made in one.pods()))
    if secrets:
        written = If.SOMEBODY_WRITES_SECRET(done, made, *_matching(secrets))
        yield SECRETS_OF.everything(""), written
    if accounts:
        made_pod = If.SOMEBODY_MAKES_POD(made, *_matching(accounts))
        yield EXISTING_ACCOUNTS_OF.everything(""), made_pod
    if pods:
        yield CHANGEABLE_PODS_OF.everything(""), If.SOMEBODY_CHANGES_POD(*_matching(pods))


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    (namespace, name), called = basis
    about = [one for one in called if one.gives(target[0])]
    evidence = [
        world.rbac.evidence(
            one.configuration, one.kind, f"{one.webhook.name} calls Service {namespace}/{name}"
        )
        for one in about
    ]
    service = world.services.get((namespace, name))
    if service is not None:
        evidence.append(world.rbac.evidence(service, "Service", "leads to the Pod"))
    what = "is shown objects before they are written"
    if any(one.makes_pods() or one.changes_pods() for one in about):
        what = "is shown objects before they are written, and may change Pods"
    return what, tuple(evidence)


EDGE = ObjectEdge(
    id="webhook-backend",
    summary="Pods behind an admission webhook see Secrets, or change Pods, as they are written",
    effort=8,  # the server exists, but something must be written
    certainty="always conditional: on others' writes",
    edges=_edges,
    explain=_explain,
)
