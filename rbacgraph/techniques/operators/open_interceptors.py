"""Have the core interceptors of Tekton Triggers send a Secret to a chosen host, from any Pod.

Precondition
    - A Pod runs as the ServiceAccount of the interceptors, from Triggers 0.23.0.
    - Packets from the attacker's Pod reach its port 8443. No right in Kubernetes is needed: the
      interceptors ask nobody for a login.
    - No NetworkPolicy shuts the interceptors against the Pod; policies for egress, which rbacgraph
      does not read, may do so too.
    - That ServiceAccount may read the Secret. As shipped, it may read all.
    The interceptor github takes a namespace, a key of a Secret there and a host from the request,
    and logs in at the host with the key.
Use
    POST an InterceptorRequest to path /github of port 8443: personalAccessToken of addChangedFiles
    names the Secret and its key, trigger_id the namespace, its header X-GitHub-Enterprise-Host the
    host; X-GitHub-Event is pull_request
Close
    Let a NetworkPolicy admit only the Pods of EventListeners to port 8443, and give the
    interceptors' ServiceAccount no Secrets but those that they need.
References
    https://tekton.dev/docs/triggers/interceptors/#github-interceptors
    tektoncd/triggers cmd/interceptors/main.go (startServer: TLS without certificates of clients)
    tektoncd/triggers pkg/interceptors/server/server.go (ExecuteInterceptor)
    tektoncd/triggers pkg/interceptors/github/github.go (getGithubTokenSecret, makeClient)
    MITRE ATT&CK T1567 (exfiltration over web service)
"""

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
    page=__doc__,
    effort=3,  # one request, which no audit log shows
    certainty="always conditional: on Tekton, and on the network",
    edges=_edges,
    explain=_explain,
)
