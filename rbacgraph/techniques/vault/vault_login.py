"""Log in to Vault or OpenBao with a token of a ServiceAccount.

Precondition
    - A role of auth/kubernetes or auth/jwt admits the ServiceAccount: by name and namespace, by
      the labels of its namespace, or by subject and claims.
    - The attacker has a token of the ServiceAccount that this cluster's API server accepts. To
      impersonate it gives none.
    - The auth mount belongs to this cluster: by its kubernetes_host, by its issuer, or because
      --vault-mount says so; rbacgraph explain vault has the rules. Else it is conditional.
    The dump of Vault in the input decides. A role that asks for an audience needs a token for it.
    A Pod with such a token in its files has one, and who may create tokens, by
    request-vault-token; for anyone else who is the ServiceAccount it is conditional. So are
    networks that a role binds, a second factor, what Sentinel says of the login's path, and what
    the input lacks: labels of a namespace, the issuer and
    the Pod that claims name, a uid that a claim or an entity of Vault names.
Variants
    - What the token may is that of its policies: those of the role, default, and those of the
      entity and its groups. Logins that give the same policies give the same token.
    - A role admits each of its names in each of its namespaces, whether they exist or not. Only
      ServiceAccounts that exist or that the cluster's objects name are shown.
Use
    kubectl create token NAME -n NAMESPACE; then
    vault write auth/kubernetes/login role=ROLE jwt=TOKEN
Close
    Name one ServiceAccount in one namespace in each role, without *; let few create tokens or
    Pods in its namespace.
References
    https://developer.hashicorp.com/vault/docs/auth/kubernetes
    https://developer.hashicorp.com/vault/docs/auth/jwt
    https://openbao.org/docs/auth/kubernetes/
    MITRE ATT&CK T1078.004 (cloud accounts)
"""

from collections.abc import Iterator, Sequence

from rbacgraph.facts.external.vault_tokens import AudienceLogin, TokenOfLogin, tokens_of_stores
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, both
from rbacgraph.model.node import SERVICE_ACCOUNT, VAULT_LOGIN, GraphNode, Node
from rbacgraph.model.node_keys import LoginByLabels
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.wording import role_evidence, role_words


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
    page=__doc__,
    effort=2,  # a token is exchanged, which Vault's log shows
    certainty="conditional where the mount may be another cluster's, and by audiences, networks,"
    " and unknown labels, claims and uids",
    edges=_edges,
    explain=_explain,
)
