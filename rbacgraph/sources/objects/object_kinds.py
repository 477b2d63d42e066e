"""How objects of each kind that rbacgraph reads are decoded, and how they are kept."""

import re
from collections.abc import Callable
from functools import cache
from types import GenericAlias
from typing import Any, NamedTuple, get_type_hints

from msgspec.structs import asdict, replace

from rbacgraph.model.kubernetes import admission, core, openshift, rbac, storage
from rbacgraph.model.kubernetes.external_secrets import GENERATORS_GROUP
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.kubernetes.networking import GATEWAY_GROUP
from rbacgraph.sources.external import generators, keys, stores
from rbacgraph.sources.external.loose import LooseObject
from rbacgraph.sources.gitops import flux
from rbacgraph.sources.kinds import Form, KindRow, kind_rows
from rbacgraph.sources.monitoring import programs
from rbacgraph.sources.network import gateways, ingresses, network_policies, services
from rbacgraph.sources.objects import openshift_roles, wire
from rbacgraph.sources.pods import (
    api_servers,
    copy_rules,
    pod_policies,
    pods,
    quotas,
    secret_makers,
    wire_pods,
)

_VERSION = re.compile(r"v\d+((alpha|beta)\d+)?$")

SYSTEM = "kube-system"

Closer = Callable[[Any, Any], Object]


class Few(NamedTuple):
    """Which objects of a kind are kept, if only few are.

    ``marks``: what the text of each such object holds, and of few others.
    ``is_kept``: whether an object is one of them.
    ``may_be_kept``: whether it may be, from its name, labels and data, as they were parsed.
    """

    marks: re.Pattern[bytes]
    is_kept: Callable[[Any], bool]
    may_be_kept: Callable[[str, object, object], bool]


class Kind(KindRow, frozen=True, kw_only=True):
    """One kind of object.

    ``wire``, ``keep``: the type of its bytes, and the function that makes the model's object.
    ``closer``: takes a closer look at the source of an object in kube-system.
    ``few``: which objects are kept, if only few are; None for all.
    """

    wire: type[Object]
    keep: Callable[[Any], Object] | None = None
    closer: Closer | None = None
    few: Few | None = None

    @property
    def says_kind(self) -> bool:
        """Whether the decoded object must receive its own kind."""
        return self.field in SAYING

    @property
    def kept_as(self) -> type[Object]:
        """The type of the model's object."""
        kept: type[Object] = get_type_hints(self.keep)["return"] if self.keep else self.wire
        return kept

    @property
    def verbs(self) -> tuple[str, ...]:
        """The verbs that reading it needs; kinds with few relevant objects need ``get`` too."""
        single = self.form is Form.SECRETS or self.few is not None
        return ("get", "list") if single else ("list",)


_MAKER = secret_makers.MakerWire, secret_makers.to_maker
_STORE = stores.StoreWire, stores.to_store
_PUSH = keys.PushWire, keys.to_push
_COPIER = LooseObject, copy_rules.to_copier
_POLICY = pod_policies.PolicyWire, pod_policies.to_policy
_READERS: dict[str, tuple[type[Object], Callable[[Any], Object] | None]] = {
    "namespaces": (core.Namespace, None),
    "resource_quotas": (quotas.ResourceQuotaWire, quotas.to_quota),
    "service_accounts": (core.ServiceAccount, None),
    "services": (services.ServiceWire, services.to_service),
    "secrets": (wire.SecretWire, wire.to_secret),
    "config_maps": (wire.ConfigMapWire, wire.to_config_map),
    "sealed_secrets": (core.SealedSecret, None),
    "roles": (rbac.Role, None),
    "cluster_roles": (rbac.ClusterRole, None),
    "role_bindings": (rbac.RoleBinding, None),
    "cluster_role_bindings": (rbac.ClusterRoleBinding, None),
    "pods": (wire_pods.WirePod, pods.to_pod),
    "workloads": (wire_pods.WireWorkload, pods.to_workload),
    "CronJob": (wire_pods.CronJob, pods.to_cron_job),
    "PodTemplate": (wire_pods.PodTemplate, pods.to_pod_template),
    "nodes": (core.Node, wire.to_node),
    "persistent_volumes": (core.PersistentVolume, None),
    "persistent_volume_claims": (core.PersistentVolumeClaim, None),
    "storage_classes": (storage.StorageClass, None),
    "csi_drivers": (storage.CSIDriver, None),
    "volume_snapshot_classes": (storage.VolumeSnapshotClass, None),
    "ingresses": (ingresses.IngressWire, ingresses.to_ingress),
    "custom_resources": (wire.CustomResourceDefinition, None),
    "mutating_webhooks": (admission.WebhookConfiguration, None),
    "validating_webhooks": (admission.WebhookConfiguration, None),
    "validating_policies": (pod_policies.ValidatingPolicyWire, pod_policies.to_validating),
    "validating_policy_bindings": (admission.AdmissionPolicyBinding, None),
    "mutating_policies": (admission.AdmissionPolicy, None),
    "mutating_policy_bindings": (admission.AdmissionPolicyBinding, None),
    "security_context_constraints": (openshift.SecurityContextConstraints, None),
    "user_groups": (openshift.UserGroup, None),
    "oauths": (openshift.OAuth, None),
    "pod_policies": _POLICY,
    "namespace_policies": _POLICY,
    "secret_makers": _MAKER,
    "cluster_secret_makers": _MAKER,
    "secret_stores": _STORE,
    "cluster_secret_stores": _STORE,
    GENERATORS_GROUP: (LooseObject, generators.to_generator),
    "secret_pushes": _PUSH,
    "cluster_secret_pushes": _PUSH,
    "endpoints": (services.EndpointsWire, services.to_endpoints),
    "endpoint_slices": (services.EndpointsWire, services.to_slice),
    "ingress_classes": (ingresses.IngressClassWire, ingresses.to_ingress_class),
    "network_policies": (network_policies.NetworkPolicyWire, network_policies.to_network_policy),
    "gateways": (services.NetworkObject, gateways.to_gateway),
    "gateway_routes": (gateways.GatewayRouteWire, gateways.to_gateway_route),
    "reference_grants": (services.NetworkObject, gateways.to_reference_grant),
    "openshift_routes": (services.NetworkObject, ingresses.to_route),
    "flux_appliers": (LooseObject, flux.to_applier),
    "flux_sources": (LooseObject, flux.to_source),
    "monitoring_programs": (LooseObject, programs.to_program),
    "secret_copiers": _COPIER,
    "cluster_secret_copiers": _COPIER,
}
"""By kind, by group, or else by field: the type of its bytes, and what keeps of them."""

_CLOSERS = {"Pod": api_servers.with_flags}
_FEW = {
    "ConfigMap": Few(wire.KEPT_CONFIG_MAPS, wire.is_kept_config_map, wire.may_be_kept_config_map)
}


def _kind(row: KindRow) -> Kind:
    places = (row.name, *row.groups, row.field)
    own, keep = next(_READERS[one] for one in places if one in _READERS)
    closer, few = _CLOSERS.get(row.name), _FEW.get(row.name)
    return Kind(**asdict(row), wire=own, keep=keep, closer=closer, few=few)


KINDS = tuple(map(_kind, kind_rows()))
SAYING = frozenset(kind.field for kind in KINDS if "kind" in kind.wire.__struct_fields__)
"""Fields with objects of several kinds, which have their own kind."""

NAMESPACED = {kind.field: kind.namespaced for kind in KINDS}
LISTS = {kind.field: GenericAlias(list, kind.kept_as) for kind in KINDS}
"""By field, the type of a list of its objects."""

_BY_NAME = {kind.name: kind for kind in KINDS}
_ALONE = frozenset({"SealedSecret", "OAuth"})
"""Kinds of projects whose names nobody else uses."""


def group_of(api_version: str) -> str:
    """Return the API group of an ``apiVersion``; ``""`` for the core group."""
    return api_version.rpartition("/")[0]


def title(api_version: str, kind: str) -> str:
    """Return the printed name of a kind that is not read.

    Examples
    --------
    >>> title("v1", "ConfigMap"), title("serving.knative.dev/v1", "Service")
    ('ConfigMap', 'Service.serving.knative.dev')
    """
    group = group_of(api_version)
    return f"{kind}.{group}" if group and kind else kind or "no kind"


@cache
def find(api_version: str, kind: str) -> Kind | None:
    """Return the kind of an object's header; None if it is not read.

    Examples
    --------
    >>> find("rbac.authorization.k8s.io/v1", "Role").field
    'roles'
    >>> find("authorization.openshift.io/v1", "Role").name
    'Role'
    >>> find("iam.example.com/v1", "Role")
    """
    if api_version == openshift_roles.API_VERSION and kind in openshift_roles.FORMS:
        own, keep = openshift_roles.FORMS[kind]
        return replace(_BY_NAME[kind], wire=own, keep=keep)
    group, _, version = api_version.rpartition("/")
    found = _BY_NAME.get(kind)
    if found is None or group not in found.groups:
        found = _BY_NAME.get(f"{kind}.{group}")
    if found is None or group not in found.groups or not _VERSION.match(version):
        return None
    if version == "v1alpha1" and found.field.endswith("role_bindings"):
        return replace(found, keep=wire.from_v1alpha1)
    return found


def misnamed(api_version: str, kind: str) -> Kind | None:
    """Return the kind that was meant, if Kubernetes' own groups have none of that name.

    Other groups may reuse any kind's name; the core group, ``apps`` and ``*.k8s.io`` do not.

    Examples
    --------
    >>> misnamed("v1", "Role").groups
    ('rbac.authorization.k8s.io',)
    >>> misnamed("serving.knative.dev/v1", "Deployment")
    """
    found = _BY_NAME.get(kind)
    if found is None or found.few or _may_be_of_others(found) or find(api_version, kind):
        return None
    return found if is_own(group_of(api_version)) else None


def _may_be_of_others(kind: Kind) -> bool:
    """Whether Kubernetes' own groups may use the name of a project's kind too."""
    own = all(is_own(group) and group != GATEWAY_GROUP for group in kind.groups)
    return not own and kind.name not in _ALONE


def is_own(group: str) -> bool:
    """Whether an API group is Kubernetes' own."""
    return "." not in group or group.endswith(".k8s.io")


def item_kind(list_kind: str) -> str:
    """Return the kind of the items of a typed list; ``""`` for a plain ``List``.

    Examples
    --------
    >>> item_kind("PodList"), item_kind("List"), item_kind("Pod")
    ('Pod', '', '')
    """
    return list_kind.removesuffix("List") if list_kind.endswith("List") else ""
