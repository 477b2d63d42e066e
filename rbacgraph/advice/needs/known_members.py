"""Finds principals with evidence: a group only if the evidence covers all known members."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rbacgraph.advice.changes.reasons import UnseenPrincipal
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.subjects import AUTHENTICATED, UNAUTHENTICATED, implied_groups, subject_node
from rbacgraph.model.inputs.required_requests import Needing
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.kubernetes.rbac import RoleBinding
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, user_node
from rbacgraph.query.rights.log_callers import groups_of_members, user_of

_ANYBODY = frozenset({AUTHENTICATED, UNAUTHENTICATED})
"""Groups whose members are never all known."""


class EvidentMembers:
    """Finds principals without evidence, or without enough of it.

    ServiceAccounts are in the groups of their name, users in those of the caller's list. The
    members of other groups are taken to be those in the log.
    """

    def __init__(
        self, authorizer: Authorizer, needing: Iterable[Needing], seen: frozenset[Node]
    ) -> None:
        self._seen = seen
        self._stated = {one.groups for one in needing if not one.user and one.needs}
        self._members: dict[str, set[Node]] = defaultdict(set)
        for node, groups in _memberships(authorizer):
            for group in groups:
                self._members[group].add(node)

    def unseen(self, node: Node) -> UnseenPrincipal | None:
        """Return who has no evidence; None if the principal has some."""
        if node not in self._seen:
            return UnseenPrincipal(node)
        if node[0] != GROUP or tuple(sorted(groups_of_members(node[2]))) in self._stated:
            return None
        some = self.missing(node) or node[2] in _ANYBODY
        return UnseenPrincipal(node, members=True) if some else None

    def missing(self, group: Node) -> list[Node]:
        """Return the known members without evidence."""
        return sorted(self._members[group[2]] - self._seen)


def _memberships(authorizer: Authorizer) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Yield the known users, with groups that they are in."""
    snapshot = authorizer.snapshot
    accounts = {
        (SERVICE_ACCOUNT, account.metadata.namespace, account.metadata.name)
        for account in snapshot.service_accounts
    }
    for binding in authorizer.bindings:
        scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
        for subject in binding.subjects or ():
            node = subject_node(subject, scope)
            if node is not None and node[0] == SERVICE_ACCOUNT:
                accounts.add(node)
    runners: tuple[Pod | Workload, ...] = (*snapshot.pods, *snapshot.workloads)
    for one in runners:
        accounts.add((SERVICE_ACCOUNT, one.metadata.namespace, one.spec.service_account))
    for node in accounts:
        yield node, implied_groups(user_of(node))
    for user, groups in snapshot.groups.items():
        yield user_node(user), groups
