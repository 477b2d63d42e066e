"""Techniques that act as somebody else, by headers of a request."""

from itertools import product

from tests.query.plain.identities import account, user, with_implied

ACTING = "authentication.k8s.io"


def impersonated(mine, cluster):
    for who in filter(lambda one: one.whole, mine.of("who")):
        groups = [g for g in cluster.groups if mine.may(who, "impersonate", "groups", "", g)]
        for name in cluster.users | cluster.names | cluster.kubelets:
            if name.startswith("system:serviceaccount:"):
                continue  # that takes the right on ServiceAccounts
            if mine.may(who, "impersonate", "users", "", name):
                yield "who", user(name, whole=False)
                yield from (("who", user(name, group, whole=False)) for group in groups)
        for k in {*cluster.accounts, *product(cluster.mentioned, cluster.names)}:
            if mine.may(who, "impersonate", "serviceaccounts", *k):
                acted_as = account(*k)
                yield "who", acted_as._replace(whole=False)
                yield from (("who", user(acted_as.user, g, whole=False)) for g in groups)


def acted_as_for_some_requests(mine, cluster):
    for who in () if cluster.old else filter(lambda one: one.whole, mine.of("who")):
        by = who, "user-info"
        users, groups = f"users@{ACTING}", f"groups@{ACTING}"
        some = [
            group
            for group in sorted(cluster.groups - {"system:masters"})
            if mine.may(who, "impersonate:user-info", groups, "", group)
        ]
        for name in cluster.users | cluster.names:
            reserved = name.startswith(("system:serviceaccount:", "system:node:"))
            if not reserved and mine.may(who, "impersonate:user-info", users, "", name):
                acted = user(name, whole=False)._replace(by=by)
                yield "who", acted
                yield from (("who", acted._replace(groups=with_implied(g))) for g in some)
        for k in cluster.accounts:
            if mine.may(who, "impersonate:serviceaccount", f"serviceaccounts@{ACTING}", *k):
                yield "who", account(*k)._replace(whole=False, by=(who, "serviceaccount"))
