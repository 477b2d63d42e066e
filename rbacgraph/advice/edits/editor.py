"""Finds what may be edited to block paths."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product

from rbacgraph.advice.changes.managers import is_shipped, manager_of
from rbacgraph.advice.edits.edits import AUTOMOUNT, ELSEWHERE, NEEDED, SUBJECT, SUBJECTS, Edit
from rbacgraph.advice.edits.required_support import RequiredRequest, Support, supported
from rbacgraph.advice.edits.rule_edits import edits_of_rule, needed_names
from rbacgraph.advice.edits.rule_sources import RuleSources, narrowing
from rbacgraph.authz.bootstrap_policy import RECORDED, bootstrap_objects
from rbacgraph.authz.questions.api_resources import known_resources
from rbacgraph.authz.subjects import subject_node
from rbacgraph.authz.versions.object_versions import mounting
from rbacgraph.facts.bindings.bindings import Key as Place
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.changes.statement import NOTHING, Say, Statement
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.core import ServiceAccount
from rbacgraph.model.kubernetes.pods import Pod, Workload
from rbacgraph.model.kubernetes.rbac import (
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from rbacgraph.model.node import Node, format_node
from rbacgraph.model.request import Request
from rbacgraph.techniques.spec.technique import Right
from rbacgraph.techniques.structure.member_of import closure, given_groups

# Finds names that do not last: a controller's next object has another name.
#
# A rule that names a Pod of a Deployment allows nothing after the next rollout. So a request with
# such a name does not need this name, but the names of all later Pods too.

_FADING = frozenset({"CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet"})
"""Kinds that give their objects generated names; a StatefulSet numbers its Pods."""

_LETTERS = "[bcdfghjklmnpqrstvwxz2456789]"
"""The characters of names that the API server and Deployments generate.

Source: ``SafeEncodeString`` and ``String`` in kubernetes
``staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go``.
"""

_MADE_UP = {
    ("", "pods"): re.compile(rf".*-{_LETTERS}{{5}}"),
    ("batch", "jobs"): re.compile(r".*-\d{8}"),  # of a CronJob: the time
    ("apps", "replicasets"): re.compile(rf".*-{_LETTERS}{{6,10}}"),
    ("certificates.k8s.io", "certificatesigningrequests"): re.compile(rf".*-{_LETTERS}{{5}}"),
}
"""The endings of generated names, by resource; other names are chosen by people."""

_KINDS = {
    ("", "pods"): "Pod",
    ("batch", "jobs"): "Job",
    ("apps", "replicasets"): "ReplicaSet",
}


class LastingNames:
    """Decides which names last."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def fading(self, request: Request) -> Statement:
        """Return why the name of a request does not last; nothing if it may."""
        place = request.group, request.resource
        kind = _KINDS.get(place, "")
        obj = self._objects.get((kind, request.namespace, request.name))
        called = kind or request.resource, request.name
        owners = obj.owners if obj is not None else ()
        if maker := next(filter(None, map(_maker, owners)), ""):
            return Say.NAME_IS_MADE_BY(*called, maker)
        pattern = _MADE_UP.get(place)
        if pattern and pattern.fullmatch(request.name):
            return Say.NAME_IS_MADE_UP(*called)
        return NOTHING

    @cached_property
    def _objects(self) -> dict[tuple[str, str, str], Pod | Workload]:
        several: tuple[Pod | Workload, ...] = (*self._snapshot.pods, *self._snapshot.workloads)
        return {
            (
                one.kind if isinstance(one, Workload) else "Pod",
                one.metadata.namespace,
                one.metadata.name,
            ): one
            for one in several
        }


def _maker(owner: str) -> str:
    """Return the controller behind an owner's identity, if its objects get generated names."""
    kind, slash, name = owner.partition("/")
    return f"{kind} {name}" if slash and kind in _FADING else ""


NAMESPACES = 10
"""The largest number of RoleBindings that may replace a ClusterRoleBinding."""


class Editor(RuleSources):
    """Finds the possible edits of each object.

    ``spared``: namespace and name of the Secrets to protect.
    ``kept``: the principals that keep access.
    ``wants``: what must stay allowed, if it is allowed today.
    """

    def __init__(
        self,
        world: Facts,
        spared: Sequence[Place],
        kept: Sequence[Node],
        wants: Iterable[RequiredRequest] = (),
    ) -> None:
        super().__init__(world, spared)
        self.kept = tuple(kept)
        self._wants = tuple(wants)
        self._given = given_groups(world)
        self.parts_of_kept = {node: (node, *closure(world, node, self._given)) for node in kept}
        self._rules: dict[tuple[ObjectKey, int], tuple[Edit, ...]] = {}
        self._bindings: dict[ObjectKey, tuple[Edit, ...]] = {}
        self._alike: dict[object, Mapping[Edit, tuple[PolicyRule, ...]]] = {}

    def refusal(self, key: ObjectKey) -> Statement:
        """Return why no part of an object may be edited; nothing if some part may."""
        obj = self.objects.get(key)
        if obj is None:
            return Say.IS_TWICE()
        if isinstance(obj, Role | ClusterRole):
            manager = manager_of(obj)
            return manager.said() if manager else NOTHING
        if isinstance(obj, RoleBinding | ClusterRoleBinding) and not self.of_binding(key):
            if obj.reviewed:
                return Say.IS_REVIEWED()
            return Say.IS_SHIPPED() if is_shipped(obj) else Say.ONLY_KEPT_ARE_BOUND()
        return NOTHING

    # Rules

    def of_rule(self, role: AnyRole, number: int) -> tuple[Edit, ...]:
        """Return the edits that narrow a rule of a role as it is today.

        A rule of an aggregated ClusterRole is edited in the role that it comes from.
        """
        key = key_of(role)
        known = self._rules.get((key, number))
        if known is None:
            sources = list(self.sources(role, number))
            found = (edit for source in sources for edit in self._of_own_rule(*source))
            known = self._rules[key, number] = tuple(found)
        return known

    def _of_own_rule(self, role: AnyRole, number: int) -> Iterator[Edit]:
        key = key_of(role)
        if self.objects.get(key) is role and not manager_of(role):
            rule = (role.rules or ())[number]
            needed = needed_names(self._needed.get((key, number), ()))
            for edit in self._alike_edits(key, number, rule, needed):
                yield edit._replace(key=key, rule=number)

    def _alike_edits(
        self, key: ObjectKey, number: int, rule: PolicyRule, needed: Mapping[Right, tuple[str, ...]]
    ) -> Iterable[Edit]:
        """Return the edits of a rule, or of an equal one: many roles have equal rules."""
        facts = self.facts(key)
        alike = rule, facts.others, tuple(needed.items())
        known = self._alike.get(alike)
        if known is None:
            known = self._alike[alike] = edits_of_rule(key, number, rule, facts, needed)
            for edit, left in known.items():
                self._narrowed[narrowing(rule, (edit,), facts)] = left
        return known

    @cached_property
    def supported(self) -> Sequence[tuple[RequiredRequest, Sequence[Support]]]:
        """What must stay and is allowed today, with everything that allows it."""
        return tuple(supported(self._world, self, self._wants))

    @cached_property
    def _needed(self) -> Mapping[tuple[ObjectKey, int], Sequence[Request]]:
        """The required requests that each rule allows."""
        found: dict[tuple[ObjectKey, int], dict[Request, None]] = defaultdict(dict)
        for want, supports in self.supported:
            for support in supports:
                found[key_of(support.role), support.rule][want.request] = None
        return {place: tuple(requests) for place, requests in found.items()}

    def fading(self, edit: Edit) -> Statement:
        """Return which name that an edit leaves in a rule does not last; nothing if all last."""
        if edit.sort != NEEDED:
            return NOTHING
        needed = self._needed[edit.key, edit.rule]
        left = [
            one
            for right, names in zip(edit.rights, edit.names, strict=True)
            for one in needed
            if one.name in names and one.verb in right.verbs
            if (one.group, one.resource, one.subresource) == right[1:]
        ]
        return next(filter(None, map(self._lasting.fading, left)), NOTHING)

    @cached_property
    def _lasting(self) -> LastingNames:
        return LastingNames(self.snapshot)

    # Bindings

    def of_binding(self, key: ObjectKey) -> tuple[Edit, ...]:
        """Return the edits that remove subjects from a binding."""
        known = self._bindings.get(key)
        if known is None:
            obj = self.objects.get(key)
            is_binding = isinstance(obj, RoleBinding | ClusterRoleBinding)
            known = tuple(self._of_binding(obj)) if is_binding else ()  # type: ignore[arg-type]
            self._bindings[key] = known
        return known

    def _of_binding(self, binding: AnyBinding) -> Iterator[Edit]:
        if binding.assumed or binding.reviewed:
            return
        key = key_of(binding)
        scope = binding.metadata.namespace
        nodes = dict.fromkeys(subject_node(subject, scope) for subject in binding.subjects or ())
        stay = {*self.kept, *self._shipped.get(key, ())}
        lost = [node for node in nodes if node is not None and node not in stay]
        elsewhere = self._elsewhere(binding)
        for node in lost:
            yield Edit(key, SUBJECT, what=(format_node(node),))
            if elsewhere:
                yield Edit(key, ELSEWHERE, what=(format_node(node),))
        if len(lost) > 1:
            printed = tuple(map(format_node, lost))
            yield Edit(key, SUBJECTS, what=printed)
            if elsewhere:
                yield Edit(key, ELSEWHERE, what=printed)

    @cached_property
    def _shipped(self) -> Mapping[ObjectKey, frozenset[Node]]:
        """The subjects that every API server restores, by binding."""
        version = self.snapshot.kubernetes_version or RECORDED
        return {
            key_of(obj): frozenset(
                node
                for subject in obj.subjects or ()
                if (node := subject_node(subject, obj.metadata.namespace)) is not None
            )
            for obj in bootstrap_objects(version)
            if isinstance(obj, RoleBinding | ClusterRoleBinding)
        }

    def _elsewhere(self, binding: AnyBinding) -> tuple[str, ...]:
        """Return the namespaces of RoleBindings that may replace a ClusterRoleBinding, if any."""
        if not isinstance(binding, ClusterRoleBinding):
            return ()
        roles = self._world.authorizer.roles_of(binding)
        if not any(self._is_in_namespaces(rule) for role in roles for rule in role.rules or ()):
            return ()
        return () if binding.metadata.name in self._role_bindings else self.other_namespaces

    @cached_property
    def _role_bindings(self) -> frozenset[str]:
        """The names of RoleBindings, of all namespaces."""
        return frozenset(binding.metadata.name for binding in self.snapshot.role_bindings)

    def _is_in_namespaces(self, rule: PolicyRule) -> bool:
        """Whether a rule grants anything in a namespace."""
        pairs = product(rule.api_groups or (), rule.resources or ())
        return any((g, resource.partition("/")[0]) not in self._global for g, resource in pairs)

    @cached_property
    def _global(self) -> frozenset[tuple[str, str]]:
        """Group and name of the resources that are known to be cluster-scoped."""
        known = ((r.group, r.resource) for r in known_resources() if r.namespaced is False)
        custom = self.snapshot.custom_resources
        return frozenset(known) | {(r.group, r.resource) for r in custom if not r.namespaced}

    @cached_property
    def other_namespaces(self) -> tuple[str, ...]:
        """The namespaces for RoleBindings that replace a ClusterRoleBinding."""
        kept = {one.metadata.name for one in self.snapshot.namespaces}.difference(
            self.spared_namespaces
        )
        return tuple(sorted(kept)) if self.spared and len(kept) <= NAMESPACES else ()

    @cached_property
    def spared_namespaces(self) -> tuple[str, ...]:
        """The namespaces of the Secrets to protect."""
        return tuple(sorted({namespace for namespace, _ in self.spared}))

    # ServiceAccounts

    def of_account(self, place: Place) -> tuple[Edit, ...]:
        """Return the edit of a ServiceAccount that mounts tokens by default."""
        key = "ServiceAccount", *place
        account = self.objects.get(key)
        if not isinstance(account, ServiceAccount):
            return ()
        off = account.automount_service_account_token is False
        return () if off or place in self._in_versions else (Edit(key, AUTOMOUNT),)

    @cached_property
    def _in_versions(self) -> frozenset[Place]:
        """ServiceAccounts whose versions differ: it is unknown which to change."""
        return frozenset(mounting(self.snapshot, mounts=True))
