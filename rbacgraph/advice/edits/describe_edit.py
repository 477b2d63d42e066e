"""States what edits do, and what they take away."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from msgspec.structs import replace

from rbacgraph.advice.changes.managers import manager_of
from rbacgraph.advice.edits.apply_edits import edited_binding
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import (
    AUTOMOUNT,
    ELSEWHERE,
    NAMES,
    NEEDED,
    PART,
    RESOURCES,
    RULE,
    VERBS,
    Edit,
)
from rbacgraph.advice.edits.narrow_rule import (
    SECRETS,
    UNNAMED,
    RuleFacts,
    narrowed,
    spelled,
    taken,
    unlisted,
)
from rbacgraph.advice.rules.fewest_rules import in_order
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.statement import NOTHING, Say, Statement, all_of
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from rbacgraph.techniques.spec.technique import Right

_Rule = tuple[int, str]
"""A rule by its number, with what it allows."""


class EditStatements:
    """States what edits do.

    ``editor``: the possible edits.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def whole(self, edit: Edit) -> Statement:
        """Return an edit with its object."""
        return Say.EDIT_OF(edit.key, self.text(edit))

    def why(self, _key: ObjectKey, edits: Sequence[Edit]) -> Statement:
        """Return all edits of an object, and once what they do not list."""
        every = (*map(self.text, edits), *map(self.not_listed, edits))
        return all_of(dict.fromkeys(every))

    def not_listed(self, edit: Edit) -> Statement:
        """Return what a ``*`` may have covered and no list in its place does."""
        obj = self._editor.objects[edit.key]
        if not isinstance(obj, Role | ClusterRole):
            return NOTHING
        rule, facts = (obj.rules or ())[edit.rule], self._editor.facts(edit.key)
        return Say.NOT_LISTED() if unlisted(rule, edit, facts).types else NOTHING

    def text(self, edit: Edit) -> Statement:
        """Return what is done to the object."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            return Say.MOUNTS_NO_TOKEN()
        if isinstance(obj, Role | ClusterRole):
            return self._of_rule(edit, (obj.rules or ())[edit.rule])
        if edit.sort == ELSEWHERE:
            return Say.BINDS_ELSEWHERE(edit.what, self._editor.other_namespaces)
        return Say.TAKES_SUBJECTS(edit.what, self._put_in(edit))

    def _put_in(self, edit: Edit) -> tuple[str, ...]:
        """Return which members become subjects because their group is removed."""
        binding = self._editor.objects[edit.key]
        assert isinstance(binding, RoleBinding | ClusterRoleBinding)
        after = edited_binding(self._editor, binding, [edit])
        return tuple(s.name for s in after.subjects or () if s not in (binding.subjects or ()))

    def _of_rule(self, edit: Edit, rule: PolicyRule) -> Statement:
        place = edit.rule, describe_rule(rule)
        if edit.sort == RULE:
            return Say.TAKES_RULE(place)
        if edit.sort in {VERBS, RESOURCES}:
            takes = Say.TAKES_VERBS if edit.sort == VERBS else Say.TAKES_RESOURCES
            return takes(place, *edit.what)
        facts = self._editor.facts(edit.key)
        rest = any(unlisted(rule, edit, facts))
        if edit.sort == PART:
            parts = taken(replace(rule, resource_names=None), edit, facts)
            return Say.TAKES_PARTS(place, tuple(map(describe_rule, parts)), rest)
        if edit.sort == NAMES:
            return _naming(rule, edit, facts, place, is_listed=rest)
        return _needed(rule, edit, facts, place, is_listed=rest)

    def lost(self, edit: Edit) -> Iterator[Statement]:
        """Yield what the losing principals lose."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            yield Say.LOSES_TOKEN()
        elif isinstance(obj, Role | ClusterRole):
            facts, rule = self._editor.facts(edit.key), (obj.rules or ())[edit.rule]
            stays = edit.names if edit.sort == NEEDED and not rule.resource_names else ()
            for one, names in zip(taken(rule, edit, facts), chain(stays, repeat(())), strict=False):
                yield Say.LOSES_RIGHTS(describe_rule(one), *names)
            if any(unlisted(rule, edit, facts)):
                yield Say.LOSES_UNKNOWN()
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            ref = obj.role_ref
            spared = self._editor.spared_namespaces if edit.sort == ELSEWHERE else ()
            yield Say.LOSES_ROLE(ref.kind, ref.name, obj.metadata.namespace, *spared)

    def note(self, edit: Edit) -> Statement:
        """Return what restores the removed part, if anything."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            return Say.TOKENS_STAY()
        if edit.sort == NEEDED:
            return Say.NAMES_ARE_EXACT()
        if isinstance(obj, RoleBinding | ClusterRoleBinding | Role | ClusterRole):
            manager = manager_of(obj)
            if manager:
                return Say.IS_PUT_BACK(manager.said())
        return NOTHING


def _naming(
    rule: PolicyRule, edit: Edit, facts: RuleFacts, place: _Rule, *, is_listed: bool
) -> Statement:
    if rule.resource_names:
        gone = tuple(name for name in edit.what if name in rule.resource_names)
        return Say.TAKES_NAMES(place, gone, is_listed)
    names = (facts.others and facts.others.names) or ()
    if not names:
        return Say.LEAVES_CREATE(place, is_listed)
    ended = tuple(verb for verb in spelled(rule, SECRETS, facts) if verb in UNNAMED)
    return Say.NAMES_OTHER_SECRETS(place, names, ended, is_listed)


def _needed(
    rule: PolicyRule, edit: Edit, facts: RuleFacts, place: _Rule, *, is_listed: bool
) -> Statement:
    """Return what is left, by name: of the whole rule, or of verbs on some of its resources."""
    (left, *more) = tuple(narrowed(rule, [edit], facts))
    if not more and describe_rule(replace(left, resource_names=rule.resource_names)) == (
        describe_rule(rule)
    ):
        return Say.NAMES_ALONE(place, left.resource_names or (), is_listed)
    unnamed = replace(rule, resource_names=None)
    kept = [one for one in narrowed(unnamed, [edit], facts) if one.resource_names]
    part = edit._replace(sort=PART, rights=tuple(_merged(edit.rights)), names=())
    gone = taken(unnamed, part, facts)
    gone_words, kept_words = (tuple(map(describe_rule, some)) for some in (gone, kept))
    return Say.LEAVES_NAMED(place, gone_words, kept_words, is_listed)


def _merged(rights: Iterable[Right]) -> Iterator[Right]:
    """Yield rights, with all verbs on a resource in one."""
    found: dict[Right, list[str]] = {}
    for right in rights:
        found.setdefault(right._replace(verbs=()), []).extend(right.verbs)
    for right, verbs in found.items():
        yield right._replace(verbs=in_order(verbs))
