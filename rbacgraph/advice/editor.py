"""What of a cluster may be edited to close paths, and what it is like after edits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.applying import applied
from rbacgraph.advice.edits import (
    AUTOMOUNT,
    ELSEWHERE,
    SUBJECT,
    SUBJECTS,
    Edit,
    Others,
    edited,
    edits_of_rule,
)
from rbacgraph.advice.managers import is_shipped, manager_of
from rbacgraph.authz.aggregate import selector_matches
from rbacgraph.authz.bootstrap import RECORDED, bootstrap_objects
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges.bound import Key as Place
from rbacgraph.edges.member_of import closure, given_groups
from rbacgraph.edges.world import World
from rbacgraph.model.change import Change, Changed, Key, key_of
from rbacgraph.model.core import ServiceAccount
from rbacgraph.model.meta import RbacMeta
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node
from rbacgraph.model.rbac import (
    RBAC_GROUP,
    AnyBinding,
    AnyRole,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
    Subject,
    with_rules,
)
from rbacgraph.model.snapshot import Snapshot

NAMES = 20
"""How many Secrets a rule may be made to name."""

NAMESPACES = 20
"""In how many namespaces a ClusterRoleBinding may be replaced by RoleBindings."""

Describe = Callable[[Key, Sequence[Edit]], str]


class Edited(NamedTuple):
    """A cluster after edits.

    Parameters
    ----------
    snapshot:
        What applying the changes leaves.
    changes:
        The objects that are written.
    rules:
        For each role that is edited, where each of its rules comes from.
    makers:
        For each object that is made, the edit that makes it, and of which binding.
    """

    snapshot: Snapshot
    changes: tuple[Change, ...]
    rules: Mapping[Key, tuple[int, ...]]
    makers: Mapping[Key, Key]


class Editor:
    """Knows the edits of each object.

    Parameters
    ----------
    world:
        The cluster.
    secret:
        Namespace and name of the Secret that nobody is to reach.
    kept:
        Who is to reach it all the same.
    """

    def __init__(self, world: World, secret: Place, kept: Sequence[Node]) -> None:
        self.snapshot = world.snapshot
        self.secret = secret
        self.kept = tuple(kept)
        self._world = world
        self._given = given_groups(world)
        self._of_kept = {node: (node, *closure(world, node, self._given)) for node in kept}
        self._rules: dict[tuple[Key, int], tuple[Edit, ...]] = {}
        self._bindings: dict[Key, tuple[Edit, ...]] = {}
        self._known_others: dict[frozenset[str], Others | None] = {}

    @cached_property
    def objects(self) -> Mapping[Key, Changed]:
        """Roles, bindings and ServiceAccounts, but for those that the input holds twice."""
        snapshot, found, twice = self.snapshot, dict[Key, Changed](), set[Key]()
        roles: tuple[Changed, ...] = (*snapshot.roles, *snapshot.cluster_roles)
        bindings: tuple[Changed, ...] = (*snapshot.role_bindings, *snapshot.cluster_role_bindings)
        for obj in (*roles, *bindings, *snapshot.service_accounts):
            key = key_of(obj)
            if key in found:
                twice.add(key)
            found[key] = obj
        for key in twice:
            del found[key]
        return found

    def refusal(self, key: Key) -> str:
        """Say why nothing of an object may be edited, "" where something may."""
        obj = self.objects.get(key)
        if obj is None:
            return "the input holds it twice"
        if isinstance(obj, Role | ClusterRole):
            return manager_of(obj)
        if isinstance(obj, RoleBinding | ClusterRoleBinding) and not self.of_binding(key):
            return "shipped with Kubernetes" if is_shipped(obj) else "only those kept are bound"
        return ""

    # Rules

    def of_rule(self, role: AnyRole, number: int) -> tuple[Edit, ...]:
        """Return the edits by which a rule of a role, as it stands, may be narrowed.

        A rule of an aggregated ClusterRole is narrowed where it comes from.
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
            yield from edits_of_rule(key, number, rule, self.others(key))

    def sources(self, role: AnyRole, number: int) -> Iterator[tuple[AnyRole, int]]:
        """Yield the rules that a rule of a role comes from: itself, or those of other roles."""
        if not isinstance(role, ClusterRole) or role.aggregation_rule is None:
            yield role, number
            return
        rule = (role.rules or ())[number]
        several = self.aggregated_rules(role)
        same = [found for found in several if (found[0].rules or ())[found[1]] == rule]
        yield from same or several

    def whole_sources(self, role: AnyRole) -> list[AnyRole]:
        """Return the role, or of an aggregated ClusterRole those that its rules come from."""
        if isinstance(role, ClusterRole) and role.aggregation_rule is not None:
            return list(self._aggregated(role))
        return [role]

    def aggregated_rules(self, role: ClusterRole) -> list[tuple[AnyRole, int]]:
        """Return all rules that an aggregated ClusterRole takes over."""
        return [
            (source, place)
            for source in self._aggregated(role)
            for place in range(len(source.rules or ()))
        ]

    def _aggregated(self, role: ClusterRole) -> Iterator[ClusterRole]:
        """Yield the ClusterRoles without sources of their own whose rules another takes over."""
        seen, todo = {role.metadata.name}, [role]
        for one in todo:  # grows while it is read
            if one is not role and one.aggregation_rule is None:
                yield one
            rule = one.aggregation_rule
            for selector in (rule and rule.cluster_role_selectors) or ():
                for other in self.snapshot.cluster_roles:
                    name, labels = other.metadata.name, other.metadata.labels or {}
                    if name not in seen and selector_matches(selector, labels):
                        seen.add(name)
                        todo.append(other)

    def others(self, role: Key) -> Others | None:
        """Return the Secrets that a role's rules may be made to name; None for nothing to spare."""
        scopes = self._scopes.get(role, frozenset())
        if scopes not in self._known_others:
            self._known_others[scopes] = self._others(scopes)
        return self._known_others[scopes]

    def _others(self, scopes: frozenset[str]) -> Others | None:
        namespace, name = self.secret
        if not scopes & {"", namespace}:
            return None
        listed = self.snapshot.is_listed
        names = sorted(
            {
                secret.metadata.name
                for secret in self.snapshot.secrets
                if "" in scopes or secret.metadata.namespace in scopes
            }
            - {name}
        )
        whole = all(listed("Secret", scope) for scope in scopes) and len(names) <= NAMES
        return Others(name, tuple(names) if whole else None)

    @cached_property
    def _scopes(self) -> Mapping[Key, frozenset[str]]:
        """Where each role is bound."""
        found: dict[Key, set[str]] = defaultdict(set)
        for roles, scope in self._world.grants.values():
            for role in roles:
                found[key_of(role)].add(scope)
        return {key: frozenset(scopes) for key, scopes in found.items()}

    # Bindings

    def of_binding(self, key: Key) -> tuple[Edit, ...]:
        """Return the edits by which a binding may lose subjects."""
        known = self._bindings.get(key)
        if known is None:
            obj = self.objects.get(key)
            is_binding = isinstance(obj, RoleBinding | ClusterRoleBinding)
            known = tuple(self._of_binding(obj)) if is_binding else ()  # type: ignore[arg-type]
            self._bindings[key] = known
        return known

    def _of_binding(self, binding: AnyBinding) -> Iterator[Edit]:
        if binding.assumed:
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
    def _shipped(self) -> Mapping[Key, frozenset[Node]]:
        """The subjects that every API server puts back, by binding."""
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
        if not self._world.authorizer.roles_of(binding):
            return ()
        name = binding.metadata.name
        taken = any(b.metadata.name == name for b in self.snapshot.role_bindings)
        return () if taken else self.other_namespaces

    @cached_property
    def other_namespaces(self) -> tuple[str, ...]:
        """Where RoleBindings may be made instead of a ClusterRoleBinding."""
        found = sorted({n.metadata.name for n in self.snapshot.namespaces} - {self.secret[0]})
        return tuple(found) if len(found) <= NAMESPACES else ()

    # ServiceAccounts

    def of_account(self, place: Place) -> tuple[Edit, ...]:
        """Return the edit of a ServiceAccount that mounts tokens by default."""
        key = "ServiceAccount", *place
        account = self.objects.get(key)
        if not isinstance(account, ServiceAccount):
            return ()
        return () if account.automount_service_account_token is False else (Edit(key, AUTOMOUNT),)

    # What edits leave

    def apply(self, edits: Iterable[Edit], why: Describe = lambda _key, _edits: "") -> Edited:
        """Return the cluster after some edits."""
        by_key: dict[Key, list[Edit]] = defaultdict(list)
        for edit in sorted(set(edits)):
            by_key[edit.key].append(edit)
        changes: list[Change] = []
        rules: dict[Key, tuple[int, ...]] = {}
        makers: dict[Key, Key] = {}
        for key, several in by_key.items():
            before, text = self.objects[key], why(key, several)
            if isinstance(before, Role | ClusterRole):
                after, rules[key] = self.edited_role(before, several)
                changes.append(Change(before=before, after=after, why=text))
            elif isinstance(before, RoleBinding | ClusterRoleBinding):
                changes.append(
                    Change(before=before, after=self.edited_binding(before, several), why=text)
                )
                for made in self._made(before, several):
                    changes.append(Change(before=None, after=made, why=text))
                    makers[key_of(made)] = key
            else:
                off = replace(before, automount_service_account_token=False)
                changes.append(Change(before=before, after=off, why=text))
        return Edited(applied(self.snapshot, changes), tuple(changes), rules, makers)

    def edited_role(self, role: AnyRole, edits: Sequence[Edit]) -> tuple[AnyRole, tuple[int, ...]]:
        """Return a role after edits of it, and where each of its rules comes from."""
        found: list[tuple[int, PolicyRule]] = []
        others = self.others(key_of(role))
        for number, rule in enumerate(role.rules or ()):
            own = [edit for edit in edits if edit.rule == number]
            found += [(number, after) for after in edited(rule, own, others)]
        rules = tuple(rule for _, rule in found)
        return with_rules(role, rules), tuple(number for number, _ in found)

    def edited_binding(self, binding: AnyBinding, edits: Sequence[Edit]) -> AnyBinding:
        """Return a binding after edits of it.

        Where a group is taken out, those that are kept and in it are put in.
        """
        gone = {printed for edit in edits for printed in edit.what}
        scope = binding.metadata.namespace
        left, lost = list[Subject](), set[Node]()
        for subject in binding.subjects or ():
            node = subject_node(subject, scope)
            if node is not None and format_node(node) in gone:
                lost.add(node)
            else:
                left.append(subject)
        nodes = {subject_node(subject, scope) for subject in left}
        for node, parts in self._of_kept.items():
            if lost.intersection(parts) and nodes.isdisjoint(parts):
                left.append(_subject(node))
        return replace(binding, subjects=tuple(left))

    def _made(self, binding: AnyBinding, edits: Sequence[Edit]) -> Iterator[RoleBinding]:
        """Yield the RoleBindings for those who keep a ClusterRole in the other namespaces."""
        gone = {p for e in edits if e.sort != ELSEWHERE for p in e.what}
        moved = {p for e in edits if e.sort == ELSEWHERE for p in e.what} - gone
        subjects = tuple(
            subject
            for subject in binding.subjects or ()
            if (node := subject_node(subject, "")) is not None and format_node(node) in moved
        )
        for namespace in self.other_namespaces if subjects else ():
            yield RoleBinding(
                metadata=RbacMeta(binding.metadata.name, namespace),
                role_ref=binding.role_ref,
                subjects=subjects,
            )


def _subject(node: Node) -> Subject:
    kind, namespace, name = node
    if kind == SERVICE_ACCOUNT:
        return Subject("ServiceAccount", name, namespace)
    return Subject("Group" if kind == GROUP else "User", name, "", RBAC_GROUP)
