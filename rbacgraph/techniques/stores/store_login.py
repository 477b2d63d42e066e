"""Log in at a store outside the cluster as the identity that an operator or a Pod uses there."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, PodRead
from rbacgraph.facts.external.logins import Login
from rbacgraph.facts.external.stores import StoreHop, Stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.node import SECRET, SERVICE_ACCOUNT, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    external = world.part(ExternalSecrets)
    accounts = world.identities.usable_accounts
    stores = world.part(Stores)
    for login in external.known_logins.values():
        several = len(stores.logins(login) or ()) > 1
        for key in login.accounts:
            said = stores.login(login, key)
            if key not in accounts or (said.known and (several or said.login is None)):
                continue  # refused, or the store leads to its own identity alone
            lets = both(accounts[key], If.STORE_LETS_IN_ACCOUNT(*key))
            condition = both(said.login.condition if said.login else lets, login.unsure)
            yield (SERVICE_ACCOUNT, *key), login.node, (login, said.login), condition
        for key in login.credentials:
            if world.may_hold_credential(key):
                yield (SECRET, *key), login.node, (login, None), If.STORE_LETS_IN_CREDENTIAL(*key)
    yield from _of_pods(world, external)


def _of_pods(world: Facts, external: ExternalSecrets) -> Iterator[Edge]:
    """Yield the logins of Pods, each once for all Pods alike."""
    accounts, stores = world.identities.usable_accounts, world.part(Stores)
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
            if not world.may_hold_credential(key):
                continue
        elif source[1:] in accounts:
            lets = both(accounts[source[1], source[2]], If.STORE_LETS_IN_ACCOUNT(*source[1:]))
        else:
            continue
        said = stores.login_of_pod(one)
        several = (
            one.maker is not None and len(stores.logins_of_class(target, one.remote[0]) or ()) > 1
        )
        if (source, target) in seen or (said.known and (several or said.login is None)):
            continue
        condition = said.login.condition if said.login else lets
        decided: StoreHop | None = said.login
        if said.login is not None and one.maker is None:
            decided = stores.read([said.login], one.remote)
            if decided is None:
                continue
            condition = decided.condition
        seen.add((source, target))
        yield source, target, (one, decided), condition


def _explain(world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    who = "ServiceAccount" if source[0] == SERVICE_ACCOUNT else "Secret"
    assert isinstance(basis, tuple)
    login, said = basis
    decided = world.part(Stores).explain(said)[1] if said else ()
    if isinstance(login, PodRead):
        detail = f"reads the store as {who} {source[2]}"
        evidence = world.rbac.evidence(login.runner.obj, login.runner.kind, detail)
        return "logs in at the store as the Pod", (evidence, *decided)
    assert isinstance(login, Login)
    own = ", the controller's own" if login.store.own else ""
    detail = f"logs in with {who} {source[1]}/{source[2]}{own}"
    words = f"logs in at the store as {login.store.kind} {login.store.metadata.name}"
    return words, (world.rbac.evidence(login.store, login.store.kind, detail), *decided)


EDGE = ObjectEdge(
    id="store-login",
    summary="the identity of a store's object logs in at the store itself",
    effort=2,  # a token is exchanged, which the store's log shows
    certainty="conditional where the input does not show that the store's own policy lets it in",
    edges=_edges,
    explain=_explain,
)
