"""The kinds that rbacgraph reads, by API group: how they are decoded and where they are kept."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from rbacgraph.model.kubernetes import admission, core, openshift, pod_policies, rbac, storage
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.sources.external.external_kinds import EXTERNAL_KINDS
from rbacgraph.sources.gitops.flux_kinds import FLUX_KINDS
from rbacgraph.sources.monitoring.program_kinds import MONITORING_KINDS
from rbacgraph.sources.network import ingresses, services
from rbacgraph.sources.network.network_kinds import NETWORK_KINDS
from rbacgraph.sources.objects import openshift_roles, wire
from rbacgraph.sources.pods import api_servers, pods, quotas, secret_makers, wire_pods
from rbacgraph.sources.pods import pod_policies as policies
from rbacgraph.sources.pods.secret_copiers import COPIER_KINDS

_VERSION = re.compile(r"v\d+((alpha|beta)\d+)?$")
_RBAC = (rbac.RBAC_GROUP,)
_APPS = ("apps", "extensions")
_ADMISSION = (admission.ADMISSION_GROUP,)

SYSTEM = "kube-system"
SAYING = frozenset(
    {
        *("workloads", "pod_policies", "namespace_policies"),
        *("secret_makers", "cluster_secret_makers"),
        *("secret_stores", "cluster_secret_stores", "secret_pushes", "cluster_secret_pushes"),
        *("gateway_routes", "flux_appliers", "flux_sources", "monitoring_programs"),
        *("secret_copiers", "cluster_secret_copiers"),
    }
)
"""Fields with objects of several kinds, which have their own kind."""

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


class Kind(NamedTuple):
    """One kind of object.

    ``name``, ``groups``: as in ``kind`` and in the group of ``apiVersion``.
    ``field``: the field of the snapshot that keeps it.
    ``wire``, ``keep``: the type of its bytes, and the function that makes the model's object.
    ``closer``: takes a closer look at the source of an object in kube-system.
    ``few``: which objects are kept, if only few are; None for all.
    """

    name: str
    groups: tuple[str, ...]
    field: str
    wire: type[Object]
    namespaced: bool = True
    keep: Callable[[Any], Object] | None = None
    closer: Closer | None = None
    few: Few | None = None

    @property
    def says_kind(self) -> bool:
        """Whether the decoded object must receive its own kind."""
        return self.field in SAYING


KINDS = (
    Kind("Namespace", ("",), "namespaces", core.Namespace, namespaced=False),
    Kind(
        "ResourceQuota",
        ("",),
        "resource_quotas",
        quotas.ResourceQuotaWire,
        keep=quotas.to_quota,
    ),
    Kind("ServiceAccount", ("",), "service_accounts", core.ServiceAccount),
    Kind("Service", ("",), "services", services.ServiceWire, keep=services.to_service),
    Kind("Secret", ("",), "secrets", wire.SecretWire, keep=wire.to_secret),
    Kind(
        "ConfigMap",
        ("",),
        "config_maps",
        wire.ConfigMapWire,
        keep=wire.to_config_map,
        few=Few(wire.KEPT_CONFIG_MAPS, wire.is_kept_config_map, wire.may_be_kept_config_map),
    ),
    Kind("SealedSecret", ("bitnami.com",), "sealed_secrets", core.SealedSecret),
    Kind("Role", _RBAC, "roles", rbac.Role),
    Kind("ClusterRole", _RBAC, "cluster_roles", rbac.ClusterRole, namespaced=False),
    Kind("RoleBinding", _RBAC, "role_bindings", rbac.RoleBinding),
    Kind(
        "ClusterRoleBinding",
        _RBAC,
        "cluster_role_bindings",
        rbac.ClusterRoleBinding,
        namespaced=False,
    ),
    Kind("Pod", ("",), "pods", wire_pods.WirePod, keep=pods.to_pod, closer=api_servers.with_flags),
    Kind("Deployment", _APPS, "workloads", wire_pods.WireWorkload, keep=pods.to_workload),
    Kind("ReplicaSet", _APPS, "workloads", wire_pods.WireWorkload, keep=pods.to_workload),
    Kind("DaemonSet", _APPS, "workloads", wire_pods.WireWorkload, keep=pods.to_workload),
    Kind("StatefulSet", ("apps",), "workloads", wire_pods.WireWorkload, keep=pods.to_workload),
    Kind("Job", ("batch",), "workloads", wire_pods.WireWorkload, keep=pods.to_workload),
    Kind("CronJob", ("batch",), "workloads", wire_pods.CronJob, keep=pods.to_cron_job),
    Kind(
        "ReplicationController", ("",), "workloads", wire_pods.WireWorkload, keep=pods.to_workload
    ),
    Kind("PodTemplate", ("",), "workloads", wire_pods.PodTemplate, keep=pods.to_pod_template),
    Kind("Node", ("",), "nodes", core.Node, namespaced=False, keep=wire.to_node),
    Kind(
        "PersistentVolume",
        ("",),
        "persistent_volumes",
        core.PersistentVolume,
        namespaced=False,
    ),
    Kind("PersistentVolumeClaim", ("",), "persistent_volume_claims", core.PersistentVolumeClaim),
    Kind(
        "StorageClass",
        ("storage.k8s.io",),
        "storage_classes",
        storage.StorageClass,
        namespaced=False,
    ),
    Kind("CSIDriver", ("storage.k8s.io",), "csi_drivers", storage.CSIDriver, namespaced=False),
    Kind(
        "VolumeSnapshotClass",
        ("snapshot.storage.k8s.io",),
        "volume_snapshot_classes",
        storage.VolumeSnapshotClass,
        namespaced=False,
    ),
    Kind(
        "Ingress",
        ("networking.k8s.io", "extensions"),
        "ingresses",
        ingresses.IngressWire,
        keep=ingresses.to_ingress,
    ),
    Kind(
        "CustomResourceDefinition",
        ("apiextensions.k8s.io",),
        "custom_resources",
        wire.CustomResourceDefinition,
        namespaced=False,
    ),
    Kind(
        "MutatingWebhookConfiguration",
        _ADMISSION,
        "mutating_webhooks",
        admission.WebhookConfiguration,
        namespaced=False,
    ),
    Kind(
        "ValidatingWebhookConfiguration",
        _ADMISSION,
        "validating_webhooks",
        admission.WebhookConfiguration,
        namespaced=False,
    ),
    Kind(
        "ValidatingAdmissionPolicy",
        _ADMISSION,
        "validating_policies",
        policies.ValidatingPolicyWire,
        namespaced=False,
        keep=policies.to_validating,
    ),
    Kind(
        "ValidatingAdmissionPolicyBinding",
        _ADMISSION,
        "validating_policy_bindings",
        admission.AdmissionPolicyBinding,
        namespaced=False,
    ),
    Kind(
        "MutatingAdmissionPolicy",
        _ADMISSION,
        "mutating_policies",
        admission.AdmissionPolicy,
        namespaced=False,
    ),
    Kind(
        "MutatingAdmissionPolicyBinding",
        _ADMISSION,
        "mutating_policy_bindings",
        admission.AdmissionPolicyBinding,
        namespaced=False,
    ),
    Kind(
        openshift.CONSTRAINTS,
        (openshift.CONSTRAINTS_GROUP,),
        "security_context_constraints",
        openshift.SecurityContextConstraints,
        namespaced=False,
    ),
    Kind(
        "Group",
        (openshift.USER_GROUP,),
        "user_groups",
        openshift.UserGroup,
        namespaced=False,
    ),
    Kind("OAuth", (openshift.CONFIG_GROUP,), "oauths", openshift.OAuth, namespaced=False),
    *(
        Kind(
            name,
            (group,),
            "pod_policies",
            policies.PolicyWire,
            namespaced=False,
            keep=policies.to_policy,
        )
        for name, group in (
            ("ClusterPolicy", pod_policies.KYVERNO_GROUP),
            ("ValidatingPolicy", pod_policies.KYVERNO_CEL_GROUP),
            ("GeneratingPolicy", pod_policies.KYVERNO_CEL_GROUP),
            ("K8sPSPHostFilesystem", pod_policies.GATEKEEPER_GROUP),
            ("K8sPSPPrivilegedContainer", pod_policies.GATEKEEPER_GROUP),
            ("K8sPSPVolumeTypes", pod_policies.GATEKEEPER_GROUP),
        )
    ),
    *(
        Kind(name, (group,), "namespace_policies", policies.PolicyWire, keep=policies.to_policy)
        for name, group in (
            ("Policy", pod_policies.KYVERNO_GROUP),
            ("NamespacedGeneratingPolicy", pod_policies.KYVERNO_CEL_GROUP),
        )
    ),
    *(
        Kind(
            making.kind,
            (making.group,),
            "secret_makers" if making.namespaced else "cluster_secret_makers",
            secret_makers.MakerWire,
            namespaced=making.namespaced,
            keep=secret_makers.to_maker,
        )
        for making in secret_makers.MAKINGS
    ),
    *(
        Kind(
            one.kind,
            one.groups,
            one.field,
            one.wire,
            namespaced=one.namespaced,
            keep=one.keep,
        )
        for one in (
            *(*EXTERNAL_KINDS, *NETWORK_KINDS, *FLUX_KINDS, *MONITORING_KINDS),
            *COPIER_KINDS,
        )
    ),
)
NAMESPACED = {kind.field: kind.namespaced for kind in KINDS}
_BY_NAME = {kind.name: kind for kind in KINDS}
_OF_OTHERS = frozenset(
    {
        *("namespace_policies", "pod_policies", "security_context_constraints", "user_groups"),
        *("secret_makers", "cluster_secret_makers"),
        *("secret_stores", "cluster_secret_stores", "secret_pushes", "cluster_secret_pushes"),
        *("gateways", "gateway_routes", "reference_grants", "openshift_routes"),
        *("flux_appliers", "flux_sources", "monitoring_programs"),
        *("secret_copiers", "cluster_secret_copiers"),
    }
)
"""Kinds whose names Kubernetes' own groups may use too."""


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
        return _BY_NAME[kind]._replace(wire=own, keep=keep)
    group, _, version = api_version.rpartition("/")
    found = _BY_NAME.get(kind)
    if found is None or group not in found.groups:
        found = _BY_NAME.get(f"{kind}.{group}")
    if found is None or group not in found.groups or not _VERSION.match(version):
        return None
    if version == "v1alpha1" and found.field.endswith("role_bindings"):
        return found._replace(keep=wire.from_v1alpha1)
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
    if found is None or found.few or found.field in _OF_OTHERS or find(api_version, kind):
        return None
    return found if is_own(group_of(api_version)) else None


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
