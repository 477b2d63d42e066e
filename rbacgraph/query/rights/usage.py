"""Answers ``usage``: which of the rights that bindings grant an audit log shows in use."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.authz.authorizer import Authorizer, HeldRule
from rbacgraph.authz.bootstrap_policy import RECORDED, bootstrap_objects
from rbacgraph.authz.coverage import breakdown, given_in
from rbacgraph.authz.match import ALL, rule_allows
from rbacgraph.authz.subjects import MASTERS, subject_node
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.usage import GrantUse, Requests, RulePart, UsageResult, Verb
from rbacgraph.model.inputs.audit import UNSEEN_VERBS, AuditLog, Call, Caller
from rbacgraph.model.inputs.audit_policy import AuditPolicy
from rbacgraph.model.inputs.required_requests import Needs
from rbacgraph.model.kubernetes.rbac import AnyBinding, ClusterRoleBinding, PolicyRule, RoleBinding
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, USER, Node, format_node, user_node
from rbacgraph.model.principal import parse_principal
from rbacgraph.query.rights.audit_policy_rules import policy_blind_spots
from rbacgraph.query.rights.log_callers import Callers, StatedNeeds, together
from rbacgraph.query.rights.logged_credentials import logged_credentials
from rbacgraph.query.rights.unlogged_rights import Unlogged
from rbacgraph.query.rights.unseen_rights import UnseenRights


def usage(
    authorizer: Authorizer,
    log: AuditLog,
    *,
    source: str | None = None,
    system: bool = False,
    stated: Needs | None = None,
    policy: AuditPolicy | None = None,
) -> UsageResult:
    """Compare what bindings grant with what a log shows.

    ``log``: the log; it also shows who is in which groups.
    ``source``: a user, ServiceAccount or group: its own rights, those of its known groups, and its
        own requests. By default all subjects of bindings.
    ``system``: whether to show the bindings that every API server ships.
    ``stated``: the stated needs, whatever the log shows.
    ``policy``: the audit Policy of the log: rights whose use it hides do not count as never used.
    Raises UsageError if the source cannot be a subject.
    """
    asked = parse_principal(source) if source else None
    if asked is not None and asked[0] not in {USER, SERVICE_ACCOUNT, GROUP}:
        raise UsageError(
            f"{source!r} is no subject of bindings", advice="give sa:NS/NAME, user: or group:"
        )
    callers = Callers(authorizer, log, asked)
    hidden = Unlogged(policy, authorizer.snapshot.custom_resources) if policy else None
    grants = _Grants(authorizer, callers, StatedNeeds(stated), hidden)
    shipped = frozenset() if system else _shipped(authorizer)
    compared = log.events or not log.store_log.events
    found = [
        use
        for binding in (authorizer.bindings if compared else ())
        for node in _subjects(binding)
        if callers.is_asked(node) and (node, _key(binding)) not in shipped
        for use in grants.of(binding, node)
    ]
    who = callers.identity_of(asked) if asked and asked[0] != GROUP else None
    return UsageResult(
        source=format_node(asked) if asked else "",
        grants=tuple(sorted(found, key=_order)),
        unexplained=tuple(_unexplained(authorizer, callers)),
        denied=tuple(
            _requests(caller, call) for caller in callers.asked for call in together(caller.denied)
        ),
        log=log.summary(policy_blind_spots(policy, who) if policy else None),
        store_log=log.store_log,
        diagnostics=(
            *log.diagnostics,
            *(stated.diagnostics if stated else ()),
            *(logged_credentials(policy) if policy else ()),
        ),
    )


class _Grants:
    """Makes the rows of each rule of a binding."""

    def __init__(
        self,
        authorizer: Authorizer,
        callers: Callers,
        stated: StatedNeeds,
        hidden: Unlogged | None,
    ) -> None:
        self._authorizer = authorizer
        self._callers = callers
        self._stated = stated
        self._hidden = hidden
        self._unseen = UnseenRights(authorizer.snapshot)
        self._idle: dict[object, tuple[RulePart, ...]] = {}
        self._local: dict[int, PolicyRule | None] = {}

    def of(self, binding: AnyBinding, node: Node) -> Iterator[GrantUse]:
        """Yield each rule that a binding grants a subject."""
        scope = binding.metadata.namespace if isinstance(binding, RoleBinding) else ""
        calls = self._callers.calls_of(node)
        if scope:
            calls = tuple(call for call in calls if call.request.namespace == scope)
        for role in self._authorizer.roles_of(binding):
            for index, written in enumerate(role.rules or ()):
                rule = self._in_namespace(written) if scope else written
                if rule is None:
                    continue
                held = HeldRule(binding, role, index, written)
                used = [call for call in calls if rule_allows(rule, call.request)]
                own, evidence = self._authorizer.evidence(held)
                yield GrantUse(
                    principal=format_node(node),
                    scope=scope,
                    binding=own,
                    rule=evidence,
                    requests=sum(call.count for call in used),
                    parts=self._parts(rule, scope, node, used),
                )

    def _in_namespace(self, rule: PolicyRule) -> PolicyRule | None:
        """Return what a RoleBinding grants of a rule; None for nothing."""
        key = id(rule)
        if key not in self._local:
            self._local[key] = next(given_in("namespace", (rule,)), None)
        return self._local[key]

    def _parts(
        self, rule: PolicyRule, scope: str, node: Node, used: Sequence[Call]
    ) -> tuple[RulePart, ...]:
        idle = self._idle_parts(rule, scope, node)
        if not used:
            return idle
        smallest = zip(breakdown(rule), idle, strict=True)
        return tuple(_used(part, own, used) for own, part in smallest)

    def _idle_parts(self, rule: PolicyRule, scope: str, node: Node) -> tuple[RulePart, ...]:
        """Return the parts of a rule as never used, or as not visible in the log."""
        known = self._hidden or self._stated or self._unseen.more
        key = (id(rule), scope, node) if known else id(rule)
        idle = self._idle.get(key)
        if idle is None:
            idle = tuple(map(_part, breakdown(rule)))
            if known:
                smallest = zip(breakdown(rule), idle, strict=True)
                idle = tuple(self._known(part, own, scope, node) for own, part in smallest)
            self._idle[key] = idle
        return idle

    def _known(self, part: RulePart, rule: PolicyRule, scope: str, node: Node) -> RulePart:
        """Return a part as stated, or as not visible in the log, if it is."""
        if self._stated.says(rule, node, scope):
            return replace(part, state="stated")
        if self._unseen.holds(part.verb, part.resource):
            return replace(part, state="unseen")
        if self._hidden and self._hidden.hides(rule, scope, *self._callers.identity_of(node)):
            return replace(part, state="unseen")
        return part


def _part(rule: PolicyRule) -> RulePart:
    """Return a smallest part of a rule as never used."""
    (verb,) = rule.verbs or ("",)
    state = "unseen" if verb in UNSEEN_VERBS else "never-used"
    if rule.non_resource_urls:
        return RulePart(verb=verb, path=rule.non_resource_urls[0])
    (group,), (resource,) = rule.api_groups or ("",), rule.resources or ("",)
    name = rule.resource_names[0] if rule.resource_names else ""
    return RulePart(
        verb=verb,
        group=group,
        resource=resource,
        name=name,
        state=state,  # type: ignore[arg-type]
    )


def _used(part: RulePart, rule: PolicyRule, calls: Iterable[Call]) -> RulePart:
    own = [call for call in calls if rule_allows(rule, call.request)]
    if not own:
        return part
    requests, last = sum(call.count for call in own), max(call.last for call in own)
    seen = sorted({_sort(call) for call in own}) if _is_wide(part) else ()
    return replace(part, state="used", requests=requests, last=last, seen=tuple(seen))


def _is_wide(part: RulePart) -> bool:
    """Whether a part stands for many verbs, groups, resources or URLs."""
    entries = (part.verb, part.group, part.resource.partition("/")[0])
    return ALL in entries or part.path.endswith(ALL)


def _sort(call: Call) -> Verb:
    request = call.request
    if request.path is not None:
        return Verb(verb=request.verb, path=request.path)
    return Verb(verb=request.verb, group=request.group, resource=request.full_resource)


def _unexplained(authorizer: Authorizer, callers: Callers) -> Iterator[Requests]:
    for caller in callers.asked:
        groups = callers.groups_of(caller.user, caller)
        if MASTERS in groups:
            continue
        for call in together(caller.allowed):
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


def _order(use: GrantUse) -> tuple[str, str, str, str, int]:
    return use.principal, use.scope, use.binding.kind, use.binding.name, use.rule.rule or 0
