"""Read at a store what one of its logins reads."""

from collections.abc import Iterator

from rbacgraph.facts.external.aws_dumped import aws_stores
from rbacgraph.facts.external.external_secrets import ExternalSecrets, Pushed, Read
from rbacgraph.facts.external.own_cluster import OwnRead, own_reads
from rbacgraph.facts.external.vault_stores import StoreRead, VaultStores
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import AWS_ROLE, AWS_SESSION, PROVIDER_LOGIN, VAULT, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.wording import resource_evidence, role_evidence, stanza_evidence

_Basis = Read | Pushed | StoreRead | OwnRead


def _edges(world: Facts) -> Iterator[Edge]:
    aws = aws_stores(world)
    for one in aws.reads if aws else ():
        yield one.source, one.target, one, one.condition
    yield from _of_logins(world)


def _of_logins(world: Facts) -> Iterator[Edge]:
    """Yield what the logins of objects of the cluster read."""
    external, stores = world.part(ExternalSecrets), world.part(VaultStores)
    found: dict[tuple[Node, Node], tuple[_Basis, Condition]] = {}
    tokens = {node: stores.tokens(login) for node, login in external.known_logins.items()}
    every: tuple[Read | Pushed, ...] = (*external.reads, *external.pushes)
    for read in every:
        if read.login is None:
            continue
        if isinstance(read, Read) and read.maker.ready:
            _keep(found, read.login, read.remote, read, CERTAIN)
            continue
        known = read.login in tokens
        held = tokens[read.login] if known else stores.tokens_of_class(read.login)
        if held is None or read.remote[0] != VAULT:
            _keep(found, read.login, read.remote, read, If.STORE_LETS_READ())
        elif decided := stores.read(held, read.remote[2]):
            _keep(found, read.login, read.remote, read, decided.condition)
    for node, held in tokens.items():
        login = external.known_logins[node]
        for other in stores.others(login, held or ()):
            _keep(found, node, other.read.target, other, other.condition)
        for own in own_reads(world, login):
            _keep(found, node, own.secret, own, own.condition)
    for (source, remote), (basis, condition) in found.items():
        yield source, remote, basis, condition


def _keep(
    found: dict[tuple[Node, Node], tuple[_Basis, Condition]],
    login: Node,
    remote: Node,
    basis: _Basis,
    condition: Condition,
) -> None:
    key = login, remote
    if key not in found or condition < found[key][1]:
        found[key] = basis, condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    if isinstance(basis, StoreRead):
        assert basis.read.decision is not None
        stanzas = stanza_evidence(basis.read.decision, basis.read.stanzas)
        return "reads that in the store", (role_evidence(basis.by.login), *stanzas)
    if isinstance(basis, OwnRead):
        return "reads that as its ServiceAccount", world.authorizer.evidence(
            basis.held, basis.request
        )
    if (aws := aws_stores(world)) is not None and source[0] in {AWS_ROLE, AWS_SESSION}:
        return "reads that in the store", tuple(aws.evidence(basis.session, basis.secret))  # type: ignore[attr-defined]
    if isinstance(basis, Pushed):
        evidence = resource_evidence(world, basis.push, f"writes {target[2]}")
    else:
        assert isinstance(basis, Read)
        shared = " as the node" if source[0] == PROVIDER_LOGIN else ""
        evidence = resource_evidence(world, basis.maker, f"reads {target[2]}{shared}")
    return "reads that in the store", (evidence,)


EDGE = ObjectEdge(
    id="store-reads",
    summary="a login at a store reads what the cluster's resources read by it",
    effort=1,  # one read
    certainty="conditional where the input does not show that the store lets the login read",
    edges=_edges,
    explain=_explain,
)
