"""Resolves a user and groups to bindings, roles and rules, with their evidence.

Source: kubernetes ``pkg/registry/rbac/validation/rule.go`` (``VisitRulesFor``) and
``plugin/pkg/auth/authorizer/rbac/rbac.go`` (``Authorize``).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

from rbacgraph.authz.aggregate import contributor
from rbacgraph.authz.always_allow import opening
from rbacgraph.authz.kubernetes_words import describe_denial, describe_grant, describe_rule, quote
from rbacgraph.authz.match import Request, rule_allows
from rbacgraph.authz.subjects import MASTERS, first_match, implied_groups, subject_user
from rbacgraph.authz.versions.role_versions import NOTHING, Guard, Versions
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.rbac import (
    RBAC_GROUP,
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    RoleBinding,
)

Ranks = dict[tuple[str | None, str], list[int]]

MASTERS_EVIDENCE = Evidence(
    kind="Group", namespace="", name=MASTERS, detail="bypasses every authorizer"
)


class HeldRule(NamedTuple):
    """A rule that a user or group holds, with its role and binding."""

    binding: AnyBinding
    role: AnyRole
    rule_index: int
    rule: PolicyRule


class Authorizer:
    """The RBAC of a snapshot, indexed once; every answer equals the server's.

    ``snapshot``: the input. ClusterRoles count as they are: aggregate them, and add what every API
        server creates, by :func:`rbacgraph.authz.prepare.prepare`.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.versions = Versions(snapshot)

    @cached_property
    def opened(self) -> Evidence | None:
        """The API server that allows everything for certain, if there is one."""
        found = opening(self.snapshot)
        return found.evidence(self.snapshot) if found and not found.condition else None

    @cached_property
    def bindings(self) -> Sequence[AnyBinding]:
        """All bindings: ClusterRoleBindings by name, then RoleBindings by namespace and name.

        Bindings of several versions are split: see :meth:`.Versions.bindings`.
        """
        taken_apart, snapshot = self.versions.bindings, self.snapshot
        cluster = sorted(taken_apart(snapshot.cluster_role_bindings), key=_name)
        local = sorted(taken_apart(snapshot.role_bindings), key=_namespace_and_name)
        return (*cluster, *local)

    def places_at(self, namespace: str) -> Sequence[int]:
        """Return positions in :attr:`bindings`: those of a namespace (``""``: cluster-wide)."""
        everywhere = self._everywhere
        first = bisect_left(self.bindings, namespace, everywhere, key=_namespace)
        last = bisect_right(self.bindings, namespace, first, key=_namespace)
        return (*range(everywhere), *range(first, last))

    @cached_property
    def _everywhere(self) -> int:
        """The number of ClusterRoleBindings in :attr:`bindings`."""
        return sum(isinstance(binding, ClusterRoleBinding) for binding in self.bindings)

    @cached_property
    def _ranks(self) -> tuple[Ranks, Ranks]:
        """The positions in :attr:`bindings` by (namespace, user) and by (namespace, group).

        The namespace of a ClusterRoleBinding is None.
        """
        users: Ranks = defaultdict(list)
        groups: Ranks = defaultdict(list)
        for rank, binding in enumerate(self.bindings):
            namespace = binding.metadata.namespace
            scope = namespace if isinstance(binding, RoleBinding) else None
            for subject in binding.subjects or ():
                if subject.kind == "Group":
                    groups[scope, subject.name].append(rank)
                elif (user := subject_user(subject, namespace)) is not None:
                    users[scope, user].append(rank)
        return dict(users), dict(groups)

    @cached_property
    def _by_name(self) -> dict[tuple[str, str, str], tuple[AnyBinding, ...]]:
        found: dict[tuple[str, str, str], tuple[AnyBinding, ...]] = {}
        snapshot = self.snapshot
        bindings: tuple[AnyBinding, ...] = (
            *snapshot.cluster_role_bindings,
            *snapshot.role_bindings,
        )
        for binding in bindings:
            key = _key(binding)
            found[key] = (*found.get(key, ()), binding)
        return found

    @cached_property
    def _roles(self) -> dict[tuple[str, str, str], tuple[AnyRole, ...]]:
        """Roles by kind, namespace and name: several if the input holds a name twice."""
        roles: dict[tuple[str, str, str], tuple[AnyRole, ...]] = {}
        found: tuple[AnyRole, ...] = (*self.snapshot.cluster_roles, *self.snapshot.roles)
        for role in found:
            key = _key(role)
            roles[key] = (*roles.get(key, ()), role)
        roles.update(
            (key, self.versions.roles(roles[key])) for key in self.versions.several if key in roles
        )
        return roles

    def find(self, obj: AnyRole | AnyBinding) -> tuple[AnyRole | AnyBinding, ...]:
        """Return the input's objects of this kind, namespace and name, unchanged."""
        key = _key(obj)
        return (
            self.versions.several.get(key) or self._roles.get(key) or self._by_name.get(key) or ()
        )

    def find_role(self, kind: str, namespace: str, name: str) -> tuple[AnyRole, ...]:
        """Return the Roles or ClusterRoles of this name in the input."""
        if kind == "ClusterRole":
            return self._roles.get((kind, "", name), ())
        return self._roles.get((kind, namespace, name), ()) if namespace else ()

    def roles_of(self, binding: AnyBinding) -> tuple[AnyRole, ...]:
        """Return the roles that a binding grants: none if its roleRef names a missing role.

        A Role is looked up in the binding's own namespace; a ClusterRoleBinding has none.
        """
        ref = binding.role_ref
        return self.find_role(ref.kind, binding.metadata.namespace, ref.name)

    def bindings_for(
        self, user: str, groups: Collection[str], namespace: str
    ) -> Iterator[AnyBinding]:
        """Yield the ClusterRoleBindings of the user, then its RoleBindings of the namespace.

        Groups are taken literally: no group is implied here.
        """
        by_user, by_group = self._ranks
        scopes = (None, namespace) if namespace else (None,)
        ranks: set[int] = set()
        for scope in scopes:
            ranks.update(by_user.get((scope, user), ()))
            for group in groups:
                ranks.update(by_group.get((scope, group), ()))
        for rank in sorted(ranks):
            yield self.bindings[rank]

    def rules_for(self, user: str, groups: Collection[str], namespace: str) -> Iterator[HeldRule]:
        """Yield the user's rules in the namespace (``""``: cluster-wide), with their origin."""
        for binding in self.bindings_for(user, groups, namespace):
            for role in self.roles_of(binding):
                for index, rule in enumerate(role.rules or ()):
                    yield HeldRule(binding, role, index, rule)

    def allows(self, request: Request, user: str, groups: Collection[str]) -> HeldRule | None:
        """Return the first rule that allows the request; ignores ``system:masters``."""
        for held in self.rules_for(user, groups, request.namespace):
            if rule_allows(held.rule, request):
                return held
        return None

    def surely_allows(self, request: Request, user: str, groups: Collection[str]) -> bool:
        """Whether RBAC allows the request in every version of the objects.

        It equals :meth:`allows` if every object has one version; if versions differ, only some of
        them may allow the request. It ignores ``system:masters``.
        """
        guards: dict[tuple[str, str, str], set[Guard]] = {}
        for binding in self.bindings_for(user, groups, request.namespace):
            rules = {
                self.versions.of_rule(role, number)
                for role in self.roles_of(binding)
                for number, rule in enumerate(role.rules or ())
                if rule_allows(rule, request)
            }
            if self.versions.cover(rules):
                guards.setdefault(_key(binding), set()).add(self.versions.of_binding(binding))
        return any(map(self.versions.cover, guards.values()))

    def authorize(self, request: Request, user: str, groups: Collection[str]) -> Decision:
        """Decide a request, taken literally, as a SubjectAccessReview does."""
        if MASTERS in groups:
            reason = f"allowed: group {quote(MASTERS)} bypasses every authorizer"
            return Decision(allowed=True, reason=reason, evidence=(MASTERS_EVIDENCE,))
        if self.opened is not None:
            reason = (
                f"AlwaysAllow: Pod {self.opened.namespace}/{self.opened.name} allows everything"
            )
            return Decision(allowed=True, reason=reason, evidence=(self.opened,))
        held = self.allows(request, user, groups)
        if held is None:
            return Decision(allowed=False, reason=self._denial(request, user, groups))
        subject = first_match(held.binding, user, groups)
        assert subject is not None, "a binding that applies has a subject that matches"
        return Decision(
            allowed=True,
            reason=f"RBAC: allowed by {describe_grant(held.binding, subject)}",
            evidence=self.evidence(held, request),
        )

    def evidence(self, held: HeldRule, request: Request | None = None) -> tuple[Evidence, Evidence]:
        """Return the evidence of a held rule: the binding, and the rule of the role."""
        ref = held.binding.role_ref
        return (
            self.evidence_of(held.binding, detail=f"grants {ref.kind} {ref.name}"),
            self.evidence_of(
                held.role, detail=describe_rule(held.rule, request), rule=held.rule_index
            ),
        )

    def evidence_of(
        self, obj: AnyBinding | AnyRole, *, detail: str = "", rule: int | None = None
    ) -> Evidence:
        """Return the evidence for one role or binding, with what it says.

        A rule of an aggregated ClusterRole has the place of the role that it comes from.
        """
        file, line = self.snapshot.where(obj)
        source = None if rule is None else self._source(obj, rule)
        if source is not None:
            file, line = self.snapshot.where(source[0])
            detail = f"{detail}{_source_words(*source)}"
        return Evidence(
            kind=type(obj).__name__,
            namespace=obj.metadata.namespace,
            name=obj.metadata.name,
            file=file,
            line=line,
            rule=rule,
            detail=detail,
            assumed=obj.assumed,
        )

    def own_detail(self, role: AnyRole, rule: int, detail: str) -> str:
        """Return the detail of a rule's evidence, without the role that the rule comes from."""
        source = self._source(role, rule)
        return detail if source is None else detail.removesuffix(_source_words(*source))

    def aggregated_from(self, role: AnyRole, rule: int) -> str:
        """Return the ClusterRole that a rule of an aggregated one comes from; else ``""``."""
        source = self._source(role, rule)
        return "" if source is None else source[0].metadata.name

    def _source(self, obj: AnyBinding | AnyRole, rule: int) -> tuple[ClusterRole, int] | None:
        """Return the role and the number that a rule of an aggregated ClusterRole comes from."""
        if not isinstance(obj, ClusterRole) or not obj.rules:
            return None
        return contributor(self.snapshot.cluster_roles, obj, obj.rules[rule])

    def groups_of(self, user: str, groups: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the groups for a question about a user.

        A collection is taken literally, even an empty one. None stands for the known groups: those
        that authentication implies, and those that the caller's list gives the user.
        """
        if groups is not None:
            return tuple(groups)
        known = self.snapshot.groups.get(user, ())
        return tuple(dict.fromkeys((*implied_groups(user), *known)))

    def resolution_error(
        self, user: str, groups: Collection[str], namespace: str, resource: str = ""
    ) -> str:
        """Return the server's message about the user's bindings whose role does not exist.

        ``resource`` is the role's resource in escalation prevention's version of the message.
        """
        errors = dict.fromkeys(
            f"{resource or b.role_ref.kind.lower()}.{RBAC_GROUP} {quote(b.role_ref.name)} not found"
            for b in self.bindings_for(user, groups, namespace)
            if not self.roles_of(b)
        )
        return f"[{', '.join(errors)}]" if len(errors) > 1 else "".join(errors)

    def _denial(self, request: Request, user: str, groups: Collection[str]) -> str:
        bindings = list(self.bindings_for(user, groups, request.namespace))
        held = self.rules_for(user, groups, request.namespace)
        rules = sum(one.rule is not NOTHING for one in held)
        reason = (
            f"{describe_denial(request, user)}: none of the {rules} rules of the"
            f" {len(bindings)} bindings that apply allows it"
        )
        missing = [
            f"{b.role_ref.kind} {quote(b.role_ref.name)}" for b in bindings if not self.roles_of(b)
        ]
        if missing:
            reason += f"; not in the input: {', '.join(dict.fromkeys(missing))}"
        return reason


def _source_words(role: ClusterRole, rule: int) -> str:
    return f", from ClusterRole {role.metadata.name} rules[{rule}]"


def _namespace(binding: AnyBinding) -> str:
    return binding.metadata.namespace


_name = attrgetter("metadata.name")
_namespace_and_name = attrgetter("metadata.namespace", "metadata.name")


def _key(obj: AnyRole | AnyBinding) -> tuple[str, str, str]:
    return type(obj).__name__, obj.metadata.namespace, obj.metadata.name
