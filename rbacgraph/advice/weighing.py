"""How much an edit takes from whom: the lighter of two is the better."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from msgspec.structs import replace

from rbacgraph.advice.edited import edited_role
from rbacgraph.advice.editor import Editor
from rbacgraph.advice.edits import AUTOMOUNT, ELSEWHERE, Edit
from rbacgraph.authz.match import ALL
from rbacgraph.authz.subjects import subject_node
from rbacgraph.edges.world import World
from rbacgraph.model.change import Key, key_of
from rbacgraph.model.node import GROUP, Node, format_node
from rbacgraph.model.rbac import AnyRole, ClusterRole, PolicyRule, Role, with_rules

_VERBS, _RESOURCES, _NAMES = 10, 50, 10
"""What ``*`` counts for, and what a rule without names does."""

_POD = 5
_LISTS = frozenset({ALL, "list", "watch", "deletecollection"})


class Weighing:
    """Weighs edits.

    An edit weighs as many rights as it takes away, times those who lose them. Rights are
    counted as a rule is written: verbs times resources, times names; ``*`` and a rule without
    names count for a fixed many, and a right on every Secret once more for each.

    Parameters
    ----------
    editor:
        The edits that there are.
    world:
        The cluster.
    """

    def __init__(self, editor: Editor, world: World) -> None:
        self._editor = editor
        self._world = world

    def weigh(self, edit: Edit) -> int:
        """Return the weight of an edit, at least 1."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            account = obj.metadata.name
            runners = self._world.runners
            same = (r for r in runners if r.node[1] == obj.metadata.namespace)
            return 1 + _POD * sum(r.spec.service_account == account for r in same)
        if isinstance(obj, Role | ClusterRole):
            after, _ = edited_role(self._editor, obj, [edit])
            lost = self._rights(obj) - self._rights(after)
            return max(1, lost) * max(1, sum(self._size(node) for node in self.holders(edit.key)))
        roles = self._bound.get(edit.key, ())
        lost = sum(map(self._rights, roles))
        if edit.sort == ELSEWHERE:
            lost = self._lost_elsewhere(roles, lost)
        return max(1, lost) * max(1, sum(self._sizes[printed] for printed in edit.what))

    def _lost_elsewhere(self, roles: Iterable[AnyRole], whole: int) -> int:
        """Return what is lost where a role is held in each of the other namespaces instead.

        To list and watch everywhere is lost, which most clients do; of the rest nearly
        nothing, but there are as many more objects to care for.
        """
        lists = sum(self._rights(_only_lists(role)) for role in roles)
        return min(whole - 1, lists + len(self._editor.other_namespaces))

    def holders(self, role: Key) -> Sequence[Node]:
        """Return those who are bound to a role, or to one that takes over its rules."""
        return tuple(sorted(self._holders.get(role, {})))

    @cached_property
    def _holders(self) -> Mapping[Key, set[Node]]:
        found: dict[Key, set[Node]] = defaultdict(set)
        for binding, scope in self._world.bindings:
            nodes = {subject_node(subject, scope) for subject in binding.subjects or ()} - {None}
            for role in self._world.authorizer.roles_of(binding):
                for source in self._editor.whole_sources(role):
                    found[key_of(source)] |= nodes  # type: ignore[arg-type]
        return found

    @cached_property
    def _bound(self) -> Mapping[Key, Sequence[AnyRole]]:
        """The roles of each binding."""
        authorizer = self._world.authorizer
        return {key_of(b): authorizer.roles_of(b) for b, _ in self._world.bindings}

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        found = self._world.bindings_by_subject
        return {format_node(node): self._size(node) for node in found}

    def _size(self, node: Node) -> int:
        return 1 + self._members.get(node, 0) if node[0] == GROUP else 1

    @cached_property
    def _members(self) -> Mapping[Node, int]:
        """How many users a mapping puts into each group."""
        found: dict[Node, int] = defaultdict(int)
        for groups in self._world.snapshot.groups.values():
            for group in groups:
                found[GROUP, "", group] += 1
        return found

    def _rights(self, role: AnyRole) -> int:
        return sum(map(self._rights_of, role.rules or ()))

    def _rights_of(self, rule: PolicyRule) -> int:
        verbs = sum(_VERBS if verb == ALL else 1 for verb in rule.verbs or ())
        if rule.non_resource_urls:
            return verbs * len(rule.non_resource_urls)
        names = len(rule.resource_names or ())
        total = 0
        for resource in rule.resources or ():
            on = names or _NAMES
            if resource in {ALL, "secrets"} and not names:
                on += len(self._world.secrets)
            total += verbs * on * (_RESOURCES if resource == ALL else 1)
        return total


def _only_lists(role: AnyRole) -> AnyRole:
    """Return a role with nothing but its verbs that take no name."""
    rules = (
        replace(rule, verbs=tuple(verb for verb in rule.verbs or () if verb in _LISTS))
        for rule in role.rules or ()
    )
    return with_rules(role, tuple(rules))
