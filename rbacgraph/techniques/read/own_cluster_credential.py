"""Use a credential of this cluster that a Secret holds."""

from collections.abc import Iterator

from rbacgraph.facts.cluster_secrets.credentials import ClusterCredentials, FoundCredential
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.core import Secret
from rbacgraph.model.node import CONFIG_MAP, EVERYTHING, GROUP, SECRET, Node, user_node
from rbacgraph.techniques.spec.collections import SECRETS_OF, STANDING_ACCOUNTS_OF
from rbacgraph.techniques.spec.credential_evidence import shown_by
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    own = _own_clusters(world)
    for obj, found in world.part(ClusterCredentials).found:
        place = obj.metadata.namespace, obj.metadata.name
        source = (SECRET if isinstance(obj, Secret) else CONFIG_MAP, *place)
        for target, condition in _targets(world, place, found, own):
            yield source, target, (obj, found), both(found.condition, condition)


def _targets(
    world: Facts, place: tuple[str, str], found: FoundCredential, own: frozenset[tuple[str, str]]
) -> Iterator[tuple[Node, Condition]]:
    row = found.row
    if row.gives == "everything":
        yield EVERYTHING, CERTAIN
    elif row.gives == "accounts":
        yield STANDING_ACCOUNTS_OF.everything(""), If.ACCOUNT_IDS_ARE_KNOWN(*place)
    elif row.gives == "secrets":
        yield SECRETS_OF.everything(""), world.hosts.unencrypted
    elif row.gives == "identity":
        named = {user_node(row.user), *((GROUP, "", group) for group in row.groups)}
        known = {*world.identities.known_users, *world.identities.known_groups}
        yield from ((node, CERTAIN) for node in sorted(named & known))
    elif row.product == "Cluster API" and (place[0], found.cluster) in own:
        yield EVERYTHING, If.CLUSTER_IS_THIS_ONE(place[0], found.cluster)


def _own_clusters(world: Facts) -> frozenset[tuple[str, str]]:
    """Return the clusters of Cluster API that Nodes say they are in, by namespace and name."""
    marks = (node.metadata.annotations for node in world.snapshot.nodes)
    named = ((one.cluster_namespace, one.cluster_name) for one in marks if one is not None)
    return frozenset(
        (namespace, name)
        for namespace, name in named
        if isinstance(namespace, str) and isinstance(name, str)
    )


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, tuple)
    obj, found = basis
    return f"holds {found.row.holds}", (shown_by(world, obj, found),)


EDGE = ObjectEdge(
    id="own-cluster-credential",
    summary="a Secret that holds a credential of this cluster gives what it is for",
    effort=1,  # a client certificate or a key, used as it is
    certainty="conditional where the input does not show whose it is, or more is needed",
    edges=_edges,
    explain=_explain,
)
