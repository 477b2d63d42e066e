"""Finds the users of an audit log, and the subjects of stated needs."""

from collections.abc import Iterable, Sequence

from rbacgraph.authz import subjects
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import covers
from rbacgraph.authz.match import rule_allows
from rbacgraph.model.inputs.audit import SINCE_STREAMS_NEED_CREATE, AuditLog, Call, Caller
from rbacgraph.model.inputs.required_requests import Needs
from rbacgraph.model.kubernetes.rbac import PolicyRule
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, user_node
from rbacgraph.model.request import Request


class Callers:
    """The users of the log, and those in question among them."""

    def __init__(self, authorizer: Authorizer, log: AuditLog, asked: Node | None) -> None:
        self._authorizer = authorizer
        self._by_node = {user_node(caller.user): caller for caller in log.callers}
        self._source = asked
        self._own: frozenset[Node] = frozenset()
        if asked is not None and asked[0] != GROUP:
            names = self.groups_of(user_of(asked), self._by_node.get(asked))
            self._own = frozenset((GROUP, "", name) for name in names)
        self._members: dict[str, list[Caller]] = {}
        for caller in log.callers:
            if asked is None or asked[0] == GROUP or user_node(caller.user) == asked:
                for group in self.groups_of(caller.user, caller):
                    self._members.setdefault(group, []).append(caller)
        self._calls: dict[Node, tuple[Call, ...]] = {}

    @property
    def asked(self) -> Sequence[Caller]:
        """The users in question, including a group's members."""
        if self._source is None:
            return list(self._by_node.values())
        if self._source[0] == GROUP:
            return self._members.get(self._source[2], [])
        return [self._by_node[self._source]] if self._source in self._by_node else []

    def is_asked(self, node: Node) -> bool:
        """Whether the question is about the rights of a subject."""
        return self._source is None or node == self._source or node in self._own

    def groups_of(self, user: str, caller: Caller | None) -> tuple[str, ...]:
        """Return the groups that a user is known to be in, or has by impersonation."""
        learned = (*caller.groups, *caller.borrowed) if caller else ()
        said = self._authorizer.snapshot.groups.get(user, ())
        return tuple(dict.fromkeys((*subjects.implied_groups(user), *learned, *said)))

    def identity_of(self, node: Node) -> tuple[str, tuple[str, ...]]:
        """Return the user of a subject, and its groups; for a group, any of its members."""
        if node[0] == GROUP:
            return "", groups_of_members(node[2])
        user, caller = user_of(node), self._by_node.get(node)
        learned = caller.groups if caller else ()
        said = self._authorizer.snapshot.groups.get(user, ())
        return user, tuple(dict.fromkeys((*subjects.implied_groups(user), *learned, *said)))

    def _beside(self, caller: Caller) -> Iterable[Call]:
        """Return the further checks of requests: servers before v1.35 make fewer."""
        version = self._authorizer.snapshot.kubernetes_version
        before = version is not None and version < SINCE_STREAMS_NEED_CREATE
        return (c for c in caller.beside if c.request.verb != "create" or not before)

    def calls_of(self, node: Node) -> tuple[Call, ...]:
        """Return a subject's allowed requests; for a group, those of all its members."""
        if node not in self._calls:
            if node[0] == GROUP:
                members: Iterable[Caller] = self._members.get(node[2], ())
            else:
                members = [self._by_node[node]] if node in self._by_node else []
            self._calls[node] = together(
                call for caller in members for call in (*caller.allowed, *self._beside(caller))
            )
        return self._calls[node]


class StatedNeeds:
    """Stated needs by subject; a group needs what its members need."""

    def __init__(self, needs: Needs | None) -> None:
        self._requests: dict[Node, list[Request]] = {}
        for one in needs.needing if needs else ():
            requests = [needed.request for needed in one.needs]
            nodes = [(GROUP, "", group) for group in one.groups]
            for node in [*nodes, user_node(one.user)] if one.user else nodes:
                self._requests.setdefault(node, []).extend(requests)

    def __bool__(self) -> bool:
        return bool(self._requests)

    def says(self, part: PolicyRule, node: Node, scope: str) -> bool:
        """Whether a granted part of a rule is needed, by itself or as part of a need."""
        for request in self._requests.get(node, ()):
            if (not scope or request.namespace == scope) and rule_allows(part, request):
                return True
            everywhere = not request.namespace or request.namespace == scope
            if everywhere and covers((_as_rule(request),), (part,))[0]:
                return True
        return False


def _as_rule(request: Request) -> PolicyRule:
    """Return the rule that allows exactly a request, in any namespace."""
    if request.path is not None:
        return PolicyRule((request.verb,), non_resource_urls=(request.path,))
    names = (request.name,) if request.name else None
    return PolicyRule((request.verb,), (request.group,), (request.full_resource,), names)


def together(calls: Iterable[Call]) -> tuple[Call, ...]:
    """Return requests merged by content, whatever their users and groups."""
    found: dict[Request, Call] = {}
    for call in calls:
        other = found.get(call.request)
        count, last = (other.count, other.last) if other else (0, "")
        found[call.request] = Call(call.request, call.count + count, max(call.last, last))
    return tuple(found.values())


def groups_of_members(group: str) -> tuple[str, ...]:
    """Return the groups that every member of a group is in."""
    if group == subjects.UNAUTHENTICATED:
        return (group,)
    accounts = (
        (subjects.SERVICE_ACCOUNTS,) if group.startswith(f"{subjects.SERVICE_ACCOUNTS}:") else ()
    )
    return tuple(dict.fromkeys((group, *accounts, subjects.AUTHENTICATED)))


def user_of(node: Node) -> str:
    """Return the username of a user or ServiceAccount."""
    kind, namespace, name = node
    return subjects.service_account_user(namespace, name) if kind == SERVICE_ACCOUNT else name
