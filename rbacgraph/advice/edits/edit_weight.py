"""Weighs how much an edit takes from how many principals: lighter is better."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from rbacgraph.advice.edits.apply_edits import edited_role
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import AUTOMOUNT, ELSEWHERE, Edit
from rbacgraph.advice.rewrite.subtract_resource import holds
from rbacgraph.authz.match import ALL
from rbacgraph.authz.questions.known_resources import is_served
from rbacgraph.authz.subjects import subject_node
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.change import ObjectKey, key_of
from rbacgraph.model.kubernetes.rbac import AnyRole, ClusterRole, PolicyRule, Role, with_rules
from rbacgraph.model.node import GROUP, Node, format_node

_VERBS, _NAMES = 10, 10
"""The weight of ``*`` on a URL, and of a rule without names."""

_OTHER = "\0other"
"""Stands for everything unknown that a ``*`` may cover."""

_POD = 5
_LISTS = frozenset({ALL, "list", "watch", "deletecollection"})


class EditWeights:
    """Computes the weights of edits.

    The weight of an edit is the number of rights it takes away, times the number of principals that
    lose them. Rights are verbs on resources, times names; ``*`` counts as everything known plus
    one, a rule without names as a fixed number, and a right on every Secret once more for each
    Secret.

    ``editor``: the possible edits.
    """

    def __init__(self, editor: Editor, world: Facts) -> None:
        self._editor = editor
        self._world = world
        self._counted: dict[PolicyRule, int] = {}

    def weigh(self, edit: Edit) -> int:
        """Return the weight of an edit, at least 1."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            return 1 + _POD * self._runners[obj.metadata.namespace, obj.metadata.name]
        if isinstance(obj, Role | ClusterRole):
            after, _ = edited_role(self._editor, obj, [edit])
            lost = self._rights(obj) - self._rights(after)
            holders = {node for node, _ in self.grants(edit.key)}
            return max(1, lost) * max(1, sum(map(self._size, holders)))
        roles = self._bound.get(edit.key, ())
        lost = sum(map(self._rights, roles))
        if edit.sort == ELSEWHERE:
            lost = self._lost_elsewhere(roles, lost)
        return max(1, lost) * max(1, sum(self._sizes[printed] for printed in edit.what))

    @cached_property
    def _runners(self) -> Mapping[tuple[str, str], int]:
        """How many Pods, and templates of Pods, run as each ServiceAccount."""
        runners = self._world.running.runners
        return Counter((one.node[1], one.spec.service_account) for one in runners)

    def _lost_elsewhere(self, roles: Iterable[AnyRole], whole: int) -> int:
        """Return the loss if a role is held in each of the other namespaces instead.

        Listing and watching everywhere is lost, which most clients do; nearly nothing else is, but
        there are as many more objects to maintain.
        """
        lists = sum(self._rights(_only_lists(role)) for role in roles)
        return min(whole - 1, lists + len(self._editor.other_namespaces))

    def grants(self, role: ObjectKey) -> Collection[tuple[Node, str]]:
        """Return who is bound to a role, or to a role that aggregates it, and where."""
        return self._grants.get(role, frozenset())

    @cached_property
    def _grants(self) -> Mapping[ObjectKey, set[tuple[Node, str]]]:
        found: dict[ObjectKey, set[tuple[Node, str]]] = defaultdict(set)
        for binding, scope in self._world.rbac.bindings:
            nodes = {subject_node(subject, scope) for subject in binding.subjects or ()}
            grants = {(node, scope) for node in nodes if node is not None}
            for role in self._world.authorizer.roles_of(binding):
                for source in self._editor.whole_sources(role):
                    found[key_of(source)] |= grants
        return found

    @cached_property
    def _bound(self) -> Mapping[ObjectKey, Sequence[AnyRole]]:
        """Return the roles of each binding."""
        authorizer = self._world.authorizer
        return {key_of(b): authorizer.roles_of(b) for b, _ in self._world.rbac.bindings}

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        found = self._world.rbac.bindings_by_subject
        return {format_node(node): self._size(node) for node in found}

    def _size(self, node: Node) -> int:
        return 1 + self._members.get(node, 0) if node[0] == GROUP else 1

    @cached_property
    def _members(self) -> Mapping[Node, int]:
        """Return the number of users that the mapping puts into each group."""
        found: dict[Node, int] = defaultdict(int)
        for groups in self._world.snapshot.groups.values():
            for group in groups:
                found[GROUP, "", group] += 1
        return found

    def _rights(self, role: AnyRole) -> int:
        return sum(map(self._rights_of, role.rules or ()))

    def _rights_of(self, rule: PolicyRule) -> int:
        known = self._counted.get(rule)
        if known is None:
            known = self._counted[rule] = sum(self._counts(rule))
        return known

    def _counts(self, rule: PolicyRule) -> Iterator[int]:
        """Yield the number of rights that a rule grants on each of its resources."""
        verbs = rule.verbs or ()
        if rule.non_resource_urls:
            yield (_VERBS if ALL in verbs else len(verbs)) * len(rule.non_resource_urls)
            return
        known, known_verbs, *_ = self._editor.facts(("", "", ""))
        names = len(rule.resource_names or ())
        groups = rule.api_groups or ()
        for group in (*known, _OTHER) if ALL in groups else groups:
            having, found = known.get(group, ()), set[str]()
            for entry in rule.resources or ():
                if entry.startswith(ALL):
                    found.update(one for one in having if holds(entry, one))
                    found.add(f"{_OTHER}{entry}")
                elif is_served(known, group, entry) and group != _OTHER:
                    found.add(entry)
            for resource in found:
                each = len(known_verbs(group, resource)) + 1 if ALL in verbs else len(verbs)
                on = names or _NAMES
                if (group, resource) == ("", "secrets") and not names:
                    on += len(self._world.secrets)
                yield each * on


def _only_lists(role: AnyRole) -> AnyRole:
    """Return a role with only its verbs that take no name."""
    rules = (
        replace(rule, verbs=tuple(verb for verb in rule.verbs or () if verb in _LISTS))
        for rule in role.rules or ()
    )
    return with_rules(role, tuple(rules))
