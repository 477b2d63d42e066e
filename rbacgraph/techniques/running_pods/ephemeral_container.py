"""Add an ephemeral container to a running Pod, with any Secret of its namespace."""

from collections.abc import Callable, Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.tokens.mounted_tokens import audience_condition
from rbacgraph.facts.world import Facts
from rbacgraph.facts.writable_objects import RUNNING_PODS, WritableObjects, change_condition
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.pods import Delivery
from rbacgraph.model.node import POD, SECRET
from rbacgraph.techniques.spec.collections import RUNNING_PODS_OF, changeable_pods
from rbacgraph.techniques.spec.compound_rights import names_of
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target
from rbacgraph.techniques.spec.writable_object_targets import given_by


def _targets(world: Facts, scope: str, match: Match) -> Iterator[Target]:
    yield from changeable_pods(world, scope, match)
    yield from given_by((RUNNING_PODS,), world, scope, match)
    called = _called(world, scope, match)
    yield from held_beside(world, lambda one: _change(world, one) if called(one) else None)


def held_beside(world: Facts, change: Callable[[PodSource], Condition | None]) -> Iterator[Target]:
    """Yield what an added container has that neither the Pod gives nor its whole namespace.

    ``change`` returns the condition on which one is added to a Pod; None for never.
    """
    yield from _idle_accounts(world, change)
    yield from _listed_secrets(world, change)


def _listed_secrets(
    world: Facts, change: Callable[[PodSource], Condition | None]
) -> Iterator[Target]:
    """Yield the Secrets of Pods whose ServiceAccount limits the Secrets in variables.

    Their volumes may name others.
    """
    strict = world.part(WritableObjects).strict_accounts
    for runner in world.running.runners if strict else ():
        namespace = runner.node[1]
        running = change(runner)
        if running is not None:
            account = namespace, runner.spec.service_account
            for secret in strict.get(account, ()):
                if (namespace, secret) in world.secrets:
                    yield (SECRET, namespace, secret), running
            for secret, volume in _in_volumes(runner) if account in strict else ():
                if (namespace, secret) in world.secrets:
                    more = If.VOLUME_HAS_MORE(volume)
                    yield (SECRET, namespace, secret), both(running, more)


def _change(world: Facts, runner: PodSource) -> Condition | None:
    """Return the condition on which a container can be added to a Pod; None for never."""
    change = None if runner.running is None else change_condition(world, runner)
    return None if change is None else both(runner.running or CERTAIN, change)


def _in_volumes(runner: PodSource) -> Iterator[tuple[str, str]]:
    """Yield the Secrets of a Pod's volumes, mounted or not, each with the volume."""
    uses = ((use.secret, use.volume) for use in runner.spec.secrets)
    yield from (named for named in uses if named[1])
    for use in runner.spec.kubelet:
        if use.by is Delivery.UNMOUNTED:
            yield use.secret, use.place


def _called(world: Facts, scope: str, match: Match) -> Callable[[PodSource], bool]:
    """Return whether requests for Pods in a scope reach the Pods of a runner, by name."""
    names = names_of(match)
    made = {runner.node for runner in world.running.made_by_name(scope, match.exact_names)}

    def called(runner: PodSource) -> bool:
        kind, namespace, _ = runner.node
        named = kind == POD and runner.name in names
        by_name = names == ("",) or named or runner.node in made
        return scope in {"", namespace} and by_name

    return called


def _idle_accounts(
    world: Facts, change: Callable[[PodSource], Condition | None]
) -> Iterator[Target]:
    """Yield the ServiceAccounts of Pods whose token volume no running container mounts."""
    for runner, account, audience, doubt in world.idle_tokens:
        accepted = audience_condition(audience)
        running = None if accepted is None else change(runner)
        if running is not None and accepted is not None:
            yield account, both(running, accepted, doubt)


def _words(scope: str, match: Match) -> str:
    return f"can add ephemeral containers to {RUNNING_PODS_OF.words(scope, match)}"


EDGE = RuleEdge(
    id="ephemeral-container",
    summary="a container added to a running Pod gets it, and any Secret of its namespace",
    effort=4,  # as the attacker's own Pod, but it cannot be removed again
    certainty="conditional where the Pod may not be running, or may not name every Secret",
    rights=(Right(("patch", "update"), "", "pods", "ephemeralcontainers"),),
    targets=_targets,
    words=_words,
)
