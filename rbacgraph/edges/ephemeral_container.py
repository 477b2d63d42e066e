"""Add an ephemeral container to a running Pod, with any Secret of its namespace.

Precondition
    One rule with verb patch or update on core resource pods/ephemeralcontainers;
    resourceNames are Pod names. The new container may mount what volumes the Pod has, a token
    that no other container mounts among them, and may take any Secret of the namespace into
    its environment, be it one that the Pod does not refer to; but only those that the Pod's
    ServiceAccount lists, or a volume has, where that is annotated
    kubernetes.io/enforce-mountable-secrets. It can add no volume. The Pod must run, and be no
    static one. No right on pods is needed for a patch. Being privileged is up to
    Pod Security, as it is for a Pod.
Use
    kubectl debug -n NAMESPACE POD --image=IMAGE --custom=FILE, FILE holding an envFrom
Close
    Take pods/ephemeralcontainers out of standing roles: none of the default roles but
    cluster-admin has it. Separate Secrets by namespace.
References
    https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/
    kubernetes pkg/apis/core/validation/validation.go (ValidatePodEphemeralContainersUpdate)
    MITRE ATT&CK T1610 (deploy container)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.abilities import names_of
from rbacgraph.edges.base import Match, Right, RuleEdge, Target
from rbacgraph.edges.collections import RUNNING_PODS_OF, changeable_pods
from rbacgraph.edges.escapes import both
from rbacgraph.edges.footholds import RUNNING_PODS, is_static
from rbacgraph.edges.given import given_by
from rbacgraph.edges.runners import Runner
from rbacgraph.edges.runs_as import audience_condition
from rbacgraph.edges.world import World
from rbacgraph.model.node import POD, SECRET


def _targets(world: World, scope: str, match: Match) -> Iterator[Target]:
    yield from changeable_pods(world, scope, match)
    yield from given_by((RUNNING_PODS,), world, scope, match)
    yield from _idle_accounts(world, scope, match)
    yield from _listed_secrets(world, scope, match)


def _listed_secrets(world: World, scope: str, match: Match) -> Iterator[Target]:
    """Lead to the Secrets of Pods whose ServiceAccount limits which their variables name.

    Their volumes may name others.
    """
    strict, names = world.footholds.strict_accounts, names_of(match)
    for runner in world.runners if strict else ():
        _, namespace, name = runner.node
        if runner.running is None or is_static(runner) or runner.node[0] != POD:
            continue
        if scope in {"", namespace} and (names == ("",) or name in names):
            account = namespace, runner.spec.service_account
            for secret in strict.get(account, ()):
                if (namespace, secret) in world.secrets:
                    yield (SECRET, namespace, secret), runner.running
            for secret, how in _in_volumes(runner) if account in strict else ():
                if (namespace, secret) in world.secrets:
                    told = f"{how.partition(',')[0]} has more of it than is public"
                    yield (SECRET, namespace, secret), both(runner.running, told)


def _in_volumes(runner: Runner) -> Iterator[tuple[str, str]]:
    """Yield the Secrets of a Pod's volumes, whoever mounts them, each with where it is named."""
    uses = ((use.secret, use.how.removeprefix("subPath of ")) for use in runner.spec.secrets)
    yield from (named for named in (*uses, *runner.spec.kubelet) if named[1].startswith("volume "))


def _idle_accounts(world: World, scope: str, match: Match) -> Iterator[Target]:
    """Lead to the ServiceAccounts of Pods whose token volume no running container mounts."""
    names = names_of(match)
    for runner, account, audience, doubt in world.idle_tokens:
        _, namespace, name = runner.node
        accepted = audience_condition(audience)
        if runner.running is None or accepted is None or is_static(runner):
            continue
        if scope in {"", namespace} and (names == ("",) or name in names):
            yield account, both(runner.running, accepted, doubt)


def _words(scope: str, match: Match) -> str:
    return f"can add ephemeral containers to {RUNNING_PODS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="ephemeral-container",
    summary="a container added to a running Pod gets it, and any Secret of its namespace",
    page=__doc__,
    effort=efforts.EPHEMERAL_CONTAINER,
    certainty="conditional where the Pod may not be running, or may not name every Secret",
    rights=(Right(("patch", "update"), "", "pods", "ephemeralcontainers"),),
    targets=_targets,
    words=_words,
)
