"""Act as a ServiceAccount by the impersonation headers.

Precondition
    One rule with verb impersonate on core resource serviceaccounts, in the ServiceAccount's
    namespace (a RoleBinding is enough). resourceNames are ServiceAccount names. The
    ServiceAccount need not exist: a name that some binding grants to is enough. It brings
    the ServiceAccount's groups along. Impersonation is one layer: acting as it by headers,
    one cannot impersonate further.
Use
    kubectl --as system:serviceaccount:NAMESPACE:NAME …
Close
    Name the ServiceAccounts (resourceNames), or take the verb away.
References
    https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#impersonate-verb
    MITRE ATT&CK T1078 (valid accounts)
"""

from rbacgraph.edges.base import Match, Right, RuleEdge
from rbacgraph.edges.collections import NAMED_ACCOUNTS_OF


def _words(scope: str, match: Match) -> str:
    return f"can impersonate {NAMED_ACCOUNTS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="impersonate-serviceaccount",
    summary="act as ServiceAccounts by impersonation",
    page=__doc__,
    effort=2,
    rights=(Right(("impersonate",), "", "serviceaccounts"),),
    targets=NAMED_ACCOUNTS_OF.with_names,
    words=_words,
    impersonated=False,
)
