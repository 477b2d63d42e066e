"""Read Secrets through the API.

Precondition
    One rule with verb get, list or watch on core resource secrets, at a scope that holds
    the Secret. All three return the data. With resourceNames, get reads those names, and
    so do list and watch by the field selector metadata.name=NAME; without that selector
    they are refused. The resource name "" is that of a request without one: it allows an
    unfiltered list or watch, and no get. The name "*" is no wildcard.
Use
    kubectl get secret NAME -o yaml; with list and names,
    kubectl get secrets --field-selector metadata.name=NAME -o yaml
Close
    Take the verb away, or name the Secrets that are needed and keep get alone. A workload
    that mounts its Secret needs no right on it at all.
References
    https://kubernetes.io/docs/concepts/security/rbac-good-practices/#listing-secrets
    https://kubernetes.io/docs/concepts/security/secrets-good-practices/
    MITRE ATT&CK T1552.007 (container API)
"""

from collections.abc import Iterator

from rbacgraph.facts.world import World
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed

_WITHOUT_NAME = frozenset({"list", "watch"})


def _targets(world: World, scope: str, match: Match) -> Iterator[Target]:
    if match.names and match.nameless and not _WITHOUT_NAME.isdisjoint(match.verbs):
        yield SECRETS_OF.everything(scope), CERTAIN
    else:
        yield from SECRETS_OF.with_names(world, scope, match)


def _words(scope: str, match: Match) -> str:
    verbs = match.verbs
    if match.names and match.nameless and not _WITHOUT_NAME.isdisjoint(verbs):
        verbs = tuple(verb for verb in verbs if verb in _WITHOUT_NAME)
        match = Match(verbs, match.resources, ())
    return f"can {listed(verbs)} {SECRETS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="read-secret",
    summary="get, list or watch Secrets",
    page=__doc__,
    effort=1,  # one request that nobody notices
    rights=(Right(("get", "list", "watch"), "", "secrets"),),
    targets=_targets,
    words=_words,
)
