"""Finds bootstrap tokens among Secrets, and the users they log in as.

Source: kubernetes ``plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go`` and
``staging/src/k8s.io/cluster-bootstrap/token/api/types.go``.
"""

import re

from rbacgraph.facts.world import Facts
from rbacgraph.model.condition import CERTAIN, Condition, If
from rbacgraph.model.node import GROUP, USER, Node

BOOTSTRAPPERS: Node = (GROUP, "", "system:bootstrappers")
NEEDED_KEYS = frozenset({"token-id", "token-secret", "usage-bootstrap-authentication"})
GROUPS_KEY, EXPIRY_KEY = "auth-extra-groups", "expiration"

_GROUP_NAME = re.compile(r"system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]")
_USER_NAME = re.compile(r"system:bootstrap:([a-z0-9]{6})")


def accepted(world: Facts) -> Condition | None:
    """Return the condition on which tokens are accepted; None if flags turn them off.

    They are off by default, but most tools that set up a control plane turn them on.
    """
    flags = [flags.bootstrap_tokens for _, flags in world.snapshot.api_servers]
    if not flags:
        return If.BOOTSTRAP_TOKENS_ARE_TAKEN()
    return CERTAIN if any(flags) else None


def extra_groups(world: Facts) -> list[Node]:
    """Return the known groups that a token may claim, besides the one that all are in."""
    return sorted(
        group for group in world.identities.known_groups if _GROUP_NAME.fullmatch(group[2])
    )


def users(world: Facts, wanted: str) -> list[Node]:
    """Return the known users that tokens log in as: that of an id, or all for none."""
    found = ((user, _USER_NAME.fullmatch(user[2])) for user in world.identities.known_users)
    return [user for user, match in found if match and wanted in {"", match[1]}]


def user(world: Facts, wanted: str) -> Node | None:
    """Return the user that the token of an id logs in as; None if nothing names it."""
    node = USER, "", f"system:bootstrap:{wanted}"
    return node if node in world.identities.known_users else None
