"""Read at a store what one of its logins reads.

Precondition
    - A custom resource of the cluster names the secret by an object of the store;
    - and the store's own policy, which the input does not show, lets the login read it: the
      resource's status says that it did, or nothing is known.
    What else the login may read is not known: only the secrets that the input names are shown.
Use
    vault kv get PATH; aws secretsmanager get-secret-value --secret-id NAME
Close
    Narrow the policy of the store's identity to the paths that its namespace needs.
References
    https://external-secrets.io/latest/guides/security-best-practices/
    MITRE ATT&CK T1555.006 (cloud secrets management stores)
"""

from collections.abc import Iterator

from rbacgraph.facts.external.external_secrets import ExternalSecrets, Pushed, Read
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import PROVIDER_LOGIN, Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge
from rbacgraph.techniques.stores.wording import resource_evidence


def _edges(world: Facts) -> Iterator[Edge]:
    external = world.part(ExternalSecrets)
    found: dict[tuple[Node, Node], tuple[Read | Pushed, Condition]] = {}
    for read in external.reads:
        if read.login is not None:
            lets = CERTAIN if read.maker.ready else If.STORE_LETS_READ()
            _keep(found, read.login, read, lets)
    for pushed in external.pushes:
        if pushed.login is not None:
            _keep(found, pushed.login, pushed, If.STORE_LETS_READ())
    for (login, remote), (basis, condition) in found.items():
        yield login, remote, basis, condition


def _keep(
    found: dict[tuple[Node, Node], tuple[Read | Pushed, Condition]],
    login: Node,
    basis: Read | Pushed,
    condition: Condition,
) -> None:
    key = login, basis.remote
    if key not in found or condition < found[key][1]:
        found[key] = basis, condition


def _explain(world: Facts, source: Node, target: Node, basis: object) -> Explanation:
    if isinstance(basis, Pushed):
        evidence = resource_evidence(world, basis.push, f"writes {target[2]}")
    else:
        assert isinstance(basis, Read)
        shared = " as the node" if source[0] == PROVIDER_LOGIN else ""
        evidence = resource_evidence(world, basis.maker, f"reads {target[2]}{shared}")
    return "reads that in the store", (evidence,)


EDGE = ObjectEdge(
    id="store-reads",
    summary="a login at a store reads what the cluster's resources read by it",
    page=__doc__,
    effort=1,  # one read
    certainty="conditional where the input does not show that the store lets the login read",
    edges=_edges,
    explain=_explain,
)
