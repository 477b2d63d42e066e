"""The tokens of its ServiceAccount that a Pod's containers have, once admission has seen it."""

from collections.abc import Iterator

from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.kubernetes.pods import PodSpec, TokenUse

API_AUDIENCES = frozenset(
    {
        "https://kubernetes.default.svc.cluster.local",
        "https://kubernetes.default.svc",
        "kubernetes.default.svc",
    }
)


def holds_token(spec: PodSpec) -> bool:
    """Whether the first token of a live Pod decides: a running container's, for the API server."""
    tokens = spec.tokens
    return bool(tokens) and not (tokens[0].audience or tokens[0].starting)


def best_token(world: Facts, runner: PodSource) -> tuple[TokenUse, Condition] | None:
    """Return the token with the weakest condition."""
    best = None
    for use, mounted in _tokens(world, runner):
        condition, runs = _condition(use), runner.stalled.get(use.container, CERTAIN)
        if condition is None or runs is None:
            continue
        condition = both(condition, runs, mounted)
        if condition == CERTAIN:
            return use, CERTAIN
        if best is None:
            best = use, condition
    return best


def admitted_tokens(world: Facts, runner: PodSource) -> tuple[TokenUse, ...]:
    """Return the tokens of a Pod's containers once admission has seen it."""
    return tuple(use for use, _ in _tokens(world, runner))


def _tokens(world: Facts, runner: PodSource) -> Iterator[tuple[TokenUse, Condition]]:
    """Yield the same, each with the versions of the ServiceAccount that have it mounted."""
    spec = runner.spec
    yield from ((use, CERTAIN) for use in spec.tokens)
    if runner.live:
        return
    automount, mounted = spec.automount, CERTAIN
    if automount is None:
        key = runner.node[1], spec.service_account
        account = world.snapshot.service_account_index.get(key)
        automount = account.automount_service_account_token if account else None
        mounted = world.identities.mounting_versions.get(key, CERTAIN)
    if automount is not False:
        yield from ((use, mounted) for use in spec.automounts)


def audience_condition(audience: str) -> Condition | None:
    """Return the condition on which the API server accepts a token; None if it never does."""
    if not audience:
        return CERTAIN
    if audience not in API_AUDIENCES:
        return None
    return If.AUDIENCE_IS_ACCEPTED(audience)


def _condition(use: TokenUse) -> Condition | None:
    condition = audience_condition(use.audience)
    if condition is None or not use.starting:
        return condition
    return both(condition, If.INIT_CONTAINER_IS_CAUGHT(use.container))
