"""Turns kinds into labels of other tools: letters and digits only."""

import re
from functools import cache

from rbacgraph.report.text.words import kind_words

_OTHERS = re.compile(r"[^A-Za-z0-9]+")


@cache
def label(kind: str) -> str:
    """Return a kind of node or edge as one capitalised word.

    Examples
    --------
    >>> label("serviceaccounts"), label("read-secret"), label("service.serving.knative.dev")
    ('ServiceAccounts', 'ReadSecret', 'ServiceServingKnativeDev')
    """
    words = kind if "." in kind else kind_words(kind)
    return "".join(map(_capitalised, _OTHERS.split(words)))


def _capitalised(part: str) -> str:
    """Return one part in Kubernetes' spelling if it is a kind, singular or plural."""
    one = part.removesuffix("s")
    known = kind_words(one)
    if known != one:
        return known + part[len(one) :]
    return part[:1].upper() + part[1:]
