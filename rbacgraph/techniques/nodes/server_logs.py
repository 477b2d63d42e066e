"""Read the log files of the control plane through the API server."""

from collections.abc import Iterator

from rbacgraph.authz.match import ALL, verb_matches
from rbacgraph.facts.containers.log_contents import LogContents
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.rbac import AnyRole, PolicyRule
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge, Target

_LOGS = "/logs/"
_SERVED_ON_REQUEST_SINCE = (1, 31)


def allows_logs(rule: PolicyRule) -> bool:
    """Whether a rule allows to get some file below /logs/.

    Examples
    --------
    >>> allows_logs(PolicyRule(("get",), non_resource_urls=("/logs/audit.log",)))
    True
    >>> allows_logs(PolicyRule(("get",), non_resource_urls=("/logs", "/metrics*")))
    False
    """
    return verb_matches(rule, "get") and any(map(_is_below, rule.non_resource_urls or ()))


def _is_below(url: str) -> bool:
    if not url.endswith(ALL):
        return url.startswith(_LOGS)
    prefix = url.rstrip(ALL)
    return prefix.startswith(_LOGS) or _LOGS.startswith(prefix)


def _edges(world: Facts) -> Iterator[Edge]:
    targets: dict[Node, Condition] | None = None
    versions = world.rbac.versions
    for grant, (roles, scope) in world.rbac.grants.items():
        if scope:
            continue  # a RoleBinding gives no URL
        for role in roles:
            for number, rule in enumerate(role.rules or ()):
                if rule.non_resource_urls and allows_logs(rule):
                    targets = targets if targets is not None else dict(_targets(world))
                    doubt = (
                        versions.condition(versions.of_rule(role, number)) if versions else CERTAIN
                    )
                    for target, condition in targets.items():
                        yield grant, target, (role, number), both(condition, doubt)


def _targets(world: Facts) -> Iterator[Target]:
    version = world.snapshot.kubernetes_version
    on_request = version is None or version >= _SERVED_ON_REQUEST_SINCE
    served = If.SERVER_SERVES_LOGS() if on_request else CERTAIN
    yield SECRETS_OF.everything(""), both(served, If.AUDIT_LOG_HOLDS_SECRETS())
    contents = world.part(LogContents)
    for name in world.hosts.control_plane:
        for runner in contents.on(name):
            for target, condition in contents.of(runner):
                yield target, both(served, condition)


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    role: AnyRole = basis[0]
    detail = f"get on {', '.join((role.rules or ())[basis[1]].non_resource_urls or ())}"
    evidence = world.authorizer.evidence_of(role, detail=detail, rule=basis[1])
    return "can read the log files of the control plane through the API server", (evidence,)


EDGE = ObjectEdge(
    id="server-logs",
    summary="read the log files of the control plane through the API server",
    effort=7,  # an API server must be told to serve them, and nothing may be logged
    certainty="always conditional: on what is logged, and on the API server",
    edges=_edges,
    explain=_explain,
)
