"""Answers whether a user may write a role or binding: verb, escalation prevention, validity.

Source: kubernetes ``pkg/registry/rbac/escalation_check.go``, ``policybased/storage.go`` of each
kind under ``pkg/registry/rbac``, and ``ConfirmNoEscalation`` in
``pkg/registry/rbac/validation/rule.go``. The tests compare each refusal's message with
that of a real API server.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from rbacgraph.authz.authorizer import Authorizer, HeldRule
from rbacgraph.authz.coverage import compact, covers, covers_all
from rbacgraph.authz.kubernetes_words import compact_string, describe_denial, quote, quoted_list
from rbacgraph.authz.match import ALL, Request, rule_allows
from rbacgraph.authz.questions.unseen_grants import as_far_as_seen
from rbacgraph.authz.subjects import MASTERS
from rbacgraph.authz.versions.role_versions import Guard, combined, holds
from rbacgraph.errors import UsageError
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.inputs.rbac_write import RbacWrite
from rbacgraph.model.kubernetes import rbac

FULL_AUTHORITY = (
    rbac.PolicyRule((ALL,), (ALL,), (ALL,)),
    rbac.PolicyRule((ALL,), non_resource_urls=(ALL,)),
)
_VERBS = ("create", "update", "patch")
_HELD = "the writer holds all that it grants"


def may_write(
    authorizer: Authorizer,
    obj: rbac.AnyRole | rbac.AnyBinding,
    user: str,
    groups: Collection[str] | None = None,
    verb: str = "create",
) -> Decision:
    """Decide whether a server would let a user write this role or binding.

    ``user``, ``groups``: the writer; None implies groups as :meth:`Authorizer.groups_of` does.
    ``verb``: ``create``, ``update`` or ``patch``. A request to create has no name, so names in
        rules do not help; one to update or patch has a name. An update or patch of an object that
        the input lacks creates it (PUT, or server-side apply), and needs ``create`` with the name
        too. A change to ownerReferences or finalizers alone is never checked.
    """
    if verb not in _VERBS:
        raise UsageError(
            f"{verb!r} writes nothing", advice=f"the verb is one of {', '.join(_VERBS)}"
        )
    return _Writer(authorizer, user, authorizer.groups_of(user, groups), verb, obj).decide()


class PassingOn(NamedTuple):
    """What escalation prevention requires for a write of a role or binding.

    ``exempt``: the request that is enough by itself: ``escalate`` on the role, or ``bind`` on the
        role that the binding names.
    ``rules``: the rules that the writer must hold otherwise, in the namespace of ``exempt``.
    """

    exempt: Request
    rules: tuple[rbac.PolicyRule, ...]


def passing_on(write: RbacWrite) -> PassingOn:
    """Return what escalation prevention requires for a known write.

    Examples
    --------
    >>> write = RbacWrite(verb="update", kind="Role", namespace="shop", name="web", rules=())
    >>> exempt = passing_on(write).exempt
    >>> exempt.verb, exempt.resource, exempt.namespace, exempt.name
    ('escalate', 'roles', 'shop', 'web')
    """
    verb, resource, name = "bind", f"{write.role_kind.lower()}s", write.role
    if write.is_role:
        verb, resource = "escalate", write.resource
        name = "" if write.verb == "create" else write.name
    exempt = Request(verb, rbac.RBAC_GROUP, resource, "", write.namespace, name)
    return PassingOn(exempt, (*(write.rules or ()), *(FULL_AUTHORITY if write.aggregated else ())))


def may_pass_on(
    authorizer: Authorizer, passed: PassingOn, user: str, groups: Collection[str]
) -> bool:
    """Whether escalation prevention allows a write that the user's verb allows."""
    if MASTERS in groups or authorizer.opened is not None:
        return True
    if authorizer.allows(passed.exempt, user, groups) is not None:
        return True
    held = authorizer.rules_for(user, groups, passed.exempt.namespace)
    return covers_all([one.rule for one in held], passed.rules)


class PassedOn(NamedTuple):
    """Whether a write passes if a server holds some choice of versions, and if it holds any."""

    by_some: bool
    by_all: bool


def passed_on(
    authorizer: Authorizer, passed: PassingOn, user: str, groups: Collection[str]
) -> PassedOn:
    """Decide the same for every choice of one version of each object.

    Where there are too many choices, all versions together may be what some choice gives, and
    by all only what rests on none of them is held.
    """
    versions = authorizer.versions
    if MASTERS in groups or authorizer.opened is not None or not versions:
        return PassedOn(*[may_pass_on(authorizer, passed, user, groups)] * 2)
    held = [
        (one.rule, guard)
        for one in authorizer.rules_for(user, groups, passed.exempt.namespace)
        if (guard := guard_of(authorizer, one)) is not None
    ]

    def passes(rules: Sequence[rbac.PolicyRule]) -> bool:
        exempt = any(rule_allows(rule, passed.exempt) for rule in rules)
        return exempt or covers_all(rules, passed.rules)

    choices = versions.choices(guard for _, guard in held)
    if choices is None:
        sure = [rule for rule, guard in held if not guard]
        return PassedOn(passes([rule for rule, _ in held]), passes(sure))
    each = [passes([rule for rule, guard in held if holds(guard, one)]) for one in choices]
    return PassedOn(any(each), all(each))


def guard_of(authorizer: Authorizer, held: HeldRule) -> Guard | None:
    """Return which versions of objects a rule rests on; None where they exclude each other."""
    versions = authorizer.versions
    guards = versions.of_binding(held.binding), versions.of_rule(held.role, held.rule_index)
    return combined(guards)


class _Writer:
    """One attempt to write one object."""

    def __init__(
        self,
        authorizer: Authorizer,
        user: str,
        groups: Sequence[str],
        verb: str,
        obj: rbac.AnyRole | rbac.AnyBinding,
    ) -> None:
        self.authorizer = authorizer
        self.user = user
        self.groups = groups
        self.verb = verb
        self.obj = obj
        self.resource = f"{type(obj).__name__.lower()}s"
        namespaced = isinstance(obj, rbac.Role | rbac.RoleBinding)
        self.namespace = obj.metadata.namespace if namespaced else ""
        self.old = authorizer.find(obj)

    def decide(self) -> Decision:
        """Decide in the server's order: authorization, escalation prevention, validation."""
        verb = self._verb_allowed()
        if not verb:
            return self._as_far_as_seen(verb)
        if MASTERS in self.groups:
            escalation = verb
        elif isinstance(self.obj, rbac.Role | rbac.ClusterRole):
            escalation = self._role(self.obj)
        else:
            escalation = self._binding(self.obj)
        if not escalation:
            ref = (
                "" if isinstance(self.obj, rbac.Role | rbac.ClusterRole) else self.obj.role_ref.kind
            )
            return self._as_far_as_seen(escalation, ref)
        errors = (*validate(self.obj), *self._immutable())
        if errors:
            return Decision(allowed=False, reason=invalid_message(self.obj, errors))
        evidence = tuple(dict.fromkeys((*verb.evidence, *escalation.evidence)))
        reasons = dict.fromkeys((str(verb.reason), str(escalation.reason)))
        return Decision(allowed=True, reason="; ".join(reasons), evidence=evidence)

    def _as_far_as_seen(self, no: Decision, asked: str = "") -> Decision:
        return as_far_as_seen(
            self.authorizer, no, self.namespace, self.user, self.groups, asked=asked
        )

    def _ask(self, verb: str, resource: str, name: str) -> Decision:
        request = Request(verb, rbac.RBAC_GROUP, resource, "", self.namespace, name)
        return self.authorizer.authorize(request, self.user, self.groups)

    @property
    def _name(self) -> str:
        """The name in the URL: a request to create has none."""
        return "" if self.verb == "create" else self.obj.metadata.name

    def _verb_allowed(self) -> Decision:
        decision = self._ask(self.verb, self.resource, self._name)
        if decision and self._name and not self.old:
            created = self._ask("create", self.resource, self._name)
            if not created:
                return self._unauthorized("create")
            evidence = tuple(dict.fromkeys((*decision.evidence, *created.evidence)))
            return Decision(allowed=True, reason=decision.reason, evidence=evidence)
        return decision or self._unauthorized(self.verb)

    def _unauthorized(self, verb: str) -> Decision:
        request = Request(verb, rbac.RBAC_GROUP, self.resource, "", self.namespace, self._name)
        text = describe_denial(request, self.user)
        errors = self.authorizer.resolution_error(self.user, self.groups, self.namespace)
        suffix = f": RBAC: {errors}" if errors else ""
        return self._forbidden(text + suffix, self._name)

    def _forbidden(self, text: str, name: str | None = None) -> Decision:
        name = self.obj.metadata.name if name is None else name
        quoted = f" {quote(name)}" if name else ""
        reason = f"{self.resource}.{rbac.RBAC_GROUP}{quoted} is forbidden: {text}"
        return Decision(allowed=False, reason=reason)

    def _role(self, role: rbac.AnyRole) -> Decision:
        escalate = self._ask("escalate", self.resource, self._name)
        if escalate:
            return escalate
        refusal = self._not_held(role.rules or ())
        if refusal:
            return self._forbidden(refusal)
        aggregated = any(is_aggregated(r) for r in (role, *self.old))
        if aggregated and self._not_held(FULL_AUTHORITY):
            return self._forbidden("must have cluster-admin privileges to use the aggregationRule")
        return Decision(allowed=True, reason=_HELD)

    def _binding(self, binding: rbac.AnyBinding) -> Decision:
        ref = binding.role_ref
        if ref.kind in {"Role", "ClusterRole"}:
            bind = self._ask("bind", f"{ref.kind.lower()}s", ref.name)
            if bind:
                return bind
        roles = self.authorizer.find_role(ref.kind, self.namespace, ref.name)
        if not roles:
            reason = f"{self.resource}.{rbac.RBAC_GROUP} {quote(ref.name)} not found"
            return Decision(allowed=False, reason=reason)
        refusal = self._not_held([rule for role in roles for rule in role.rules or ()])
        if refusal:
            return self._forbidden(refusal)
        return Decision(allowed=True, reason=_HELD)

    def _not_held(self, rules: Sequence[rbac.PolicyRule]) -> str:
        """Return the server's message about rights that the writer passes on without holding."""
        held = [h.rule for h in self.authorizer.rules_for(self.user, self.groups, self.namespace)]
        same = set(map(id, held))  # a rule covers itself
        covered, uncovered = covers(held, [rule for rule in rules if id(rule) not in same])
        if covered:
            return ""
        missing = "\n".join(sorted({compact_string(rule) for rule in compact(uncovered)}))
        errors = self.authorizer.resolution_error(
            self.user, self.groups, self.namespace, self.resource
        )
        suffix = f"; resolution errors: [{errors}]" if errors else ""
        return (
            f"user {quote(self.user)} (groups={quoted_list(self.groups)}) is attempting to grant"
            f" RBAC permissions not currently held:\n{missing}{suffix}"
        )

    def _immutable(self) -> tuple[str, ...]:
        for old in self.old:
            if isinstance(old, rbac.AnyBinding) and isinstance(self.obj, rbac.AnyBinding):
                before, after = old.role_ref, self.obj.role_ref
                if (before.kind, before.name) != (after.kind, after.name):
                    return ("roleRef: Invalid value: cannot change roleRef",)
        return ()


def is_aggregated(obj: rbac.AnyRole | rbac.AnyBinding) -> bool:
    """Whether an object is a ClusterRole whose rules come from other roles."""
    if not isinstance(obj, rbac.ClusterRole) or obj.aggregation_rule is None:
        return False
    return bool(obj.aggregation_rule.cluster_role_selectors)


# Finds what a server refuses as invalid, before or after it checks the writer.
#
# Errors have the server's form: ``subjects[0].namespace: Required value``.
#
# Source: kubernetes ``pkg/apis/rbac/validation/validation.go``, defaults of
# ``pkg/apis/rbac/v1/defaults.go``.

_DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_DNS_LABELS = re.compile(rf"{_DNS_LABEL}(\.{_DNS_LABEL})*")


def validate(obj: rbac.AnyRole | rbac.AnyBinding) -> tuple[str, ...]:
    """Return what makes a role or binding invalid; empty if it is valid."""
    if isinstance(obj, rbac.Role | rbac.ClusterRole):
        return (*_name(obj.metadata.name, "metadata.name"), *_role(obj))
    return (*_name(obj.metadata.name, "metadata.name"), *_binding(obj))


def invalid_message(obj: rbac.AnyRole | rbac.AnyBinding, errors: tuple[str, ...]) -> str:
    """Return a server's refusal of an invalid object (HTTP 422)."""
    kind = f"{type(obj).__name__}.{rbac.RBAC_GROUP}"
    details = errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]"
    return f"{kind} {quote(obj.metadata.name)} is invalid: {details}"


def _role(role: rbac.AnyRole) -> Iterator[str]:
    for index, rule in enumerate(role.rules or ()):
        yield from _rule(rule, f"rules[{index}]", namespaced=isinstance(role, rbac.Role))
    if isinstance(role, rbac.ClusterRole) and role.aggregation_rule is not None:
        path = "aggregationRule.clusterRoleSelectors"
        if not role.aggregation_rule.cluster_role_selectors:
            yield _required(
                path,
                "at least one clusterRoleSelector required if aggregationRule is non-nil",
            )


def _rule(rule: rbac.PolicyRule, path: str, *, namespaced: bool) -> Iterator[str]:
    if not rule.verbs:
        yield _required(f"{path}.verbs", "verbs must contain at least one value")
    if rule.non_resource_urls:
        urls = "[" + ",".join(quote(url) for url in rule.non_resource_urls) + "]"
        where = f"{path}.nonResourceURLs: Invalid value: {urls}"
        if namespaced:
            yield f"{where}: namespaced rules cannot apply to non-resource URLs"
        if rule.api_groups or rule.resources or rule.resource_names:
            yield f"{where}: rules cannot apply to both regular resources and non-resource URLs"
        return
    if not rule.api_groups:
        yield _required(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.resources:
        yield _required(f"{path}.resources", "resource rules must supply at least one resource")


def _binding(binding: rbac.AnyBinding) -> Iterator[str]:
    ref, namespaced = binding.role_ref, isinstance(binding, rbac.RoleBinding)
    if ref.api_group not in {"", rbac.RBAC_GROUP}:
        yield _unsupported("roleRef.apiGroup", ref.api_group, rbac.RBAC_GROUP)
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    if ref.kind not in kinds:
        yield _unsupported("roleRef.kind", ref.kind, *kinds)
    yield from _name(ref.name, "roleRef.name")
    for index, subject in enumerate(binding.subjects or ()):
        yield from _subject(subject, f"subjects[{index}]", namespaced=namespaced)


def _subject(subject: rbac.Subject, path: str, *, namespaced: bool) -> Iterator[str]:
    if not subject.name:
        yield _required(f"{path}.name")
    if subject.kind == "ServiceAccount":
        yield from _service_account(subject, path, namespaced=namespaced)
    elif subject.kind in {"User", "Group"}:
        if subject.api_group not in {"", rbac.RBAC_GROUP}:
            yield _unsupported(f"{path}.apiGroup", subject.api_group, rbac.RBAC_GROUP)
    else:
        yield _unsupported(f"{path}.kind", subject.kind, "ServiceAccount", "User", "Group")


def _service_account(subject: rbac.Subject, path: str, *, namespaced: bool) -> Iterator[str]:
    name = subject.name
    if name and not (_DNS_SUBDOMAIN.fullmatch(name) and _DNS_LABELS.fullmatch(name)):
        yield f"{path}.name: Invalid value: {quote(name)}: not the name of a ServiceAccount"
    if subject.api_group:
        yield _unsupported(f"{path}.apiGroup", subject.api_group, "")
    if not namespaced and not subject.namespace:
        yield _required(f"{path}.namespace")


def _name(name: str, path: str) -> Iterator[str]:
    """Yield errors of a role's or binding's name: any path segment, with colons and capitals."""
    if not name:
        yield _required(path)
    elif name in {".", ".."}:
        yield f"{path}: Invalid value: {quote(name)}: may not be '{name}'"
    else:
        for character in ("/", "%"):
            if character in name:
                yield f"{path}: Invalid value: {quote(name)}: may not contain '{character}'"


def _required(path: str, detail: str = "") -> str:
    return f"{path}: Required value: {detail}" if detail else f"{path}: Required value"


def _unsupported(path: str, value: str, *supported: str) -> str:
    values = ", ".join(quote(entry) for entry in supported)
    return f"{path}: Unsupported value: {quote(value)}: supported values: {values}"
