"""Read what containers have printed: Secrets and tokens that they were given."""

from collections.abc import Iterator

from rbacgraph.facts.containers.log_contents import LogContents
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.techniques.spec.collections import LOGGED_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target, listed, where


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    kept = If.LOG_HOLDS_IT_STILL()
    if not match.names:
        yield LOGGED_OF.everything(scope), kept
        return
    contents = world.part(LogContents)
    runners = [one for name in match.exact_names for one in contents.called(scope, name)]
    for runner in (*runners, *world.running.made_by_name(scope, match.exact_names)):
        for target, condition in contents.of(runner):
            yield target, both(condition, kept)


def _words(scope: str, match: Match) -> str:
    pods = f"Pods {listed(match.exact_names)}" if match.names else "all Pods"
    return f"can read the logs of {pods} {where(scope)} ({listed(match.verbs)} pods/log)"


EDGE = RuleEdge(
    id="pods-log",
    summary="read what the containers of Pods print",
    effort=7,  # nothing may be printed, or was printed long ago
    certainty="always conditional: on what a container prints",
    rights=(Right(("get",), "", "pods", "log"),),
    targets=_targets,
    words=_words,
)
