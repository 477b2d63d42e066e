"""Turn an existing token Secret into a token of another ServiceAccount of its namespace."""

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
    effort=5,  # users of the former token lose it
    certainty="conditional where the input does not show the token Secret or the ServiceAccount",
    rights=(Right(("patch",), "", "secrets"),),
    targets=partial(given_by, (TOKEN_SECRETS,)),
    words=_words,
)
