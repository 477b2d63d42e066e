"""Finds where policies refuse Pods that would control the node: privileged, or by host paths.

rbacgraph heeds ValidatingAdmissionPolicies that are bound, and policies of Kyverno and Gatekeeper.
It judges what they refuse by the fields that they name, so they make nothing impossible; only where
they refuse both does it become conditional, as each gives the node. Policies that no webhook
enforces for a namespace do not count.

Sources: those of :mod:`rbacgraph.sources.pods.pod_policies`; kubernetes
``staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/namespace/matcher.go``.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.facts.pods.pod_security_levels import Levels
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import pod_policies
from rbacgraph.model.kubernetes.admission import AdmissionPolicy, AdmissionPolicyBinding, Webhook
from rbacgraph.model.kubernetes.meta import LabelSelector

_NAME = "kubernetes.io/metadata.name"
_CREATED = (pod_policies.PRIVILEGED, pod_policies.HOST_PATH)
_ADDED = (pod_policies.PRIVILEGED,)


class _Rule(NamedTuple):
    """What a policy refuses where, and which webhook enforces it: ``""`` for the API server."""

    title: str
    engine: str
    reach: pod_policies.PolicyReach


class PodPolicyObjects:
    """What policies refuse, computed on first use.

    ``levels``: the labels of its namespaces.
    """

    def __init__(self, snapshot: Snapshot, levels: Levels) -> None:
        self._snapshot = snapshot
        self._levels = levels
        self._known: dict[tuple[str, bool, bool], Condition] = {}

    def condition(
        self, namespace: str, *, added: bool = False, relabelled: bool = False
    ) -> Condition:
        """Return the condition on which policies admit a Pod that controls its node.

        ``namespace``: the namespace of the Pod; ``""`` for a new one.
        ``added``: whether a container is added to a running Pod, so that nothing new is mounted.
        ``relabelled``: whether the attacker chooses the labels of the namespace.
        """
        if not self._rules:
            return CERTAIN
        key = namespace, added, relabelled
        if key not in self._known:
            wanted = _ADDED if added else _CREATED
            self._known[key] = self._find(namespace, wanted, relabelled=relabelled)
        return self._known[key]

    def _find(self, namespace: str, wanted: tuple[str, ...], *, relabelled: bool) -> Condition:
        refusing: dict[str, list[str]] = {one: [] for one in wanted}
        for title, engine, reach in self._rules:
            if self._reaches(namespace, reach, relabelled) and self._enforced(engine, namespace):
                for one in set(wanted).intersection(reach.refuses):
                    refusing[one].append(title)
        if not all(refusing.values()):
            return CERTAIN
        of_all = set.intersection(*map(set, refusing.values()))
        titles = sorted({min(of_all or titles) for titles in refusing.values()})
        return If.POLICIES_ALLOW(*titles)

    @cached_property
    def _rules(self) -> list[_Rule]:
        snapshot = self._snapshot
        found = list(_of_engines((*snapshot.pod_policies, *snapshot.namespace_policies)))
        policies = {one.metadata.name: one for one in snapshot.validating_policies}
        for binding in snapshot.validating_policy_bindings:
            policy = policies.get(binding.spec.policy_name) if binding.spec else None
            reach = None if policy is None else _bound(policy, binding)
            if policy is not None and reach is not None:
                title = f"ValidatingAdmissionPolicy {policy.metadata.name}"
                found.append(_Rule(title, "", reach))
        return found

    def _reaches(self, namespace: str, reach: pod_policies.PolicyReach, relabelled: bool) -> bool:
        """Whether a rule may apply to a namespace."""
        return (
            reach.has_name(namespace)
            and all(self._may_select(one, namespace, relabelled) for one in reach.selected)
            and not any(self._selects(one, namespace, relabelled) for one in reach.unselected)
        )

    def _may_select(self, selector: LabelSelector, namespace: str, relabelled: bool) -> bool:
        labels = self._labels(namespace)
        if relabelled and not _by_name(selector):
            return False  # the attacker chooses labels that it does not match
        return labels is None or _is_wild(selector) or selector_matches(selector, labels)

    def _selects(self, selector: LabelSelector, namespace: str, relabelled: bool) -> bool:
        labels = self._labels(namespace)
        if relabelled and not _by_name(selector):
            return True
        return labels is not None and selector_matches(selector, labels)

    def _labels(self, namespace: str) -> dict[str, str] | None:
        """Return the labels of a namespace; None if they are not known."""
        if namespace and namespace not in self._levels.namespaces:
            return None
        return {**self._levels.labels(namespace), _NAME: namespace}

    def _enforced(self, engine: str, namespace: str) -> bool:
        """Whether a webhook of an engine may see the Pods of a namespace."""
        if not engine:
            return True
        configurations = self._snapshot.validating_webhooks
        own = [one for one in configurations if engine in one.metadata.name]
        if not own and not self._snapshot.is_listed("ValidatingWebhookConfiguration"):
            return True
        webhooks = (webhook for one in own or configurations for webhook in one.webhooks or ())
        return any(self._looks(webhook, namespace) for webhook in webhooks)

    def _looks(self, webhook: Webhook, namespace: str) -> bool:
        selector = webhook.namespace_selector
        looks = webhook.looks_at("", "pods", "CREATE")
        return looks and (selector is None or self._may_select(selector, namespace, False))


def _of_engines(policies: Iterable[pod_policies.PodPolicy]) -> Iterator[_Rule]:
    for policy in policies:
        namespace, name = policy.metadata.namespace, policy.metadata.name
        title = f"{policy.kind} {namespace}/{name}" if namespace else f"{policy.kind} {name}"
        gatekeeper = policy.api_version.startswith(pod_policies.GATEKEEPER_GROUP)
        for reach in policy.reaches:
            engine = "gatekeeper" if gatekeeper else "kyverno"
            yield _Rule(title, engine, reach.inside(namespace) if namespace else reach)


def _bound(
    policy: AdmissionPolicy, binding: AdmissionPolicyBinding
) -> pod_policies.PolicyReach | None:
    """Return what a policy refuses through a binding; None if it refuses no new Pods."""
    matched = policy.spec.match_constraints if policy.spec else None
    narrowed = binding.spec.match_resources if binding.spec else None
    actions = (binding.spec.validation_actions if binding.spec else None) or ()
    if policy.spec is None or matched is None or "Deny" not in actions:
        return None
    parts = [part for part in (matched, narrowed) if part is not None]
    rules = [part.resource_rules for part in parts if part.resource_rules]
    left_out = [rule for part in parts for rule in part.exclude_resource_rules or ()]
    looks = all(any(r.looks_at("", "pods", "CREATE") for r in one) for one in rules)
    evaded = any(_restricts(part.object_selector) for part in parts)
    if not rules or not looks or evaded or any(r.looks_at("", "pods", "CREATE") for r in left_out):
        return None
    selectors = [part.namespace_selector for part in parts]
    return pod_policies.PolicyReach(
        refuses=policy.spec.refuses,
        selected=tuple(filter(_restricts, filter(None, selectors))),
    )


def _restricts(selector: LabelSelector | None) -> bool:
    return selector is not None and bool(selector.match_labels or selector.match_expressions)


def _by_name(selector: LabelSelector) -> bool:
    """Whether a selector uses only the name, which no label changes."""
    keys = {*(selector.match_labels or ()), *(e.key for e in selector.match_expressions or ())}
    return keys <= {_NAME}


def _is_wild(selector: LabelSelector) -> bool:
    """Whether the values of a selector are patterns, which Kyverno allows."""
    return any("*" in one or "?" in one for one in (selector.match_labels or {}).values())
