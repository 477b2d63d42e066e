"""Read, through the API, a ConfigMap that holds a Helm release, or the keys of the cluster."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.techniques.spec.collections import CONFIG_MAPS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed

_WITHOUT_NAME = frozenset({"list", "watch", "deletecollection"})
_WITH_NAME = frozenset({"get", "list", "watch", "patch", "delete"})


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    held = world.releases.map_numbers
    if not held or (scope and scope not in held):
        return
    if match.nameless and not _WITHOUT_NAME.isdisjoint(match.verbs):
        yield CONFIG_MAPS_OF.everything(scope), CERTAIN
    elif not _WITH_NAME.isdisjoint(match.verbs):
        known = {name for names in held.values() for name in names}
        if match.names:
            match = match._replace(names=tuple(n for n in match.names if n in known) or ("",))
        yield from CONFIG_MAPS_OF.with_names(world, scope, match)


def _words(scope: str, match: Match) -> str:
    return f"can {listed(match.verbs)} {CONFIG_MAPS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="read-configmap",
    summary="get, list, watch, patch or delete a ConfigMap with a Helm release or RKE's state",
    effort=1,  # one ordinary request
    rights=(
        Right(("get", "list", "watch", "patch", "delete", "deletecollection"), "", "configmaps"),
    ),
    targets=_targets,
    words=_words,
)
