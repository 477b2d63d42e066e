"""Intersects rules: what one rule grants within the requests that another allows."""

from collections.abc import Iterable, Iterator
from itertools import product

from rbacgraph.model.kubernetes.rbac import NamingRule, PolicyRule

REQUESTS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
"""The verbs of requests on resources."""

_CHECKS = ("bind", "escalate", "approve", "sign", "attest", "use")
"""Verbs that the API server checks within a request, for its sender."""

_CREATES, _WRITES = frozenset({"create", "*"}), ("patch", "update")

_CERTIFICATES, _NODE_CLIENT = "certificates.k8s.io", "certificatesigningrequests/nodeclient"

NOTHING = PolicyRule()


def limited(rule: PolicyRule, on: PolicyRule, mode: str) -> PolicyRule:
    """Return the part of a rule that another rule allows to be requested as its holder.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("*",), api_groups=("",), resources=("secrets",))
    >>> on = PolicyRule(
    ...     verbs=("impersonate-on:user-info:get",), api_groups=("*",), resources=("*",)
    ... )
    >>> limited(rule, on, "user-info").verbs, limited(rule, on, "serviceaccount").verbs
    (('get',), None)
    """
    verbs = _shared(rule.verbs or (), _verbs_on(on, mode), REQUESTS)
    return _limited(PolicyRule, verbs, rule, on)


def naming(rule: PolicyRule, on: PolicyRule, mode: str) -> PolicyRule:
    """Return the objects of a rule that patches and updates under another rule may create.

    The check for create uses only the target's rights, once the request passed as a patch or an
    update.
    Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go`` and
    ``update.go``.

    Examples
    --------
    >>> rule = PolicyRule(verbs=("*",), api_groups=("",), resources=("pods", "pods/exec"))
    >>> on = PolicyRule(verbs=("impersonate-on:m:patch",), api_groups=("",), resources=("pods",))
    >>> naming(rule, on, "m").verbs, naming(rule, on, "m").resources
    (('create', 'patch'), ('pods',))
    """
    if _CREATES.isdisjoint(rule.verbs or ()):
        return NOTHING
    on_verbs = _verbs_on(on, mode)
    writes = _WRITES if "*" in on_verbs else tuple(verb for verb in _WRITES if verb in on_verbs)
    verbs = ("create", *_shared(rule.verbs or (), writes, REQUESTS)) if writes else ()
    return _limited(NamingRule, verbs, rule, on)


def _limited(
    sort: type[PolicyRule], verbs: tuple[str, ...], rule: PolicyRule, on: PolicyRule
) -> PolicyRule:
    """Return a rule for verbs on everything that both rules cover."""
    groups = _shared(rule.api_groups or (), on.api_groups or ())
    resources = _resources(rule.resources or (), on.resources or ())
    names = rule.resource_names or on.resource_names or ()
    if rule.resource_names and on.resource_names:
        names = tuple(name for name in rule.resource_names if name in on.resource_names)
        if not names:
            return NOTHING
    if not (verbs and groups and resources):
        return NOTHING
    return sort(verbs=verbs, api_groups=groups, resources=resources, resource_names=names or None)


def checks(rule: PolicyRule) -> PolicyRule:
    """Return the part of a rule whose verbs are checked within requests.

    Examples
    --------
    >>> checks(PolicyRule(verbs=("get", "bind"), api_groups=("*",), resources=("roles",))).verbs
    ('bind',)
    """
    verbs = tuple(verb for verb in _CHECKS if {verb, "*"} & {*(rule.verbs or ())})
    if not (verbs and rule.resources):
        return NOTHING
    return PolicyRule(
        verbs=verbs,
        api_groups=rule.api_groups,
        resources=rule.resources,
        resource_names=rule.resource_names,
    )


def asked_later(rule: PolicyRule) -> PolicyRule:
    """Return the part of a rule that a controller checks for the sender of a request.

    Source: kubernetes ``pkg/controller/certificates/approver/sarapprove.go``.

    Examples
    --------
    >>> asked_later(PolicyRule(verbs=("create",), api_groups=("*",), resources=("*",))).resources
    ('certificatesigningrequests/nodeclient',)
    """
    groups, resources = rule.api_groups or (), rule.resources or ()
    if (
        _CREATES.isdisjoint(rule.verbs or ())
        or not (_CERTIFICATES in groups or "*" in groups)
        or not any(True for one in resources for _ in _meet(_NODE_CLIENT, one))
    ):
        return NOTHING
    return PolicyRule(
        verbs=("create",),
        api_groups=(_CERTIFICATES,),
        resources=(_NODE_CLIENT,),
        resource_names=rule.resource_names,
    )


def _verbs_on(on: PolicyRule, mode: str) -> tuple[str, ...]:
    prefix = f"impersonate-on:{mode}:"
    return tuple(
        verb.removeprefix(prefix)
        for verb in on.verbs or ()
        if verb == "*" or (verb.startswith(prefix) and verb != f"{prefix}*")
    )


def _shared(
    first: Iterable[str], second: Iterable[str], every: tuple[str, ...] = ("*",)
) -> tuple[str, ...]:
    """Return the common items of two lists, where ``*`` stands for everything."""
    one, other = dict.fromkeys(first), dict.fromkeys(second)
    if "*" in one:
        return every if "*" in other else _without(other, every)
    if "*" in other:
        return _without(one, every)
    return _without((word for word in one if word in other), every)


def _without(words: Iterable[str], every: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if every == ("*",) or word in every)


def _resources(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    pairs = product(first, second)
    return tuple(dict.fromkeys(found for one, other in pairs for found in _meet(one, other)))


def _meet(one: str, other: str) -> Iterator[str]:
    """Yield the intersection of two entries of ``resources``, ``*`` and ``*/exec`` included."""
    if other in {one, "*"}:
        yield one
    elif one == "*" or (one.startswith("*/") and other.endswith(one[1:])):
        yield other
    elif other.startswith("*/") and one.endswith(other[1:]):
        yield one
