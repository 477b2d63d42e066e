"""Have an operator apply manifests with its own rights."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import both
from rbacgraph.techniques.spec import custom_resources
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = rows_that("applies")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    there = custom_resources.object_there(world, match)
    if there is not None:
        yield from custom_resources.least(
            (target, both(there, row.condition, heeded))
            for row in custom_resources.present(world, _ROWS, scope, match)
            if (heeded := custom_resources.heeding(world, row, scope)) is not None
            for target in custom_resources.gained(world, scope, row)
        )


EDGE = RuleEdge(
    id="operator-deputy",
    summary="an operator applies what it is given with its own rights",
    effort=7,  # the operator must be set up for it, and shows what it did
    certainty="always conditional: on the operator and how it is set up",
    rights=custom_resources.rights_on(_ROWS, "create", "update", "patch"),
    targets=_targets,
    words=custom_resources.words_on,
    cluster_keys=custom_resources.cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
