"""Kinds as labels of other tools: letters and digits alone."""

import re
from functools import cache

from rbacgraph.report.words import kind_words

_OTHERS = re.compile(r"[^A-Za-z0-9]+")


@cache
def label(kind: str) -> str:
    """Return a kind of node or edge as one capitalised word.

    Examples
    --------
    >>> label("serviceaccount"), label("read-secret"), label("service.serving.knative.dev")
    ('ServiceAccount', 'ReadSecret', 'ServiceServingKnativeDev')
    """
    words = kind if "." in kind else kind_words(kind)
    return "".join(part[:1].upper() + part[1:] for part in _OTHERS.split(words))
