"""Which of the rights that bindings give were used, as an audit log shows."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.bootstrap import RECORDED, bootstrap_objects
from rbacgraph.authz.cover import breakdown
from rbacgraph.authz.match import ALL, rule_allows
from rbacgraph.authz.resolve import Authorizer, HeldRule
from rbacgraph.authz.subjects import MASTERS, implied_groups, service_account_user, subject_node
from rbacgraph.errors import UsageError
from rbacgraph.model.audit import UNSEEN_VERBS, AuditLog, Call, Caller
from rbacgraph.model.evidence import Evidence
from rbacgraph.model.need import Needs
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, USER, Node, format_node, user_node
from rbacgraph.model.principal import parse_principal
from rbacgraph.model.rbac import AnyBinding, ClusterRoleBinding, PolicyRule, RoleBinding
from rbacgraph.model.request import Request
from rbacgraph.model.usage import GrantUse, LogSummary, Part, Requests, UsageResult, Verb


def usage(
    authorizer: Authorizer,
    log: AuditLog,
    *,
    source: str | None = None,
    system: bool = False,
    stated: Needs | None = None,
) -> UsageResult:
    """Hold what bindings grant against what a log shows.

    Parameters
    ----------
    authorizer:
        The RBAC in force.
    log:
        The log; it also tells who is in which groups.
    source:
        A user, ServiceAccount or group: its own rights, those of the groups that it is known
        to be in, and its own requests. All subjects of bindings by default.
    system:
        Whether to show the bindings that every API server ships.
    stated:
        What somebody says is needed, whatever the log shows.

    Raises
    ------
    UsageError
        Where the source is no principal that can be a subject.
    """
    asked = parse_principal(source) if source else None
    if asked is not None and asked[0] not in {USER, SERVICE_ACCOUNT, GROUP}:
        raise UsageError(
            f"{source!r} is no subject of bindings", advice="give sa:NS/NAME, user: or group:"
        )
    callers = _Callers(authorizer, log, asked)
    grants = _Grants(authorizer, callers, _Stated(stated))
    shipped = frozenset() if system else _shipped(authorizer)
    found = [
        use
        for binding in authorizer.bindings
        for node in _subjects(binding)
        if callers.is_asked(node) and (node, _key(binding)) not in shipped
        for use in grants.of(binding, node)
    ]
    return UsageResult(
        source=format_node(asked) if asked else "",
        grants=tuple(sorted(found, key=_order)),
        unexplained=tuple(_unexplained(authorizer, callers)),
        denied=tuple(_requests(caller, call) for caller in callers.asked for call in caller.denied),
        log=LogSummary(
            events=log.events,
            requests=log.requests,
            undecided=log.undecided,
            first=log.first,
            last=log.last,
            blind_spots=log.blind_spots,
        ),
        diagnostics=(*log.diagnostics, *(stated.diagnostics if stated else ())),
    )


class _Callers:
    """Who is in the log, and of those whoever is asked about."""

    def __init__(self, authorizer: Authorizer, log: AuditLog, asked: Node | None) -> None:
        self._authorizer = authorizer
        self._by_node = {user_node(caller.user): caller for caller in log.callers}
        self._source = asked
        self._own: frozenset[Node] = frozenset()
        if asked is not None and asked[0] != GROUP:
            names = self.groups_of(_user(asked), self._by_node.get(asked))
            self._own = frozenset((GROUP, "", name) for name in names)
        self._members: dict[str, list[Caller]] = {}
        for caller in log.callers:
            if asked is None or asked[0] == GROUP or user_node(caller.user) == asked:
                for group in self.groups_of(caller.user, caller):
                    self._members.setdefault(group, []).append(caller)
        self._calls: dict[Node, tuple[Call, ...]] = {}

    @property
    def asked(self) -> Sequence[Caller]:
        """Those that are asked about, a group's members with it."""
        if self._source is None:
            return list(self._by_node.values())
        if self._source[0] == GROUP:
            return self._members.get(self._source[2], [])
        return [self._by_node[self._source]] if self._source in self._by_node else []

    def is_asked(self, node: Node) -> bool:
        """Whether the rights of a subject are asked about."""
        return self._source is None or node == self._source or node in self._own

    def groups_of(self, user: str, caller: Caller | None) -> tuple[str, ...]:
        """Return the groups that a user is known to be in, or has by impersonation."""
        learned = (*caller.groups, *caller.borrowed) if caller else ()
        said = self._authorizer.snapshot.groups.get(user, ())
        return tuple(dict.fromkeys((*implied_groups(user), *learned, *said)))

    def calls_of(self, node: Node) -> tuple[Call, ...]:
        """Return what a subject was allowed; of a group, all that its members were."""
        if node not in self._calls:
            if node[0] == GROUP:
                self._calls[node] = _together(self._members.get(node[2], ()))
            else:
                caller = self._by_node.get(node)
                self._calls[node] = caller.allowed if caller else ()
        return self._calls[node]


class _Stated:
    """What somebody says is needed, by subject; a group needs what its members need."""

    def __init__(self, needs: Needs | None) -> None:
        self._requests: dict[Node, list[Request]] = {}
        for one in needs.needing if needs else ():
            requests = [needed.request for needed in one.needs]
            nodes = [(GROUP, "", group) for group in one.groups]
            for node in [*nodes, user_node(one.user)] if one.user else nodes:
                self._requests.setdefault(node, []).extend(requests)

    def of(self, node: Node, scope: str) -> list[Request]:
        """Return what a subject is said to need where a binding gives rights."""
        found = self._requests.get(node, [])
        return [request for request in found if request.namespace == scope] if scope else found


class _Grants:
    """Makes what there is to say of each rule of a binding."""

    def __init__(self, authorizer: Authorizer, callers: _Callers, stated: _Stated) -> None:
        self._authorizer = authorizer
        self._callers = callers
        self._stated = stated
        self._idle: dict[int, tuple[Part, ...]] = {}
        self._evidence: dict[tuple[int, int], Evidence] = {}

    def of(self, binding: AnyBinding, node: Node) -> Iterator[GrantUse]:
        """Yield each rule that a binding gives a subject."""
        scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
        calls = self._callers.calls_of(node)
        if scope:
            calls = tuple(call for call in calls if call.request.namespace == scope)
        stated = self._stated.of(node, scope)
        for role in self._authorizer.roles_of(binding):
            for index, rule in enumerate(role.rules or ()):
                held = HeldRule(binding, role, index, rule)
                used = [call for call in calls if rule_allows(rule, call.request)]
                own, evidence = self._authorizer.evidence(held)
                yield GrantUse(
                    principal=format_node(node),
                    scope=scope,
                    binding=own,
                    rule=evidence,
                    requests=sum(call.count for call in used),
                    parts=self._parts(rule, used, stated),
                )

    def _parts(
        self, rule: PolicyRule, used: Sequence[Call], stated: Sequence[Request]
    ) -> tuple[Part, ...]:
        idle = self._idle.get(id(rule))
        if idle is None:
            idle = self._idle[id(rule)] = tuple(map(_part, breakdown(rule)))
        said = [request for request in stated if rule_allows(rule, request)]
        if not used and not said:
            return idle
        smallest = zip(breakdown(rule), idle, strict=True)
        return tuple(_used(_said(part, own, said), own, used) for own, part in smallest)


def _part(rule: PolicyRule) -> Part:
    """Return a smallest part of a rule as if it were never used."""
    (verb,) = rule.verbs or ("",)
    state = "unseen" if verb in UNSEEN_VERBS else "never-used"
    if rule.non_resource_urls:
        return Part(verb=verb, path=rule.non_resource_urls[0])
    (group,), (resource,) = rule.api_groups or ("",), rule.resources or ("",)
    name = rule.resource_names[0] if rule.resource_names else ""
    return Part(
        verb=verb,
        group=group,
        resource=resource,
        name=name,
        state=state,  # type: ignore[arg-type]
    )


def _said(part: Part, rule: PolicyRule, stated: Iterable[Request]) -> Part:
    if any(rule_allows(rule, request) for request in stated):
        return replace(part, state="stated")
    return part


def _used(part: Part, rule: PolicyRule, calls: Iterable[Call]) -> Part:
    own = [call for call in calls if rule_allows(rule, call.request)]
    if not own:
        return part
    requests, last = sum(call.count for call in own), max(call.last for call in own)
    seen = sorted({_sort(call) for call in own}) if _is_wide(part) else ()
    return replace(part, state="used", requests=requests, last=last, seen=tuple(seen))


def _is_wide(part: Part) -> bool:
    """Whether a part stands for many verbs, groups, resources or URLs."""
    entries = (part.verb, part.group, part.resource.partition("/")[0])
    return ALL in entries or part.path.endswith(ALL)


def _sort(call: Call) -> Verb:
    request = call.request
    if request.path is not None:
        return Verb(verb=request.verb, path=request.path)
    return Verb(verb=request.verb, group=request.group, resource=request.full_resource)


def _together(callers: Iterable[Caller]) -> tuple[Call, ...]:
    found: dict[object, Call] = {}
    for caller in callers:
        for call in caller.allowed:
            other = found.get(call.request)
            if other is None:
                found[call.request] = call
            else:
                last = max(call.last, other.last)
                found[call.request] = Call(call.request, call.count + other.count, last)
    return tuple(found.values())


def _unexplained(authorizer: Authorizer, callers: _Callers) -> Iterator[Requests]:
    for caller in callers.asked:
        groups = callers.groups_of(caller.user, caller)
        if MASTERS in groups:
            continue
        for call in caller.allowed:
            if authorizer.allows(call.request, caller.user, groups) is None:
                yield _requests(caller, call)


def _requests(caller: Caller, call: Call) -> Requests:
    request = call.request
    return Requests(
        principal=format_node(user_node(caller.user)),
        verb=request.verb,
        group=request.group,
        resource=request.resource,
        subresource=request.subresource,
        namespace=request.namespace,
        name=request.name,
        path=request.path or "",
        requests=call.count,
        last=call.last,
    )


def _subjects(binding: AnyBinding) -> Iterable[Node]:
    scope = binding.metadata.namespace
    nodes = (subject_node(subject, scope) for subject in binding.subjects or ())
    return dict.fromkeys(node for node in nodes if node is not None)


def _shipped(authorizer: Authorizer) -> frozenset[tuple[Node, tuple[str, str, str]]]:
    """Subjects with the bindings that every API server ships for them."""
    version = authorizer.snapshot.kubernetes_version or RECORDED
    return frozenset(
        (node, _key(binding))
        for binding in bootstrap_objects(version)
        if isinstance(binding, RoleBinding | ClusterRoleBinding)
        for node in _subjects(binding)
    )


def _key(binding: AnyBinding) -> tuple[str, str, str]:
    return type(binding).__name__, binding.metadata.namespace, binding.metadata.name


def _user(node: Node) -> str:
    kind, namespace, name = node
    return service_account_user(namespace, name) if kind == SERVICE_ACCOUNT else name


def _order(use: GrantUse) -> tuple[str, str, str, str, int]:
    return use.principal, use.scope, use.binding.kind, use.binding.name, use.rule.rule or 0
