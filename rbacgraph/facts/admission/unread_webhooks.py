"""Counts admission webhooks and policies that may refuse Pods for unknown reasons.

:mod:`rbacgraph.facts.admission.pod_security` holds the ones that rbacgraph heeds.
"""

from collections.abc import Iterator

from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.admission import AdmissionRule, Webhook


def webhooks(snapshot: Snapshot) -> Iterator[Webhook]:
    """Yield every webhook, mutating ones first."""
    for configuration in (*snapshot.mutating_webhooks, *snapshot.validating_webhooks):
        yield from configuration.webhooks or ()


def heeded(snapshot: Snapshot) -> bool:
    """Whether the input holds policies that may make something conditional."""
    policies = (*snapshot.pod_policies, *snapshot.namespace_policies)
    validating = snapshot.validating_policies
    return any(one.reaches for one in policies) or any(
        one.spec is not None and one.spec.refuses for one in validating
    )


def looking_at_pods(snapshot: Snapshot) -> int:
    """Count the webhooks, and the bound validating policies, that match new Pods."""
    found = sum(webhook.looks_at("", "pods", "CREATE") for webhook in webhooks(snapshot))
    bindings = snapshot.validating_policy_bindings
    bound = {binding.spec.policy_name for binding in bindings if binding.spec}
    for policy in snapshot.validating_policies:
        matched = policy.spec and policy.spec.match_constraints
        if matched and policy.metadata.name in bound:
            found += any(map(_looks_at_pods, matched.resource_rules or ()))
    return found


def _looks_at_pods(rule: AdmissionRule) -> bool:
    return rule.looks_at("", "pods", "CREATE")
