"""Change a custom resource from which its operator then makes new Pods."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import by_key, flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.techniques.spec.collections import EXISTING_ACCOUNTS_OF, SECRETS_OF
from rbacgraph.techniques.spec.custom_resources import (
    by_place,
    cluster_keys,
    present,
    rights_on,
    running,
    words_on,
)
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target

_ROWS = by_key(row for rows in rows_that("runs-pod").values() for row in rows if row.pods != "new")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    if match.names and not match.exact_names:
        return
    for namespace, rows in by_place(world, scope, present(world, _ROWS, scope, match)).items():
        secrets = SECRETS_OF.everything(namespace)
        accounts = EXISTING_ACCOUNTS_OF.everything(namespace)
        remade = [row for row in rows if row.pods == "remade"]
        own = remade or rows
        naming = [row for row in own if row.rights == "named-account"]
        in_place, as_account = (
            (If.OBJECT_IS_IN_NAMESPACE, If.OBJECT_IS_IN_NAMESPACE)
            if remade
            else (If.SOMEBODY_STARTS_OBJECT, If.SOMEBODY_STARTS_OBJECT_AS_ACCOUNT)
        )
        yield secrets, both(in_place(*match.exact_names), running(world, own))
        if naming:
            yield accounts, both(as_account(*match.exact_names), running(world, naming))


EDGE = RuleEdge(
    id="update-custom-workload",
    summary="Pods of a changed custom resource get any Secret and ServiceAccount of its namespace",
    effort=7,  # as create-custom-workload, and every Pod of it is replaced
    certainty="always conditional: on the operator, and on there being such an object",
    rights=rights_on(_ROWS, "update", "patch"),
    targets=_targets,
    words=words_on,
    cluster_keys=cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
