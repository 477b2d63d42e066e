"""Decides which requests an API server logs under an audit Policy.

The first rule that matches decides. Its wildcards differ from those of RBAC: ``*`` is all resources
with their subresources, ``pods/*`` the subresources of pods with pods themselves.

Source: kubernetes ``staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go``,
``pkg/controlplane/apiserver/config.go`` for long-running requests.
"""

from collections.abc import Collection, Iterator

from rbacgraph.model.inputs import audit_policy
from rbacgraph.model.inputs.blind_spot import BlindSpot, Unseen
from rbacgraph.model.request import Request

_LONG_VERBS = frozenset({"watch", "proxy"})
_LONG_SUBRESOURCES = frozenset({"attach", "exec", "proxy", "log", "portforward"})


def rule_for(
    policy: audit_policy.AuditPolicy, request: Request, user: str, groups: Collection[str]
) -> audit_policy.AuditRule | None:
    """Return the rule that decides how a request is logged; None if no rule matches.

    ``request``: the request. One that creates has no name yet, except on a subresource.
    ``user``, ``groups``: the sender; for an impersonated request, the impersonator.
    """
    rules = policy.rules or ()
    return next((rule for rule in rules if _matches(rule, request, user, groups)), None)


def is_logged(
    policy: audit_policy.AuditPolicy, request: Request, user: str, groups: Collection[str]
) -> bool:
    """Whether the log holds the request and its outcome.

    Examples
    --------
    >>> rules = audit_policy.AuditRule("None", verbs=("get",)), audit_policy.AuditRule("Metadata")
    >>> policy = audit_policy.AuditPolicy(rules)
    >>> is_logged(policy, Request("get", resource="secrets"), "alice", ())
    False
    >>> is_logged(policy, Request("list", resource="secrets"), "alice", ())
    True
    """
    rule = rule_for(policy, request, user, groups)
    if rule is None or rule.level == audit_policy.NONE:
        return False
    omitted = {*(policy.omit_stages or ()), *(rule.omit_stages or ())}
    if audit_policy.RESPONSE_COMPLETE not in omitted:
        return True
    return is_long_running(request) and audit_policy.RESPONSE_STARTED not in omitted


def is_long_running(request: Request) -> bool:
    """Whether a request is also logged when its answer begins."""
    return request.verb in _LONG_VERBS or request.subresource in _LONG_SUBRESOURCES


def _is_about(rule: audit_policy.AuditRule, user: str, groups: Collection[str]) -> bool:
    if rule.users and user not in rule.users:
        return False
    return not rule.user_groups or any(group in rule.user_groups for group in groups)


def _matches(
    rule: audit_policy.AuditRule, request: Request, user: str, groups: Collection[str]
) -> bool:
    if not _is_about(rule, user, groups):
        return False
    if rule.verbs and request.verb not in rule.verbs:
        return False
    if rule.namespaces or rule.resources:
        return _matches_resource(rule, request)
    if rule.non_resource_urls:
        return request.path is not None and any(
            _matches_path(url, request.path) for url in rule.non_resource_urls
        )
    return True


def _matches_path(url: str, path: str) -> bool:
    return url == path or (url.endswith("*") and path.startswith(url.rstrip("*")))


def _matches_resource(rule: audit_policy.AuditRule, request: Request) -> bool:
    if request.path is not None:
        return False
    if rule.namespaces and request.namespace not in rule.namespaces:
        return False
    return not rule.resources or any(_holds(one, request) for one in rule.resources)


def _holds(held: audit_policy.GroupResources, request: Request) -> bool:
    if held.group != request.group:
        return False
    if not held.resources:
        return True
    if held.resource_names and request.name not in held.resource_names:
        return False
    return bool(_spellings(request) & set(held.resources))


def _spellings(request: Request) -> set[str]:
    """Return the names that a rule may use for the resource of a request."""
    found = {"*", request.full_resource, f"{request.resource}/*"}
    return {*found, f"*/{request.subresource}"} if request.subresource else found


def policy_blind_spots(
    policy: audit_policy.AuditPolicy, who: tuple[str, Collection[str]] | None = None
) -> Iterator[BlindSpot]:
    """Yield what a log under a Policy cannot show.

    ``who``: a user and its groups: rules about others are left out.

    Examples
    --------
    >>> events = (audit_policy.GroupResources("", ("events",)),)
    >>> first = audit_policy.AuditRule("None", resources=events, line=4)
    >>> rules = first, audit_policy.AuditRule("Metadata", line=7)
    >>> (found,) = policy_blind_spots(audit_policy.AuditPolicy(rules, file="policy.yaml"))
    >>> found == Unseen.LEFT_OUT(rules[0], "policy.yaml")
    True
    """
    for rule in policy.rules or ():
        if who is not None and not _is_about(rule, *who):
            continue
        omitted = {*(policy.omit_stages or ()), *(rule.omit_stages or ())}
        if rule.level == audit_policy.NONE:
            yield Unseen.LEFT_OUT(rule, policy.file)
        elif {audit_policy.RESPONSE_COMPLETE, audit_policy.RESPONSE_STARTED} <= omitted:
            yield Unseen.OUTCOMES_LEFT_OUT(rule, policy.file)
        elif audit_policy.RESPONSE_COMPLETE in omitted:
            yield Unseen.OUTCOMES_LEFT_OUT_BUT_OF_STREAMS(rule, policy.file)
        if _matches_all(rule, everybody=who is None):
            return
    yield Unseen.NO_RULE(policy.file)


def _matches_all(rule: audit_policy.AuditRule, *, everybody: bool) -> bool:
    what = rule.verbs, rule.resources, rule.namespaces, rule.non_resource_urls
    return not any(what) and not (everybody and (rule.users or rule.user_groups))
