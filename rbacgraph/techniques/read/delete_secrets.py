"""Read every Secret of a namespace by deleting all of them, or by a dry run of that.

Precondition
    - One rule with deletecollection on core resource secrets, at a scope that holds the Secret.
    - The rule has no resourceNames, or one of them is "".
    The answer lists what was, or would be, deleted, with the data. The request carries no name,
    even with a field selector. One request covers one namespace: with a right in all of them, each
    needs its own.
Use
    curl -X DELETE SERVER/api/v1/namespaces/NAMESPACE/secrets?dryRun=All
Close
    Remove deletecollection on Secrets: only the namespace controller needs it.
References
    https://kubernetes.io/docs/reference/access-authn-authz/authorization/
    https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
    kubernetes staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, where


def _targets(_world: Facts, scope: str, match: Match) -> Iterator[Target]:
    if match.nameless:
        yield SECRETS_OF.everything(scope), CERTAIN


def _words(scope: str, _match: Match) -> str:
    return f"can delete all Secrets {where(scope)} at once, which gives them back"


EDGE = RuleEdge(
    id="delete-secrets",
    summary="a delete of all Secrets of a namespace, or its dry run, is answered with them",
    page=__doc__,
    effort=3,  # a dry run changes nothing, but without it all of them are gone
    rights=(Right(("deletecollection",), "", "secrets"),),
    targets=_targets,
    words=_words,
)
