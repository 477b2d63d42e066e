"""Read the Secrets that a Pod's containers are given.

Precondition
    A container of the Pod (regular, init or ephemeral) has the Secret in env, in envFrom,
    or in a volume or projected source that it mounts. A volume that no container mounts
    is not readable from inside; nor are image pull Secrets and those of volume drivers,
    which only the kubelet reads. A reference to a key that the Secret does not have gives
    nothing; one that leaves out the token of a token Secret does not give the
    ServiceAccount. What only an init container reads can be read while that one runs.
Use
    Inside the container: env, or cat the files of the volume.
Close
    Give each workload only the keys it needs, and guard who may run code in its Pods.
References
    https://kubernetes.io/docs/concepts/configuration/secret/#using-secrets
    MITRE ATT&CK T1552 (unsecured credentials)
"""

from collections.abc import Iterable, Mapping

from rbacgraph.edges.base import CERTAIN, Block, Explanation, ObjectEdge
from rbacgraph.edges.runners import Runner
from rbacgraph.edges.token_of import TOKEN_TYPE
from rbacgraph.edges.world import World
from rbacgraph.model.core import Secret
from rbacgraph.model.node import Node
from rbacgraph.model.pods import SecretUse

_STARTING = "the Pod is caught while its init container {} runs"


def _edges(world: World) -> Block:
    secrets, block = world.secret_numbers, Block()
    for runner in world.runners:
        uses = runner.spec.secrets
        numbers = secrets.get(runner.node[1]) if uses else None
        if numbers:
            for number, condition in _conditions(world, numbers, uses).items():
                block.add(runner.number, number, runner, condition)
    return block


def _conditions(
    world: World, numbers: Mapping[str, int], uses: Iterable[SecretUse]
) -> Mapping[int, str]:
    """Return the Secrets that are delivered, by number, each with its condition."""
    found: dict[int, str] = {}
    for use in uses:
        number = numbers.get(use.secret)
        if number is None or found.get(number) == CERTAIN:
            continue
        if not (use.keys or use.starting):
            found[number] = CERTAIN
        else:
            secret = world.secret(number)
            if _delivered(secret, use):
                found[number] = _condition(secret, use)
    return found


def _condition(secret: Secret | None, use: SecretUse) -> str:
    conditions = []
    if use.starting:
        conditions.append(_STARTING.format(use.container))
    if use.keys and secret and secret.type == TOKEN_TYPE and "token" not in use.keys:
        conditions.append(f"more of it than {', '.join(use.keys)} is to be had")
    return " and ".join(conditions)


def _delivered(secret: Secret | None, use: SecretUse) -> bool:
    known = secret.keys if secret else None
    return known is None or not use.keys or any(key in known for key in use.keys)


def _explain(world: World, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Runner)
    secret = world.secret(world.index[target])
    uses = [
        f"container {use.container}: {use.how}"
        for use in basis.spec.secrets
        if use.secret == target[2] and _delivered(secret, use)
    ]
    detail = "; ".join(dict.fromkeys(uses))
    return (
        f"is given Secret {target[2]} in its containers",
        (world.evidence(basis.obj, basis.kind, detail),),
    )


EDGE = ObjectEdge(
    id="mounts-secret",
    summary="a Pod's containers read the Secrets they are given",
    page=__doc__,
    effort=1,
    certainty="conditional where only an init container reads it, or a token Secret gives no token",
    edges=_edges,
    explain=_explain,
)
