"""Who may have Pods of any kind made: the part that techniques with Pods of one's own share."""

from collections.abc import Iterator

from rbacgraph.edges.abilities import Ability, Found, Held, Holding, names_of, wider_scopes
from rbacgraph.edges.base import Right
from rbacgraph.edges.footholds import WORKLOADS
from rbacgraph.edges.world import World
from rbacgraph.model.node import EACH_NAMESPACE

_CREATES = tuple(
    Right(("create",), group, resource)
    for group, resource in (
        ("", "pods"),
        ("apps", "deployments"),
        ("apps", "daemonsets"),
        ("apps", "statefulsets"),
        ("apps", "replicasets"),
        ("batch", "jobs"),
        ("batch", "cronjobs"),
        ("", "replicationcontrollers"),
    )
)
_CHANGES = tuple(
    Right(("update", "patch"), right.group, right.resource)
    for right in _CREATES
    if right.resource in WORKLOADS
)


def _makes(world: World, held: Held) -> Iterator[Found]:
    made: dict[str, Holding] = {}
    for right in _CREATES:
        for holding in held.get(right, ()):
            if holding.match.nameless:
                made.setdefault(holding.scope, holding)
    for scope, holding in made.items():
        yield Found(scope, "", (holding,))
    for right in _CHANGES:
        for holding in held.get(right, ()):
            if made.keys().isdisjoint(wider_scopes(holding.scope)):
                yield from _changes(world, right, holding)


def _changes(world: World, right: Right, holding: Holding) -> Iterator[Found]:
    """Yield the namespaces with a workload whose template the rule lets one change."""
    sort = WORKLOADS[right.resource]
    everywhere = holding.scope in {"", EACH_NAMESPACE}
    names = names_of(holding.match)
    if names == ("",):
        for namespace, condition in world.footholds.somewhere(sort).items():
            if everywhere or namespace == holding.scope:
                yield Found(namespace, "", (holding,), condition)
        return
    for namespace in world.namespaces if everywhere else (holding.scope,):
        for name in names:
            found = sort.named(world, namespace, name)
            if found is not None:
                yield Found(namespace, "", (holding,), found)


MAKE_PODS = Ability(id="make-pods", rights=(*_CREATES, *_CHANGES), found=_makes)
"""Have Pods made, by themselves or by a workload, whose spec one chooses."""
