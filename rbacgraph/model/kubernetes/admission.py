"""``admissionregistration.k8s.io``: what decides before an object is written.

Kept are the Services that webhooks call and the resources that webhooks and policies match: no
URL, no certificate and no expression.

Source: kubernetes ``staging/src/k8s.io/api/admissionregistration/v1/types.go``.
"""

from msgspec import Struct

from rbacgraph.model.kubernetes.meta import LabelSelector, Object, ObjectMeta

ADMISSION_GROUP = "admissionregistration.k8s.io"


class ServiceReference(Struct, frozen=True, gc=False, omit_defaults=True):
    """``clientConfig.service`` of a webhook."""

    name: str = ""
    namespace: str = ""


class WebhookClientConfig(Struct, frozen=True, gc=False, omit_defaults=True):
    """``clientConfig`` of a webhook; without a Service it calls a URL."""

    service: ServiceReference | None = None


class AdmissionRule(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Operations on resources, ``RESOURCE`` or ``RESOURCE/SUBRESOURCE``; ``*`` is all."""

    operations: tuple[str, ...] | None = None
    api_groups: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    resource_names: tuple[str, ...] | None = None
    scope: str = ""

    def looks_at(self, group: str, resource: str, *operations: str) -> bool:
        """Whether it matches one of the operations on a resource.

        Source: kubernetes
        ``staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go``.

        Examples
        --------
        >>> rule = AdmissionRule(("CREATE",), ("*",), ("*/*",))
        >>> rule.looks_at("", "pods", "CREATE"), rule.looks_at("", "pods", "DELETE")
        (True, False)
        >>> AdmissionRule(("*",), ("",), ("pods/exec",)).looks_at("", "pods", "CREATE")
        False
        >>> rule = AdmissionRule(("*",), ("*",), ("*",), scope="Cluster")
        >>> rule.looks_at("", "pods", "CREATE")
        False
        """
        asked = self.operations or ()
        return (
            self.scope in {"", "*", "Cluster" if resource in _CLUSTER_SCOPED else "Namespaced"}
            and any(one in {"*", group} for one in self.api_groups or ())
            and any(_matches(one, resource) for one in self.resources or ())
            and ("*" in asked or not set(asked).isdisjoint(operations))
        )


_CLUSTER_SCOPED = frozenset({"clusterroles", "clusterrolebindings"})
"""The cluster-scoped ones among the resources that rbacgraph asks about."""


def _matches(entry: str, resource: str) -> bool:
    """Whether an entry matches a resource as such: ``pods/*`` does, ``pods/exec`` does not."""
    name, _, subresource = entry.partition("/")
    return name in {"*", resource} and subresource in {"", "*"}


class MatchCondition(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of ``matchConditions``; its expression is not kept."""

    name: str = ""


class Webhook(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """One of ``webhooks``."""

    name: str = ""
    client_config: WebhookClientConfig = WebhookClientConfig()
    rules: tuple[AdmissionRule, ...] | None = None
    namespace_selector: LabelSelector | None = None
    object_selector: LabelSelector | None = None
    match_conditions: tuple[MatchCondition, ...] | None = None

    def looks_at(self, group: str, resource: str, *operations: str) -> bool:
        """Whether some rule matches one of the operations on a resource."""
        return any(rule.looks_at(group, resource, *operations) for rule in self.rules or ())


class WebhookConfiguration(Object, frozen=True, gc=False):
    """A MutatingWebhookConfiguration or a ValidatingWebhookConfiguration."""

    metadata: ObjectMeta
    webhooks: tuple[Webhook, ...] | None = None


class MatchResources(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``matchConstraints`` of a policy, or ``matchResources`` of a binding."""

    resource_rules: tuple[AdmissionRule, ...] | None = None
    exclude_resource_rules: tuple[AdmissionRule, ...] | None = None
    namespace_selector: LabelSelector | None = None
    object_selector: LabelSelector | None = None


class ParamKind(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``paramKind`` of a policy."""

    api_version: str = ""
    kind: str = ""


class AdmissionPolicySpec(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec`` of a policy.

    ``refuses`` is which parts of a Pod the expressions of a validating policy mention, as in
    :class:`rbacgraph.model.kubernetes.pod_policies.PolicyReach`.
    """

    param_kind: ParamKind | None = None
    match_constraints: MatchResources | None = None
    refuses: tuple[str, ...] = ()


class AdmissionPolicy(Object, frozen=True, gc=False):
    """A ValidatingAdmissionPolicy or a MutatingAdmissionPolicy."""

    metadata: ObjectMeta
    spec: AdmissionPolicySpec | None = None


class ParamRef(Struct, frozen=True, gc=False, omit_defaults=True):
    """``paramRef`` of a binding: by name or labels; without a namespace, the request's."""

    name: str = ""
    namespace: str = ""
    selector: LabelSelector | None = None


class AdmissionPolicyBindingSpec(Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """``spec`` of a policy's binding."""

    policy_name: str = ""
    param_ref: ParamRef | None = None
    match_resources: MatchResources | None = None
    validation_actions: tuple[str, ...] | None = None


class AdmissionPolicyBinding(Object, frozen=True, gc=False):
    """A ValidatingAdmissionPolicyBinding or a MutatingAdmissionPolicyBinding."""

    metadata: ObjectMeta
    spec: AdmissionPolicyBindingSpec | None = None
