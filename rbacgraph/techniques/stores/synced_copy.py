"""Know a Secret of the cluster from the secret of the store that it is made of."""

from collections.abc import Iterator

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.external.external_secrets import ExternalSecrets, Read
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.external_secrets import GENERATOR, PROVIDER_CLASS
from rbacgraph.model.node import SECRET, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_LEASED = frozenset({"VaultDynamicSecret", "VaultPKISecret"})


def _edges(world: Facts) -> Iterator[Edge]:
    made_of: dict[Key, dict[Node, Read]] = {}
    for read in world.part(ExternalSecrets).reads:
        for name in read.secrets:
            if name in world.secret_numbers.get(read.namespace, ()):
                made_of.setdefault((read.namespace, name), {}).setdefault(read.remote, read)
    for key, by_remote in made_of.items():
        if len(by_remote) == 1:
            ((remote, read),) = by_remote.items()
            if remote != (SECRET, *key) and _alone(read):
                yield remote, (SECRET, *key), read, both(read.condition, _whole(read))


def _alone(read: Read) -> bool:
    """Whether a Secret is made of what is read of one path, which stays what it is."""
    maker = read.maker
    if maker.kind in _LEASED or any(one.store_kind == GENERATOR for one in maker.remotes):
        return False  # each read gives another value
    return maker.kind == PROVIDER_CLASS or len({one.key for one in maker.remotes}) == 1


def _whole(read: Read) -> Condition:
    maker = read.maker
    name = maker.kind, read.namespace, maker.metadata.name
    return If.NOTHING_IS_ADDED(*name) if maker.templated else CERTAIN


def _explain(world: Facts, source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Read)
    detail = f"reads {source[2]} alone"
    return "is the Secret's value", (world.rbac.evidence(basis.maker, basis.maker.kind, detail),)


EDGE = ObjectEdge(
    id="synced-copy",
    summary="a store's secret is the value of the Secret that is made of it alone",
    effort=1,  # the value is known
    certainty="conditional where the input does not show that the operator made the Secret, and"
    " where a template may add to it",
    edges=_edges,
    explain=_explain,
)
