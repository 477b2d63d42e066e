"""Decides whether a principal reads a secret by its own rights, or by its logins at a store.

What it could obtain first, such as another ServiceAccount's token, does not count.
"""

from collections.abc import Callable

from rbacgraph.errors import UsageError
from rbacgraph.facts.external.stores import Stores
from rbacgraph.facts.world import Facts
from rbacgraph.graph.attack_graph import AccessGraph
from rbacgraph.model.answers.added_words import Adding
from rbacgraph.model.answers.decision import Decision
from rbacgraph.model.condition import CERTAIN, Condition, If, both
from rbacgraph.model.inputs.evidence import Evidence
from rbacgraph.model.node import AGE, PGP, SERVICE_ACCOUNT, SOPS_FILE, GraphNode, user_node
from rbacgraph.query.subject.secrets import AskedSecret, asked_secrets
from rbacgraph.techniques.catalogue import EDGES

_ROUTE = frozenset({"store-login", "store-identity", "store-reads"})
"""The techniques by which a store lets an account read, whatever the store is."""
_READING = ("get", "list", "watch")
"""Each returns the value. Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices"""


def can_read(
    world: Facts,
    secret: str,
    user: str,
    *,
    can_i: Callable[[str, str, str], Decision],
    graph: Callable[[], AccessGraph],
) -> Decision:
    """Decide whether a user reads a secret.

    ``can_i``: decides about a Secret of the cluster, by verb, namespace and name.
    ``graph``: returns the graph in which a store's secret is.
    Raises UsageError if the text names no secret, several or a key, or the user of a store's secret
        is no ServiceAccount; NotFoundError if the input says that there is no such secret.
    """
    found = asked_secrets(world, secret)
    if len(found) > 1:
        raise UsageError(f"{secret} is {len(found)} secrets", advice="name one of them")
    (asked,) = found
    if asked.key:
        decisions = [can_i(verb, *asked.key) for verb in _READING]
        missing = dict.fromkeys(one for decision in decisions for one in decision.missing)
        refused = Decision(False, decisions[0].reason, missing=tuple(missing))
        return next((one for one in decisions if one.allowed), refused)
    if asked.kind in {AGE, PGP, SOPS_FILE}:
        raise UsageError(f"{secret} is in no store", advice="rbacgraph sops says who decrypts it")
    account = user_node(user)
    if account[0] != SERVICE_ACCOUNT:
        raise UsageError(f"{user} is no ServiceAccount", advice="give sa:NAMESPACE/NAME")
    store = world.part(Stores).get(asked.kind)
    known = store.can_read(asked.node, account[1:]) if store else None
    return _by_routes(graph(), asked, account) if known is None else known


def _by_routes(graph: AccessGraph, asked: AskedSecret, account: GraphNode) -> Decision:
    """Decide by the steps that the store allows: yes if all that some route needs is known."""
    outgoing: dict[int, list[int]] = {}
    for edge, kind in enumerate(graph.kind_of):
        if EDGES[kind].id in _ROUTE:
            outgoing.setdefault(graph.source_of[edge], []).append(edge)
    best: dict[int, tuple[Condition, tuple[int, ...]]] = {}
    left = [graph.index[account]] if account in graph.index else []
    best.update((node, (CERTAIN, ())) for node in left)
    while left:
        so_far, path = best[here := left.pop(0)]
        for edge in outgoing.get(here, ()):
            there, condition = graph.target_of[edge], both(so_far, graph.condition_at(edge))
            if there not in best or condition < best[there][0]:
                best[there] = condition, (*path, edge)
                left.append(there)
    target = graph.index.get(asked.node, -1)
    if target not in best:
        return Decision(False, Adding.NO_LOGIN_READS(), missing=(If.STORE_LETS_READ(),))
    condition, path = best[target]
    if condition:
        doubts = tuple(one.code(*one.subject) for one in condition.doubts)
        return Decision(False, Adding.LOGIN_MAY_READ(), missing=doubts)
    evidence: dict[Evidence, None] = {}
    for edge in path:
        evidence.update(dict.fromkeys(graph.explain(edge)[1]))
    return Decision(True, Adding.LOGIN_READS(), evidence=tuple(evidence))
