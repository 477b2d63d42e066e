"""Write snippets into the ConfigMap of an Ingress controller, and get its token and Secrets."""

from collections.abc import Iterator

from rbacgraph.facts.bindings.bindings import Key
from rbacgraph.facts.ingress.proxies import IngressProxies
from rbacgraph.facts.object_names import may_be_made
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.techniques.ingress.wording import shown_by, words
from rbacgraph.techniques.spec.rights_to_write import rule_writes
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    proxies = world.part(IngressProxies)
    for proxy in proxies.all:
        place = proxy.config_map
        if place is None or scope not in {"", place[0]}:
            continue
        written = _written(world, match, place, lacking=proxies.may_lack_config_map(place))
        takes = proxies.takes_settings(proxy)
        if written is not None and takes is not None:
            yield proxy.runner.node, both(takes, written, proxy.runner.running or CERTAIN)


def _written(world: Facts, match: Match, place: Key, *, lacking: bool) -> Condition | None:
    """Return the condition on which a rule writes a ConfigMap; None if it does not."""
    there = If.OBJECT_IS_THERE(place[1]) if lacking else CERTAIN
    may_be = may_be_made(world, ("", "configmaps"), place[1])
    free = If.OBJECT_IS_ABSENT("ConfigMap", *place) if may_be else None
    return rule_writes(match, place[1], there=there, free=free)


EDGE = RuleEdge(
    id="ingress-controller-settings",
    summary="a writer of an Ingress controller's ConfigMap runs code in it",
    effort=5,  # one line in a ConfigMap, which remains visible
    certainty="always conditional: on what the controller makes of its settings",
    rights=(Right(("create", "update", "patch"), "", "configmaps"),),
    targets=_targets,
    words=words,
    evidence=shown_by,
)
