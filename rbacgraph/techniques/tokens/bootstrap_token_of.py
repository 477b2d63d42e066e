"""A bootstrap token is the identity that it logs in as."""

from collections.abc import Iterator

from rbacgraph.facts.tokens.bootstrap_tokens import (
    BOOTSTRAPPERS,
    EXPIRY_KEY,
    GROUPS_KEY,
    NEEDED_KEYS,
    accepted,
    extra_groups,
    user,
)
from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import If, both
from rbacgraph.model.kubernetes.core import BOOTSTRAP_NAMESPACE as NAMESPACE
from rbacgraph.model.kubernetes.core import Secret, token_id
from rbacgraph.model.node import Node
from rbacgraph.techniques.spec.technique import Edge, Explanation, ObjectEdge


def _edges(world: Facts) -> Iterator[Edge]:
    taken = accepted(world)
    for name, secret in world.bootstrap_tokens.items():
        if taken is None:
            return
        keys = secret.keys
        if keys is not None and not {*keys} >= NEEDED_KEYS:
            continue
        number = world.secret_numbers[NAMESPACE][name]
        lasts = keys is not None and EXPIRY_KEY not in keys
        logs_in = If.SECRET_AUTHENTICATES if lasts else If.SECRET_AUTHENTICATES_STILL
        condition = both(logs_in(NAMESPACE, name), taken)
        yield number, BOOTSTRAPPERS, secret, condition
        known = user(world, token_id(name) or "")
        if known:
            yield number, known, secret, condition
        for group in extra_groups(world) if keys is None or GROUPS_KEY in keys else ():
            yield number, group, secret, both(condition, If.TOKEN_NAMES_GROUP(group[2]))


def _explain(world: Facts, _source: Node, target: Node, basis: object) -> Explanation:
    assert isinstance(basis, Secret)
    evidence = world.rbac.evidence(basis, "Secret", f"type {basis.type}")
    return f"holds a bootstrap token of {target[0]} {target[2]}", (evidence,)


EDGE = ObjectEdge(
    id="bootstrap-token-of",
    summary="a bootstrap token is the identity that it logs in as",
    effort=1,  # the token is in the Secret
    certainty="conditional: its values, which are not read, decide",
    edges=_edges,
    explain=_explain,
)
