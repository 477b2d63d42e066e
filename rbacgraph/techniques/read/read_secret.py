"""Read Secrets through the API.

Precondition
    - One rule with get, list or watch on core resource secrets, at a scope that holds the Secret.
    - resourceNames, if any, include the Secret; the name "*" is no wildcard.
    All three verbs return the data. With resourceNames, list and watch need the field selector
    metadata.name=NAME; without it they are refused. The resource name "" stands for a request
    without a name: it allows an unfiltered list or watch, and no get.
Use
    kubectl get secret NAME -o yaml; with list and names,
    kubectl get secrets --field-selector metadata.name=NAME -o yaml
Close
    Remove the verb, or name the Secrets that are needed and keep only get. A workload that mounts
    its Secret needs no right on it at all.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets
    https://kubernetes.io/docs/concepts/security/secrets-good-practices/
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed

_WITHOUT_NAME = frozenset({"list", "watch"})


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    if match.names and match.nameless and not _WITHOUT_NAME.isdisjoint(match.verbs):
        yield SECRETS_OF.everything(scope), CERTAIN
    else:
        yield from SECRETS_OF.with_names(world, scope, match)


def _words(scope: str, match: Match) -> str:
    verbs = match.verbs
    if match.names and match.nameless and not _WITHOUT_NAME.isdisjoint(verbs):
        verbs = tuple(verb for verb in verbs if verb in _WITHOUT_NAME)
        match = Match(verbs, match.keys, ())
    return f"can {listed(verbs)} {SECRETS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="read-secret",
    summary="get, list or watch Secrets",
    page=__doc__,
    effort=1,  # one ordinary request
    rights=(Right(("get", "list", "watch"), "", "secrets"),),
    targets=_targets,
    words=_words,
)
