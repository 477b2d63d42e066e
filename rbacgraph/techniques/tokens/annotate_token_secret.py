"""Turn an existing token Secret into a token of another ServiceAccount of its namespace.

Precondition
    - One rule with patch on core resource secrets; resourceNames are names of token Secrets.
    - The namespace holds a mutable Secret of type kubernetes.io/service-account-token.
    - The other ServiceAccount exists.
    The patch annotates the Secret for the other ServiceAccount, and removes its uid and its token;
    the token controller writes a new token, which a second, empty patch returns. The type of a
    Secret cannot change, so no other Secret will do. With its old uid the Secret is deleted; with
    its old token nothing happens.
Use
    PATCH …/secrets/NAME, Content-Type: application/merge-patch+json, with
    {"metadata":{"annotations":{"kubernetes.io/service-account.name":"OTHER",
    "kubernetes.io/service-account.uid":null}},"data":{"token":null}}; then again with {}
Close
    Delete token Secrets and use short-lived tokens (kubectl create token); grant patch on Secrets
    only by name, and only where needed.
References
    https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
    kubernetes pkg/controller/serviceaccount/tokens_controller.go
    MITRE ATT&CK T1528 (steal application access token)
"""

from functools import partial

from rbacgraph.facts.writable_objects import TOKEN_SECRETS
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge
from rbacgraph.techniques.spec.writable_object_targets import given_by


def _words(scope: str, match: Match) -> str:
    secrets = SECRETS_OF.words(scope, match)
    return f"can patch {secrets}: a token Secret there, for another ServiceAccount"


EDGE = RuleEdge(
    id="annotate-token-secret",
    summary="a patched token Secret becomes that of any ServiceAccount of its namespace",
    page=__doc__,
    effort=5,  # users of the former token lose it
    certainty="conditional where the input does not show the token Secret or the ServiceAccount",
    rights=(Right(("patch",), "", "secrets"),),
    targets=partial(given_by, (TOKEN_SECRETS,)),
    words=_words,
)
