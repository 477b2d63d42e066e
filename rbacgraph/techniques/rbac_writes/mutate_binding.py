"""Rewrite a role or a binding while an identity writes it that may grant anything."""

from collections.abc import Iterator

from rbacgraph.facts.services import pods_behind
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.kubernetes.admission import Webhook, WebhookConfiguration
from rbacgraph.model.node import EVERYTHING, Node
from rbacgraph.techniques.admission.mutating_admission_policy import BINDING, BOUND, POLICY, served
from rbacgraph.techniques.admission.mutating_webhook import CONFIGURE
from rbacgraph.techniques.admission.webhook_rules import selecting
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.compound_rights import HeldCompoundRights
from rbacgraph.techniques.spec.conjunction import Conjunction, Hyperarc

_RBAC = "rbac.authorization.k8s.io"


def _joins(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    configure = present.node(CONFIGURE, "")
    if configure:
        words = "can have a mutating webhook rewrite roles and bindings"
        yield Hyperarc(
            (configure,), (EVERYTHING,), words, condition=If.WEBHOOK_IS_REACHED_BY_GRANT()
        )
    yield from _by_policies(world, present)
    for configuration in world.snapshot.mutating_webhooks:
        for webhook in configuration.webhooks or ():
            yield from _by_pods(world, configuration, webhook)


def _by_policies(world: Facts, present: HeldCompoundRights) -> Iterator[Hyperarc]:
    has = served(world)
    if has is None:
        return
    condition = both(If.SOMEBODY_GRANTS((), ()), has)
    policy, binding = present.node(POLICY, ""), present.node(BINDING, "")
    if policy and binding:
        words = "can write a MutatingAdmissionPolicy and bind it, to rewrite roles and bindings"
        yield Hyperarc((policy, binding), (EVERYTHING,), words, condition=condition)
    bound = present.node(BOUND, "")
    if bound:
        words = "can make a bound MutatingAdmissionPolicy rewrite roles and bindings"
        yield Hyperarc((bound,), (EVERYTHING,), words, condition=condition)


def _by_pods(
    world: Facts, configuration: WebhookConfiguration, webhook: Webhook
) -> Iterator[Hyperarc]:
    service = webhook.client_config.service
    given = _given(webhook)
    if service is None or given is None:
        return
    targets, somebody = given
    detail = f"{webhook.name} calls Service {service.namespace}/{service.name}"
    evidence = [world.rbac.evidence(configuration, "MutatingWebhookConfiguration", detail)]
    leads = world.services.get((service.namespace, service.name))
    if leads is not None:
        evidence.append(world.rbac.evidence(leads, "Service", "leads to the Pod"))
    words = "is shown roles and bindings before they are written, and may rewrite them"
    matching = selecting([(configuration, webhook)])
    for runner, doubt in pods_behind(world, service.namespace, service.name):
        condition = both(somebody(*matching), doubt)
        proof = tuple(evidence)
        yield Hyperarc((runner.node,), targets, words, condition=condition, evidence=proof)


def _given(webhook: Webhook) -> tuple[tuple[Node, ...], If] | None:
    """Return what a webhook can grant, and where; None if it sees no such object."""
    if _sees(webhook, "clusterroles", "clusterrolebindings"):
        return (EVERYTHING,), If.SOMEBODY_GRANTS
    if _sees(webhook, "roles", "rolebindings"):
        targets = SECRETS_OF.everything(""), EXISTING_ACCOUNTS_OF.everything("")
        return targets, If.SOMEBODY_GRANTS_IN_NAMESPACE
    return None


def _sees(webhook: Webhook, *resources: str) -> bool:
    return any(webhook.looks_at(_RBAC, resource, "CREATE", "UPDATE") for resource in resources)


EDGE = Conjunction(
    id="mutate-binding",
    summary="a role or a binding is rewritten while an administrator writes it",
    effort=8,  # as mutating-webhook, and an administrator must write a role or a binding
    certainty="always conditional: on others who write roles and bindings",
    abilities=(CONFIGURE, POLICY, BINDING, BOUND),
    joins=_joins,
)
