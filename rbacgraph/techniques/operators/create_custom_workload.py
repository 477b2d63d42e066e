"""Create a custom resource from which its operator makes Pods, with any Secret of the namespace."""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.rows import by_key, flat, rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.techniques.new_pods.namespace_contents import anything_in_namespace
from rbacgraph.techniques.spec import custom_resources
from rbacgraph.techniques.spec.collections import SECRETS_OF
from rbacgraph.techniques.spec.technique import Match, RuleEdge, Target, where

_PODS = Match(("create",), (("", "pods"),), ())
_ROWS = by_key(
    row for rows in rows_that("runs-pod").values() for row in rows if row.pods != "started"
)


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    free = _free(world, match)
    rows = custom_resources.present(world, _ROWS, scope, match) if free is not None else ()
    for namespace, own in custom_resources.by_place(world, scope, rows).items():
        naming = [row for row in own if row.rights == "named-account"]
        runs = custom_resources.running(world, naming or own)
        assert free is not None
        if naming:
            for node, _ in anything_in_namespace(world, namespace, _PODS):
                yield node, both(free, runs)
        else:
            yield SECRETS_OF.everything(namespace), both(free, runs)


def _free(world: Facts, match: Match) -> Condition | None:
    """Return which object must not exist for the creation; None if none is possible."""
    names = custom_resources.new_names(world, match)
    if "create" in match.verbs and (match.nameless or names == ("",)):
        return CERTAIN
    return If.NAME_IS_FREE(*names) if names else None


def _words(scope: str, match: Match) -> str:
    return f"can create {custom_resources.named(match)} {where(scope)}"


EDGE = RuleEdge(
    id="create-custom-workload",
    summary="Pods made of a new custom resource get any Secret and ServiceAccount of its namespace",
    effort=6,  # as a workload, if its operator runs and handles it
    certainty="always conditional: on the operator",
    rights=custom_resources.rights_on(_ROWS, "create", "patch"),
    targets=_targets,
    words=_words,
    cluster_keys=custom_resources.cluster_keys(_ROWS),
    rows=flat(_ROWS),
)
