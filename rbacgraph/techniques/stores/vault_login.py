"""Log in to Vault or OpenBao with a token of a ServiceAccount.

Precondition
    - A role of auth/kubernetes or auth/jwt admits the ServiceAccount: by name and namespace, by
      the labels of its namespace, or by subject and claims.
    - The attacker has a token of the ServiceAccount that this cluster's API server accepts. To
      impersonate it gives none.
    - The auth mount belongs to this cluster: its kubernetes_host is the address at which rbacgraph
      asked the cluster, or --vault-mount says so. Else it is conditional.
    The dump of Vault in the input decides. A role that asks for an audience needs a token for it,
    which a Pod's own token is not: conditional. So are networks that a role binds, and labels of
    a namespace that the input lacks.
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

from collections.abc import Iterator

from rbacgraph.facts.external.vault_tokens import TokenOfLogin, VaultTokens
from rbacgraph.facts.world import Facts
from rbacgraph.model.node import SERVICE_ACCOUNT, GraphNode, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.wording import role_evidence, role_words


def _edges(world: Facts) -> Iterator[Edge]:
    if world.snapshot.vault is not None:
        for one in world.part(VaultTokens).logins:
            yield (SERVICE_ACCOUNT, *one.account), one.token, one, one.condition


def _explain(_world: Facts, _source: Node, _target: GraphNode, basis: object) -> Explanation:
    assert isinstance(basis, TokenOfLogin)
    return f"logs in to Vault by {role_words(basis.login)}", (role_evidence(basis.login),)


EDGE = ObjectEdge(
    id="vault-login",
    summary="a role of Vault admits a ServiceAccount, and gives it a token with policies",
    page=__doc__,
    effort=2,  # a token is exchanged, which Vault's log shows
    certainty="conditional where the mount may be another cluster's, and by audiences, networks"
    " and unknown labels",
    edges=_edges,
    explain=_explain,
)
