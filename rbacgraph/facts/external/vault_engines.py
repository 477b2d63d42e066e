"""The secrets engines of Vault that make tokens of Kubernetes, and whose cluster they ask."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rbacgraph.errors import UsageError
from rbacgraph.facts.external.vault_doubts import VaultCallers, path_at
from rbacgraph.facts.external.vault_tokens import matched
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.stores.vault_dump import VaultDump, VaultEntry
from rbacgraph.stores.vault.kubernetes_role import selector_labels
from rbacgraph.stores.vault.role_fields import texts
from rbacgraph.stores.vault.ways import HeldPolicies

_ROLES = "/roles/"
_SELECTOR = "allowed_kubernetes_namespace_selector"


class CredsRole(NamedTuple):
    """A role of such an engine.

    ``entry``, ``mount``: the role, and the path of its engine's mount.
    ``creds``: the path, from the root namespace, that makes a token.
    ``account``: the name of the ServiceAccount whose token it makes; ``""`` for a new one.
    ``kind``, ``role``: the Role or ClusterRole to which a new one is bound.
    """

    entry: VaultEntry
    mount: str
    creds: str
    account: str
    kind: str
    role: str

    @property
    def is_cluster_role(self) -> bool:
        """Whether a new ServiceAccount may be bound in the whole cluster."""
        return not self.account and self.kind == "ClusterRole"


class VaultEngines:
    """The roles of the engines for Kubernetes.

    ``world``, ``dump``: the cluster, and the dump that has them.
    """

    def __init__(self, world: Facts, dump: VaultDump) -> None:
        self._snapshot = world.snapshot
        self._namespaces = world.identities.namespaces
        self._dump = dump
        self._address = world.snapshot.place_in_nodes(dump)

    @cached_property
    def roles(self) -> Mapping[str, CredsRole]:
        """The roles by the paths that make tokens."""
        return {role.creds: role for role in self._found()}

    def _found(self) -> Iterator[CredsRole]:
        types = {(one.namespace, one.path): one.type for one in self._dump.mounts}
        for entry in self._dump.entries:
            mount, kind, name = entry.path.rpartition(_ROLES)
            data = entry.data
            known = types.get((entry.namespace, mount), "")
            made = "kubernetes_role_type" in data or "service_account_name" in data
            if not kind or mount.startswith("auth/") or known not in {"kubernetes", ""} or not made:
                continue
            creds = f"{entry.namespace}/{mount}/creds/{name}".lstrip("/")
            yield CredsRole(
                entry,
                mount,
                creds,
                str(data.get("service_account_name") or ""),
                str(data.get("kubernetes_role_type") or "Role"),
                str(data.get("kubernetes_role_name") or ""),
            )

    def open_to(self, policies: HeldPolicies) -> Iterator[CredsRole]:
        """Yield the roles about which some rule of a token's policies may decide."""
        paths = self._sorted if policies.missing else matched(policies, self._sorted)
        yield from (self.roles[path] for path in paths)

    @cached_property
    def _sorted(self) -> Sequence[str]:
        return sorted(self.roles)

    def namespaces_of(self, role: CredsRole) -> Mapping[str, Condition]:
        """Return the namespaces that a role allows, each with the condition on which it does."""
        named = texts(role.entry.data, "allowed_kubernetes_namespaces")
        found: dict[str, Condition] = {}
        for namespace in self._namespaces:
            if "*" in named or namespace in named:
                found[namespace] = CERTAIN
                continue
            selected = self._selects(role.entry, namespace)
            if selected is not None:
                found[namespace] = selected
        return found

    def _selects(self, entry: VaultEntry, namespace: str) -> Condition | None:
        selector = str(entry.data.get(_SELECTOR) or "")
        if not selector:
            return None
        by = path_at(self._address, entry.path)
        unknown = If.NAMESPACE_IS_SELECTED_BY_VAULT(namespace, by, selector)
        labels = self._callers.of(namespace, "").labels
        try:
            wanted = selector_labels({"bound_service_account_namespace_selector": selector})
        except UsageError:
            return unknown  # it has expressions
        if labels is None or wanted is None:
            return unknown
        return CERTAIN if wanted.items() <= labels.items() else None

    @cached_property
    def _callers(self) -> VaultCallers:
        return VaultCallers(self._snapshot)

    def doubt(self, role: CredsRole) -> Condition:
        """Return the condition on which an engine makes tokens of this cluster."""
        mount = f"{role.entry.namespace}/{role.mount}".lstrip("/")
        whole = path_at(self._address, mount)
        makes = If.VAULT_MAKES_TOKENS(whole)
        if mount in {one.strip("/") for one in self._snapshot.own_mounts(self._dump)}:
            return makes
        config = self._dump.entry(f"{role.mount}/config", role.entry.namespace)
        host = str(config.data.get("kubernetes_host") or "").rstrip("/") if config else ""
        server = self._snapshot.collected.server.rstrip("/") if self._snapshot.collected else ""
        return makes if host and host == server else both(If.ENGINE_ASKS_THIS_CLUSTER(whole), makes)


def engines_of_stores(world: Facts) -> Mapping[str, VaultEngines]:
    """Return the engines of each dump, by the address that nodes of its server have."""
    snapshot = world.snapshot
    return {snapshot.place_in_nodes(one): VaultEngines(world, one) for one in snapshot.stores}
