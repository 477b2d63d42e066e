"""Read a Secret by patching it: the answer to a patch is the whole object.

Precondition
    - One rule with patch on core resource secrets, at a scope that holds the Secret.
    - resourceNames, if any, include the Secret; "" allows nothing, and "*" is no wildcard.
    An empty patch changes nothing and still returns the data: with any patch type, server-side
    apply included, as a dry run, and for an immutable Secret. get is not needed.
Use
    kubectl patch reads the object first; without get, send only the patch:
    curl -X PATCH -H 'Content-Type: application/merge-patch+json' -d '{}'
    SERVER/api/v1/namespaces/NAMESPACE/secrets/NAME?dryRun=All
Close
    Treat patch on Secrets as get: name the Secrets (resourceNames), or remove it. An identity that
    must only write can have update, which returns what was sent.
References
    https://kubernetes.io/docs/reference/using-api/api-concepts/
    https://kubernetes.io/docs/concepts/security/secrets-good-practices/
    kubernetes staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go
    MITRE ATT&CK T1552.007 (container API)
"""

from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge


def _words(scope: str, match: Match) -> str:
    return f"can patch {SECRETS_OF.words(scope, match)}, which gives them back"


EDGE = RuleEdge(
    id="patch-secret",
    summary="an empty patch of a Secret is answered with its data",
    page=__doc__,
    effort=2,  # an empty patch changes nothing, but is a write
    rights=(Right(("patch",), "", "secrets"),),
    targets=SECRETS_OF.with_names,
    words=_words,
)
