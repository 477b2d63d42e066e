"""Finds which principals lose something by an edit, and whether a log could show its use."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rbacgraph.advice.edits.edit_weight import EditWeights
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import AUTOMOUNT, ELSEWHERE, Edit
from rbacgraph.advice.edits.narrow_rule import taken
from rbacgraph.advice.proof.suggestion_proof import held_by
from rbacgraph.authz.authorizer import Authorizer
from rbacgraph.authz.coverage import breakdown, covers, given_in
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.authz.subjects import implied_groups, subject_node, username_of
from rbacgraph.facts.world import Facts
from rbacgraph.model.changes.statement import Say, Statement
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from rbacgraph.model.node import GROUP, Node, format_node
from rbacgraph.query.rights.log_callers import groups_of_members
from rbacgraph.query.rights.unlogged_rights import Unlogged
from rbacgraph.query.rights.unseen_rights import UnseenRights


class Hidden(NamedTuple):
    """What a log cannot show, with its audit Policy if that is known."""

    policy: Unlogged | None


class EditLosses:
    """Finds which principals lose what.

    ``editor``, ``weighing``: the edits, and the holders of what they take.
    ``after``: the rights after all edits.
    """

    def __init__(
        self, editor: Editor, weighing: EditWeights, world: Facts, after: Authorizer
    ) -> None:
        self._editor = editor
        self._weighing = weighing
        self._world = world
        self._after = after
        self._unseen = UnseenRights(world.snapshot)

    def losers(self, edit: Edit) -> tuple[str, ...]:
        """Return the principals that lose something and do not hold it in another way."""
        if edit.sort == AUTOMOUNT:
            return (format_node(("serviceaccount", *edit.key[1:])),)
        moved = edit.sort == ELSEWHERE  # cluster-scoped resources are lost too
        found = {
            node
            for node, scope, rules in self._taken(edit)
            if not covers(held_by(self._after, node, "" if moved else scope), rules)[0]
        }
        return tuple(map(format_node, sorted(found)))

    def unseen(self, edit: Edit, hidden: Hidden) -> Iterator[Statement]:
        """Yield what an edit takes away whose use the log cannot show."""
        never: dict[str, None] = {}
        left_out: dict[str, None] = {}
        for node, scope, rules in self._taken(edit):
            user, groups = _identity(node)
            members = {*groups, *self._world.snapshot.groups.get(user, ())}
            for part in (part for rule in rules for part in breakdown(rule)):
                verbs, resources = part.verbs or ("",), part.resources or ("",)
                if self._unseen.holds(verbs[0], resources[0]):
                    never[describe_rule(part)] = None
                elif hidden.policy and hidden.policy.hides(part, scope, user, members):
                    left_out[describe_rule(part)] = None
        if never:
            yield Say.NO_LOG_SHOWS_USE(*never)
        if left_out:
            yield Say.POLICY_HIDES_USE(*left_out)

    def _taken(self, edit: Edit) -> Iterator[tuple[Node, str, list[PolicyRule]]]:
        """Yield what is taken from whom, and where they held it."""
        obj = self._editor.objects[edit.key]
        if isinstance(obj, Role | ClusterRole):
            rule = (obj.rules or ())[edit.rule]
            rules = list(taken(rule, edit, self._editor.facts(edit.key)))
            for node, scope in sorted(self._weighing.grants(edit.key)):
                yield node, scope, list(given_in(scope, rules))
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            scope = obj.metadata.namespace
            roles = self._world.authorizer.roles_of(obj)
            rules = list(given_in(scope, (rule for role in roles for rule in role.rules or ())))
            places = self._editor.spared_namespaces if edit.sort == ELSEWHERE else (scope,)
            nodes = (subject_node(subject, scope) for subject in obj.subjects or ())
            for one in dict.fromkeys(nodes):
                if one is not None and format_node(one) in edit.what:
                    yield from ((one, at, rules) for at in places)


def _identity(node: Node) -> tuple[str, Sequence[str]]:
    if node[0] == GROUP:
        return "", sorted(groups_of_members(node[2]))
    user = username_of(node)
    return user, sorted(implied_groups(user))
