"""Edits: the smallest changes that make up a cut.

An edit takes something away from one binding, one rule or one ServiceAccount. Several edits of one
object combine: each takes away its part.
"""

from typing import NamedTuple

from rbacgraph.model.changes.change import ObjectKey
from rbacgraph.techniques.spec.technique import Right

SUBJECT = "subject"
"""Removes a subject from a binding."""
SUBJECTS = "subjects"
"""Removes all subjects from a binding."""
ELSEWHERE = "elsewhere"
"""Replaces a subject's ClusterRoleBinding by RoleBindings in the other namespaces."""
RULE = "rule"
"""Removes a rule from a role."""
VERBS = "verbs"
"""Removes verbs from a rule."""
RESOURCES = "resources"
"""Removes resources from a rule."""
PART = "part"
"""Removes some verbs on some resources: the rule becomes several."""
NAMES = "names"
"""Removes the Secret: the rule names the others."""
NEEDED = "needed"
"""Limits some verbs on some resources to the names that are known to be needed."""
AUTOMOUNT = "automount"
"""Turns the default mounting of a ServiceAccount's token off."""


class Edit(NamedTuple):
    """One edit.

    ``key``: the edited object.
    ``sort``: the kind of edit.
    ``rule``: index of the rule in the role as it is today; -1 for an edit of no rule.
    ``what``: what is removed: printed subjects, verbs or resources.
    ``rights``: or verbs on resources.
    ``names``: for each of these rights the names that stay: see ``NEEDED``.
    """

    key: ObjectKey
    sort: str
    rule: int = -1
    what: tuple[str, ...] = ()
    rights: tuple[Right, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()
