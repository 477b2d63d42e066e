"""Read every Secret of a namespace by deleting all of them, or by a dry run of that."""

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
    effort=3,  # a dry run changes nothing, but without it all of them are gone
    rights=(Right(("deletecollection",), "", "secrets"),),
    targets=_targets,
    words=_words,
)
