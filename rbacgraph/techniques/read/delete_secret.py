"""Read a Secret by deleting it, or by a dry run of the deletion."""

from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge


def _words(scope: str, match: Match) -> str:
    return f"can delete {SECRETS_OF.words(scope, match)}, which can give them back"


EDGE = RuleEdge(
    id="delete-secret",
    summary="a delete of a Secret, or its dry run, can be answered with its data",
    effort=3,  # a dry run changes nothing, but without it the Secret is gone
    rights=(Right(("delete",), "", "secrets"),),
    targets=SECRETS_OF.with_names,
    words=_words,
)
