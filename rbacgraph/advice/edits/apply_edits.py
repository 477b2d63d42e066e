"""Applies edits to a copy of a cluster."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from rbacgraph.advice.changes.apply_changes import applied
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import ELSEWHERE, Edit
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.authz.subjects import subject_node
from rbacgraph.model.answers.paths import Path
from rbacgraph.model.changes.change import Change, Changed, ObjectKey, key_of
from rbacgraph.model.changes.statement import NOTHING, Statement
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.inputs.snapshot import Snapshot
from rbacgraph.model.kubernetes.meta import RbacMeta
from rbacgraph.model.kubernetes.rbac import (
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
from rbacgraph.model.node import GROUP, SERVICE_ACCOUNT, Node, format_node

Describe = Callable[[ObjectKey, Sequence[Edit]], Statement]


class Edited(NamedTuple):
    """A cluster after edits.

    ``snapshot``: the cluster after the changes.
    ``changes``: the written objects.
    ``rules``: for each edited role, the origin of each of its rules.
    ``makers``: for each created object, its edit and the original binding.
    """

    snapshot: Snapshot
    changes: tuple[Change, ...]
    rules: Mapping[ObjectKey, tuple[int, ...]]
    makers: Mapping[ObjectKey, ObjectKey]

    def as_it_stood(self, path: Path, before: Mapping[ObjectKey, Changed]) -> Path:
        """Return a path of the edited cluster with its evidence from before the edits."""

        def of(evidence: Evidence) -> Evidence:
            key = evidence.kind, evidence.namespace, evidence.name
            maker = self.makers.get(key)
            if maker is not None:
                file, line = self.snapshot.where(before[maker])
                return Evidence(*maker, file, line)
            if evidence.rule is None:
                return evidence
            role = before.get(key)
            if key in self.rules and isinstance(role, Role | ClusterRole):
                number = self.rules[key][evidence.rule]
                return replace(
                    evidence, rule=number, detail=describe_rule((role.rules or ())[number])
                )
            if isinstance(role, ClusterRole) and role.aggregation_rule is not None:
                return replace(evidence, rule=None)  # other rules may precede it now
            return evidence

        hops = (
            replace(hop, evidence=tuple(dict.fromkeys(map(of, hop.evidence)))) for hop in path.hops
        )
        return replace(path, hops=tuple(hops))


def apply(
    editor: Editor, edits: Iterable[Edit], why: Describe = lambda _key, _edits: NOTHING
) -> Edited:
    """Return the cluster after some edits."""
    by_key: dict[ObjectKey, list[Edit]] = defaultdict(list)
    for edit in sorted(set(edits)):
        by_key[edit.key].append(edit)
    changes: list[Change] = []
    rules: dict[ObjectKey, tuple[int, ...]] = {}
    makers: dict[ObjectKey, ObjectKey] = {}
    for key, several in by_key.items():
        before, text = editor.objects[key], why(key, several)
        if isinstance(before, Role | ClusterRole):
            after, rules[key] = edited_role(editor, before, several)
            changes.append(Change(before=before, after=after, why=text))
        elif isinstance(before, RoleBinding | ClusterRoleBinding):
            changes.append(
                Change(before=before, after=edited_binding(editor, before, several), why=text)
            )
            for made in _made(editor, before, several):
                changes.append(Change(before=None, after=made, why=text))
                makers[key_of(made)] = key
        else:
            off = replace(before, automount_service_account_token=False)
            changes.append(Change(before=before, after=off, why=text))
    return Edited(applied(editor.snapshot, changes), tuple(changes), rules, makers)


def edited_role(
    editor: Editor, role: AnyRole, edits: Sequence[Edit]
) -> tuple[AnyRole, tuple[int, ...]]:
    """Return a role after its edits, and the origin of each of its rules."""
    found: list[tuple[int, PolicyRule]] = []
    for number in range(len(role.rules or ())):
        own = [edit for edit in edits if edit.rule == number]
        found += [(number, after) for after in editor.narrowed(role, number, own)]
    rules = tuple(rule for _, rule in found)
    return with_rules(role, rules), tuple(number for number, _ in found)


def edited_binding(editor: Editor, binding: AnyBinding, edits: Sequence[Edit]) -> AnyBinding:
    """Return a binding after its edits.

    If an edit removes a group, the kept members of the group become subjects.
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
    for node, parts in editor.parts_of_kept.items():
        if lost.intersection(parts) and nodes.isdisjoint(parts):
            left.append(_subject(node))
    return replace(binding, subjects=tuple(left))


def _made(editor: Editor, binding: AnyBinding, edits: Sequence[Edit]) -> Iterator[RoleBinding]:
    """Yield the RoleBindings for subjects that keep a ClusterRole in the other namespaces."""
    gone = {p for e in edits if e.sort != ELSEWHERE for p in e.what}
    moved = {p for e in edits for p in e.what} - gone
    subjects = tuple(
        subject
        for subject in binding.subjects or ()
        if (node := subject_node(subject, "")) is not None and format_node(node) in moved
    )
    for namespace in editor.other_namespaces if subjects else ():
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
