"""Finds what the interceptors of Tekton Triggers send for any Pod that reaches them.

They ask for no login. The request names the interceptor github, a namespace, a key of a Secret
there and the host at which the interceptor logs in with it.

Source: tektoncd/triggers ``cmd/interceptors/main.go`` (``startServer``: TLS without certificates of
clients), ``pkg/interceptors/server/server.go`` (``ExecuteInterceptor``),
``pkg/interceptors/github/github.go`` (``getGithubTokenSecret``: the namespace of the request's
trigger; ``makeClient``: its header X-GitHub-Enterprise-Host).
"""

from collections.abc import Iterator

from rbacgraph.facts.custom_resources.present import PresentRows
from rbacgraph.facts.custom_resources.rows import rows_that
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.node import SERVICE_ACCOUNT
from rbacgraph.techniques.operators.account_reads import widest
from rbacgraph.techniques.operators.custom_writes import reads_of_operator
from rbacgraph.techniques.spec.conjunction import Hyperarc
from rbacgraph.techniques.spec.reaching_pods import reaching

_LISTENERS = "triggers.tekton.dev", "eventlisteners"
_PORT = 8443


def sent_by_interceptors(world: Facts) -> Iterator[Hyperarc]:
    """Yield what each Pod that reaches running interceptors has them send."""
    (row,) = rows_that("sends-secret")[_LISTENERS]
    present = world.part(PresentRows)
    accounts = frozenset(present.accounts(row)) if present.counts(row) else frozenset()
    for runner in world.running.runners if accounts else ():
        account = SERVICE_ACCOUNT, runner.node[1], runner.spec.service_account
        if runner.running is None or account not in accounts:
            continue
        reads = widest(reads_of_operator(world, row))
        network = If.INTERCEPTORS_ARE_REACHED(runner.kind, *runner.node[1:])
        serves = world.rbac.evidence(runner.obj, runner.kind, "serves interceptors without a login")
        for sender, condition in reaching(world, runner, _PORT, network):
            for number, read in enumerate(reads):
                yield Hyperarc(
                    (sender.node,),
                    read.secrets,
                    "can have the interceptors of Tekton Triggers send Secrets to a host",
                    name=(sender.node, runner.node, f"{number}"),
                    condition=both(row.condition, condition, read.condition),
                    evidence=(serves, *read.evidence),
                )
