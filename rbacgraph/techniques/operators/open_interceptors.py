"""Have the core interceptors of Tekton Triggers send a Secret to a chosen host, from any Pod."""

from collections.abc import Iterator
from typing import NamedTuple

from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.rows import rows_that
from rbacgraph.facts.pods.pod_sources import PodSource
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.node import SERVICE_ACCOUNT, Node
from rbacgraph.techniques.operators.account_reads import AccountRead, AccountReads, widest
from rbacgraph.techniques.spec.reaching_pods import reaching
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge

_LISTENERS = "triggers.tekton.dev", "eventlisteners"
_PORT = 8443


class _Sent(NamedTuple):
    """What a Pod of the interceptors sends."""

    runner: PodSource
    read: AccountRead


def _edges(world: Facts) -> Iterator[Edge]:
    (row,) = rows_that("sends-secret")[_LISTENERS]
    present = world.part(PresentRows)
    accounts = frozenset(present.accounts(row)) if present.counts(row) else frozenset()
    for runner in world.running.runners if accounts else ():
        account = runner.node[1], runner.spec.service_account
        if runner.running is None or (SERVICE_ACCOUNT, *account) not in accounts:
            continue
        reads = widest(world.part(AccountReads).of(account))
        sent = [(secrets, _Sent(runner, read)) for read in reads for secrets in read.secrets]
        network = If.INTERCEPTORS_ARE_REACHED(runner.kind, *runner.node[1:])
        for sender, condition in reaching(world, runner, _PORT, network):
            for secrets, basis in sent:
                needed = both(row.condition, condition, basis.read.condition)
                yield sender.number, secrets, basis, needed


def _explain(world: Facts, _source: Node, _target: Node, basis: object) -> Explanation:
    assert isinstance(basis, _Sent)
    obj, kind = basis.runner.obj, basis.runner.kind
    serves = world.rbac.evidence(obj, kind, "serves interceptors without a login")
    words = "can have the interceptors of Tekton Triggers send Secrets to a host"
    return words, (serves, *basis.read.evidence)


EDGE = ObjectEdge(
    id="open-interceptors",
    summary="the interceptors of Tekton Triggers send a Secret for any Pod that reaches them",
    effort=3,  # one request, which no audit log shows
    certainty="always conditional: on Tekton, and on the network",
    edges=_edges,
    explain=_explain,
)
