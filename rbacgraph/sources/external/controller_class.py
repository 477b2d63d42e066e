"""Reads for which class of stores a controller of External Secrets runs, from its arguments.

Source: external-secrets ``cmd/controller/root.go``.
"""

from collections.abc import Mapping
from itertools import pairwise

from rbacgraph.sources.external.loose import texts

_FLAG = "--controller-class"
_LABEL, _NAME = "app.kubernetes.io/name", "external-secrets"


def is_controller(labels: Mapping[str, object] | None) -> bool:
    """Whether a Pod with these labels is a controller, as the chart marks it."""
    return labels is not None and labels.get(_LABEL) == _NAME


def controller_class(*command: object) -> str:
    """Return the class that the parts of a command line set; ``""`` for none.

    Examples
    --------
    >>> controller_class(["manager"], ["--controller-class=team", "--loglevel=info"])
    'team'
    >>> controller_class(None, ["--controller-class", "team"]), controller_class(None, [])
    ('team', '')
    """
    words = [word for part in command if part for word in texts(part)]
    for word, following in pairwise((*words, "")):
        if word == _FLAG:
            return following
        if word.startswith(f"{_FLAG}="):
            return word.removeprefix(f"{_FLAG}=")
    return ""
