"""Reads selectors of labels as command lines write them.

Source: kubernetes ``staging/src/k8s.io/apimachinery/pkg/labels/selector.go``.
"""

import re

from rbacgraph.model.kubernetes.meta import LabelSelector, LabelSelectorRequirement

_KEY, _VALUE = r"[A-Za-z0-9][-./A-Za-z0-9_]*", r"[-.A-Za-z0-9_]*"
_BETWEEN = re.compile(r",(?![^(]*\))")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_EQUALS = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_AMONG = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")


def parsed_selector(text: str) -> LabelSelector | None:
    """Return a selector that a command line writes; None if it is not one.

    Examples
    --------
    >>> parsed_selector("team=a,!closed").match_expressions[1].operator
    'DoesNotExist'
    >>> parsed_selector("$(SELECTOR)")
    """
    found = [_requirement(part.strip()) for part in _BETWEEN.split(text)]
    every = tuple(one for one in found if one is not None)
    return LabelSelector(match_expressions=every) if len(every) == len(found) else None


def _requirement(text: str) -> LabelSelectorRequirement | None:
    if found := _EQUALS.fullmatch(text):
        return LabelSelectorRequirement(
            found[1], "NotIn" if found[2] == "!=" else "In", (found[3],)
        )
    if found := _AMONG.fullmatch(text):
        values = tuple(map(str.strip, found[3].split(",")))
        return LabelSelectorRequirement(found[1], "In" if found[2] == "in" else "NotIn", values)
    if found := _EXISTS.fullmatch(text):
        return LabelSelectorRequirement(found[2], "DoesNotExist" if found[1] else "Exists")
    return None
