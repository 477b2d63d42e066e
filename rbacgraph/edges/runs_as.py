"""Act as the ServiceAccount whose token a Pod holds.

Precondition
    A container of the Pod mounts a token of its ServiceAccount for the API server. Of a
    Pod that an API server admitted, its volumes decide. Of a template, admission will:
    automountServiceAccountToken of the Pod, else of the ServiceAccount, else true, mounts a
    token into every container that mounts nothing at its path. A projected token for
    another audience opens other systems, not the API server.
Use
    Read /var/run/secrets/kubernetes.io/serviceaccount/token in the container, and send it
    to the API server as a bearer token.
Close
    automountServiceAccountToken: false on ServiceAccounts and Pods that do not call the API.
References
    https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
    kubernetes plugin/pkg/admission/serviceaccount/admission.go
    MITRE ATT&CK T1528 (steal application access token)
"""

from collections.abc import Iterator

from rbacgraph.edges import efforts
from rbacgraph.edges.base import CERTAIN, Edge, Explanation, ObjectEdge
from rbacgraph.edges.world import Runner, World
from rbacgraph.model.node import Node
from rbacgraph.model.pods import TokenUse

_API_AUDIENCES = frozenset(
    {
        "https://kubernetes.default.svc.cluster.local",
        "https://kubernetes.default.svc",
        "kubernetes.default.svc",
    }
)


def _edges(world: World) -> Iterator[Edge]:
    numbers = world.account_numbers
    for runner in world.runners:
        best = _best_token(world, runner)
        if best is not None:
            namespace, name = runner.node[1], runner.spec.service_account
            account = numbers.get(namespace, {}).get(name)
            if account is not None:  # tokens of a deleted ServiceAccount are refused
                condition = world.service_accounts[namespace, name]
                yield (
                    runner.number,
                    account,
                    runner,
                    " and ".join(filter(None, (best[1], condition))),
                )


def _best_token(world: World, runner: Runner) -> tuple[TokenUse, str] | None:
    """Return the token that depends on least, with its condition."""
    best = None
    for use in runner.spec.tokens if runner.live else _admitted(world, runner):
        condition = _condition(use)
        if condition == CERTAIN:
            return use, CERTAIN
        if condition is not None and best is None:
            best = use, condition
    return best


def _admitted(world: World, runner: Runner) -> tuple[TokenUse, ...]:
    """Return the tokens of a template's containers once admission has seen it."""
    spec = runner.spec
    automount = spec.automount
    if automount is None:
        account = world.snapshot.service_account_index.get((runner.node[1], spec.service_account))
        automount = account.automount_service_account_token if account else None
    return spec.tokens if automount is False else (*spec.tokens, *spec.automounts)


def _condition(use: TokenUse) -> str | None:
    conditions = []
    if use.audience:
        if use.audience not in _API_AUDIENCES:
            return None
        conditions.append(f"the API server accepts the audience {use.audience}")
    if use.starting:
        conditions.append(f"the Pod is caught while its init container {use.container} runs")
    return " and ".join(conditions)


def _explain(world: World, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Runner)
    best = _best_token(world, basis)
    assert best is not None
    detail = f"container {best[0].container} mounts its token"
    return (
        f"holds a token of ServiceAccount {target[2]}",
        (world.evidence(basis.obj, basis.kind, detail),),
    )


EDGE = ObjectEdge(
    id="runs-as",
    summary="a Pod holds the token of its ServiceAccount",
    page=__doc__,
    effort=efforts.RUNS_AS,
    certainty="conditional where only an init container or an explicit audience has the token",
    edges=_edges,
    explain=_explain,
)
