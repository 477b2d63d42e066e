"""Who somebody is: users, groups, ServiceAccounts and kubelets, as an API server names them."""

from typing import NamedTuple

AUTHENTICATED = "system:authenticated"


class Somebody(NamedTuple):
    """A user in groups; ``whole`` but for one who is acted as by headers.

    ``by`` is who acts, and in which mode, where that also needs a right for each request.
    """

    user: str
    groups: frozenset
    whole: bool = True
    by: tuple = ()


def account(namespace, name):
    groups = {"system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED}
    return Somebody(f"system:serviceaccount:{namespace}:{name}", frozenset(groups))


def user(name, *groups, whole=True):
    return Somebody(name, frozenset({AUTHENTICATED, *groups}), whole)


def named(name):
    if name.startswith("system:serviceaccount:"):
        return account(*name.split(":")[2:])
    return user(name)


def with_implied(group):
    """Groups that every member of one is in."""
    if group == "system:unauthenticated":
        return frozenset({group})
    more = {"system:serviceaccounts"} if group.startswith("system:serviceaccounts:") else set()
    return frozenset({group, AUTHENTICATED, *more})


def kubelet(node):
    return user(f"system:node:{node}", "system:nodes")


def node_of(who):
    name = who.user.removeprefix("system:node:")
    return name if name != who.user and "system:nodes" in who.groups else None
