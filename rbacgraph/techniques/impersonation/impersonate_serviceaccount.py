"""Act as a ServiceAccount by the impersonation headers.

Precondition
    One rule with verb impersonate on core resource serviceaccounts, in the ServiceAccount's
    namespace (a RoleBinding is enough). resourceNames are ServiceAccount names. The
    ServiceAccount need not exist: a name that some binding grants to is enough, and any
    name at all brings the groups along, system:serviceaccounts:NAMESPACE among them.
    Impersonation is one layer: acting by headers, one cannot impersonate further.
Use
    kubectl --as system:serviceaccount:NAMESPACE:NAME …
Close
    Name the ServiceAccounts (resourceNames), or take the verb away.
References
    https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb
    MITRE ATT&CK T1078 (valid accounts)
"""

from collections.abc import Iterable, Iterator

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.node import IMPERSONATED_GROUP, may_be_service_account, service_accounts_group
from rbacgraph.techniques.spec.collections import NAMED_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target


def _targets(world: World, scope: str, match: Match) -> Iterator[Target]:
    yield from NAMED_ACCOUNTS_OF.with_names(world, scope, match)
    for namespace in _with_strangers(world, scope, match):
        _, _, group = service_accounts_group(namespace)
        yield (IMPERSONATED_GROUP, "", group), CERTAIN


def _with_strangers(world: World, scope: str, match: Match) -> Iterable[str]:
    """Namespaces where a name that nothing else mentions can be used: it has groups even so."""
    if match.names:
        names, known = match.exact_names, world.known_service_accounts
        return [
            namespace
            for namespace in ((scope,) if scope else world.mentioned_namespaces)
            if any(
                (namespace, name) not in known and may_be_service_account(namespace, name)
                for name in names
            )
        ]
    if scope:
        return () if scope in world.namespaces_with_service_accounts else (scope,)
    return world.namespaces_without_service_accounts


def _words(scope: str, match: Match) -> str:
    return f"can impersonate {NAMED_ACCOUNTS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="impersonate-serviceaccount",
    summary="act as ServiceAccounts by impersonation",
    page=__doc__,
    effort=2,  # one header; the log names both identities
    rights=(Right(("impersonate",), "", "serviceaccounts"),),
    targets=_targets,
    words=_words,
    impersonated=False,
)
