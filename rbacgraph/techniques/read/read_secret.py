"""Read Secrets through the API."""

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
    effort=1,  # one ordinary request
    rights=(Right(("get", "list", "watch"), "", "secrets"),),
    targets=_targets,
    words=_words,
)
