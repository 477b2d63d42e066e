"""Who reads a Secret once more after it was written: a Pod that is given it, and its kubelet."""

from collections.abc import Iterable, Iterator

from rbacgraph.edges.abilities import Holder, Key
from rbacgraph.edges.escapes import both
from rbacgraph.edges.footholds import is_static
from rbacgraph.edges.runners import Runner
from rbacgraph.edges.world import World
from rbacgraph.model.node import KUBELET
from rbacgraph.model.pods import SecretUse

_KEY = "token"  # of a token Secret
_VOLUME = "volume "  # what is mounted by a subPath stays as it was


def of_token_secrets(world: World) -> Iterator[tuple[Key, Holder]]:
    """Yield who reads the token Secrets that there are, each by its name."""
    tokens = world.token_secrets
    if tokens:
        uses = ((runner, use) for runner, use, number in world.uses if number in tokens)
        yield from _readers(world, uses)


def of_new_secrets(world: World) -> Iterator[tuple[Key, Holder]]:
    """Yield who reads a Secret that is named and not there, once somebody creates it."""
    numbers, none = world.secret_numbers, dict[str, int]()
    uses = (
        (runner, use)
        for runner in world.readers
        for there in (numbers.get(runner.node[1], none),)
        for use in runner.spec.secrets
        if use.secret not in there and world.snapshot.is_listed("Secret", runner.node[1])
    )
    yield from (((namespace, ""), holder) for (namespace, _), holder in _readers(world, uses))


def _readers(
    world: World, uses: Iterable[tuple[Runner, SecretUse]]
) -> Iterator[tuple[Key, Holder]]:
    for runner, use in uses:
        if use.keys and _KEY not in use.keys:
            continue
        key = runner.node[1], use.secret
        how = f"container {use.container}: {use.how}"
        evidence = (world.evidence(runner.obj, runner.kind, how),)
        if runner.running is not None and not use.starting:
            again = "" if use.how.startswith(_VOLUME) else f"container {use.container} restarts"
            yield key, Holder(runner.node, evidence, both(runner.running, again))
        if runner.on_node is not None and not is_static(runner):
            kubelet = KUBELET, "", runner.spec.node_name
            yield key, Holder(kubelet, evidence, runner.on_node)
