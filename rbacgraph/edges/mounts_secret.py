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

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.base import CERTAIN, Edge, Explanation, ObjectEdge
from rbacgraph.edges.world import Runner, World
from rbacgraph.model.core import TOKEN_TYPE
from rbacgraph.model.node import Node
from rbacgraph.model.pods import SecretUse

_STARTING = "the Pod is caught while its init container {} runs"


def _edges(world: World) -> Iterator[Edge]:
    for runner in world.runners:
        if not runner.spec.secrets:
            continue
        namespace = runner.node[1]
        numbers = world.secret_numbers.get(namespace, {})
        found: dict[int, str] = {}
        for use in runner.spec.secrets:
            number = numbers.get(use.secret)
            if number is not None and _delivered(world, namespace, use):
                condition = _condition(world, namespace, use)
                if found.get(number) != CERTAIN:
                    found[number] = condition
        for number, condition in found.items():
            yield runner.number, number, runner, condition


def _condition(world: World, namespace: str, use: SecretUse) -> str:
    secret = world.secrets[namespace, use.secret]
    conditions = []
    if use.starting:
        conditions.append(_STARTING.format(use.container))
    if use.keys and secret and secret.type == TOKEN_TYPE and "token" not in use.keys:
        conditions.append(f"more of it than {', '.join(use.keys)} is to be had")
    return " and ".join(conditions)


def _delivered(world: World, namespace: str, use: SecretUse) -> bool:
    if not use.keys:
        return True
    secret = world.secrets[namespace, use.secret]
    known = secret.keys if secret else None
    return known is None or not set(known).isdisjoint(use.keys)


def _explain(world: World, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Runner)
    uses = [
        f"container {use.container}: {use.how}"
        for use in basis.spec.secrets
        if use.secret == target[2] and _delivered(world, target[1], use)
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
    effort=efforts.MOUNTS_SECRET,
    certainty="conditional where only an init container reads it, or a token Secret gives no token",
    edges=_edges,
    explain=_explain,
)
