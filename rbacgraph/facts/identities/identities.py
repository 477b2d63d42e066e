"""Indexes identities and namespaces: what exists, and what is only named."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from rbacgraph.authz.versions.object_versions import mounting
from rbacgraph.facts.bindings.bindings import BoundRoles, Key
from rbacgraph.facts.bindings.index import Names
from rbacgraph.facts.identities.cloud_identities import Clouds
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.pods.running_pods import RunningPods
from rbacgraph.facts.states.full_quotas import MADE_BY, PODS, full_quotas
from rbacgraph.facts.states.object_states import closed_namespaces
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.rbac import RBAC_GROUP
from rbacgraph.model.node import (
    GROUP,
    SERVICE_ACCOUNT,
    USER,
    Node,
    is_label,
    may_be_service_account,
    service_accounts_group,
    user_node,
)

_ROLE_BINDINGS = f"rolebindings.{RBAC_GROUP}"
_ALWAYS = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
"""Namespaces that the API server creates if they are missing.

Source: kubernetes ``pkg/controlplane/controller/systemnamespaces``.
"""


class Identities:
    """Indexes the ServiceAccounts, users and groups of a cluster."""

    def __init__(self, rbac: BoundRoles, running: RunningPods) -> None:
        self.snapshot = rbac.snapshot
        self.index = rbac.index
        self.rbac = rbac
        self.running = running

    @cached_property
    def namespace_names(self) -> frozenset[str]:
        """The same as :attr:`namespaces`, as a set."""
        return frozenset(self.namespaces)

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Every possible namespace, sorted: anything mentions it, or is in it.

        If all were listed, none that is only named.
        """
        named = {namespace for namespace, _ in self.rbac.named_service_accounts}
        if self.snapshot.is_listed("Namespace"):
            named &= _ALWAYS
        return tuple(sorted(self.snapshot.held_namespaces | named))

    @cached_property
    def doubted_namespaces(self) -> Mapping[str, Condition]:
        """Namespaces that hold something but are missing from a complete list.

        Each with the condition on which something can be written there: they are newer than the
        list, or were deleted and left something behind.
        """
        if not self.snapshot.is_listed("Namespace"):
            return {}
        there = {namespace.metadata.name for namespace in self.snapshot.namespaces}
        return {
            namespace: If.NAMESPACE_IS_THERE(namespace)
            for namespace in sorted(self.snapshot.held_namespaces - there - _ALWAYS)
        }

    @cached_property
    def closed_namespaces(self) -> Mapping[str, Condition]:
        """Namespaces that are being deleted, each with the condition on which they are usable."""
        return closed_namespaces(self.snapshot)

    @cached_property
    def creating(self) -> Mapping[str, Condition]:
        """Namespaces in which creating anything is conditional, with the condition."""
        return {**self.closed_namespaces, **self.doubted_namespaces}

    @cached_property
    def full_quotas(self) -> Mapping[str, Mapping[str, Condition]]:
        """By namespace, the resources that a used-up quota blocks, with the condition."""
        return full_quotas(self.snapshot)

    def creating_one(self, namespace: str, resource: str) -> Condition:
        """Return the condition on which an object can be created in a namespace.

        The resource includes its group: ``secrets``, ``roles.rbac.authorization.k8s.io``.
        """
        room = self.full_quotas.get(namespace)
        full = room.get(resource, CERTAIN) if room else CERTAIN
        return both(self.creating.get(namespace, CERTAIN), full)

    def creating_each(self, resource: str) -> Mapping[str, Condition]:
        """Namespaces in which an object is created under a condition alone, each with that."""
        found = self._creating_each.get(resource)
        if found is None:
            full = [name for name, refused in self.full_quotas.items() if resource in refused]
            names = (*self.creating, *full)
            found = {name: self.creating_one(name, resource) for name in names}
            self._creating_each[resource] = found
        return found

    @cached_property
    def _creating_each(self) -> dict[str, Mapping[str, Condition]]:
        return {}

    @property
    def binding(self) -> Mapping[str, Condition]:
        """Namespaces in which a RoleBinding is created under a condition alone, each with that."""
        return self.creating_each(_ROLE_BINDINGS)

    @cached_property
    def binding_for_named(self) -> Mapping[str, Condition]:
        """The same, with the namespaces that only the subjects of bindings name.

        Nobody creates a RoleBinding in these unless they exist, but their ServiceAccounts and
        groups are acted as by headers all the same.
        """
        missing = {*self.mentioned_namespaces} - self.snapshot.held_namespaces - _ALWAYS
        named = {namespace: If.NAMESPACE_IS_THERE(namespace) for namespace in sorted(missing)}
        return {**named, **self.binding}

    @cached_property
    def making_pods(self) -> Mapping[str, Condition]:
        """Namespaces in which Pods are created under a condition alone, each with that."""
        return self.creating_each(PODS)

    def making_by(self, namespace: str, resource: str) -> Condition:
        """Return the condition on which creating Pods or a workload makes Pods in a namespace."""
        making, room = self.making_pods.get(namespace, CERTAIN), self.full_quotas.get(namespace)
        if not room:
            return making
        return both(making, *(room.get(needed, CERTAIN) for needed in MADE_BY.get(resource, ())))

    def making_where(self, resources: Iterable[str]) -> Mapping[str, Condition]:
        """Namespaces in which Pods are made under a condition alone by creating any of these."""
        if not self.full_quotas:
            return self.making_pods
        made = tuple(resources)
        least = {
            name: min(self.making_by(name, resource) for resource in made)
            for name in dict.fromkeys((*self.making_pods, *self.full_quotas))
        }
        return {name: condition for name, condition in least.items() if condition}

    def may_hold(self, namespace: str) -> bool:
        """Whether a namespace exists or may exist, so that it may hold something."""
        known = namespace in self.namespace_names or namespace in _ALWAYS
        return known or not self.snapshot.is_listed("Namespace")

    @cached_property
    def mounting_versions(self) -> Mapping[Key, Condition]:
        """Of ServiceAccounts only some of whose versions have the token mounted, which do."""
        return mounting(self.snapshot, mounts=True)

    @cached_property
    def refusing_versions(self) -> Mapping[Key, Condition]:
        """Of the same ServiceAccounts, which versions have no token mounted."""
        return mounting(self.snapshot, mounts=False)

    @cached_property
    def clouds(self) -> Clouds:
        """Cloud identities of the cluster's accounts, and the other way round."""
        return Clouds(self.snapshot)

    @cached_property
    def service_accounts(self) -> Mapping[Key, Condition]:
        """Existing ServiceAccounts, with the condition on which they exist.

        Every namespace has one named ``default``, also one that only the group of its accounts
        names in a binding, and a running Pod's account must exist.
        """
        known = {
            key: _stays(key) if found.metadata.deletion_timestamp else CERTAIN
            for key, found in self.snapshot.service_account_index.items()
        }
        is_listed, doubts = self.snapshot.is_listed, self.doubted_namespaces
        if not is_listed("ServiceAccount"):
            for namespace in self.namespaces:
                if not is_listed("ServiceAccount", namespace) and namespace not in doubts:
                    known.setdefault((namespace, "default"), CERTAIN)
            for runner in self._certain_first():
                if runner.spec.service_account and not is_listed("ServiceAccount", runner.node[1]):
                    key = runner.node[1], runner.spec.service_account
                    known.setdefault(key, runner.doubt)
            for namespace, doubt in doubts.items():
                if not is_listed("ServiceAccount", namespace):
                    known.setdefault((namespace, "default"), doubt)
            for key, doubt in self._only_named():
                if not is_listed("ServiceAccount", key[0]):
                    known.setdefault(key, doubt)
        return known

    def _only_named(self) -> Iterator[tuple[Key, Condition]]:
        """Yield accounts that bindings name, and the default ones of namespaces that groups do."""
        for key in sorted(self.rbac.named_service_accounts):
            if key[0] in self.namespace_names:
                yield key, If.ACCOUNT_EXISTS(*key)
        for namespace in () if self.snapshot.is_listed("Namespace") else self.mentioned_namespaces:
            if namespace not in self.namespace_names and is_label(namespace):
                yield (namespace, "default"), If.NAMESPACE_IS_THERE(namespace)

    def _certain_first(self) -> Sequence[PodSource]:
        """Return what runs, first the Pods and workloads that every version has."""
        if not self.running.found_runners.parts:
            return self.running.runners
        return sorted(self.running.runners, key=lambda runner: runner.doubt)

    @cached_property
    def namespaces_of_accounts(self) -> Sequence[str]:
        """Every namespace that may hold something, or whose ServiceAccounts a binding names."""
        return sorted({*self.namespaces, *(namespace for namespace, _ in self.service_accounts)})

    @cached_property
    def usable_accounts(self) -> Mapping[Key, Condition]:
        """The same accounts with the condition on which one gets a token or a Pod of theirs."""
        doubts = self.creating
        if not doubts:
            return self.service_accounts
        return {
            key: both(exists, doubts.get(key[0], CERTAIN))
            for key, exists in self.service_accounts.items()
        }

    @cached_property
    def accounts(self) -> list[int]:
        """The number of every existing ServiceAccount, in the order of :attr:`service_accounts`."""
        number = self.index.number
        return [number((SERVICE_ACCOUNT, *key)) for key in self.service_accounts]

    @cached_property
    def account_numbers(self) -> Names:
        """The number of every existing ServiceAccount, by namespace and name."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (namespace, name), number in zip(self.service_accounts, self.accounts, strict=True):
            found[namespace][name] = number
        return dict(found)

    @cached_property
    def accounts_of_runners(self) -> Sequence[int | None]:
        """The number of the ServiceAccount of each of :attr:`runners`; None if it is missing."""
        accounts, none = self.account_numbers, dict[str, int]()
        return [
            accounts.get(runner.node[1], none).get(runner.spec.service_account)
            for runner in self.running.runners
        ]

    @cached_property
    def account_doubts(self) -> Mapping[int, Condition]:
        """Conditions on which ServiceAccounts exist, by number, unless certain."""
        found = zip(self.accounts, self.service_accounts.values(), strict=True)
        return {number: exists for number, exists in found if exists}

    @cached_property
    def known_service_accounts(self) -> Mapping[Key, None]:
        """ServiceAccounts that exist or are named: impersonating these makes sense."""
        return dict.fromkeys((*self.service_accounts, *sorted(self.rbac.named_service_accounts)))

    @cached_property
    def misnamed_accounts(self) -> Mapping[str, Node]:
        """Named ServiceAccounts with impossible names, by their usernames of plain users."""
        return {
            f"system:serviceaccount:{namespace}:{name}": (SERVICE_ACCOUNT, namespace, name)
            for namespace, name in sorted(self.rbac.named_service_accounts)
            if not may_be_service_account(namespace, name)
        }

    @cached_property
    def known_users(self) -> Mapping[Node, None]:
        """Users that a binding, constraints or the mapping of groups names, sorted."""
        subjects = (*self.rbac.bindings_by_subject, *self.rbac.listed_by_constraints)
        named = {node for node in subjects if node[0] == USER}
        given = {user_node(user) for user in self.snapshot.groups}
        return dict.fromkeys(sorted(named | {node for node in given if node[0] == USER}))

    @cached_property
    def known_groups(self) -> frozenset[Node]:
        """Groups that a binding, constraints or the mapping of groups names."""
        subjects = (*self.rbac.bindings_by_subject, *self.rbac.listed_by_constraints)
        named = {node for node in subjects if node[0] == GROUP}
        given = {group for groups in self.snapshot.groups.values() for group in groups}
        return frozenset(named | {(GROUP, "", group) for group in given})

    @cached_property
    def people(self) -> frozenset[Node]:
        """Users and ServiceAccounts that exist or that the input itself names.

        Accounts that only assumed bindings name do not count: they may be missing.
        """
        assumed = {
            place for place, (binding, _) in enumerate(self.rbac.bindings) if binding.assumed
        }
        named = {
            node
            for node, places in self.rbac.bindings_by_subject.items()
            if node[0] != GROUP and not assumed.issuperset(places)
        }
        existing = {
            (SERVICE_ACCOUNT, *key) for key, doubt in self.service_accounts.items() if not doubt
        }
        given = {user_node(user) for user in self.snapshot.groups}
        given.update(node for node in self.rbac.listed_by_constraints if node[0] != GROUP)
        given.update(node for node in self.clouds.aws_users if node[0] != GROUP)
        return frozenset(named | existing | given)

    @cached_property
    def principals(self) -> tuple[Node, ...]:
        """Users, groups and ServiceAccounts that exist or are named, sorted."""
        found = {*self.rbac.bindings_by_subject, *self.rbac.listed_by_constraints}
        found.update((SERVICE_ACCOUNT, *key) for key in self.service_accounts)
        for user, groups in self.snapshot.groups.items():
            found.add(user_node(user))
            found.update((GROUP, "", group) for group in groups)
        found.update(self.clouds.aws_users)
        return tuple(sorted(found))

    @cached_property
    def namespaces_with_service_accounts(self) -> frozenset[str]:
        """Namespaces of the known ServiceAccounts."""
        return frozenset(namespace for namespace, _ in self.known_service_accounts)

    @cached_property
    def mentioned_namespaces(self) -> Sequence[str]:
        """Every namespace, including those that only a binding's group names; sorted."""
        prefix = service_accounts_group("")[2]
        groups = (node[2] for node in self.rbac.bindings_by_subject if node[0] == GROUP)
        named = (name.removeprefix(prefix) for name in groups if name.startswith(prefix))
        accounts = (namespace for namespace, _ in self.rbac.named_service_accounts)
        return sorted({*self.namespaces, *accounts, *named} - {""})

    @cached_property
    def namespaces_without_service_accounts(self) -> Sequence[str]:
        """Mentioned namespaces in which no ServiceAccount is known."""
        known = self.namespaces_with_service_accounts
        return [namespace for namespace in self.mentioned_namespaces if namespace not in known]


def _stays(account: Key) -> Condition:
    """Return the condition on which a ServiceAccount with a deletionTimestamp has valid tokens.

    Source: kubernetes ``pkg/serviceaccount/{claims,legacy}.go``.
    """
    return If.ACCOUNT_STAYS(*account)
