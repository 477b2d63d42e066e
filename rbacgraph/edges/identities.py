"""Who there is in a cluster: what exists, and what is only named."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from rbacgraph.edges.bound import Key
from rbacgraph.edges.clouds import Clouds
from rbacgraph.edges.index import Names
from rbacgraph.edges.running import Running
from rbacgraph.model.node import (
    GROUP,
    SERVICE_ACCOUNT,
    USER,
    Node,
    service_accounts_group,
    user_node,
)


class Identities(Running):
    """The same with its ServiceAccounts, users and groups looked up."""

    @cached_property
    def namespace_names(self) -> frozenset[str]:
        """The same as :attr:`namespaces`, to look one up."""
        return frozenset(self.namespaces)

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace that anything mentions, sorted."""
        named = {namespace for namespace, _ in self.named_service_accounts}
        return tuple(sorted(self.snapshot.held_namespaces | named))

    @cached_property
    def clouds(self) -> Clouds:
        """Who in the cluster is whom in a cloud, and the other way round."""
        return Clouds(self.snapshot)

    @cached_property
    def service_accounts(self) -> Mapping[Key, str]:
        """ServiceAccounts that exist, with the condition under which they do.

        Every namespace has one named ``default``, and a pod's exists or it would not run.
        """
        known = dict.fromkeys(self.snapshot.service_account_index, "")
        is_listed = self.snapshot.is_listed
        if not is_listed("ServiceAccount"):
            for namespace in self.namespaces:
                if not is_listed("ServiceAccount", namespace):
                    known.setdefault((namespace, "default"), "")
            for runner in self.runners:
                if not is_listed("ServiceAccount", runner.node[1]):
                    known.setdefault((runner.node[1], runner.spec.service_account), "")
            for key in sorted(self.named_service_accounts):
                if not is_listed("ServiceAccount", key[0]):
                    known.setdefault(
                        key, f"ServiceAccount {key[0]}/{key[1]} exists, which the input lacks"
                    )
        return known

    @cached_property
    def accounts(self) -> list[int]:
        """Number of every existing ServiceAccount, in the order of :attr:`service_accounts`."""
        number = self.index.number
        return [number((SERVICE_ACCOUNT, *key)) for key in self.service_accounts]

    @cached_property
    def account_numbers(self) -> Names:
        """Number of every existing ServiceAccount, by namespace and name."""
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (namespace, name), number in zip(self.service_accounts, self.accounts, strict=True):
            found[namespace][name] = number
        return dict(found)

    @cached_property
    def accounts_of_runners(self) -> Sequence[int | None]:
        """Number of the ServiceAccount of each of :attr:`runners`; None where it does not exist."""
        accounts, none = self.account_numbers, dict[str, int]()
        return [
            accounts.get(runner.node[1], none).get(runner.spec.service_account)
            for runner in self.runners
        ]

    @cached_property
    def account_doubts(self) -> Mapping[int, str]:
        """Conditions under which ServiceAccounts exist, by number, where it is not certain."""
        texts = zip(self.accounts, self.service_accounts.values(), strict=True)
        return {number: text for number, text in texts if text}

    @cached_property
    def known_service_accounts(self) -> Mapping[Key, None]:
        """ServiceAccounts that exist or are named: whom it makes sense to impersonate."""
        return dict.fromkeys((*self.service_accounts, *sorted(self.named_service_accounts)))

    @cached_property
    def known_users(self) -> Mapping[Node, None]:
        """Users that a binding or the mapping of groups names, sorted."""
        named = {node for node in self.bindings_by_subject if node[0] == USER}
        given = {user_node(user) for user in self.snapshot.groups}
        return dict.fromkeys(sorted(named | {node for node in given if node[0] == USER}))

    @cached_property
    def known_groups(self) -> frozenset[Node]:
        """Groups that a binding or the mapping of groups names."""
        named = {node for node in self.bindings_by_subject if node[0] == GROUP}
        given = {group for groups in self.snapshot.groups.values() for group in groups}
        return frozenset(named | {(GROUP, "", group) for group in given})

    @cached_property
    def people(self) -> frozenset[Node]:
        """Users and ServiceAccounts that exist or that the input itself names.

        Not those that only assumed bindings name: they may well not exist.
        """
        assumed = {place for place, (binding, _) in enumerate(self.bindings) if binding.assumed}
        named = {
            node
            for node, places in self.bindings_by_subject.items()
            if node[0] != GROUP and not assumed.issuperset(places)
        }
        existing = {
            (SERVICE_ACCOUNT, *key) for key, text in self.service_accounts.items() if not text
        }
        told = {user_node(user) for user in self.snapshot.groups}
        told.update(node for node in self.clouds.aws_users if node[0] != GROUP)
        return frozenset(named | existing | told)

    @cached_property
    def principals(self) -> tuple[Node, ...]:
        """Users, groups and ServiceAccounts that exist or are named, sorted."""
        found = set(self.bindings_by_subject)
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
        """Every namespace, and those that only a binding's group names; sorted."""
        prefix = service_accounts_group("")[2]
        groups = (node[2] for node in self.bindings_by_subject if node[0] == GROUP)
        named = (name.removeprefix(prefix) for name in groups if name.startswith(prefix))
        return sorted({*self.namespaces, *named} - {""})

    @cached_property
    def namespaces_without_service_accounts(self) -> Sequence[str]:
        """Mentioned namespaces in which no ServiceAccount is known."""
        known = self.namespaces_with_service_accounts
        return [namespace for namespace in self.mentioned_namespaces if namespace not in known]
