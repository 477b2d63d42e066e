"""Read a Secret by patching it: the answer to a patch is the whole object."""

from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge


def _words(scope: str, match: Match) -> str:
    return f"can patch {SECRETS_OF.words(scope, match)}, which gives them back"


EDGE = RuleEdge(
    id="patch-secret",
    summary="an empty patch of a Secret is answered with its data",
    effort=2,  # an empty patch changes nothing, but is a write
    rights=(Right(("patch",), "", "secrets"),),
    targets=SECRETS_OF.with_names,
    words=_words,
)
