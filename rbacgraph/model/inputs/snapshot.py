"""A cluster as it was read: objects, their places in the input, and problems."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from rbacgraph.errors import UsageError
from rbacgraph.model.inputs.diagnostic import Diagnostic
from rbacgraph.model.inputs.operator_decision import OperatorDecision
from rbacgraph.model.inputs.unread import PassedOver, UnreadFile
from rbacgraph.model.inputs.value_rule import ValueRule
from rbacgraph.model.kubernetes.admission import (
    AdmissionPolicy,
    AdmissionPolicyBinding,
    WebhookConfiguration,
)
from rbacgraph.model.kubernetes.copy_rules import SecretCopier
from rbacgraph.model.kubernetes.core import (
    ConfigMap,
    Namespace,
    Node,
    PersistentVolume,
    PersistentVolumeClaim,
    ResourceQuota,
    SealedSecret,
    Secret,
    ServiceAccount,
)
from rbacgraph.model.kubernetes.external_secrets import SecretPush, SecretStore
from rbacgraph.model.kubernetes.flux import FluxApplier, FluxSource
from rbacgraph.model.kubernetes.meta import Object, unpack_origin
from rbacgraph.model.kubernetes.monitoring import MonitoringProgram
from rbacgraph.model.kubernetes.networking import (
    Endpoints,
    EndpointSlice,
    Gateway,
    GatewayRoute,
    Ingress,
    IngressClass,
    NetworkPolicy,
    OpenShiftRoute,
    ReferenceGrant,
    Service,
)
from rbacgraph.model.kubernetes.openshift import OAuth, SecurityContextConstraints, UserGroup
from rbacgraph.model.kubernetes.pod_policies import PodPolicy
from rbacgraph.model.kubernetes.pods import ApiServerFlags, Pod, Workload
from rbacgraph.model.kubernetes.rbac import ClusterRole, ClusterRoleBinding, Role, RoleBinding
from rbacgraph.model.kubernetes.secret_makers import SecretMaker
from rbacgraph.model.kubernetes.storage import CSIDriver, StorageClass, VolumeSnapshotClass
from rbacgraph.model.node import VAULT
from rbacgraph.model.stores.sops import GitSecrets

if TYPE_CHECKING:
    from rbacgraph.model.stores.vault_dump import VaultDump

OLDEST_KUBERNETES = (1, 24)
NEWEST_KUBERNETES = (1, 36)
"""The oldest and newest version whose differences were examined; recordings are of the newest."""


SNAPSHOT_SUFFIXES = (".json", ".json.gz", ".json.zst")
"""The file endings of snapshots."""


class CustomResource(Struct, frozen=True, order=True, omit_defaults=True):
    """A resource that a CustomResourceDefinition of the input serves."""

    group: str
    resource: str
    kind: str
    namespaced: bool
    short_names: tuple[str, ...] = ()


class Collected(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How a live cluster was read.

    ``context``, ``server``: the kubeconfig's context, and the address of the API server.
    ``server_version``: as the API server reports it: ``v1.36.2``.
    ``time``: when the collection began, in UTC: ``2026-01-31T12:00:00Z``.
    ``forbidden``: what could not be listed: (kind, namespace), namespace ``""`` for the whole
        cluster.
    """

    context: str = ""
    server: str = ""
    server_version: str = ""
    time: str = ""
    forbidden: tuple[tuple[str, str], ...] = ()


IN_CLUSTER = "in-cluster"
"""In place of a context: rbacgraph ran in a Pod of the cluster."""

_OVER = frozenset({"Succeeded", "Failed"})


class Snapshot(Struct, frozen=True, dict=True, kw_only=True):
    """Everything that was read, in input order.

    ``files`` are the names by which the input was given; an object's origin points into it.
    ``listed`` holds what a server listed completely: ``("Secret", "")`` for the whole cluster,
    ``("Secret", "shop")`` for one namespace; only then does an object's absence mean that it does
    not exist. ``partial`` names the kinds for which a List in files is one page of many, or cut
    off; ``""`` stands for all kinds. ``groups`` maps users to the groups that the caller says they
    are in. ``kubernetes_version`` is None where it is not known. ``me`` is the user of a live
    cluster's credentials; the server reported its groups. ``skipped`` counts, by kind, the objects
    of kinds that rbacgraph does not read; ``openshift_roles`` says whether it read roles or
    bindings in OpenShift's form. ``offered`` is what a live cluster's API groups serve, as rules
    write it: ``("", "pods/exec")``. ``collected`` says how the cluster was read; None where files
    were read. ``unread`` are the files that were not read completely, ``passed_over`` those that
    hold what is not looked into.
    ``service_account_versions`` are those of ServiceAccounts that mount their token in some
    versions only, ``namespace_versions`` those of Namespaces with different labels,
    ``secret_versions`` those of Secrets that hold no token, or another account's, in some versions.
    ``dumps`` are those of stores outside, by the kind of their secrets: a record each, and of Vault
    or OpenBao one for each server, sorted; of several each has an address. ``git`` is what files
    hold of secrets in Git; None where the input has none.
    ``vault_mounts`` are the mounts of Vault that belong to this cluster, ``vault_addresses`` the
    addresses by which the cluster's objects name it, as the caller says. With several dumps a mount
    is ``ADDRESS/MOUNT``, and an address ``OTHER=ADDRESS``, or ``ADDRESS`` alone for the dump that
    the caller asks about.
    ``oidc_issuers`` are issuers of ServiceAccount tokens that the caller says are this cluster's.
    ``eks_cluster`` is the name of the cluster in dumps of AWS, as the caller says.
    ``operator_decisions`` say which bindings of operators are by design, as the caller says, and
    ``value_rules`` what Secrets are worth, the first that matches first.
    """

    files: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    listed: frozenset[tuple[str, str]] = frozenset()
    partial: frozenset[str] = frozenset()
    groups: Mapping[str, tuple[str, ...]] = {}
    kubernetes_version: tuple[int, int] | None = None
    me: str = ""
    custom_resources: tuple[CustomResource, ...] = ()
    skipped: Mapping[str, int] = {}
    openshift_roles: bool = False
    offered: tuple[tuple[str, str], ...] = ()
    collected: Collected | None = None
    unread: tuple[UnreadFile, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    service_account_versions: tuple[ServiceAccount, ...] = ()
    namespace_versions: tuple[Namespace, ...] = ()
    secret_versions: tuple[Secret, ...] = ()
    dumps: Mapping[str, Any] = {}
    git: GitSecrets | None = None
    vault_mounts: tuple[str, ...] = ()
    vault_addresses: tuple[str, ...] = ()
    oidc_issuers: tuple[str, ...] = ()
    eks_cluster: str = ""
    operator_decisions: tuple[OperatorDecision, ...] = ()
    value_rules: tuple[ValueRule, ...] = ()

    namespaces: tuple[Namespace, ...] = ()
    resource_quotas: tuple[ResourceQuota, ...] = ()
    service_accounts: tuple[ServiceAccount, ...] = ()
    services: tuple[Service, ...] = ()
    secrets: tuple[Secret, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    sealed_secrets: tuple[SealedSecret, ...] = ()
    roles: tuple[Role, ...] = ()
    cluster_roles: tuple[ClusterRole, ...] = ()
    role_bindings: tuple[RoleBinding, ...] = ()
    cluster_role_bindings: tuple[ClusterRoleBinding, ...] = ()
    pods: tuple[Pod, ...] = ()
    workloads: tuple[Workload, ...] = ()
    nodes: tuple[Node, ...] = ()
    persistent_volumes: tuple[PersistentVolume, ...] = ()
    persistent_volume_claims: tuple[PersistentVolumeClaim, ...] = ()
    storage_classes: tuple[StorageClass, ...] = ()
    csi_drivers: tuple[CSIDriver, ...] = ()
    volume_snapshot_classes: tuple[VolumeSnapshotClass, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    mutating_webhooks: tuple[WebhookConfiguration, ...] = ()
    validating_webhooks: tuple[WebhookConfiguration, ...] = ()
    validating_policies: tuple[AdmissionPolicy, ...] = ()
    validating_policy_bindings: tuple[AdmissionPolicyBinding, ...] = ()
    mutating_policies: tuple[AdmissionPolicy, ...] = ()
    mutating_policy_bindings: tuple[AdmissionPolicyBinding, ...] = ()
    security_context_constraints: tuple[SecurityContextConstraints, ...] = ()
    user_groups: tuple[UserGroup, ...] = ()
    oauths: tuple[OAuth, ...] = ()
    pod_policies: tuple[PodPolicy, ...] = ()
    namespace_policies: tuple[PodPolicy, ...] = ()
    secret_makers: tuple[SecretMaker, ...] = ()
    cluster_secret_makers: tuple[SecretMaker, ...] = ()
    secret_stores: tuple[SecretStore, ...] = ()
    cluster_secret_stores: tuple[SecretStore, ...] = ()
    secret_pushes: tuple[SecretPush, ...] = ()
    cluster_secret_pushes: tuple[SecretPush, ...] = ()
    endpoints: tuple[Endpoints, ...] = ()
    endpoint_slices: tuple[EndpointSlice, ...] = ()
    ingress_classes: tuple[IngressClass, ...] = ()
    network_policies: tuple[NetworkPolicy, ...] = ()
    gateways: tuple[Gateway, ...] = ()
    gateway_routes: tuple[GatewayRoute, ...] = ()
    reference_grants: tuple[ReferenceGrant, ...] = ()
    openshift_routes: tuple[OpenShiftRoute, ...] = ()
    flux_appliers: tuple[FluxApplier, ...] = ()
    flux_sources: tuple[FluxSource, ...] = ()
    monitoring_programs: tuple[MonitoringProgram, ...] = ()
    secret_copiers: tuple[SecretCopier, ...] = ()
    cluster_secret_copiers: tuple[SecretCopier, ...] = ()

    def is_listed(self, kind: str, namespace: str = "") -> bool:
        """Whether all objects of ``kind`` in ``namespace`` (all namespaces: ``""``) are here."""
        return (kind, "") in self.listed or (kind, namespace) in self.listed

    def is_partial(self, kind: str, namespace: str = "") -> bool:
        """Whether objects of ``kind`` in ``namespace`` are known to be missing, or may be.

        A live cluster is asked for every list: an incomplete one may lack objects. Files are taken
        to hold what their owner wants to be analysed, except for a List that is cut off, or is one
        page of many.
        """
        if self.collected is None and self.partial.isdisjoint({kind, ""}):
            return False
        return not self.is_listed(kind, namespace)

    def objects(self) -> Iterator[tuple[str, tuple[Object, ...]]]:
        """Yield all objects, by the field that holds them."""
        for field in OBJECTS:
            yield field, getattr(self, field)

    @property
    def stores(self) -> "tuple[VaultDump, ...]":
        """The dumps of Vault or OpenBao, one for each server."""
        found: tuple[VaultDump, ...] = self.dumps.get(VAULT, ())
        return found

    @property
    def vault(self) -> "VaultDump | None":
        """The dump of the only Vault; None if there is none.

        Raises UsageError if the input holds several.
        """
        stores = self.about_one_store(()).stores
        return stores[0] if stores else None

    def about_one_store(
        self, named: Collection[str], how: str = "--vault-address {}"
    ) -> "Snapshot":
        """Return the same with one dump of Vault at most.

        ``named``: addresses, of which one is that of the dump, if there are several.
        ``how``: how a user names an address, for the message.
        Raises UsageError if there are several and none is named.
        """
        if len(self.stores) <= 1:
            return self
        found = [one for one in self.stores if one.address in named]
        if len(found) != 1:
            known = [one.address for one in self.stores]
            raise UsageError(
                f"the input holds dumps of several Vaults: {', '.join(known)}",
                advice=f"name one: {' or '.join(map(how.format, known))}",
            )
        return self.with_store(found[0])

    def place_in_nodes(self, store: "VaultDump") -> str:
        """Return the address of a store in names of nodes; ``""`` if it is the only one."""
        return store.address if len(self.stores) > 1 else ""

    def other_addresses(self, store: "VaultDump") -> tuple[str, ...]:
        """Return the addresses by which objects name a store, as the caller says."""
        if len(self.stores) <= 1:
            return self.vault_addresses
        said = (one.rpartition("=") for one in self.vault_addresses)
        return tuple(other for other, _, address in said if other and address == store.address)

    def own_mounts(self, store: "VaultDump") -> tuple[str, ...]:
        """Return the mounts of a store that belong to this cluster, as the caller says."""
        place = self.place_in_nodes(store)
        before = f"{place}/" if place else ""
        mounts = (one for one in self.vault_mounts if one.startswith(before))
        return tuple(one.removeprefix(before) for one in mounts)

    def with_store(self, store: "VaultDump") -> "Snapshot":
        """Return the same with one of its dumps alone."""
        return replace(
            self.with_dump(store),
            vault_mounts=self.own_mounts(store),
            vault_addresses=self.other_addresses(store),
        )

    def with_dump(self, store: "VaultDump") -> "Snapshot":
        """Return the same with another dump in place of those of Vault."""
        return replace(self, dumps={**self.dumps, VAULT: (store,)})

    def about_several_stores(self) -> "Snapshot":
        """Return the same with what the caller says of its only dump as with several."""
        if len(self.stores) != 1 or not self.stores[0].address:
            return self
        address = self.stores[0].address
        return replace(
            self,
            vault_mounts=tuple(f"{address}/{one}" for one in self.vault_mounts),
            vault_addresses=tuple(f"{one}={address}" for one in self.vault_addresses),
        )

    def about_vault(self, mounts: Iterable[str], addresses: Iterable[str]) -> "Snapshot":
        """Return the same with more mounts of Vault and addresses that the caller names."""
        return replace(
            self,
            vault_mounts=tuple(dict.fromkeys((*self.vault_mounts, *mounts))),
            vault_addresses=tuple(dict.fromkeys((*self.vault_addresses, *addresses))),
        )

    def about_cluster(self, name: str) -> "Snapshot":
        """Return the same with the name of its cluster in dumps of AWS, if there is one."""
        return replace(self, eks_cluster=name) if name else self

    def about_operators(self, decisions: Iterable[OperatorDecision]) -> "Snapshot":
        """Return the same with more decisions about operators."""
        return replace(self, operator_decisions=(*decisions, *self.operator_decisions))

    def about_values(self, rules: Iterable[ValueRule]) -> "Snapshot":
        """Return the same with more rules of what Secrets are worth, which come first."""
        return replace(self, value_rules=(*rules, *self.value_rules))

    def with_diagnostics(self, diagnostics: Iterable[Diagnostic]) -> "Snapshot":
        """Return the same cluster with other diagnostics."""
        return replace(self, diagnostics=tuple(diagnostics))

    def where(self, obj: Object) -> tuple[str, int]:
        """Return file and line of an object; ``("", 0)`` for an assumed one."""
        file, line = unpack_origin(obj.origin)
        return (self.files[file], line) if file >= 0 else ("", 0)

    @cached_property
    def held_namespaces(self) -> frozenset[str]:
        """Namespaces that exist as objects, or that hold an object."""
        found = {namespace.metadata.name for namespace in self.namespaces}
        for objects in (
            self.resource_quotas,
            self.service_accounts,
            self.services,
            self.secrets,
            self.config_maps,
            self.sealed_secrets,
            self.roles,
            self.role_bindings,
            self.pods,
            self.workloads,
            self.persistent_volume_claims,
            self.ingresses,
            self.namespace_policies,
            self.secret_makers,
            self.secret_stores,
            self.secret_pushes,
        ):
            found.update([found_in.metadata.namespace for found_in in objects])
        return frozenset(found - {""})

    @cached_property
    def api_servers(self) -> Sequence[tuple[Pod, ApiServerFlags]]:
        """The Pods of the cluster's own API servers, with their flags."""
        return [
            (pod, pod.api_server)
            for pod in self.pods
            if pod.api_server is not None and pod.phase not in _OVER
        ]

    @cached_property
    def issuers(self) -> Sequence[str]:
        """Every issuer of this cluster's ServiceAccount tokens; none if they are not known."""
        flags = [found.issuers for _, found in self.api_servers]
        shown = flags if all(flags) else ()
        return tuple(dict.fromkeys((*self.oidc_issuers, *(one for few in shown for one in few))))

    @property
    def refuses_anonymous(self) -> bool:
        """Whether every API server of the input refuses requests without credentials."""
        servers = self.api_servers
        return any(pod.mirror for pod, _ in servers) and not any(f.anonymous for _, f in servers)

    @cached_property
    def served(self) -> frozenset[tuple[str, str]]:
        """Custom resources that the input defines, by (group, resource)."""
        return frozenset((custom.group, custom.resource) for custom in self.custom_resources)

    @cached_property
    def service_account_index(self) -> Mapping[tuple[str, str], ServiceAccount]:
        """ServiceAccounts by (namespace, name)."""
        return {(s.metadata.namespace, s.metadata.name): s for s in self.service_accounts}


OBJECTS = Snapshot.__struct_fields__[Snapshot.__struct_fields__.index("namespaces") :]
"""The fields of a snapshot that hold objects."""
