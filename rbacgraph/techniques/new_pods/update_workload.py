"""Change the Pod template of an existing workload."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import WORKLOADS
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed, where
from rbacgraph.techniques.spec.writable_object_targets import given_by

_CHANGES = ("update", "patch")


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    sorts = [WORKLOADS[resource] for resource in match.resources]
    return given_by(sorts, world, scope, match)


def _words(scope: str, match: Match) -> str:
    named = f" {listed(match.exact_names) or '(no name)'}" if match.names else ""
    return f"can {listed(match.verbs)} {listed(match.resources)}{named} {where(scope)}"


EDGE = RuleEdge(
    id="update-workload",
    summary="a changed workload gets any Secret and ServiceAccount of its namespace",
    effort=6,  # every Pod of it is replaced
    certainty="conditional where the input does not show that there is such a workload, or the"
    " namespace is being deleted",
    rights=(
        Right(_CHANGES, "apps", "deployments"),
        Right(_CHANGES, "apps", "replicasets"),
        Right(_CHANGES, "apps", "statefulsets"),
        Right(_CHANGES, "apps", "daemonsets"),
        Right(_CHANGES, "batch", "cronjobs"),
        Right(_CHANGES, "", "replicationcontrollers"),
    ),
    targets=_targets,
    words=_words,
)
