"""Describes edits in words."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat

from msgspec.structs import replace

from rbacgraph.advice.changes.managers import manager_of
from rbacgraph.advice.changes.wording import manager_words
from rbacgraph.advice.edits.apply_edits import edited_binding
from rbacgraph.advice.edits.editor import Editor
from rbacgraph.advice.edits.edits import (
    AUTOMOUNT,
    ELSEWHERE,
    NAMES,
    NEEDED,
    PART,
    RULE,
    VERBS,
    Edit,
)
from rbacgraph.advice.edits.narrow_rule import (
    SECRETS,
    UNNAMED,
    RuleFacts,
    is_listed,
    narrowed,
    spelled,
    taken,
)
from rbacgraph.advice.rules.fewest_rules import in_order
from rbacgraph.authz.kubernetes_words import describe_rule
from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.model.changes.cut import EditText
from rbacgraph.model.kubernetes.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from rbacgraph.techniques.spec.technique import Right, listed

_NAMED = 5
_LONG = 120


def object_words(key: ObjectKey) -> str:
    """Return an object in words.

    Examples
    --------
    >>> object_words(("Role", "shop", "reader"))
    'Role shop/reader'
    """
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


class Words:
    """Describes edits in words.

    Parameters
    ----------
    editor:
        The possible edits.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def whole(self, edit: Edit) -> EditText:
        """Return an edit with its object."""
        return EditText(object_words(edit.key), self.text(edit))

    def why(self, _key: ObjectKey, edits: Sequence[Edit]) -> str:
        """Return all edits of an object."""
        return "; ".join(map(self.text, edits))

    def text(self, edit: Edit) -> str:
        """Return what is done to the object."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            return "automountServiceAccountToken: false"
        if isinstance(obj, Role | ClusterRole):
            return self._of_rule(edit, (obj.rules or ())[edit.rule])
        several = _some(edit.what)
        if edit.sort == ELSEWHERE:
            where = _some(self._editor.other_namespaces)
            return f"bind {several} by RoleBindings in {where} instead"
        return f"take out {several}{self._put_in(edit)}"

    def _put_in(self, edit: Edit) -> str:
        """Return which members become subjects because their group is removed."""
        binding = self._editor.objects[edit.key]
        assert isinstance(binding, RoleBinding | ClusterRoleBinding)
        after = edited_binding(self._editor, binding, [edit])
        new = [s.name for s in after.subjects or () if s not in (binding.subjects or ())]
        return f", put in {', '.join(new)}" if new else ""

    def _of_rule(self, edit: Edit, rule: PolicyRule) -> str:
        place = f"rules[{edit.rule}] ({_rule(rule)})"
        if edit.sort == RULE:
            return f"take out {place}"
        facts = self._editor.facts(edit.key)
        listing = ", and list what else its * is known to stand for"
        rest = listing if is_listed(rule, edit, facts) else ""
        if edit.sort == PART:
            parts = "; ".join(map(_rule, taken(replace(rule, resource_names=None), edit, facts)))
            return f"take {parts} out of {place}{rest}"
        if edit.sort == NAMES:
            return self._naming(rule, edit, facts, place) + rest
        if edit.sort == NEEDED:
            return _needed(rule, edit, facts, place) + rest
        what = "verb" if edit.sort == VERBS else "resource"
        plural = f"{what}s" if len(edit.what) > 1 else what
        return f"take the {plural} {', '.join(edit.what)} out of {place}"

    def _naming(self, rule: PolicyRule, edit: Edit, facts: RuleFacts, place: str) -> str:
        if rule.resource_names:
            gone = [name for name in edit.what if name in rule.resource_names]
            return f"take the {'name' if len(gone) == 1 else 'names'} {listed(gone)} out of {place}"
        names = (facts.others and facts.others.names) or ()
        ended = [verb for verb in spelled(rule, SECRETS, facts) if verb in UNNAMED]
        if not names:
            return f"leave nothing but create on secrets in {place}"
        end = f", which ends {listed(ended)}" if ended else ""
        return f"name the other Secrets ({_some(names)}) in {place}{end}"

    def lost(self, edit: Edit) -> Iterator[str]:
        """Yield what the losing principals lose, in words."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            yield "its token in Pods that do not ask for one"
        elif isinstance(obj, Role | ClusterRole):
            facts, rule = self._editor.facts(edit.key), (obj.rules or ())[edit.rule]
            stays = edit.names if edit.sort == NEEDED and not rule.resource_names else ()
            for one, names in zip(taken(rule, edit, facts), chain(stays, repeat(())), strict=False):
                yield _rule(one) + (f" but for {_some(names)}" if names else "")
            if is_listed(rule, edit, facts):
                yield "what its * stands for and is not known"
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            ref = obj.role_ref
            where = f" in {obj.metadata.namespace}" if obj.metadata.namespace else ""
            what = f"{ref.kind} {ref.name}{where}"
            places = listed(self._editor.spared_namespaces)
            ended = f" in {places}, and what is in no namespace"
            yield what + (ended if edit.sort == ELSEWHERE else "")

    def note(self, edit: Edit) -> str:
        """Return what restores the removed part; "" for nothing."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            return "existing Pods keep their tokens until they are recreated"
        if isinstance(obj, RoleBinding | ClusterRoleBinding | Role | ClusterRole):
            manager = manager_of(obj)
            if edit.sort == NEEDED:
                return "names are exact: what is needed later by another must be added here"
            if manager:
                return f"{manager_words(manager)}: change it there too, or it is put back"
        return ""


def _needed(rule: PolicyRule, edit: Edit, facts: RuleFacts, place: str) -> str:
    """Return what is left, by name: of the whole rule, or of verbs on some of its resources."""
    (left, *more) = tuple(narrowed(rule, [edit], facts))
    if not more and describe_rule(replace(left, resource_names=rule.resource_names)) == (
        describe_rule(rule)
    ):
        return f"name {_some(left.resource_names or ())} alone in {place}"
    unnamed = replace(rule, resource_names=None)
    kept = [one for one in narrowed(unnamed, [edit], facts) if one.resource_names]
    part = edit._replace(sort=PART, rights=tuple(_merged(edit.rights)), names=())
    gone = taken(unnamed, part, facts)
    return f"of {'; '.join(map(_rule, gone))} leave {'; '.join(map(_rule, kept))} in {place}"


def _merged(rights: Iterable[Right]) -> Iterator[Right]:
    """Yield rights, with all verbs on a resource in one."""
    found: dict[Right, list[str]] = {}
    for right in rights:
        found.setdefault(right._replace(verbs=()), []).extend(right.verbs)
    for right, verbs in found.items():
        yield right._replace(verbs=in_order(verbs))


def _some(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def _rule(rule: PolicyRule) -> str:
    """Return a rule in a limited number of words."""
    whole = describe_rule(rule)
    if len(whole) <= _LONG:
        return whole
    return whole[: whole.rindex(",", 0, _LONG) if "," in whole[:_LONG] else _LONG] + ", …"
