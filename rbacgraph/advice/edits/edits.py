"""Edits: the smallest things that a cut is made of.

An edit takes something away from one binding, one rule or one ServiceAccount. Several edits
of one object go together: each takes away its part.
"""

from typing import NamedTuple

from rbacgraph.model.changes.change import Key
from rbacgraph.techniques.spec.technique import Right

SUBJECT = "subject"
"""A subject is taken out of a binding."""
SUBJECTS = "subjects"
"""All subjects are."""
ELSEWHERE = "elsewhere"
"""A subject of a ClusterRoleBinding keeps the role in the other namespaces alone."""
RULE = "rule"
"""A rule is taken out of a role."""
VERBS = "verbs"
"""Verbs are taken out of a rule."""
RESOURCES = "resources"
"""Resources are."""
PART = "part"
"""Some verbs on some resources are: the rule becomes several."""
NAMES = "names"
"""The Secret is: the rule names the others."""
NEEDED = "needed"
"""Of verbs on resources a rule names what is known to be needed, and gives no more of them."""
AUTOMOUNT = "automount"
"""Pods of a ServiceAccount mount no token by default."""


class Edit(NamedTuple):
    """One edit.

    Parameters
    ----------
    key:
        Which object is edited.
    sort:
        What is done.
    rule:
        Index of the rule, as the role stands; -1 where it is about no rule.
    what:
        What is taken away: subjects as printed, verbs or resources.
    rights:
        Or verbs on resources.
    names:
        For each of these the names that stay: see ``NEEDED``.
    """

    key: Key
    sort: str
    rule: int = -1
    what: tuple[str, ...] = ()
    rights: tuple[Right, ...] = ()
    names: tuple[tuple[str, ...], ...] = ()
