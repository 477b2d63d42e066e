"""Ask the API server for a token of a ServiceAccount."""

from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge


def _words(scope: str, match: Match) -> str:
    return f"can create tokens of {EXISTING_ACCOUNTS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="request-token",
    summary="create tokens of ServiceAccounts",
    effort=2,  # one request; the token is used from elsewhere
    certainty="conditional where the input does not show that the ServiceAccount exists, or the"
    " namespace is being deleted",
    rights=(Right(("create",), "", "serviceaccounts", "token"),),
    targets=EXISTING_ACCOUNTS_OF.with_names,
    words=_words,
)
