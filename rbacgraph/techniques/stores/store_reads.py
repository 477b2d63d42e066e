"""Read at a store what one of its logins reads."""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, Pushed, Read
from rbacgraph.facts.external.own_cluster import OwnRead, own_reads
from rbacgraph.facts.external.stores import StoreHop, Stores
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import PROVIDER_LOGIN, GraphNode, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.store_hops import explained, hops

_Basis = Read | Pushed | StoreHop | OwnRead
_hops = hops("store-reads")


def _edges(world: Facts) -> Iterator[Edge]:
    yield from _hops(world)
    yield from _of_logins(world)
    for one, other, condition in world.part(ExternalSecrets).perhaps_one:
        yield one, other, None, condition


def _of_logins(world: Facts) -> Iterator[Edge]:
    """Yield what the logins of objects of the cluster read."""
    external, stores = world.part(ExternalSecrets), world.part(Stores)
    found: dict[tuple[Node, GraphNode], tuple[_Basis, Condition]] = {}
    logins = {node: stores.logins(login) for node, login in external.known_logins.items()}
    every: tuple[Read | Pushed, ...] = (*external.reads, *external.pushes)
    for read in every:
        if read.login is None:
            continue
        if isinstance(read, Read) and read.maker.ready:
            _keep(found, read.login, read.remote, read, CERTAIN)
            continue
        kind, known = read.remote[0], read.login in logins
        held = logins[read.login] if known else stores.logins_of_class(read.login, kind)
        if held is None:
            _keep(found, read.login, read.remote, read, If.STORE_LETS_READ())
        elif decided := stores.read(held, read.remote):
            _keep(found, read.login, read.remote, read, decided.condition)
    for node, login in external.known_logins.items():
        for other in stores.others(login, logins[node] or ()):
            _keep(found, node, other.target, other, other.condition)
        for own in own_reads(world, login):
            _keep(found, node, own.secret, own, own.condition)
    for (source, remote), (basis, condition) in found.items():
        yield source, remote, basis, condition


def _keep(
    found: dict[tuple[Node, GraphNode], tuple[_Basis, Condition]],
    login: Node,
    remote: GraphNode,
    basis: _Basis,
    condition: Condition,
) -> None:
    key = login, remote
    if key not in found or condition < found[key][1]:
        found[key] = basis, condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    if basis is None:
        return "may be that one by another name", ()
    if isinstance(basis, StoreHop):
        return explained(world, source, target, basis)
    if isinstance(basis, OwnRead):
        return "reads that as its ServiceAccount", world.authorizer.evidence(
            basis.held, basis.request
        )
    if isinstance(basis, Pushed):
        evidence = world.rbac.evidence(basis.push, basis.push.kind, f"writes {target[2]}")
    else:
        assert isinstance(basis, Read)
        shared = " as the node" if source[0] == PROVIDER_LOGIN else ""
        evidence = world.rbac.evidence(basis.maker, basis.maker.kind, f"reads {target[2]}{shared}")
    return "reads that in the store", (evidence,)


EDGE = ObjectEdge(
    id="store-reads",
    summary="a login at a store reads what the cluster's resources read by it",
    effort=1,  # one read
    certainty="conditional where the input does not show that the store lets the login read",
    edges=_edges,
    explain=_explain,
)
