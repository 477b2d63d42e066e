"""The algebra of rules: splitting, comparing and merging them.

Source: k8s.io/component-helpers ``auth/rbac/validation/policy_comparator.go`` and kubernetes
``pkg/registry/rbac/validation/policy_compact.go``.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from rbacgraph.authz.match import ALL, non_resource_url_matches
from rbacgraph.model.kubernetes.rbac import PolicyRule

_Simple = tuple[str, str, str | None]
"""Group, resource and name of a rule; rules with the same key differ only in verbs."""


def breakdown(rule: PolicyRule) -> Iterator[PolicyRule]:
    """Split a rule into its smallest parts.

    Each has one group, one resource, one verb and at most one name, or one URL and one verb.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("secrets",))
    >>> [part.verbs for part in breakdown(rule)]
    [('get',), ('list',)]
    """
    verbs = rule.verbs or ()
    names: list[tuple[str, ...] | None] = [(name,) for name in rule.resource_names or ()]
    for group in rule.api_groups or ():
        for resource in rule.resources or ():
            for verb in verbs:
                for name in names or [None]:
                    yield PolicyRule((verb,), (group,), (resource,), name)
    for url in rule.non_resource_urls or ():
        for verb in verbs:
            yield PolicyRule((verb,), non_resource_urls=(url,))


def given_in(scope: str, rules: Iterable[PolicyRule]) -> Iterator[PolicyRule]:
    """Yield the rules that a binding grants in a namespace, or (``""``) in the whole cluster.

    URLs are in no namespace: a RoleBinding does not grant them.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("get",), non_resource_urls=("/metrics",))
    >>> list(given_in("shop", [rule])), list(given_in("", [rule])) == [rule]
    ([], True)
    """
    for rule in rules:
        if not scope or not rule.non_resource_urls:
            yield rule
        elif rule.resources:
            yield replace(rule, non_resource_urls=None)


def covers(
    owner_rules: Iterable[PolicyRule], rules: Iterable[PolicyRule]
) -> tuple[bool, tuple[PolicyRule, ...]]:
    """Decide whether the owner's rules allow everything that ``rules`` allow.

    This is the server's own comparison: *one* rule of the owner must cover each smallest part, and
    only ``*`` covers ``*``.

    Returns the parts that are not covered.
    """
    owners = tuple(owner_rules)
    uncovered = tuple(
        part
        for rule in rules
        for part in breakdown(rule)
        if not any(_covers_part(owner, part) for owner in owners)
    )
    return not uncovered, uncovered


def covers_all(owner_rules: Iterable[PolicyRule], rules: Iterable[PolicyRule]) -> bool:
    """Decide only whether the owner's rules allow everything that ``rules`` allow.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("secrets",))
    >>> covers_all([rule], breakdown(rule)), covers_all(list(breakdown(rule))[:1], [rule])
    (True, False)
    """
    owners = tuple(owner_rules)
    return all(
        any(_covers_part(owner, part) for owner in owners)
        for rule in rules
        for part in breakdown(rule)
    )


def _covers_part(owner: PolicyRule, part: PolicyRule) -> bool:
    """Whether one rule covers one smallest part, as :func:`breakdown` yields it."""
    return (
        _holds_all(owner.verbs, part.verbs)
        and _holds_all(owner.api_groups, part.api_groups)
        and all(_covers_resource(owner, resource) for resource in part.resources or ())
        and _covers_names(owner, part)
        and all(non_resource_url_matches(owner, url) for url in part.non_resource_urls or ())
    )


def _holds_all(held: tuple[str, ...] | None, wanted: tuple[str, ...] | None) -> bool:
    held = held or ()
    return ALL in held or all(entry in held for entry in wanted or ())


def _covers_resource(owner: PolicyRule, resource: str) -> bool:
    held = owner.resources or ()
    if ALL in held or resource in held:
        return True
    _, slash, subresource = resource.partition("/")
    return bool(slash) and f"*/{subresource}" in held


def _covers_names(owner: PolicyRule, part: PolicyRule) -> bool:
    held, wanted = owner.resource_names, part.resource_names
    return not held or (bool(wanted) and all(name in held for name in wanted or ()))


def compact(rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    """Merge rules that differ only in verbs; leave the others as they are.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("get", "list"), api_groups=("",), resources=("secrets",))
    >>> compact(breakdown(rule)) == (rule,)
    True
    """
    complex_rules: list[PolicyRule] = []
    simple: dict[_Simple, PolicyRule] = {}
    for rule in rules:
        key = _simple(rule)
        if key is None:
            complex_rules.append(rule)
        elif key in simple:
            verbs = dict.fromkeys((*(simple[key].verbs or ()), *(rule.verbs or ())))
            first = simple[key]
            simple[key] = PolicyRule(
                tuple(verbs), first.api_groups, first.resources, first.resource_names
            )
        else:
            simple[key] = rule
    return (*complex_rules, *simple.values())


def _simple(rule: PolicyRule) -> _Simple | None:
    names = rule.resource_names or ()
    groups, resources = rule.api_groups or (), rule.resources or ()
    if len(names) > 1 or rule.non_resource_urls or len(groups) != 1 or len(resources) != 1:
        return None
    return groups[0], resources[0], names[0] if names else None
