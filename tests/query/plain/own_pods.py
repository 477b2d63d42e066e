"""Techniques by Pods of one's own, and what keeps these from having their node."""

from itertools import product

from tests.query.plain import pods
from tests.query.plain.cluster import RESOURCE, USE
from tests.query.plain.volumes import changes_volume, creates_volumes, from_path, mounts_volume


def may_be_root(mine, cluster, namespace):
    """Whether a Pod of one's own may run as root."""
    accounts = cluster.accounts_in(namespace)
    strict = cluster.level(namespace) != "baseline" or cluster.constrains(namespace, accounts)
    return not strict or lets_in_privileged(mine, cluster, namespace, accounts)


def lets_in_privileged(mine, cluster, namespace, accounts, creators=()):
    """Whether privileged Pods are let in that run as these accounts, or that creators make.

    Roles that one may bind count for oneself, not for accounts.
    """
    by_level = cluster.level(namespace) == "privileged"
    if by_level and cluster.constrains(namespace, accounts):
        uses = any(
            cluster.lists(who)
            or any(mine.may(who, *USE, namespace, name) for name in cluster.giving)
            for who in creators
        )
        by_level = uses or _writes_constraints(mine, cluster)
    return by_level or namespace in mine.of("relabelled")


def _writes_constraints(mine, cluster):
    """Whether one has constraints permit what one likes, to whom one likes."""
    held = [name for _, name in cluster.of("SecurityContextConstraints")]
    names = held or ["privileged"]
    return any(
        mine.any_may(verb, RESOURCE, "", n) for verb in ("patch", "update") for n in names
    ) or any(
        mine.makes_new(who, "SecurityContextConstraints", RESOURCE, "") for who in mine.of("who")
    )


def relabelled(mine, cluster):
    writes = product(("patch", "update"), ("namespaces", "namespaces/status"))
    for verb, resource in (*writes, ("update", "namespaces/finalize")):
        for namespace in cluster.namespaces:
            if mine.any_may(verb, resource, namespace, namespace):
                yield "relabelled", namespace


def own_pods(mine, cluster):
    every = [
        name for _, name in cluster.of("Node") if cluster.answers(name) and cluster.is_linux(name)
    ]
    creates = creates_volumes(mine)
    for who, namespace in product(mine.of("who"), mine.places()):
        if mine.makes_pods(who, namespace):
            yield "makes", namespace
            yield from mine.secrets_of(namespace)
            yield from mine.accounts_of(namespace)
            creators = [who] if mine.may(who, "create", "pods", namespace) else []
            accounts = cluster.accounts_in(namespace)
            lets_in = lets_in_privileged(mine, cluster, namespace, accounts, creators)
            root = may_be_root(mine, cluster, namespace)
            if lets_in or (creates and root):
                yield from (("node", name) for name in every)
            for volume in cluster.of("PersistentVolume").values() if root else ():
                led = mounts_volume(mine, cluster, volume, namespace) or changes_volume(
                    mine, volume
                )
                path = pods.path_of(volume["spec"])
                if led and path and "local" not in volume["spec"]:  # which is of one node
                    yield from from_path(cluster, path, every, writes=True)
