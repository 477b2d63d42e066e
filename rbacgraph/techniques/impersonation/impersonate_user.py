"""Act as users by the impersonation headers."""

from collections.abc import Iterator

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN
from rbacgraph.model.node import (
    ANONYMOUS,
    AUTHENTICATED,
    IMPERSONATED_GROUP,
    IMPERSONATED_USER,
    USER,
    doubled,
    user_node,
)
from rbacgraph.techniques.spec.collections import NAMED_USERS_OF
from rbacgraph.techniques.spec.technique import Match, Right, RuleEdge, Target

_STRANGER = (IMPERSONATED_GROUP, *AUTHENTICATED[1:])


def _targets(world: Facts, _scope: str, match: Match) -> Iterator[Target]:
    if not match.names:
        yield NAMED_USERS_OF.everything(""), CERTAIN
        yield _STRANGER, CERTAIN
        for node in world.identities.misnamed_accounts.values():
            yield doubled(node), CERTAIN
    for name in match.exact_names:
        node = user_node(name)
        if node in world.identities.known_users:
            yield (IMPERSONATED_USER, "", name), CERTAIN
        elif name in world.identities.misnamed_accounts:
            yield doubled(world.identities.misnamed_accounts[name]), CERTAIN
        elif node[0] == USER and node != ANONYMOUS:
            yield _STRANGER, CERTAIN


def _words(_scope: str, match: Match) -> str:
    names = match.exact_names
    if not match.names:
        return "can impersonate all users"
    users = "user" if len(names) == 1 else "users"
    return f"can impersonate {users} {', '.join(names) or '(no name)'}"


EDGE = RuleEdge(
    id="impersonate-user",
    summary="act as users by impersonation",
    effort=2,  # one header; the log names both identities
    rights=(Right(("impersonate",), "", "users"),),
    targets=_targets,
    words=_words,
    impersonated=False,
    cluster_scoped=True,
)
