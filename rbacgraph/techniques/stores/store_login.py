"""Log in at a store outside the cluster as the identity that an operator or a Pod uses there.

Precondition
    - A SecretStore, VaultAuth or SecretProviderClass logs in with a token of the ServiceAccount;
    - or it logs in with a credential in the Secret;
    - or a Pod with an annotation of Vault's Agent Injector runs as the ServiceAccount;
    - the store's own policy, which the input does not show, lets that identity in and read.
    Without a reference the operator's controller logs in as itself.
Use
    kubectl create token NAME -n NAMESPACE --audience vault; then
    vault write auth/kubernetes/login role=ROLE jwt=TOKEN; vault kv get PATH
Close
    Give each store an identity of its own that reads only what its namespace needs, and let few
    request tokens of it or run Pods as it.
References
    https://external-secrets.io/latest/provider/hashicorp-vault/
    https://developer.hashicorp.com/vault/docs/auth/kubernetes
    MITRE ATT&CK T1078.004 (cloud accounts)
"""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.wording import resource_evidence


def _edges(world: Facts) -> Iterator[Edge]:
    external = world.part(ExternalSecrets)
    accounts = world.identities.usable_accounts
    for login in external.known_logins.values():
        for key in login.accounts:
            if key in accounts:
                lets = If.STORE_LETS_IN_ACCOUNT(*key)
                condition = both(accounts[key], lets, login.unsure)
                yield (SERVICE_ACCOUNT, *key), login.node, login, condition
        for key in login.credentials:
            if key in world.secrets:
                yield (SECRET, *key), login.node, login, If.STORE_LETS_IN_CREDENTIAL(*key)
    yield from _of_pods(world, external)


def _of_pods(world: Facts, external: ExternalSecrets) -> Iterator[Edge]:
    """Yield the logins of Pods, each once for all Pods alike."""
    accounts = world.identities.usable_accounts
    seen: set[tuple[Node, Node]] = set()
    for one in external.pod_reads:
        runner = one.runner
        source: Node = (SERVICE_ACCOUNT, runner.node[1], runner.spec.service_account)
        target = one.remote if one.maker is None else external.class_login(one.maker)
        if one.maker is not None and one.maker.shared_login:
            continue
        if one.credential:
            key = runner.node[1], one.credential
            lets = If.STORE_LETS_IN_CREDENTIAL(*key)
            source = (SECRET, *key)
            if key not in world.secrets:
                continue
        elif source[1:] in accounts:
            lets = both(accounts[source[1], source[2]], If.STORE_LETS_IN_ACCOUNT(*source[1:]))
        else:
            continue
        if (source, target) not in seen:
            seen.add((source, target))
            yield source, target, one, lets


def _explain(world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    who = "ServiceAccount" if source[0] == SERVICE_ACCOUNT else "Secret"
    if isinstance(basis, PodRead):
        detail = f"reads the store as {who} {source[2]}"
        evidence = world.rbac.evidence(basis.runner.obj, basis.runner.kind, detail)
        return "logs in at the store as the Pod", (evidence,)
    assert isinstance(basis, Login)
    own = ", the controller's own" if basis.store.own else ""
    detail = f"logs in with {who} {source[1]}/{source[2]}{own}"
    words = f"logs in at the store as {basis.store.kind} {basis.store.metadata.name}"
    return words, (resource_evidence(world, basis.store, detail),)


EDGE = ObjectEdge(
    id="store-login",
    summary="the identity of a store's object logs in at the store itself",
    page=__doc__,
    effort=2,  # a token is exchanged, which the store's log shows
    certainty="always conditional: on the store's own policy",
    edges=_edges,
    explain=_explain,
)
