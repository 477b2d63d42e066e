"""Ask the API server for a token with the audience that a role of Vault asks for, and log in."""

from collections.abc import Iterator
from itertools import chain

from rbacgraph.facts.world import Facts
from rbacgraph.model.node import EACH_NAMESPACE, GraphNode
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, RuleTarget
from rbacgraph.techniques.vault.vault_gains_edges import tokens_of


def _targets(world: Facts, scope: str, match: Match) -> Iterator[RuleTarget]:
    if match.by_name:
        return
    best: dict[GraphNode, RuleTarget] = {}
    every = [tokens.by_audience.items() for tokens in tokens_of(world).values()]
    for (namespace, name), logins in chain.from_iterable(every):
        inside = scope in {"", EACH_NAMESPACE, namespace}
        if not inside or (match.names and name not in match.exact_names):
            continue
        for one in logins:
            node = one.login.token
            if node not in best or one.condition < best[node][1]:
                best[node] = node, one.condition
    yield from best.values()


def _words(scope: str, match: Match) -> str:
    tokens = EXISTING_ACCOUNTS_OF.words(scope, match)
    return f"can create tokens of {tokens} with an audience for Vault, and log in"


EDGE = RuleEdge(
    id="request-vault-token",
    summary="create tokens of ServiceAccounts with the audience that a role of Vault asks for",
    effort=4,  # a request, and a login that Vault logs
    certainty="conditional as vault-login is, but for audiences",
    rights=(Right(("create",), "", "serviceaccounts", "token"),),
    targets=_targets,
    words=_words,
)
