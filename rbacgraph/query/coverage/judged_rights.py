"""Which techniques ask about which rights, as the techniques themselves declare them.

A technique that asks about every write alike, because an admission policy may look at any object
(:mod:`rbacgraph.techniques.admission.any_write`), judges no resource.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from rbacgraph.authz.match import ALL
from rbacgraph.techniques.catalogue import EDGES, Conjunction, RuleEdge
from rbacgraph.techniques.spec.technique import Right

ResourceKey = tuple[str, str]
"""An API group, and a resource with its subresource, as rules write them."""


@cache
def judged_rights() -> Mapping[ResourceKey, Mapping[str, tuple[str, ...]]]:
    """Return for each resource and verb the ids of the techniques that ask about it.

    Examples
    --------
    >>> judged_rights()["", "pods/exec"]["create"]
    ('exec',)
    """
    found: dict[ResourceKey, dict[str, dict[str, None]]] = {}
    for edge in EDGES:
        for right in _rights_of(edge):
            if right.resource == ALL:
                continue
            verbs = found.setdefault((right.group, right.full_resource), {})
            for verb in right.verbs:
                verbs.setdefault(verb, {})[edge.id] = None
    return {key: {verb: tuple(ids) for verb, ids in verbs.items()} for key, verbs in found.items()}


@cache
def by_operators() -> frozenset[tuple[str, ResourceKey]]:
    """Return techniques with the resources whose operators they know.

    Examples
    --------
    >>> ("operator-deputy", ("argoproj.io", "applications")) in by_operators()
    True
    """
    return frozenset((edge.id, row.key) for edge in EDGES for row in edge.rows)


def _rights_of(edge: object) -> Iterator[Right]:
    if isinstance(edge, RuleEdge):
        yield from edge.rights
    elif isinstance(edge, Conjunction):
        yield from edge.also_asks
        for ability in edge.abilities:
            yield from ability.rights
