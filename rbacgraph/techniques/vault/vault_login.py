"""Log in to Vault or OpenBao with a token of a ServiceAccount."""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.external.vault_evidence import role_evidence, role_words
from rbacgraph.facts.external.vault_tokens import AudienceLogin, TokenOfLogin, tokens_of_stores
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.node import SERVICE_ACCOUNT, VAULT_LOGIN, GraphNode, Node
from rbacgraph.model.node_keys import LoginByLabels
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    for tokens in world.part(tokens_of_stores).values():
        for one in tokens.logins:
            yield (SERVICE_ACCOUNT, *one.account), one.token, one, one.condition
        for one in tokens.by_labels:
            yield (SERVICE_ACCOUNT, *one.account), login_by_labels(one), one, CERTAIN
        by_audience = tokens.by_audience
        for runner in world.running.runners if by_audience else ():
            logins = by_audience.get((runner.node[1], runner.spec.service_account), ())
            yield from _of_pod(runner, logins) if logins and runner.running is not None else ()


def login_by_labels(login: TokenOfLogin) -> GraphNode:
    """Return the node of a ServiceAccount's login that lacks labels of its namespace alone.

    It is apart from the ServiceAccount: who impersonates that has no token to log in with.
    """
    role = login.login.role
    return VAULT_LOGIN, login.token[1], LoginByLabels(role.namespace, role.path, *login.account)


def _of_pod(runner: PodSource, logins: Sequence[AudienceLogin]) -> Iterator[Edge]:
    """Yield the tokens of Vault that a token in a Pod's files gives, by its audience."""
    held = {use.audience: runner.stalled.get(use.container, CERTAIN) for use in runner.spec.tokens}
    for one in logins:
        runs = [held[audience] for audience in one.audiences if audience in held]
        for condition in [found for found in runs if found is not None][:1]:
            combined = both(runner.running or CERTAIN, condition, one.condition)
            yield runner.number, one.login.token, one.login, combined


def _explain(_world: Facts, _source: Node, target: GraphNode, basis: object) -> Explanation:
    assert isinstance(basis, TokenOfLogin)
    if target[0] == VAULT_LOGIN:
        words = f"has a token for {role_words(basis.login)}, which selects namespaces by labels"
        return words, (role_evidence(basis.login),)
    return f"logs in to Vault by {role_words(basis.login)}", (role_evidence(basis.login),)


EDGE = ObjectEdge(
    id="vault-login",
    summary="a role of Vault admits a ServiceAccount, and gives it a token with policies",
    effort=2,  # a token is exchanged, which Vault's log shows
    certainty="conditional where the mount may be another cluster's, and by audiences, networks,"
    " and unknown labels, claims and uids",
    edges=_edges,
    explain=_explain,
)
