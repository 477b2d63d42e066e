"""Makes names for new roles."""

import re
from collections.abc import Container

from rbacgraph.model.node import SERVICE_ACCOUNT, Node

_LONGEST = 253
_OTHERS = re.compile(r"[^a-z0-9]+")
_SUFFIX = "-minimal"


def new_name(node: Node, scope: str, taken: Container[tuple[str, str]]) -> str:
    """Return a name for a new role of a principal, in a namespace or cluster-wide.

    ``scope``: the namespace, ``""`` for the whole cluster.

    Examples
    --------
    >>> new_name(("serviceaccount", "shop", "ci"), "shop", {("shop", "ci-minimal")})
    'ci-minimal-2'
    >>> new_name(("serviceaccount", "shop", "ci"), "pay", ())
    'shop-ci-minimal'
    """
    kind, namespace, name = node
    words = f"{namespace}-{name}" if kind == SERVICE_ACCOUNT and namespace != scope else name
    base = _OTHERS.sub("-", words.lower()).strip("-") or kind
    for number in range(1, len(base) + 10_000):
        suffix = _SUFFIX if number == 1 else f"{_SUFFIX}-{number}"
        found = base[: _LONGEST - len(suffix)].rstrip("-") + suffix
        if (scope, found) not in taken:
            return found
    raise AssertionError
