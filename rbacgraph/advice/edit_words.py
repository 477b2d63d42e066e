"""Edits in words."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from rbacgraph.advice.edited import edited_binding
from rbacgraph.advice.editor import Editor
from rbacgraph.advice.edits import (
    AUTOMOUNT,
    ELSEWHERE,
    NAMES,
    PART,
    RULE,
    VERBS,
    Edit,
)
from rbacgraph.advice.managers import manager_of
from rbacgraph.advice.narrowed import SECRETS, UNNAMED, Facts, is_listed, spelled, taken
from rbacgraph.authz.words import describe_rule
from rbacgraph.edges.base import listed
from rbacgraph.model.change import Key
from rbacgraph.model.rbac import (
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)

_NAMED = 5
_LONG = 120


def object_words(key: Key) -> str:
    """Name an object.

    Examples
    --------
    >>> object_words(("Role", "shop", "reader"))
    'Role shop/reader'
    """
    kind, namespace, name = key
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"


class Words:
    """Says edits in words.

    Parameters
    ----------
    editor:
        The edits that there are.
    """

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    def whole(self, edit: Edit) -> str:
        """Say an edit with its object."""
        return f"{object_words(edit.key)}: {self.text(edit)}"

    def why(self, _key: Key, edits: Sequence[Edit]) -> str:
        """Say all edits of an object."""
        return "; ".join(map(self.text, edits))

    def text(self, edit: Edit) -> str:
        """Say what is done to the object."""
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
        """Say who is put in because a group that it is in is taken out."""
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
        what = "verb" if edit.sort == VERBS else "resource"
        plural = f"{what}s" if len(edit.what) > 1 else what
        return f"take the {plural} {', '.join(edit.what)} out of {place}"

    def _naming(self, rule: PolicyRule, edit: Edit, facts: Facts, place: str) -> str:
        if rule.resource_names:
            return f"take the name {edit.what[0]} out of {place}"
        names = (facts.others and facts.others.names) or ()
        ended = [verb for verb in spelled(rule, SECRETS, facts) if verb in UNNAMED]
        if not names:
            return f"leave nothing but create on secrets in {place}"
        end = f", which ends {listed(ended)}" if ended else ""
        return f"name the other Secrets ({_some(names)}) in {place}{end}"

    def lost(self, edit: Edit) -> Iterator[str]:
        """Yield what whoever is concerned loses, in words."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            yield "its token in Pods that do not ask for one"
        elif isinstance(obj, Role | ClusterRole):
            facts, rule = self._editor.facts(edit.key), (obj.rules or ())[edit.rule]
            yield from map(_rule, taken(rule, edit, facts))
            if is_listed(rule, edit, facts):
                yield "what its * stands for and is not known"
        elif isinstance(obj, RoleBinding | ClusterRoleBinding):
            ref = obj.role_ref
            where = f" in {obj.metadata.namespace}" if obj.metadata.namespace else ""
            what = f"{ref.kind} {ref.name}{where}"
            ended = f" in {self._editor.secret[0]}, and what is in no namespace"
            yield what + (ended if edit.sort == ELSEWHERE else "")

    def note(self, edit: Edit) -> str:
        """Say who will put back what is taken out; "" for nobody."""
        obj = self._editor.objects[edit.key]
        if edit.sort == AUTOMOUNT:
            return "Pods that there are keep their tokens until they are made anew"
        if isinstance(obj, RoleBinding | ClusterRoleBinding | Role | ClusterRole):
            manager = manager_of(obj)
            return f"{manager}: change it there too, or it is put back" if manager else ""
        return ""


def _some(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return ", ".join(names)
    return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"


def _rule(rule: PolicyRule) -> str:
    """Say a rule in words, not too many."""
    whole = describe_rule(rule)
    if len(whole) <= _LONG:
        return whole
    return whole[: whole.rindex(",", 0, _LONG) if "," in whole[:_LONG] else _LONG] + ", …"
