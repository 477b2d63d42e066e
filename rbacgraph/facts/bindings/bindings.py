"""Indexes the roles of a cluster and their subjects."""

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import product

from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.subjects import subject_node
from rbacgraph.authz.versions.role_versions import Versions
from rbacgraph.facts.bindings.index import Index, another
from rbacgraph.model.condition import Condition
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes import rbac
from rbacgraph.model.kubernetes.meta import Object
from rbacgraph.model.node import (
    CLUSTER_ROLE_BINDING,
    EACH_NAMESPACE,
    GRANT,
    ROLE_BINDING,
    SERVICE_ACCOUNT,
    Node,
    may_be_service_account,
    one_word,
)
from rbacgraph.model.node_keys import RoleGrant, RoleName

Key = tuple[str, str]
"""Namespace and name."""


class BoundRoles:
    """A snapshot with its roles and bindings indexed."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.authorizer = Authorizer(snapshot)
        self.index = Index()
        self._role_grants: dict[str, Sequence[RoleGrant]] = {}

    def evidence(self, obj: Object, kind: str, detail: str) -> Evidence:
        """Return the evidence for one object, which is no role or binding."""
        metadata = obj.metadata
        file, line = self.snapshot.where(obj)
        return Evidence(kind, metadata.namespace, metadata.name, file, line, detail=detail)

    def roles_in(self, namespace: str) -> Sequence[str]:
        """Return the names of the Roles of a namespace, sorted."""
        return self._roles_by_namespace.get(namespace, ())

    @cached_property
    def _roles_by_namespace(self) -> Mapping[str, list[str]]:
        found: dict[str, set[str]] = {}
        for role in self.snapshot.roles:
            found.setdefault(role.metadata.namespace, set()).add(role.metadata.name)
        return {namespace: sorted(names) for namespace, names in found.items()}

    def role_grants_in(self, namespace: str) -> Sequence[RoleGrant]:
        """Return the grants of the Roles of a namespace, ordered by name."""
        known = self._role_grants.get(namespace)
        if known is None:
            names = self.roles_in(namespace)
            known = [role_grant("Role", name, namespace) for name in names]
            self._role_grants[namespace] = known
        return known

    @cached_property
    def cluster_roles(self) -> Sequence[rbac.ClusterRole]:
        """The ClusterRoles that can be bound and written: they are objects."""
        return [role for role in self.snapshot.cluster_roles if not role.reviewed]

    @cached_property
    def cluster_role_bindings(self) -> Sequence[rbac.ClusterRoleBinding]:
        """The ClusterRoleBindings that can be written: they are objects."""
        return [one for one in self.snapshot.cluster_role_bindings if not one.reviewed]

    def role_bindings_in(self, scope: str) -> Sequence[rbac.RoleBinding]:
        """Return the RoleBindings of a namespace that can be written, or all for no scope."""
        if scope in {"", EACH_NAMESPACE}:
            return self._role_bindings
        return self._role_bindings_by_namespace.get(scope, ())

    @cached_property
    def _role_bindings(self) -> Sequence[rbac.RoleBinding]:
        return [one for one in self.snapshot.role_bindings if not one.reviewed]

    @cached_property
    def _role_bindings_by_namespace(self) -> Mapping[str, list[rbac.RoleBinding]]:
        found: dict[str, list[rbac.RoleBinding]] = {}
        for binding in self._role_bindings:
            found.setdefault(binding.metadata.namespace, []).append(binding)
        return found

    @cached_property
    def bindings(self) -> tuple[tuple[rbac.AnyBinding, str], ...]:
        """Every binding with the namespace in which it grants, ``""`` for everywhere."""
        return tuple((binding, binding.metadata.namespace) for binding in self.authorizer.bindings)

    @property
    def versions(self) -> Versions:
        """The roles and bindings with several versions."""
        return self.authorizer.versions

    @cached_property
    def doubts(self) -> Mapping[int, Condition]:
        """Conditions of :attr:`bindings`, by position, that only some versions have."""
        if not self.versions:
            return {}
        condition, of_binding = self.versions.condition, self.versions.of_binding
        found = ((n, condition(of_binding(one))) for n, (one, _) in enumerate(self.bindings))
        return {place: doubt for place, doubt in found if doubt}

    @cached_property
    def binding_nodes(self) -> Sequence[Node]:
        """The node of every binding, in the order of :attr:`bindings`.

        A binding with several roleRefs has a node for each: the first has its name.
        """
        nodes = [binding_node(binding) for binding, _ in self.bindings]
        if not self.versions:
            return nodes
        taken, known = set(nodes), dict[tuple[Node, rbac.RoleRef], Node]()
        named: set[Node] = set()
        for place, node in enumerate(nodes):
            ref = self.bindings[place][0].role_ref
            if (node, ref) not in known:
                known[node, ref] = another(node, taken) if node in named else node
                named.add(node)
            nodes[place] = known[node, ref]
        return nodes

    @cached_property
    def binding_numbers(self) -> Sequence[int]:
        """The number of every binding's node, in the order of :attr:`bindings`."""
        return list(map(self.index.number, self.binding_nodes))

    @cached_property
    def granted(self) -> Sequence[RoleGrant]:
        """The grant of each of :attr:`bindings`; a key of :attr:`grants`, or not."""
        return [grant_node(binding, scope) for binding, scope in self.bindings]

    @cached_property
    def grants(self) -> Mapping[RoleGrant, tuple[tuple[rbac.AnyRole, ...], str]]:
        """Every bound roleRef's roles, at every scope where it is bound.

        One role, but for an input that holds several versions of it.
        """
        found: dict[RoleGrant, tuple[tuple[rbac.AnyRole, ...], str]] = {}
        for (binding, scope), grant in zip(self.bindings, self.granted, strict=True):
            if grant not in found and (roles := self.authorizer.roles_of(binding)):
                found[grant] = roles, scope
        return found

    @cached_property
    def bindings_by_subject(self) -> Mapping[Node, Sequence[int]]:
        """For a subject, the positions of those :attr:`bindings` that name it, each once."""
        found: dict[Node, list[int]] = {}
        for place, (binding, scope) in enumerate(self.bindings):
            subjects = [subject_node(subject, scope) for subject in binding.subjects or ()]
            for node in dict.fromkeys(subjects) if len(subjects) > 1 else subjects:
                if node is not None:
                    found.setdefault(node, []).append(place)
        return found

    @cached_property
    def listed_by_constraints(self) -> frozenset[Node]:
        """Users, ServiceAccounts and groups that OpenShift's constraints name."""
        held = self.snapshot.security_context_constraints
        return frozenset(node for one in held for node in one.listed)

    @cached_property
    def named_service_accounts(self) -> frozenset[Key]:
        """ServiceAccounts that a binding, constraints or a role of Vault name, existing or not."""
        named = (*self.bindings_by_subject, *self.listed_by_constraints)
        found = frozenset((n[1], n[2]) for n in named if n[0] == SERVICE_ACCOUNT)
        return found | self.named_by_vault

    @cached_property
    def named_by_vault(self) -> frozenset[Key]:
        """ServiceAccounts that roles of this cluster's auth mounts name, without patterns."""
        if not self.snapshot.stores:
            return frozenset()
        from rbacgraph.stores.vault.logins import LoginRoles, bounds, mount_of
        from rbacgraph.stores.vault.mount_owners import MountOwner, owners_in

        found: set[Key] = set()
        for dump in self.snapshot.stores:
            owners = owners_in(self.snapshot, dump)
            found.update(
                (namespace, name)
                for role in LoginRoles(dump).roles
                if owners[role.namespace, mount_of(role)].owner is MountOwner.THIS
                for namespace, name in product(*bounds(role))
                if may_be_service_account(namespace, name)
            )
        return frozenset(found)


def binding_node(binding: rbac.AnyBinding) -> Node:
    metadata = binding.metadata
    kind = ROLE_BINDING if isinstance(binding, rbac.RoleBinding) else CLUSTER_ROLE_BINDING
    return kind, metadata.namespace, metadata.name


def role_words(role: RoleName) -> str:
    """Say which role a grant is of.

    Examples
    --------
    >>> role_words(RoleName("ClusterRole", "view"))
    'ClusterRole view'
    """
    return f"{role.kind} {one_word(role.name)}"


def grant_node(binding: rbac.AnyBinding, scope: str) -> RoleGrant:
    """Node of the role that a binding grants, at the binding's scope."""
    return role_grant(binding.role_ref.kind, binding.role_ref.name, scope)


def role_grant(kind: str, name: str, scope: str) -> RoleGrant:
    """Node of a role at a scope, bound or not.

    Examples
    --------
    >>> role_grant("ClusterRole", "view", "shop")
    ('grant', 'shop', RoleName(kind='ClusterRole', name='view'))
    """
    return GRANT, scope, _role_name(kind, name)


_role_name = lru_cache(4096)(RoleName)  # most are bound in many namespaces
