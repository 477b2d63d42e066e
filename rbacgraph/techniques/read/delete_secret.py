"""Read a Secret by deleting it, or by a dry run of the deletion.

Precondition
    - One rule with delete on core resource secrets, at a scope that holds the Secret.
    - resourceNames, if any, include the Secret; the name "" allows nothing.
    A plain delete returns only a status. With propagationPolicy Foreground or Orphan, the server
    adds a finalizer first and returns the whole object; so does any delete of a Secret that has a
    finalizer. A dry run leaves the Secret in place.
Use
    curl -X DELETE
    SERVER/api/v1/namespaces/NAMESPACE/secrets/NAME?dryRun=All&propagationPolicy=Foreground
Close
    Treat delete on Secrets as get: name the Secrets (resourceNames), or remove it.
References
    https://kubernetes.io/docs/concepts/architecture/garbage-collection/#foreground-deletion
    https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
    kubernetes staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go
    MITRE ATT&CK T1552.007 (container API)
"""

from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge


def _words(scope: str, match: Match) -> str:
    return f"can delete {SECRETS_OF.words(scope, match)}, which can give them back"


EDGE = RuleEdge(
    id="delete-secret",
    summary="a delete of a Secret, or its dry run, can be answered with its data",
    page=__doc__,
    effort=3,  # a dry run changes nothing, but without it the Secret is gone
    rights=(Right(("delete",), "", "secrets"),),
    targets=SECRETS_OF.with_names,
    words=_words,
)
