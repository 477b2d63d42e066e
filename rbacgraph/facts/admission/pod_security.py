"""Pod Security: which namespaces admit Pods that control the node.

Source: kubernetes ``staging/src/k8s.io/pod-security-admission/api/helpers.go``: without a label the
API server's default applies, which is privileged unless configured; an unknown level counts as
restricted.

rbacgraph heeds ValidatingAdmissionPolicies that are bound, and policies of Kyverno and Gatekeeper.
It judges what they refuse by the fields that they name, so they make nothing impossible; only where
they refuse both does it become conditional, as each gives the node. Policies that no webhook
enforces for a namespace do not count.

Sources: those of :mod:`rbacgraph.sources.pods.pod_policies`; kubernetes
``staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/namespace/matcher.go``.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple
from weakref import ref

from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.authz.versions.object_versions import (
    namespaces_of_versions,
    whichever_holds,
    with_each_version,
)
from rbacgraph.facts.admission.security_context_constraints import Constraints
from rbacgraph.facts.pods.pod_security_levels import BASELINE, ENFORCE, PRIVILEGED, Levels
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import pod_policies
from rbacgraph.model.kubernetes.admission import AdmissionPolicy, AdmissionPolicyBinding, Webhook
from rbacgraph.model.kubernetes.meta import LabelSelector
from rbacgraph.model.kubernetes.pods import PodSpec
from rbacgraph.model.node import EACH_NAMESPACE

_NAME = "kubernetes.io/metadata.name"
_CREATED = (pod_policies.PRIVILEGED, pod_policies.HOST_PATH)
_ADDED = (pod_policies.PRIVILEGED,)


class _Rule(NamedTuple):
    """What a policy refuses where, and which webhook enforces it: ``""`` for the API server."""

    title: str
    engine: str
    reach: pod_policies.PolicyReach


class PodPolicyObjects:
    """What policies refuse, computed on first use."""

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


_AUTOPILOT = "gk3-"  # the prefix of its nodes' names
_SYSTEM = "kube-system"  # exists in every cluster


class PodSecurity:
    """Where privileged Pods are admitted, computed on first use.

    ``constraints``: what OpenShift requires besides the level.
    ``creating``, ``making``, ``binding``: namespaces in which creating anything, creating Pods, and
        creating RoleBindings, is conditional, with the condition.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        levels: Levels,
        constraints: Constraints,
        nodes: Iterable[str],
        *,
        creating: Mapping[str, Condition],
        making: Mapping[str, Condition],
        binding: Mapping[str, Condition],
    ) -> None:
        self._snapshot = snapshot
        self._creating, self._making, self._binding = creating, making, binding
        self._constraints = constraints
        self._levels = levels
        self._policies = PodPolicyObjects(snapshot, self._levels)
        plugins = {one for _, flags in snapshot.api_servers for one in flags.refusing}
        refusing = If.PLUGINS_ALLOW(*sorted(plugins)) if plugins else CERTAIN
        on_autopilot = any(map(_is_on_autopilot, nodes))
        allowlisted = If.AUTOPILOT_ALLOWS() if on_autopilot else CERTAIN
        self.allowed = both(allowlisted, refusing)
        """The condition on which privileged Pods are admitted, whatever labels a namespace has."""

    def level(self, namespace: str) -> str | None:
        """Return the level of a namespace's label; ``privileged`` without a label.

        None if the input lacks the Namespace.
        """
        if namespace not in self._levels.namespaces:
            return None
        if self._levels.disabled or self._constraints.left_out(namespace):
            return PRIVILEGED
        return self.labels(namespace).get(ENFORCE, PRIVILEGED)

    def labels(self, namespace: str) -> Mapping[str, str]:
        """Return the labels of a namespace, if the input holds it."""
        return self._levels.labels(namespace)

    @property
    def enforcing(self) -> frozenset[str]:
        """Namespaces with a level other than privileged."""
        return self._levels.enforcing

    def lets_be(self, namespace: str, name: str, spec: PodSpec) -> Condition | None:
        """Return the condition on which a Pod is admitted as it is; None if it is refused."""
        if self._constraints.left_out(namespace):
            return CERTAIN
        found = self._levels.lets_be(namespace, name, spec)
        if found is None and self._constraints.may_leave_out(namespace):
            return self._constraints.shown
        return found

    def condition(self, namespace: str) -> Condition | None:
        """Return the condition on which a namespace admits new privileged Pods; None for never."""
        return _all(self.by_level(namespace), self._constraints.condition(namespace))

    def of_pod(self, namespace: str, account: str) -> Condition | None:
        """Return the same for a container added to a present Pod that runs as a ServiceAccount."""
        return _all(
            self.by_level(namespace, added=True), self._constraints.of_account(namespace, account)
        )

    def by_level(self, namespace: str, *, added: bool = False) -> Condition | None:
        """Return the condition on which a namespace's level and policies do; None for never.

        With ``added``, for a container that is added to a running Pod.
        """
        if namespace in self._versions:
            each = [one.by_level(namespace, added=added) for one in self._versions[namespace]]
            found = whichever_holds(self._snapshot, namespace, each)
            return None if found is None else both(*found)
        level, policies = self.level(namespace), self._policies.condition(namespace, added=added)
        created = CERTAIN if added else self._creating.get(namespace, CERTAIN)
        if level == PRIVILEGED:
            return both(self._by_default(namespace), self.allowed, policies, created)
        held = namespace in self._snapshot.held_namespaces
        if level is not None and self._constraints.may_leave_out(namespace):
            return both(self._constraints.shown, self.allowed, policies, created)
        if level is not None or (self._snapshot.is_listed("Namespace") and not held):
            return None
        unknown = If.NO_LEVEL_IS_ENFORCED(namespace)
        return both(unknown, self.allowed, policies, created)

    @cached_property
    def _versions(self) -> Mapping[str, Sequence["PodSecurity"]]:
        """For each namespace of several versions, the same if the server holds one of them."""
        return {
            name: [self._of(one) for one in with_each_version(self._snapshot, name)]
            for name in namespaces_of_versions(self._snapshot)
        }

    def _of(self, snapshot: Snapshot) -> "PodSecurity":
        on_autopilot = any(one.code is If.AUTOPILOT_ALLOWS for one in self.allowed.doubts)
        nodes = [_AUTOPILOT] if on_autopilot else []
        return PodSecurity(
            snapshot,
            Levels(snapshot),
            self._constraints,
            nodes,
            creating=self._creating,
            making=self._making,
            binding=self._binding,
        )

    def relabelled(self, namespace: str, *, added: bool = False) -> Condition:
        """Return the same if the attacker chooses the namespace's labels; ``""`` for a new one."""
        policies = self._policies.condition(namespace, added=added, relabelled=True)
        created = CERTAIN if added else self._creating.get(namespace, CERTAIN)
        return both(self.allowed, policies, created)

    def _by_default(self, namespace: str) -> Condition:
        """Return the condition on which a namespace without a label enforces nothing."""
        if not self._configs or ENFORCE in self.labels(namespace):
            return CERTAIN
        if self._levels.disabled or self._constraints.left_out(namespace):
            return CERTAIN
        return If.CONFIGURATION_SETS_NO_LEVEL(*self._configs)

    @cached_property
    def _configs(self) -> Sequence[str]:
        """Files of API servers that may set the default for namespaces without a label."""
        found = {flags.admission for _, flags in self._snapshot.api_servers}
        return sorted(found - {""})

    def root(self, namespace: str, account: str | None = None) -> Condition:
        """Return the condition on which an admitted Pod reads every file of a node's path.

        For a Pod that runs as a ServiceAccount, or as the best of them.
        """
        if namespace in self._versions:
            each = [one.root(namespace, account) for one in self._versions[namespace]]
            return both(*(whichever_holds(self._snapshot, namespace, each) or ()))
        lax = self.level(namespace) in {PRIVILEGED, BASELINE}
        by_level = self._by_default(namespace) if lax else If.GROUPS_GET_USER()
        if account is None:
            constraints = self._constraints.condition(namespace)
        else:
            constraints = self._constraints.of_account(namespace, account)
        if constraints is None:  # users other than root may read some of it
            constraints = self._constraints.otherwise(namespace)
        return both(by_level, self.allowed, constraints)

    def somewhere(self, scope: str) -> "Somewhere":
        """Return the same for new Pods of somebody who makes them in any namespace of a scope.

        ``scope``: the whole cluster, or each namespace, in which the right is bound first.
        """
        return self._in_each if scope == EACH_NAMESPACE else self._anywhere

    @cached_property
    def _anywhere(self) -> "Somewhere":
        return Somewhere(self, {one: self._making.get(one, CERTAIN) for one in self._places})

    @cached_property
    def _in_each(self) -> "Somewhere":
        if not self._binding:
            return self._anywhere
        made = self._anywhere.made.items()
        return Somewhere(
            self, {one: both(doubt, self._binding.get(one, CERTAIN)) for one, doubt in made}
        )

    @property
    def _places(self) -> Sequence[str]:
        held = self._snapshot.held_namespaces
        there = held if held and self._snapshot.is_listed("Namespace") else {*held, _SYSTEM}
        return sorted(there)


class Somewhere:
    """The weakest conditions on new Pods in some namespace, computed on first use.

    ``security``: the conditions of each namespace.
    ``made``: the namespaces, each with the condition on which a Pod can be created there at all.
    """

    def __init__(self, security: PodSecurity, made: Mapping[str, Condition]) -> None:
        self._security_ref = ref(security)  # which keeps this: no cycle
        self.made = made

    @property
    def _security(self) -> PodSecurity:
        found = self._security_ref()
        assert found is not None, "keep the levels while they are in use"
        return found

    @cached_property
    def easiest(self) -> str:
        """The namespace that admits new privileged Pods on the weakest condition."""

        def rank(namespace: str) -> tuple[bool, Condition]:
            condition = self._new(namespace)
            return condition is None, condition or CERTAIN

        return min(self.made, key=rank)

    @property
    def condition(self) -> Condition | None:
        """The condition of that namespace; None for never."""
        return self._new(self.easiest)

    @cached_property
    def by_level(self) -> Condition | None:
        """The weakest condition on which the level of some namespace admits them."""
        conditions = (_all(self._security.by_level(one), made) for one, made in self.made.items())
        return min((found for found in conditions if found is not None), default=None)

    @cached_property
    def relabelled(self) -> Condition:
        """The same if the attacker chooses the namespace's labels."""
        return min(both(self._security.relabelled(one), made) for one, made in self.made.items())

    @cached_property
    def root(self) -> Condition:
        """The weakest condition on which an admitted Pod reads every file of a node's path."""
        return min(both(self._security.root(one), made) for one, made in self.made.items())

    def _new(self, namespace: str) -> Condition | None:
        return _all(self._security.condition(namespace), self.made[namespace])


def _all(*conditions: Condition | None) -> Condition | None:
    """Combine conditions; None, which means never, wins."""
    found = [condition for condition in conditions if condition is not None]
    return both(*found) if len(found) == len(conditions) else None


def _is_on_autopilot(node: str) -> bool:
    return node.startswith(_AUTOPILOT)


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
